"""F1: the manual, open at the page that tells of what the user is looking at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QWidget

from rkviz import places
from rkviz.gui.language import current_language
from rkviz.gui.session import Session

PAGES = {
    "WelcomePage": "first-model",
    "InputPanel": "first-model",
    "MainWindow": "window",
    "ShortcutsDialog": "window",
    "GraphArea": "colours",
    "Legend": "colours",
    "LayerTable": "errors",
    "ErrorProfile": "errors",
    "LayerErrors": "errors",
    "LayerComparison": "toolkit",
    "LayerPage": "ranges-and-repairs",
    "LayersPage": "types",
    "TypeButtons": "types",
    "NetworkPage": "types",
    "FindingCard": "troubleshooting",
    "RepairsPanel": "ranges-and-repairs",
    "BestPlanPanel": "best-plan",
    "PlansPanel": "best-plan",
    "HeatMap": "errors",
    "OutputsPanel": "errors",
    "Preferences": "window",
    "LogPanel": "troubleshooting",
    "NoticeStack": "troubleshooting",
    "DoctorDialog": "troubleshooting",
}
"""Class of a widget -> the page on it and all inside it; by name, so that nothing is loaded."""

_FOLDERS = {"zh_CN": "zh"}


def page_of(widget: QWidget | None) -> str:
    """The page of the innermost widget around `widget` that has one; "index" without any."""
    while widget is not None:
        page = PAGES.get(type(widget).__name__)
        if page:
            return page
        widget = widget.parentWidget()
    return "index"


def page_file(page: str, language: str) -> Path:
    return places.MANUAL / _FOLDERS.get(language, "en") / f"{page}.html"


def open_page(window: QWidget, session: Session) -> None:
    """Show the page in the user's browser, or say where it is and why it cannot be shown."""
    focused = QApplication.focusWidget() or QApplication.activeModalWidget() or window
    file = page_file(page_of(focused), current_language())
    if not file.exists():
        text = QCoreApplication.translate(
            "Manual", "The manual was not built beside these sources; run `make manual` there once."
        )
    elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
        text = QCoreApplication.translate(
            "Manual", "No browser answered; open {file} yourself to read the manual."
        ).format(file=file)
    else:
        return
    session.message.emit("warning", text)

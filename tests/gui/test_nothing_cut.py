"""No text is cut off on a small screen: labels, buttons, boxes and tabs, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QTabBar,
    QTableWidget,
    QToolButton,
    QTreeWidget,
    QWidget,
)

from rkviz.gui.about import AboutDialog
from rkviz.gui.dialogs import ShortcutsDialog
from rkviz.gui.preferences import Preferences
from rkviz.gui.screenshot import drawn_window
from tests.gui.sample_results import sample_project, sample_results

_SIZE = (1366, 768)
_SLACK = 1
"""Pixels a rounded width may be short."""
_SPACE_BELOW = 3
"""Pixels below the last line that hold no ink."""


def cut_off(root: QWidget) -> Iterator[str]:
    """What of `root` cannot be read in full, one line each."""
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root) or widget.width() <= 0:
            continue
        name = f"{type(widget).__name__} {widget.objectName()} in {_place(widget)}"
        if isinstance(widget, QLabel):
            yield from (f"{name}: {text!r}" for text in _cut_label(widget))
        elif isinstance(widget, QPushButton | QCheckBox | QRadioButton | QToolButton):
            text, needed = _shown_text(widget), _needed_width(widget)
            if text and widget.width() < needed:
                yield f"{name}: {text!r} {widget.width()} of {needed}"
        elif isinstance(widget, QTabBar):
            for at in range(widget.count()):
                text = widget.tabText(at).replace("&", "")
                room = widget.tabRect(at).width()
                if widget.isTabVisible(at) and room < widget.fontMetrics().horizontalAdvance(text):
                    yield f"{name}: tab {text!r} {room}"
        elif isinstance(widget, QTableWidget | QTreeWidget):
            yield from (f"{name}: {text}" for text in _cut_columns(widget))
        elif isinstance(widget, QScrollArea) and widget.horizontalScrollBar().maximum() > 0:
            yield f"{name}: has to be moved sideways by {widget.horizontalScrollBar().maximum()}"


def _cut_label(label: QLabel) -> Iterator[str]:
    text = label.text()
    if not text or label.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored:
        return  # the latter shorten their text with dots, and have a tool tip
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if label.height() + _SPACE_BELOW < needed:
            yield f"{text} height {label.height()} of {needed}"
    elif label.width() + _SLACK < label.sizeHint().width():
        yield f"{text} {label.width()} of {label.sizeHint().width()}"


def _cut_columns(view: QTableWidget | QTreeWidget) -> Iterator[str]:
    """Columns narrower than their texts; the first holds names, which have a tool tip."""
    if view.horizontalScrollBar().maximum() > 0:
        yield f"has to be moved sideways by {view.horizontalScrollBar().maximum()}"
    header = view.header() if isinstance(view, QTreeWidget) else view.horizontalHeader()
    for column in range(1, header.count()):
        width, needed = view.columnWidth(column), view.sizeHintForColumn(column)
        if not view.isColumnHidden(column) and width < max(needed, header.sectionSizeHint(column)):
            yield f"column {column} {width} of {needed}"


def _shown_text(button: QAbstractButton) -> str:
    style = button.toolButtonStyle() if isinstance(button, QToolButton) else None
    if style is Qt.ToolButtonStyle.ToolButtonIconOnly and not button.icon().isNull():
        return ""
    return button.text()


def _needed_width(button: QAbstractButton) -> int:
    """Text, icon or mark, and a frame around it; a style's wish for wider buttons is no need."""
    text = button.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, button.text()).width()
    has_picture = not button.icon().isNull() or isinstance(button, QCheckBox | QRadioButton)
    return text + (button.iconSize().width() + 4 if has_picture else 0) + 6


def _place(widget: QWidget) -> str:
    names = []
    while widget is not None and len(names) < 3:
        widget = widget.parentWidget()
        if widget is not None and type(widget).__module__.startswith("rkviz"):
            names.append(type(widget).__name__)
    return " < ".join(names)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_panel_fits_a_small_screen(qapp, language):
    project = sample_project(dataset=())
    with drawn_window(project, sample_results(project), (), language, False, _SIZE) as window:
        found: dict[str, None] = {}
        selections = ((), ("body1",), ("boxes",), ("stem", "body2"), ("nms",))
        for dock in window.docks._areas:
            dock.show()
            dock.raise_()
            for selection in selections if dock.objectName() in ("layer", "layers") else ((),):
                window.session.select(selection)
                dock.raise_()
                QApplication.processEvents()
                QApplication.processEvents()
                found.update(dict.fromkeys(cut_off(dock)))
        found.update(dict.fromkeys(cut_off(window)))
    assert "\n".join(found) == ""


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_first_page_and_the_dialogs_fit(window, qtbot, language):
    window.actions_by_id.by_id[f"language_{language}"].trigger()
    window.resize(*_SIZE)
    preferences = Preferences(window.actions_by_id, window)
    dialogs = [AboutDialog(window), ShortcutsDialog(window), preferences]
    for dialog in dialogs:
        dialog.show()
        assert dialog.height() < _SIZE[1] - 60
    QApplication.processEvents()
    found = [line for shown in (window, *dialogs) for line in cut_off(shown)]
    assert "\n".join(found) == ""


def test_what_is_cut_off_is_found(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    label, button = QLabel("a long sentence", page), QPushButton("a long word", page)
    lines = QLabel("many words " * 20, page)
    lines.setWordWrap(True)
    page.resize(300, 600)
    for widget in (label, button, lines):
        widget.resize(300, 200)
    page.show()
    assert not list(cut_off(page))
    for widget in (label, button, lines):
        widget.resize(40, 20)
    assert len(list(cut_off(page))) == 3

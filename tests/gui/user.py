"""What a user does with the window: drops, keys, buttons, patience."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from rkviz.gui.main_window import MainWindow
from rkviz.gui.notices import Notice
from rkviz.numerics import QuantScheme

Key, Button = Qt.Key, Qt.MouseButton


def drop(window: MainWindow, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, Button.LeftButton, none)
    window.dropEvent(event)
    assert event.isAccepted()


def press(window: MainWindow, key: Qt.Key, qtbot, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(window.graph.view, key, modifier)


def settle(window: MainWindow, qtbot) -> None:
    """Wait until nothing runs, nothing is stale and everything is painted."""
    session = window.session
    qtbot.waitUntil(
        lambda: not session.runner.is_busy and not session.is_stale and window.graph.is_settled,
        timeout=20_000,
    )


def notices(window: MainWindow) -> list[str]:
    return [notice.text for notice in window.notices.notices]


def button(notice: Notice, text: str) -> QPushButton:
    return next(found for found in notice.findChildren(QPushButton) if found.text() == text)


def answer(window: MainWindow, which: QMessageBox.StandardButton, qtbot) -> None:
    (box,) = [box for box in window.findChildren(QMessageBox, "unsaved") if box.isVisible()]
    qtbot.mouseClick(box.button(which), Button.LeftButton)


def chosen_type(window: MainWindow, layer: str) -> QuantScheme | None:
    return window.session.project.config.for_layer(layer).scheme


def choose_file(window: MainWindow, path: Path) -> None:
    """Answer the file dialog that is open."""
    (dialog,) = [found for found in window.findChildren(QFileDialog) if found.isVisible()]
    dialog.filesSelected.emit([str(path)])
    dialog.done(1)

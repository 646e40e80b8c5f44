"""How tests reach into a canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from rkviz.gui.canvas.view import GraphView

Open = Callable[..., GraphView]


def settle(qtbot: QtBot, view: GraphView) -> None:
    view.repaint()
    qtbot.waitUntil(lambda: view.is_settled)


def middle_of(view: GraphView, name: str) -> QPointF:
    """The middle of a box in pixels of the widget."""
    x, y, width, height = view.scene.layout.rect(name)
    seen = view.visible_area
    return QPointF(
        (x + width / 2 - seen.left()) * view.scale, (y + height / 2 - seen.top()) * view.scale
    )

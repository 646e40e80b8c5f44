"""How tests reach into a canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from rkviz.graph.model import Graph
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.view import GraphView
from rkviz.picture.boxes import Stage
from rkviz.picture.labels import box_labels, stage_label, value_words
from rkviz.picture.layout import layout

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


def scene_of(graph: Graph, *folded: Stage) -> Scene:
    """The scene of a graph with some stages folded, without paint."""
    labels = box_labels(graph) | {stage.name: stage_label(stage) for stage in folded}
    inside = {layer: stage.name for stage in folded for layer in stage.layers}
    return Scene(layout(graph, folded), labels, inside=inside, value_words=value_words(graph))

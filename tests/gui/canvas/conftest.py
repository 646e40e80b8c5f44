"""A small canvas with a residual network, painted to the end."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from rkviz.graph.model import Graph
from rkviz.gui.canvas.view import GraphView
from tests.drawings import residual_net
from tests.gui.canvas.handling import Open, scene_of, settle


@pytest.fixture
def open_view(qtbot: QtBot) -> Open:
    """Opens a canvas of 800 x 600 on a graph."""

    def opened(graph: Graph | None = None, width: int = 800, height: int = 600) -> GraphView:
        graph = graph or residual_net()
        view = GraphView()
        qtbot.addWidget(view)
        view.resize(width, height)
        view.show()
        view.set_scene(scene_of(graph))
        settle(qtbot, view)
        return view

    return opened

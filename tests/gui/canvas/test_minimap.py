"""The strip shows where it hurts and leads there."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from rkviz.gui.canvas.minimap import Minimap, strip
from rkviz.gui.canvas.paint import BoxPaint
from rkviz.gui.canvas.scene import Scene
from rkviz.picture.colour_scale import Level, Shade
from rkviz.picture.labels import box_labels
from rkviz.picture.layout import layout
from tests.drawings import branches, residual_net
from tests.gui.canvas.handling import Open

RED = Shade((200, 30, 40), Level.BAD)
GREEN = Shade((60, 170, 140), Level.GOOD)


def scene_of(graph, red: str) -> Scene:
    drawn = layout(graph)
    shades = dict.fromkeys(drawn.names, GREEN) | {red: RED}
    return Scene(drawn, box_labels(graph), BoxPaint(shades=shades))


def test_a_red_layer_among_thousands_is_not_lost() -> None:
    pixels = strip(scene_of(residual_net(1500), "b700.conv2"), 20, 300, (255, 255, 255))
    red = np.all(pixels == RED.rgb, axis=2)
    assert red.any()
    assert np.flatnonzero(red.any(axis=1)).mean() == pytest.approx(300 * 700 / 1500, abs=3)


def test_boxes_of_a_row_stand_side_by_side() -> None:
    scene = scene_of(branches(), "pool")
    pixels = strip(scene, 40, 400, (255, 255, 255))
    row = scene.layout.rect("pool")[1] + 20 - scene.layout.bounds[1]
    line = pixels[int(row * 400 / scene.layout.bounds[3])]
    assert np.all(line == RED.rgb, axis=1).sum() == 10


def test_a_click_goes_there(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(300))
    strip_widget = Minimap(view)
    qtbot.addWidget(strip_widget)
    strip_widget.resize(64, 600)
    strip_widget.show()
    whole = view.scene.layout.bounds[3]
    qtbot.mouseClick(strip_widget, Qt.MouseButton.LeftButton, pos=QPoint(30, 300))
    assert view.visible_area.center().y() == pytest.approx(whole / 2, rel=0.02)
    assert strip_widget.frame().center().y() == pytest.approx(300, abs=4)
    qtbot.mousePress(strip_widget, Qt.MouseButton.LeftButton, pos=QPoint(30, 400))
    qtbot.mouseMove(strip_widget, QPoint(30, 500))
    qtbot.mouseRelease(strip_widget, Qt.MouseButton.LeftButton, pos=QPoint(30, 500))
    assert strip_widget.frame().center().y() >= 396


def test_it_follows_the_colours_of_the_view(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(30))
    strip_widget = Minimap(view)
    qtbot.addWidget(strip_widget)
    strip_widget.resize(64, 600)
    strip_widget.show()
    before = strip_widget.grab().toImage()
    view.set_paint(BoxPaint(shades=dict.fromkeys(view.scene.layout.names, RED)))
    after = strip_widget.grab().toImage()
    assert before.pixelColor(20, 590) != after.pixelColor(20, 590)
    assert after.pixelColor(20, 590).getRgb()[:3] == RED.rgb


@pytest.fixture
def beside(open_view: Open, qtbot: QtBot) -> Minimap:
    """The strip of a long network, 64 x 600."""
    strip_widget = Minimap(open_view(residual_net(300)))
    qtbot.addWidget(strip_widget)
    strip_widget.resize(64, 600)
    strip_widget.show()
    return strip_widget


def test_the_frame_is_dragged_from_where_it_is_taken_up(beside: Minimap, qtbot: QtBot) -> None:
    view = beside._view
    qtbot.mouseClick(beside, Qt.MouseButton.LeftButton, pos=QPoint(30, 300))
    for _ in range(14):
        view.zoom(-1)
    frame, seen = beside.frame(), view.visible_area
    grip = QPoint(30, round(frame.top() + 0.2 * frame.height()))
    qtbot.mousePress(beside, Qt.MouseButton.LeftButton, pos=grip)
    assert view.visible_area == seen, "nothing jumps"
    qtbot.mouseMove(beside, grip + QPoint(0, 50))
    qtbot.mouseRelease(beside, Qt.MouseButton.LeftButton, pos=grip + QPoint(0, 50))
    assert beside.frame().top() == pytest.approx(frame.top() + 50, abs=1)


def test_selection_and_hits_are_marked_at_its_sides(beside: Minimap) -> None:
    view = beside._view

    def marks(x: int) -> set[int]:
        image = beside.grab().toImage()
        ground = image.pixel(x, 597)
        return {y for y in range(600) if image.pixel(x, y) != ground}

    view.set_hits(["b100.conv1", "b250.conv1"])
    assert len(marks(1)) >= 6
    assert marks(1) > marks(62)
    before = marks(62)
    view.set_selection(["b200.conv1"])
    found = marks(62) - before
    assert np.mean(sorted(found)) == pytest.approx(600 * 200 / 300, abs=6)

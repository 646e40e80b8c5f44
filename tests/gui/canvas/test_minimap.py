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

"""Tiles are painted once and shown until there is something better."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from rkviz.gui.canvas.inks import Inks
from rkviz.gui.canvas.painter import ScenePainter
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.tiles import TILE, TileCache, TileKey, level_scale
from rkviz.gui.theme import LIGHT
from rkviz.picture.labels import box_labels
from rkviz.picture.layout import layout
from tests.drawings import residual_net


@pytest.fixture
def painter(qapp) -> ScenePainter:
    graph = residual_net(40)
    return ScenePainter(Scene(layout(graph), box_labels(graph)), Inks.of(LIGHT))


def test_tiles_cover_the_area_without_gaps() -> None:
    tiles = TileCache()
    area = QRectF(-700, -100, 1500, 900)
    covered = QRectF()
    for key in tiles.keys(0, area):
        covered = covered.united(tiles.area(key))
    assert covered.contains(area)
    assert len(tiles.keys(0, area)) == 4 * 3


def test_the_middle_comes_first() -> None:
    tiles = TileCache()
    first = tiles.keys(0, QRectF(0, 0, 5 * TILE - 1, 5 * TILE - 1))[0]
    assert first == TileKey(0, 2, 2)


def test_a_quarter_octave_is_a_level() -> None:
    assert level_scale(4) == 2.0
    assert TileCache().side(-4) == 2 * TILE


def test_a_tile_is_fresh_until_the_colours_change(painter: ScenePainter) -> None:
    tiles = TileCache()
    key = TileKey(0, 0, 0)
    assert tiles.image(key) is None
    tiles.paint(key, painter)
    assert tiles.is_fresh(key)
    tiles.outdate()
    assert not tiles.is_fresh(key)
    assert tiles.image(key) is not None, "shown until it is painted again"


def test_another_level_stands_in(painter: ScenePainter) -> None:
    tiles = TileCache()
    tiles.paint(TileKey(-4, 0, 0), painter)
    ((where, _, part),) = tiles.substitutes(TileKey(0, 1, 1))
    assert where == tiles.area(TileKey(0, 1, 1))
    assert part == QRectF(TILE / 2, TILE / 2, TILE / 2, TILE / 2)


def test_old_tiles_are_dropped(painter: ScenePainter) -> None:
    tiles = TileCache()
    keys = [TileKey(0, 5, row) for row in range(100)]
    for key in keys:
        tiles.paint(key, painter)
    assert tiles.image(keys[0]) is None
    assert tiles.image(keys[-1]) is not None


def test_a_screen_of_other_density_needs_other_tiles(painter: ScenePainter) -> None:
    tiles = TileCache()
    tiles.paint(TileKey(0, 0, 0), painter)
    tiles.set_ratio(2.0)
    assert tiles.image(TileKey(0, 0, 0)) is None
    assert tiles.side(0) == TILE / 2


def test_words_follow_the_size_on_the_screen_not_its_dots(qapp) -> None:
    """On a dense screen a box of 10 pixels has 20 dots, and still no room for a title."""

    class Noting(ScenePainter):
        def paint(self, painter: QPainter, area: QRectF, scale: float) -> None:
            scales.append(scale)

    scales: list[float] = []
    graph = residual_net()
    noting = Noting(Scene(layout(graph), box_labels(graph)), Inks.of(LIGHT))
    tiles = TileCache()
    tiles.set_ratio(2.0)
    tiles.paint(TileKey(-8, 0, 0), noting)
    assert scales == [0.25]


_ONE_COLOUR = """
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget
from rkviz.gui.canvas.painter import ScenePainter
from rkviz.gui.canvas.view import GraphView
from tests.drawings import residual_net
from tests.gui.canvas.handling import scene_of

app = QApplication(["rkviz"])
ScenePainter.paint = lambda self, painter, area, scale: painter.fillRect(area, QColor("red"))
window = QWidget()
window.resize(700, 800)
view = GraphView(window)
view.setGeometry(13, 97, 600, 650)
view.set_scene(scene_of(residual_net(60)))
window.show()
while not view.is_settled:
    app.processEvents()
image = window.grab().toImage()
ratio = image.devicePixelRatio()
inside = [(round((13 + x) * ratio), round((97 + y) * ratio)) for x, y in ((5, 5), (590, 640))]
colours = {
    image.pixelColor(x, y).name()
    for x in (inside[0][0], inside[1][0])
    for y in range(inside[0][1], inside[1][1])
}
print(ratio, *colours)
"""


def test_tiles_meet_without_a_seam_on_a_screen_at_150_percent() -> None:
    environment = os.environ | {"QT_SCALE_FACTOR": "1.5", "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run(
        [sys.executable, "-c", _ONE_COLOUR], env=environment, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["1.5", "#ff0000"], ran.stderr

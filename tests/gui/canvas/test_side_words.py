"""Boxes too small for words have them beside, where nothing is in the way."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from rkviz.graph.model import Graph
from rkviz.gui.canvas import side_words
from rkviz.gui.canvas.inks import Inks
from rkviz.gui.canvas.paint import BoxPaint
from rkviz.gui.canvas.side_words import BESIDE_FROM, SideWords, Spot
from rkviz.gui.theme import LIGHT
from tests.drawings import branches, pyramid, residual_net
from tests.gui.canvas.handling import scene_of

GRAPHS = [residual_net, branches, pyramid]
SCALES = [BESIDE_FROM, 0.25, 0.5]


def everything(words: SideWords) -> QRectF:
    return QRectF(*words.scene.layout.bounds).adjusted(-5000, -500, 5000, 500)


def words_of(graph: Graph, **paint: object) -> SideWords:
    return SideWords(scene_of(graph).painted(BoxPaint(**paint)), Inks.of(LIGHT))


def taken(words: SideWords, spot: Spot, scale: float) -> tuple[float, float, float]:
    """Left, right and middle of the widest words there may be at a spot."""
    room = side_words._ROOM / scale
    _, top, _, height = words.scene.layout.rects[spot.row].tolist()
    left = spot.x - room if spot.is_left else spot.x
    return left, left + room, top + height / 2


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("make", GRAPHS)
def test_words_stand_clear_of_boxes_and_lines(
    qapp, make: Callable[[], Graph], scale: float
) -> None:
    words = words_of(make())
    layout = words.scene.layout
    spots = list(words.spots(everything(words), scale))
    assert spots
    for spot in spots:
        left, right, middle = taken(words, spot, scale)
        for x, y, width, height in layout.rects.tolist():
            assert not (x < right and x + width > left and y < middle < y + height)
        for edge in layout.edges:
            points = edge.points.astype(float)
            for (x, y0), (_, y1) in itertools.pairwise(points):
                crosses = left < x < right and min(y0, y1) < middle < max(y0, y1)
                assert not crosses, (layout.names[spot.row], edge.source, edge.target)


def test_every_box_of_a_chain_has_its_words(qapp) -> None:
    words = words_of(residual_net(30))
    named = {words.scene.layout.names[spot.row] for spot in words.spots(everything(words), 0.2)}
    assert named == set(words.scene.layout.names)


def test_the_first_of_several_boxes_has_them_on_the_left(qapp) -> None:
    words = words_of(branches())
    spots = list(words.spots(everything(words), 0.5))
    by_rank: dict[int, list[Spot]] = {}
    for spot in spots:
        by_rank.setdefault(int(words.scene.layout.ranks[spot.row]), []).append(spot)
    several = [row for row in by_rank.values() if len(row) > 1]
    assert several
    assert all(row[0].is_left and not row[-1].is_left for row in several)


def test_pieces_of_the_picture_agree_about_the_places(qapp) -> None:
    """Tiles are painted apart; words go over their borders."""
    words = words_of(pyramid())
    whole = set(words.spots(everything(words), 0.25))
    area = everything(words)
    pieces: set[Spot] = set()
    for left in np.arange(area.left(), area.right(), 700.0).tolist():
        for top in np.arange(area.top(), area.bottom(), 300.0).tolist():
            pieces |= set(words.spots(QRectF(left, top, 700.0, 300.0), 0.25))
    assert pieces == whole


def test_they_tell_what_the_box_has_no_room_for(qapp) -> None:
    graph = residual_net()
    words = words_of(graph, texts={"stem": "0.998"})
    row = words.scene.layout.index["stem"]
    label = words.scene.labels["stem"]
    assert words._said(row, False, False) == ("0.998", "stem", label.title)
    assert words._said(row, True, False) == ("0.998", "stem", label.subtitle)
    assert words._said(row, True, True) == ("0.998", "", label.subtitle)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_they_are_painted_where_they_belong(qapp, ratio: float) -> None:
    words, scale = words_of(residual_net(), texts={"stem": "0.998"}), 0.25
    area = QRectF(-400, 0, 1600, 400)
    image = QImage(area.size().toSize() * scale * ratio, QImage.Format.Format_RGB32)
    image.fill(words.inks.ground)
    painter = QPainter(image)
    painter.scale(scale * ratio, scale * ratio)
    painter.translate(-area.left(), -area.top())
    words.paint(painter, area, scale, True, False)
    painter.end()
    (spot,) = [s for s in words.spots(area, scale) if s.row == words.scene.layout.index["stem"]]
    left, _, middle = taken(words, spot, scale)
    ground = words.inks.ground.rgb()
    y = round((middle - area.top()) * scale * ratio)
    x = round((left - area.left()) * scale * ratio)
    near = [(x + dx, y + dy) for dx in range(round(30 * ratio)) for dy in range(-4, 4)]
    assert any(image.pixel(*point) != ground for point in near)

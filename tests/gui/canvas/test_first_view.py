"""What a graph opens with, and what its boxes tell from afar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from rkviz.gui.canvas.box_painter import BoxPainter
from rkviz.gui.canvas.inks import Inks
from rkviz.gui.canvas.paint import Band, BoxPaint
from rkviz.gui.canvas.painter import NAME_FROM
from rkviz.gui.theme import LIGHT
from rkviz.picture.colour_scale import Level, Shade
from rkviz.picture.layout import BOX_HEIGHT, PITCH
from tests.drawings import residual_net
from tests.gui.canvas.handling import Open, middle_of, settle

RED = Shade((200, 30, 40), Level.BAD)


def test_a_graph_that_can_be_read_as_a_whole_opens_as_a_whole(open_view: Open) -> None:
    view = open_view(residual_net(3))
    assert view.visible_area.contains(QRectF(*view.scene.layout.bounds))


def test_a_long_graph_opens_at_its_first_layers_large_enough_for_names(open_view: Open) -> None:
    view = open_view(residual_net(60))
    assert view.visible_area.top() == view.scene.layout.bounds[1]
    assert BOX_HEIGHT * view.scale >= NAME_FROM
    assert view.visible_area.height() >= 8 * PITCH, "some rows of them"


def test_boxes_at_half_size_carry_their_names(open_view: Open) -> None:
    view = open_view(residual_net(60))
    painter, rows = BoxPainter(view.scene, Inks.of(LIGHT)), []
    for has_name in (False, True):
        image = QImage(100, 36, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        brush = QPainter(image)
        brush.scale(0.5, 0.5)
        x, y, _, _ = view.scene.layout.rects[4].tolist()
        brush.translate(-x, -y)
        painter.titled_box(brush, 4, 0.5, has_name)
        brush.end()
        white = QColor("white").rgb()
        rows.append({y for y in range(22, 32) for x in range(12, 90) if image.pixel(x, y) != white})
    assert len(rows[1]) >= 6 > len(rows[0])


def test_the_whole_graph_stands_beside_the_signs_of_its_stages(open_view: Open) -> None:
    view = open_view(residual_net(60))
    x, y, _width, height = view.scene.layout.bounds
    band = Band("s", y, y + height, "a stage of some length", "mean 0.998 · worst 0.912", RED, RED)
    view.set_paint(BoxPaint(bands=(band,)))
    view.resize(500, 600)
    view.show_all()
    (pill,) = [area for _, area in view._overlay.rail.pills(view._viewport)]
    assert view._viewport.to_window(QPointF(x, y)).x() > pill.right()


def test_the_frame_of_the_focus_veils_nothing(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(60))
    _, y, _, height = view.scene.layout.bounds
    shades = dict.fromkeys(view.scene.layout.names, RED)
    view.set_paint(BoxPaint(shades=shades, bands=(Band("s", y, y + height, "stage"),)))
    settle(qtbot, view)
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    image = view.grab().toImage()
    at = middle_of(view, view.scene.layout.trunk[3]).toPoint()
    colours = {image.pixelColor(at.x() + dx, at.y() + 8).getRgb()[:3] for dx in range(-30, 30)}
    assert RED.rgb in colours


def test_a_huge_graph_is_no_hair_from_afar(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(2000))
    view.set_paint(BoxPaint(shades=dict.fromkeys(view.scene.layout.names, RED)))
    view.show_all()
    settle(qtbot, view)
    image = view.grab().toImage()
    y = view.height() // 2
    row = [image.pixelColor(x, y).getRgb()[:3] for x in range(view.width())]
    assert row.count(RED.rgb) >= 8

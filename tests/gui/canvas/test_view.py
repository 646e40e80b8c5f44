"""The canvas under mouse and keys."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rkviz.gui.canvas.paint import Band, BoxPaint, Gauge
from rkviz.gui.canvas.view import GraphView
from rkviz.gui.theme import DARK, LIGHT
from rkviz.picture.colour_scale import BROKEN, UNKNOWN, Level, Shade
from rkviz.picture.layout import layout
from tests.drawings import branches, pyramid, residual_net
from tests.graphs import Sketch
from tests.gui.canvas.handling import Open, middle_of, scene_of, settle

RED = Shade((200, 30, 40), Level.BAD)
GREEN = Shade((60, 170, 140), Level.GOOD)
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


def colour_at(view: GraphView, point: QPointF) -> QColor:
    return view.grab().toImage().pixelColor(point.toPoint())


def body_of(view: GraphView, name: str) -> QPointF:
    """A point of a box between its words."""
    x, y, width, height = view.scene.layout.rect(name)
    seen = view.visible_area
    return QPointF(
        (x + width * 0.6 - seen.left()) * view.scale, (y + height - 4 - seen.top()) * view.scale
    )


def turn_wheel(
    view: GraphView,
    at: QPointF,
    notches: float,
    pixels: QPoint | None = None,
    modifiers: Qt.KeyboardModifier = NO_MODIFIER,
) -> None:
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        pixels or QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


@pytest.mark.parametrize("name", ["x", "stem", "b0.conv1", "b0.add"])
def test_a_click_hits_the_layer_under_it(open_view: Open, qtbot: QtBot, name: str) -> None:
    view = open_view()
    with qtbot.waitSignal(view.box_clicked) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle_of(view, name).toPoint())
    assert clicked.args == [name, NO_MODIFIER]


def test_a_click_tells_the_modifiers_and_the_ground(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    control = Qt.KeyboardModifier.ControlModifier
    with qtbot.waitSignal(view.box_clicked) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, control, QPoint(3, 3))
    assert clicked.args == ["", control]


def test_a_double_click_is_told(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    with qtbot.waitSignal(view.box_double_clicked) as clicked:
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=middle_of(view, "stem").toPoint())
    assert clicked.args == ["stem"]


def test_dragging_pans_and_clicks_nothing(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    start = middle_of(view, "b0.conv1").toPoint()
    before = view.visible_area
    with qtbot.assertNotEmitted(view.box_clicked):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(view, start - QPoint(0, 60))
        qtbot.mouseMove(view, start - QPoint(0, 100))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 100))
    assert view.visible_area.top() - before.top() == pytest.approx(100 / view.scale)


def test_hovering_names_the_box_once(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    seen: list[str] = []
    view.box_hovered.connect(seen.append)
    spot = middle_of(view, "stem").toPoint()
    qtbot.mouseMove(view, spot)
    qtbot.mouseMove(view, spot + QPoint(5, 2))
    qtbot.mouseMove(view, QPoint(2, 2))
    assert seen == ["stem", ""]


CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_control_and_the_wheel_zoom_around_the_cursor(open_view: Open) -> None:
    view = open_view(residual_net(30))
    spot = middle_of(view, "b0.conv2")
    for notches in (1, 1, -1, 2, -4):
        turn_wheel(view, spot, notches, modifiers=CONTROL)
        assert view.box_at(spot) == "b0.conv2"
    assert view.scale < 1.0


def test_half_notches_add_up(open_view: Open) -> None:
    view = open_view()
    before = view.scale
    turn_wheel(view, QPointF(400, 300), 0.5, modifiers=CONTROL)
    assert view.scale == before
    turn_wheel(view, QPointF(400, 300), 0.5, modifiers=CONTROL)
    assert view.scale == pytest.approx(before * 2**0.25)


def test_wheel_and_touchpad_scroll_and_shift_turns_sideways(open_view: Open) -> None:
    view = open_view(residual_net(30))
    scale = view.scale
    top = view.visible_area.top()
    turn_wheel(view, QPointF(400, 300), -0.5, pixels=QPoint(0, -40))
    assert view.visible_area.top() - top == pytest.approx(40 / scale)
    turn_wheel(view, QPointF(400, 300), -1)
    assert view.visible_area.top() - top == pytest.approx(160 / scale)
    left = view.visible_area.left()
    turn_wheel(view, QPointF(400, 300), -1, modifiers=SHIFT)
    assert view.visible_area.left() - left == pytest.approx(120 / scale)
    assert view.scale == scale


def test_arrow_keys_walk_along_lines(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    walked: list[str] = []
    view.box_clicked.connect(lambda name, _: (walked.append(name), view.set_selection([name])))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(view, key)
    assert walked == ["x", "stem", "b0.conv1", "stem"]


def test_walking_out_of_sight_brings_the_box_into_view(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(30))
    walked: list[str] = []
    view.box_clicked.connect(lambda name, _: (walked.append(name), view.set_selection([name])))
    for _ in range(40):
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert walked == list(view.scene.layout.trunk[:40])
    assert view.rect().contains(middle_of(view, walked[-1]).toPoint())


def test_arrows_go_sideways_too(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(branches())
    view.set_selection(["long1"])
    with qtbot.waitSignal(view.box_clicked) as clicked:
        qtbot.keyClick(view, Qt.Key.Key_Right)
    assert clicked.args[0] in ("middle1", "short1", "pool")


def test_keys_zoom_fit_and_go_home(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(30))
    start = view.visible_area
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.scale > 800 / start.width()
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert view.visible_area.top() > start.top()
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.visible_area.height() >= view.scene.layout.bounds[3]
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.visible_area == start


def test_keys_zoom_around_what_one_looks_at(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(30))
    view.pan(-250, -400)  # the trunk is far from the middle
    near = middle_of(view, view.boxes_in(QRectF(0, 290, 800, 20))[0]).x()
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    boxes = view.boxes_in(QRectF(0, 290, 800, 20))
    assert near in [pytest.approx(middle_of(view, box).x(), abs=1.0) for box in boxes]
    chosen = view.boxes_in(QRectF(view.rect()))[-2]
    view.set_selection([chosen])
    at = middle_of(view, chosen)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert (middle_of(view, chosen) - at).manhattanLength() < 1.0


def test_a_bar_of_the_error_is_seen_on_a_box_of_its_own_colour(
    open_view: Open, qtbot: QtBot
) -> None:
    view = open_view()
    view.zoom(16)
    view.set_paint(BoxPaint(shades={"b0.conv1": RED}, gauges={"b0.conv1": (Gauge(1.0, RED),)}))
    view.reveal("b0.conv1")
    settle(qtbot, view)
    x, y, width, _ = view.scene.layout.rect("b0.conv1")
    seen, image = view.visible_area, view.grab().toImage()
    column = round((x + width / 2 - seen.left()) * view.scale)
    colours = [
        image.pixelColor(column, round((y + 54 + at / 4 - seen.top()) * view.scale)).name()
        for at in range(32)
    ]
    runs = [colour for colour, before in pairwise([*colours, ""]) if colour != before]
    assert runs == ["#c81e28", "#ffffff", "#c81e28", "#ffffff", "#c81e28"]


def test_it_opens_on_the_first_layers(open_view: Open) -> None:
    view = open_view(residual_net(200))
    assert view.scale >= 0.5
    assert view.rect().contains(middle_of(view, "x").toPoint())


def test_other_colours_are_painted(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    spot = body_of(view, "stem")
    assert colour_at(view, spot) == QColor("#ffffff")
    for shade in (RED, GREEN, UNKNOWN):
        view.set_paint(BoxPaint(shades={"stem": shade}))
        settle(qtbot, view)
        assert colour_at(view, spot) == QColor(*shade.rgb)
    view.set_paint(BoxPaint(shades={"stem": RED}, stale=True))
    settle(qtbot, view)
    assert colour_at(view, spot) == QColor(*RED.faded().rgb)


def test_from_far_away_boxes_are_their_colour(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(200))
    view.set_paint(BoxPaint(shades=dict.fromkeys(view.scene.layout.names, RED)))
    view.show_all()
    settle(qtbot, view)
    assert view.scale < 0.1
    assert colour_at(view, middle_of(view, "b99.conv1")) == QColor(*RED.rgb)


def test_one_bad_layer_among_many_is_seen_from_far_away(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(2000))
    shades = dict.fromkeys(view.scene.layout.names, GREEN) | {"b1000.conv1": RED}
    view.set_paint(BoxPaint(shades=shades))
    view.show_all()
    settle(qtbot, view)
    image = view.grab().toImage()
    x = round(middle_of(view, "b1000.conv1").x())
    column = {image.pixelColor(x, y).name() for y in range(image.height())}
    assert QColor(*RED.rgb).name() in column


def test_all_there_is_to_paint_is_painted_at_every_scale(open_view: Open, qtbot: QtBot) -> None:
    graph = pyramid()
    view = open_view(graph)
    names = view.scene.layout.names
    shades = dict(zip(names, [RED, GREEN, BROKEN, UNKNOWN] * len(names), strict=False))
    drawn = layout(graph)
    view.set_paint(
        BoxPaint(
            shades=shades,
            badges=dict.fromkeys(names, "i16"),
            texts=dict.fromkeys(names, "12.3 dB"),
            marks={(edge.source, edge.target): "u8→F" for edge in drawn.edges},
            bands=[
                Band("a", 0.0, 900.0, "16×16", "20 dB", GREEN, RED),
                Band("b", 900.0, 2000.0, "8×8"),
            ],
        )
    )
    view.set_selection(["join1", "gone"])
    view.set_hits(["join2"])
    for dark in (False, True):
        view.set_theme(dark)
        for steps in (-40, 3, 3, 3, 3, 8, 20):
            view.zoom(steps)
            settle(qtbot, view)
            assert not view.grab().isNull()


def test_selection_outlines_a_box(open_view: Open) -> None:
    view = open_view()
    x, y, _, height = view.scene.layout.rect("stem")
    seen = view.visible_area
    beside = QPointF((x - seen.left()) * view.scale - 2.5, (y + height / 2) * view.scale)
    beside.setY((y + height / 2 - seen.top()) * view.scale)
    view.set_selection(["stem"])
    assert colour_at(view, beside) == QColor(LIGHT.accent)
    view.set_selection([])
    assert colour_at(view, beside) == QColor(LIGHT.base)


def test_dark_has_a_dark_ground(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    view.set_theme(True)
    settle(qtbot, view)
    assert colour_at(view, QPointF(2, 2)) == QColor(DARK.base)


def test_the_view_tells_where_it_is(open_view: Open, qtbot: QtBot) -> None:
    view = open_view(residual_net(30))
    with qtbot.waitSignal(view.view_changed) as changed:
        view.center_on(QPointF(0, 1000))
    assert changed.args[0].center().y() == pytest.approx(1000)
    with qtbot.waitSignal(view.view_changed):
        view.reveal("b29.add")
    with qtbot.assertNotEmitted(view.view_changed):
        view.reveal("nobody")


def test_another_graph_may_keep_the_view(open_view: Open) -> None:
    view = open_view(residual_net(30))
    view.center_on(QPointF(0, 1000))
    before = view.visible_area
    graph = residual_net(31)
    view.set_scene(scene_of(graph), keep_view=True)
    assert view.visible_area == before
    view.set_scene(scene_of(graph))
    assert view.visible_area != before


def test_a_tooltip_has_all_words_and_obeys_no_mark_up(open_view: Open) -> None:
    s = Sketch()
    view = open_view(s.graph(s.conv("<img src='file:///secret'>", "x")))
    name = view.scene.layout.names[1]
    view.set_paint(BoxPaint(badges={name: "u8"}, texts={name: "25.0 dB"}))
    tip = view.tooltip(name)
    assert "&lt;img src=" in tip
    assert "<img" not in tip
    assert tip.endswith("<br>Conv<br>1×1 · 4×8×8<br>u8<br>25.0 dB</p>")
    assert view.tooltip("") == ""


def test_an_empty_canvas_is_harmless(qtbot: QtBot) -> None:
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    settle(qtbot, view)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_F, Qt.Key.Key_Home, Qt.Key.Key_Plus):
        qtbot.keyClick(view, key)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert view.box_at(QPoint(100, 100)) == ""


def test_hovering_a_line_thickens_it_and_tells_what_it_carries(
    open_view: Open, qtbot: QtBot
) -> None:
    view = open_view()
    view.line_words = lambda line: f"{line.source} to {line.target}"
    below = middle_of(view, "stem")
    line = next(e for e in view.scene.layout.edges if (e.source, e.target) == ("x", "stem"))
    x, y = line.points[0].tolist()
    seen = view.visible_area
    spot = QPointF((x - seen.left()) * view.scale, (y + 8 - seen.top()) * view.scale)
    qtbot.mouseMove(view, spot.toPoint())
    assert view._overlay.line is line
    assert view._words_at(spot) == "x to stem"
    qtbot.mouseMove(view, below.toPoint())
    assert view._overlay.line is None


def test_shapes_stand_on_lines_close_up(open_view: Open, qtbot: QtBot) -> None:
    view = open_view()
    view.zoom(8)
    view.reveal("b0.conv1")
    view.reveal("b0.conv2")
    settle(qtbot, view)
    x, y, width, height = view.scene.layout.rect("b0.conv1")
    seen, scale = view.visible_area, view.scale
    left, top = (x + width / 2 + 5 - seen.left()) * scale, (y + height + 2 - seen.top()) * scale
    image = view.grab().toImage()
    ground = QColor(LIGHT.base)
    inked = [
        image.pixelColor(round(left + dx), round(top + dy)) != ground
        for dx in range(30)
        for dy in range(round(8 * scale))
    ]
    assert sum(inked) > 20

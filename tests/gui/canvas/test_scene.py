"""What is where."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rkviz.gui.canvas.paint import BoxPaint
from rkviz.gui.canvas.scene import Direction, Scene
from rkviz.picture.colour_scale import Level, Shade
from rkviz.picture.labels import box_labels
from rkviz.picture.layout import layout
from tests.drawings import branches, pyramid, residual_net

GRAPH = pyramid()
SCENE = Scene(layout(GRAPH), box_labels(GRAPH))
RED = Shade((200, 0, 0), Level.BAD)
corner = st.integers(-600, 2500)
side = st.integers(0, 900)


@given(corner, corner, side, side)
def test_boxes_in_a_rectangle_are_those_that_touch_it(
    x: int, y: int, width: int, height: int
) -> None:
    found = set(SCENE.boxes_in(x, y, x + width, y + height).tolist())
    wanted = {
        row
        for row, (left, top, w, h) in enumerate(SCENE.layout.rects.tolist())
        if left <= x + width and left + w >= x and top <= y + height and top + h >= y
    }
    assert found == wanted


@given(corner, corner, side, side)
def test_lines_in_a_rectangle_are_those_whose_frame_touches_it(
    x: int, y: int, width: int, height: int
) -> None:
    found = set(SCENE.lines_in(x, y, x + width, y + height).tolist())
    wanted = {
        row
        for row, (left, top, right, bottom) in enumerate(SCENE.layout.edge_boxes.tolist())
        if left <= x + width and right >= x and top <= y + height and bottom >= y
    }
    assert found == wanted


def test_lines_too_short_to_see_are_left_out() -> None:
    bounds = SCENE.layout.bounds
    everything = (bounds[0], bounds[1], bounds[0] + bounds[2], bounds[1] + bounds[3])
    boxes = SCENE.layout.edge_boxes[SCENE.lines_in(*everything, least=50.0)]
    assert 0 < len(boxes) < len(SCENE.layout.edges)
    assert np.all((boxes[:, 2:] - boxes[:, :2]).max(axis=1) > 50)


def test_the_box_under_a_point() -> None:
    x, y, width, height = SCENE.layout.rect("join2")
    assert SCENE.box_at(x + 1, y + 1) == "join2"
    assert SCENE.box_at(x + width - 1, y + height - 1) == "join2"
    assert SCENE.box_at(x - 3, y + 1) == ""
    assert SCENE.box_at(x + 1, y + height + 3) == ""


def test_down_and_up_follow_lines_the_straightest_first() -> None:
    graph = residual_net(1)
    scene = Scene(layout(graph), box_labels(graph))
    assert scene.walk("stem", Direction.DOWN) == "b0.conv1"
    assert scene.walk("b0.add", Direction.UP) == "b0.conv2"
    assert scene.walk("x", Direction.UP) == ""
    assert scene.walk("b0.add", Direction.DOWN) == ""


def test_left_and_right_go_along_the_row() -> None:
    graph = branches()
    scene = Scene(layout(graph), box_labels(graph))
    row = sorted(
        ("long1", "middle1", "short1", "pool"), key=lambda name: scene.layout.rect(name)[0]
    )
    assert [scene.walk(name, Direction.RIGHT) for name in row] == [*row[1:], ""]
    assert [scene.walk(name, Direction.LEFT) for name in row] == ["", *row[:-1]]


def test_nobody_walks_from_a_box_that_is_not_there() -> None:
    assert SCENE.walk("nothing", Direction.DOWN) == ""


def test_other_colours_leave_the_places_alone() -> None:
    painted = SCENE.painted(BoxPaint(shades={"join2": RED}))
    assert painted.layout is SCENE.layout
    assert painted.shades[painted.layout.index["join2"]] == RED
    assert painted.shades[painted.layout.index["join1"]] is None
    assert SCENE.shades[SCENE.layout.index["join2"]] is None


def test_stale_paint_is_faded() -> None:
    stale = BoxPaint(shades={"join2": RED}, stale=True)
    assert stale.shade("join2") == RED.faded()
    assert stale.shade("join1") is None


def test_the_line_under_a_point() -> None:
    edge = next(e for e in SCENE.layout.edges if len(e.points) > 2)
    (x1, y1), (x2, y2) = edge.points[1].tolist(), edge.points[2].tolist()
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    found = SCENE.line_at(x + 1, y + 1, 4.0)
    assert found is not None
    assert found.value == edge.value
    assert SCENE.line_at(-5000.0, 0.0, 4.0) is None

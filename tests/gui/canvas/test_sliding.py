"""Folding a stage on the screen."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QStyle
from pytestqt.qtbot import QtBot

from rkviz.gui.canvas import motion as motions
from rkviz.gui.canvas.view import GraphView
from rkviz.picture.boxes import Stage
from tests.drawings import residual_net
from tests.gui.canvas.handling import Open, middle_of, scene_of, settle

GRAPH = residual_net(30)
STAGE = Stage("stage", "Block 5", ("b5.conv1", "b5.conv2", "b5.add"))


@pytest.fixture
def view(open_view: Open, qtbot: QtBot) -> GraphView:
    """In front of the fifth block."""
    made = open_view(GRAPH)
    made.reveal("b5.conv1")
    settle(qtbot, made)
    return made


def animated(view: GraphView, milliseconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the system asked for animations of this length."""
    style = view.style()
    hint = style.styleHint
    wanted = QStyle.StyleHint.SH_Widget_Animation_Duration

    class Asked:
        def styleHint(self, which: QStyle.StyleHint, *rest: object) -> int:
            return milliseconds if which == wanted else hint(which, *rest)

    monkeypatch.setattr(view, "style", lambda: Asked())


def test_the_first_box_stays_where_it_is(
    view: GraphView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    animated(view, 40, monkeypatch)
    before = middle_of(view, "b5.conv1")
    view.slide_to(scene_of(GRAPH, STAGE), STAGE.name)
    assert view._motion is not None
    assert not view.is_settled
    assert not view.grab().isNull()
    settle(qtbot, view)
    assert view._motion is None
    after = middle_of(view, STAGE.name)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1.5)
    view.slide_to(scene_of(GRAPH), STAGE.name)
    settle(qtbot, view)
    again = middle_of(view, "b5.conv1")
    assert (again.x(), again.y()) == pytest.approx((before.x(), before.y()), abs=1.5)


def test_boxes_slide_from_where_they_were(
    view: GraphView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    animated(view, 1000, monkeypatch)
    y = middle_of(view, "b6.conv1").y()
    view.slide_to(scene_of(GRAPH, STAGE), STAGE.name)
    moving = view._motion
    assert moving is not None
    row = moving.names.index("b6.conv1")
    assert moving.start[row, 1] + moving.start[row, 3] / 2 == pytest.approx(y, abs=1.5)
    assert moving.end[row, 1] < moving.start[row, 1]
    gone = moving.names.index("b5.conv2")
    assert moving.end[gone].tolist() == moving.end[moving.names.index(STAGE.name)].tolist()


def test_moving_the_view_ends_a_slide(view: GraphView, monkeypatch: pytest.MonkeyPatch) -> None:
    animated(view, 1000, monkeypatch)
    view.slide_to(scene_of(GRAPH, STAGE), STAGE.name)
    assert view._motion is not None
    view.pan(0, -5)
    assert view._motion is None


def test_nothing_slides_where_the_system_asks_for_none_or_too_much_would(
    view: GraphView, monkeypatch: pytest.MonkeyPatch
) -> None:
    animated(view, 0, monkeypatch)
    view.slide_to(scene_of(GRAPH, STAGE), STAGE.name)
    assert view._motion is None
    animated(view, 40, monkeypatch)
    monkeypatch.setattr(motions, "MOST_BOXES", 3)
    view.slide_to(scene_of(GRAPH), STAGE.name)
    assert view._motion is None


def test_what_was_selected_and_found_is_in_the_folded_box(view: GraphView, qtbot: QtBot) -> None:
    view.set_selection(["b5.conv2", "b6.conv1"])
    view.set_hits(["b5.add"])
    view.slide_to(scene_of(GRAPH, STAGE), STAGE.name)
    assert view._overlay.selection == (STAGE.name, "b6.conv1")
    assert view._overlay.hits == {STAGE.name}
    view.slide_to(scene_of(GRAPH), STAGE.name)
    assert view._overlay.selection == ("b5.conv2", "b6.conv1")

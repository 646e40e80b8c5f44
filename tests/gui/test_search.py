"""Finding layers in the window, and what one does with what was found."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rkviz.gui.graph_area import GraphArea
from rkviz.gui.main_window import MainWindow
from rkviz.gui.session import Session
from rkviz.numerics import QuantScheme
from tests.gui.sample_results import sample_project, sample_results
from tests.gui.user import Key, chosen_type, press

Modifier = Qt.KeyboardModifier


@pytest.fixture
def area(qtbot: QtBot) -> GraphArea:
    """The graph of the sample detector, as the window shows it."""
    session = Session()
    made = GraphArea(session)
    session.setParent(made)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    session.show_document(sample_project(), None, sample_results())
    qtbot.waitUntil(lambda: made.is_settled)
    yield made
    session.close()


def seek(area: GraphArea, text: str, qtbot: QtBot) -> tuple[str, ...]:
    area.search.open()
    area.search.line.setText(text)
    area.search.search()
    qtbot.waitUntil(lambda: not area._session.runner.is_running("search"))
    return area.search.hits


def test_hits_are_counted_outlined_and_stepped_through(area: GraphArea, qtbot: QtBot) -> None:
    session = area._session
    assert seek(area, "op=conv", qtbot) == ("stem", "body1", "body2", "boxes", "scores")
    assert area.search.count.text() == "5 found"
    assert area.view._overlay.hits == frozenset(area.search.hits)
    line = area.search.line
    for key, modifier, wanted, count in (
        (Key.Key_Return, Modifier.NoModifier, "stem", "1 of 5"),
        (Key.Key_Return, Modifier.NoModifier, "body1", "2 of 5"),
        (Key.Key_Return, Modifier.ShiftModifier, "stem", "1 of 5"),
        (Key.Key_Return, Modifier.ShiftModifier, "scores", "5 of 5"),
    ):
        qtbot.keyClick(line, key, modifier)
        assert session.selection == (wanted,)
        assert area.search.count.text() == count


def test_the_next_hit_is_the_next_from_where_one_is(area: GraphArea, qtbot: QtBot) -> None:
    seek(area, "conv", qtbot)
    area._session.select(["join"])
    area.search.step(1)
    assert area._session.selection == ("boxes",)
    area._session.select(["join"])
    area.search.step(-1)
    assert area._session.selection == ("body2",)


def test_conditions_ask_errors_types_and_cost(area: GraphArea, qtbot: QtBot) -> None:
    assert seek(area, "cos < 0.97 conv", qtbot) == ("body1", "scores")
    assert "body1" in seek(area, "time > 0.000001 ms", qtbot)
    assert seek(area, "type = i16", qtbot) == ()


def test_a_query_that_cannot_be_meant_is_told(area: GraphArea, qtbot: QtBot) -> None:
    assert seek(area, "type=u4", qtbot) == ()
    assert area.search.wrong.text().startswith("type=u4 cannot be compared")
    assert area.search.wrong.isVisible()
    assert seek(area, "/(x/", qtbot) == ()
    assert "regular expression" in area.search.wrong.text()
    seek(area, "conv", qtbot)
    assert not area.search.wrong.isVisible()


def test_escape_closes_and_leaves_no_marks(area: GraphArea, qtbot: QtBot) -> None:
    seek(area, "conv", qtbot)
    qtbot.keyClick(area.search.line, Key.Key_Escape)
    assert not area.search.isVisible()
    assert area.view._overlay.hits == frozenset()


def test_all_hits_are_edited_in_one_step(analysed: MainWindow, qtbot: QtBot) -> None:
    press(analysed, Key.Key_F, qtbot, Modifier.ControlModifier)
    search = analysed.graph.search
    assert search.isVisible()
    qtbot.keyClicks(search.line, "op=conv")
    qtbot.waitUntil(lambda: len(search.hits) > 1)
    qtbot.keyClick(search.line, Key.Key_Return, Modifier.AltModifier)
    assert analysed.session.selection == search.hits
    assert analysed.graph.view.hasFocus(), "keys mean types now"
    press(analysed, Key.Key_3, qtbot)
    assert {chosen_type(analysed, name) for name in search.hits} == {QuantScheme.I16}
    analysed.session.undo_stack.undo()
    assert {chosen_type(analysed, name) for name in search.hits} == {None}
    press(analysed, Key.Key_F3, qtbot)
    assert len(analysed.session.selection) == 1

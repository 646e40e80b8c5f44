"""Plans and runs: opened, copied, renamed, deleted, compared and gone back to, all undoable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt

from rkviz.gui.panels.plans import PlansPanel
from rkviz.numerics import QuantScheme
from rkviz.plans import Plan
from tests.gui.panels.conftest import show
from tests.gui.sample_results import sample_project, sample_results

I16 = QuantScheme.I16


@pytest.fixture
def two(session):
    """A document with a plan "main", open and measured, and one that sets a layer to i16."""
    project = sample_project()
    precise = Plan("precise", project.config.with_scheme(["body1"], I16), project.repairs)
    show(session, replace(project, plans=(precise,)))
    return session


@pytest.fixture
def panel(two, qtbot):
    panel = PlansPanel(two)
    qtbot.addWidget(panel)
    panel.resize(1000, 260)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    panel.tree.setFocus()
    return panel


def rows(panel: PlansPanel) -> list[str]:
    return [item.text(0) for item in panel.tree.items()]


def test_plans_and_runs_are_listed_with_their_numbers(panel):
    assert rows(panel)[:2] == ["main", "precise"]
    assert "main" in rows(panel)[2], "the run that was recorded"
    main, precise, run = panel.tree.items()
    assert main.text(1) == run.text(1) != ""
    assert main.text(3).endswith("ms")
    assert precise.text(1) == "", "nobody ran it"
    assert main.font(0).bold()
    assert not precise.font(0).bold()


def test_a_plan_is_opened_by_the_enter_key_and_undo_takes_it_back(panel, two, qtbot):
    panel.tree.choose("precise")
    qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert two.project.plan_name == "precise"
    assert two.project.config.for_layer("body1").scheme is I16
    assert two.undo_stack.undoText() == "Open plan precise"
    two.undo_stack.undo()
    assert two.project.plan_name == "main"


def test_a_copy_is_renamed_and_deleted(panel, two, qtbot):
    panel.tree.choose("main")
    panel.actions_by_id["duplicate"].trigger()
    assert two.project.plan_name == "main 2"
    qtbot.waitUntil(lambda: "main 2" in rows(panel))
    item = panel.tree.items()[rows(panel).index("main 2")]
    item.setText(0, "best")
    assert two.project.plan_name == "best"
    panel.refresh()
    panel.tree.choose("best", "precise")
    qtbot.keyClick(panel.tree, Qt.Key.Key_Delete)
    assert [plan.name for plan in two.project.all_plans] == ["main"]
    for _step in range(3):
        two.undo_stack.undo()
    assert [plan.name for plan in two.project.all_plans] == ["main", "precise"]


def test_the_last_plan_cannot_be_deleted_and_no_name_is_taken_twice(panel, two, said_by, qtbot):
    panel.tree.choose("main", "precise")
    assert not panel.actions_by_id["delete"].isEnabled()
    panel.tree.items()[1].setText(0, "main")
    assert said_by[-1][0] == "error"
    assert "main" in said_by[-1][1]
    qtbot.waitUntil(lambda: rows(panel)[:2] == ["main", "precise"])


@pytest.fixture
def said_by(two):
    said: list[tuple[str, str]] = []
    two.message.connect(lambda level, text: said.append((level, text)))
    return said


def test_two_chosen_plans_are_compared_layer_by_layer(panel, two, qtbot):
    panel.tree.choose("main", "precise")
    difference = panel.difference
    assert panel.tabs.currentWidget() is difference
    assert difference.table.rowCount() == 1
    assert [difference.table.item(0, column).text() for column in range(3)] == [
        "body1", "u8, normal", "i16, normal",
    ]  # fmt: skip
    measured, missing = difference.table.item(0, 3).text().split(" → ")
    assert measured != "–"
    assert missing == "–", "nobody ran precise"
    assert "precise has no numbers yet" in difference.summary.text()
    difference.table.setCurrentCell(0, 0)
    assert two.selection == ("body1",)


def test_a_layer_in_float_has_no_range_method(panel, two, qtbot):
    two.edit_config(two.project.config.with_scheme(["stem"], QuantScheme.FLOAT), "stem to float")
    panel.tree.choose("main", "precise")
    table = panel.difference.table
    qtbot.waitUntil(lambda: table.rowCount() == 2)
    assert [table.item(0, column).text() for column in range(3)] == ["stem", "F", "u8, normal"]


def test_plans_with_the_same_numbers_share_a_point_and_its_name(panel, two, qtbot):
    results = sample_results(two.project)
    report = replace(results.report, outputs=("head",))  # the other one has no number
    two.show_document(two.project, None, replace(results, report=report))
    panel.tree.choose("main")
    panel.actions_by_id["duplicate"].trigger()
    qtbot.waitUntil(lambda: "main 2" in rows(panel))

    def names() -> list[str]:
        items = panel.trade_off.plot.plot.items
        return [item.textItem.toPlainText().strip() for item in items if hasattr(item, "textItem")]

    qtbot.waitUntil(lambda: names() == ["main, main 2"], timeout=2000)


def test_a_run_is_gone_back_to(panel, two, qtbot):
    before = two.project.config
    two.edit_config(before.with_scheme(["stem"], I16), "stem to i16")
    qtbot.waitUntil(lambda: len(panel.tree.items()) == 3)
    panel.tree.items()[2].setSelected(True)
    panel.actions_by_id["open"].trigger()
    assert two.project.config == before
    assert two.undo_stack.undoText().startswith("Back to the run of")


def test_a_click_on_the_plot_opens_what_is_there(panel, two, qtbot):
    results = sample_results(two.project)
    report = replace(results.report, outputs=("head",))  # the other one has no number
    two.show_document(two.project, None, replace(results, report=report))
    plot = panel.trade_off.plot
    assert plot is not None
    two.edit_config(two.project.config.with_scheme(["stem"], I16), "stem to i16")
    run = two.project.history[-1]

    def place() -> QPointF:
        return plot.plot.getViewBox().mapViewToScene(QPointF(run.milliseconds, run.snr_db))

    qtbot.waitUntil(lambda: plot.point_at(place()) == (1, 0), timeout=2000)
    plot.hovered.emit(1, 0)
    assert "fps" in panel.trade_off.readout.text()
    plot.clicked.emit(*plot.point_at(place()))
    assert two.project.config == run.plan.config


def test_nothing_is_listed_without_a_document(nothing_open, qtbot):
    panel = PlansPanel(nothing_open)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.tree.items() == []
    assert not any(action.isEnabled() for action in panel.actions_by_id.values())

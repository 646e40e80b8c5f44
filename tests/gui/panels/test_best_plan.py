"""The best plan is searched, shown as it comes, applied with a click and taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from rkviz.gui.panels.best_plan import BestPlanPanel
from rkviz.gui.panels.layer_model import Column
from rkviz.gui.searching import LANE
from rkviz.numerics import QuantScheme
from tests.gui.user import settle


@pytest.fixture
def panel(analysed) -> BestPlanPanel:
    session = analysed.session
    session.edit_project(replace(session.project, calibration_images=2), "leave one to judge")
    analysed.docks.bring_up("best_plan")
    return analysed.docks.best_plan


def searched(panel: BestPlanPanel, analysed, qtbot) -> None:
    settle(analysed, qtbot)
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    found = panel._session.searching
    qtbot.waitUntil(lambda: not found.is_running, timeout=30_000)


def test_a_floor_of_quality_is_searched_and_applied_as_one_step(panel, analysed, qtbot):
    session = panel._session
    panel.goal.floor.setValue(session.project.history[-1].snr_db + 6)
    searched(panel, analysed, qtbot)
    found = session.searching.found
    assert found.complete
    assert found.reached
    assert "Best" in panel.points.headline.text()
    assert panel.points.points.rowCount() == len(found.measured)
    assert panel.points.point is found.best
    assert panel.points.choices.rowCount() == len(found.best.choices) > 0
    before = session.project.config
    qtbot.mouseClick(panel.points.apply, Qt.MouseButton.LeftButton)
    assert session.project.config == found.best.config != before
    assert session.undo_stack.undoText().endswith("from the search")
    session.undo_stack.undo()
    assert session.project.config == before
    settle(analysed, qtbot)
    assert session.searching.found is found, "an edit of types leaves what was found"


def test_a_click_on_the_curve_chooses_a_predicted_point(panel, analysed, qtbot):
    panel.goal.curve_goal.setChecked(True)
    searched(panel, analysed, qtbot)
    found = panel._session.searching.found
    panel.points.plot.clicked.emit(0, len(found.curve) - 1)
    assert panel.points.point is found.curve[-1]
    panel.points.plot.hovered.emit(0, 0)
    assert "predicted" in panel.points.readout.text()
    analysed.docks.bring_up("plans")
    trade_off = analysed.docks.plans.trade_off
    trade_off.refresh()
    trade_off.plot.hovered.emit(0, 1)
    assert "predicted" in trade_off.readout.text()
    trade_off.plot.clicked.emit(0, 1)
    assert panel._session.project.config == found.curve[1].config
    panel.points.choices.setCurrentCell(0, 0)
    assert panel._session.selection != ()


def test_effects_are_a_column_and_a_colour(panel, analysed, qtbot):
    session, table = panel._session, analysed.docks.layer_table
    settle(analysed, qtbot)
    assert table.view.isColumnHidden(Column.EFFECT)
    analysed.actions_by_id.by_id["rank"].trigger()
    qtbot.waitUntil(lambda: not session.searching.is_running, timeout=30_000)
    assert session.results.effects is session.searching.effects
    qtbot.waitUntil(lambda: not table.view.isColumnHidden(Column.EFFECT))
    row = table.model.row_of("conv1")
    assert float(table.model.index(row, Column.EFFECT).data()) > 0
    session.set_view(colour="effect")
    settle(analysed, qtbot)
    assert session.view.colour == "effect", "offered while it is known"


def test_locked_layers_keep_their_type_and_show_a_sign(panel, analysed, qtbot):
    session, table = panel._session, analysed.docks.layer_table
    session.select(["conv1"])
    analysed.actions_by_id.by_id["lock"].trigger()
    assert session.project.locked == {"conv1"}
    qtbot.waitUntil(lambda: any(row.locked for row in table.model.rows))
    row = table.model.row_of("conv1")
    decoration = Qt.ItemDataRole.DecorationRole
    assert table.model.index(row, Column.NAME).data(decoration) is not None
    assert "1 layers are locked" in panel.locked.text()
    panel.goal.floor.setValue(200)
    searched(panel, analysed, qtbot)
    found = session.searching.found
    assert not found.reached
    assert "out of reach" in panel.points.headline.text()
    assert found.best.config.for_layer("conv1").scheme in (None, QuantScheme.U8)
    qtbot.mouseClick(panel.unlock, Qt.MouseButton.LeftButton)
    assert session.project.locked == frozenset()


def test_where_all_pictures_calibrate_a_search_keeps_half_to_judge_by(analysed, qtbot):
    session, panel = analysed.session, analysed.docks.best_plan
    analysed.docks.bring_up("best_plan")
    assert "keeps half of them" in panel.judging.warning.text()
    searched(panel, analysed, qtbot)
    assert session.project.calibration_images == 1
    assert not panel.problem.isVisible()
    assert session.searching.found.measured
    assert "2 others judge" in panel.judging.count.text()
    assert session.undo_stack.undoText() == "Calibrate with 1 pictures"
    session.undo_stack.undo()
    assert session.project.calibration_images == 0


def test_cancelling_keeps_what_was_found(panel, analysed, qtbot):
    settle(analysed, qtbot)
    session = panel._session
    panel.goal.curve_goal.setChecked(True)
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: session.searching.found is not None and bool(session.searching.found.measured),
        timeout=30_000,
    )
    session.runner.cancel(LANE)
    found = session.searching.found
    assert found.measured
    assert not session.searching.is_running
    if not found.complete:
        assert panel.partial.isVisible()


def test_labels_and_functions_need_a_file(panel):
    goal = panel.goal
    goal.quality.setCurrentIndex(goal.quality.findData("labels"))
    assert goal.file.isVisible()
    assert not panel.start.isEnabled()
    goal.file.setText("labels.txt")
    assert goal.request().quality == "labels"
    goal.quality.setCurrentIndex(goal.quality.findData("own"))
    goal.file.setText("judge.py:quality")
    assert goal.request().quality == "judge.py:quality"
    goal.quality.setCurrentIndex(goal.quality.findData("top1"))
    assert not goal.file.isVisible()
    assert goal.request().goal.min_quality == 0.95

"""Repairs are turned on and measured on pictures calibration never saw; all of it undoable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from rkviz.gui.panels.repairs import LANE, RepairsPanel
from rkviz.repair.choice import NO_REPAIRS, BiasCorrection, Repairs
from tests.gui.panels.conftest import Messages
from tests.gui.user import settle


@pytest.fixture
def panel(analysed, qtbot) -> RepairsPanel:
    session = analysed.session
    session.edit_project(replace(session.project, calibration_images=2), "leave one to judge")
    settle(analysed, qtbot)
    analysed.docks.bring_up("repairs")
    return analysed.docks.repairs


def measured(panel: RepairsPanel, qtbot) -> None:
    qtbot.waitUntil(lambda: not panel._session.runner.is_running(LANE), timeout=60_000)


def test_a_box_is_one_undo_step(panel, analysed, qtbot):
    session = panel._session
    qtbot.mouseClick(panel.equalize, Qt.MouseButton.LeftButton)
    assert session.project.repairs == Repairs(equalize=True)
    assert session.undo_stack.undoText() == "Repairs: equalize"
    row = panel.bias.findData(BiasCorrection.SEQUENTIAL)
    panel.bias.setCurrentIndex(row)
    panel.bias.activated.emit(row)
    assert session.project.repairs == Repairs(True, False, BiasCorrection.SEQUENTIAL)
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert session.project.repairs == NO_REPAIRS
    assert not panel.equalize.isChecked()


def test_the_chosen_repairs_are_measured_beside_none(panel, analysed, qtbot):
    session = panel._session
    assert not panel.measure.isEnabled(), "none is on"
    qtbot.mouseClick(panel.rounding, Qt.MouseButton.LeftButton)
    settle(analysed, qtbot)
    qtbot.mouseClick(panel.measure, Qt.MouseButton.LeftButton)
    measured(panel, qtbot)
    rows = panel.trials.rows
    assert [row.repairs for row in rows] == [NO_REPAIRS, Repairs(rounding=True)]
    table = panel.table.table
    assert table.item(1, 1).text() == f"{panel.trials.gain_db(rows[1]):+.1f} dB"
    assert table.item(1, 4).text().endswith("/1")
    assert panel.judging.warning.isVisible(), "one picture judges by chance"
    assert not panel.table.warning.isVisible(), "said once"
    assert not panel.outdated.isVisible()
    table.setCurrentCell(0, 0)
    qtbot.mouseClick(panel.table.apply, Qt.MouseButton.LeftButton)
    assert session.project.repairs == NO_REPAIRS
    session.edit_project(replace(session.project, calibration_images=1), "fewer")
    assert panel.outdated.isVisible()


def test_auto_measures_all_and_takes_the_best_unless_cancelled(panel, analysed, qtbot):
    session = panel._session
    qtbot.mouseClick(panel.auto, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.table.table.rowCount() > 1, timeout=60_000)
    qtbot.mouseClick(panel.cancel, Qt.MouseButton.LeftButton)
    assert panel.trials.rows, "what was measured stays"
    assert session.project.repairs == NO_REPAIRS
    qtbot.mouseClick(panel.auto, Qt.MouseButton.LeftButton)
    measured(panel, qtbot)
    assert len(panel.trials.rows) == 12
    assert session.project.repairs == panel.trials.best.repairs
    assert session.undo_stack.canUndo()


def test_where_all_pictures_calibrate_auto_keeps_half_to_judge_by(analysed, qtbot):
    session, said = analysed.session, Messages(analysed.session)
    analysed.docks.bring_up("repairs")
    panel = analysed.docks.repairs
    qtbot.mouseClick(panel.auto, Qt.MouseButton.LeftButton)
    assert session.project.calibration_images == 1
    assert any("1 of 3 pictures calibrate now" in text for _level, text in said.all)
    measured(panel, qtbot)
    assert not panel.problem.isVisible()
    assert panel.trials.judged == 2
    assert session.project.repairs == panel.trials.best.repairs


def test_own_pictures_that_all_calibrate_are_refused_with_a_sentence(analysed, qtbot):
    session = analysed.session
    analysed.docks.bring_up("repairs")
    panel = analysed.docks.repairs
    session.edit_project(replace(session.project, judging=session.project.dataset), "the same")
    settle(analysed, qtbot)
    qtbot.mouseClick(panel.auto, Qt.MouseButton.LeftButton)
    measured(panel, qtbot)
    assert session.project.calibration_images == 0, "the user chose them"
    assert "also used to calibrate" in panel.problem.text()

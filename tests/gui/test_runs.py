"""What a run measured is written into the project as soon as it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rkviz.numerics import QuantScheme
from rkviz.plans import Plan
from rkviz.project import load_project
from tests.gui.user import settle

I16 = QuantScheme.I16


@pytest.fixture
def session(analysed):
    return analysed.session


def test_a_run_is_recorded_and_the_one_before_it_is_known(analysed, session, qtbot, tmp_path):
    (first,) = session.project.history
    assert session.runs.now == first
    assert session.runs.before is None
    assert session.runs.report_of(first) is session.results.report
    session.set_scheme([session.results.graph.heads[1]], I16)
    settle(analysed, qtbot)
    assert session.runs.before == first
    assert session.runs.now.plan.config == session.project.config
    session.undo_stack.undo()
    settle(analysed, qtbot)
    assert [run.key for run in session.project.history][-1] == first.key
    assert len(session.project.history) == 2, "what was measured stays, an edit taken back or not"
    assert session.save(tmp_path / "p.rkviz")
    assert load_project(tmp_path / "p.rkviz").history == session.project.history


def test_a_run_of_other_pictures_is_no_comparison(analysed, session, qtbot):
    after = replace(session.project, analysis_images=1)
    session.edit_project(after, "fewer pictures")
    settle(analysed, qtbot)
    assert len(session.project.history) == 2
    assert session.runs.before is None


def test_plans_that_are_not_open_are_measured_without_being_opened(analysed, session, qtbot):
    shown = session.runs.now
    plan = Plan("precise", replace(session.project.config, default=I16), session.project.repairs)
    assert session.runs.of(plan) is None
    session.runs.measure([plan])
    qtbot.waitUntil(lambda: session.runs.of(plan) is not None)
    assert session.runs.now == shown
    assert session.runs.of(plan).snr_db > shown.snr_db
    assert session.runs.report_of(session.runs.of(plan)) is not None
    assert session.project.plan_name == "main"
    assert not session.is_stale
    session.runs.clear()
    assert session.project.history == (shown,)


def test_a_new_name_or_a_lock_makes_nothing_stale(session):
    session.edit_project(session.project.with_plan_renamed("main", "first"), "rename")
    session.edit_project(replace(session.project, locked=frozenset({"conv"})), "lock")
    assert not session.is_stale
    assert session.has_current_plan

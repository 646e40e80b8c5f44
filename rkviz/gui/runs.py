"""Runs: what every plan measured, written into the project; the reports of this session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job, Publish
from rkviz.plans import Plan, Run, run_key, with_run
from rkviz.progress import Progress, part_of
from rkviz.project import Project
from rkviz.results import Results

if TYPE_CHECKING:  # the session owns one of these, and engines are loaded by the workers
    from rkviz.analyse.report import AnalysisReport
    from rkviz.gui.session import Session

LANE = "plans"
_MOST_REPORTS = 24


@dataclass(frozen=True, eq=False)
class Measured:
    """A run and the report behind it."""

    run: Run
    report: AnalysisReport


class Runs(QObject):
    """Records what a run measured as soon as it ends, and measures plans that are not open."""

    changed = Signal()
    """The history of the project, or what is known of one of its runs"""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._reports: dict[str, AnalysisReport] = {}
        self._seen: object = None
        self._before: Run | None = None
        session.opened.connect(self._forget)
        session.results_changed.connect(self._record)

    @property
    def now(self) -> Run | None:
        """The run whose numbers are shown, the newest."""
        history = self._session.project.history if self._session.project else ()
        return history[-1] if history and self._seen is not None else None

    @property
    def before(self) -> Run | None:
        """The run before that, on the same pictures; None where there was none."""
        return self._before

    def of(self, plan: Plan) -> Run | None:
        """The newest run of the choices of `plan` on the pictures the project has now."""
        project = self._session.project
        if project is None or not project.history:
            return None
        from rkviz.history import basis_key

        key = run_key(plan, basis_key(project))
        return next((run for run in reversed(project.history) if run.key == key), None)

    def report_of(self, run: Run | None) -> AnalysisReport | None:
        """The errors of its layers, where it ran since the document was opened."""
        return self._reports.get(run.key) if run is not None else None

    def measure(self, plans: Sequence[Plan]) -> None:
        """Run plans that are not open; each is recorded as it ends."""
        session, project = self._session, self._session.project
        if project is None or session.results.graph is None or not plans:
            return
        results = session.results

        def work(progress: Progress, publish: Publish) -> None:
            for number, plan in enumerate(plans):
                part = part_of(progress, number / len(plans), (number + 1) / len(plans))
                publish(measured(project.with_plan(plan), results, part))

        def failed(error: RkvizError) -> None:
            session.message.emit("error", str(error))

        title = self.tr("Measuring plans")
        session.runner.submit(Job(LANE, title, work, failed=failed, part=self._keep_other))

    def clear(self) -> None:
        """Forget all runs but the newest."""
        project = self._session.project
        if project is not None:
            self._session.project = replace(project, history=project.history[-1:])
            self._before = None
            self.changed.emit()

    def _forget(self, _project: Project) -> None:
        self._reports, self._seen, self._before = {}, None, None

    def _record(self, results: Results) -> None:
        """Write down what the newest report says, once it is that of the present settings."""
        session, report = self._session, results.report
        if report is None or report is self._seen or session.is_stale or session.project is None:
            return
        from rkviz.history import run_of

        made = run_of(session.project, results, _time())
        known = self.now
        if known is None:
            known = next(iter(reversed(session.project.history)), None)
        if known is None or known.basis != made.basis:
            self._before = None
        elif known.key != made.key:
            self._before = known
        self._seen = report
        self._keep(Measured(made, report))

    def _keep_other(self, found: Measured) -> None:
        """A plan that is not open was measured: the newest run stays what is shown."""
        now = self.now
        self._keep(found)
        if now is not None and now.key != found.run.key:
            self._put_last(now)
        self.changed.emit()

    def _keep(self, found: Measured) -> None:
        self._reports[found.run.key] = found.report
        while len(self._reports) > _MOST_REPORTS:
            del self._reports[next(iter(self._reports))]
        self._put_last(found.run)
        self.changed.emit()

    def _put_last(self, run: Run) -> None:
        project = self._session.project
        if project is not None:
            self._session.project = replace(project, history=with_run(project.history, run))


def measured(project: Project, results: Results, progress: Progress) -> Measured:
    """Run the open plan of `project`, from what `results` already have; raises RkvizError."""
    from rkviz import pipeline
    from rkviz.history import run_of

    done = pipeline.run(project, results, progress=progress)
    assert done.report is not None
    return Measured(run_of(project, done, _time()), done.report)


def _time() -> str:
    return datetime.now().isoformat(timespec="seconds")

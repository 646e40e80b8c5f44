"""Why layers are bad: the findings of the present results, worked out by a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job, Outcome
from rkviz.gui.session import Session

if TYPE_CHECKING:
    from rkviz.analyse.finding import Finding

_LANE = "diagnose"


class Diagnosis(QObject):
    """Findings by head layer. Where a plan is newer than the report they stay the old ones."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._made_from: tuple[object, ...] = ()
        self.findings: Mapping[str, tuple[Finding, ...]] = {}
        session.results_changed.connect(self.renew)
        session.stale_changed.connect(self.renew)
        session.runner.ended.connect(self._job_ended)
        self.renew()

    def renew(self, _changed: object = None) -> None:
        """Look again where the results are others than before."""
        session, results = self._session, self._session.results
        plan, report, stats = results.plan, results.report, results.plan_stats
        made_from = (plan, report, stats)
        if session.is_stale or all(
            new is old for new, old in zip(made_from, self._made_from or (0, 0, 0), strict=True)
        ):
            return
        if plan is None:
            self._made_from = made_from
            self._set({})
            return

        def work(_progress: object, _publish: object) -> Mapping[str, tuple[Finding, ...]]:
            from rkviz.analyse.diagnose import diagnose

            return diagnose(plan, report, stats)

        session.runner.submit(Job(_LANE, "", work, self._set, self._failed))
        self._made_from = made_from

    def _job_ended(self, job: Job, outcome: Outcome) -> None:
        if job.lane == _LANE and outcome is Outcome.CANCELLED:
            self._made_from = ()

    def _set(self, findings: Mapping[str, tuple[Finding, ...]]) -> None:
        self.findings = findings
        self.changed.emit()

    def _failed(self, error: RkvizError) -> None:
        self._session.message.emit("error", str(error))

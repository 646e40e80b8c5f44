"""How the values of every tensor are spread: counted by a job once somebody wants to see it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from rkviz.errors import RkvizError
from rkviz.gui.derived import WORK, Derived
from rkviz.gui.jobs import Job, JobRunner, Outcome
from rkviz.progress import Progress
from rkviz.project import Project
from rkviz.results import Results

_LANE = "count values"


class Counting(QObject):
    """Waits until nothing more urgent runs; the results keep what was counted."""

    changed = Signal()
    """It began, or could not be done."""

    def __init__(self, runner: JobRunner, derived: Derived, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner, self._derived = runner, derived
        self._wish: Project | None = None
        self._tried = ""
        self.problem = ""
        """Why it could not be done, a sentence."""
        runner.ended.connect(self._job_ended)

    @property
    def is_running(self) -> bool:
        return self._runner.is_running(_LANE)

    def want(self, project: Project) -> None:
        """Ask for the histograms of `project`, unless they are there or were tried for already."""
        stats = self._derived.results.plan_stats
        if stats is None or stats.has_histograms or self._derived.results.dataset is None:
            return
        if stats.source != self._tried and not self.is_running:
            self._wish = project
            self._start()

    def _job_ended(self, job: Job, outcome: Outcome) -> None:
        if job.lane == _LANE and outcome is Outcome.CANCELLED:
            self._tried = ""  # the next look asks again
            self.changed.emit()
        self._start()

    def _start(self) -> None:
        project, results = self._wish, self._derived.results
        if project is None or results.plan_stats is None or self._runner.is_running(WORK):
            return
        if not self._derived.has_plan_of(project):
            self._wish = None
            return
        self._wish, self._tried, self.problem = None, results.plan_stats.source, ""

        def work(progress: Progress, _publish: object) -> Results:
            from rkviz import pipeline  # by the worker: it loads the engines

            return pipeline.with_histograms(project, results, progress)

        title = self.tr("Counting values")
        self._runner.submit(Job(_LANE, title, work, self._derived.keep_counts, self._failed))
        self.changed.emit()

    def _failed(self, error: RkvizError) -> None:
        self.problem = str(error)
        self.changed.emit()

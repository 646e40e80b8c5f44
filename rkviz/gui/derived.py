"""The results of a document, what they were made from, and the job that renews them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Signal

from rkviz.errors import RkvizError
from rkviz.gui import steps
from rkviz.gui.jobs import Job, JobRunner
from rkviz.project import Project
from rkviz.results import Results

WORK = "work"
"""The lane of everything that derives results: opening, running."""


class Derived(QObject):
    """Knows for which settings each result stands by comparing values, never the disk."""

    changed = Signal(object)
    """Results, after every finished step"""
    finished = Signal()
    """A run came to its end."""
    problem = Signal(str, str)
    """level, text"""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results = Results()
        self._runner = runner
        self._memory = steps.Memory()
        self._planned: Project | None = None
        self._analysed: Project | None = None
        self._counted = Results()

    @property
    def has_report(self) -> bool:
        return self.results.report is not None

    def begin(self, project: Project, results: Results) -> None:
        """Another document, with what is already known of it; its pictures are read at once."""
        self.results, self._counted = results, Results()
        self._memory = steps.Memory()
        self._planned = project.basis if results.plan is not None else None
        self._analysed = project.basis if results.report is not None else None
        if project.dataset and results.graph is not None and not self.has_report:
            self.update(project, "dataset")

    def has_plan_of(self, project: Project | None) -> bool:
        basis = project.basis if project is not None else None
        return self.results.plan is not None and self._planned == basis

    def is_stale_for(self, project: Project | None) -> bool:
        """Whether what is shown belongs to other settings; False while nothing is shown."""
        basis = project.basis if project is not None else None
        return self.has_report and not (self._planned == basis == self._analysed)

    def update(self, project: Project, until: str = "analyse") -> None:
        """Start the job that brings the results up to date, as far as the step `until`."""
        results, memory = self.results, self._memory
        title = QCoreApplication.translate("Derived", "Analysing")
        if until == "dataset":
            title = QCoreApplication.translate("Derived", "Looking at the pictures")
        job = Job(
            WORK,
            title,
            lambda progress, publish: steps.bring_up_to_date(
                project, results, memory, progress, publish, until
            ),
            part=partial(self._accept_part, project),
            done=partial(self._accept_end, project, until),
            failed=self._accept_failure,
        )
        self._runner.submit(job)

    def _accept_part(self, project: Project, part: tuple[str, Results]) -> None:
        step, results = part
        self.results = _with_counts(results, self._counted)
        if step in ("quantize", "analyse"):
            self._planned = project.basis
        if step == "analyse":
            self._analysed = project.basis
        if step == "dataset":
            self._tell_problems()
        self.changed.emit(self.results)

    def _accept_end(self, project: Project, until: str, results: Results) -> None:
        self.results = _with_counts(results, self._counted)
        if until == "analyse":
            self._planned = self._analysed = project.basis
        self.finished.emit()

    def keep_counts(self, counted: Results) -> None:
        """Take the histograms of `counted`, now and with results of runs that began before."""
        self._counted = counted
        self.results = _with_counts(self.results, counted)
        self.changed.emit(self.results)

    def _accept_failure(self, error: RkvizError) -> None:
        self.problem.emit("error", str(error))

    def _tell_problems(self) -> None:
        """Samples that were left out, as one message."""
        problems = self.results.problems
        if problems:
            text = QCoreApplication.translate("Derived", "{count} samples were left out:")
            self.problem.emit("warning", "\n".join((text.format(count=len(problems)), *problems)))


def _with_counts(results: Results, counted: Results) -> Results:
    """`results` with the histograms of `counted`, where they are of the same statistics."""
    stats, repaired = counted.stats, counted.repaired
    if results.stats is not None and stats is not None and results.stats.source == stats.source:
        results = replace(results, stats=stats)
    own = results.repaired
    if own is not None and repaired is not None and own.stats.source == repaired.stats.source:
        results = replace(results, repaired=replace(own, stats=repaired.stats))
    return results

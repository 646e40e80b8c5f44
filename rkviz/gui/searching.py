"""The search for the best hybrid plan, and the effect of every layer on the outputs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rkviz.analyse.display import amount_text
from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job, Outcome, Publish
from rkviz.progress import Progress, part_of
from rkviz.project import Project
from rkviz.results import Results

if TYPE_CHECKING:  # the session owns one of these, and engines are loaded by the workers
    from rkviz.gui.session import Session
    from rkviz.plan_search import SearchRequest
    from rkviz.search.effect import Effects
    from rkviz.search.points import Found, SearchPoint

LANE = "search"
_PREPARING = 0.1
"""Share of the progress for what has to run before."""


class Searching(QObject):
    """What is found stays when a search is cancelled, and goes when pictures, preprocessing or
    repairs change; an edit of types leaves it, for effects are known in every type."""

    changed = Signal()
    """Something more was found, or what was found no longer holds"""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.found: Found | None = None
        self.effects: Effects | None = None
        self.problem = ""
        """Why the last search ended early; "" when it did not."""
        self._made_for: object = None
        self._joined = Results(), Results()
        session.project_changed.connect(self._check)
        session.opened.connect(self._check)
        session.runner.ended.connect(self._ended)

    @property
    def is_running(self) -> bool:
        return self._session.runner.is_running(LANE)

    def joined_to(self, results: Results) -> Results:
        """`results` with the effects; the same object for the same values."""
        if self.effects is None:
            return results
        before, joined = self._joined
        if before is not results or joined.effects is not self.effects:
            joined = replace(results, effects=self.effects)
            self._joined = results, joined
        return joined

    def search(self, request: SearchRequest) -> None:
        """Search for the present project; the latest request wins."""

        def work(project: Project, results: Results, progress: Progress, publish: Publish) -> Found:
            from rkviz.plan_search import search_plan

            return search_plan(project, results, request, progress, publish)

        self.found = None
        self._start(self.tr("Searching the best plan"), work, self._keep_found)

    def rank(self) -> None:
        """Measure the effect of every layer on the outputs."""

        def work(
            project: Project, results: Results, progress: Progress, publish: Publish
        ) -> Effects:
            from rkviz.plan_search import effects_of

            return effects_of(project, results, progress=progress, keep=publish)

        self._start(self.tr("Measuring effects on the outputs"), work, self._keep_effects)

    def cancel(self) -> None:
        self._session.runner.cancel(LANE)

    def apply(self, point: SearchPoint) -> None:
        """Take a point into the open plan; one undo step."""
        text = self.tr("Plan of {ms} ms from the search").format(ms=amount_text(point.time_ms))
        self._session.edit_config(point.config, text)

    def _start(self, title: str, work: object, keep: object) -> None:
        session, project = self._session, self._session.project
        if project is None or session.results.graph is None:
            return
        results = session.results

        def whole(progress: Progress, publish: Publish) -> object:
            from rkviz import pipeline

            prepared = pipeline.run(
                project, results, "quantize", part_of(progress, 0.0, _PREPARING)
            )
            return work(project, prepared, part_of(progress, _PREPARING, 1.0), publish)  # type: ignore[operator]

        def failed(error: RkvizError) -> None:
            self.problem = str(error)
            session.message.emit("error", self.problem)
            self.changed.emit()

        self.problem = ""
        self._made_for = _basis(project)
        session.runner.submit(Job(LANE, title, whole, keep, failed, part=keep))  # type: ignore[arg-type]
        self.changed.emit()

    def _keep_found(self, found: Found) -> None:
        self.found = found
        self._keep_effects(found.effects)

    def _keep_effects(self, effects: Effects) -> None:
        is_new = effects is not self.effects
        self.effects = effects
        self.changed.emit()
        if is_new:
            self._session.results_changed.emit(self._session.results)

    def _check(self, project: Project | None) -> None:
        """Forget what belongs to other pictures or another network."""
        if self._made_for is None or (project is not None and self._made_for == _basis(project)):
            return
        self.cancel()
        had_effects = self.effects is not None
        self.found, self.effects, self._made_for, self.problem = None, None, None, ""
        self.changed.emit()
        if had_effects:
            self._session.results_changed.emit(self._session.results)

    def _ended(self, job: Job, _outcome: Outcome) -> None:
        if job.lane == LANE:
            self.changed.emit()


def _basis(project: Project) -> Project:
    """The project without its plan's types: what effects were measured with."""
    return replace(project.basis, config=Project(project.model).config, cfg=None, snapshot=None)

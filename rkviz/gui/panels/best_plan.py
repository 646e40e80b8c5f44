"""BestPlanPanel: search the best hybrid plan; watch it come, apply a point with one click."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui.jobs import Job
from rkviz.gui.panels.goal_box import GoalBox
from rkviz.gui.panels.judging_box import JudgingBox
from rkviz.gui.panels.search_points import SearchPoints
from rkviz.gui.searching import LANE
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import Adapting, EmptyNote
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import value_label
from rkviz.gui.widgets.section import Section, scrolled


class BestPlanPanel(Adapting, QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.goal, self.judging, self.points = GoalBox(), JudgingBox(session), SearchPoints()
        self.start, self.cancel, self.rank = QPushButton(), QPushButton(), QPushButton()
        self.unlock = QPushButton()
        self.locked = value_label()
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(10)
        self.problem, self.partial = Banner("bad"), Banner("warning")
        self._empty = EmptyNote()
        self._pages = QStackedWidget()
        self._pages.addWidget(scrolled(self._empty))
        self._pages.addWidget(scrolled(*self._content()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._connect()
        self.retranslate()

    def _content(self) -> list[QWidget]:
        buttons, locks = QHBoxLayout(), QHBoxLayout()
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.cancel)
        locks.addWidget(self.locked, 1)
        locks.addWidget(self.unlock)
        self._goal = Section(self.goal, locks, buttons, self.rank, self.progress)
        self._judged = Section(self.judging)
        self._result = Section(self.problem, self.partial, self.points)
        return [self._goal, self._judged, self._result]

    def _connect(self) -> None:
        session, searching = self._session, self._session.searching
        self.start.clicked.connect(self._search)
        self.rank.clicked.connect(searching.rank)
        self.cancel.clicked.connect(searching.cancel)
        self.unlock.clicked.connect(self._unlock)
        self.goal.edited.connect(self.refresh)
        self.points.applied.connect(searching.apply)
        self.points.layers_chosen.connect(session.select)
        for signal in (searching.changed, session.project_changed, session.runs.changed):
            signal.connect(self.refresh)
        session.results_changed.connect(self._enable)
        session.runner.progressed.connect(self._progressed)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Best plan"))
        self._empty.setText(
            self.tr("Open a model and choose pictures; then the best plan is searched here.")
        )
        self._goal.set_heading(self.tr("Goal"))
        self._judged.set_heading(self.tr("Pictures to judge by"))
        self._result.set_heading(self.tr("What was found"))
        self.start.setText(self.tr("Search"))
        self.start.setToolTip(
            self.tr("Choose the type of every layer; each point is emulated on judging pictures")
        )
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("What was found so far stays"))
        self.rank.setText(self.tr("Only rank the layers by their effect"))
        self.unlock.setText(self.tr("Unlock all"))
        for part in (self.goal, self.judging, self.points):
            part.retranslate()
        self.refresh()

    @Slot()
    def refresh(self, _value: object = None) -> None:
        session, searching = self._session, self._session.searching
        project = session.project
        is_ready = project is not None and bool(project.dataset)
        self._pages.setCurrentIndex(1 if is_ready else 0)
        count = len(project.locked) if project is not None else 0
        self.locked.setVisible(count > 0)
        self.unlock.setVisible(count > 0)
        self.locked.setText(self.tr("{count} layers are locked (K).").format(count=count))
        now = session.runs.now
        if now is not None:
            self.goal.propose_limit(now.milliseconds)
        found = searching.found
        self.problem.setVisible(bool(searching.problem))
        self.problem.show_text(searching.problem)
        is_partial = found is not None and not found.complete and not searching.is_running
        self.partial.setVisible(is_partial)
        self.partial.show_text(self.tr("The search did not end: this is what it found so far."))
        self._result.setVisible(found is not None or bool(searching.problem))
        self.points.show_found(found)
        self._enable()

    @Slot()
    def _enable(self, _value: object = None) -> None:
        is_running = self._session.searching.is_running
        has_pictures = self._session.results.dataset is not None
        self.start.setEnabled(not is_running and has_pictures and self.goal.is_complete)
        self.rank.setEnabled(not is_running and has_pictures)
        self.cancel.setVisible(is_running)
        self.progress.setVisible(is_running)
        if not is_running:
            self.progress.setValue(0)

    @Slot(object, float, str)
    def _progressed(self, job: Job, share: float, _text: str) -> None:
        if job.lane == LANE:
            self.progress.setValue(round(max(0.0, share) * 1000))

    def _search(self) -> None:
        self.judging.set_aside()
        self._session.searching.search(self.goal.request())

    def _unlock(self) -> None:
        project = self._session.project
        if project is not None:
            text = self.tr("Unlock all layers")
            self._session.edit_project(replace(project, locked=frozenset()), text)

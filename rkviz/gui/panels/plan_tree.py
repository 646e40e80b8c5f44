"""PlanTree: the named plans and the past runs of a project with their numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from rkviz.analyse.display import amount_text, metric_text
from rkviz.gui.panels.plan_words import (
    cosine_words,
    part_words,
    repairs_words,
    time_words,
    when_words,
)
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.columns import ColumnFitter
from rkviz.plans import Plan, Run
from rkviz.project import Project

NAME, _SNR, _COSINE, _TIME, _FPS, _SIZE, _PART = range(7)
_ENTRY = int(Qt.ItemDataRole.UserRole)
Entry = Plan | Run


class PlanTree(QTreeWidget):
    """Two groups: plans, then runs from the newest on."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setRootIsDecorated(False)
        self.setIndentation(12)
        self.setAlternatingRowColors(True)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setColumnCount(7)
        self.columns = ColumnFitter(self, droppable=(_SIZE, _COSINE, _PART, _FPS))

    def retranslate(self) -> None:
        self.setHeaderLabels(
            [
                self.tr("Plan, run"), self.tr("SNR (dB)"), self.tr("Cosine"), self.tr("Time"),
                self.tr("fps"), self.tr("Weights"), self.tr("Worst part of an output"),
            ]
        )  # fmt: skip
        self.headerItem().setToolTip(_TIME, self.tr("Estimated for the chip"))
        self.headerItem().setToolTip(_SNR, self.tr("Of the worst output, over all pictures"))
        self.setAccessibleName(self.tr("Plans and runs"))

    def show_project(self, project: Project | None) -> None:
        """Fill the tree; what was chosen stays chosen."""
        chosen = {_key(entry) for entry in self.chosen}
        self.blockSignals(True)
        self.clear()
        if project is not None:
            self._fill(project)
        for item in self.items():
            item.setSelected(_key(item.data(NAME, _ENTRY)) in chosen)
        self.blockSignals(False)
        has_parts = any(item.text(_PART) for item in self.items())
        self.columns.fit(() if has_parts else (_PART,))

    def _fill(self, project: Project) -> None:
        plans, runs = (QTreeWidgetItem([text]) for text in (self.tr("Plans"), self.tr("Runs")))
        for group, is_used in ((plans, True), (runs, bool(project.history))):
            if is_used:
                group.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.addTopLevelItem(group)
                group.setExpanded(True)
                group.setFirstColumnSpanned(True)
        for plan in project.all_plans:
            self._add(plans, plan.name, plan, self._session.runs.of(plan))
        for run in reversed(project.history):
            self._add(runs, f"{when_words(run)}  {run.plan.name}", run, run)

    def _add(self, group: QTreeWidgetItem, title: str, entry: Entry, run: Run | None) -> None:
        item = QTreeWidgetItem(group)
        item.setText(NAME, title)
        item.setData(NAME, _ENTRY, entry)
        plan = entry if isinstance(entry, Plan) else entry.plan
        item.setToolTip(NAME, f"{title}\n{repairs_words(plan.repairs)}")
        if isinstance(entry, Plan):
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        is_open = entry == self._session.project.plan if self._session.project else False
        if is_open or (isinstance(entry, Run) and entry is self._session.runs.now):
            font = self.font()
            font.setBold(True)
            item.setFont(NAME, font)
        if run is None:
            return
        texts = {
            _SNR: metric_text("snr_db", run.snr_db),
            _COSINE: cosine_words(run.cosine),
            _TIME: time_words(run.milliseconds),
            _FPS: amount_text(run.fps),
            _SIZE: f"{amount_text(run.megabytes)} MB",
            _PART: part_words(run.worst),
        }
        for column, text in texts.items():
            item.setText(column, text)
            if column != _PART:
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
        item.setToolTip(_PART, texts[_PART])
        if run.dead_parts:
            item.setForeground(_PART, QColor(current_theme().bad))

    def items(self) -> list[QTreeWidgetItem]:
        groups = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return [group.child(row) for group in groups for row in range(group.childCount())]

    def entry(self, item: QTreeWidgetItem) -> Entry:
        return item.data(NAME, _ENTRY)

    @property
    def chosen(self) -> list[Entry]:
        """The selected plans and runs, from top to bottom."""
        return [item.data(NAME, _ENTRY) for item in self.items() if item.isSelected()]

    def choose(self, *names: str) -> None:
        """Select the plans of these names."""
        for item in self.items():
            entry = item.data(NAME, _ENTRY)
            item.setSelected(isinstance(entry, Plan) and entry.name in names)


def _key(entry: object) -> object:
    return entry.name if isinstance(entry, Plan) else id(entry)

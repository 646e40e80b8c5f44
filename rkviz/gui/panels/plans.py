"""PlansPanel: named plans and past runs with their numbers; open, compare, go back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QTabWidget,
    QToolButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rkviz.errors import ConfigError
from rkviz.gui.panels.plan_difference import PlanDifference, Side
from rkviz.gui.panels.plan_trade_off import PlanTradeOff
from rkviz.gui.panels.plan_tree import NAME, Entry, PlanTree
from rkviz.gui.panels.plan_words import when_words
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import Refreshing
from rkviz.gui.widgets.columns import FittingSplitter
from rkviz.plans import Plan, free_name


class PlansPanel(Refreshing, QWidget):
    """A tree of plans and runs to the left; to the right what is known of the chosen ones."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.tree = PlanTree(session)
        self.difference = PlanDifference(session)
        self.trade_off = PlanTradeOff(session)
        self.actions_by_id: dict[str, QAction] = {}
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(2)
        for id, key, handler in (
            ("open", "Return", self.open_chosen),
            ("duplicate", "Ctrl+D", self.duplicate),
            ("rename", "F2", self.rename),
            ("delete", "Del", self.delete),
            ("measure", "", self.measure),
            ("clear", "", session.runs.clear),
        ):
            self._add_action(id, key, handler)
        self._buttons.addStretch(1)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.trade_off, "")
        self.tabs.addTab(self.difference, "")
        self._split = FittingSplitter(self.tree, self.tabs, self.tree.columns)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        layout.setSpacing(2)
        layout.addLayout(self._buttons)
        layout.addWidget(self._split, 1)
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        session = self._session
        self.refresh_on(session.project_changed, session.results_changed, session.runs.changed)
        self.tree.itemSelectionChanged.connect(self._show_chosen)
        self.tree.itemDoubleClicked.connect(lambda _item, _column: self.open_chosen())
        self.tree.itemChanged.connect(self._renamed)
        self.trade_off.chosen.connect(self.open_entry)
        self.difference.chosen.connect(lambda layer: session.select([layer]))

    def _add_action(self, id: str, key: str, handler: Callable[[], object]) -> None:
        action = QAction(self)
        if key:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked=False: handler())
        self.tree.addAction(action)
        self.actions_by_id[id] = action
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._buttons.addWidget(button)

    # -- texts --------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Plans"))
        texts = {
            "open": (self.tr("Open"), self.tr("Open the plan, or go back to the run (Enter)")),
            "duplicate": (self.tr("Duplicate"), self.tr("Open a copy as a plan (Ctrl+D)")),
            "rename": (self.tr("Rename"), self.tr("Give the plan another name (F2)")),
            "delete": (self.tr("Delete"), self.tr("Delete the chosen plans (Del); undo brings "
                                                  "them back")),
            "measure": (self.tr("Measure"), self.tr("Run every plan that has no numbers yet")),
            "clear": (self.tr("Clear"), self.tr("Forget all runs but the newest")),
        }  # fmt: skip
        for id, (text, tip) in texts.items():
            self.actions_by_id[id].setText(text)
            self.actions_by_id[id].setToolTip(tip)
        self.tree.retranslate()
        self.tabs.setTabText(0, self.tr("Quality and time"))
        self.tabs.setTabText(1, self.tr("Difference"))
        self.difference.retranslate()
        self.trade_off.retranslate()
        self.refresh()

    # -- the tree -----------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Fill the tree; what was chosen stays chosen. Put off while nobody sees it."""
        project = self._session.project
        if self.visibleRegion().isEmpty():
            return
        self.tree.show_project(project)
        self._split.fit()
        self._show_chosen()
        self.trade_off.refresh()

    @Slot()
    def _show_chosen(self) -> None:
        project, chosen = self._session.project, self.tree.chosen
        plans = [entry for entry in chosen if isinstance(entry, Plan)]
        enabled = {
            "open": len(chosen) == 1,
            "duplicate": project is not None and len(chosen) <= 1,
            "rename": len(plans) == 1,
            "delete": bool(plans) and project is not None and len(project.all_plans) > len(plans),
            "measure": project is not None and self._session.results.dataset is not None,
            "clear": project is not None and len(project.history) > 1,
        }
        for id, is_enabled in enabled.items():
            self.actions_by_id[id].setEnabled(is_enabled)
        sides = None
        if len(chosen) == 2:
            sides = self._side(chosen[0]), self._side(chosen[1])
            self.tabs.setCurrentWidget(self.difference)
        elif len(chosen) == 1 and project is not None:
            sides = self._side(project.plan), self._side(chosen[0])
        self.difference.show_sides(sides)

    def _side(self, entry: Entry) -> Side:
        runs = self._session.runs
        if isinstance(entry, Plan):
            run = runs.of(entry)
            return Side(entry.name, entry, run, runs.report_of(run))
        title = when_words(entry)
        return Side(title, entry.plan, entry, runs.report_of(entry))

    # -- edits --------------------------------------------------------------------------------

    def open_chosen(self) -> None:
        if len(self.tree.chosen) == 1:
            self.open_entry(self.tree.chosen[0])

    @Slot(object)
    def open_entry(self, entry: Entry) -> None:
        """Open a plan, or give the open plan what a run had; one undo step."""
        session, project = self._session, self._session.project
        if project is None:
            return
        if isinstance(entry, Plan):
            text = self.tr("Open plan {name}").format(name=entry.name)
            session.edit_project(project.with_plan(entry), text)
            return
        was = entry.plan
        after = replace(project, config=was.config, repairs=was.repairs)
        text = self.tr("Back to the run of {time}").format(time=when_words(entry))
        session.edit_project(after, text)

    def duplicate(self) -> None:
        """A copy of the chosen plan or run (of the open plan without a choice), opened."""
        project = self._session.project
        if project is None:
            return
        entry: Entry = self.tree.chosen[0] if self.tree.chosen else project.plan
        plan = entry if isinstance(entry, Plan) else entry.plan
        name = free_name(plan.name, [other.name for other in project.all_plans])
        text = self.tr("Duplicate plan {name}").format(name=plan.name)
        self._session.edit_project(project.with_plan(replace(plan, name=name)), text)

    def rename(self) -> None:
        """Edit the name in its place."""
        for item in self.tree.items():
            if item.isSelected() and isinstance(self.tree.entry(item), Plan):
                self.tree.editItem(item, NAME)
                return

    def delete(self) -> None:
        after = self._session.project
        names = [entry.name for entry in self.tree.chosen if isinstance(entry, Plan)]
        if after is None or not self.actions_by_id["delete"].isEnabled():
            return
        for name in names:
            after = after.without_plan(name)
        text = self.tr("Delete plan {name}").format(name=", ".join(names))
        self._session.edit_project(after, text)

    def measure(self) -> None:
        """Run the plans that have no numbers."""
        session, project = self._session, self._session.project
        if project is not None:
            known = ((plan, session.runs.of(plan)) for plan in project.all_plans)
            session.runs.measure([plan for plan, run in known if run is None])

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        entry, project = self.tree.entry(item), self._session.project
        if column != NAME or not isinstance(entry, Plan) or project is None:
            return
        name = item.text(NAME).strip()
        try:
            after = project.with_plan_renamed(entry.name, name)
        except ConfigError:
            text = self.tr("A plan needs a name of its own: “{name}” is empty or taken.")
            self._session.message.emit("error", text.format(name=name))
            self.refresh_soon()
            return
        self._session.edit_project(after, self.tr("Rename plan {name}").format(name=entry.name))
        self.refresh_soon()

"""What the actions on plans do: lock layers, rank them, bring up the pages that search."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from rkviz.gui.session import Session


class PlanCommands(QObject):
    """Handlers of the rows of the action table that are about plans."""

    panel_wanted = Signal(str)
    """The name of a panel's dock"""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def toggle_lock(self) -> None:
        """Lock the selected layers for searches; unlock them where all of them are locked."""
        session, project = self._session, self._session.project
        chosen = frozenset(session.selection)
        if project is None or not chosen:
            return
        are_locked = chosen <= project.locked
        after = project.locked - chosen if are_locked else project.locked | chosen
        if len(chosen) == 1:
            text = self.tr("Unlock {layer}") if are_locked else self.tr("Lock {layer}")
        elif are_locked:
            text = self.tr("Unlock {count} layers")
        else:
            text = self.tr("Lock {count} layers")
        text = text.format(count=len(chosen), layer=next(iter(chosen)))
        session.edit_project(replace(project, locked=after), text)

    def rank(self) -> None:
        """Measure the effect of every layer on the outputs, and show it on the graph."""
        self._session.searching.rank()

    def bring_up(self, panel: str) -> None:
        self.panel_wanted.emit(panel)

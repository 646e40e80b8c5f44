"""Columns that fit: as wide as their texts, and where there is no room the least important go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QSplitter, QTableWidget, QTreeWidget, QWidget

_NARROWEST = 96
"""Pixels of the first column, whose texts are names: they may be cut in their middle."""
_ROOM = 6
"""Pixels beside a text."""
_LEFT_TO_THE_OTHER = 250
_MOST_OF_A_SPLITTER = 0.66


class ColumnFitter(QObject):
    """Keeps a table or tree without a bar to move it sideways.

    The first column holds names and takes what the others leave. `droppable` are columns that are
    left out where the view is too narrow, the least important first.
    """

    def __init__(self, view: QTableWidget | QTreeWidget, droppable: Sequence[int] = ()) -> None:
        super().__init__(view)
        self._view = view
        self._droppable = tuple(droppable)
        self._unused: frozenset[int] = frozenset()
        self._wanted: dict[int, int] = {}
        header = self._header
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(20)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.viewport().installEventFilter(self)

    @property
    def wanted_width(self) -> int:
        """Pixels in which every column is read in full; known after `fit`."""
        bar = self._view.verticalScrollBar().sizeHint().width()
        return sum(self._wanted.values()) + 2 * self._view.frameWidth() + bar

    def fit(self, unused: Sequence[int] = ()) -> None:
        """After other texts: measure; `unused` are columns that say nothing now."""
        self._unused = frozenset(unused)
        used = [c for c in range(self._header.count()) if c not in self._unused]
        for column in used:
            self._view.setColumnHidden(column, False)
        self._wanted = {column: self._needed(column) for column in used}
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._wanted:
            self._arrange()
        return super().eventFilter(watched, event)

    @property
    def _header(self) -> QHeaderView:
        view = self._view
        return view.header() if isinstance(view, QTreeWidget) else view.horizontalHeader()

    def _needed(self, column: int) -> int:
        heading = self._header.sectionSizeHint(column)
        return max(heading, self._view.sizeHintForColumn(column)) + _ROOM

    def _arrange(self) -> None:
        room = self._view.viewport().width()
        names = min(self._wanted.get(0, 0), _NARROWEST)
        shown = [column for column in self._wanted if column != 0]
        for column in self._droppable:
            if names + sum(self._wanted[c] for c in shown) > room and column in shown:
                shown.remove(column)
        for column in range(1, self._header.count()):
            self._view.setColumnHidden(column, column not in shown)
            if column in shown:
                self._view.setColumnWidth(column, self._wanted[column])
        self._view.setColumnWidth(0, max(names, room - sum(self._wanted[c] for c in shown)))


class FittingSplitter(QSplitter):
    """Gives the table to the left what it needs, until the user moves the handle."""

    def __init__(self, table: QWidget, other: QWidget, columns: ColumnFitter) -> None:
        super().__init__()
        self._columns = columns
        self._is_moved = False
        for part in (table, other):
            part.setMinimumWidth(120)
            self.addWidget(part)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._moved)

    def fit(self) -> None:
        """Divide anew, after other texts."""
        if not self._is_moved:
            most = min(int(self.width() * _MOST_OF_A_SPLITTER), self.width() - _LEFT_TO_THE_OTHER)
            wanted = min(self._columns.wanted_width, most)
            self.setSizes([wanted, self.width() - wanted])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def _moved(self, _position: int, _index: int) -> None:
        self._is_moved = True

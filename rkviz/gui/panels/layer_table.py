"""LayerTable: every layer as a row, to sort, filter and select; also the graph in words."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from rkviz.analyse.query import QueryError
from rkviz.gui.finding import error_words, find_shown, query_help
from rkviz.gui.panels.layer_model import (
    COMPARED,
    Column,
    LayerSortModel,
    LayerTableModel,
    selection_as_tsv,
)
from rkviz.gui.panels.layer_rows import LayerRow, layer_rows
from rkviz.gui.ranking import error_scale
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting, EmptyNote
from rkviz.gui.widgets.chips import BadgeDelegate, ErrorDelegate
from rkviz.gui.widgets.type_buttons import scheme_choices
from rkviz.numerics import QuantScheme

_WIDTHS = {
    Column.ORDER: 34,
    Column.NAME: 132,
    Column.OPERATOR: 132,
    Column.TYPE: 48,
    Column.OWN: 96,
    Column.ACCUMULATED: 96,
    Column.SHAPE: 92,
    Column.WHY: 120,
    Column.ENGINE: 54,
    Column.TOOLKIT: 96,
    Column.BOARD: 96,
    Column.EFFECT: 96,
}


class LayerTable(Adapting, QWidget):
    """Selection goes both ways: what is selected here is selected everywhere."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: tuple[tuple[object, ...], tuple[object, ...]] = (), ()
        """What the rows were made of."""
        self._echo = False
        """True while the selection here follows the session's."""
        self.model = LayerTableModel(self)
        self.sorted = LayerSortModel(self.model, self)
        self.filter_line = QLineEdit()
        self.filter_line.setClearButtonEnabled(True)
        self._count = QLabel()
        self._wrong = QLabel()
        self._wrong.setWordWrap(True)
        self._wrong.hide()
        self._empty = EmptyNote()
        self.view = QTableView()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._empty)
        self._set_up_view()

        line = QHBoxLayout()
        line.addWidget(self.filter_line, 1)
        line.addWidget(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addLayout(line)
        layout.addWidget(self._wrong)
        layout.addWidget(self._pages, 1)

        self.filter_line.textChanged.connect(self._filter)
        self.view.selectionModel().selectionChanged.connect(self._select_in_session)
        self.view.customContextMenuRequested.connect(self._open_menu)
        for values in (session.results_changed, session.project_changed, session.comparing.changed):
            values.connect(self._refresh)
        session.view_changed.connect(self._refresh)
        session.stale_changed.connect(self._refresh)
        session.selection_changed.connect(self._follow_session)
        self.retranslate()

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.sorted)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setSortingEnabled(True)
        view.sortByColumn(Column.ORDER, Qt.SortOrder.AscendingOrder)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setFrameShape(QTableView.Shape.NoFrame)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 9)
        header = view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        for column, width in _WIDTHS.items():
            view.setColumnWidth(column, width)
        for column in (Column.OWN, Column.ACCUMULATED, Column.EFFECT, *COMPARED):
            view.setItemDelegateForColumn(column, ErrorDelegate(view))
        view.setItemDelegateForColumn(Column.TYPE, BadgeDelegate(view))
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+C copies whole rows, where Qt would copy one cell."""
        if watched is self.view and isinstance(event, QKeyEvent):
            copying = event.matches(QKeySequence.StandardKey.Copy)
            if copying and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if copying and event.type() == QEvent.Type.KeyPress:
                self.copy_rows()
                return True
        return super().eventFilter(watched, event)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Layers"))
        self.filter_line.setPlaceholderText(self.tr("Filter: name, own<0.99, acc<0.99, type=i16"))
        self.filter_line.setToolTip(query_help())
        self.filter_line.setAccessibleName(self.tr("Filter the layers"))
        self._empty.setText(self.tr("Open a model to see its layers."))
        self.view.setAccessibleName(self.tr("Layers of the network"))
        self._shown = (), ()
        self._refresh()

    # -- values ----------------------------------------------------------------------------------

    @Slot()
    def _refresh(self) -> None:
        session = self._session
        config = session.project.config if session.project else None
        view = session.view
        # A document that opens tells of its parts one by one; the rows are made once for all.
        values = (session.results, session.project, session.comparing.value)
        state = (view, session.is_stale, session.has_current_plan)
        if state == self._shown[1] and all(map(operator.is_, values, self._shown[0])):
            return
        self._shown = values, state
        rows = layer_rows(
            session.results, config, view.metric, view.image, session.has_current_plan,
            session.comparing.value, view.kind,
            session.project.locked if session.project else ())  # fmt: skip
        _show_compared(self.view, rows)
        with self._following():
            self.model.show_rows(rows, error_scale(view), session.is_stale)
        self._pages.setCurrentWidget(self.view if rows else self._empty)
        self._filter(self.filter_line.text())

    @Slot(str)
    def _filter(self, text: str) -> None:
        try:
            found = find_shown(text, self._session) if text.strip() else None
        except QueryError as error:
            self._warn(error_words(error))
            return
        self._warn("")
        with self._following():
            self.sorted.set_filter(found)
        self._follow_session()
        self._update_count()

    def _warn(self, text: str) -> None:
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))
        self.recolour()

    def recolour(self) -> None:
        self._wrong.setStyleSheet(f"color: {current_theme().bad};")

    def _update_count(self) -> None:
        shown, known = self.sorted.rowCount(), len(self.model.rows)
        text = self.tr("{shown} of {known}") if shown != known else "{known}"
        self._count.setText(text.format(shown=shown, known=known) if known else "")

    # -- selection -------------------------------------------------------------------------------

    @contextmanager
    def _following(self) -> Iterator[None]:
        """While inside, changes of the selection here are not sent to the session."""
        before, self._echo = self._echo, True
        try:
            yield
        finally:
            self._echo = before

    @Slot()
    def _select_in_session(self) -> None:
        if not self._echo:
            with self._following():
                self._session.select(row.name for row in self.selected_rows())

    @Slot()
    def _follow_session(self) -> None:
        if self._echo:
            return
        wanted = QItemSelection()
        first = None
        for layer in self._session.selection:
            row = self.model.row_of(layer)
            if row is None:
                continue
            index = self.sorted.mapFromSource(self.model.index(row, 0))
            if index.isValid():
                wanted.select(index, index)
                first = first or index
        with self._following():
            flags = QItemSelectionModel.SelectionFlag
            selection = self.view.selectionModel()
            selection.select(wanted, flags.ClearAndSelect | flags.Rows)
            if first is not None and not self.view.hasFocus():
                selection.setCurrentIndex(first, flags.NoUpdate)
                self.view.scrollTo(first)

    def selected_rows(self) -> list[LayerRow]:
        """The selected rows, from top to bottom as they are shown."""
        indexes = self.view.selectionModel().selectedRows()
        places = sorted(index.row() for index in indexes)
        sources = (self.sorted.mapToSource(self.sorted.index(place, 0)) for place in places)
        return [self.model.rows[source.row()] for source in sources]

    # -- what can be done with rows --------------------------------------------------------------

    @Slot()
    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard, as a table a spreadsheet takes."""
        rows = self.selected_rows()
        if rows:
            QApplication.clipboard().setText(selection_as_tsv(self.model, rows))

    @Slot()
    def copy_names(self) -> None:
        """Put the names of the selected layers on the clipboard, one a line."""
        QApplication.clipboard().setText("\n".join(row.name for row in self.selected_rows()))

    def _set_scheme(
        self, layers: list[str], scheme: QuantScheme | None, _checked: bool = False
    ) -> None:
        self._session.set_scheme(layers, scheme)

    def context_menu(self) -> QMenu:
        """The menu for the selected rows; the caller shows it."""
        menu = QMenu(self)
        rows = self.selected_rows()
        names = [row.name for row in rows if not row.skipped]
        shown = {row.scheme for row in rows if not row.skipped}
        for choice in scheme_choices():
            action = QAction(choice.text, menu, checkable=True)
            action.setChecked(shown == {choice.scheme})
            action.setEnabled(bool(names))
            action.triggered.connect(partial(self._set_scheme, names, choice.scheme))
            menu.addAction(action)
        default = menu.addAction(self.tr("Default type"))
        default.setEnabled(any(row.chosen for row in rows))
        default.triggered.connect(partial(self._set_scheme, names, None))
        menu.addSeparator()
        copy = menu.addAction(self.tr("Copy rows"))
        copy.triggered.connect(self.copy_rows)
        copy_names = menu.addAction(self.tr("Copy names"))
        copy_names.triggered.connect(self.copy_names)
        for action in (copy, copy_names):
            action.setEnabled(bool(rows))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    @Slot(QPoint)
    def _open_menu(self, where: QPoint) -> None:
        if self.view.indexAt(where).isValid():
            self.context_menu().popup(self.view.viewport().mapToGlobal(where))


def _show_compared(view: QTableView, rows: Sequence[LayerRow]) -> None:
    """Show the columns of toolkit, board and effect where there is something in them."""
    view.setColumnHidden(Column.EFFECT, not any(row.effect is not None for row in rows))
    view.setColumnHidden(Column.TOOLKIT, not any(row.toolkit for row in rows))
    view.setColumnHidden(Column.BOARD, not any(row.board for row in rows))

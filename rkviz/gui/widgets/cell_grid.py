"""CellGrid: many small coloured cells with row titles; scrolls, and paints only what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.chips import paint_chip
from rkviz.picture.colour_scale import Shade

Cell = Shade | None
"""None where there is no number."""
_NARROWEST, _WIDEST = 8, 26
_WITH_SIGNS = 14
"""From this width on a cell has room for its second sign."""
_HEIGHT = 20
_TITLES = 132
_HEAD = 18


class CellGrid(QAbstractScrollArea):
    """Arrow keys move the marked cell; Home and End go to the first and the last column."""

    chosen = Signal(int, int)
    """Row, column"""
    hovered = Signal(int, int)
    """Row, column; -1, -1 outside"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: tuple[str, ...] = ()
        self._columns = 0
        self._make: Callable[[int], Sequence[Cell]] = lambda row: ()
        self._rows: dict[int, Sequence[Cell]] = {}
        self._marked: tuple[int, ...] = ()
        self._row = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)

    def show_cells(
        self, titles: Sequence[str], columns: int, make: Callable[[int], Sequence[Cell]]
    ) -> None:
        """`make` gives the cells of a row when it is first painted."""
        self._titles, self._columns, self._make = tuple(titles), columns, make
        self._rows.clear()
        self._set_bars()
        self.viewport().update()

    def mark(self, columns: Sequence[int], row: int) -> None:
        """Frame these columns and this row; the first column is scrolled into view."""
        if columns and tuple(columns) != self._marked:
            self._reveal(columns[0])
        self._marked, self._row = tuple(columns), row
        self.viewport().update()

    @property
    def cell_width(self) -> int:
        """As wide as all columns fit, within what can be seen and clicked."""
        room = self.viewport().width() - _TITLES
        return max(_NARROWEST, min(_WIDEST, room // max(1, self._columns)))

    def cell_at(self, where: QPoint) -> tuple[int, int]:
        """(row, column) of a point of the viewport, (-1, -1) outside."""
        column = (where.x() - _TITLES + self.horizontalScrollBar().value()) // self.cell_width
        row = (where.y() - _HEAD + self.verticalScrollBar().value()) // _HEIGHT
        inside = where.x() >= _TITLES and where.y() >= _HEAD
        if inside and 0 <= column < self._columns and 0 <= row < len(self._titles):
            return row, column
        return -1, -1

    def place_of(self, row: int, column: int) -> QRect:
        """Where a cell lies in the viewport."""
        width = self.cell_width
        left = _TITLES + column * width - self.horizontalScrollBar().value()
        top = _HEAD + row * _HEIGHT - self.verticalScrollBar().value()
        return QRect(left, top, width, _HEIGHT)

    # -- events -------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_bars()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(-1, -1)
        return super().viewportEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hovered.emit(*self.cell_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row, column = self.cell_at(event.position().toPoint())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        column = self._marked[0] if self._marked else 0
        key = Qt.Key
        moves = {
            key.Key_Left: (self._row, column - 1),
            key.Key_Right: (self._row, column + 1),
            key.Key_Up: (self._row - 1, column),
            key.Key_Down: (self._row + 1, column),
            key.Key_Home: (self._row, 0),
            key.Key_End: (self._row, self._columns - 1),
        }
        if event.key() not in moves:
            super().keyPressEvent(event)
            return
        row, column = moves[key(event.key())]
        if 0 <= row < len(self._titles) and 0 <= column < self._columns:
            self.chosen.emit(row, column)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, theme = QPainter(self.viewport()), current_theme()
        painter.fillRect(self.viewport().rect(), QColor(theme.base))
        rows, columns = self._seen()
        for row in rows:
            if row not in self._rows:
                self._rows[row] = self._make(row)
            for column in columns:
                self._paint_cell(painter, self.place_of(row, column), self._rows[row][column])
        self._paint_marks(painter, rows)
        self._paint_titles(painter, rows, columns)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_cell(self, painter: QPainter, place: QRect, cell: Cell) -> None:
        inner = place.adjusted(1, 1, -1, -1)
        if cell is None:
            painter.fillRect(inner, QColor(current_theme().alternate))
        elif place.width() >= _WITH_SIGNS or cell.is_hatched:
            paint_chip(painter, inner, cell)
        else:
            painter.fillRect(inner, QColor(*cell.rgb))

    def _paint_marks(self, painter: QPainter, rows: range) -> None:
        theme = current_theme()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent), 2))
        if not rows:
            return
        for column in self._marked:
            top, bottom = self.place_of(rows[0], column), self.place_of(rows[-1], column)
            painter.drawRect(top.united(bottom))
        if self._row in rows:
            first = self.place_of(self._row, 0)
            painter.drawRect(first.united(self.place_of(self._row, self._columns - 1)))

    def _paint_titles(self, painter: QPainter, rows: range, columns: range) -> None:
        """Over the cells: they scroll below their titles."""
        theme, metrics = current_theme(), self.fontMetrics()
        size = self.viewport().size()
        painter.fillRect(0, 0, _TITLES, size.height(), QColor(theme.window))
        painter.fillRect(0, 0, size.width(), _HEAD, QColor(theme.window))
        painter.setPen(QColor(theme.muted))
        width = self.cell_width
        apart = max(1, -(-34 // width))
        for column in columns:
            if (column + 1) % apart and apart > 1 and column:
                continue
            place = self.place_of(0, column)
            box = QRect(place.center().x() - 20, 0, 40, _HEAD)
            if box.left() >= _TITLES - 20:
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(column + 1))
        painter.fillRect(0, 0, _TITLES, _HEAD, QColor(theme.window))
        painter.setClipRect(0, _HEAD, _TITLES, size.height())
        for row in rows:
            box = QRect(4, self.place_of(row, 0).top(), _TITLES - 8, _HEIGHT)
            painter.setPen(QColor(theme.accent if row == self._row else theme.text))
            text = metrics.elidedText(self._titles[row], Qt.TextElideMode.ElideMiddle, box.width())
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(box, middle, text)

    # -- scrolling ----------------------------------------------------------------------------

    def _seen(self) -> tuple[range, range]:
        size, width = self.viewport().size(), self.cell_width
        top, left = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        rows = range(
            top // _HEIGHT,
            min(len(self._titles), (top + max(0, size.height() - _HEAD)) // _HEIGHT + 1),
        )
        columns = range(
            left // width,
            min(self._columns, (left + max(0, size.width() - _TITLES)) // width + 1),
        )
        return rows, columns

    def _set_bars(self) -> None:
        size = self.viewport().size()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        room = max(1, size.width() - _TITLES)
        across.setRange(0, max(0, self._columns * self.cell_width - room))
        across.setPageStep(room)
        across.setSingleStep(3 * self.cell_width)
        room = max(1, size.height() - _HEAD)
        down.setRange(0, max(0, len(self._titles) * _HEIGHT - room))
        down.setPageStep(room)
        down.setSingleStep(_HEIGHT)

    def _reveal(self, column: int) -> None:
        place, bar = self.place_of(0, column), self.horizontalScrollBar()
        if place.left() < _TITLES or place.right() > self.viewport().width():
            middle = (_TITLES + self.viewport().width()) // 2
            bar.setValue(bar.value() + place.center().x() - middle)

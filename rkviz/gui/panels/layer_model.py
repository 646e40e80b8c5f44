"""The layer table as Qt models: cells of the rows, and how they are sorted and filtered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QFont

from rkviz.analyse.display import metric_text, shape_text
from rkviz.analyse.metrics import METRICS
from rkviz.gui.panels.layer_rows import LayerRow, comparable
from rkviz.gui.panels.layer_words import engine_words, metric_title, reason_sentence, reason_short
from rkviz.gui.resources import icon
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.chips import CHOSEN_ROLE, SHADE_ROLE, SUGGESTED_ROLE
from rkviz.picture.colour_scale import ColourScale

if TYPE_CHECKING:  # only there once something was compared
    from rkviz.formats.snapshot_compare import Comparison

_COSINES = ColourScale(METRICS["cosine"])
_DECIBELS = ColourScale(METRICS["snr_db"])
_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Column(IntEnum):
    ORDER = 0
    NAME = 1
    TYPE = 2
    OWN = 3
    ACCUMULATED = 4
    EFFECT = 5
    TOOLKIT = 6
    BOARD = 7
    OPERATOR = 8
    SHAPE = 9
    WHY = 10
    ENGINE = 11


_COLUMNS = len(Column)
_ALIGNMENT = {
    Column.ORDER: _NUMBERS,
    Column.OWN: _NUMBERS,
    Column.ACCUMULATED: _NUMBERS,
    Column.SHAPE: Qt.AlignmentFlag.AlignCenter,
    Column.ENGINE: Qt.AlignmentFlag.AlignCenter,
    Column.TOOLKIT: _NUMBERS,
    Column.BOARD: _NUMBERS,
    Column.EFFECT: _NUMBERS,
}
COMPARED = (Column.TOOLKIT, Column.BOARD)
"""Only shown while something is compared; always as cosines."""


@dataclass(frozen=True)
class _Header:
    text: str
    tip: str


_HEADERS = {
    Column.ORDER: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "#"),
        QT_TRANSLATE_NOOP("LayerTableModel", "Place in the network, counted from the input"),
    ),
    Column.NAME: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Layer"),
        QT_TRANSLATE_NOOP("LayerTableModel", "Name of the layer, as in the ONNX file"),
    ),
    Column.OPERATOR: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Operator"),
        QT_TRANSLATE_NOOP(
            "LayerTableModel", "Operator, with the activation that runs in the same operation"
        ),
    ),
    Column.TYPE: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Type"),
        QT_TRANSLATE_NOOP(
            "LayerTableModel", "Number type the layer runs in; filled where you chose it"
        ),
    ),
    Column.OWN: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Own error"),
        QT_TRANSLATE_NOOP(
            "LayerTableModel",
            "{metric}, only this layer quantized (individual): finds the culprit",
        ),
    ),
    Column.ACCUMULATED: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Accumulated"),
        QT_TRANSLATE_NOOP(
            "LayerTableModel",
            "{metric}, the whole network quantized (entire): shows the victims",
        ),
    ),
    Column.EFFECT: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Effect"),
        QT_TRANSLATE_NOOP(
            "LayerTableModel",
            "SNR in dB the outputs would have if only this layer were quantized; low is to blame",
        ),
    ),
    Column.SHAPE: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Shape"),
        QT_TRANSLATE_NOOP("LayerTableModel", "Shape of the output"),
    ),
    Column.WHY: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Range from"),
        QT_TRANSLATE_NOOP("LayerTableModel", "Why the output has the range it has"),
    ),
    Column.ENGINE: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Engine"),
        QT_TRANSLATE_NOOP(
            "LayerTableModel",
            "Part of the chip that runs the layer: NN, TP (tensor processor), SH (shader) or CPU",
        ),
    ),
    Column.TOOLKIT: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Toolkit"),
        QT_TRANSLATE_NOOP(
            "LayerTableModel", "Cosine the toolkit reports; ≠ where the emulator disagrees"
        ),
    ),
    Column.BOARD: _Header(
        QT_TRANSLATE_NOOP("LayerTableModel", "Board"),
        QT_TRANSLATE_NOOP("LayerTableModel", "Cosine on the board; ≠ where the emulator disagrees"),
    ),
}


class LayerTableModel(QAbstractTableModel):
    """Rows of head layers. Errors are shown in the metric in view, greyed while stale."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[LayerRow, ...] = ()
        self.metric = "cosine"
        self.is_stale = False
        self._scale = ColourScale(METRICS["cosine"])
        self._row_of: dict[str, int] = {}
        self._sort_keys: dict[int, list[Any]] = {}

    def show_rows(self, rows: Sequence[LayerRow], scale: ColourScale, stale: bool) -> None:
        """Replace the values; selection and sorting survive where the layers are the same."""
        rows = tuple(rows)
        same_layers = [row.name for row in rows] == [row.name for row in self.rows]
        if not same_layers:
            self.beginResetModel()
        self._scale, self.metric = scale, scale.metric.id
        self.rows, self.is_stale = rows, stale
        self._sort_keys = {}
        if not same_layers:
            self._row_of = {row.name: index for index, row in enumerate(rows)}
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(Column) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def row_of(self, layer: str) -> int | None:
        return self._row_of.get(layer)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else _COLUMNS  # asked for very often

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        header = _HEADERS[Column(section)]
        if role == _Role.DisplayRole:
            return self.tr(header.text)
        if role == _Role.ToolTipRole:
            return self.tr(header.tip).format(metric=metric_title(self.metric))
        return None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], Column(index.column())
        if role == _Role.DisplayRole:
            return self.text(row, column)
        if role in (_Role.ToolTipRole, _Role.AccessibleDescriptionRole):
            return self._tip(row, column)
        if role == _Role.TextAlignmentRole:
            return _ALIGNMENT.get(column)
        if role == _Role.ForegroundRole:
            return self._ink(row, column)
        if role == _Role.FontRole and column is Column.NAME and row.skipped:
            font = QFont()
            font.setItalic(True)
            return font
        if role == SHADE_ROLE and column in (Column.OWN, Column.ACCUMULATED):
            return self._shade(row, column)
        if role == SHADE_ROLE and column is Column.EFFECT:
            return None if row.effect is None else _DECIBELS.shade(row.effect)
        if role == _Role.DecorationRole and column is Column.NAME and row.locked:
            return icon("lock")
        if role == SHADE_ROLE and column in COMPARED:
            theirs = _compared(row, column)
            return _COSINES.shade(theirs.theirs) if theirs is not None else None
        if role == CHOSEN_ROLE and column is Column.TYPE:
            return row.chosen
        if role == SUGGESTED_ROLE and column is Column.TYPE:
            return row.suggested
        return None

    def text(self, row: LayerRow, column: Column) -> str:
        """What a cell says."""
        if column is Column.ORDER:
            return str(row.order + 1)
        if column is Column.NAME:
            return row.name
        if column is Column.OPERATOR:
            return row.operator
        if column is Column.TYPE:
            return row.scheme.short if row.scheme and not row.skipped else ""
        if column in (Column.OWN, Column.ACCUMULATED):
            error = self._error(row, column)
            return "–" if error is None else metric_text(self.metric, error)
        if column in COMPARED:
            theirs = _compared(row, column)
            if theirs is None:
                return "–"
            text = metric_text("cosine", theirs.theirs)
            return f"≠ {text}" if theirs.disagree else text
        if column is Column.EFFECT:
            return "–" if row.effect is None else metric_text("snr_db", row.effect)
        if column is Column.SHAPE:
            return shape_text(row.shape)
        if column is Column.ENGINE:
            return row.engine.value if row.engine else ""
        if row.skipped:
            return self.tr("not run")
        return reason_short(row.reason, row.because_of) if row.reason else ""

    def sort_keys(self, column: int) -> list[Any]:
        """What each row is sorted by; None where there is nothing to compare."""
        if column not in self._sort_keys:
            self._sort_keys[column] = [self._sort_key(row, Column(column)) for row in self.rows]
        return self._sort_keys[column]

    def _sort_key(self, row: LayerRow, column: Column) -> Any:
        if column is Column.ORDER:
            return row.order
        if column in (Column.OWN, Column.ACCUMULATED):
            error = self._error(row, column)
            return None if error is None else comparable(self.metric, error)
        if column in COMPARED:
            theirs = _compared(row, column)
            return None if theirs is None else comparable("cosine", theirs.theirs)
        if column is Column.EFFECT:
            return row.effect
        if column is Column.SHAPE:
            return None if row.shape is None else math.prod(row.shape)
        return self.text(row, column).casefold() or None

    def _error(self, row: LayerRow, column: Column) -> float | None:
        return row.own if column is Column.OWN else row.accumulated

    def _shade(self, row: LayerRow, column: Column) -> Any:
        error = self._error(row, column)
        if error is None:
            return None
        shade = self._scale.shade(error)
        return shade.faded() if self.is_stale else shade

    def _ink(self, row: LayerRow, column: Column) -> QColor | None:
        stale = self.is_stale and column in (
            Column.OWN, Column.ACCUMULATED, Column.WHY, Column.ENGINE
        )  # fmt: skip
        if stale or row.skipped:
            return QColor(current_theme().stale)
        if column in (Column.ORDER, Column.SHAPE):
            return QColor(current_theme().muted)
        return None

    def _tip(self, row: LayerRow, column: Column) -> str | None:
        if row.skipped:
            return row.skipped
        if column is Column.NAME:
            locked = (self.tr("Locked: a search leaves its type alone (K)"),) if row.locked else ()
            return "\n".join((row.name, *locked, *(f"ONNX: {name}" for name in row.origins)))
        if column is Column.TYPE and row.suggested:
            return self.tr("Suggested by step 1 of the toolkit, chosen by nobody")
        if column is Column.WHY and row.reason:
            return reason_sentence(row.reason, row.because_of)
        if column is Column.ENGINE and row.engine:
            return engine_words(row.engine)
        if column in (Column.OWN, Column.ACCUMULATED):
            return self._error_tip(row, column)
        theirs = _compared(row, column) if column in COMPARED else None
        if theirs is not None:
            ours = metric_text("cosine", theirs.ours)
            return self.tr("The emulator says {cosine}.").format(cosine=ours)
        return None

    def _error_tip(self, row: LayerRow, column: Column) -> str:
        if self.is_stale:
            return self.tr("Of the settings before the last change")
        if column is Column.OWN and row.own is None and row.accumulated is not None:
            return self.tr("This layer only moves codes; it adds no error of its own")
        error = self._error(row, column)
        if error is not None and error != error:
            return self.tr("One of the two tensors is all zero")
        return metric_title(self.metric)


def _compared(row: LayerRow, column: Column) -> Comparison | None:
    return row.toolkit if column is Column.TOOLKIT else row.board


class LayerSortModel(QSortFilterProxyModel):
    """Sorts by number or text; rows with nothing to compare stay last in either order."""

    def __init__(self, source: LayerTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers = source
        self._accepted: frozenset[str] | None = None
        self.setSourceModel(source)
        self.setDynamicSortFilter(True)

    def set_filter(self, layers: Iterable[str] | None) -> None:
        """Show only these head layers; None shows all."""
        accepted = None if layers is None else frozenset(layers)
        if accepted != self._accepted:
            self._accepted = accepted
            self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: _Index) -> bool:
        return self._accepted is None or self._layers.rows[source_row].name in self._accepted

    def lessThan(self, left: _Index, right: _Index) -> bool:
        keys = self._layers.sort_keys(left.column())
        left_row, right_row = left.row(), right.row()
        a, b = keys[left_row], keys[right_row]
        if a is None or b is None:
            missing_last = self.sortOrder() is Qt.SortOrder.AscendingOrder
            return (b is None) is missing_last if (a is None) is not (b is None) else False
        return a < b if a != b else left_row < right_row


def selection_as_tsv(model: LayerTableModel, rows: Sequence[LayerRow]) -> str:
    """Rows with a header line, columns parted by tabs, numbers as a spreadsheet reads them."""
    lines = ["\t".join(str(model.headerData(c, Qt.Orientation.Horizontal)) for c in Column)]
    for row in rows:
        cells = []
        for column in Column:
            error = model._error(row, column)
            numeric = column in (Column.OWN, Column.ACCUMULATED) and error is not None
            text = repr(error) if numeric else model.text(row, column)
            cells.append(text.replace("\t", " ").replace("\n", " "))
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"

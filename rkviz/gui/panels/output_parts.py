"""OutputParts: the parts of every output judged apart, beside what they were before."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from rkviz.analyse.display import metric_text, number_text
from rkviz.analyse.metrics import METRICS, ErrorSums
from rkviz.gui.panels.number_table import number
from rkviz.gui.panels.output_words import dead_words
from rkviz.gui.panels.plan_words import DEAD, part_name
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.chips import SHADE_ROLE, ErrorDelegate
from rkviz.gui.widgets.columns import ColumnFitter
from rkviz.picture.colour_scale import ColourScale

if TYPE_CHECKING:
    from rkviz.analyse.report import AnalysisReport
    from rkviz.analyse.slices import SliceError

_PART, _COSINE, _SNR, _CHANGE, _REAL, _QUANTIZED = range(6)
_LAYER = int(Qt.ItemDataRole.UserRole)
_CHANNEL = _LAYER + 1


class OutputParts(QTableWidget):
    """A bold row for every output, below it its parts, the dead and the worst ones first."""

    chosen = Signal(str, int)
    """The layer of the output whose row was clicked, and the first channel of the part or -1"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 6, parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.horizontalHeader().setHighlightSections(False)
        self.columns = ColumnFitter(self, droppable=(_SNR, _REAL, _QUANTIZED))
        self.setItemDelegateForColumn(_COSINE, ErrorDelegate(self))
        self.currentCellChanged.connect(self._choose)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Parts of the outputs"))
        self.setHorizontalHeaderLabels(
            [
                self.tr("Output, part"), self.tr("Cosine"), self.tr("SNR"), self.tr("Change"),
                self.tr("Float"), self.tr("Quantized"),
            ]
        )  # fmt: skip
        self.horizontalHeaderItem(_CHANGE).setToolTip(
            self.tr("SNR against the run before, on the same pictures")
        )

    def show_report(
        self, report: AnalysisReport, before: AnalysisReport | None, image: int | None, stale: bool
    ) -> None:
        """`before` is the report of the run before; `image` None is over all pictures."""
        self.blockSignals(True)
        scroll = self.verticalScrollBar().value()
        self.setRowCount(0)
        scale = ColourScale(METRICS["cosine"])
        for layer in report.outputs:
            if layer not in report.layers:
                continue
            known = before is not None and layer in before.layers
            was = before.sums(layer, "accumulated", image) if before and known else None
            sums = report.sums(layer, "accumulated", image)
            self._add(layer, layer, sums, was, scale, stale, None, image)
            old = {part.name: part for part in before.slices(layer)} if before else {}
            for part in sorted(report.slices(layer), key=_badness):
                twin = old.get(part.name)
                was = twin.sums(image) if twin is not None else None
                self._add(
                    layer, part_name(part.name), part.sums(image), was, scale, stale, part, image
                )
        unused = () if before is not None else (_CHANGE,)
        has_parts = any(report.slices(layer) for layer in report.outputs)
        self.columns.fit(unused if has_parts else (*unused, _REAL, _QUANTIZED))
        self.verticalScrollBar().setValue(scroll)
        self.blockSignals(False)

    def _add(
        self, layer: str, name: str, sums: ErrorSums, was: ErrorSums | None, scale: ColourScale,
        stale: bool, part: SliceError | None, image: int | None,
    ) -> None:  # fmt: skip
        theme, row = current_theme(), self.rowCount()
        self.insertRow(row)
        is_dead = part is not None and part.is_dead
        sign = f"{DEAD} " if is_dead else ""
        cells = [QTableWidgetItem(name if part is None else f"   {sign}{name}")]
        cells += [number(metric_text("cosine", sums.cosine)), number(_decibels(sums.snr_db))]
        cells.append(number("" if was is None else _change(sums.snr_db - was.snr_db)))
        cells += [number(_ends(part, image, False)), number(_ends(part, image, True))]
        if is_dead and part is not None:
            cells[_QUANTIZED].setText(dead_words(part))
        cells[_PART].setData(_LAYER, layer)
        cells[_PART].setData(_CHANNEL, _first_channel(part))
        shade = scale.shade(sums.cosine)
        cells[_COSINE].setData(SHADE_ROLE, shade.faded() if stale else shade)
        font = self.font()
        font.setBold(part is None or is_dead)
        for column, cell in enumerate(cells):
            cell.setFont(font)
            cell.setToolTip(name if column == _PART else cell.text())
            if is_dead:
                cell.setForeground(QColor(theme.bad))
                cell.setBackground(QColor(theme.bad_ground))
            elif stale:
                cell.setForeground(QColor(theme.stale))
            self.setItem(row, column, cell)

    def _choose(self, row: int, _column: int, _was: int, _column_was: int) -> None:
        if row >= 0:
            item = self.item(row, _PART)
            self.chosen.emit(item.data(_LAYER), item.data(_CHANNEL))


def _first_channel(part: SliceError | None) -> int:
    """Where the part begins on the axis that is cut shortest; -1 for a whole output."""
    if part is None:
        return -1
    bounds = part.slice.bounds[1:]
    return min(bounds, key=lambda bound: bound[1] - bound[0])[0]


def _badness(part: SliceError) -> tuple[bool, float]:
    snr = part.sums().snr_db
    return not part.is_dead, -math.inf if math.isnan(snr) else snr


def _decibels(value: float) -> str:
    return f"{metric_text('snr_db', value)} dB"


def _change(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:+.1f} dB" if abs(value) >= 0.05 else "="


def _ends(part: SliceError | None, image: int | None, is_quantized: bool) -> str:
    """Smallest … largest number, of one picture or all."""
    if part is None or not part.images:
        return ""
    entries = part.images if image is None or image >= len(part.images) else (part.images[image],)
    ends = [entry.quantized if is_quantized else entry.real for entry in entries]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    return f"{number_text(float(f'{low:.3g}'))} … {number_text(float(f'{high:.3g}'))}"

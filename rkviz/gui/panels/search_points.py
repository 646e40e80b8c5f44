"""SearchPoints: what a search found: the curve, its points, and what a point buys and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rkviz.analyse.display import amount_text, metric_text
from rkviz.gui.panels.number_table import number
from rkviz.gui.panels.plan_words import time_words
from rkviz.gui.widgets.elided import Readout
from rkviz.gui.widgets.facts import value_label

if TYPE_CHECKING:
    from rkviz.gui.plots import TradeOffPlot
    from rkviz.search.points import Found, SearchPoint

_POINT = int(Qt.ItemDataRole.UserRole)
_PLOT_HEIGHT = 190


class SearchPoints(QWidget):
    """The measured points are in the table; the predicted ones can be clicked on the curve."""

    applied = Signal(object)
    """SearchPoint"""
    layers_chosen = Signal(object)
    """tuple of layer names"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Found | None = None
        self._drawn: list[list[SearchPoint]] = []
        self.point: SearchPoint | None = None
        self.plot: TradeOffPlot | None = None
        self._plot_place = QVBoxLayout()
        self.points, self.choices = _table(4), _table(4)
        self.headline, self.explained = value_label(), value_label()
        self.apply = QPushButton()
        self.apply.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.readout = Readout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.headline)
        layout.addLayout(self._plot_place)
        for widget in (self.readout, self.points, self.apply, self.explained, self.choices):
            layout.addWidget(widget)
        self.points.currentCellChanged.connect(self._choose_row)
        self.points.cellDoubleClicked.connect(lambda _row, _column: self._apply())
        self.choices.currentCellChanged.connect(self._choose_layers)
        self.apply.clicked.connect(self._apply)

    def retranslate(self) -> None:
        self.points.setAccessibleName(self.tr("Plans the search measured"))
        self.choices.setAccessibleName(self.tr("What the plan changes, and why"))
        self.choices.setHorizontalHeaderLabels(
            [self.tr("Layer"), self.tr("Type"), self.tr("Buys"), self.tr("Costs")]
        )
        self.show_found(self._found)

    def show_found(self, found: Found | None) -> None:
        """Show what is known; the best point is chosen until the user chooses another."""
        before = self._found
        self._found = found
        self.setVisible(found is not None)
        if found is None:
            self.point = None
            return
        if before is None or self.point is None or self.point is before.best:
            self.point = found.best
        self.headline.setText(self._headline(found))
        self._fill_points(found)
        self._draw(found)
        self._explain()

    # -- the numbers --------------------------------------------------------------------------

    def _headline(self, found: Found) -> str:
        best = found.best
        if best is None or best.measured is None:
            return self.tr("Nothing measured yet.")
        words = f"{quality_words(found, best.measured)}, {time_words(best.time_ms)}"
        if found.reached:
            text = self.tr("Best so far: {plan}") if not found.complete else self.tr("Best: {plan}")
        else:
            text = self.tr("The goal is out of reach; nearest: {plan}")
        return text.format(plan=words)

    def _fill_points(self, found: Found) -> None:
        rows = sorted(found.measured, key=lambda point: point.time_ms)
        table = self.points
        table.blockSignals(True)
        table.setHorizontalHeaderLabels(
            [self.tr("Time"), self.tr("fps"), self.tr("Predicted"), self.tr("Measured")]
        )
        table.setRowCount(len(rows))
        for row, point in enumerate(rows):
            mark = "★ " if point is found.best else "○ " if point is found.start else ""
            texts = (
                mark + time_words(point.time_ms),
                amount_text(1000 / point.time_ms) if point.time_ms else "∞",
                f"{metric_text('snr_db', point.predicted_db)} dB",
                quality_words(found, point.measured or 0.0),
            )
            for column, text in enumerate(texts):
                item = number(text)
                item.setData(_POINT, point)
                table.setItem(row, column, item)
            if point is self.point:
                table.setCurrentCell(row, 0)
        _fit(table, 7)
        table.blockSignals(False)

    def _explain(self) -> None:
        point = self.point
        self.apply.setEnabled(point is not None)
        if point is None:
            self.apply.setText(self.tr("Apply"))
            self.explained.setText("")
            self.choices.setRowCount(0)
            _fit(self.choices, 9)
            return
        self.apply.setText(self.tr("Apply the plan of {ms}").format(ms=time_words(point.time_ms)))
        choices = point.choices
        text = self.tr("{count} groups of layers change; what buys most comes first:")
        same = self.tr("It is the plan the search began with.")
        self.explained.setText(text.format(count=len(choices)) if choices else same)
        self.choices.blockSignals(True)
        self.choices.setRowCount(len(choices))
        for row, choice in enumerate(choices):
            more = f" +{len(choice.layers) - 1}" if len(choice.layers) > 1 else ""
            name = QTableWidgetItem(choice.layers[0] + more)
            name.setToolTip("\n".join(choice.layers))
            name.setData(_POINT, choice.layers)
            self.choices.setItem(row, 0, name)
            self.choices.setItem(row, 1, QTableWidgetItem(choice.scheme.short))
            self.choices.setItem(row, 2, number(f"{metric_text('snr_db', choice.bought_db)} dB"))
            self.choices.setItem(row, 3, number(f"{choice.cost_us:+.3g} µs"))
        self.choices.setCurrentCell(-1, -1)
        self.choices.blockSignals(False)
        _fit(self.choices, 9)

    # -- the plot -----------------------------------------------------------------------------

    def _draw(self, found: Found) -> None:
        from rkviz.gui.plots import Cloud, TradeOffPlot

        if self.plot is None:
            self.plot = TradeOffPlot()
            self.plot.setFixedHeight(_PLOT_HEIGHT)
            self.plot.clicked.connect(self._choose_drawn)
            self.plot.hovered.connect(self._read)
            self._plot_place.addWidget(self.plot)
        in_db = found.quality_unit == "dB"

        def height(point: SearchPoint) -> float:
            return point.measured if in_db and point.measured is not None else point.predicted_db

        start = [found.start] if found.start is not None else []
        best = [found.best] if found.best is not None else []
        self._drawn = [list(found.curve), list(found.measured), start, best]
        places = [[(point.time_ms, height(point)) for point in drawn] for drawn in self._drawn]
        predicted = [(point.time_ms, point.predicted_db) for point in found.curve]
        clouds = (
            Cloud(self.tr("predicted"), predicted, "muted", is_line=True),
            Cloud(
                self.tr("measured"),
                places[1],
                "accent",
                labels=() if in_db else [f"{point.measured:.3g}" for point in found.measured],
            ),
            Cloud(self.tr("start"), places[2], "warning", size=12, is_open=True),
            Cloud(self.tr("best"), places[3], "good", size=13, is_open=True),
        )
        captions = self.tr("SNR (dB)"), self.tr("Estimated time (ms)")
        self.plot.show_clouds(clouds, captions)
        self._read(-1, -1)

    @Slot(int, int)
    def _choose_drawn(self, cloud: int, place: int) -> None:
        self._choose(self._drawn[cloud][place])

    @Slot(int, int)
    def _read(self, cloud: int, place: int) -> None:
        if not 0 <= cloud < len(self._drawn) or self._found is None:
            self.readout.setText(self.tr("A click chooses a point."))
            return
        point = self._drawn[cloud][place]
        predicted = self.tr("predicted {db} dB").format(
            db=metric_text("snr_db", point.predicted_db)
        )
        words = f"{time_words(point.time_ms)}, {predicted}"
        if point.measured is not None:
            words += ", " + quality_words(self._found, point.measured)
        self.readout.setText(words)

    # -- choosing -----------------------------------------------------------------------------

    def _choose(self, point: SearchPoint) -> None:
        self.point = point
        self._explain()
        self.points.blockSignals(True)
        for row in range(self.points.rowCount()):
            if self.points.item(row, 0).data(_POINT) is point:
                self.points.setCurrentCell(row, 0)
                break
        else:
            self.points.setCurrentCell(-1, -1)
        self.points.blockSignals(False)

    def _choose_row(self, row: int, _column: int, _was: int, _column_was: int) -> None:
        if row >= 0:
            self._choose(self.points.item(row, 0).data(_POINT))

    def _choose_layers(self, row: int, _column: int, _was: int, _column_was: int) -> None:
        if row >= 0:
            self.layers_chosen.emit(self.choices.item(row, 0).data(_POINT))

    def _apply(self) -> None:
        if self.point is not None:
            self.applied.emit(self.point)


def quality_words(found: Found, value: float) -> str:
    """A quality with its unit: dB, or a share or cosine as it is."""
    if found.quality_unit:
        return f"{metric_text('snr_db', value)} {found.quality_unit}"
    return metric_text("cosine", value) if "cosine" in found.quality_title else f"{value:.3g}"


def _table(columns: int) -> QTableWidget:
    table = QTableWidget(0, columns)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


def _fit(table: QTableWidget, most: int) -> None:
    """As high as its rows, or as `most` of them."""
    rows = max(1, min(table.rowCount(), most))
    header = table.horizontalHeader().sizeHint().height()
    table.setFixedHeight(header + rows * table.verticalHeader().defaultSectionSize() + 4)

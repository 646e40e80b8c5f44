"""ErrorProfile: own and accumulated error along the depth: where it is made, where it stays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from rkviz.analyse.display import metric_text
from rkviz.gui.panels.layer_rows import LayerRow, layer_rows
from rkviz.gui.panels.layer_words import metric_title
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import EmptyNote, Refreshing
from rkviz.gui.widgets.elided import Readout

if TYPE_CHECKING:
    from rkviz.gui.plots import DepthPlot

_LOGARITHMIC = ("cosine", "euclidean_norm", "max_abs", "saturated_share")


class ErrorProfile(Refreshing, QWidget):
    """The plot is made when the panel is first seen with a report: importing it takes long."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: tuple[LayerRow, ...] = ()
        self.plot: DepthPlot | None = None
        self.empty, self.readout = EmptyNote(), Readout()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(2)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.readout)
        # Drawn in a turn of its own: the plot is the most expensive view of new results.
        self.refresh_on(session.results_changed, session.view_changed, session.stale_changed)
        session.selection_changed.connect(self._mark)
        self.retranslate()

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Error profile"))
        self.empty.setText(self.tr("After a run: the error of each layer along the network."))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draw the report in the metric in view; put off while the panel is not seen."""
        session = self._session
        if session.results.report is None:
            self._rows = ()
            self._pages.setCurrentWidget(self.empty)
            self.readout.setText("")
            return
        if not self.isVisible():
            return
        from rkviz.gui.plots import Curve

        view = session.view
        rows = layer_rows(session.results, None, view.metric, view.image)
        self._rows = rows
        plot = self._made_plot()
        plot.show_curves(
            (
                Curve(self.tr("Own"), [_height(view.metric, row.own) for row in rows], False),
                Curve(
                    self.tr("Accumulated"),
                    [_height(view.metric, row.accumulated) for row in rows],
                    True,
                ),
            ),
            [
                row.order
                for row in rows
                if row.accumulated is not None and math.isnan(row.accumulated)
            ],
            (self._axis(view.metric), self.tr("Layers, from input to output")),
            view.metric in _LOGARITHMIC,
            session.is_stale,
        )
        self._pages.setCurrentWidget(plot)
        self._mark()
        self._read(-1)

    def _made_plot(self) -> DepthPlot:
        if self.plot is None:
            from rkviz.gui.plots import DepthPlot

            self.plot = DepthPlot()
            self.plot.clicked.connect(self._select)
            self.plot.hovered.connect(self._read)
            self._pages.addWidget(self.plot)
        return self.plot

    def _axis(self, metric: str) -> str:
        title = metric_title(metric)
        if metric == "cosine":
            return self.tr("1 − cosine similarity")
        return f"{title} (dB)" if metric == "snr_db" else title

    @Slot()
    def _mark(self) -> None:
        if self.plot is not None:
            chosen = set(self._session.selection)
            self.plot.mark([row.order for row in self._rows if row.name in chosen])

    @Slot(int)
    def _select(self, place: int) -> None:
        self._session.select([self._rows[place].name])

    @Slot(int)
    def _read(self, place: int) -> None:
        """Say what is below the mouse; else how to use the plot."""
        if not 0 <= place < len(self._rows):
            self.readout.setText(self.tr("Click selects the layer; the wheel zooms."))
            return
        row, metric = self._rows[place], self._session.view.metric
        own, accumulated = (
            "–" if value is None else metric_text(metric, value)
            for value in (row.own, row.accumulated)
        )
        text = self.tr("{layer} — own {own}, accumulated {accumulated}")
        self.readout.setText(text.format(layer=row.name, own=own, accumulated=accumulated))


def _height(metric: str, value: float | None) -> float:
    """Where a value is drawn: a similarity by its distance from 1, what is not there at NaN."""
    if value is None or math.isnan(value):
        return math.nan
    if metric == "cosine":
        distance = 1.0 - value
        return distance if distance > 1e-12 else 0.0
    return value

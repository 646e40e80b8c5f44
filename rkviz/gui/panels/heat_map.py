"""HeatMap: the error of every layer on every picture; a click selects both."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from rkviz.analyse.display import metric_text
from rkviz.gui.panels.layer_words import metric_title
from rkviz.gui.ranking import error_scale, head_values
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import EmptyNote, Refreshing
from rkviz.gui.widgets.cell_grid import Cell, CellGrid
from rkviz.gui.widgets.elided import Readout


class HeatMap(Refreshing, QWidget):
    """Columns are layers from input to output, rows pictures, the first over all of them.

    Measure, own or accumulated, and colours are those of the graph.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._heads: tuple[str, ...] = ()
        self.grid = CellGrid()
        self.readout, self.empty = Readout(), EmptyNote()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(2)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.readout)
        self.refresh_on(session.results_changed, session.view_changed, session.stale_changed)
        session.selection_changed.connect(self._mark)
        self.grid.chosen.connect(self._choose)
        self.grid.hovered.connect(self._read)
        self.retranslate()

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Heat map"))
        self.empty.setText(self.tr("After a run: the error of every layer on every picture."))
        self.grid.setAccessibleName(self.tr("Layers from left to right, pictures below each other"))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        session, report = self._session, self._session.results.report
        self._pages.setCurrentIndex(0 if report is None else 1)
        if report is None:
            self.readout.setText("")
            return
        graph = session.results.graph
        if graph is None or self.visibleRegion().isEmpty():
            return
        self._heads = tuple(graph.heads)
        scale, results, view = error_scale(session.view), session.results, session.view
        is_stale = session.is_stale

        def cells(row: int) -> list[Cell]:
            """The row of a picture, computed when it is first painted."""
            values = head_values(results, replace(view, image=row - 1 if row else None))
            found: list[Cell] = []
            for head in self._heads:
                value = values.get(head)
                shade = None if value is None else scale.shade(value)
                found.append(shade.faded() if shade is not None and is_stale else shade)
            return found

        titles = [self.tr("All pictures"), *report.images]
        self.grid.show_cells(titles, len(self._heads), cells)
        self._mark()
        self._read(-1, -1)

    @Slot()
    def _mark(self, _selection: object = None) -> None:
        chosen, image = set(self._session.selection), self._session.view.image
        columns = [place for place, head in enumerate(self._heads) if head in chosen]
        self.grid.mark(columns, 0 if image is None else image + 1)

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        self._session.set_view(image=row - 1 if row else None)
        self._session.select([self._heads[column]])

    @Slot(int, int)
    def _read(self, row: int, column: int) -> None:
        """Say what is below the mouse; else what is shown."""
        view, report = self._session.view, self._session.results.report
        if report is None:
            return
        kind = self.tr("Own") if view.kind == "own" else self.tr("Accumulated")
        if row < 0 or column >= len(self._heads):
            text = self.tr("{metric}, {kind}; a click selects layer and picture.")
            self.readout.setText(text.format(metric=metric_title(view.metric), kind=kind))
            return
        head = self._heads[column]
        one = replace(view, image=row - 1 if row else None)
        value = head_values(self._session.results, one).get(head)
        words = "–" if value is None else metric_text(view.metric, value)
        picture = report.images[row - 1] if row else self.tr("All pictures")
        self.readout.setText(f"{column + 1}  {head} — {picture}: {kind} {words}")

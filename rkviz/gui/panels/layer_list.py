"""A short list of layers with the error in view, worst first; each is a link."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from rkviz.analyse.display import metric_text
from rkviz.analyse.metrics import METRICS
from rkviz.gui.panels.layer_rows import comparable
from rkviz.gui.ranking import error_scale
from rkviz.gui.session import Session
from rkviz.gui.widgets.chips import SHADE_ROLE, ErrorDelegate


class LayerList(QTableWidget):
    """Name and error; a click or Enter asks for the layer."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 7)
        self.setColumnWidth(1, 110)
        self.setItemDelegateForColumn(1, ErrorDelegate(self))
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_layers(
        self, session: Session, layers: Iterable[str], kind: str = "", most: int = 200
    ) -> None:
        """The worst `most` of these heads, by `kind` ("" takes the kind in view)."""
        graph, report, view = session.results.graph, session.results.report, session.view
        if graph is None:
            self.setRowCount(0)
            return
        values: dict[str, float | None] = dict.fromkeys(layers)
        if report is not None:
            errors = report.metric(view.metric, kind or view.kind)
            values = {head: errors.get(graph.members[head][-1]) for head in values}
        sign = 1.0 if METRICS[view.metric].higher_is_better else -1.0
        ranked = sorted(
            values.items(),
            key=lambda item: (
                item[1] is None,
                0.0 if item[1] is None else sign * comparable(view.metric, item[1]),
            ),
        )[:most]
        scale = error_scale(view)
        self.setRowCount(len(ranked))
        for row, (head, value) in enumerate(ranked):
            name = QTableWidgetItem(head)
            name.setToolTip(head)
            error = QTableWidgetItem("–" if value is None else metric_text(view.metric, value))
            error.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if value is not None:
                shade = scale.shade(value)
                error.setData(SHADE_ROLE, shade.faded() if session.is_stale else shade)
            self.setItem(row, 0, name)
            self.setItem(row, 1, error)
        height = self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(min(len(ranked), 14) * height + 2)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.item(index.row(), 0).text())

"""The errors of one layer: every metric, own beside accumulated, and picture by picture."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, Slot
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from rkviz.analyse.display import metric_text
from rkviz.analyse.metrics import METRICS
from rkviz.analyse.report import KINDS, AnalysisReport
from rkviz.gui.lessons import lesson
from rkviz.gui.panels.layer_words import metric_title
from rkviz.gui.panels.number_table import NumberTable, number
from rkviz.gui.ranking import error_scale
from rkviz.gui.session import ViewState
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting
from rkviz.gui.widgets.chips import SHADE_ROLE
from rkviz.gui.widgets.section import Section

_KIND_TITLES = {
    "own": QT_TRANSLATE_NOOP("LayerErrors", "Own"),
    "accumulated": QT_TRANSLATE_NOOP("LayerErrors", "Accumulated"),
}
_KIND_TIPS = {
    "own": QT_TRANSLATE_NOOP(
        "LayerErrors", "Only this layer is quantized, fed with float tensors (individual)"
    ),
    "accumulated": QT_TRANSLATE_NOOP("LayerErrors", "The whole network is quantized (entire)"),
}
_SHOWN_PICTURES = 6
"""Rows of the picture table that are seen without scrolling."""


class LayerErrors(Adapting, QWidget):
    """Two tables: metrics over all pictures, then the metric in view for each picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.metrics = NumberTable()
        self.pictures = NumberTable()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.by_picture = Section(self.pictures, folds=True, is_open=False)
        layout.addWidget(self.metrics)
        layout.addWidget(self.by_picture)
        self._shown: tuple[AnalysisReport, str, ViewState, bool] | None = None
        self.by_picture.opened.connect(self._fill_pictures)

    def show_layer(self, report: AnalysisReport, layer: str, view: ViewState, stale: bool) -> None:
        """Show `layer`, which has to be in the report; greyed when `stale`."""
        self._shown = report, layer, view, stale
        self._fill(self.metrics, len(METRICS), "")
        for row, each in enumerate(METRICS.values()):
            unit = f" ({each.unit})" if each.unit else ""
            self._row(self.metrics, row, metric_title(each.id) + unit, each.id, None)
        self.metrics.fit_height(len(METRICS))
        self.by_picture.set_heading(self.tr("Picture by picture"))
        self.by_picture.setVisible(len(report.images) > 1)
        if self.by_picture.is_open:
            self._fill_pictures()

    @Slot()
    def _fill_pictures(self) -> None:
        """There may be hundreds of them: only for who wants to see them."""
        if self._shown is None:
            return
        report, _, view, _ = self._shown
        self._fill(self.pictures, len(report.images), metric_title(view.metric))
        for image, name in enumerate(report.images):
            self._row(self.pictures, image, name, view.metric, image)
        self.pictures.fit_height(_SHOWN_PICTURES)

    def retranslate(self) -> None:
        if self._shown:
            self.show_layer(*self._shown)

    def recolour(self) -> None:
        self.retranslate()

    def _fill(self, table: QTableWidget, rows: int, caption: str) -> None:
        table.setRowCount(rows)
        header = [caption, *(self.tr(_KIND_TITLES[kind]) for kind in KINDS)]
        table.setHorizontalHeaderLabels(header)
        for column, kind in enumerate(KINDS, 1):
            table.horizontalHeaderItem(column).setToolTip(self.tr(_KIND_TIPS[kind]))

    def _row(
        self, table: QTableWidget, row: int, caption: str, metric: str, image: int | None
    ) -> None:
        assert self._shown is not None
        report, layer, view, stale = self._shown
        scale = error_scale(view, metric)
        head = QTableWidgetItem(caption)
        head.setToolTip("\n".join(filter(None, (caption, lesson(metric)))))
        table.setItem(row, 0, head)
        for column, kind in enumerate(KINDS, 1):
            sums = report.sums(layer, kind, image)
            if not sums.count:
                table.setItem(row, column, number("–"))
                continue
            value = float(getattr(sums, metric))
            item = number(metric_text(metric, value))
            shade = scale.shade(value)
            item.setData(SHADE_ROLE, shade.faded() if stale else shade)
            if stale:
                item.setForeground(_grey())
            table.setItem(row, column, item)


def _grey() -> QBrush:
    return QBrush(QColor(current_theme().stale))

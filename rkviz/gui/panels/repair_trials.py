"""RepairTrials: what every choice of repairs measured on pictures calibration never saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
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

from rkviz.analyse.display import metric_text
from rkviz.gui.error_words import error_words
from rkviz.gui.panels.number_table import number
from rkviz.gui.panels.plan_words import repairs_words
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import value_label
from rkviz.repair.choice import Repairs

if TYPE_CHECKING:
    from rkviz.search.trials import Trials

_REPAIRS = int(Qt.ItemDataRole.UserRole)


class RepairTrials(QWidget):
    """The best row has a star, the one that is on is bold."""

    applied = Signal(object)
    """Repairs"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trials: Trials | None = None
        self.summary, self.warning = value_label(), Banner("warning")
        self.table = QTableWidget(0, 5)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.apply = QPushButton()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.summary, self.warning, self.table, self.apply):
            layout.addWidget(widget)
        self.apply.clicked.connect(self._apply)
        self.table.cellDoubleClicked.connect(lambda _row, _column: self._apply())
        self.table.itemSelectionChanged.connect(self._enable)

    def retranslate(self) -> None:
        self.table.setAccessibleName(self.tr("Repairs that were measured"))
        self.table.setHorizontalHeaderLabels(
            [
                self.tr("Repairs"), self.tr("Gain"), self.tr("SNR"), self.tr("Top-1"),
                self.tr("Better"),
            ]
        )  # fmt: skip
        tips = (
            "",
            self.tr("SNR of the worst output, over that without repairs"),
            self.tr("Of the worst output, on the judging pictures"),
            self.tr("Share of the pictures whose best class is that of the float network"),
            self.tr("On how many judging pictures it is better than without repairs"),
        )
        for column, tip in enumerate(tips):
            self.table.horizontalHeaderItem(column).setToolTip(tip)
        self.apply.setText(self.tr("Turn the chosen ones on"))

    def show_trials(self, trials: Trials | None, active: Repairs, is_old: bool) -> None:
        """Rows in the order they were measured; `is_old`: they belong to other settings."""
        self._trials = trials
        self.setVisible(trials is not None)
        if trials is None:
            return
        text = self.tr("{judged} pictures judged, none of the {calibrated} that calibrate.")
        words = text.format(judged=trials.judged, calibrated=trials.calibrated)
        self.summary.setText(f"{words} {error_words(trials.note)}".strip())
        self.warning.setVisible(bool(trials.warning))
        if trials.warning:
            self.warning.show_text(error_words(trials.warning))
        row_before = self.table.currentRow()
        self.table.blockSignals(True)
        self.table.setRowCount(len(trials.rows))
        for row in range(len(trials.rows)):
            self._fill(row, trials, active, is_old)
        self.table.setCurrentCell(row_before if row_before < len(trials.rows) else -1, 0)
        self.table.blockSignals(False)
        self.table.resizeRowsToContents()
        height = sum(self.table.rowHeight(row) for row in range(self.table.rowCount()))
        self.table.setFixedHeight(height + self.table.horizontalHeader().sizeHint().height() + 4)
        self._enable()

    def _fill(self, row: int, trials: Trials, active: Repairs, is_old: bool) -> None:
        trial, theme = trials.rows[row], current_theme()
        quality, gain = trial.quality, trials.gain_db(trial)
        star = "★ " if len(trials.rows) > 1 and trial is trials.best else ""
        name = QTableWidgetItem(star + repairs_words(trial.repairs))
        name.setToolTip("\n".join((repairs_words(trial.repairs), *map(error_words, trial.notes))))
        name.setData(_REPAIRS, trial.repairs)
        agreement = quality.agreement
        cells = [
            name,
            number("" if trial is trials.plain else f"{gain:+.1f} dB"),
            number(f"{metric_text('snr_db', quality.snr_db)} dB"),
            number("–" if agreement is None else f"{100 * agreement:.3g} %"),
            number(
                ""
                if trial is trials.plain
                else f"{quality.better_on(trials.plain.quality)}/{quality.pictures}"
            ),
        ]
        font = self.font()
        font.setBold(trial.repairs == active)
        for column, cell in enumerate(cells):
            cell.setFont(font)
            if is_old:
                cell.setForeground(QColor(theme.stale))
            self.table.setItem(row, column, cell)
        if trial is not trials.plain and not is_old:
            cells[1].setForeground(QColor(theme.good if gain > 0 else theme.bad))

    def _enable(self) -> None:
        self.apply.setEnabled(self.table.currentRow() >= 0)

    def _apply(self) -> None:
        item = self.table.item(self.table.currentRow(), 0)
        if item is not None:
            self.applied.emit(item.data(_REPAIRS))

"""PlanDifference: two plans beside each other: cost, outputs, and every layer that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rkviz.analyse.display import amount_text, metric_text
from rkviz.gui.panels.number_table import number
from rkviz.gui.panels.plan_words import (
    choice_words,
    cosine_words,
    part_name,
    repairs_words,
    time_words,
)
from rkviz.gui.ranking import shown_layer
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import EmptyNote
from rkviz.gui.widgets.columns import ColumnFitter
from rkviz.gui.widgets.facts import value_label
from rkviz.plans import Plan, Run, differences

if TYPE_CHECKING:
    from rkviz.analyse.report import AnalysisReport

_LAYER, _BEFORE, _AFTER, _OWN, _ACCUMULATED = range(5)
_KINDS = ("own", "accumulated")


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two: a plan as it is called here, and what it measured, if it did."""

    title: str
    plan: Plan
    run: Run | None
    report: AnalysisReport | None


class PlanDifference(QWidget):
    chosen = Signal(str)
    """A layer the user clicked"""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._sides: tuple[Side, Side] | None = None
        self.summary, self.empty = value_label(), EmptyNote()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.table = QTableWidget(0, 5)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.table.horizontalHeader().setHighlightSections(False)
        self._columns = ColumnFitter(self.table, droppable=(_OWN, _ACCUMULATED))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.summary)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        self.table.currentCellChanged.connect(self._choose)
        self.retranslate()

    def retranslate(self) -> None:
        self.table.setAccessibleName(self.tr("Layers the two plans choose differently for"))
        self.show_sides(self._sides)

    def show_sides(self, sides: tuple[Side, Side] | None) -> None:
        """`sides`: before and after; None says how to choose them."""
        self._sides = sides
        graph = self._session.results.graph
        if sides is None or graph is None:
            self._show_empty(self.tr("Choose two plans or runs (Ctrl + click) to compare them."))
            return
        before, after = sides
        found = differences(graph.heads, before.plan.config, after.plan.config)
        self.summary.setText("\n".join(self._lines(before, after, len(found))))
        self.summary.show()
        self.table.setVisible(bool(found))
        self.empty.setVisible(not found)
        self.empty.setText(self.tr("Every layer has the same type, range and method in both."))
        self.table.blockSignals(True)
        self.table.setHorizontalHeaderLabels(self._headers(before, after))
        self.table.setRowCount(len(found))
        for row, entry in enumerate(found):
            name = QTableWidgetItem(entry.layer)
            name.setToolTip(entry.layer)
            self.table.setItem(row, _LAYER, name)
            self.table.setItem(row, _BEFORE, QTableWidgetItem(choice_words(entry.before)))
            self.table.setItem(row, _AFTER, QTableWidgetItem(choice_words(entry.after)))
            for column, text in enumerate(self._errors(entry.layer, before, after), _AFTER + 1):
                self.table.setItem(row, column, number(text))
        self.table.setCurrentCell(-1, -1)
        self._columns.fit()
        self.table.blockSignals(False)

    def _show_empty(self, text: str) -> None:
        self.summary.hide()
        self.table.hide()
        self.empty.setText(text)
        self.empty.show()

    def _headers(self, before: Side, after: Side) -> list[str]:
        own, accumulated = self.tr("Own error"), self.tr("Accumulated")
        return [self.tr("Layer"), before.title, after.title, own, accumulated]

    def _errors(self, layer: str, before: Side, after: Side) -> list[str]:
        name = shown_layer(self._session.results, layer)
        metric = self._session.view.metric

        def text(side: Side, kind: str) -> str:
            if side.report is None or name not in side.report.layers:
                return "–"
            sums = side.report.sums(name, kind)
            return metric_text(metric, float(getattr(sums, metric))) if sums.count else "–"

        return [f"{text(before, kind)} → {text(after, kind)}" for kind in _KINDS]

    def _lines(self, before: Side, after: Side, count: int) -> list[str]:
        text = self.tr("{before} → {after}: {count} layers differ")
        lines = [text.format(before=before.title, after=after.title, count=count)]
        if before.plan.repairs != after.plan.repairs:
            one, other = (repairs_words(side.plan.repairs) for side in (before, after))
            lines.append(f"{one} → {other}")
        old, new = before.run, after.run
        if old is None or new is None:
            missing = before.title if old is None else after.title
            text = self.tr("{plan} has no numbers yet: Measure runs it.")
            return [*lines, text.format(plan=missing)]
        lines[0] += (
            f"; {time_words(old.milliseconds)} → {time_words(new.milliseconds)}, "
            f"{amount_text(old.megabytes)} → {amount_text(new.megabytes)} MB"
        )
        known = {output.layer: output for output in old.outputs}
        for output in new.outputs:
            was = known.get(output.layer)
            if was is None:
                continue
            line = (
                f"{output.layer}: {metric_text('snr_db', was.snr_db)} → "
                f"{metric_text('snr_db', output.snr_db)}, {cosine_words(was.cosine)} → "
                f"{cosine_words(output.cosine)}"
            )
            if output.worst_part:
                text = self.tr("; worst part {part} {cosine}")
                cosine = cosine_words(output.worst_cosine)
                line += text.format(part=part_name(output.worst_part), cosine=cosine)
            lines.append(line)
        return lines

    def _choose(self, row: int, _column: int, _old_row: int = 0, _old_column: int = 0) -> None:
        item = self.table.item(row, _LAYER) if row >= 0 else None
        if item is not None:
            self.chosen.emit(item.text())

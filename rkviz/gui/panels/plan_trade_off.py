"""PlanTradeOff: all plans, runs and points of a search by quality and time; a click opens one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rkviz.analyse.display import metric_text
from rkviz.gui.panels.plan_words import run_words, time_words, when_words
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import EmptyNote
from rkviz.gui.widgets.elided import Readout
from rkviz.plans import Plan, Run

if TYPE_CHECKING:
    from rkviz.gui.plots import Cloud, TradeOffPlot
    from rkviz.search.points import SearchPoint


class PlanTradeOff(QWidget):
    """The plot is made when it is first seen with numbers: importing it takes long."""

    chosen = Signal(object)
    """Plan or Run, clicked"""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._entries: list[Sequence[tuple[Plan | Run | SearchPoint, str]]] = []
        self.plot: TradeOffPlot | None = None
        self.empty, self.readout = EmptyNote(), Readout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.readout)
        session.searching.changed.connect(self.refresh)

    def retranslate(self) -> None:
        self.empty.setText(self.tr("After a run: the quality of every plan over its time."))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draw what has numbers on the pictures the project has now."""
        if not self.isVisible():
            return
        clouds = self._clouds()
        has_points = any(cloud.points for cloud in clouds)
        self.empty.setVisible(not has_points)
        self.readout.setVisible(has_points)
        if has_points and self.plot is None:
            from rkviz.gui.plots import TradeOffPlot

            self.plot = TradeOffPlot()
            self.plot.clicked.connect(self._choose)
            self.plot.hovered.connect(self._read)
            self.layout().insertWidget(0, self.plot, 1)  # type: ignore[union-attr]
        if self.plot is not None:
            self.plot.setVisible(has_points)
            captions = self.tr("SNR (dB)"), self.tr("Estimated time (ms)")
            self.plot.show_clouds(clouds, captions)
        self._read(-1, -1)

    def _clouds(self) -> list[Cloud]:
        from rkviz.gui.plots import Cloud

        session, project = self._session, self._session.project
        if project is None:
            return []
        plans = [(plan, session.runs.of(plan)) for plan in project.all_plans]
        now = session.runs.now
        runs = [run for run in project.history if now is None or run.basis == now.basis]
        named = [(plan, run) for plan, run in plans if run is not None]
        found = session.searching.found
        curve = list(found.curve) if found is not None else []
        points = [(point, self._point_words(point)) for point in curve]
        self._entries = [
            points,
            [(run, _title(run)) for run in runs],
            [(plan, f"{plan.name}: {run_words(run)}") for plan, run in named],
        ]
        return [
            Cloud(
                self.tr("search, predicted"),
                [(point.time_ms, point.predicted_db) for point in curve],
                "good",
                is_line=True,
            ),
            Cloud(
                self.tr("runs"),
                [(run.milliseconds, run.snr_db) for run in runs],
                "muted",
                size=7,
                is_open=True,
            ),
            Cloud(
                self.tr("plans"),
                [(run.milliseconds, run.snr_db) for _plan, run in named],
                "accent",
                size=10,
                labels=[plan.name for plan, _run in named],
            ),
        ]

    def _point_words(self, point: SearchPoint) -> str:
        text = self.tr("search, predicted: {db} dB, {time}")
        decibels = metric_text("snr_db", point.predicted_db)
        return text.format(db=decibels, time=time_words(point.time_ms))

    @Slot(int, int)
    def _choose(self, cloud: int, place: int) -> None:
        entry = self._entries[cloud][place][0]
        if isinstance(entry, Plan | Run):
            self.chosen.emit(entry)
        else:
            self._session.searching.apply(entry)

    @Slot(int, int)
    def _read(self, cloud: int, point: int) -> None:
        """Say what is below the mouse; else how to use the plot."""
        if 0 <= cloud < len(self._entries):
            self.readout.setText(self._entries[cloud][point][1])
        else:
            self.readout.setText(self.tr("A click opens the plan or run."))


def _title(run: Run) -> str:
    return f"{when_words(run)} {run.plan.name}: {run_words(run)}"

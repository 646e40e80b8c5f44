"""The line at the bottom: chip, pictures, worst layer, error of the output, cost, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QToolButton, QWidget

from rkviz.analyse.display import amount_text, metric_text
from rkviz.gui.jobs import Job, Outcome
from rkviz.gui.panels.output_words import shout
from rkviz.gui.panels.plan_words import DEAD
from rkviz.gui.ranking import head_values, worst_first
from rkviz.gui.resources import icon
from rkviz.gui.session import Session, ViewState
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting

if TYPE_CHECKING:
    from rkviz.quantize.plan import QuantPlan

_MESSAGE_MS = 6000
_STEPS = 1000


class StatusBar(Adapting, QStatusBar):
    """Reads the session; the only requests it makes are cancel and select."""

    cancel_clicked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs: list[Job] = []
        self._step = ""
        self._share = -1.0
        self.setSizeGripEnabled(False)
        self._activity = QLabel()
        self._bar = QProgressBar()
        self._bar.setFixedWidth(150)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(10)
        self._cancel = QToolButton()
        self._cancel.setAutoRaise(True)
        self._cancel.clicked.connect(self.cancel_clicked)
        self._stale = QLabel()
        self._target = QLabel()
        self._pictures = QLabel()
        self._worst = QPushButton()
        self._worst.setFlat(True)
        self._worst.setCursor(Qt.CursorShape.PointingHandCursor)
        self._worst.clicked.connect(self._select_worst)
        self._output = QLabel()
        self._cost = QLabel(objectName="cost")
        self._costed: QuantPlan | None = None
        for widget in (self._activity, self._bar, self._cancel):
            self.addPermanentWidget(widget)
        facts = (self._worst, self._output, self._cost, self._pictures, self._target)
        for widget in (self._stale, *facts):
            self.addPermanentWidget(widget)
        session.project_changed.connect(self._refresh)
        session.results_changed.connect(self._refresh)
        session.view_changed.connect(self._refresh)
        session.stale_changed.connect(self._refresh)
        session.message.connect(self._message)
        session.runner.started.connect(self._started)
        session.runner.progressed.connect(self._progressed)
        session.runner.ended.connect(self._ended)
        self.recolour()
        self.retranslate()

    # -- facts --------------------------------------------------------------------------------

    def _refresh(self, _value: object = None) -> None:
        session = self._session
        project, results = session.project, session.results
        facts = (self._target, self._pictures)
        for label in facts:
            label.setVisible(project is not None)
        if project is not None:
            self._target.setText(project.target.upper())
            self._pictures.setText(self._pictures_text())
        self._stale.setVisible(session.is_stale)
        has_report = results.report is not None
        self._worst.setVisible(has_report)
        self._output.setVisible(has_report)
        if has_report:
            self._show_errors()
        self._cost.setVisible(project is not None and results.plan is not None)
        if project is not None and results.plan is not None:
            self._show_cost(results.plan, project.target)

    def _show_cost(self, plan: QuantPlan, target: str) -> None:
        if plan is self._costed:
            return
        from rkviz.emulate.cost import total_cost
        from rkviz.target import target_named

        cost = total_cost(plan, target_named(target))
        self._costed = plan
        text = self.tr("≈ {ms} ms, {fps} fps")
        self._cost.setText(
            text.format(ms=amount_text(cost.milliseconds), fps=amount_text(cost.fps))
        )
        note = (
            self.tr("Rough estimate: no measured model exists for 16-bit and float layers.")
            if cost.rough
            else self.tr("Estimate of the time on the chip, ±12 %.")
        )
        size = self.tr("Weights {weights} MB, largest activations {activations} MB.")
        megabytes = (cost.model_bytes / 1e6, cost.peak_activation_bytes / 1e6)
        weights, activations = map(amount_text, megabytes)
        self._cost.setToolTip(f"{note}\n{size.format(weights=weights, activations=activations)}")

    def _pictures_text(self) -> str:
        project, dataset = self._session.project, self._session.results.dataset
        if project is None or not project.dataset:
            return self.tr("no pictures")
        if dataset is None:
            return self.tr("pictures not read yet")
        return self.tr("{count} pictures").format(count=len(dataset.samples))

    def _show_errors(self) -> None:
        results, view = self._session.results, self._session.view
        assert results.report is not None
        ranking = worst_first(results, view)
        over_all = ViewState(view.metric, view.kind)
        values = head_values(results, over_all)
        if ranking:
            text = self.tr("worst: {layer} {value}")
            value = metric_text(view.metric, values[ranking[0]])
            name = ranking[0].replace("&", "&&")
            self._worst.setText(text.format(layer=_shortened(name), value=value))
            self._worst.setToolTip(ranking[0])
        outputs = results.report.worst(view.metric, "accumulated", list(results.report.outputs))
        if outputs:
            value = metric_text(view.metric, outputs[0][1])
            dead = shout(results.report)
            text = self.tr("output {value}").format(value=value)
            self._output.setText(f"{DEAD} {text}" if dead else text)
            self._output.setToolTip(dead or self.tr("Accumulated error of the worst output"))
            wanted = f"color: {current_theme().bad}; font-weight: bold;" if dead else ""
            if self._output.styleSheet() != wanted:
                self._output.setStyleSheet(wanted)

    def _select_worst(self) -> None:
        self._session.select(worst_first(self._session.results, self._session.view)[:1])

    def _message(self, level: str, text: str) -> None:
        if level == "info":
            self.showMessage(text.partition("\n")[0], _MESSAGE_MS)

    # -- progress -----------------------------------------------------------------------------

    def _started(self, job: Job) -> None:
        if not job.title:  # work the user did not ask for
            return
        self._jobs.append(job)
        self._step, self._share = "", -1.0
        self._show_progress()

    def _progressed(self, job: Job, share: float, step: str) -> None:
        if self._jobs and job is self._jobs[-1]:
            self._step, self._share = step, share
            self._show_progress()

    def _ended(self, job: Job, _outcome: Outcome) -> None:
        self._jobs = [other for other in self._jobs if other is not job]
        self._show_progress()

    def _show_progress(self) -> None:
        busy = bool(self._jobs)
        for widget in (self._activity, self._bar, self._cancel):
            widget.setVisible(busy)
        if not busy:
            return
        self._activity.setText(self._step_texts().get(self._step, self._jobs[-1].title))
        self._bar.setRange(0, _STEPS if self._share >= 0 else 0)
        self._bar.setValue(round(max(0.0, self._share) * _STEPS))

    def _step_texts(self) -> dict[str, str]:
        return {
            "open": self.tr("Opening the model"),
            "layout": self.tr("Drawing the graph"),
            "dataset": self.tr("Looking at the pictures"),
            "calibrate": self.tr("Calibrating"),
            "repair": self.tr("Repairing weights"),
            "quantize": self.tr("Quantizing"),
            "analyse": self.tr("Analysing"),
        }

    # -- looks --------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self._stale.setText(self.tr("older settings"))
        self._stale.setToolTip(
            self.tr("The colours belong to older settings; F5 computes them again.")
        )
        self._cancel.setToolTip(self.tr("Cancel") + "  (Esc)")
        self._costed = None
        self._refresh()
        self._show_progress()

    def recolour(self) -> None:
        theme = current_theme()
        self._cancel.setIcon(icon("cancel"))
        wanted = f"""
        QLabel {{ color: {theme.muted}; padding: 0 6px; }}
        QPushButton {{ border: 1px solid transparent; border-radius: 4px; padding: 1px 6px; }}
        QPushButton:hover {{ background: {theme.hover}; }}
        QPushButton:focus {{ border-color: {theme.accent}; }}
        """
        if self.styleSheet() != wanted:
            self.setStyleSheet(wanted)


def _shortened(name: str, limit: int = 36) -> str:
    return name if len(name) <= limit else name[: limit // 2] + "…" + name[-limit // 2 :]

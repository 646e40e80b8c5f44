"""LayerWeights: weights channel by channel in the range they share, biases in their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from rkviz.analyse.display import number_text
from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job, Outcome
from rkviz.gui.panels.layer_words import params_words, reason_short
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import Adapting
from rkviz.gui.widgets.channel_bars import Bars, ChannelBars
from rkviz.gui.widgets.facts import Facts, value_label
from rkviz.gui.widgets.method_choice import WEIGHT_KINDS, MethodChoice
from rkviz.quantize.plan import QuantPlan, Reason, Step
from rkviz.quantize.range_method import RangeMethod

if TYPE_CHECKING:
    from rkviz.analyse.channels import Channels

_LANE = "channels"
_WEIGHTED = ("Conv", "ConvTranspose", "Gemm")
_FEW, _TOO_FEW = 6.0, 4.0
"""Bits left of 8 from which a channel is poor, bad."""


class LayerWeights(Adapting, QWidget):
    """A job looks at the weights; what the mouse is on is said below the bars."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._head = ""
        self._made_from: tuple[object, ...] = ()
        self.channels: Channels | None = None
        self.bars = ChannelBars()
        self.shown, self.order = QComboBox(), QComboBox()
        self.summary, self.reading = value_label(), value_label()
        self.method = MethodChoice(WEIGHT_KINDS)
        self.facts = Facts(("range", "bias", "method"))
        self.facts.show_widget("method", self.method)
        choices = QHBoxLayout()
        for choice in (self.shown, self.order):
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            choice.activated.connect(self._draw)
            choices.addWidget(choice, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(choices)
        for widget in (self.bars, self.reading, self.summary, self.facts):
            layout.addWidget(widget)
        self.bars.hovered.connect(self._read)
        self.method.chosen.connect(self._set_method)
        session.runner.ended.connect(self._job_ended)

    def retranslate(self) -> None:
        for box, texts in (
            (self.shown, (self.tr("Weight ranges"), self.tr("Biases in steps"))),
            (self.order, (self.tr("In their order"), self.tr("Narrowest first"))),
        ):
            index = max(0, box.currentIndex())
            box.clear()
            box.addItems(texts)
            box.setCurrentIndex(index)
        self.shown.setAccessibleName(self.tr("What the bars show"))
        self.order.setAccessibleName(self.tr("Order of the channels"))
        self.shown.setToolTip(
            self.tr("The range of each channel, or its bias in steps of the accumulator")
        )
        self.order.setToolTip(
            self.tr("As they are in the model, or those that lose most by one range for all first")
        )
        self.facts.set_caption("range", self.tr("Range"))
        self.facts.set_caption("bias", self.tr("Bias"))
        self.facts.set_caption("method", self.tr("Method"))
        self.bars.setToolTip(
            self.tr(
                "A bar for each output channel. All of them share the codes between the dashed "
                "lines: a short bar has few of them left."
            )
        )
        self._draw()

    def show_layer(self, head: str) -> bool:
        """Show the weights of `head`; returns whether it has some. Looks only while it is open."""
        session, results = self._session, self._session.results
        plan, project = results.plan, session.project
        step = plan.step_of.get(head) if plan is not None else None
        if plan is None or project is None or step is None or step.op not in _WEIGHTED:
            return False
        self._head = head
        config = project.config
        self.method.show_method(config.for_layer(head).weights_method, config.weights_method)
        self._renew(plan, step)
        return True

    def _renew(self, plan: QuantPlan, step: Step) -> None:
        """Look at the weights by a job, unless they are the same or nobody sees them."""
        session, repaired = self._session, self._session.results.repaired
        own = repaired.corrected.get(step.name) if repaired is not None else None
        if own is not None and own.scheme is not plan.scheme[step.name]:
            own = None
        made_from = (*(plan.tensors[name] for name in step.inputs[1:3] if name), own)
        if not self.isVisible() or not _differ(made_from, self._made_from):
            return

        def work(_progress: object, _publish: object) -> Channels | None:
            from rkviz.analyse.channels import channels_of

            weight, bias = (own.weight, own.bias) if own is not None else (None, None)
            return channels_of(plan, step.name, weight, bias)

        session.runner.submit(Job(_LANE, "", work, self._accept, self._failed))
        self._made_from = made_from

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_layer(self._head)

    def _job_ended(self, job: Job, outcome: Outcome) -> None:
        if job.lane == _LANE and outcome is Outcome.CANCELLED:
            self._made_from = ()

    def recolour(self) -> None:
        self.bars.update()

    # -- what is shown ------------------------------------------------------------------------

    def _accept(self, channels: Channels | None) -> None:
        self.channels = channels
        self._draw()

    def _failed(self, error: RkvizError) -> None:
        self._session.message.emit("error", str(error))

    @Slot()
    def _draw(self, _index: int = 0) -> None:
        channels = self.channels
        if channels is None:
            return
        of_biases = self.shown.currentIndex() == 1 and channels.biases.size > 0
        if of_biases:
            highs = np.log10(np.maximum(channels.bias_codes, 1.0))
            lows, lines = np.zeros(highs.size), (0.0,)
            levels = np.where((channels.bias_codes < 1) & (channels.biases != 0), 2, 0)
        else:
            lows, highs = channels.lows, channels.highs
            lines = (channels.low, channels.high) if channels.every else ()
            lost = 8 - channels.bits if channels.every else np.zeros(lows.size)
            levels = (lost > 8 - _FEW).astype(np.int64) + (lost > 8 - _TOO_FEW)
        order = np.arange(highs.size)
        if self.order.currentIndex() == 1:
            order = np.argsort(highs - lows, kind="stable")
        self.bars.show_bars(Bars(lows, highs, levels.astype(np.int64), order, lines))
        self.summary.setText(self._summary(channels))
        self._show_facts(channels)
        self._read(-1)

    def _show_facts(self, channels: Channels) -> None:
        words = params_words(channels.params)
        if channels.every:
            words = f"{number_text(channels.low)} … {number_text(channels.high)}; {words}"
        if channels.reason is Reason.EXPLICIT_PARAMS:
            words += f" ({reason_short(channels.reason, '')})"
        self.facts.show_value("range", words)
        self.facts.show_row("method", bool(channels.every) and channels.reason is not Reason.GIVEN)
        bias = ""
        if channels.bias_step:
            text = self.tr("step {step}; the largest is {largest} steps")
            largest = _steps(float(channels.bias_codes.max(initial=0.0)))
            bias = text.format(step=number_text(channels.bias_step), largest=largest)
            if channels.lost_biases:
                more = self.tr("{count} are less than half a step and become 0")
                bias += "; " + more.format(count=channels.lost_biases)
        self.facts.show_value("bias", bias)

    def _summary(self, channels: Channels) -> str:
        if not channels.every or not channels.codes.size:
            return ""
        worst = int(np.argmin(channels.codes))
        text = self.tr(
            "{starved} of {channels} channels have fewer than 16 codes; channel {worst} has the "
            "fewest: {codes} of {every} ({bits} bits)."
        )
        return text.format(
            starved=int(np.count_nonzero(channels.codes < 16)),
            channels=channels.codes.size,
            worst=worst,
            codes=int(channels.codes[worst]),
            every=channels.every,
            bits=f"{channels.bits[worst]:.1f}",
        )

    @Slot(int)
    def _read(self, channel: int) -> None:
        """The channel below the mouse; else how to read the bars."""
        channels = self.channels
        if channels is None or not 0 <= channel < channels.lows.size:
            self.reading.setText(self.tr("Move over a bar to read its channel."))
            return
        text = self.tr("Channel {channel}: {low} … {high}").format(
            channel=channel,
            low=number_text(channels.lows[channel]),
            high=number_text(channels.highs[channel]),
        )
        if channels.every:
            more = self.tr("{codes} of {every} codes")
            codes = more.format(codes=int(channels.codes[channel]), every=channels.every)
            text += f", {codes} ({channels.bits[channel]:.1f} bit)"
        if channels.bias_step:
            steps = _steps(float(channels.bias_codes[channel]))
            more = self.tr("bias {bias} = {steps} steps")
            bias = more.format(bias=number_text(channels.biases[channel]), steps=steps)
            text += f"; {bias}"
        self.reading.setText(text)

    @Slot(object)
    def _set_method(self, method: RangeMethod | None) -> None:
        project = self._session.project
        if project is not None:
            after = project.config.with_weights_method([self._head], method)
            text = self.tr("Range method of the weights of {layer}").format(layer=self._head)
            self._session.edit_config(after, text, f"weights of {self._head}")


def _differ(new: tuple[object, ...], old: tuple[object, ...]) -> bool:
    return len(new) != len(old) or any(a is not b for a, b in zip(new, old, strict=True))


def _steps(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"

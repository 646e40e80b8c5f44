"""RangeReading: in words what a range clips, and what error to expect of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QLabel, QWidget

from rkviz.analyse.display import metric_text
from rkviz.analyse.metrics import ErrorSums
from rkviz.analyse.range_forecast import clipped_shares, predicted_error, range_error
from rkviz.calibrate.histogram import Histogram
from rkviz.gui.panels.layer_words import metric_title
from rkviz.gui.session import Session
from rkviz.gui.widgets.facts import value_label
from rkviz.numerics import QuantParams
from rkviz.quantize.plan import TensorPlan


@dataclass(frozen=True)
class _Measured:
    """A layer's own error and the parameters it was measured with."""

    value: str
    sums: ErrorSums
    params: QuantParams


class RangeReading(QLabel):
    """The lines below the histogram; a forecast wherever nothing is measured yet."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        value_label(self)
        self._session = session
        self._measured: _Measured | None = None

    def remember_measured(self, tensor: TensorPlan, layer: str) -> None:
        """The report's own error belongs to the plan's parameters as long as nothing is stale."""
        session, report = self._session, self._session.results.report
        if report is None or session.is_stale or not session.has_current_plan:
            return
        sums = report.sums(layer, "own") if layer in report.layers else ErrorSums()
        self._measured = _Measured(tensor.value, sums, tensor.params) if sums.count else None

    def show_range(
        self,
        tensor: TensorPlan,
        histogram: Histogram | None,
        params: QuantParams,
        is_trial: bool,
    ) -> None:
        """What `params` do to `tensor`; `is_trial` where they are not those of its plan."""
        lines: list[str] = []
        if histogram is not None and histogram.total:
            below, above = clipped_shares(histogram, params)
            text = self.tr("Clipped: {below} below, {above} above.")
            if below or above:
                lines.append(text.format(below=_share(below), above=_share(above)))
            else:
                lines.append(self.tr("Nothing is clipped on the calibration pictures."))
            lines += self._forecast(tensor, histogram, params, is_trial or self._session.is_stale)
        if is_trial and tensor.shared_with:
            text = self.tr("All {count} tensors that share the range get it.")
            lines.append(text.format(count=len(tensor.shared_with) + 1))
        self.setText("\n".join(lines))
        self.setVisible(bool(lines))

    def _forecast(
        self, tensor: TensorPlan, histogram: Histogram, params: QuantParams, is_open: bool
    ) -> list[str]:
        measured, metric = self._measured, self._session.view.metric
        if measured is not None and measured.value == tensor.value:
            if not is_open or measured.params == params:
                return []
            sums = predicted_error(histogram, params, measured.sums, measured.params)
            before = metric_text(metric, float(getattr(measured.sums, metric)))
            text = self.tr("Own error, predicted: {metric} {after} (measured before: {before}).")
        else:
            sums, before = range_error(histogram, params), ""
            text = self.tr("Error of this range alone, predicted: {metric} {after}.")
        after = metric_text(metric, float(getattr(sums, metric)))
        return [text.format(metric=metric_title(metric), after=after, before=before)]


def _share(share: float) -> str:
    return metric_text("saturated_share", share)

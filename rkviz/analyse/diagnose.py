"""Why a layer is bad: findings from the plan, from calibration and from measured errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.lint import lint
from rkviz.analyse.notes import accumulators
from rkviz.analyse.operator_rules import wider
from rkviz.analyse.range_rules import named_input
from rkviz.analyse.remedies import LeaveOutOutliers, Normalize, Remedy, SetRange
from rkviz.analyse.report import AnalysisReport
from rkviz.calibrate.histogram import Histogram
from rkviz.calibrate.stats import CalibrationStats, TensorStats
from rkviz.quantize.engines import copies
from rkviz.quantize.plan import QuantPlan, Reason, Step
from rkviz.target import Engine

OUTLIER_SHARE = 1e-3
"""Outliers are at most this share of all values."""
_OUTLIER_COST = 2.0
"""and the range would be this much narrower without them."""
_FEWEST_PICTURES = 4
"""From so few pictures nobody can tell which one is odd."""
_TAIL_STEPS = 4.0
"""A standard deviation of fewer steps (a range of 64 or more, where a normal distribution needs 10)
leaves most values some ten codes."""
_SATURATED, _SATURATED_BADLY = 1e-3, 1e-2
_BAD_DB = 25.0
"""An accumulated error above this SNR needs no explanation,"""
_INHERITED_DB = 6.0
"""nor one that the layer's own comes this near to."""
_CULPRIT_DB = 8.0
"""Further above the accumulated SNR a layer is one of many."""

UNLIKE_SLICES = 128.0
"""Slices this far apart leave the small one less than a code of 8 bits beside the large one."""

Findings = Mapping[str, tuple[Finding, ...]]


def diagnose(
    plan: QuantPlan,
    report: AnalysisReport | None = None,
    stats: CalibrationStats | None = None,
) -> Findings:
    """Layer (as shown: its head) -> what is the matter with it, the most severe first.

    All that is known is used: the plan alone; with `report` also measured errors; with `stats`
    how values are spread, and how many make up the ends where there are histograms. Layers without
    a finding are not in it.
    """
    found = list(lint(plan))
    if report is not None:
        found += accumulators(plan, report.layers)
        found += _slices(plan, report)
    for step in plan.steps:
        if not step.layers or step.engine is Engine.CPU:
            continue
        found += _spread(plan, step, report, stats)
        if report is not None and step.layers[-1] in report.layers:
            found += _saturated(plan, step, report)
            found += _inherited(plan, step, report)
    by_layer: dict[str, list[Finding]] = {}
    for finding in found:
        by_layer.setdefault(finding.layer, []).append(finding)
    return {
        layer: tuple(sorted(group, key=lambda finding: -finding.severity))
        for layer, group in by_layer.items()
    }


def _spread(
    plan: QuantPlan,
    step: Step,
    report: AnalysisReport | None,
    stats: CalibrationStats | None,
) -> Iterator[Finding]:
    """A range that a few values set for all others."""
    tensor, head = plan.tensors[step.outputs[0]], plan.graph.head(step.name)
    node = plan.graph.by_name[step.layers[-1]]
    is_eight = tensor.params.scheme.is_quantized and tensor.params.scheme.bits == 8
    if not is_eight or copies(node) or tensor.reason is not Reason.MEASURED or stats is None:
        return
    remedies: tuple[Remedy, ...] = (LeaveOutOutliers(head), wider(plan, step))
    picture = _one_picture(stats.bounds.get(tensor.value))
    if picture is not None:
        yield Finding(head, "one-picture", picture, Severity.WARNING, remedies)
    histogram = stats.histograms.get(tensor.value)
    outliers = None if histogram is None else _outliers(histogram)
    if outliers is not None:
        yield Finding(head, "outliers", outliers, Severity.WARNING, remedies)
    elif report is not None and step.layers[-1] in report.layers:
        sums, known = report.sums(step.layers[-1], "own"), stats.tensors.get(tensor.value)
        if known is None or not sums.count:
            return
        deviation = _deviation(sums.reference_sq / sums.count, known)
        if not deviation:
            return
        codes, width = deviation / tensor.params.scale, (tensor.high - tensor.low) / deviation
        if codes < _TAIL_STEPS:
            values = {"codes": codes, "width": width}
            yield Finding(head, "long-tail", values, Severity.WARNING, remedies)


def _one_picture(bounds: NDArray[np.float64] | None) -> dict[str, float | str] | None:
    """The picture that alone makes the range much wider; `bounds` has a row for each."""
    if bounds is None or len(bounds) < _FEWEST_PICTURES or not np.isfinite(bounds).all():
        return None
    low, high = np.minimum(bounds[:, 0], 0.0), np.maximum(bounds[:, 1], 0.0)
    width = float(high.max() - low.min())
    at = int(np.argmax(np.maximum(-low / max(1e-30, -low.min()), high / max(1e-30, high.max()))))
    others = np.arange(len(bounds)) != at
    rest_low, rest_high = float(low[others].min()), float(high[others].max())
    if width < _OUTLIER_COST * (rest_high - rest_low) or rest_high == rest_low:
        return None
    ratio = width / (rest_high - rest_low)
    return {"picture": at + 1, "low": rest_low, "high": rest_high, "ratio": ratio}


def _deviation(mean_square: float, stats: TensorStats) -> float:
    """The standard deviation from the mean square of the pictures analysed."""
    return math.sqrt(max(0.0, mean_square - stats.mean**2))


def _outliers(histogram: Histogram) -> dict[str, float | str] | None:
    """The narrowest range that leaves out at most `OUTLIER_SHARE`, where it is much narrower."""
    most = int(OUTLIER_SHARE * histogram.total)
    low, high, left = 0, histogram.counts.size - 1, 0
    while low < high:
        at_low, at_high = int(histogram.counts[low]), int(histogram.counts[high])
        # From the end that is further from 0: a range always includes 0.
        from_low = abs(histogram.first + low) > abs(histogram.first + high)
        taken = at_low if from_low else at_high
        if left + taken > most:
            break
        left += taken
        low, high = (low + 1, high) if from_low else (low, high - 1)
    inner_low = min(0.0, max(histogram.low, (histogram.first + low) * histogram.width))
    inner_high = max(0.0, min(histogram.high, (histogram.first + high + 1) * histogram.width))
    full = max(histogram.high, 0.0) - min(histogram.low, 0.0)
    if not left or full < _OUTLIER_COST * (inner_high - inner_low) or inner_high == inner_low:
        return None
    return {
        "count": left,
        "share": left / histogram.total,
        "low": inner_low,
        "high": inner_high,
        "ratio": full / (inner_high - inner_low),
    }


def _saturated(plan: QuantPlan, step: Step, report: AnalysisReport) -> Iterator[Finding]:
    tensor = plan.tensors[step.outputs[0]]
    share = report.sums(step.layers[-1], "own").saturated_share
    if share < _SATURATED or not tensor.params.scheme.is_quantized:
        return
    head, (low, high) = plan.graph.head(step.name), tensor.alone
    if tensor.reason is Reason.SIGMOID:
        named = {"share": share, "culprit": plan.graph.head(tensor.because_of)}
        yield Finding(head, "flat-sigmoid", named, Severity.NOTE)
        return
    wide = low < tensor.low or high > tensor.high
    remedies: tuple[Remedy, ...] = (SetRange(head, low, high),) if wide else ()
    severity = Severity.SEVERE if share >= _SATURATED_BADLY else Severity.WARNING
    if step.op == "Input" and len(tensor.shape) == 4 and tensor.low < tensor.high:
        # The range may be right, of a network trained on such numbers, and the pictures raw.
        remedies = (Normalize(named_input(plan, step), tensor.low, tensor.high), *remedies)
    values = {"share": share, "low": tensor.low, "high": tensor.high}
    yield Finding(head, "saturated", values, severity, (*remedies, wider(plan, step)))


def _inherited(plan: QuantPlan, step: Step, report: AnalysisReport) -> Iterator[Finding]:
    """A layer that is bad because of another: the worst by own error on the way of the noise."""
    layer = step.layers[-1]
    node = plan.graph.by_name[layer]
    if copies(node) or node.op == "Concat":
        return
    own, accumulated = report.sums(layer, "own"), report.sums(layer, "accumulated")
    if math.isnan(accumulated.snr_db) or accumulated.snr_db > _BAD_DB:
        return
    if own.snr_db < accumulated.snr_db + _INHERITED_DB:
        return
    culprit, lost = "", own.snr_db
    at = step
    while True:
        before = [plan.producer[name] for name in at.inputs if name in plan.producer]
        known = [s for s in before if s.layers and s.layers[-1] in report.layers]
        known += [
            plan.producer[name]
            for s in before
            if not s.layers  # a converter: what it converts
            for name in s.inputs
            if name in plan.producer and plan.producer[name].layers
        ]
        if not known:
            break
        at = min(known, key=lambda s: report.sums(s.layers[-1], "accumulated").snr_db)
        alone = report.sums(at.layers[-1], "own").snr_db
        if alone < lost and plan.tensors[at.outputs[0]].reason is not Reason.SIGMOID:
            culprit, lost = plan.graph.head(at.name), alone
    if culprit:
        values = {
            "own": own.snr_db,
            "accumulated": accumulated.snr_db,
            "culprit": culprit,
            "lost": lost,
        }
        alone_to_blame = lost < accumulated.snr_db + _CULPRIT_DB
        rule = "inherited" if alone_to_blame else "adds-up"
        yield Finding(plan.graph.head(step.name), rule, values, Severity.NOTE)


def _slices(plan: QuantPlan, report: AnalysisReport) -> Iterator[Finding]:
    for output in report.outputs:
        slices, head = report.slices(output), plan.graph.head(output)
        for part in slices:
            if part.is_dead:
                values = {"slice": part.name, "value": part.constant or 0.0}
                yield Finding(head, "dead-slice", values, Severity.SEVERE)
        known = [part for part in slices if part.largest > 0]
        if len(known) > 1:
            wide = max(known, key=lambda part: part.largest)
            narrow = min(known, key=lambda part: part.largest)
            ratio = wide.largest / narrow.largest
            if ratio > UNLIKE_SLICES:
                values = {
                    "wide": wide.name, "narrow": narrow.name, "high": wide.largest,
                    "low": narrow.largest, "ratio": ratio,
                }  # fmt: skip
                # Channels nobody joined may differ by nature.
                joined = wide.slice.is_joined and narrow.slice.is_joined
                severity = Severity.WARNING if joined else Severity.NOTE
                yield Finding(head, "unlike-slices", values, severity)

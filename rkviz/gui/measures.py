"""What the graph can be coloured by. A further measure is one more entry of `MEASURES`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from rkviz.analyse.display import cost_text, metric_text
from rkviz.analyse.metrics import METRICS, Metric
from rkviz.analyse.report import KINDS
from rkviz.formats.snapshot_compare import COMPARISONS
from rkviz.gui.panels.layer_words import metric_title
from rkviz.gui.ranking import head_values, worst_first
from rkviz.gui.session import ViewState
from rkviz.picture.colour_scale import TYPE_NAMES, ColourScale, Scale, TypeScale
from rkviz.results import Results

if TYPE_CHECKING:
    from rkviz.quantize.plan import QuantPlan

_SHARES = (0.005, 0.02, 0.05)
"""Of the network's sum: from here on a layer's cost is fair, poor, bad."""
_LEAST_SUM = 1e-9


@dataclass(frozen=True)
class Measure:
    """`values` maps head layers to numbers; NaN is one that broke, a missing layer did not run.

    `is_error`: own or accumulated, of one picture or all. `adds_up`: the sum over layers means
    something, and colours go by the share of it. `has_kinds`: own and accumulated differ.
    """

    metric: Metric
    values: Callable[[Results, ViewState, str], Mapping[str, float]]
    text: Callable[[float], str]
    is_error: bool = False
    adds_up: bool = False
    is_type: bool = False
    has_kinds: bool = False

    def scale(self, values: Mapping[str, float], view: ViewState) -> Scale:
        """The colours of `values`: thresholds as the user moved them, or the usual ones."""
        if self.is_type:
            return TypeScale(self.metric)
        own = view.thresholds.get(self.metric.id, ())
        if not own and self.adds_up:
            total = max(_LEAST_SUM, math.fsum(v for v in values.values() if math.isfinite(v)))
            own = tuple(float(f"{total * share:.3g}") for share in _SHARES)
        return ColourScale(self.metric, own, view.palette)

    def together(self, values: Mapping[str, float]) -> tuple[float, float] | None:
        """(mean or sum, worst) of some layers; NaN is the worst. None where there is no number."""
        if not values or self.is_type:
            return None
        numbers = [value for value in values.values() if math.isfinite(value)]
        if len(numbers) < len(values) and any(v != v for v in values.values()):
            worst = math.nan
        else:
            worst = min(values.values()) if self.metric.higher_is_better else max(values.values())
        if not numbers:
            return None
        total = math.fsum(numbers)
        return (total if self.adds_up else total / len(numbers)), worst


def measure_of(view: ViewState) -> Measure:
    """What colours the graph now."""
    return MEASURES.get(view.colour) or MEASURES[view.metric]


_TITLES = {
    "toolkit": QT_TRANSLATE_NOOP("Measures", "Cosine by the toolkit"),
    "board": QT_TRANSLATE_NOOP("Measures", "Cosine on the board"),
    "toolkit apart": QT_TRANSLATE_NOOP("Measures", "Emulator against toolkit"),
    "board apart": QT_TRANSLATE_NOOP("Measures", "Emulator against board"),
    "effect": QT_TRANSLATE_NOOP("Measures", "Effect on the output"),
    "time": QT_TRANSLATE_NOOP("Measures", "Estimated time"),
    "ddr": QT_TRANSLATE_NOOP("Measures", "DDR traffic"),
    "type": QT_TRANSLATE_NOOP("Measures", "Type"),
}


_KINDS = {
    "own": QT_TRANSLATE_NOOP("Measures", "own"),
    "accumulated": QT_TRANSLATE_NOOP("Measures", "accumulated"),
}


def measure_title(id: str) -> str:
    """The name of a measure in the user's language."""
    text = _TITLES.get(id)
    return QCoreApplication.translate("Measures", text) if text else metric_title(id)


def colour_title(results: Results, view: ViewState) -> str:
    """What the graph is coloured by: measure, own or accumulated, and the picture if it is one."""
    measure, report = measure_of(view), results.report
    words = [measure_title(view.colour or view.metric)]
    if measure.is_error or measure.has_kinds:
        words.append(QCoreApplication.translate("Measures", _KINDS[view.kind]))
    if measure.is_error and report is not None and view.image is not None:
        words.extend(report.images[view.image : view.image + 1])
    return " · ".join(words)


def worst_of(results: Results, view: ViewState, target: str) -> list[str]:
    """Head layers from worst to best by what colours the graph, over all pictures."""
    measure = measure_of(view)
    if measure.is_error or measure.is_type:
        return worst_first(results, view)
    values = measure.values(results, view, target)
    sign = 1.0 if measure.metric.higher_is_better else -1.0
    return sorted(values, key=lambda head: (values[head] == values[head], sign * values[head]))


def _errors(results: Results, view: ViewState, _target: str, *, metric: str) -> Mapping[str, float]:
    return head_values(results, ViewState(metric, view.kind, view.image))


def _effects(results: Results, _view: ViewState, _target: str) -> Mapping[str, float]:
    """SNR in dB the outputs would have if only that layer were quantized, in its present type."""
    plan, effects = results.plan, results.effects
    if plan is None or effects is None:
        return {}
    known = effects.layers.keys() & plan.scheme.keys()
    return {head: effects.effect_db(head, plan.scheme[head]) for head in known}


def _cost(results: Results, _view: ViewState, target: str, *, figure: str) -> Mapping[str, float]:
    return _costs(results.plan, target)[figure] if results.plan is not None else {}


@lru_cache(maxsize=4)
def _costs(plan: QuantPlan, target: str) -> Mapping[str, Mapping[str, float]]:
    """Figure -> head layer -> its sum; a converter counts for the layer that needs it."""
    from rkviz.emulate.cost import layer_costs
    from rkviz.target import target_named

    costs = layer_costs(plan, target_named(target))
    reader = {
        name: plan.graph.head(step.layers[0])
        for step in plan.steps
        if step.layers
        for name in step.inputs
    }
    figures: dict[str, dict[str, float]] = {"milliseconds": {}, "ddr_bytes": {}}
    for step in plan.steps:
        head = plan.graph.head(step.layers[0]) if step.layers else reader.get(step.outputs[0])
        if head is None:
            continue
        for figure, found in figures.items():
            found[head] = found.get(head, 0.0) + float(getattr(costs[step.name], figure))
    return figures


def _types(results: Results, _view: ViewState, _target: str) -> Mapping[str, float]:
    plan = results.plan
    if plan is None:
        return {}
    heads = (head for head in plan.graph.heads if head not in plan.skipped)
    return {head: type_number(plan.scheme[head].short) for head in heads}


def is_type(badge: str) -> bool:
    """Whether a badge names a number format (and not the CPU, or that it cannot run)."""
    return badge in TYPE_NAMES


def type_number(name: str) -> float:
    """The number that stands for a format: its place in TYPE_NAMES."""
    return float(TYPE_NAMES.index(name))


def _compared(
    results: Results, view: ViewState, _target: str, *, comparison: str
) -> Mapping[str, float]:
    """What was compared, by head: of the last layer in it that the report names."""
    graph, compared = results.graph, results.compared
    if graph is None or compared is None:
        return {}
    values = compared.values(comparison, view.kind)
    found = {
        head: next((values[name] for name in reversed(members) if name in values), None)
        for head, members in graph.members.items()
    }
    return {head: value for head, value in found.items() if value is not None}


def is_known(id: str, results: Results) -> bool:
    """Whether a measure has anything to show; those that compare do when a report was read."""
    if id == "effect":
        return results.effects is not None
    return id not in COMPARISONS or any(
        _compared(results, ViewState(kind=kind), "", comparison=id) for kind in KINDS
    )


def _type_name(value: float) -> str:
    return TYPE_NAMES[int(value)]


MEASURES: Mapping[str, Measure] = {
    **{
        id: Measure(metric, partial(_errors, metric=id), partial(metric_text, id), is_error=True)
        for id, metric in METRICS.items()
    },
    "effect": Measure(
        Metric("effect", "Effect on the output", "dB", True, METRICS["snr_db"].thresholds),
        _effects,
        partial(metric_text, "snr_db"),
    ),
    "time": Measure(
        Metric("time", "Estimated time", "ms", False, (0.01, 0.1, 1.0)),
        partial(_cost, figure="milliseconds"),
        partial(cost_text, unit="ms"),
        adds_up=True,
    ),
    "ddr": Measure(
        Metric("ddr", "DDR traffic", "B", False, (1e4, 1e5, 1e6)),
        partial(_cost, figure="ddr_bytes"),
        partial(cost_text, unit="B"),
        adds_up=True,
    ),
    "type": Measure(Metric("type", "Type", "", False, (0.5, 1.5, 2.5)), _types, _type_name,
                    is_type=True),
    **{
        id: Measure(
            metric,
            partial(_compared, comparison=id),
            partial(metric_text, "cosine" if metric.higher_is_better else "euclidean_norm"),
            has_kinds=True,
        )
        for id, metric in COMPARISONS.items()
    },
}  # fmt: skip

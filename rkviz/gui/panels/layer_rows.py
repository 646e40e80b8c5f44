"""The layers as rows: what a table of them shows, computed from values, without any widget."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rkviz.analyse.metrics import METRICS
from rkviz.quantize.plan import Reason
from rkviz.target import Engine

if TYPE_CHECKING:
    from rkviz.analyse.report import AnalysisReport
    from rkviz.formats.snapshot_compare import Compared, Comparison
    from rkviz.graph.model import Graph
    from rkviz.numerics import QuantScheme
    from rkviz.quantize.config import HybridConfig
    from rkviz.quantize.plan import QuantPlan, TensorPlan
    from rkviz.results import Results


_PARTS = {"own": ("individual", "board"), "accumulated": ("entire", "board entire")}
"""Kind of error -> the part of a comparison that is the toolkit's, the board's."""
_EXPLICIT = (Reason.EXPLICIT_RANGE, Reason.EXPLICIT_PARAMS)


@dataclass(frozen=True)
class LayerRow:
    """One head layer with the activation fused into it.

    `own` and `accumulated` are values of the metric in view, None where there are none. `scheme`
    is the type the layer runs in, None before the first plan; `chosen` tells whether the user
    chose it, `suggested` whether step 1 of the toolkit proposes it and nobody chose. `origins` are
    the ONNX nodes of all its members.
    """

    name: str
    order: int
    operator: str
    scheme: QuantScheme | None
    chosen: bool
    suggested: bool
    own: float | None
    accumulated: float | None
    shape: tuple[int, ...] | None
    reason: Reason | None
    because_of: str
    engine: Engine | None
    skipped: str
    origins: tuple[str, ...]
    toolkit: Comparison | None = None
    board: Comparison | None = None
    effect: float | None = None
    """SNR in dB of the outputs if only this layer were quantized; None where nobody measured"""
    locked: bool = False


def layer_rows(
    results: Results,
    config: HybridConfig | None,
    metric: str,
    image: int | None = None,
    is_planned: bool = True,
    compared: Compared | None = None,
    kind: str = "accumulated",
    locked: Collection[str] = (),
) -> tuple[LayerRow, ...]:
    """Rows of all head layers in the order of the network; empty without a graph.

    `is_planned` tells whether the plan is that of `config`. Until it is, the type the user asked
    for is shown at once, though the errors are still those of the type before. `compared` gives
    what the toolkit and a board say of the error `kind`. `locked` layers keep
    their type in a search.
    """
    graph, plan, report = results.graph, results.plan, results.report
    if graph is None:
        return ()
    if report is not None and image is not None and image >= len(report.images):
        image = None
    rows: list[LayerRow] = []
    for order, head in enumerate(graph.heads):
        last = graph.members[head][-1]
        tensor = plan.tensor_of(last) if plan else None
        step = plan.step_of.get(last) if plan else None
        theirs = comparisons_of(compared, graph.members[head])
        rows.append(
            LayerRow(
                name=head,
                order=order,
                operator=operator_text(graph, head),
                scheme=effective_scheme(head, plan, config, is_planned),
                chosen=config is not None and config.for_layer(head).scheme is not None,
                suggested=config is not None and config.for_layer(head).suggested,
                own=_error(report, last, "own", metric, image),
                accumulated=_error(report, last, "accumulated", metric, image),
                shape=output_shape(graph, head),
                reason=tensor.reason if tensor else None,
                because_of=because_of(graph, head, tensor) if tensor else "",
                engine=step.engine if step else None,
                skipped=_skipped(graph, plan, head),
                origins=tuple(
                    origin
                    for layer in graph.members[head]
                    for origin in graph.by_name[layer].origins
                ),
                toolkit=theirs.get(_PARTS[kind][0]),
                board=theirs.get(_PARTS[kind][1]),
                effect=_effect(results, head),
                locked=head in locked,
            )
        )
    return tuple(rows)


def _effect(results: Results, head: str) -> float | None:
    plan, effects = results.plan, results.effects
    if plan is None or effects is None or head not in effects.layers:
        return None
    return effects.effect_db(head, plan.scheme[head])


def comparisons_of(compared: Compared | None, members: Sequence[str]) -> Mapping[str, Comparison]:
    """Part -> comparison of a head: of the last of `members` that the report names."""
    of_layer = compared.of_layer if compared is not None else {}
    return next((of_layer[name] for name in reversed(members) if name in of_layer), {})


def operator_text(graph: Graph, head: str) -> str:
    """`Conv + Relu`: the operators of a head and what is fused into it."""
    return " + ".join(graph.by_name[layer].op for layer in graph.members[head])


def output_shape(graph: Graph, head: str) -> tuple[int, ...] | None:
    """Shape of the first output of what a head shows."""
    node = graph.by_name[graph.members[head][-1]]
    value = graph.values.get(node.outputs[0]) if node.outputs else None
    return value.shape if value else None


def because_of(graph: Graph, head: str, tensor: TensorPlan) -> str:
    """The layer a reason names; "" when that is `head` itself."""
    named = tensor.because_of
    return "" if named and graph.head(named) == head and tensor.reason in _EXPLICIT else named


def effective_scheme(
    head: str, plan: QuantPlan | None, config: HybridConfig | None, is_planned: bool
) -> QuantScheme | None:
    """The type `head` runs in; what was asked for while the plan is not that of `config`."""
    planned = plan.scheme.get(head) if plan else None
    if config is None or (planned is not None and is_planned):
        return planned
    step = plan.step_of.get(head) if plan else None
    if step is not None and step.engine is Engine.CPU:
        return planned
    return config.for_layer(head).scheme or config.default


def comparable(metric: str, value: float) -> float:
    """`value`, or in place of NaN what is worse than any number."""
    if not math.isnan(value):
        return value
    return -math.inf if METRICS[metric].higher_is_better else math.inf


def _error(
    report: AnalysisReport | None, layer: str, kind: str, metric: str, image: int | None
) -> float | None:
    """None where the layer did not run, and for the own error of one that only moves codes."""
    if report is None or layer not in report.layers:
        return None
    sums = report.sums(layer, kind, image)
    return float(getattr(sums, metric)) if sums.count else None


def _skipped(graph: Graph, plan: QuantPlan | None, head: str) -> str:
    if plan is None:
        return ""
    reasons = (plan.skipped.get(layer, "") for layer in graph.members[head])
    return next((reason for reason in reasons if reason), "")

"""Rules on codes: channels, biases and whole tensors that get too few of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.head_rules import concat_remedies
from rkviz.analyse.operator_rules import Rule, finding, in_8_bits, wider
from rkviz.analyse.remedies import CorrectBias, EqualizeChannels, Remedy, SetRange
from rkviz.graph.model import Graph, Node
from rkviz.numerics import QuantScheme
from rkviz.numerics.arithmetic import quantize
from rkviz.quantize.engines import copies
from rkviz.quantize.plan import QuantPlan, Reason, Step, TensorPlan

IMBALANCE = 8.0
"""Weight ranges of channels this far apart are worth a word, where some get few codes."""
STARVED_CODES = 16.0
"""A channel whose weights span fewer codes has lost half of its 8 bits."""
_STARVED_SHARE = 0.05
_SEVERE_SHARE = 0.3
_DEAD = 1e-3
"""A channel with weights this much smaller than the largest is switched off, not imbalanced."""
FEW_CODES = 32
_COARSE_STEPS = 1.0
_WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm"})
_BIAS_LIMIT = (1 << 31) - 1


def channel_imbalance(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """Output channels whose weights are so small beside the largest that few codes are left."""
    if step.op not in _WEIGHTED or not in_8_bits(plan, step):
        return
    known = _spans(plan.graph).get(step.name)
    weight = plan.tensors[step.inputs[1]].params
    if known is None or not weight.scheme.is_quantized:
        return
    alive = known[known > _DEAD * known.max()]
    if alive.size < 2:
        return
    ratio = float(alive.max() / alive.min())
    starved = int(np.count_nonzero(alive / weight.scale < STARVED_CODES))
    if ratio < IMBALANCE or starved < _STARVED_SHARE * alive.size:
        return
    layers = (plan.graph.head(step.name),)
    severe = starved >= _SEVERE_SHARE * alive.size
    yield finding(
        plan, step, "channel-imbalance", Severity.SEVERE if severe else Severity.WARNING,
        (EqualizeChannels(layers), CorrectBias(layers), wider(plan, step)),
        ratio=ratio, starved=starved, channels=int(alive.size), codes=STARVED_CODES,
    )  # fmt: skip


@lru_cache(maxsize=2)
def _spans(graph: Graph) -> Mapping[str, NDArray[np.float64]]:
    """Layer -> width of the range of the weights of each output channel, 0 included."""
    return {
        node.name: _span(graph.constants[node.inputs[1]], channel_axis(node))
        for node in graph.nodes
        if node.op in _WEIGHTED and node.inputs[1] in graph.constants
    }


def channel_axis(node: Node) -> int:
    """The axis of the weights of `node` that counts its output channels."""
    if node.op == "Gemm":
        return 0 if node.int_attr("transB") else 1
    return 1 if node.op == "ConvTranspose" else 0


def _span(weights: NDArray[np.generic], axis: int) -> NDArray[np.float64]:
    rows = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    high = np.maximum(rows.max(axis=1, initial=0), 0).astype(np.float64)
    return high - np.minimum(rows.min(axis=1, initial=0), 0).astype(np.float64)


def not_finite(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """Weights that are NaN or infinite: nothing behind them can be computed."""
    count = sum(_broken(plan.graph).get(layer, 0) for layer in step.layers)
    if count:
        yield finding(plan, step, "not-finite", Severity.SEVERE, count=count)


@lru_cache(maxsize=2)
def _broken(graph: Graph) -> Mapping[str, int]:
    """Layer -> how many of its constants' numbers are not finite, where there are any."""
    counts = {
        node.name: sum(
            int(np.count_nonzero(~np.isfinite(constant)))
            for name in node.inputs
            if (constant := graph.constants.get(name)) is not None and constant.dtype.kind == "f"
        )
        for node in graph.nodes
    }
    return {layer: count for layer, count in counts.items() if count}


def biases(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """Biases that do not fit into the accumulator, and sums whose step the output cannot show."""
    if step.op not in _WEIGHTED or not in_8_bits(plan, step):
        return
    x, w = (plan.tensors[name].params for name in step.inputs[:2])
    unit, output = x.scale * w.scale, plan.tensors[step.outputs[0]].params
    if len(step.inputs) > 2 and step.inputs[2]:
        codes = plan.tensors[step.inputs[2]].codes
        full = [] if codes is None else np.abs(codes.astype(np.int64)) >= _BIAS_LIMIT
        lost = int(np.count_nonzero(full))
        if lost:
            yield finding(
                plan, step, "bias-saturates", Severity.SEVERE, (wider(plan, step),), count=lost
            )
    if unit / output.scale > _COARSE_STEPS:
        yield finding(
            plan, step, "coarse-accumulator",
            remedies=(wider(plan, step),), steps=unit / output.scale,
        )  # fmt: skip


def lost_codes(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """Layers whose own range is small beside the one they are given, by a concat or by hand."""
    tensor = plan.tensors[step.outputs[0]]
    node = plan.graph.by_name[step.layers[-1]]
    params, (low, high) = tensor.params, tensor.alone
    if not params.scheme.is_quantized or copies(node) or node.op == "Concat" or low >= high:
        return
    ends = quantize(np.array([low, high], np.float32), params).astype(np.int64)
    codes, every = int(ends[1] - ends[0]) + 1, 1 << params.scheme.bits
    if codes > FEW_CODES:
        return
    values = {"low": low, "high": high, "codes": codes, "all": every, "unit": params.scale}
    values |= {"to_low": tensor.low, "to_high": tensor.high}
    remedies = _own_range(plan, step, tensor)
    if codes == 1:
        yield finding(plan, step, "collapsed", Severity.SEVERE, remedies, **values)
    else:
        severity = Severity.SEVERE if codes <= math.isqrt(FEW_CODES) else Severity.WARNING
        yield finding(plan, step, "few-codes", severity, remedies, **values)


def _own_range(plan: QuantPlan, step: Step, tensor: TensorPlan) -> tuple[Remedy, ...]:
    """What gives the layer a range of its own."""
    if tensor.reason is Reason.CONCAT and tensor.because_of in plan.graph.by_name:
        return concat_remedies(plan.graph, plan.graph.by_name[tensor.because_of])
    if tensor.reason in (Reason.EXPLICIT_RANGE, Reason.EXPLICIT_PARAMS):
        return (SetRange(tensor.because_of, *tensor.alone),)
    if tensor.params.scheme is QuantScheme.I16:
        return ()
    return (wider(plan, step),)


CODE_RULES: tuple[Rule, ...] = (channel_imbalance, not_finite, biases, lost_codes)

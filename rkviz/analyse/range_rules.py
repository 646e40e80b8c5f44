"""Rules on ranges and types: where codes are wasted, clipped, or computed the slow way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import numpy as np

from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.head_rules import concat_remedies
from rkviz.analyse.operator_rules import Rule, finding, in_8_bits, wider
from rkviz.analyse.remedies import EqualizeChannels, Normalize, SetScheme
from rkviz.graph.model import Array, Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.plan import QuantPlan, Reason, Step
from rkviz.quantize.ranges import SIGMOID_LIMIT

UNLIKE_RANGES = 16.0
"""Ranges of a concat this far apart leave the narrow one at most 4 of its 8 bits."""
HOPELESS_RANGES = 128.0
"""From here on the narrow one keeps less than one bit."""
OUTLIER_SIGMAS = 6.0
"""|w| this many standard deviations above the mean of |w| is an outlier.

The toolkit's warning prints mean and deviation of |w| beside its outliers without saying where it
draws the line; the published ones lie from 6.1 deviations on.
"""
OUTLIER_COST = 1.5
"""Outliers are worth a word where the range would be this much narrower without them."""
_MAC_OPS = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_PICTURE_CHANNELS = (1, 3, 4)
_RAW_PICTURE = 100.0
"""Inputs beyond this look like pictures without mean and std."""


def unlike_ranges(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """Concat forces one range on inputs that differ widely."""
    if step.op != "Concat" or not in_8_bits(plan, step):
        return
    node = plan.graph.by_name[step.name]
    widths: dict[str, float] = {}
    for value in plan.graph.data_inputs(node):
        tensor = plan.tensors[plan.value_tensor[value]]
        width = tensor.alone[1] - tensor.alone[0]
        if width > 0:
            widths[plan.graph.head(plan.graph.producer[value].name)] = width
    if not widths:
        return
    narrow, wide = min(widths, key=widths.__getitem__), max(widths, key=widths.__getitem__)
    ratio = widths[wide] / widths[narrow]
    if ratio > UNLIKE_RANGES:
        yield finding(
            plan, step, "unlike-ranges",
            Severity.SEVERE if ratio > HOPELESS_RANGES else Severity.WARNING,
            concat_remedies(plan.graph, node),
            ratio=ratio, narrow=narrow, wide=wide, bits=max(0.0, 8 - math.log2(ratio)),
        )  # fmt: skip


def mixed_concat(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """A concat whose inputs come in different types; boards have refused such models."""
    if step.op != "Concat":
        return
    node = plan.graph.by_name[step.name]
    types = {plan.scheme[plan.graph.producer[value].name] for value in plan.graph.data_inputs(node)}
    if len(types) > 1:
        badges = ", ".join(sorted(scheme.short for scheme in types))
        yield finding(plan, step, "mixed-concat", types=badges)


def clipped_sigmoid(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """A sigmoid whose input the toolkit clips."""
    if step.op != "Sigmoid" or not step.inputs:
        return
    fed = plan.tensors[step.inputs[0]]
    if fed.reason is Reason.SIGMOID:
        below = 1 / (1 + math.exp(SIGMOID_LIMIT))
        head = plan.graph.by_name[step.name].inputs[0]
        layers = (plan.graph.head(plan.graph.producer[head].name), step.name)
        yield finding(
            plan, step, "clipped-sigmoid", Severity.NOTE, (SetScheme(layers, QuantScheme.I16),),
            low=fed.alone[0], high=fed.alone[1], to_low=fed.low, to_high=fed.high,
            least=below, most=1 - below,
        )  # fmt: skip


def weight_outliers(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """A few weights that widen the range of all others."""
    node = plan.graph.by_name[step.name]
    if step.op not in _MAC_OPS or not in_8_bits(plan, step) or len(node.inputs) < 2:
        return
    found = _outliers_of(plan.graph).get(node.inputs[1])
    if found is not None:
        count, largest, rest = found
        layers = (plan.graph.head(step.name),)
        yield finding(
            plan, step, "weight-outliers",
            remedies=(EqualizeChannels(layers), wider(plan, step)),
            count=count, largest=largest, rest=rest, ratio=largest / rest,
        )  # fmt: skip


@lru_cache(maxsize=2)
def _outliers_of(graph: Graph) -> Mapping[str, tuple[int, float, float]]:
    """`_outliers` of every constant that has some and is the weights of a layer."""
    used = {node.inputs[1] for node in graph.nodes if node.op in _MAC_OPS and len(node.inputs) > 1}
    found = {name: _outliers(graph.constants[name]) for name in used if name in graph.constants}
    return {name: outliers for name, outliers in found.items() if outliers is not None}


def _outliers(weights: Array) -> tuple[int, float, float] | None:
    """(number of outliers, largest |w|, largest |w| of the others), where they cost range."""
    size = np.abs(weights.astype(np.float32, copy=False).reshape(-1))
    if not size.size or not np.isfinite(size.max()):
        return None
    mean = float(size.mean())
    spread = math.sqrt(max(0.0, float(np.einsum("i,i->", size, size)) / size.size - mean**2))
    line = mean + OUTLIER_SIGMAS * spread
    is_outlier = size > line
    count = int(np.count_nonzero(is_outlier))
    largest = float(size.max())
    rest = float(size[~is_outlier].max(initial=0.0))
    return (count, largest, rest) if count and rest * OUTLIER_COST < largest and rest else None


def always_zero(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """A layer that gave nothing but 0 on all pictures: its range is unknown."""
    tensor = plan.tensors[step.outputs[0]]
    if tensor.params.scheme.is_quantized and tensor.low == tensor.high == 0:
        yield finding(plan, step, "always-zero")


def raw_picture(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """An input that looks like a picture without mean and std."""
    tensor = plan.tensors[step.outputs[0]]
    if step.op != "Input" or len(tensor.shape) != 4 or tensor.shape[1] not in _PICTURE_CHANNELS:
        return
    low, high = tensor.alone
    if max(-low, high) > _RAW_PICTURE:
        ways = tuple(Normalize(named_input(plan, step), least, 1.0) for least in (0.0, -1.0))
        yield finding(plan, step, "raw-picture", remedies=ways, low=low, high=high)


def named_input(plan: QuantPlan, step: Step) -> str:
    """The input `step` is, as preprocessing names it: "" where there is no other."""
    return step.outputs[0] if len(plan.graph.inputs) > 1 else ""


def slow_float(plan: QuantPlan) -> Iterator[Finding]:
    """Convolutions in float: RV1126 has no fp16 engine, its shader computes them one by one."""
    found = [
        plan.graph.head(step.name)
        for step in plan.steps
        if step.layers and step.op in _MAC_OPS and plan.scheme[step.name] is QuantScheme.FLOAT
    ]
    for layer in dict.fromkeys(found):
        yield Finding(layer, "slow-float", remedies=(SetScheme((layer,), QuantScheme.I16),))


RANGE_RULES: tuple[Rule, ...] = (
    unlike_ranges, mixed_concat, clipped_sigmoid, weight_outliers, always_zero, raw_picture,
)  # fmt: skip
NETWORK_RULES: tuple[Callable[[QuantPlan], Iterator[Finding]], ...] = (slow_float,)

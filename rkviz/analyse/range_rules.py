"""Rules on ranges and types: where codes are wasted, clipped, or computed the slow way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import numpy as np

from rkviz.analyse.finding import Finding
from rkviz.analyse.operator_rules import Rule, finding, in_8_bits
from rkviz.graph.model import Array, Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.plan import QuantPlan, Reason, Step
from rkviz.quantize.ranges import SIGMOID_LIMIT

UNLIKE_RANGES = 16.0
"""Ranges of a concat this far apart leave the narrow one at most 4 of its 8 bits."""
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
            f"It joins ranges that differ {ratio:.0f} times: {narrow} keeps about "
            f"{max(0.0, 8 - np.log2(ratio)):.1f} of its 8 bits beside {wide}.",
            "Scale one of them in the network, give them outputs of their own, or use i16.",
        )  # fmt: skip


def mixed_concat(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """A concat whose inputs come in different types; boards have refused such models."""
    if step.op != "Concat":
        return
    node = plan.graph.by_name[step.name]
    types = {plan.scheme[plan.graph.producer[value].name] for value in plan.graph.data_inputs(node)}
    if len(types) > 1:
        badges = ", ".join(sorted(scheme.short for scheme in types))
        yield finding(
            plan, step, "mixed-concat",
            f"Its inputs are computed in different types ({badges}); boards have refused models "
            "whose concat inputs differ in their parameters.",
            "Give the layers in front of it one type.",
        )  # fmt: skip


def clipped_sigmoid(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """A sigmoid whose input the toolkit clips."""
    if step.op != "Sigmoid" or not step.inputs:
        return
    fed = plan.tensors[step.inputs[0]]
    if fed.reason is Reason.SIGMOID:
        below = 1 / (1 + np.exp(SIGMOID_LIMIT))
        lost = [f"below {below:.4f}"] if fed.alone[0] < fed.low else []
        lost += [f"above {1 - below:.4f}"] if fed.alone[1] > fed.high else []
        yield finding(
            plan, step, "clipped-sigmoid",
            f"As the toolkit does, its input is clipped from {fed.alone[0]:.3g} .. "
            f"{fed.alone[1]:.3g} to {fed.low:.3g} .. {fed.high:.3g}: scores "
            f"{' or '.join(lost)} come out alike.",
            "Where such scores matter, run the sigmoid and the layer before it in i16.",
        )  # fmt: skip


def weight_outliers(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """A few weights that widen the range of all others."""
    node = plan.graph.by_name[step.name]
    if step.op not in _MAC_OPS or not in_8_bits(plan, step) or len(node.inputs) < 2:
        return
    found = _outliers_of(plan.graph).get(node.inputs[1])
    if found is not None:
        count, largest, rest = found
        many = f"{count} weights reach" if count > 1 else "one weight reaches"
        yield finding(
            plan, step, "weight-outliers",
            f"{many} {largest:.3g} where all others stay within {rest:.3g}: the range is "
            f"{largest / rest:.1f} times as wide as they need.",
            "Clip or retrain them, equalize the channels, or run the layer in i16.",
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
        yield finding(
            plan, step, "always-zero",
            "It gives nothing but 0 on all calibration pictures, so other pictures saturate.",
            "Add pictures that reach it, or set its range by hand.",
        )  # fmt: skip


def raw_picture(plan: QuantPlan, step: Step) -> Iterator[Finding]:
    """An input that looks like a picture without mean and std."""
    tensor = plan.tensors[step.outputs[0]]
    if step.op != "Input" or len(tensor.shape) != 4 or tensor.shape[1] not in _PICTURE_CHANNELS:
        return
    low, high = tensor.alone
    if max(-low, high) > _RAW_PICTURE:
        yield finding(
            plan, step, "raw-picture",
            f"The first layer sees numbers from {low:.3g} to {high:.3g}.",
            "Set mean and std unless the network was trained on such numbers.",
        )  # fmt: skip


def slow_float(plan: QuantPlan) -> Iterator[Finding]:
    """Convolutions in float: RV1126 has no fp16 engine, its shader computes them one by one."""
    found = [
        plan.graph.head(step.name)
        for step in plan.steps
        if step.layers and step.op in _MAC_OPS and plan.scheme[step.name] is QuantScheme.FLOAT
    ]
    for layer in dict.fromkeys(found):
        yield Finding(
            layer, "slow-float",
            "It runs in fp16, for which the chip has no convolution engine: the shader computes "
            "it, far more slowly.",
            "Try i16 first, which is nearly as exact.",
        )  # fmt: skip


RANGE_RULES: tuple[Rule, ...] = (
    unlike_ranges, mixed_concat, clipped_sigmoid, weight_outliers, always_zero, raw_picture,
)  # fmt: skip
NETWORK_RULES: tuple[Callable[[QuantPlan], Iterator[Finding]], ...] = (slow_float,)

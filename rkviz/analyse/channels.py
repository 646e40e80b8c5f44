"""What one range for all channels costs each of them: weights and biases of a layer by channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.code_rules import channel_axis
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import quantize
from rkviz.quantize.plan import QuantPlan, Reason, Step

Numbers = NDArray[np.float64]

_WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm"})
_LOST = 0.5
"""A bias of less than this many steps becomes 0."""


@dataclass(frozen=True, eq=False)
class Channels:
    """Weights of each output channel, in order: smallest and largest (0 need not lie between),
    and how many codes of the tensor's lie from one to the other. `low` .. `high` is the range all
    of them share. `biases` are real numbers, () without; `bias_step` what one code of them is.
    """

    lows: Numbers
    highs: Numbers
    codes: NDArray[np.int64]
    params: QuantParams
    low: float
    high: float
    biases: Numbers
    bias_step: float
    reason: Reason
    """Why the weights have these parameters."""

    @property
    def every(self) -> int:
        """How many codes there are; 0 for float."""
        return 1 << self.params.scheme.bits if self.params.scheme.is_quantized else 0

    @property
    def bits(self) -> Numbers:
        """log2 of the codes that each channel uses."""
        return np.log2(np.maximum(self.codes, 1))

    @property
    def bias_codes(self) -> Numbers:
        """Biases counted in their steps."""
        return np.abs(self.biases) / self.bias_step if self.bias_step else self.biases

    @property
    def lost_biases(self) -> int:
        """Biases that are not 0 and become 0."""
        codes = self.bias_codes
        return int(np.count_nonzero((codes < _LOST) & (self.biases != 0)))


def channels_of(
    plan: QuantPlan,
    layer: str,
    weight: NDArray[np.generic] | None = None,
    bias: NDArray[np.generic] | None = None,
) -> Channels | None:
    """Channels of the weights of `layer`; None for a layer without, or on the CPU.

    `weight` and `bias` take the place of the network's own where a repair made others.
    """
    step = plan.step_of.get(layer)
    if step is None or step.op not in _WEIGHTED:
        return None
    node = plan.graph.by_name[step.name]
    own = plan.graph.constants.get(node.inputs[1]) if weight is None else weight
    if own is None:
        return None
    tensor = plan.tensors[step.inputs[1]]
    axis = channel_axis(node)
    rows = np.moveaxis(own, axis, 0).reshape(own.shape[axis], -1)
    lows, highs = (np.asarray(end, np.float64) for end in (rows.min(axis=1), rows.max(axis=1)))
    codes = np.zeros(lows.size, np.int64)
    if tensor.params.scheme.is_quantized:
        first, last = (quantize(end, tensor.params).astype(np.int64) for end in (lows, highs))
        codes = last - first + 1
    biases, bias_step = _biases(plan, step, bias)
    shared = tensor.params, tensor.low, tensor.high
    return Channels(lows, highs, codes, *shared, biases, bias_step, tensor.reason)


def _biases(
    plan: QuantPlan, step: Step, repaired: NDArray[np.generic] | None
) -> tuple[Numbers, float]:
    """Real biases of `step`, and what one code of them is; none of both where it has none."""
    inputs = plan.graph.by_name[step.name].inputs
    name = inputs[2] if len(inputs) > 2 else ""
    given = plan.graph.constants.get(name) if repaired is None else repaired
    if not name or given is None:
        return np.zeros(0), 0.0
    params = plan.tensors[step.inputs[2]].params
    step_size = params.scale if params.scheme.is_quantized else 0.0
    return given.reshape(-1).astype(np.float64), step_size

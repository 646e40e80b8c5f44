"""From an accumulator of the NN engine to codes: wrap, multiply, round, clip (rule 4.1.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import Codes, Kernel, Operand, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, f32_product, f32_ratio, wrap
from rkviz.quantize.plan import Step
from rkviz.target import TARGETS

Product = Callable[[Float64, Float64], Float64]
"""A matrix product in float64, stacked as numpy's matmul stacks."""


class Accumulate(Protocol):
    """The accumulators of a step before they wrap; FLOAT: the real sums."""

    def __call__(
        self, step: Step, inputs: Sequence[Operand | None], product: Product = ...
    ) -> Float64: ...


ACCUMULATOR_BITS = TARGETS["rv1126"].accumulator_bits


def multiplier(sx: float, sw: float, so: float) -> float:
    """M = f32(f32(sx * sw) / so), with the full 23-bit mantissa."""
    return f32_ratio(f32_product(sx, sw), so)


def with_bias(acc: Float64, bias: Operand | None, channel_axis: int) -> Float64:
    """`acc` plus one bias code per channel. Sums of codes are exact below 2**53."""
    if bias is None:
        return acc
    shape = [1] * acc.ndim
    shape[channel_axis] = -1
    return acc + bias.codes.astype(np.float64).reshape(shape)


def from_accumulator(
    acc: Float64, x: Operand, w: Operand, out: QuantParams, activation: str
) -> Codes:
    """q = clip(RNE(acc * M) + zo) of an integer-valued `acc` = bias + sum (x-zx)(w-zw).

    The accumulator wraps: 32 bits signed for 8-bit codes, 48 for 16-bit ones. FLOAT: `acc` is the
    real sum and gets one rounding to fp16 (open: the chip is one ulp off in about 1 % of the
    values of kernels larger than 1x1). acc * M is taken in float64, exact while |acc| < 2**29.
    """
    if not x.params.scheme.is_quantized:
        return activated(acc / out.scale, out, activation)
    if filling(acc, x) >= 1.0:
        bits = ACCUMULATOR_BITS[x.params.scheme.bits]
        acc = wrap(acc.astype(np.int64), bits).astype(np.float64)
    return activated(acc * multiplier(x.params.scale, w.params.scale, out.scale), out, activation)


def filling(acc: Float64, x: Operand) -> float:
    """Largest |acc| over what the accumulator for the codes of `x` holds: from 1 on it wraps.

    2**31 for 8-bit codes, 2**47 for 16-bit ones. 0 for FLOAT, which has no integer accumulator.
    """
    if not x.params.scheme.is_quantized:
        return 0.0
    largest = float(max(acc.max(initial=0), -acc.min(initial=0)))
    return largest / 2.0 ** (ACCUMULATOR_BITS[x.params.scheme.bits] - 1)


def accumulating(accumulate: Accumulate) -> Kernel:
    """The kernel that turns what `accumulate` gives for inputs x and w into codes."""

    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        return [stored(step, accumulate(step, inputs), inputs, outputs[0])]

    kernel.__doc__ = accumulate.__doc__
    return kernel


def stored(step: Step, acc: Float64, inputs: Sequence[Operand | None], out: QuantParams) -> Codes:
    """`from_accumulator` for the first two inputs and the activation of `step`."""
    return from_accumulator(acc, present(inputs, 0), present(inputs, 1), out, step.activation)

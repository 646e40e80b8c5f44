"""Reductions: mean, sum and product in float (shader), max and min on codes with a conversion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.convert import requantise
from rkviz.emulate.reference.operand import Codes, Kernel, Operand, integer, ints, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import round_to_codes
from rkviz.quantize.plan import Step


def _axes(step: Step, rank: int) -> tuple[int, ...]:
    """The axes reduced; none given means all."""
    return ints(step.attrs, "axes", tuple(range(rank))) or tuple(range(rank))


def _float_kernel(reduction: Callable[..., np.ndarray]) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        """RNE of the real result in steps of the output's scale."""
        x = present(inputs, 0)
        axes, keep = _axes(step, x.codes.ndim), integer(step.attrs, "keepdims", 1) == 1
        steps = reduction(x.shifted, axis=axes, keepdims=keep) * (x.params.scale / outputs[0].scale)
        return [activated(steps, outputs[0], step.activation)]

    return kernel


def _code_kernel(reduction: Callable[..., np.ndarray]) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        """The exact code, then the conversion of the TP."""
        x = present(inputs, 0)
        axes, keep = _axes(step, x.codes.ndim), integer(step.attrs, "keepdims", 1) == 1
        codes = reduction(x.codes, axis=axes, keepdims=keep)
        return [requantise(codes, x.params, outputs[0])]

    return kernel


reduce_mean = _float_kernel(np.mean)
reduce_sum = _float_kernel(np.sum)
reduce_max = _code_kernel(np.max)
reduce_min = _code_kernel(np.min)


def reduce_prod(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """Product of the real values; open: float, RNE."""
    x, out = present(inputs, 0), outputs[0]
    axes, keep = _axes(step, x.codes.ndim), integer(step.attrs, "keepdims", 1) == 1
    return [round_to_codes(np.prod(x.real, axis=axes, keepdims=keep) / out.scale, out)]


def cumulative_sum(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX CumSum along the constant axis of the second input; open: float, RNE.

    `reverse` sums from the end, `exclusive` leaves the element itself out.
    """
    x, out = present(inputs, 0), outputs[0]
    axis = int(present(inputs, 1).codes.reshape(-1)[0])
    values = x.shifted
    ordered = np.flip(values, axis) if integer(step.attrs, "reverse") else values
    sums = np.cumsum(ordered, axis=axis)
    if integer(step.attrs, "exclusive"):
        sums = sums - ordered
    sums = np.flip(sums, axis) if integer(step.attrs, "reverse") else sums
    return [round_to_codes(sums * (x.params.scale / out.scale), out)]

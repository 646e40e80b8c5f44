"""Softmax and LogSoftmax on the shader: float32 maths, RNE."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.operand import Codes, Operand, integer, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import FP16_SMALLEST_NORMAL, round_to_codes
from rkviz.quantize.plan import Step


def softmax(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """exp(x - max) / sum over one axis; an fp16 result below 2**-14 becomes 0."""
    x, out = present(inputs, 0), outputs[0]
    axis = integer(step.attrs, "axis", -1)
    real = x.real
    powers = np.exp(real - real.max(axis=axis, keepdims=True))
    share = powers / powers.sum(axis=axis, keepdims=True)
    if not out.scheme.is_quantized:
        share = np.where(share < FP16_SMALLEST_NORMAL, 0.0, share)
    return [round_to_codes(share / out.scale, out)]


def log_softmax(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """x - max - log(sum(exp(x - max))) over one axis; open: float, RNE."""
    x, out = present(inputs, 0), outputs[0]
    axis = integer(step.attrs, "axis", -1)
    below = x.real - x.real.max(axis=axis, keepdims=True)
    logarithm = below - np.log(np.exp(below).sum(axis=axis, keepdims=True))
    return [round_to_codes(logarithm / out.scale, out)]

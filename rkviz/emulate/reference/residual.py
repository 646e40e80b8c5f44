"""The residual add of the NN engine (4.1.3): both inputs come from NN operations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import Codes, Operand, present
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import Float64, f32_ratio
from rkviz.quantize.plan import Step


def residual_add(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """Sum of two tensors, a following relu fused into it.

    u8: ws = f32(max(s1, s2) / 255), w1 = RNE(s1 / ws), w2 = RNE(s2 / ws),
    acc = w1 (q1 - z1) + w2 (q2 - z1) + RNE((z1 - z2) s2 / ws),
    q = clip(RNE(acc f32(ws / so)) + zo).
    Both inputs are taken against the first one's zero point; the difference goes into the bias.
    Fixed point: one RNE of the real sum.
    """
    first, second = present(inputs, 0), present(inputs, 1)
    out = outputs[0]
    if all(p.scheme is QuantScheme.U8 for p in (first.params, second.params, out)):
        values = _affine_steps(first, second, out)
    else:
        values = (first.real + second.real) / out.scale
    return [activated(values, out, step.activation)]


def _affine_steps(first: Operand, second: Operand, out: QuantParams) -> Float64:
    s1, s2 = first.params.scale, second.params.scale
    z1, z2 = first.params.zero_point, second.params.zero_point
    ws = f32_ratio(max(s1, s2), 255.0)
    w1, w2 = np.rint(s1 / ws), np.rint(s2 / ws)
    bias = np.rint((z1 - z2) * s2 / ws)
    against_first = second.codes.astype(np.float64) - z1
    return (w1 * first.shifted + w2 * against_first + bias) * f32_ratio(ws, out.scale)

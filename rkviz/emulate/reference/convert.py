"""Conversions of the TP (4.2): requantise, type converters, concat inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.operand import Codes, Operand, integer, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, f32_ratio, r16, round_to_codes, tp_to_fp16
from rkviz.quantize.plan import Step


def tp_multiplier(source: QuantParams, target: QuantParams) -> float:
    """M = r16(f32(f32(sx) / f32(so)))."""
    return float(r16(np.array(f32_ratio(source.scale, target.scale))))


def tp_store(scaled: Float64, target: QuantParams) -> Codes:
    """Codes of TP numbers that count steps of the scale: q = clip(RNE(r16(p + zo))).

    The zero point is added as a TP number, before the last rounding. FLOAT: 11 significant bits.
    """
    if not target.scheme.is_quantized:
        return tp_to_fp16(scaled)
    without_zero_point = QuantParams(target.scheme)
    shifted = r16(scaled + target.zero_point) if target.zero_point else scaled
    codes = round_to_codes(shifted, without_zero_point)
    return np.where(np.isnan(scaled), target.zero_point, codes).astype(codes.dtype)


def requantise(codes: Codes, source: QuantParams, target: QuantParams) -> Codes:
    """`codes` of `source` in the type and parameters of `target`; equal ones are a copy.

    p = r16((x - zx) * M), then `tp_store`.
    """
    if source == target:
        return codes
    scaled = r16(Operand(codes, source).shifted * tp_multiplier(source, target))
    return tp_store(scaled, target)


def convert(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """A converter between types or parameters."""
    del step
    x = present(inputs, 0)
    return [requantise(x.codes, x.params, outputs[0])]


def concat(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX Concat: every input requantised to the output's parameters, then joined."""
    parts = [
        requantise(operand.codes, operand.params, outputs[0])
        for operand in inputs
        if operand is not None
    ]
    return [np.concatenate(parts, axis=integer(step.attrs, "axis", 1))]

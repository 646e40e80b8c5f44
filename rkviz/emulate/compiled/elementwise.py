"""Two operands of 16 bits: the shader's float32 arithmetic in place; fp16 by way of float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled import lookup
from rkviz.emulate.compiled.program import Codes, Program, given
from rkviz.emulate.reference.activation import activated
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import f32_product, f32_ratio
from rkviz.quantize.plan import Step, TensorPlan
from rkviz.target import Engine

Real = NDArray[np.floating[Any]]
Combine = Callable[[Codes, Codes], Real]

_FLOAT32 = np.finfo(np.float32)


def pair(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """Add, Sub or Mul: by table where both operands have 8 bits, else by `combined`."""
    table = lookup.binary(step, inputs, outputs)
    if table is not None:
        return table
    if len(inputs) != 2 or inputs[0] is None or inputs[1] is None:
        return None
    out = outputs[0].params
    combine = _combined(step, inputs[0].params, inputs[1].params, out)
    if combine is None:
        return None
    low, high = activated(np.array([-np.inf, np.inf]), out, step.activation).astype(np.float64)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        values = combine(given(codes, 0), given(codes, 1))
        if out.scheme.is_quantized:
            np.rint(values, out=values)
            if out.zero_point:
                values += values.dtype.type(out.zero_point)
        np.clip(values, low, high, out=values)
        return [values.astype(out.scheme.dtype)]

    return program


def _combined(step: Step, a: QuantParams, b: QuantParams, out: QuantParams) -> Combine | None:
    """Steps of the output's scale (FLOAT: real values) from two codes, in a new array."""
    if {p.scheme.is_quantized for p in (a, b, out)} != {out.scheme.is_quantized}:
        return None
    if not out.scheme.is_quantized:
        return _OF_FP16[step.op]
    if step.op == "Mul":
        return _product(a, b, out)
    if step.op == "Add" and step.engine is Engine.NN:
        return _ideal_sum(a, b, out)
    return _sum(a, b, out, 1.0 if step.op == "Add" else -1.0)


def _sum(a: QuantParams, b: QuantParams, out: QuantParams, sign: float) -> Combine | None:
    """f32(A * f32(sa / so)) +- f32(B * f32(sb / so))"""
    ratios = [f32_ratio(p.scale, out.scale) for p in (a, b)]
    if not all(_is_float32(ratio) for ratio in ratios):
        return None
    # The sign of a product is exact, so it may come first.
    left, right = np.float32(ratios[0]), np.float32(sign * ratios[1])

    def combine(x: Codes, y: Codes) -> Real:
        return _scaled(x, a, left) + _scaled(y, b, right)

    return combine


def _product(a: QuantParams, b: QuantParams, out: QuantParams) -> Combine | None:
    """f32(f32(A * B) * f32(f32(sa * sb) / so))"""
    factor = f32_ratio(f32_product(a.scale, b.scale), out.scale)
    if not _is_float32(factor):
        return None

    def combine(x: Codes, y: Codes) -> Real:
        values = _scaled(x, a, None) * _scaled(y, b, None)
        values *= np.float32(factor)
        return values

    return combine


def _ideal_sum(a: QuantParams, b: QuantParams, out: QuantParams) -> Combine | None:
    """(A sa + B sb) / so in float64."""

    def combine(x: Codes, y: Codes) -> Real:
        values = (x.astype(np.float64) - a.zero_point) * a.scale
        values = values + (y.astype(np.float64) - b.zero_point) * b.scale
        values /= out.scale
        return values

    return combine


def _scaled(codes: Codes, params: QuantParams, factor: np.float32 | None) -> NDArray[np.float32]:
    values = codes.astype(np.float32)
    if params.zero_point:
        values -= np.float32(params.zero_point)
    if factor is not None:
        values *= factor
    return values


def _is_float32(value: float) -> bool:
    """Whether a factor times any two codes stays an ordinary float32."""
    return float(_FLOAT32.tiny) <= value <= 2.0**64


def _fp16(function: Callable[[Real, Real], Real]) -> Combine:
    """float32 has more than twice the digits of fp16: rounding twice is rounding once."""
    return lambda x, y: function(x.astype(np.float32), y.astype(np.float32))


_OF_FP16 = {"Add": _fp16(np.add), "Sub": _fp16(np.subtract), "Mul": _fp16(np.multiply)}

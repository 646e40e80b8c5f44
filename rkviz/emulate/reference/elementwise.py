"""Shader arithmetic on two tensors (4.4): add, sub, mul, div, max, min; PRelu.

float32 maths with broadcast; the two inputs and the output may have three different types.
A = qa - za, and for FLOAT A is the value with sa = 1. A result beyond fp16 becomes +-65504, as in
the TP (open: none was measured on the shader).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import Codes, Kernel, Operand, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, f32_product, f32_ratio
from rkviz.quantize.plan import Step

Float32 = NDArray[np.float32]
Formula = Callable[[Operand, Operand, QuantParams], Float64]


def _f32(values: NDArray[np.generic] | float) -> Float32:
    return np.asarray(values, np.float32)


def _sum(a: Operand, b: Operand, out: QuantParams, sign: float) -> Float64:
    """f32(A * f32(sa / so)) +- f32(B * f32(sb / so)). FLOAT: exact, one rounding to fp16."""
    if not out.scheme.is_quantized:
        return a.real + sign * b.real
    left = _f32(a.shifted) * _f32(f32_ratio(a.params.scale, out.scale))
    right = _f32(b.shifted) * _f32(f32_ratio(b.params.scale, out.scale))
    return (left + _f32(sign) * right).astype(np.float64)


def _add(a: Operand, b: Operand, out: QuantParams) -> Float64:
    return _sum(a, b, out, 1.0)


def _sub(a: Operand, b: Operand, out: QuantParams) -> Float64:
    return _sum(a, b, out, -1.0)


def _mul(a: Operand, b: Operand, out: QuantParams) -> Float64:
    """f32(f32(A * B) * f32(f32(sa * sb) / so)). FLOAT: exact."""
    if not out.scheme.is_quantized:
        return a.real * b.real
    factor = f32_ratio(f32_product(a.params.scale, b.params.scale), out.scale)
    return (_f32(a.shifted) * _f32(b.shifted) * _f32(factor)).astype(np.float64)


def _div(a: Operand, b: Operand, out: QuantParams) -> Float64:
    """f32(f32(A / B) * f32(f32(sa / sb) / so)); x / 0 saturates, 0 / 0 is 0. FLOAT: exact."""
    if not out.scheme.is_quantized:
        quotient = a.real / b.real
    else:
        factor = f32_ratio(f32_ratio(a.params.scale, b.params.scale), out.scale)
        quotient = (_f32(a.shifted) / _f32(b.shifted) * _f32(factor)).astype(np.float64)
    return np.where(np.isnan(quotient), 0.0, quotient)


def _steps(real: Float64, out: QuantParams) -> Float64:
    """Real values in steps of the output's scale: f32(real) / so in float32."""
    if not out.scheme.is_quantized:
        return real
    return (_f32(real) / _f32(out.scale)).astype(np.float64)


def _kernel(formula: Formula) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            values = formula(present(inputs, 0), present(inputs, 1), outputs[0])
        return [activated(values, outputs[0], step.activation)]

    kernel.__doc__ = formula.__doc__
    return kernel


def _extreme(choose: Callable[[Float64, Float64], Float64]) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        """RNE(choice of the real values / so) + zo, over any number of inputs."""
        real = [operand.real for operand in inputs if operand is not None]
        chosen = _steps(reduce(choose, real), outputs[0])
        return [activated(chosen, outputs[0], step.activation)]

    return kernel


add = _kernel(_add)
sub = _kernel(_sub)
mul = _kernel(_mul)
div = _kernel(_div)
maximum = _extreme(np.maximum)
minimum = _extreme(np.minimum)


def _prelu(x: Operand, slope: Operand, out: QuantParams) -> Float64:
    """x for x > 0, else x * slope, in steps of the scale: (q - zx) sx slope / so."""
    real = x.real
    negative = real * slope.real
    return np.where(real > 0, real, negative) / out.scale


prelu = _kernel(_prelu)

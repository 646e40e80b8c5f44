"""The activation functions as the vendor's library evaluates them before it builds a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.numerics.arithmetic import Float64

Real = Callable[[Float64], Float64]
Float32 = NDArray[np.float32]


def _f32(values: Float64 | float) -> Float32:
    return np.asarray(values, np.float32)


def sigmoid(x: Float64) -> Float64:
    """1 / (1 + exp(-x)) in float64."""
    return 1.0 / (1.0 + np.exp(-x))


def swish(x: Float64) -> Float64:
    """x / f32(1 + f32(exp(-x))), all of it in float32.

    Of the 8-bit codes at random scales 3 in 100 000 would differ with x in float64.
    """
    single = _f32(x)
    below = _f32(1.0) + _f32(np.exp(-single.astype(np.float64)))
    return (single / below).astype(np.float64)


def hard_swish(x: Float64) -> Float64:
    """x * clip(x + 3, 0, 6) / 6."""
    return x * np.clip(x + 3.0, 0.0, 6.0) / 6.0


def square(x: Float64) -> Float64:
    """x * x."""
    return x * x


def relu6(x: Float64) -> Float64:
    """min(max(x, 0), 6)."""
    return np.clip(x, 0.0, 6.0)


def elu(alpha: float) -> Real:
    """x, or alpha * (f32(exp x) - 1) for x < 0."""

    def function(x: Float64) -> Float64:
        below = _f32(alpha) * (_f32(np.exp(np.minimum(x, 0.0))) - _f32(1.0))
        return np.where(x > 0, _f32(x), below).astype(np.float64)

    return function


def mish() -> Real:
    """x * tanh(f32(log(f32(1 + f32(exp x)))))."""

    def function(x: Float64) -> Float64:
        softplus = _f32(np.log((_f32(1.0) + _f32(np.exp(x))).astype(np.float64)))
        return _f32(x * np.tanh(softplus.astype(np.float64))).astype(np.float64)

    return function


def hard_sigmoid(alpha: float, beta: float) -> Real:
    """clip(alpha * x + beta, 0, 1)."""

    def function(x: Float64) -> Float64:
        line = _f32(alpha) * _f32(x) + _f32(beta)
        return np.clip(line, 0.0, 1.0).astype(np.float64)

    return function


def clip(low: float, high: float) -> Real:
    """min(max(x, low), high), the bounds in float32."""

    def function(x: Float64) -> Float64:
        return np.clip(_f32(x), _f32(low), _f32(high)).astype(np.float64)

    return function


def gelu(approximate: str) -> Real:
    """f32(.5 x (1 + f32(tanh(f32(.7978845608 (x + .044715 x**3)))))), or with erf.

    The erf form is open: 93 of 1 179 648 codes differ on the chip.
    """

    def tanh_form(x: Float64) -> Float64:
        inner = _f32(0.7978845608 * (x + 0.044715 * x**3))
        bracket = 1.0 + _f32(np.tanh(inner.astype(np.float64))).astype(np.float64)
        return _f32(0.5 * x * bracket).astype(np.float64)

    def erf_form(x: Float64) -> Float64:
        erf = np.array([math.erf(value / math.sqrt(2.0)) for value in np.ravel(x)])
        return _f32(0.5 * x * (1.0 + _f32(erf).astype(np.float64).reshape(x.shape))).astype(
            np.float64
        )

    return tanh_form if approximate == "tanh" else erf_form


NODE_FUNCTIONS: Mapping[str, Real] = {
    "Sigmoid": sigmoid,
    "Swish": swish,
    "HardSwish": hard_swish,
    "Relu6": relu6,
    "Square": square,
}
"""Functions the nodes of the table are taken from directly."""

CHORD_FUNCTIONS: Mapping[str, Callable[..., Real]] = {
    "Elu": elu,
    "Mish": mish,
    "HardSigmoid": hard_sigmoid,
    "Clip": clip,
    "Gelu": gelu,
}
"""Functions the library first samples itself; made from the attributes of the operator."""

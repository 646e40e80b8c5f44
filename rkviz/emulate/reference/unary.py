"""Functions of one tensor on the shader: float maths, RNE; and Neg in the TP.

Exact for exp and softplus on u8; on i16, and the others in general, not yet known (open).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.convert import tp_multiplier, tp_store
from rkviz.emulate.reference.operand import Codes, Kernel, Operand, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, r16
from rkviz.quantize.plan import Step


def _kernel(function: Callable[[Float64], Float64]) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        x, out = present(inputs, 0), outputs[0]
        with np.errstate(over="ignore", divide="ignore"):
            return [activated(function(x.real) / out.scale, out, step.activation)]

    kernel.__doc__ = function.__doc__
    return kernel


def _softplus(x: Float64) -> Float64:
    """log(1 + exp(x))"""
    return np.logaddexp(0.0, x)


def _sqrt(x: Float64) -> Float64:
    """Square root, open; 0 for negative x."""
    return np.sqrt(np.maximum(x, 0.0))


def _log(x: Float64) -> Float64:
    """Natural logarithm, open; saturates from 0 downwards."""
    return np.log(np.maximum(x, 0.0))


def _floor(x: Float64) -> Float64:
    """The next whole number below, open."""
    return np.floor(x)


def _round(x: Float64) -> Float64:
    """The nearest whole number, halves to the even one, open."""
    return np.rint(x)


def neg(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """-x as a conversion of the TP with the sign turned: p = r16(-(x - zx) * M), open."""
    del step
    x, out = present(inputs, 0), outputs[0]
    return [tp_store(r16(-x.shifted * tp_multiplier(x.params, out)), out)]


exp = _kernel(np.exp)
softplus = _kernel(_softplus)
sqrt = _kernel(_sqrt)
log = _kernel(_log)
floor = _kernel(_floor)
round_half_even = _kernel(_round)

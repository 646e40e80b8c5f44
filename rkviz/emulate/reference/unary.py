"""Exp, Softplus and Sqrt on the shader: float maths, RNE.

Exact for exp and softplus on u8; on i16, and sqrt in general, not yet known (open).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import Codes, Kernel, Operand, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64
from rkviz.quantize.plan import Step


def _kernel(function: Callable[[Float64], Float64]) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        x, out = present(inputs, 0), outputs[0]
        with np.errstate(over="ignore"):
            return [activated(function(x.real) / out.scale, out, step.activation)]

    return kernel


def _softplus(x: Float64) -> Float64:
    """log(1 + exp(x))"""
    return np.logaddexp(0.0, x)


def _sqrt(x: Float64) -> Float64:
    """Square root; 0 for negative x."""
    return np.sqrt(np.maximum(x, 0.0))


exp = _kernel(np.exp)
softplus = _kernel(_softplus)
sqrt = _kernel(_sqrt)

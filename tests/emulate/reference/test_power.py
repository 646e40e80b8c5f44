"""Pow: the square by table, every other exponent in float."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.reference import Operand
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import quantize
from rkviz.target import Engine
from tests.npu_vectors import run, step

U8 = QuantParams.affine(0.05, 100)
X = Operand(np.arange(256).astype(np.uint8), U8)


def exponent(value: float) -> Operand:
    return Operand(np.array([value], np.float32), QuantParams.floating())


@pytest.mark.parametrize("scheme", QuantScheme, ids=lambda s: s.short)
def test_the_square_by_table_is_near_the_square(scheme: QuantScheme) -> None:
    params, out = (params_from_range(scheme, *bounds) for bounds in ((-5.0, 7.0), (0.0, 49.0)))
    x = Operand(quantize(np.linspace(-5, 7, 999), params), params)
    result = Operand(run(step("Pow", Engine.TP), [x, exponent(2.0)], out), out)
    slack = out.scale * 1.01 if scheme.is_quantized else 2.0**-9 * x.real**2
    # A chord over a sixteenth of an octave is off by (1/16)**2 / 4 of the square.
    assert (np.abs(result.real - x.real**2) <= slack + x.real**2 * 2.0**-9 + 1e-3).all()


@pytest.mark.parametrize("power", [3.0, 0.5, -1.0, 1.7])
def test_other_powers_are_rounded_once(power: float) -> None:
    out = params_from_range(QuantScheme.U8, -10.0, 20.0)
    result = run(step("Pow", Engine.SHADER), [X, exponent(power)], out)
    with np.errstate(all="ignore"):
        exact = np.nan_to_num(np.power(X.real, power), posinf=np.inf)
    difference = Operand(result, out).real - np.clip(exact, out.low, out.high)
    assert np.abs(difference).max() <= out.scale * 0.5001

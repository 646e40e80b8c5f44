"""The quick quantization gives the codes of the definition, at ties, ends and beyond."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.emulate.compiled.quantize import Quantizer
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import quantize

PARAMS = [
    QuantParams.affine(0.0371, 93),
    QuantParams.affine(1.0, 0),
    QuantParams.affine(2.0**-20, 255),
    QuantParams.fixed_point(QuantScheme.I8, 5),
    QuantParams.fixed_point(QuantScheme.I8, 300),
    QuantParams.fixed_point(QuantScheme.I16, 11),
    QuantParams.fixed_point(QuantScheme.I16, -3),
    QuantParams.floating(),
]
QUANTIZERS = {params: Quantizer(params) for params in PARAMS}


def assert_same(real: np.ndarray, params: QuantParams) -> None:
    quick, exact = QUANTIZERS[params](real), quantize(real, params)
    assert quick.dtype == exact.dtype
    np.testing.assert_array_equal(quick, exact)


@pytest.mark.parametrize("params", PARAMS, ids=str)
def test_around_every_step(params: QuantParams) -> None:
    scale = params.scale if params.scale > 1e-30 else 1.0
    steps = (np.arange(-70_000, 70_000) / 2).astype(np.float32) * np.float32(scale)
    for near in (
        steps,
        np.nextafter(steps, np.float32(np.inf)),
        np.nextafter(steps, np.float32(0)),
    ):
        assert_same(near, params)


@pytest.mark.parametrize("params", PARAMS, ids=str)
@given(values=st.lists(st.floats(width=32, allow_nan=True), min_size=1, max_size=20))
def test_any_float32(params: QuantParams, values: list[float]) -> None:
    assert_same(np.array(values, np.float32), params)


@pytest.mark.parametrize("params", PARAMS, ids=str)
def test_odd_values(params: QuantParams) -> None:
    assert_same(np.array([math.nan, 1, math.inf, -math.inf, -0.0], np.float32), params)
    assert_same(np.array([1e-8, 6e-8, 3e-8, 5.9604645e-08, 65519, 65520, 3e38], np.float32), params)
    assert_same(np.zeros((0, 3), np.float32), params)

"""The quick sums are those of `error_sums` on dequantized codes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.analyse.sums import FloatSums
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import dequantize, quantize

PARAMS = (
    QuantParams.affine(0.03, 90),
    QuantParams.fixed_point(QuantScheme.I8, 4),
    QuantParams.fixed_point(QuantScheme.I16, 11),
    QuantParams.floating(),
)


def assert_same(quick: ErrorSums, exact: ErrorSums) -> None:
    assert (quick.count, quick.saturated) == (exact.count, exact.saturated)
    for name in ("reference_sq", "error_sq", "max_abs"):
        assert getattr(quick, name) == pytest.approx(getattr(exact, name), rel=4e-6, nan_ok=True)
    # A difference of the others: as far off as they are large.
    others = 4e-6 * (exact.reference_sq + exact.error_sq)
    assert quick.quantized_sq == pytest.approx(exact.quantized_sq, abs=others, nan_ok=True)
    lengths = math.sqrt(exact.reference_sq * exact.quantized_sq)
    assert quick.cross == pytest.approx(exact.cross, abs=max(others, 4e-6 * lengths), nan_ok=True)


@pytest.mark.parametrize("params", PARAMS, ids=str)
@pytest.mark.parametrize("size", [1, 7, 8192, 8193, 40_000, 100_001])
def test_any_size_and_type(params: QuantParams, size: int) -> None:
    values = np.random.default_rng(size).normal(size=size).astype(np.float32)
    codes = quantize(values, params)
    quick = FloatSums.of(values, -2.0, 2.5).against(codes, params)
    assert_same(quick, error_sums(values, dequantize(codes, params), -2.0, 2.5))


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30), st.integers(0, 2**32))
def test_whatever_the_codes(values: list[float], seed: int) -> None:
    t = np.array(values, np.float32)
    codes = np.random.default_rng(seed).integers(0, 256, t.shape).astype(np.uint8)
    params = QuantParams.affine(0.25, 30)
    assert_same(
        FloatSums.of(t, -7.625, 56.375).against(codes, params),
        error_sums(t, dequantize(codes, params), -7.625, 56.375),
    )


def test_the_cosine_keeps_its_digits_close_to_one() -> None:
    values = np.random.default_rng(1).normal(size=300_000).astype(np.float32)
    params = QuantParams.fixed_point(QuantScheme.I16, 12)
    codes = quantize(values, params)
    quick = FloatSums.of(values).against(codes, params)
    exact = error_sums(values, dequantize(codes, params))
    assert 1 - exact.cosine < 1e-8
    assert 1 - quick.cosine == pytest.approx(1 - exact.cosine, rel=1e-3)


def test_an_output_that_died_is_exactly_zero() -> None:
    values = np.random.default_rng(2).normal(size=50_000).astype(np.float32)
    sums = FloatSums.of(values).against(np.full(values.shape, 90, np.uint8), PARAMS[0])
    assert sums.quantized_sq == 0
    assert math.isnan(sums.cosine)


def test_a_tensor_against_itself() -> None:
    values = np.random.default_rng(3).normal(size=(3, 5, 7)).astype(np.float32)
    assert_same(FloatSums.of(values).unchanged, error_sums(values, values))
    assert FloatSums.of(values).unchanged.snr_db == math.inf


@pytest.mark.parametrize("odd", [math.nan, math.inf, 3e38])
def test_values_beyond_numbers_give_what_the_definition_gives(odd: float) -> None:
    values = np.ones(100, np.float32)
    values[3] = odd
    codes = np.full(100, 100, np.uint8)
    with np.errstate(all="ignore"):
        exact = error_sums(values, dequantize(codes, PARAMS[0]), -1.0, 1.0)
        quick = FloatSums.of(values, -1.0, 1.0).against(codes, PARAMS[0])
    assert_same(quick, exact)


@given(st.floats(-10, 10), st.floats(-10, 10, width=32))
def test_a_value_is_outside_just_when_the_definition_says_so(bound: float, value: float) -> None:
    t = np.array([value, np.nextafter(np.float32(bound), np.float32(99)), bound], np.float32)
    assert (
        FloatSums.of(t, bound, bound + 1).saturated == error_sums(t, t, bound, bound + 1).saturated
    )
    assert (
        FloatSums.of(t, bound - 1, bound).saturated == error_sums(t, t, bound - 1, bound).saturated
    )

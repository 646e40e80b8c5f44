"""The laws of rounding, saturation and TP numbers."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import (
    dequantize,
    f32_ratio,
    quantize,
    r16,
    r16h,
    round_to_codes,
    tp_to_fp16,
    wrap,
)
from tests.npu_vectors import FOLDER

ROUNDINGS = json.loads((FOLDER / "quantize_rounding.json").read_text())
U8 = st.builds(QuantParams.affine, st.floats(2**-20, 2**10, width=32), st.integers(0, 255))
FIXED = st.builds(
    QuantParams.fixed_point,
    st.sampled_from([QuantScheme.I8, QuantScheme.I16]),
    st.integers(-10, 20),
)


def all_codes(params: QuantParams) -> np.ndarray:
    return np.arange(params.scheme.qmin, params.scheme.qmax + 1).astype(params.scheme.dtype)


def params_of(text: str) -> QuantParams:
    """From `asym_u8 s=1 zp=128` or `dfp_i8 fl=0`."""
    scheme = QuantScheme.from_short(re.match(r"\w+_(\w+)", text)[1])
    numbers = dict(re.findall(r"(\w+)=(-?\d+)", text))
    if scheme is QuantScheme.U8:
        return QuantParams.affine(float(numbers["s"]), int(numbers["zp"]))
    return QuantParams.fixed_point(scheme, int(numbers["fl"]))


@pytest.mark.parametrize("row", ROUNDINGS, ids=lambda row: row["param"])
def test_measured_roundings(row: dict[str, list[float]]) -> None:
    assert quantize(np.array(row["x"]), params_of(row["param"])).tolist() == row["q"]


def test_rounding_comes_before_the_zero_point() -> None:
    assert quantize(np.array([0.5, 1.5]), QuantParams.affine(1.0, 1)).tolist() == [1, 3]


def test_what_is_not_a_number_becomes_the_zero_point() -> None:
    params = QuantParams.affine(0.1, 7)
    assert quantize(np.array([np.nan, np.inf, -np.inf]), params).tolist() == [7, 255, 0]


def test_the_scale_of_a_tensor_of_zeros_does_no_harm() -> None:
    params = QuantParams.fixed_point(QuantScheme.I8, 300)
    assert quantize(np.array([0.0, 1.0, -1.0]), params).tolist() == [0, 127, -128]
    assert dequantize(np.array([127], np.int8), params).tolist() == [0.0]
    assert f32_ratio(1.0, params.scale) == 2.0**300


@given(st.one_of(U8, FIXED))
def test_dequantize_then_quantize_is_the_identity(params: QuantParams) -> None:
    codes = all_codes(params)
    assert np.array_equal(quantize(dequantize(codes, params), params), codes)


@given(st.one_of(U8, FIXED), st.lists(st.floats(-1e5, 1e5, width=32), min_size=2))
def test_quantize_is_monotone(params: QuantParams, values: list[float]) -> None:
    codes = quantize(np.sort(np.array(values, np.float32)), params).astype(int)
    assert (np.diff(codes) >= 0).all()


def test_float_saturates_at_the_largest_fp16() -> None:
    params = QuantParams.floating()
    assert quantize(np.array([1e9, -1e9, 65519.0]), params).tolist() == [65504, -65504, 65504]


def test_fp16_is_rounded_once() -> None:
    # 2049 is a tie between 2048 and 2050; a detour over float32 would lose the sticky part.
    values = np.array([2049.0, 2049.0 + 2**-40])
    assert round_to_codes(values, QuantParams.floating()).tolist() == [2048, 2050]


@given(st.integers(-(2**16), 2**16))
def test_sixteen_bit_integers_are_tp_numbers(value: int) -> None:
    assert r16(np.array(float(value))) == value == r16h(np.array(float(value)))


@given(st.floats(-1e30, 1e30))
def test_a_tp_number_is_within_half_a_unit(value: float) -> None:
    for rounded in (r16(np.array(value)), r16h(np.array(value))):
        assert abs(float(rounded) - value) <= abs(value) * 2**-16
        assert r16(rounded) == rounded


def test_ties_of_tp_numbers() -> None:
    ties = np.array([65537.0, 65539.0, -65537.0])
    assert r16(ties).tolist() == [65536, 65540, -65536]
    assert r16h(ties).tolist() == [65538, 65540, -65538]


def test_the_tp_writes_small_fp16_as_signed_zero() -> None:
    written = tp_to_fp16(np.array([2.0**-14, 2.0**-15, -(2.0**-15), 1e6, -1e6]))
    assert written.tolist() == [2.0**-14, 0.0, 0.0, 65504.0, -65504.0]
    assert np.signbit(written).tolist() == [False, False, True, False, True]


@given(st.integers(-(2**61), 2**61), st.sampled_from([32, 48]))
def test_wrap_is_arithmetic_modulo(value: int, bits: int) -> None:
    wrapped = int(wrap(np.array([value]), bits)[0])
    assert -(2 ** (bits - 1)) <= wrapped < 2 ** (bits - 1)
    assert (wrapped - value) % 2**bits == 0

"""Ranges become parameters as the vendor's quantizer makes them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import dequantize, quantize
from tests.npu_vectors import FOLDER

RANGES = json.loads((FOLDER / "minmax_to_qparams.json").read_text())
BOUND = st.floats(-1e6, 1e6, width=32)


@pytest.mark.parametrize("row", RANGES, ids=lambda row: f"{row['min']}..{row['max']}")
def test_measured_ranges(row: dict[str, float | int | list[float]]) -> None:
    low, high = float(row["min"]), float(row["max"])
    scale, zero_point = row["u8"]
    assert params_from_range(QuantScheme.U8, low, high) == QuantParams.affine(scale, zero_point)
    for scheme in (QuantScheme.I8, QuantScheme.I16):
        assert params_from_range(scheme, low, high).fl == row[scheme.short]


def test_a_range_is_not_nudged() -> None:
    assert params_from_range(QuantScheme.U8, -1, 1) == QuantParams.affine(0.00784313772, 127)
    assert params_from_range(QuantScheme.U8, -2.5, 252.5) == QuantParams.affine(1.0, 2)


def test_four_itself_saturates_in_i8() -> None:
    params = params_from_range(QuantScheme.I8, -1.0, 4.0)
    assert params.fl == 5
    assert quantize(np.array([4.0, -4.0]), params).tolist() == [127, -128]


def test_fixed_point_does_not_round_its_range_to_float32_first() -> None:
    """The vendor's quantizer keeps such a range as it was given: 2.6, not 2.5999999."""
    assert params_from_range(QuantScheme.I16, 0.0, 4.0 + 1e-8).fl == 12
    assert params_from_range(QuantScheme.I16, 0.0, 4.0).fl == 13


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 0.0), (0.0, np.inf), (np.nan, 1.0), (-3e38, 3e38), (0.0, 1e300)]
)
def test_what_is_not_a_range_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="not a range"):
        params_from_range(QuantScheme.U8, low, high)


@given(BOUND, BOUND)
def test_zero_is_exact_and_the_ends_are_near(a: float, b: float) -> None:
    low, high = min(a, b, 0.0), max(a, b, 0.0)
    params = params_from_range(QuantScheme.U8, low, high)
    assert dequantize(quantize(np.zeros(1), params), params)[0] == 0
    slack = params.scale * 0.51 + abs(high - low) * 1e-6
    assert params.low - slack <= low
    assert high <= params.high + slack


@given(BOUND.filter(lambda x: x != 0), st.sampled_from([QuantScheme.I8, QuantScheme.I16]))
def test_fixed_point_is_as_fine_as_the_range_allows(bound: float, scheme: QuantScheme) -> None:
    params = params_from_range(scheme, min(bound, 0.0), max(bound, 0.0))
    power = params.scale * 2 ** (scheme.bits - 1)
    assert abs(bound) <= power < 2 * abs(bound)

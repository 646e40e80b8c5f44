"""The float32 multiplier is given exactly where float32 arithmetic places every step right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.emulate.compiled.requantise import Requantiser, float32_multiplier
from rkviz.emulate.reference.activation import activated
from rkviz.numerics import QuantParams, QuantScheme


def exact(acc: np.ndarray, multiplier: float, zero_point: int) -> np.ndarray:
    return np.clip(np.rint(acc * multiplier) + zero_point, 0, 255)


def in_float32(acc: np.ndarray, multiplier: np.float32, zero_point: int) -> np.ndarray:
    return np.clip(np.rint(acc.astype(np.float32) * multiplier) + zero_point, 0, 255)


multipliers = st.floats(2**-16, 4.0, width=32)
zero_points = st.integers(0, 255)


@given(multipliers, zero_points, st.integers(100, 30_000))
def test_a_proven_multiplier_is_right_for_every_accumulator(
    multiplier: float, zero_point: int, reach: int
) -> None:
    proven = float32_multiplier(multiplier, zero_point, -reach, reach)
    acc = np.arange(-reach, reach + 1, dtype=np.float64)
    if proven is not None:
        np.testing.assert_array_equal(
            in_float32(acc, proven, zero_point), exact(acc, multiplier, zero_point)
        )


@given(st.integers(-20, 2), zero_points)
def test_powers_of_two_are_always_proven(exponent: int, zero_point: int) -> None:
    assert float32_multiplier(2.0**exponent, zero_point, -(2**24), 2**24) == 2.0**exponent


def test_what_no_float32_can_do_is_not_proven() -> None:
    # 0.1 in float32 is a little above 0.1: 5 times it is above the tie, rounded it is the tie.
    multiplier = float(np.float32(0.1))
    assert np.rint(5 * multiplier) == 1
    assert np.rint(np.float32(5) * np.float32(0.1)) == 0
    proven = float32_multiplier(multiplier, 0, 0, 2550)
    assert proven is None or proven != np.float32(0.1)


def test_a_multiplier_outside_float32_is_not_proven() -> None:
    assert float32_multiplier(2.0**-160, 3, -1000, 1000) is None
    assert float32_multiplier(2.0**140, 3, -1000, 1000) is None


PARAMS = (
    QuantParams.affine(0.1, 77),
    QuantParams.affine(0.1, 0),
    QuantParams.fixed_point(QuantScheme.I8, 3),
)


@pytest.mark.parametrize("activation", ["", "Relu", "Relu6"])
@pytest.mark.parametrize("out", PARAMS, ids=str)
@given(
    st.one_of(st.floats(2**-22, 0.25, width=32), st.integers(-20, -1).map(lambda e: 2.0**e)),
    st.integers(1, 2**26),
    st.integers(0, 2**32 - 1),
)
def test_codes_of_sums_are_those_of_the_definition(
    out: QuantParams, activation: str, scale: float, reach: int, seed: int
) -> None:
    """Also where a whole number and a half meets: powers of two."""
    rng = np.random.default_rng(seed)
    bias = rng.integers(-reach, reach + 1, 4)
    sums = rng.integers(-reach, reach + 1, (2, 4, 3, 5)).astype(np.int32)
    steps = (np.arange(60).reshape(2, 2, 3, 5) - 20 + 0.5) / scale
    sums[:, :2] = np.clip(np.rint(steps) - bias[:2, np.newaxis, np.newaxis], -reach, reach)
    wanted = activated((sums + bias[:, np.newaxis, np.newaxis]) * float(scale), out, activation)
    made = Requantiser(bias, float(scale), out, activation, -2 * reach, 2 * reach)(sums)
    assert made.dtype == wanted.dtype
    np.testing.assert_array_equal(made, wanted)


def test_three_sums_weigh_what_their_bytes_weigh() -> None:
    rng = np.random.default_rng(4)
    sums = [rng.integers(-30_000, 30_000, (1, 3, 7, 7)).astype(np.int32) for _ in range(3)]
    out, bias = QuantParams.fixed_point(QuantScheme.I16, 8), np.array([5, -70_000, 1 << 33])
    total = (sums[0].astype(np.int64) * 65536 + sums[1] * 256 + sums[2]).astype(np.float64)
    wanted = activated((total + bias[:, np.newaxis, np.newaxis]) * 2.0**-17, out, "Relu")
    made = Requantiser(bias, 2.0**-17, out, "Relu", -(2**40), 2**40, (65536, 256, 1))(*sums)
    np.testing.assert_array_equal(made, wanted)

"""The float32 multiplier is given exactly where float32 arithmetic places every step right."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rkviz.emulate.compiled.requantise import float32_multiplier


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

"""Metrics of two tensors: what the toolkit prints, and what it hides."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rkviz.analyse.metrics import METRICS, ErrorSums, error_sums

tensors = arrays(np.float32, 24, elements=st.floats(-100, 100, width=32))


@given(tensors, tensors)
def test_sums_over_parts_add_up_to_the_sums_over_the_whole(t: np.ndarray, q: np.ndarray) -> None:
    whole = error_sums(t, q, -50, 50)
    parts = error_sums(t[:7], q[:7], -50, 50) + error_sums(t[7:], q[7:], -50, 50)
    assert (parts.count, parts.saturated, parts.max_abs) == (
        whole.count,
        whole.saturated,
        whole.max_abs,
    )
    for name in ("reference_sq", "quantized_sq", "cross", "error_sq"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-9)


@given(tensors, tensors)
def test_euclidean_norm_is_the_distance_of_the_unit_vectors(t: np.ndarray, q: np.ndarray) -> None:
    sums = error_sums(t, q)
    lengths = np.linalg.norm(t.astype(np.float64)), np.linalg.norm(q.astype(np.float64))
    if min(lengths) > 1e-3:
        expected = np.linalg.norm(t / lengths[0] - q / lengths[1])
        assert sums.euclidean_norm == pytest.approx(expected, abs=1e-5)


def test_known_numbers_of_the_toolkit() -> None:
    """Pairs of columns seen in real reports: euclidean_norm = sqrt(2 (1 - cosine))."""
    for cosine, euclidean in ((0.778624, 0.665396), (0.002773, 1.412251), (0.814144, 0.609682)):
        sums = ErrorSums(2, 1.0, 1.0, cosine)
        assert sums.euclidean_norm == pytest.approx(euclidean, abs=2e-6)


def test_an_output_that_died_is_nan_and_1_as_the_toolkit_prints() -> None:
    dead = error_sums(np.ones(4, np.float32), np.zeros(4, np.float32))
    assert math.isnan(dead.cosine)
    assert dead.euclidean_norm == 1.0
    assert dead.snr_db == 0.0


def test_equal_tensors_are_perfect_even_when_all_zero() -> None:
    for value in (0.0, 3.0):
        same = np.full(4, value, np.float32)
        assert error_sums(same, same).cosine == 1.0
        assert error_sums(same, same).snr_db == math.inf


def test_saturated_counts_what_lies_outside_the_codes() -> None:
    t = np.array([-2, -1, 0, 1, 2, 3], np.float32)
    assert error_sums(t, t, low=-1.0, high=2.0).saturated_share == pytest.approx(2 / 6)


def test_what_one_side_lacks_counts_as_zero() -> None:
    """How many boxes survive depends on the data, and on the codes."""
    t, q = np.array([3.0, 4.0], np.float32), np.array([3.0, 4.0, 12.0], np.float32)
    longer = error_sums(t, q)
    assert (longer.count, longer.error_sq, longer.cosine) == (3, 144.0, pytest.approx(5 / 13))
    assert error_sums(q, t).snr_db == pytest.approx(10 * math.log10(169 / 144))


def test_thresholds_go_from_good_to_bad() -> None:
    for metric in METRICS.values():
        ordered = sorted(metric.thresholds, reverse=metric.higher_is_better)
        assert list(metric.thresholds) == ordered

"""Histograms: merging is a law, growth of the range loses nothing, quantiles are right to a bin."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rkviz.calibrate.histogram import (
    MOST_BINS,
    Histogram,
    gather_histograms,
    observe_histogram,
)
from rkviz.errors import DatasetError

NUMBERS = st.one_of(
    st.floats(width=32), st.integers(-5, 5).map(float), st.sampled_from([np.nan, np.inf])
)
ARRAYS = hnp.arrays(np.float32, st.integers(0, 8), elements=NUMBERS)
FILLED = hnp.arrays(
    np.float32, st.integers(1, 200), elements=st.floats(-1e6, 1e6, width=32)
)  # fmt: skip


def same(a: Histogram, b: Histogram) -> bool:
    facts = [(h.exponent, h.first, h.low, h.high, h.bad) for h in (a, b) if h.total or h.bad]
    return (not facts or facts[0] == facts[-1]) and np.array_equal(a.counts, b.counts)


class TestMerge:
    @given(ARRAYS, ARRAYS)
    def test_commutative(self, a: np.ndarray, b: np.ndarray) -> None:
        assert same(
            observe_histogram(a).merge(observe_histogram(b)),
            observe_histogram(b).merge(observe_histogram(a)),
        )

    @given(ARRAYS, ARRAYS, ARRAYS)
    def test_associative(self, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
        first, second, third = map(observe_histogram, (a, b, c))
        assert same(first.merge(second).merge(third), first.merge(second.merge(third)))

    @given(ARRAYS, ARRAYS)
    def test_merging_is_observing_both(self, a: np.ndarray, b: np.ndarray) -> None:
        merged = observe_histogram(a).merge(observe_histogram(b))
        assert same(merged, observe_histogram(np.concatenate([a, b])))

    def test_a_range_that_grows_a_million_times_keeps_every_number(self) -> None:
        rng = np.random.default_rng(0)
        parts = [rng.normal(size=1000).astype(np.float32) * 10.0**k for k in range(-3, 4)]
        joined = observe_histogram(parts[0])
        for part in parts[1:]:
            joined = joined.merge(observe_histogram(part))
        assert joined.total == 7000
        assert MOST_BINS // 2 <= joined.counts.size <= MOST_BINS


class TestObserve:
    @given(FILLED)
    def test_every_number_is_in_its_bin(self, array: np.ndarray) -> None:
        seen = observe_histogram(array)
        assert seen.total == array.size
        assert seen.counts.size <= MOST_BINS
        assert (seen.counts[0], seen.counts[-1]) > (0, 0)
        assert (seen.low, seen.high) == (array.min(), array.max())
        bins = np.floor(array.astype(np.float64) / seen.width).astype(np.int64) - seen.first
        np.testing.assert_array_equal(seen.counts, np.bincount(bins, minlength=seen.counts.size))

    def test_what_is_no_number_is_counted_apart(self) -> None:
        seen = observe_histogram(np.array([1, np.nan, -np.inf, 2], np.float32))
        assert (seen.total, seen.bad, seen.low, seen.high) == (2, 2, 1.0, 2.0)
        nothing = observe_histogram(np.array([np.nan]))
        assert (nothing.total, nothing.bad) == (0, 1)
        assert np.isnan(nothing.quantile(0.5))
        assert nothing.in_bars(4).tolist() == [0, 0, 0, 0]

    def test_equal_numbers_far_from_zero_are_one_bin(self) -> None:
        seen = observe_histogram(np.full(5, 1e30, np.float32))
        assert seen.counts.tolist() == [5]
        assert seen.quantile(0.5) == pytest.approx(1e30)

    def test_more_numbers_than_are_sorted_at_once(self) -> None:
        array = np.arange(3_000_000, dtype=np.float32)
        assert observe_histogram(array).in_bars(3).tolist() == pytest.approx([1e6] * 3, rel=1e-3)

    @given(FILLED, st.integers(-140, 100))
    def test_narrow_numbers_are_sorted_as_wide_ones(self, array: np.ndarray, power: int) -> None:
        with np.errstate(over="ignore", under="ignore"):
            array = np.ldexp(array, power)
        array = array[np.isfinite(array)]
        assert same(observe_histogram(array), observe_histogram(array.astype(np.float64)))

    def test_integers_and_booleans(self) -> None:
        assert observe_histogram(np.array([0, 3, 3])).in_bars(3).tolist() == [1, 0, 2]
        assert observe_histogram(np.array([True, False])).total == 2


class TestCoarser:
    @given(FILLED, st.integers(1, 4096))
    def test_is_the_same_numbers_in_fewer_bins(self, array: np.ndarray, most: int) -> None:
        seen = observe_histogram(array)
        most = max(most, 2)  # bins begin at 0, so numbers on both sides of it need two
        coarse = seen.coarser(most)
        assert coarse.counts.size <= most
        assert (coarse.total, coarse.low, coarse.high) == (seen.total, seen.low, seen.high)
        bins = np.floor(array.astype(np.float64) / coarse.width).astype(np.int64) - coarse.first
        np.testing.assert_array_equal(coarse.counts, np.bincount(bins))

    def test_few_bins_and_none_stay_as_they_are(self) -> None:
        assert observe_histogram(np.array([1.0, 1.0])).coarser(8).counts.tolist() == [2]
        assert observe_histogram(np.zeros(0)).coarser(8).counts.size == 0


class TestQuantile:
    @given(FILLED, st.floats(0, 1))
    def test_right_to_one_bin(self, array: np.ndarray, share: float) -> None:
        seen = observe_histogram(array)
        value = seen.quantile(share)
        array = array.astype(np.float64)
        below = np.count_nonzero(array <= value - seen.width)
        up_to = np.count_nonzero(array <= value + seen.width)
        assert below <= share * array.size + 1e-6
        assert up_to >= share * array.size - 1e-6

    def test_of_the_normal_distribution(self) -> None:
        seen = observe_histogram(np.random.default_rng(1).normal(size=1_000_000))
        assert seen.quantile(0.95) == pytest.approx(1.645, abs=0.01)
        assert seen.quantile(0.001) == pytest.approx(-3.09, abs=0.05)
        assert (seen.quantile(0), seen.quantile(1)) == (seen.low, seen.high)


def test_bars_hold_every_number_once() -> None:
    seen = observe_histogram(np.random.default_rng(2).normal(size=10_000))
    assert seen.in_bars(40).sum() == 10_000
    assert seen.in_bars(40).argmax() in range(15, 26)


class TestGather:
    def test_over_all_samples_and_pieces(self) -> None:
        def run(feeds: dict) -> Iterator[dict]:
            yield {"x": feeds["x"], "y": feeds["x"] * 2}
            yield {"z": feeds["x"] * 4, "text": np.array(["a"])}

        samples = [{"x": np.full(3, k, np.float32)} for k in (1, 2)]
        found = gather_histograms(samples, run, {"x", "z", "text"})
        assert {name: (h.total, h.low, h.high) for name, h in found.items()} == {
            "x": (6, 1.0, 2.0),
            "z": (6, 4.0, 8.0),
        }

    def test_no_sample(self) -> None:
        with pytest.raises(DatasetError, match="no sample"):
            gather_histograms([], lambda feeds: [feeds], {"x"})

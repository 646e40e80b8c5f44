"""Ranges by every method: against the plain formula, as laws, and where nothing is left to see."""

import math
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rkviz.calibrate.histogram import Histogram, observe_histogram
from rkviz.calibrate.observers import observe
from rkviz.calibrate.stats import CalibrationStats
from rkviz.errors import ConfigError
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import dequantize, quantize
from rkviz.quantize.range_method import NORMAL, RangeKind, RangeMethod
from rkviz.quantize.range_search import (
    averaged_range,
    chosen_range,
    kl_range,
    mmse_range,
    percentile_range,
    spread_range,
)
from rkviz.quantize.weights import weights_range

SCHEMES = st.sampled_from([QuantScheme.U8, QuantScheme.I8, QuantScheme.I16])
SPREAD = [RangeMethod(kind) for kind in RangeKind if RangeMethod(kind).needs_histogram]
FILLED = hnp.arrays(
    np.float32, st.integers(1, 300), elements=st.floats(-1e6, 1e6, width=32)
)  # fmt: skip


def squared_error(array: np.ndarray, span: tuple[float, float], scheme: QuantScheme) -> float:
    params = params_from_range(scheme, *span)
    return float(np.sum((array - dequantize(quantize(array, params), params)) ** 2.0))


def heavy_tailed(seed: int = 0, size: int = 100_000) -> np.ndarray:
    return np.random.default_rng(seed).standard_t(3, size).astype(np.float32)


class TestEveryMethod:
    @settings(max_examples=60)
    @given(FILLED, SCHEMES, st.sampled_from(SPREAD))
    def test_lies_inside_what_was_seen_with_zero_taken_in(
        self, array: np.ndarray, scheme: QuantScheme, method: RangeMethod
    ) -> None:
        low, high = spread_range(observe_histogram(array), method, scheme)
        assert min(array.min(), 0) <= low <= 0 <= high <= max(array.max(), 0)

    @settings(max_examples=40)
    @given(FILLED, FILLED, SCHEMES, st.sampled_from(SPREAD))
    def test_does_not_depend_on_the_order_of_the_pictures(
        self, a: np.ndarray, b: np.ndarray, scheme: QuantScheme, method: RangeMethod
    ) -> None:
        one, other = observe_histogram(a), observe_histogram(b)
        forth = spread_range(one.merge(other), method, scheme)
        assert forth == spread_range(other.merge(one), method, scheme)

    @settings(max_examples=30)
    @given(FILLED, SCHEMES, st.sampled_from(SPREAD), st.integers(-20, 20))
    def test_scales_with_the_numbers(
        self, array: np.ndarray, scheme: QuantScheme, method: RangeMethod, power: int
    ) -> None:
        array = np.round(array) + np.float32(0)  # without numbers that scaling makes denormal
        low, high = spread_range(observe_histogram(array), method, scheme)
        scaled = observe_histogram(np.ldexp(array, power))
        found = spread_range(scaled, method, scheme)
        assert found == pytest.approx((math.ldexp(low, power), math.ldexp(high, power)), rel=1e-6)

    @pytest.mark.parametrize("method", SPREAD, ids=str)
    @pytest.mark.parametrize("scheme", [QuantScheme.U8, QuantScheme.I8, QuantScheme.I16])
    @pytest.mark.parametrize(
        ("numbers", "span"),
        [
            ([], (0, 0)),
            ([np.nan, np.inf], (0, 0)),
            ([0, 0, 0], (0, 0)),
            ([5, 5, 5], (0, 5)),
            ([-5] * 9, (-5, 0)),
            ([0, 5] * 9, (0, 5)),
            ([1e-30] * 3, (0, 1e-30)),
            ([1e30, np.nan, 1e30], (0, 1e30)),
        ],
    )
    def test_of_hardly_anything_is_what_was_seen(
        self,
        method: RangeMethod,
        scheme: QuantScheme,
        numbers: list[float],
        span: tuple[float, float],
    ) -> None:
        seen = observe_histogram(np.array(numbers, np.float32))
        assert spread_range(seen, method, scheme) == pytest.approx(span, rel=1e-3)

    @pytest.mark.parametrize("method", SPREAD, ids=str)
    def test_of_negative_numbers_ends_at_zero(self, method: RangeMethod) -> None:
        seen = observe_histogram(-np.abs(heavy_tailed()) - 0.5)
        low, high = spread_range(seen, method, QuantScheme.U8)
        assert high == 0
        assert seen.low < low < -3


class TestRememberedRanges:
    def test_live_no_longer_than_the_histogram(self) -> None:
        seen = observe_histogram(heavy_tailed())
        gone = weakref.ref(seen)
        assert spread_range(seen, SPREAD[0], U8) == spread_range(seen, SPREAD[0], U8)
        del seen
        assert gone() is None

    def test_weights_that_can_change_are_looked_at_again(self) -> None:
        weights = heavy_tailed()
        mmse = RangeMethod(RangeKind.MMSE)
        first = weights_range(weights, U8, mmse)
        weights *= 2
        assert weights_range(weights, U8, mmse) == pytest.approx((2 * first[0], 2 * first[1]))
        weights.flags.writeable = False
        assert weights_range(weights, U8, mmse) == weights_range(weights, U8, mmse)
        gone = weakref.ref(weights)
        del weights
        assert gone() is None


class TestPercentile:
    def test_a_share_of_the_numbers_lies_beyond_each_bound(self) -> None:
        array = heavy_tailed()
        low, high = percentile_range(observe_histogram(array), 99.0)
        assert np.mean(array < low) == pytest.approx(0.005, abs=2e-4)
        assert np.mean(array > high) == pytest.approx(0.005, abs=2e-4)

    def test_hundred_percent_is_minimum_and_maximum(self) -> None:
        array = heavy_tailed()
        assert percentile_range(observe_histogram(array), 100.0) == (array.min(), array.max())


class TestMmse:
    @settings(max_examples=60)
    @given(
        hnp.arrays(np.int32, st.integers(1, 300), elements=st.integers(-4096, 4095).filter(bool)),
        st.sampled_from([QuantScheme.U8, QuantScheme.I8]),
    )
    def test_is_never_worse_than_minimum_and_maximum(
        self, bins: np.ndarray, scheme: QuantScheme
    ) -> None:
        """With every number in the middle of a bin the histogram tells all of them."""
        real = (bins + 0.5).astype(np.float32)
        low, high = float(real.min()), float(real.max())
        seen = Histogram(0, int(bins.min()), np.bincount(bins - bins.min()), low, high)
        whole = min(low, 0.0), max(high, 0.0)
        found = squared_error(real, mmse_range(seen, scheme), scheme)
        assert found <= squared_error(real, whole, scheme) * (1 + 1e-3) + 1e-3

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_is_as_good_as_trying_every_pair_of_bounds(self, seed: int) -> None:
        array = heavy_tailed(seed, 20_000)
        array = np.where(array < 0, array / 3, array)
        found = squared_error(array, mmse_range(observe_histogram(array), QuantScheme.U8), U8)
        factors = np.geomspace(0.05, 1, 40)
        low, high = float(array.min()), float(array.max())
        tried = (squared_error(array, (low * a, high * b), U8) for a in factors for b in factors)
        assert found <= min(tried) * 1.02

    def test_an_outlier_that_costs_all_others_their_codes_is_clipped(self) -> None:
        array = np.append(np.random.default_rng(0).uniform(-1, 1, 1_000_000), 20.0)
        low, high = mmse_range(observe_histogram(array), U8)
        assert low == pytest.approx(-1, abs=0.1)
        assert high < 15
        whole = squared_error(array, (-1.0, 20.0), U8)
        assert squared_error(array, (low, high), U8) < whole / 2

    def test_in_fixed_point_every_fraction_length_is_tried(self) -> None:
        array = np.append(np.random.default_rng(0).uniform(-0.9, 0.9, 100_000), 17.0)
        span = mmse_range(observe_histogram(array), QuantScheme.I8)
        errors = {
            bits: squared_error(array, (-(2.0**bits), 2.0**bits), QuantScheme.I8)
            for bits in range(-3, 6)
        }
        chosen = params_from_range(QuantScheme.I8, *span)
        assert chosen.fl == 7 - min(errors, key=errors.__getitem__)

    def test_sixteen_bits_have_codes_to_spare(self) -> None:
        array = heavy_tailed()
        span = mmse_range(observe_histogram(array), QuantScheme.I16)
        assert span == (array.min(), array.max())


U8 = QuantScheme.U8


def divergence(counts: np.ndarray, width: float, used: int) -> float:
    """KL(P || Q) of the first `used` bins from 0 on, as the talk of 2017 has it, codes of u8."""
    p = counts[:used].astype(float)
    p[np.flatnonzero(p)[-1]] += counts[used:].sum()
    params: QuantParams = params_from_range(U8, 0.0, used * width)
    middles = (np.arange(used) + 0.5) * width
    codes = np.clip(np.round(middles / params.scale), 0, 255).astype(int)
    q = np.zeros(used)
    for code in range(256):
        mine = (codes == code) & (counts[:used] > 0)
        if mine.any():
            q[mine] = counts[:used][mine].sum() / mine.sum()
    p, q = p / p.sum(), q / q.sum()
    filled = p > 0
    if (q[filled] == 0).any():
        return math.inf
    return float(np.sum(p[filled] * np.log(p[filled] / q[filled])))


class TestKl:
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_is_the_threshold_with_the_least_divergence(self, seed: int) -> None:
        array = np.abs(heavy_tailed(seed, 20_000)) + 0.01
        seen = observe_histogram(array).coarser(2048)
        assert seen.first == 0
        counts, width = seen.counts.copy(), seen.width
        counts[0] = min(counts[0], counts[1])
        low, high = kl_range(observe_histogram(array), U8)
        assert low == 0
        tried = {used: divergence(counts, width, used) for used in range(256, counts.size, 8)}
        found = divergence(counts, width, round(high / width))
        assert found == pytest.approx(min(tried.values()), abs=1e-9)

    def test_numbers_that_fill_their_range_evenly_stay_whole(self) -> None:
        array = np.random.default_rng(0).uniform(0, 6, 100_000).astype(np.float32)
        low, high = kl_range(observe_histogram(array), U8)
        assert (low, high) == pytest.approx((0, 6), rel=0.02)

    def test_many_zeros_behind_a_relu_do_not_pull_the_threshold_down(self) -> None:
        spread = np.abs(heavy_tailed())
        relu = np.append(spread, np.zeros(9 * spread.size, np.float32))
        with_zeros = kl_range(observe_histogram(relu), U8)[1]
        assert with_zeros == pytest.approx(kl_range(observe_histogram(spread), U8)[1], rel=0.05)

    def test_an_outlier_is_clipped_on_both_sides(self) -> None:
        array = np.append(np.random.default_rng(0).normal(size=100_000), [-40.0, 40.0])
        low, high = kl_range(observe_histogram(array), U8)
        assert -20 < low < -3
        assert 3 < high < 20

    def test_types_with_codes_to_spare_keep_the_whole_range(self) -> None:
        array = heavy_tailed()
        span = kl_range(observe_histogram(array), QuantScheme.I16)
        assert span == (array.min(), array.max())


class TestMovingAverage:
    def test_is_the_recurrence(self) -> None:
        rows = np.random.default_rng(0).normal(size=(20, 2)) + np.array([-3, 3])
        low, high = rows[0]
        for row in rows[1:]:
            low, high = 0.9 * low + 0.1 * row[0], 0.9 * high + 0.1 * row[1]
        assert averaged_range(rows, 0.1) == pytest.approx((low, high))

    def test_the_weight_one_takes_the_last_picture(self) -> None:
        assert averaged_range(np.array([[-1.0, 2.0], [-4.0, 3.0]]), 1.0) == (-4.0, 3.0)

    def test_one_picture_is_its_minimum_and_maximum(self) -> None:
        assert averaged_range(np.array([[-1.0, 2.0]]), 0.01) == (-1.0, 2.0)

    def test_zero_is_taken_in_and_pictures_of_nothing_are_passed_over(self) -> None:
        rows = np.array([[3.0, 4.0], [np.inf, -np.inf], [3.0, 4.0]])
        assert averaged_range(rows, 0.5) == (0.0, 4.0)
        assert averaged_range(rows[1:2], 0.5) == (0.0, 0.0)

    @given(st.floats(-1e6, 1e6, width=32), st.integers(1, 40), st.floats(0.001, 1))
    def test_equal_pictures_average_to_themselves(
        self, bound: float, count: int, weight: float
    ) -> None:
        span = averaged_range(np.full((count, 2), bound), weight)
        assert span == (min(bound, 0.0), max(bound, 0.0))


class TestChosen:
    def test_every_method_reads_the_same_statistics(self) -> None:
        array = heavy_tailed()
        stats = CalibrationStats(
            {"x": observe(array)},
            2,
            "s",
            {"x": np.array([[-2.0, 2.0], [-4.0, 6.0]])},
            {"x": observe_histogram(array)},
        )
        seen = stats.histograms["x"]
        assert chosen_range(stats, "x", NORMAL, U8) == (array.min(), array.max())
        averaged = chosen_range(stats, "x", RangeMethod(RangeKind.MOVING_AVERAGE, 0.5), U8)
        assert averaged == (-3.0, 4.0)
        for method in SPREAD:
            assert chosen_range(stats, "x", method, U8) == spread_range(seen, method, U8)

    def test_a_histogram_that_was_not_gathered_is_asked_for(self) -> None:
        stats = CalibrationStats({"x": observe(heavy_tailed())}, 1, "s")
        with pytest.raises(ConfigError, match="calibrate again"):
            chosen_range(stats, "x", RangeMethod(RangeKind.MMSE), U8)

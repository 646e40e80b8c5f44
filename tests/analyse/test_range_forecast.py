"""A range judged from the histogram alone: as near to the real tensor as the bins are fine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.metrics import error_sums
from rkviz.analyse.range_forecast import (
    clipped_shares,
    codes_over,
    counts_over,
    predicted_error,
    range_error,
)
from rkviz.calibrate.histogram import observe_histogram
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import dequantize, quantize

VALUES = np.random.default_rng(5).normal(size=40_000).astype(np.float32)
HISTOGRAM = observe_histogram(VALUES)


def measured(params: QuantParams):
    return error_sums(VALUES, dequantize(quantize(VALUES, params), params), params.low, params.high)


@pytest.mark.parametrize("scheme", [QuantScheme.U8, QuantScheme.I8, QuantScheme.I16])
@pytest.mark.parametrize("bound", [0.5, 1.5, 4.5, 30.0])
def test_it_is_what_the_tensor_itself_would_say(scheme: QuantScheme, bound: float) -> None:
    params = params_from_range(scheme, -bound, bound)
    expected, found = measured(params), range_error(HISTOGRAM, params)
    assert found.count == expected.count
    assert found.snr_db == pytest.approx(expected.snr_db, abs=0.1)
    assert found.cosine == pytest.approx(expected.cosine, rel=1e-4)


def test_half_a_step_beyond_the_last_code_is_rounding_and_no_clipping() -> None:
    histogram = observe_histogram(np.array([0.0, 3.0, 6.0], np.float32))
    assert clipped_shares(histogram, params_from_range(QuantScheme.U8, 0.0, 6.0)) == (0.0, 0.0)
    below, above = clipped_shares(histogram, params_from_range(QuantScheme.U8, 0.0, 4.0))
    assert (below, above) == (0.0, pytest.approx(1 / 3))


def test_what_the_layer_adds_besides_its_range_stays() -> None:
    wide, narrow = (params_from_range(QuantScheme.U8, -b, b) for b in (40.0, 4.5))
    noise = np.random.default_rng(6).normal(scale=0.05, size=VALUES.size).astype(np.float32)
    before, after = (
        error_sums(VALUES, dequantize(quantize(VALUES + noise, p), p)) for p in (wide, narrow)
    )
    found = predicted_error(HISTOGRAM, narrow, before, wide)
    assert found.snr_db == pytest.approx(after.snr_db, abs=0.5)
    assert found.cosine == pytest.approx(after.cosine, abs=1e-4)


def test_nothing_changes_where_the_parameters_do_not() -> None:
    params = params_from_range(QuantScheme.U8, -4.5, 4.5)
    before = measured(params)
    found = predicted_error(HISTOGRAM, params, before, params)
    assert found.snr_db == pytest.approx(before.snr_db, abs=0.1)


@given(low=st.floats(-9, 0), span=st.floats(0.1, 20), bars=st.integers(1, 300))
def test_bars_lose_and_invent_nothing(low: float, span: float, bars: int) -> None:
    params = params_from_range(QuantScheme.U8, low, max(low + span, 0.0))
    edges = np.linspace(-60.0, 60.0, bars + 1)
    assert counts_over(HISTOGRAM, edges).sum() == pytest.approx(VALUES.size)
    assert codes_over(HISTOGRAM, params, edges).sum() == pytest.approx(VALUES.size)


def test_what_is_clipped_stands_in_the_outermost_codes() -> None:
    params = params_from_range(QuantScheme.U8, -1.0, 1.0)
    edges = np.array([-9.0, params.low - params.scale, params.low + params.scale, 0.0])
    beyond, at_the_end, _ = codes_over(HISTOGRAM, params, edges)
    assert beyond == 0
    assert at_the_end > np.count_nonzero(params.low > VALUES)


def test_an_empty_histogram_is_no_error() -> None:
    histogram = observe_histogram(np.full(3, np.nan, np.float32))
    params = params_from_range(QuantScheme.U8, 0.0, 1.0)
    assert range_error(histogram, params).count == 0
    assert clipped_shares(histogram, params) == (0.0, 0.0)

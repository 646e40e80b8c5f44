"""How numbers are written."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.display import amount_text, cost_text, metric_text, number_text, shape_text


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("cosine", 1.0, "1"),
        ("cosine", 0.95714, "0.9571"),
        ("cosine", 0.99999983, "0.9999998"),
        ("cosine", 0.999996, "0.9999960"),
        ("cosine", 1 - 1e-8, "≈ 1"),
        ("cosine", 1 - 2**-53, "1"),
        ("cosine", -0.25, "−0.2500"),
        ("cosine", math.nan, "NaN"),
        ("snr_db", 31.25, "31.2"),
        ("snr_db", math.inf, "∞"),
        ("snr_db", -math.inf, "−∞"),
        ("euclidean_norm", 0.04567, "0.0457"),
        ("max_abs", 12345.6, "12346"),
        ("max_abs", 3e-7, "3.00e-07"),
        ("saturated_share", 0.000125, "0.0125 %"),
        ("saturated_share", 0.0, "0 %"),
    ],
)
def test_a_metric_is_written_short(metric: str, value: float, text: str) -> None:
    assert metric_text(metric, value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.2059, "0.206"),
        (78.54, "78.5"),
        (999.7, "1000"),
        (4856.2, "4856"),
        (math.inf, "∞"),
    ],
)
def test_an_amount_has_no_exponent(value: float, text: str) -> None:
    assert amount_text(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0, "ms", "0 ms"),
        (0.00534, "ms", "5.34 µs"),
        (1.04e-5, "ms", "0.0104 µs"),
        (12.3, "ms", "12.3 ms"),
        (410.0, "B", "410 B"),
        (12_700.0, "B", "12.7 kB"),
        (3.2e6, "B", "3.2 MB"),
    ],
)
def test_a_cost_has_the_unit_that_keeps_it_short(value: float, unit: str, text: str) -> None:
    assert cost_text(value, unit) == text


@given(st.floats(-1, 1 - 1e-11))
def test_no_cosine_below_one_is_written_as_one(value: float) -> None:
    assert metric_text("cosine", value) != "1"
    assert not metric_text("cosine", value).startswith("1.0")


def test_ranges_and_shapes() -> None:
    assert number_text(-52.340476989746094) == "−52.3405"
    assert shape_text((1, 3, 224, 224)) == "1x3x224x224"
    assert shape_text(()) == "scalar"
    assert shape_text(None) == "?"

"""Activations by table: near the function, in order, and for every type."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.emulate.reference import KERNELS, Operand
from rkviz.emulate.reference.tables import TABLE_KERNELS, chord, stored_node
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.target import Engine
from tests.npu_vectors import run, step

erf = np.vectorize(math.erf)
FUNCTIONS = {
    "Relu": lambda x: np.maximum(x, 0),
    "Relu6": lambda x: np.clip(x, 0, 6),
    "Abs": np.abs,
    "LeakyRelu": lambda x: np.where(x > 0, x, 0.1 * x),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Tanh": np.tanh,
    "Swish": lambda x: x / (1 + np.exp(-x)),
    "HardSwish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "HardSigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "Elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "Mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "Gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "Clip": lambda x: np.clip(x, -1.5, 3.0),
}
ATTRS = {"LeakyRelu": {"alpha": 0.1}, "Clip": {"min": -1.5, "max": 3.0}}
RANGE = (-8.0, 7.0)


def all_codes(params: QuantParams) -> Operand:
    if not params.scheme.is_quantized:
        return Operand(np.linspace(*RANGE, 4001).astype(np.float16), params)
    codes = np.arange(params.scheme.qmin, params.scheme.qmax + 1)
    return Operand(codes.astype(params.scheme.dtype), params)


def test_every_table_has_its_function_here() -> None:
    assert set(FUNCTIONS) == set(TABLE_KERNELS)


@pytest.mark.parametrize("scheme", QuantScheme, ids=lambda s: s.short)
@pytest.mark.parametrize("op", FUNCTIONS)
def test_a_table_is_near_its_function(op: str, scheme: QuantScheme) -> None:
    source = params_from_range(scheme, *RANGE)
    x = all_codes(source)
    exact = FUNCTIONS[op](x.real)
    out = params_from_range(scheme, float(exact.min()), float(exact.max()))
    result = Operand(run(step(op, Engine.TP, **ATTRS.get(op, {})), [x], out), out)
    step_size = out.scale if scheme.is_quantized else 2.0**-10
    # 16 segments an octave: a chord is off by at most (1/16)**2 / 8 of |x| times the curvature,
    # and by a quarter of its length where it cuts a corner.
    share = 1 / 64 if op in ("Relu6", "Clip") else 2e-3
    tolerance = step_size * 1.01 + share * np.maximum(1.0, np.abs(x.real))
    saturated = np.clip(exact, out.low, out.high)
    assert (np.abs(result.real - saturated) <= tolerance).all()


@settings(max_examples=25)
@given(
    st.sampled_from(["Sigmoid", "Tanh", "Relu", "Relu6", "LeakyRelu", "HardSigmoid", "Elu"]),
    st.floats(2**-8, 0.25, width=32),
    st.integers(0, 255),
)
def test_increasing_functions_stay_increasing(op: str, scale: float, zero_point: int) -> None:
    x = all_codes(QuantParams.affine(scale, zero_point))
    result = run(step(op, Engine.TP), [x], QuantParams.affine(scale / 2, 100)).astype(int)
    assert (np.diff(result) >= 0).all()


@settings(max_examples=40)
@given(
    st.sampled_from(list(QuantScheme)),
    st.floats(-6, 6, width=32),
    st.floats(0, 5, width=32),
)
def test_clip_keeps_to_any_bounds(scheme: QuantScheme, low: float, width: float) -> None:
    """No code lies outside the bounds, and far from them nothing changes but the rounding."""
    high = low + width
    params = params_from_range(scheme, *RANGE)
    x = all_codes(params)
    result = Operand(run(step("Clip", Engine.TP, min=low, max=high), [x], params), params)
    slack = params.scale * 0.51 if scheme.is_quantized else 2.0**-8
    assert result.real.min() >= low - slack - 2.0**-13 * abs(low)
    assert result.real.max() <= high + slack + 2.0**-13 * abs(high)
    inside = (x.real > low + 0.5) & (x.real < high - 0.5)
    assert np.abs(result.real - x.real)[inside].max(initial=0) <= 2 * slack


def test_tanh_is_odd() -> None:
    source, out = (QuantParams.fixed_point(QuantScheme.I16, fl) for fl in (12, 14))
    positive = Operand(np.arange(1, 32768).astype(np.int16), source)
    negative = Operand(-positive.codes, source)
    tanh = step("Tanh", Engine.TP)
    assert np.array_equal(
        run(tanh, [positive], out).astype(int), -run(tanh, [negative], out).astype(int)
    )


def test_nodes_hold_sixteen_bits_without_small_numbers() -> None:
    nodes = stored_node(np.array([1e9, -1e9, 2.0**-15, 65537.0, 1 + 2.0**-16]))
    assert nodes.tolist() == [65534, -65534, 0, 65534, 1 + 2.0**-15]


def test_a_chord_touches_the_function_at_sixteen_points_an_octave() -> None:
    points = np.array([1.0, 1 + 1 / 16, -2.5, 0.75, 1 + 1 / 32])
    drawn = chord(points, np.square)
    assert np.array_equal(drawn[:4], points[:4] ** 2)
    assert drawn[4] == (1 + (17 / 16) ** 2) / 2


def test_gelu_knows_both_forms() -> None:
    source = params_from_range(QuantScheme.I16, *RANGE)
    x = all_codes(source)
    forms = [
        run(step("Gelu", Engine.TP, approximate=form), [x], source) for form in ("none", "tanh")
    ]
    difference = np.abs(forms[0].astype(int) - forms[1].astype(int)) * source.scale
    assert 0 < difference.max() < 1e-3


def test_tables_of_the_same_parameters_are_computed_once() -> None:
    x = all_codes(QuantParams.affine(0.05, 128))
    out = QuantParams.affine(1 / 255, 0)
    again = [KERNELS["Sigmoid"](step("Sigmoid", Engine.TP), [x], [out])[0] for _ in range(2)]
    assert np.array_equal(*again)
    again[0][0] = 77
    assert again[1][0] != 77, "results must not share the table's memory"


def test_bounds_known_only_at_run_time_are_refused() -> None:
    x = all_codes(QuantParams.affine(0.05, 128))
    with pytest.raises(UnsupportedOpError, match=r"'clip' .* only at run time"):
        run(step("Clip", Engine.TP), [x, x], x.params)

"""Residual add of the NN engine, and the shader's arithmetic on two tensors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.emulate.reference import Operand
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import quantize
from rkviz.target import Engine
from tests.npu_vectors import run, step

U8 = st.builds(QuantParams.affine, st.floats(2**-8, 1, width=32), st.integers(0, 255))
SEED = st.integers(0, 2**32 - 1)


def drawn(params: QuantParams, seed: int, shape: tuple[int, ...] = (300,)) -> Operand:
    rng = np.random.default_rng(seed)
    if not params.scheme.is_quantized:
        return Operand(rng.normal(size=shape).astype(np.float16), params)
    low, high = params.scheme.qmin, params.scheme.qmax
    return Operand(
        rng.integers(low, high, shape, endpoint=True).astype(params.scheme.dtype), params
    )


@settings(max_examples=50)
@given(U8, U8, U8, SEED)
def test_residual_add_is_integer_arithmetic(
    a: QuantParams, b: QuantParams, out: QuantParams, seed: int
) -> None:
    x, y = drawn(a, seed), drawn(b, seed + 1)
    ws = float(np.float32(max(a.scale, b.scale) / 255))
    w1, w2 = round(a.scale / ws), round(b.scale / ws)
    bias = round((a.zero_point - b.zero_point) * b.scale / ws)
    m = float(np.float32(ws / out.scale))
    expected = [
        min(max(round((w1 * (p - a.zero_point) + w2 * (q - a.zero_point) + bias) * m)
                + out.zero_point, 0), 255)
        for p, q in zip(x.codes.tolist(), y.codes.tolist(), strict=True)
    ]  # fmt: skip
    add = step("Add", Engine.NN)
    assert run(add, [x, y], out).tolist() == expected
    fused = run(step("Add", Engine.NN, "Relu"), [x, y], out)
    assert np.array_equal(fused, np.maximum(expected, out.zero_point))


@pytest.mark.parametrize("scheme", [QuantScheme.I8, QuantScheme.I16])
def test_residual_add_in_fixed_point_rounds_the_real_sum_once(scheme: QuantScheme) -> None:
    a, b, out = (QuantParams.fixed_point(scheme, fl) for fl in (5, 6, 4))
    x, y = drawn(a, 1), drawn(b, 2)
    expected = quantize(x.real + y.real, out)
    assert np.array_equal(run(step("Add", Engine.NN), [x, y], out), expected)
    relu = run(step("Add", Engine.NN, "Relu"), [x, y], out)
    assert np.array_equal(relu, np.maximum(expected, 0))


REAL = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Max": np.maximum,
    "Min": np.minimum,
}
TYPES = [
    QuantParams.affine(0.03, 110),
    QuantParams.fixed_point(QuantScheme.I8, 4),
    QuantParams.fixed_point(QuantScheme.I16, 11),
    QuantParams.floating(),
]


@pytest.mark.parametrize("out", TYPES, ids=str)
@pytest.mark.parametrize("b", TYPES, ids=str)
@pytest.mark.parametrize("a", TYPES, ids=str)
def test_mixed_types_stay_within_a_code_of_the_real_result(
    a: QuantParams, b: QuantParams, out: QuantParams
) -> None:
    x, y = drawn(a, 3, (4, 1, 30)), drawn(b, 4, (1, 5, 30))
    for op, real in REAL.items():
        exact = real(x.real, y.real)
        result = Operand(run(step(op, Engine.SHADER), [x, y], out), out)
        assert result.codes.shape == (4, 5, 30)
        if out.scheme.is_quantized:
            ideal = np.clip(exact, out.low, out.high)
            # float32 carries 24 bits, of which 16 times 16 bits use up more.
            slack = out.scale * 0.5001 + np.abs(exact) * 2.0**-21
            assert (np.abs(result.real - ideal) <= slack).all()
        else:
            assert np.array_equal(result.codes, exact.astype(np.float16))


def test_division_by_zero_saturates() -> None:
    a, b, out = (
        QuantParams.affine(0.1, 100),
        QuantParams.affine(0.2, 50),
        QuantParams.affine(0.5, 9),
    )
    x = Operand(np.array([120, 80, 100, 104], np.uint8), a)
    y = Operand(np.array([50, 50, 50, 51], np.uint8), b)
    assert run(step("Div", Engine.SHADER), [x, y], out).tolist() == [255, 0, 9, 13]


def test_fp16_sums_are_rounded_once() -> None:
    real = QuantParams.floating()
    x = Operand(np.array([2048.0, 60000.0], np.float16), real)
    y = Operand(np.array([1.0, 60000.0], np.float16), real)
    assert run(step("Add", Engine.SHADER), [x, y], real).tolist() == [2048.0, 65504.0]


def test_prelu_takes_a_slope_per_channel() -> None:
    params, out = QuantParams.affine(0.5, 100), QuantParams.affine(0.25, 128)
    x = Operand(np.array([96, 104], np.uint8).reshape(1, 1, 1, 2).repeat(2, axis=1), params)
    slopes = Operand(np.array([0.5, -1.0], np.float32).reshape(2, 1, 1), QuantParams.floating())
    result = run(step("PRelu", Engine.SHADER), [x, slopes], out)
    assert result.tolist() == [[[[124, 136]], [[136, 136]]]]


def test_max_and_min_take_any_number_of_inputs() -> None:
    params = TYPES[0]
    operands = [drawn(params, seed) for seed in range(3)]
    stacked = np.stack([operand.codes for operand in operands])
    assert np.array_equal(run(step("Max", Engine.SHADER), operands, params), stacked.max(axis=0))
    assert np.array_equal(run(step("Min", Engine.SHADER), operands, params), stacked.min(axis=0))

"""Conversions of the TP: identity, order, ends, concat."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.emulate.reference import KERNELS, Operand
from rkviz.emulate.reference.convert import requantise, tp_store
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import dequantize, quantize
from rkviz.target import Engine
from tests.npu_vectors import run, step

PARAMS = st.one_of(
    st.builds(QuantParams.affine, st.floats(2**-12, 2**4, width=32), st.integers(0, 255)),
    st.builds(
        QuantParams.fixed_point,
        st.sampled_from([QuantScheme.I8, QuantScheme.I16]),
        st.integers(-2, 14),
    ),
)
CONVERT = step("Convert", Engine.TP)


def all_codes(params: QuantParams) -> Operand:
    if not params.scheme.is_quantized:
        patterns = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
        return Operand(patterns[np.isfinite(patterns)], params)
    codes = np.arange(params.scheme.qmin, params.scheme.qmax + 1)
    return Operand(codes.astype(params.scheme.dtype), params)


@given(PARAMS)
def test_same_parameters_are_a_copy(params: QuantParams) -> None:
    x = all_codes(params)
    assert np.array_equal(run(CONVERT, [x], params), x.codes)
    # Also by the arithmetic itself, without the short cut.
    assert np.array_equal(tp_store(x.shifted, params), x.codes)


@given(PARAMS, st.one_of(PARAMS, st.just(QuantParams.floating())))
def test_conversion_is_monotone(source: QuantParams, target: QuantParams) -> None:
    converted = run(CONVERT, [all_codes(source)], target).astype(np.float64)
    assert (np.diff(converted) >= 0).all()


@given(PARAMS, PARAMS)
def test_conversion_is_within_a_code_of_the_host(source: QuantParams, target: QuantParams) -> None:
    """The 16 significant bits cost at most one code of 8 bits, and 2**-15 of a 16-bit one."""
    x = all_codes(source)
    ideal = quantize(dequantize(x.codes, source), target).astype(int)
    difference = np.abs(run(CONVERT, [x], target).astype(int) - ideal)
    assert (difference <= 1 + np.abs(ideal) * 2.0**-14).all()


def test_the_zero_point_is_added_as_a_tp_number() -> None:
    """A little more than a tie stays above it at 0, and falls back to the tie next to 200."""
    p = np.array([0.5 + 2.0**-12])
    assert tp_store(p, QuantParams.affine(1.0, 0)).tolist() == [1]
    assert tp_store(p, QuantParams.affine(1.0, 200)).tolist() == [200]


def test_fp16_keeps_eleven_bits_and_flushes() -> None:
    source = QuantParams.affine(2.0**-16, 10)
    converted = run(CONVERT, [all_codes(source)], QuantParams.floating())
    assert converted[10] == 0
    assert converted[11] == 0
    assert converted[14] == np.float16(2.0**-14)
    assert np.signbit(converted[9])


def test_fp16_to_codes_saturates() -> None:
    x = Operand(np.array([65504.0, -65504.0, np.nan, 0.0], np.float16), QuantParams.floating())
    assert run(CONVERT, [x], QuantParams.affine(0.1, 7)).tolist() == [255, 0, 7, 7]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_concat_requantises_every_input(axis: int) -> None:
    rng = np.random.default_rng(0)
    shape = (2, 3, 4)
    operands = [
        Operand(rng.integers(0, 256, shape).astype(np.uint8), QuantParams.affine(0.1 * k, 50 * k))
        for k in (1, 2, 3)
    ]
    out = QuantParams.affine(0.2, 100)
    joined = run(step("Concat", Engine.TP, axis=axis), operands, out)
    parts = np.split(joined, 3, axis=axis)
    assert np.array_equal(parts[1], operands[1].codes)
    for part, operand in zip(parts, operands, strict=True):
        assert np.array_equal(part, requantise(operand.codes, operand.params, out))


@pytest.mark.parametrize(
    ("source", "target"),
    list(product(
        [QuantParams.affine(0.05, 30), QuantParams.fixed_point(QuantScheme.I8, 4),
         QuantParams.fixed_point(QuantScheme.I16, 11), QuantParams.floating()],
        repeat=2,
    )),
    ids=str,
)  # fmt: skip
def test_standalone_relu_is_a_conversion_of_what_is_positive(
    source: QuantParams, target: QuantParams
) -> None:
    """The table of relu interpolates without error, so it equals conversion of max(x, 0)."""
    x = all_codes(source)
    (relu,) = KERNELS["Relu"](step("Relu", Engine.TP), [x], [target])
    zero = quantize(np.zeros(1), source)
    if source.scheme.is_quantized or target.scheme.is_quantized:
        clipped = np.maximum(x.codes, zero)
        assert np.array_equal(relu, run(CONVERT, [Operand(clipped, source)], target))
    else:
        normal = np.abs(x.codes) >= np.float16(2.0**-14)
        assert np.array_equal(relu[normal], np.maximum(x.codes, zero)[normal])
        assert not relu[~normal].any()

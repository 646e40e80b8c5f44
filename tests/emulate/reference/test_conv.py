"""Convolution against a direct loop with Python's unbounded integers, and its laws."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.emulate.reference import Operand
from rkviz.emulate.reference.accumulate import filling
from rkviz.emulate.reference.conv import conv_accumulator
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.plan import Step
from rkviz.target import Engine
from tests.npu_vectors import run, step


@dataclass(frozen=True, eq=False)
class Case:
    """A convolution with drawn geometry and codes."""

    step: Step
    inputs: tuple[Operand, Operand, Operand]
    out: QuantParams


def params_for(scheme: QuantScheme, scale_exponent: int, zero_point: int) -> QuantParams:
    if scheme is QuantScheme.U8:
        return QuantParams.affine(1.37 * 2.0**scale_exponent, zero_point)
    return QuantParams.fixed_point(scheme, -scale_exponent)


@st.composite
def cases(draw: st.DrawFn, transposed: bool = False, flat: bool | None = None) -> Case:
    scheme = draw(st.sampled_from([QuantScheme.U8, QuantScheme.I8, QuantScheme.I16]))
    small = st.integers(1, 3)
    group, per_group, out_per_group = draw(small), draw(small), draw(small)
    rank = 1 if (draw(st.booleans()) if flat is None else flat) else 2
    pair = st.tuples(*[small] * rank)
    kernel, strides, dilations = draw(pair), draw(pair), draw(pair)
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    pads = draw(st.tuples(*[st.integers(0, min(extent) - 1)] * (2 * rank)))
    size = [e + draw(st.integers(0, 4)) for e in extent]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def codes(*shape: int) -> np.ndarray:
        return rng.integers(scheme.qmin, scheme.qmax, shape, endpoint=True).astype(scheme.dtype)

    x = Operand(
        codes(2, group * per_group, *size), params_for(scheme, -5, draw(st.integers(0, 255)))
    )
    ends = (
        (group * out_per_group, per_group) if not transposed else (group * per_group, out_per_group)
    )
    w = Operand(codes(*ends, *kernel), params_for(scheme, -7, draw(st.integers(0, 255))))
    bias = rng.integers(-9999, 9999, group * out_per_group).astype(np.int32)
    attrs = {"strides": strides, "dilations": dilations, "pads": pads, "group": group}
    return Case(
        step("ConvTranspose" if transposed else "Conv", Engine.NN, **attrs),
        (x, w, Operand(bias, QuantParams(scheme))),
        params_for(scheme, -3, draw(st.integers(0, 255))),
    )


def integers(operand: Operand) -> np.ndarray:
    """codes - zero point as Python integers, [N, C, H, W]."""
    codes = operand.codes.astype(object) - operand.params.zero_point
    return codes[:, :, np.newaxis] if codes.ndim == 3 else codes


def geometry(case: Case) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]:
    attrs = case.step.attrs
    strides, dilations, pads = (attrs[key] for key in ("strides", "dilations", "pads"))
    if len(strides) == 1:
        strides, dilations, pads = (1, *strides), (1, *dilations), (0, pads[0], 0, pads[1])
    return strides, dilations, pads, attrs["group"]


def naive_sums(case: Case) -> np.ndarray:
    x, w = (integers(operand) for operand in case.inputs[:2])
    strides, dilations, pads, group = geometry(case)
    extent = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilations, strict=True)]
    out = [(x.shape[2 + a] + pads[a] + pads[2 + a] - extent[a]) // strides[a] + 1 for a in (0, 1)]
    acc = np.zeros((x.shape[0], w.shape[0], *out), object)
    for n, o, r, c in itertools.product(*map(range, acc.shape)):
        first = o // (w.shape[0] // group) * w.shape[1]
        acc[n, o, r, c] = int(case.inputs[2].codes[o])
        for i, j, k in itertools.product(*map(range, w.shape[1:])):
            row = r * strides[0] + j * dilations[0] - pads[0]
            column = c * strides[1] + k * dilations[1] - pads[1]
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                acc[n, o, r, c] += x[n, first + i, row, column] * w[o, i, j, k]
    return acc


def requantised(acc: np.ndarray, case: Case) -> np.ndarray:
    """clip(RNE(acc * M) + zo), M = f32(f32(sx * sw) / so)."""
    x, w, _ = case.inputs
    scale = np.float32(np.float32(x.params.scale) * np.float32(w.params.scale))
    multiplier = float(np.float32(scale / np.float32(case.out.scale)))
    codes = np.rint(acc.astype(float) * multiplier) + case.out.zero_point
    return np.clip(codes, case.out.scheme.qmin, case.out.scheme.qmax)


@settings(max_examples=60)
@given(cases())
def test_accumulators_are_those_of_a_direct_loop(case: Case) -> None:
    acc = conv_accumulator(case.step, case.inputs)
    assert acc.reshape(-1).astype(int).tolist() == naive_sums(case).reshape(-1).tolist()


@settings(max_examples=40)
@given(cases(flat=False))
def test_codes_follow_from_accumulators(case: Case) -> None:
    acc = conv_accumulator(case.step, case.inputs)
    assert np.array_equal(run(case.step, case.inputs, case.out), requantised(acc, case))


@settings(max_examples=40)
@given(cases())
def test_fused_relu_is_the_lower_bound(case: Case) -> None:
    plain = run(case.step, case.inputs, case.out)
    fused = run(replace(case.step, activation="Relu"), case.inputs, case.out)
    assert np.array_equal(fused, np.maximum(plain, case.out.zero_point))


@settings(max_examples=40)
@given(cases())
def test_fused_relu6_is_a_clamp(case: Case) -> None:
    plain = run(case.step, case.inputs, case.out).astype(int)
    fused = run(replace(case.step, activation="Relu6"), case.inputs, case.out)
    zero = case.out.zero_point
    six = min(zero + round(6 / case.out.scale), case.out.scheme.qmax)
    assert np.array_equal(fused, np.clip(plain, zero, six))


@settings(max_examples=30)
@given(cases())
def test_a_group_is_a_convolution_of_its_own(case: Case) -> None:
    x, w, bias = case.inputs
    group = case.step.attrs["group"]
    alone = replace(case.step, attrs={**case.step.attrs, "group": 1})
    parts = [
        run(
            alone,
            (
                Operand(np.split(x.codes, group, axis=1)[g], x.params),
                Operand(np.split(w.codes, group)[g], w.params),
                Operand(np.split(bias.codes, group)[g], bias.params),
            ),
            case.out,
        )
        for g in range(group)
    ]
    assert np.array_equal(run(case.step, case.inputs, case.out), np.concatenate(parts, axis=1))


def test_depthwise_is_a_dense_convolution_with_zero_weights_elsewhere() -> None:
    rng = np.random.default_rng(1)
    u8, w8 = QuantParams.affine(0.02, 90), QuantParams.affine(0.01, 131)
    x = Operand(rng.integers(0, 256, (1, 5, 9, 8)).astype(np.uint8), u8)
    weights = rng.integers(0, 256, (5, 1, 3, 3)).astype(np.uint8)
    dense = np.full((5, 5, 3, 3), 131, np.uint8)
    dense[np.arange(5), np.arange(5)] = weights[:, 0]
    out = QuantParams.affine(0.3, 120)
    attrs = {"pads": (1, 1, 1, 1), "strides": (2, 1)}
    by_group = run(step("Conv", Engine.NN, group=5, **attrs), (x, Operand(weights, w8), None), out)
    assert np.array_equal(
        by_group, run(step("Conv", Engine.NN, **attrs), (x, Operand(dense, w8), None), out)
    )


def test_many_rows_are_taken_in_parts() -> None:
    """More patches than are held at once give what the parts give by themselves."""
    rng = np.random.default_rng(2)
    u8 = QuantParams.affine(0.02, 90)
    x = Operand(rng.integers(0, 256, (1, 16, 200, 200)).astype(np.uint8), u8)
    w = Operand(rng.integers(0, 256, (2, 16, 3, 3)).astype(np.uint8), u8)
    whole = conv_accumulator(step("Conv", Engine.NN, group=1), (x, w))
    bottom = Operand(x.codes[:, :, 100:], u8)
    assert whole.shape == (1, 2, 198, 198)
    assert np.array_equal(whole[:, :, 100:], conv_accumulator(step("Conv", Engine.NN), (bottom, w)))


@settings(max_examples=40)
@given(cases(transposed=True, flat=False))
def test_deconvolution_spreads_every_input(case: Case) -> None:
    """Naive scatter of ONNX ConvTranspose, weights [C, O/group, kh, kw]."""
    x, w = (integers(operand) for operand in case.inputs[:2])
    strides, dilations, pads, group = geometry(case)
    full = [
        (x.shape[2 + a] - 1) * strides[a] + (w.shape[2 + a] - 1) * dilations[a] + 1 for a in (0, 1)
    ]
    acc = np.zeros((x.shape[0], group * w.shape[1], *full), object)
    for n, c, r, s in itertools.product(*map(range, x.shape)):
        first = c // (x.shape[1] // group) * w.shape[1]
        for o, i, j in itertools.product(*map(range, w.shape[1:])):
            row, column = r * strides[0] + i * dilations[0], s * strides[1] + j * dilations[1]
            acc[n, first + o, row, column] += x[n, c, r, s] * w[c, o, i, j]
    acc = acc[:, :, pads[0] : full[0] - pads[2], pads[1] : full[1] - pads[3]]
    acc = acc + case.inputs[2].codes.astype(object)[:, np.newaxis, np.newaxis]
    assert np.array_equal(run(case.step, case.inputs, case.out), requantised(acc, case))


def test_deconvolution_adds_output_padding_at_the_end() -> None:
    u8 = QuantParams.affine(1.0, 0)
    x = Operand(np.ones((1, 1, 2, 2), np.uint8), u8)
    w = Operand(np.full((1, 1, 2, 2), 3, np.uint8), u8)
    deconv = step("ConvTranspose", Engine.NN, strides=(2, 2), output_padding=(0, 1))
    assert run(deconv, (x, w), u8).tolist() == [[[[3, 3, 3, 3, 0]] * 4]]
    flat = step("ConvTranspose", Engine.NN, strides=(2,), output_padding=(1,))
    row = Operand(x.codes[:, :, 0], u8), Operand(w.codes[:, :, 0], u8)
    assert run(flat, row, u8).tolist() == [[[3, 3, 3, 3, 0]]]


def test_the_32_bit_accumulator_wraps() -> None:
    """A sum of 2**31 + 4 comes out as -2**31 + 4; how full it became tells that it happened."""
    unit = QuantParams.affine(1.0, 0)
    x, w = (
        Operand(np.full((1, 1, 1, 1), 5, np.uint8), unit),
        Operand(np.ones((1, 1, 1, 1), np.uint8), unit),
    )
    bias = Operand(np.array([2**31 - 1], np.int32), unit)
    out = QuantParams.affine(2.0**31, 10)
    assert run(step("Conv", Engine.NN), (x, w, bias), out).item() == 9
    acc = conv_accumulator(step("Conv", Engine.NN), (x, w, bias))
    assert filling(acc, x) == (2**31 + 4) / 2**31
    assert filling(-acc, Operand(x.codes, QuantParams.fixed_point(QuantScheme.I16, 0))) < 2**-15
    assert filling(acc, Operand(x.codes, QuantParams.floating())) == 0
    assert run(step("Gemm", Engine.NN), flattened(x, w, bias), out).item() == 9


def test_the_48_bit_accumulator_wraps() -> None:
    unit = QuantParams.fixed_point(QuantScheme.I16, 0)
    x, w = (Operand(np.full((1, 1, 1, 1), value, np.int16), unit) for value in (32767, 2))
    bias = Operand(np.array([2**47 - 1], np.int64), unit)
    out = QuantParams.fixed_point(QuantScheme.I16, -40)
    assert run(step("Conv", Engine.NN), (x, w, bias), out).item() == -128
    wide = Operand(np.array([2**40], np.int64), unit)
    assert run(step("Conv", Engine.NN), (x, w, wide), out).item() == 1


def flattened(*operands: Operand) -> tuple[Operand, ...]:
    return tuple(Operand(operand.codes.reshape(1, -1), operand.params) for operand in operands)


def test_fully_connected_is_a_1x1_convolution() -> None:
    rng = np.random.default_rng(3)
    params = QuantParams.fixed_point(QuantScheme.I16, 10)
    x = Operand(rng.integers(-32768, 32768, (4, 30)).astype(np.int16), params)
    w = Operand(rng.integers(-32768, 32768, (7, 30)).astype(np.int16), params)
    bias = Operand(rng.integers(-(2**40), 2**40, 7), params)
    out = QuantParams.fixed_point(QuantScheme.I16, 1)
    as_conv = (
        Operand(x.codes[:, :, np.newaxis, np.newaxis], params),
        Operand(w.codes[:, :, np.newaxis, np.newaxis], params),
        bias,
    )
    expected = run(step("Conv", Engine.NN), as_conv, out)[:, :, 0, 0]
    assert np.array_equal(run(step("Gemm", Engine.NN, transB=1), (x, w, bias), out), expected)
    turned = Operand(w.codes.T, params)
    assert np.array_equal(run(step("MatMul", Engine.NN), (x, turned, bias), out), expected)
    left = Operand(x.codes.T, params)
    both = run(step("Gemm", Engine.NN, transA=1), (left, turned, bias), out)
    assert np.array_equal(both, expected)


def test_matmul_of_computed_tensors_keeps_leading_axes() -> None:
    rng = np.random.default_rng(4)
    u8 = QuantParams.affine(0.05, 128)
    a = Operand(rng.integers(0, 256, (2, 3, 4, 5)).astype(np.uint8), u8)
    b = Operand(rng.integers(0, 256, (3, 5, 6)).astype(np.uint8), u8)
    result = run(step("MatMul", Engine.NN), (a, b), u8)
    single = run(
        step("MatMul", Engine.NN),
        (Operand(a.codes[1, 2], u8), Operand(b.codes[2], u8)),
        u8,
    )
    assert result.shape == (2, 3, 4, 6)
    assert np.array_equal(result[1, 2], single)


def test_gemm_wants_its_factors_folded() -> None:
    u8 = QuantParams.affine(1.0, 0)
    one = Operand(np.ones((1, 1), np.uint8), u8)
    with pytest.raises(UnsupportedOpError, match="fold them"):
        run(step("Gemm", Engine.NN, alpha=0.5), (one, one), u8)


def test_fp16_is_the_exact_sum_rounded_once() -> None:
    real = QuantParams.floating()
    x = Operand(np.array([2048.0, 1.0, 2.0**-9], np.float16).reshape(1, 3, 1, 1), real)
    w = Operand(np.ones((1, 3, 1, 1), np.float16), real)
    conv = step("Conv", Engine.SHADER)
    assert run(conv, (x, w), real).item() == 2050
    bias = Operand(np.array([-4096.0], np.float32), real)
    assert run(conv, (x, w, bias), real).item() == -2047
    assert run(replace(conv, activation="Relu"), (x, w, bias), real).item() == 0
    assert run(replace(conv, activation="Relu6"), (x, w), real).item() == 6

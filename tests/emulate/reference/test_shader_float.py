"""Softmax, reductions, normalizations and shader functions: float maths, one rounding."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.reference import Operand
from rkviz.emulate.reference.convert import requantise
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import quantize
from rkviz.target import Engine
from tests.npu_vectors import run, step

TYPES = [
    QuantParams.affine(0.03, 110),
    QuantParams.fixed_point(QuantScheme.I8, 5),
    QuantParams.fixed_point(QuantScheme.I16, 12),
    QuantParams.floating(),
]


def drawn(params: QuantParams, shape: tuple[int, ...] = (2, 5, 6, 7)) -> Operand:
    real = np.random.default_rng(0).normal(size=shape)
    return Operand(quantize(real, params), params)


@pytest.mark.parametrize("params", TYPES, ids=str)
@pytest.mark.parametrize("axis", [1, -1, 2])
def test_softmax_of_any_axis(params: QuantParams, axis: int) -> None:
    x = drawn(params)
    out = params_from_range(params.scheme, 0.0, 0.999)
    result = Operand(run(step("Softmax", Engine.SHADER, axis=axis), [x], out), out)
    powers = np.exp(x.real)
    exact = powers / powers.sum(axis=axis, keepdims=True)
    assert np.array_equal(result.codes, quantize(exact, out))


@pytest.mark.parametrize("params", TYPES, ids=str)
def test_log_softmax_is_the_logarithm_of_softmax(params: QuantParams) -> None:
    x, out = drawn(params), params_from_range(params.scheme, -6.0, 0.0)
    result = run(step("LogSoftmax", Engine.SHADER, axis=1), [x], out)
    powers = np.exp(x.real)
    exact = np.log(powers / powers.sum(axis=1, keepdims=True))
    difference = np.abs(result.astype(float) - quantize(exact, out).astype(float))
    assert difference.max() <= (1 if params.scheme.is_quantized else 2.0**-8)


@pytest.mark.parametrize("params", TYPES, ids=str)
def test_neg_turns_the_sign_of_a_conversion(params: QuantParams) -> None:
    x = drawn(params)
    out = params if params.scheme.is_fixed_point else TYPES[-1]
    result = run(step("Neg", Engine.TP), [x], out)
    assert np.array_equal(Operand(result, out).real, -run_as(x, out).real)


def run_as(x: Operand, out: QuantParams) -> Operand:
    return Operand(requantise(x.codes, x.params, out), out)


def test_small_shares_of_an_fp16_softmax_are_zero() -> None:
    real = QuantParams.floating()
    x = Operand(np.array([[0.0, -9.6, -9.8]], np.float16), real)
    result = run(step("Softmax", Engine.SHADER, axis=-1), [x], real)
    assert result[0, 1] > 0
    assert result[0, 2] == 0


@pytest.mark.parametrize("params", TYPES, ids=str)
@pytest.mark.parametrize(("axes", "keep"), [((2, 3), 1), ((1,), 0), ((0, 1, 2, 3), 1)])
def test_reductions(params: QuantParams, axes: tuple[int, ...], keep: int) -> None:
    x = drawn(params)
    out = params_from_range(params.scheme, -3.0, 3.0)
    attrs = {"axes": axes, "keepdims": keep}
    for op, reduction in (("ReduceMean", np.mean), ("ReduceSum", np.sum), ("ReduceProd", np.prod)):
        exact = reduction(x.real, axis=axes, keepdims=bool(keep))
        result = Operand(run(step(op, Engine.SHADER, **attrs), [x], out), out)
        # fp16: half of its last digit, and of its smallest number.
        fp16 = np.maximum(np.abs(exact) * 2.0**-11, 2.0**-25)
        slack = out.scale * 0.5001 if params.scheme.is_quantized else fp16
        assert (np.abs(result.real - np.clip(exact, out.low, out.high)) <= slack).all()
    for op, reduction in (("ReduceMax", np.max), ("ReduceMin", np.min)):
        codes = reduction(x.codes, axis=axes, keepdims=bool(keep))
        result = run(step(op, Engine.TP, **attrs), [x], out)
        assert np.array_equal(result, requantise(codes, params, out))


@pytest.mark.parametrize("params", TYPES, ids=str)
@pytest.mark.parametrize("reverse", [0, 1])
def test_sums_up_to_each_element(params: QuantParams, reverse: int) -> None:
    x, out = drawn(params, (2, 5, 3)), params_from_range(params.scheme, -4.0, 4.0)
    axis = Operand(np.array(1), QuantParams.floating())

    def real(exclusive: int) -> np.ndarray:
        attrs = {"reverse": reverse, "exclusive": exclusive}
        return Operand(run(step("CumSum", Engine.SHADER, **attrs), [x, axis], out), out).real

    turned = x.real[:, ::-1] if reverse else x.real
    exact = np.cumsum(turned, axis=1)
    exact = exact[:, ::-1] if reverse else exact
    slack = out.scale * 0.5001 if params.scheme.is_quantized else 2.0**-9
    for exclusive, sums in ((0, exact), (1, exact - x.real)):
        assert np.abs(real(exclusive) - np.clip(sums, out.low, out.high)).max() <= slack


def test_a_reduction_without_axes_takes_all() -> None:
    x = drawn(TYPES[0])
    assert run(step("ReduceMax", Engine.TP, keepdims=0), [x], TYPES[0]) == x.codes.max()


@pytest.mark.parametrize("params", TYPES, ids=str)
def test_layer_normalization(params: QuantParams) -> None:
    x, out = drawn(params), params_from_range(params.scheme, -4.0, 4.0)
    rng = np.random.default_rng(1)
    scale, bias = (
        Operand(rng.normal(size=7).astype(np.float32), QuantParams.floating()) for _ in range(2)
    )
    mean = x.real.mean(axis=-1, keepdims=True)
    exact = (x.real - mean) / np.sqrt(x.real.var(axis=-1, keepdims=True) + 1e-3)
    plain = step("LayerNormalization", Engine.SHADER, axis=-1, epsilon=1e-3)
    within = out.scale * 0.5001 if params.scheme.is_quantized else 4e-3
    result = Operand(run(plain, [x], out), out)
    assert np.abs(result.real - np.clip(exact, out.low, out.high)).max() <= within
    exact = exact * scale.real + bias.real
    result = Operand(run(plain, [x, scale, bias], out), out)
    assert np.abs(result.real - np.clip(exact, out.low, out.high)).max() <= within


def test_group_normalization_joins_channels() -> None:
    """One group a channel is instance normalization, one group in all layer normalization."""
    x, out = drawn(TYPES[0], (2, 4, 6, 7)), QuantParams.affine(0.03, 128)
    real = QuantParams.floating()
    ones, zeros = (Operand(np.full(4, v, np.float32), real) for v in (1.0, 0.0))
    inputs = [x, ones, zeros]
    group = {n: step("GroupNormalization", Engine.SHADER, num_groups=n) for n in (1, 2, 4)}
    instance = run(step("InstanceNormalization", Engine.SHADER), inputs, out)
    layer = run(step("LayerNormalization", Engine.SHADER, axis=1), [x], out)
    assert np.array_equal(run(group[4], inputs, out), instance)
    assert np.array_equal(run(group[1], inputs, out), layer)
    first = Operand(x.codes[:, :2], x.params)
    half = [first, *(Operand(c.codes[:2], real) for c in (ones, zeros))]
    assert np.array_equal(run(group[2], inputs, out)[:, :2], run(group[1], half, out))


def test_instance_normalization_takes_each_channel_by_itself() -> None:
    x, out = drawn(TYPES[0]), QuantParams.affine(0.03, 128)
    scale, bias = (
        Operand(np.arange(5, dtype=np.float32) * k, QuantParams.floating()) for k in (0.3, 0.1)
    )
    instance = step("InstanceNormalization", Engine.SHADER, epsilon=1e-5)
    result = Operand(run(instance, [x, scale, bias], out), out)
    mean, var = (f(x.real, axis=(2, 3), keepdims=True) for f in (np.mean, np.var))
    exact = (x.real - mean) / np.sqrt(var + 1e-5) * scale.real.reshape(-1, 1, 1)
    exact = np.clip(exact + bias.real.reshape(-1, 1, 1), out.low, out.high)
    assert np.abs(result.real - exact).max() <= out.scale * 0.5001


@pytest.mark.parametrize(
    ("op", "function"),
    [
        ("Exp", np.exp),
        ("Softplus", lambda x: np.log1p(np.exp(x))),
        ("Sqrt", lambda x: np.sqrt(np.maximum(x, 0))),
        ("Log", lambda x: np.log(np.maximum(x, 1e-30))),
        ("Floor", np.floor),
        ("Round", np.rint),
    ],
)
def test_functions_of_the_shader(op: str, function: np.ufunc) -> None:
    x, out = drawn(TYPES[0]), QuantParams.affine(0.02, 3)
    result = Operand(run(step(op, Engine.SHADER), [x], out), out)
    exact = np.clip(function(x.real), out.low, out.high)
    assert np.abs(result.real - exact).max() <= out.scale * 0.5001

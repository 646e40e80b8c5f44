"""Pools against direct loops."""

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

SAME = QuantParams.affine(0.031, 103)
OTHER = QuantParams.affine(0.027, 95)
I16 = QuantParams.fixed_point(QuantScheme.I16, 10)


def drawn(params: QuantParams, shape: tuple[int, ...], seed: int = 0) -> Operand:
    rng = np.random.default_rng(seed)
    low, high = params.scheme.qmin, params.scheme.qmax
    return Operand(
        rng.integers(low, high, shape, endpoint=True).astype(params.scheme.dtype), params
    )


@settings(max_examples=40)
@given(
    st.integers(1, 4), st.integers(1, 3), st.integers(0, 1), st.integers(1, 2), st.booleans(),
    st.integers(7, 11),
)  # fmt: skip
def test_max_pool_takes_the_largest_code(
    kernel: int, stride: int, pad: int, dilation: int, ceil: bool, size: int
) -> None:
    pad = min(pad, kernel // 2)
    x = drawn(SAME, (1, 2, size, size))
    extent = (kernel - 1) * dilation + 1
    room = size + 2 * pad - extent
    length = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (length - 1) * stride >= size + pad:
        length -= 1
    pool = step(
        "MaxPool", Engine.TP, kernel_shape=(kernel,) * 2, strides=(stride,) * 2, pads=(pad,) * 4,
        dilations=(dilation,) * 2, ceil_mode=int(ceil),
    )  # fmt: skip
    result = run(pool, [x], SAME)
    assert result.shape == (1, 2, length, length)
    for r in range(length):
        for c in range(length):
            rows, columns = (
                [i for i in range(at * stride - pad, at * stride - pad + extent, dilation)
                 if 0 <= i < size]
                for at in (r, c)
            )  # fmt: skip
            seen = x.codes[:, :, rows][..., columns]
            assert np.array_equal(result[:, :, r, c], seen.max(axis=(2, 3)))


def test_padding_never_wins_a_max_pool() -> None:
    x = Operand(np.full((1, 1, 2, 2), -90, np.int8), QuantParams.fixed_point(QuantScheme.I8, 3))
    pool = step("MaxPool", Engine.TP, kernel_shape=(3, 3), pads=(1, 1, 1, 1))
    assert run(pool, [x], x.params).tolist() == [[[[-90, -90], [-90, -90]]]]


def test_pools_of_one_axis_and_of_everything() -> None:
    x = drawn(I16, (2, 3, 12))
    pool = step("MaxPool", Engine.TP, kernel_shape=(3,), strides=(3,))
    assert np.array_equal(run(pool, [x], I16), x.codes.reshape(2, 3, 4, 3).max(axis=3))
    everything = run(step("GlobalMaxPool", Engine.TP), [x], I16)
    assert np.array_equal(everything, x.codes.max(axis=2, keepdims=True))
    mean = run(step("GlobalAveragePool", Engine.NN), [x], I16)
    exact = quantize(x.real.mean(axis=2, keepdims=True), I16)
    assert np.abs(mean.astype(int) - exact).max() <= 1


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (3, 5), (7, 7), (13, 13)])
def test_average_pool_on_the_nn_engine_is_a_depthwise_convolution(rows: int, columns: int) -> None:
    """With weight code 255, zero point 0 and scale 1 / (255 k k)."""
    x = drawn(SAME, (1, 4, 14, 15))
    weight_params = QuantParams.affine(1 / (255 * rows * columns), 0)
    weights = Operand(np.full((4, 1, rows, columns), 255, np.uint8), weight_params)
    geometry = {"strides": (2, 1), "pads": (1, 1, 0, 1)}
    pool = step(
        "AveragePool", Engine.NN, kernel_shape=(rows, columns), count_include_pad=1, **geometry
    )
    conv = step("Conv", Engine.NN, group=4, **geometry)
    assert np.array_equal(run(pool, [x], OTHER), run(conv, [x, weights, None], OTHER))


def test_only_what_is_inside_counts_when_padding_is_excluded() -> None:
    x = Operand(np.full((1, 1, 4, 4), 180, np.uint8), SAME)
    for kernel in (3, 5):
        pool = step(
            "AveragePool", Engine.SHADER, kernel_shape=(kernel,) * 2, pads=(kernel // 2,) * 4
        )
        assert (run(pool, [x], SAME) == 180).all()


def test_3x3_truncates_and_5x5_rounds() -> None:
    unit = QuantParams.affine(1.0, 0)
    x = Operand(np.arange(25, dtype=np.uint8).reshape(1, 1, 5, 5) * 3 % 11, unit)
    for kernel, rounding in ((3, np.trunc), (5, np.rint)):
        pool = step("AveragePool", Engine.SHADER, kernel_shape=(kernel,) * 2)
        mean = x.codes[0, 0, :kernel, :kernel].astype(float).mean()
        assert run(pool, [x], unit)[0, 0, 0, 0] == rounding(mean)


def test_large_windows_on_the_shader() -> None:
    x = drawn(SAME, (1, 8, 20, 17))
    result = run(step("GlobalAveragePool", Engine.SHADER), [x], OTHER).reshape(-1)
    exact = quantize(x.real.mean(axis=(2, 3)), OTHER).reshape(-1)
    assert (np.abs(result.astype(int) - exact.astype(int)) <= 1).all()
    padded = step(
        "AveragePool", Engine.SHADER, kernel_shape=(16, 16), pads=(8,) * 4, count_include_pad=1
    )
    assert (run(padded, [Operand(np.full((1, 1, 16, 16), 103, np.uint8), SAME)], OTHER) == 95).all()


@pytest.mark.parametrize("counted", [0, 1])
def test_what_rounding_up_reaches_never_counts(counted: int) -> None:
    unit = QuantParams.floating()
    x = Operand(np.ones((1, 1, 4, 4), np.float16), unit)
    pool = step(
        "AveragePool", Engine.SHADER, kernel_shape=(3, 3), strides=(2, 2), ceil_mode=1,
        count_include_pad=counted,
    )  # fmt: skip
    assert run(pool, [x], unit).tolist() == [[[[1.0, 1.0], [1.0, 1.0]]]]

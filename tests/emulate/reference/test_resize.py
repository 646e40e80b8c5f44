"""Nearest and bilinear resize."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.reference import Operand
from rkviz.emulate.reference.resize import coordinate, nearest_index
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.target import Engine
from tests.npu_vectors import run, step

U8 = QuantParams.affine(0.05, 100)
SYSTEMS = ["asymmetric", "align_corners", "half_pixel", "pytorch_half_pixel"]


def drawn(shape: tuple[int, ...]) -> Operand:
    rng = np.random.default_rng(0)
    return Operand(rng.integers(0, 256, shape).astype(np.uint8), U8)


def resize(mode: str, system: str, **size: tuple[float, ...]) -> object:
    return step("Resize", Engine.SHADER, mode=mode, coordinate_transformation_mode=system, **size)


@pytest.mark.parametrize("system", ["asymmetric", "half_pixel", "pytorch_half_pixel"])
@pytest.mark.parametrize("factor", [1, 2, 3, 7])
def test_nearest_repeats_codes(system: str, factor: int) -> None:
    x = drawn((1, 3, 5, 4))
    result = run(resize("nearest", system, scales=(1.0, 1.0, factor, factor)), [x], U8)
    assert np.array_equal(result, x.codes.repeat(factor, axis=2).repeat(factor, axis=3))


def test_nearest_takes_the_floor() -> None:
    x = Operand(np.arange(7, dtype=np.uint8).reshape(1, 1, 7), U8)
    assert run(resize("nearest", "asymmetric", sizes=(4,)), [x], U8).tolist() == [[[0, 1, 3, 5]]]
    assert run(resize("nearest", "align_corners", sizes=(4,)), [x], U8).tolist() == [[[0, 2, 4, 6]]]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("params", [U8, QuantParams.fixed_point(QuantScheme.I16, 8)], ids=str)
def test_same_size_is_a_copy(system: str, params: QuantParams) -> None:
    x = Operand(drawn((2, 3, 6, 5)).codes.astype(params.scheme.dtype), params)
    for mode in ("nearest", "linear"):
        assert np.array_equal(run(resize(mode, system, sizes=(2, 3, 6, 5)), [x], params), x.codes)


def test_aligned_corners_keep_the_corners() -> None:
    x = drawn((1, 1, 4, 6))
    result = run(resize("linear", "align_corners", sizes=(9, 11)), [x], U8)
    assert np.array_equal(result[:, :, ::8, ::10], x.codes[:, :, ::3, ::5])


def test_bilinear_mixes_four_codes_with_ties_to_even() -> None:
    x = Operand(np.array([[10, 13], [20, 30]], np.uint8).reshape(1, 1, 2, 2), U8)
    result = run(resize("linear", "asymmetric", sizes=(4, 4)), [x], U8)
    assert result[0, 0].tolist() == [
        [10, 12, 13, 13],
        [15, 18, 22, 22],
        [20, 25, 30, 30],
        [20, 25, 30, 30],
    ]


def test_bilinear_to_other_parameters_interpolates_in_float() -> None:
    x, out = drawn((1, 2, 6, 6)), QuantParams.affine(0.1, 50)
    result = Operand(run(resize("linear", "half_pixel", sizes=(12, 12)), [x], out), out)
    real = Operand(x.real.astype(np.float16), QuantParams.floating())
    exact = run(resize("linear", "half_pixel", sizes=(12, 12)), [real], QuantParams.floating())
    assert (np.abs(result.real - exact.astype(float)) <= 0.056).all()


def test_coordinates() -> None:
    assert coordinate(4, 2, "asymmetric").tolist() == [0, 0.5, 1, 1.5]
    assert coordinate(4, 2, "half_pixel").tolist() == [0, 0.25, 0.75, 1.25]
    assert coordinate(3, 5, "align_corners").tolist() == [0, 2, 4]
    assert coordinate(1, 5, "align_corners").tolist() == [0]
    assert coordinate(1, 5, "pytorch_half_pixel").tolist() == [0]
    assert coordinate(1, 5, "half_pixel").tolist() == [2]
    assert nearest_index(1, 5, "half_pixel").tolist() == [2]
    assert nearest_index(1, 5, "pytorch_half_pixel").tolist() == [0]


@pytest.mark.parametrize(("mode", "system"), [("cubic", "asymmetric"), ("linear", "tf_crop")])
def test_other_modes_are_refused(mode: str, system: str) -> None:
    with pytest.raises(UnsupportedOpError, match="use nearest or linear"):
        run(resize(mode, system, sizes=(4, 4)), [drawn((1, 1, 2, 2))], U8)

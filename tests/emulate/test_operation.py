"""One operation on given codes: the engine a plan would choose, every type, clear refusals."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.operation import Operand, run_operation
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.target import Engine

U8 = QuantParams.affine(0.05, 100)
I16 = QuantParams.fixed_point(QuantScheme.I16, 11)
FLOAT = QuantParams.floating()
CODES = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)


@pytest.mark.parametrize("compiled", [False, True])
def test_every_tensor_may_have_a_type_of_its_own(compiled: bool) -> None:
    x, y = Operand(CODES, U8), Operand(np.full((16,), 0.5, np.float16), FLOAT)
    (converted,) = run_operation("Convert", [x], [I16], compiled=compiled)
    np.testing.assert_allclose(converted / 2048, (CODES - 100.0) * 0.05, atol=2**-12)
    (codes,) = run_operation("Add", [x, y], [U8], compiled=compiled)
    np.testing.assert_array_equal(codes, np.minimum(CODES.astype(int) + 10, 255).astype(np.uint8))
    assert codes.dtype == np.uint8


def test_bias_and_weights_are_codes_too() -> None:
    """q = clip(RNE((8 * 3 + 100) / 4) + 7)"""
    x = Operand(np.full((1, 1, 1, 1), 18, np.uint8), QuantParams.affine(0.5, 10))
    w = Operand(np.full((1, 1, 1, 1), 4, np.uint8), QuantParams.affine(0.5, 1))
    bias = Operand(np.array([100], np.int32), FLOAT)
    (codes,) = run_operation("Conv", [x, w, bias], [QuantParams.affine(1.0, 7)])
    assert codes.tolist() == [[[[38]]]]


def test_the_engine_follows_from_the_layer() -> None:
    """Windows up to 15 that count padding run as convolutions, which round otherwise."""
    x, out = Operand(CODES, U8), QuantParams.affine(0.06, 90)
    for size, engine in ((8, Engine.NN), (16, Engine.SHADER)):
        attrs = {"kernel_shape": [size, size], "strides": [1, 1]}
        (found,) = run_operation("AveragePool", [x], [out], **attrs)
        (stated,) = run_operation("AveragePool", [x], [out], engine=engine, **attrs)
        np.testing.assert_array_equal(found, stated)


def test_an_add_is_the_shaders_unless_stated() -> None:
    a = Operand(CODES, QuantParams.affine(0.031, 103))
    b = Operand(CODES[..., ::-1].copy(), QuantParams.affine(0.0473, 140))
    out = QuantParams.affine(0.0777, 121)
    (found,) = run_operation("Add", [a, b], [out])
    (shader,) = run_operation("Add", [a, b], [out], engine=Engine.SHADER)
    (residual,) = run_operation("Add", [a, b], [out], engine=Engine.NN)
    np.testing.assert_array_equal(found, shader)
    assert np.any(found != residual)


def test_what_cannot_be_run_is_told() -> None:
    x = Operand(CODES, U8)
    with pytest.raises(UnsupportedOpError, match="did you mean 'Sigmoid'"):
        run_operation("Sigmoit", [x], [U8])
    with pytest.raises(ValueError, match="input 0 has codes of type int64, not uint8"):
        run_operation("Relu", [Operand(CODES.astype(np.int64), U8)], [U8])
    with pytest.raises(ValueError, match="attribute alpha is None"):
        run_operation("LeakyRelu", [x], [U8], alpha=None)
    crop = {"mode": "linear", "sizes": [4, 4], "coordinate_transformation_mode": "half_pixel"}
    with pytest.raises(UnsupportedOpError, match="The NPU has no Resize with antialiasing"):
        run_operation("Resize", [x], [U8], antialias=1, scales=[1.0], **crop)

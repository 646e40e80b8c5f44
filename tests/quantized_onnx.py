"""Quantized ONNX networks built in code, as onnxruntime's quantizer and exporters write them."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto

from tests.models import Array, Builder

MICROSOFT = "com.microsoft"


class Quantized(Builder):
    """A Builder that also knows scales and zero points."""

    def scale(self, name: str, scale: object, zero: object, dtype: str = "uint8") -> list[str]:
        """The names of a scale and a zero point."""
        return [
            self.constant(f"{name}_scale", np.array(scale, np.float32)),
            self.constant(f"{name}_zero", np.array(zero, dtype)),
        ]

    def pair(self, x: str, scale: float, zero: int, dtype: str = "uint8") -> str:
        """QuantizeLinear and DequantizeLinear behind the value `x`."""
        names = self.scale(x, scale, zero, dtype)
        codes = self.node("QuantizeLinear", [x, *names], f"{x}_q")
        return self.node("DequantizeLinear", [codes, *names], f"{x}_dq")

    def weights(self, name: str, codes: Array, scale: object, zero: object, **attrs: object) -> str:
        """Codes behind a DequantizeLinear."""
        names = self.scale(name, scale, zero, codes.dtype.name)
        return self.node("DequantizeLinear", [self.constant(name, codes), *names], f"{name}_dq",
                         **attrs)  # fmt: skip


def codes_of(shape: tuple[int, ...], dtype: str = "uint8", seed: int = 0) -> Array:
    """Codes over the whole range of an 8-bit type."""
    drawn = np.random.default_rng(seed).integers(0, 256, shape)
    return (drawn - (128 if dtype == "int8" else 0)).astype(dtype)


def qdq_network(dtype: str = "uint8", per_channel: bool = False) -> ModelProto:
    """conv whose relu the quantizer dropped, max pool on codes, conv, both QDQ."""
    b, shift = Quantized("qdq"), 128 if dtype == "int8" else 0
    x = b.pair(b.input(shape=(1, 3, 8, 8)), 0.02, 128 - shift, dtype)
    if per_channel:
        w = b.weights("w1", codes_of((4, 3, 3, 3), dtype), [0.01, 0.02, 0.03, 0.04],
                      np.zeros(4), axis=0)  # fmt: skip
    else:
        w = b.weights("w1", codes_of((4, 3, 3, 3), dtype), 0.01, 120 - shift)
    bias = b.weights("b1", np.arange(4, dtype=np.int32) * 100, 0.0002, 0)
    x = b.node("Conv", [x, w, bias], "conv1", kernel_shape=[3, 3], pads=[1] * 4)
    names = b.scale("conv1", 0.05, -shift, dtype)
    x = b.node("QuantizeLinear", [x, *names], "conv1_q")
    x = b.node("MaxPool", [x], "pool", kernel_shape=[2, 2], strides=[2, 2])
    x = b.node("DequantizeLinear", [x, *names], "pool_dq")
    w = b.weights("w2", codes_of((2, 4, 1, 1), dtype, 1), 0.02, 100 - shift)
    x = b.node("Conv", [x, w], "conv2")
    b.output(b.pair(x, 0.1, 128 - shift, dtype))
    return b.model()


def qlinear_network() -> ModelProto:
    """The operators on codes: conv, add, leaky relu, sigmoid, mul, concat, pools, matmul, gemm."""
    b = Quantized("qlinear")
    x, real = b.scale("x", 0.02, 128), b.input(shape=(1, 3, 8, 8))
    codes = b.node("QuantizeLinear", [real, *x], "q")
    w, y = b.scale("w", 0.01, 120), b.scale("y", 0.05, 110)
    weight = b.constant("weight", codes_of((4, 3, 3, 3)))
    bias = b.constant("bias", np.arange(4, dtype=np.int32) * 100)
    conv = b.node("QLinearConv", [codes, *x, weight, *w, *y, bias], "conv", pads=[1] * 4)
    leaky_params, one = b.scale("leaky", 0.04, 30), b.scale("one", 1 / 256, 0)
    leaky = b.node("QLinearLeakyRelu", [conv, *y, *leaky_params], "leaky", domain=MICROSOFT,
                   alpha=0.2)  # fmt: skip
    gate = b.node("QLinearSigmoid", [conv, *y, *one], "gate", domain=MICROSOFT)
    product = b.scale("product", 0.04, 40)
    gated = b.node("QLinearMul", [leaky, *leaky_params, gate, *one, *product], "gated",
                   domain=MICROSOFT)  # fmt: skip
    total = b.scale("total", 0.09, 90)
    added = b.node("QLinearAdd", [gated, *product, conv, *y, *total], "added", domain=MICROSOFT)
    joined = b.node("QLinearConcat", [*total, added, *total, conv, *y], "joined", axis=1,
                    domain=MICROSOFT)  # fmt: skip
    mean = b.scale("mean", 0.03, 100)
    pooled = b.node("QLinearAveragePool", [joined, *total, *mean], "pooled", domain=MICROSOFT,
                    kernel_shape=[2, 2], strides=[2, 2])  # fmt: skip
    pooled = b.node("QLinearGlobalAveragePool", [pooled, *mean, *mean], "global",
                    domain=MICROSOFT, channels_last=0)  # fmt: skip
    flat = b.node("Flatten", [pooled], "flat", axis=1)
    hidden, out = b.scale("hidden", 0.2, 128), b.scale("out", 0.4, 120)
    left = b.constant("left", codes_of((8, 6), seed=2))
    row = b.node("QLinearMatMul", [flat, *mean, left, *w, *hidden], "matmul")
    right = b.constant("right", codes_of((5, 6), seed=3))
    row = b.node("QGemm", [row, *hidden, right, *w, "", *out], "gemm", domain=MICROSOFT, transB=1)
    b.output(b.node("DequantizeLinear", [row, *out], "dq"))
    made = b.model()
    made.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    return made

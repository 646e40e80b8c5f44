"""Each operator of TensorFlow Lite in ONNX's words: weights, windows and arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rkviz.graph.model import Array, Attr
from rkviz.graph.tflite_import_lowering import TO_NCHW, Call, Lowering, NotInOnnxError, Step

Lower = Callable[[Lowering, Call], None]
_PADDING = ("SAME_UPPER", "VALID")


def _window(call: Call) -> dict[str, Attr]:
    """Strides and padding of a windowed operator; SAME puts the odd pixel at the end."""
    return {
        "strides": (call.option("StrideH", 1), call.option("StrideW", 1)),
        "auto_pad": _PADDING[call.option("Padding")],
    }


def _weights(lower: Lowering, call: Call, perm: tuple[int, ...]) -> tuple[str, Array]:
    index = call.input(1)
    array = lower.real(index).transpose(perm)
    return lower.constant(lower.names[index], array, index), array


def _bias(lower: Lowering, call: Call, position: int, x: int, w: int) -> tuple[str, ...]:
    """The bias as real numbers; without a scale of its own it has the product of the others'."""
    index = call.input(position)
    if index < 0:
        return ()
    array = lower.real(index)
    if array.dtype.kind == "i":
        scales = [affine.scale for affine in (lower.tensor(x).affine, lower.tensor(w).affine)
                  if affine is not None]  # fmt: skip
        if len(scales) < 2:
            raise ValueError("an integer bias without a scale")
        array = array.astype(np.float32) * (scales[0] * scales[1])
    return (lower.constant(lower.names[index], array.reshape(-1)),)


def _conv(lower: Lowering, call: Call) -> None:
    x, w = call.input(0), call.input(1)
    depthwise = call.operator.op == "DEPTHWISE_CONV_2D"
    # OHWI, and 1HWO for depthwise, become OIHW.
    weight, array = _weights(lower, call, (3, 0, 1, 2) if depthwise else TO_NCHW)
    channels, per_group = lower.shape(x)[3], array.shape[1]
    if channels % per_group:
        raise ValueError(f"weights for {per_group} channels, the input has {channels}")
    attrs = _window(call)
    attrs |= {"kernel_shape": array.shape[2:], "group": channels // per_group}
    attrs["dilations"] = (call.option("DilationHFactor", 1), call.option("DilationWFactor", 1))
    inputs = (weight, *_bias(lower, call, 2, x, w))
    lower.chain(call, lower.value(x), ("Conv", inputs, attrs))


def _transposed_conv(lower: Lowering, call: Call) -> None:
    """Padding is what takes the full result to the size the file states."""
    x, w = call.input(2), call.input(1)
    weight, array = _weights(lower, call, (3, 0, 1, 2))
    strides = (call.option("StrideH", 1), call.option("StrideW", 1))
    surplus = [
        (lower.shape(x)[axis + 1] - 1) * stride + array.shape[2 + axis]
        - lower.shape(call.output)[axis + 1]
        for axis, stride in enumerate(strides)
    ]  # fmt: skip
    begins = [max(extra, 0) // 2 for extra in surplus]
    ends = [max(extra, 0) - begin for extra, begin in zip(surplus, begins, strict=True)]
    attrs: dict[str, Attr] = {"strides": strides, "kernel_shape": array.shape[2:]}
    attrs |= {"pads": (*begins, *ends)}
    attrs |= {"output_padding": tuple(max(-extra, 0) for extra in surplus)}
    inputs = (weight, *_bias(lower, call, 3, x, w))
    lower.chain(call, lower.value(x), ("ConvTranspose", inputs, attrs))


def _fully_connected(lower: Lowering, call: Call) -> None:
    x, w = call.input(0), call.input(1)
    if call.option("WeightsFormat") or len(lower.shape(w)) != 2 or not lower.is_constant(w):
        raise NotInOnnxError
    weight, array = _weights(lower, call, (0, 1))
    source, shape = lower.value(x), lower.shape(x)
    if len(shape) != 2 or shape[1] != array.shape[1]:
        rows = f"{lower.names[call.output]}/rows"
        inputs = (lower.in_file_order(x), lower.sizes(call, "row_shape", (-1, array.shape[1])))
        lower.node("Reshape", inputs, (rows,), f"{call.layer}/rows")
        source = rows
    out = lower.shape(call.output)
    after = lower.arranged(call, out) if len(out) != 2 else []
    bias = _bias(lower, call, 2, x, w)
    lower.chain(call, source, ("Gemm", (weight, *bias), {"transB": 1}), *after)


def _pool(lower: Lowering, call: Call) -> None:
    attrs = _window(call)
    attrs["kernel_shape"] = (call.option("FilterHeight"), call.option("FilterWidth"))
    op = "MaxPool" if call.operator.op == "MAX_POOL_2D" else "AveragePool"
    if op == "AveragePool":
        attrs["count_include_pad"] = 0
    lower.chain(call, lower.value(call.input(0)), (op, (), attrs))


def _operand(lower: Lowering, call: Call, index: int) -> str:
    """Tensor `index` with as many axes as the result where it is a picture, so that both meet."""
    rank, shape = len(lower.shape(call.output)), lower.shape(index)
    if len(shape) == rank or rank != 4:
        return lower.value(index)
    wide = (1,) * (rank - len(shape)) + shape
    if lower.is_constant(index):
        array = lower.real(index)
        if array.size > 1:
            array = array.reshape(wide).transpose(TO_NCHW)
        return lower.constant(lower.names[index], array, index)
    name = f"{lower.names[index]}/{call.layer}"
    middle = f"{name}/NHWC"
    inputs = (lower.value(index), lower.sizes(call, "wide", wide))
    lower.node("Reshape", inputs, (middle,), middle)
    lower.node("Transpose", (middle,), (name,), name, {"perm": TO_NCHW})
    return name


def _binary(lower: Lowering, call: Call) -> None:
    first, second = (_operand(lower, call, call.input(i)) for i in (0, 1))
    lower.chain(call, first, (_BINARY[call.operator.op], (second,), {}))


def _square(lower: Lowering, call: Call) -> None:
    x = lower.value(call.input(0))
    lower.chain(call, x, ("Mul", (x,), {}))


def _unary(lower: Lowering, call: Call) -> None:
    lower.chain(call, lower.value(call.input(0)), (_UNARY[call.operator.op], (), {}))


def _leaky(lower: Lowering, call: Call) -> None:
    attrs: dict[str, Attr] = {"alpha": call.number("Alpha", 0.0)}
    lower.chain(call, lower.value(call.input(0)), ("LeakyRelu", (), attrs))


def _gelu(lower: Lowering, call: Call) -> None:
    attrs: dict[str, Attr] = {"approximate": "tanh" if call.option("Approximate") else "none"}
    lower.chain(call, lower.value(call.input(0)), ("Gelu", (), attrs))


def _bounded(lower: Lowering, call: Call) -> None:
    op = "Relu6" if call.operator.op == "RELU6" else "Clip"
    lower.chain(call, lower.value(call.input(0)), lower.bounded(call, op))


def _prelu(lower: Lowering, call: Call) -> None:
    slope = lower.real(call.input(1))
    if len(lower.shape(call.input(0))) == 4 and slope.ndim == 3:
        slope = slope.transpose(2, 0, 1)
    name = lower.constant(lower.names[call.input(1)], slope, call.input(1))
    lower.chain(call, lower.value(call.input(0)), ("PRelu", (name,), {}))


def _softmax(lower: Lowering, call: Call) -> None:
    """exp(beta x) over the last axis of the file, which are the channels of a picture."""
    rank, beta = len(lower.shape(call.input(0))), call.number("Beta", 1.0)
    steps: list[Step] = []
    if beta not in (0.0, 1.0):
        factor = lower.constant(f"{call.layer}/beta", np.array(beta, np.float32))
        steps.append(("Mul", (factor,), {}))
    op = "LogSoftmax" if call.operator.op == "LOG_SOFTMAX" else "Softmax"
    steps.append((op, (), {"axis": 1 if rank == 4 else rank - 1}))
    lower.chain(call, lower.value(call.input(0)), *steps)


def _convert(lower: Lowering, call: Call) -> None:
    """QUANTIZE and DEQUANTIZE: the same numbers, whose parameters are stated with each tensor."""
    if lower.is_constant(call.input(0)):
        lower.alias(call.output, call.input(0))
    else:
        lower.chain(call, lower.value(call.input(0)), ("Identity", (), {}))


_BINARY: Mapping[str, str] = {
    "ADD": "Add", "SUB": "Sub", "MUL": "Mul", "DIV": "Div", "MAXIMUM": "Max", "MINIMUM": "Min",
    "POW": "Pow",
}  # fmt: skip
_UNARY: Mapping[str, str] = {
    "RELU": "Relu", "LOGISTIC": "Sigmoid", "TANH": "Tanh", "ELU": "Elu", "HARD_SWISH": "HardSwish",
    "ABS": "Abs", "NEG": "Neg", "EXP": "Exp", "LOG": "Log", "SQRT": "Sqrt", "FLOOR": "Floor",
    "CEIL": "Ceil", "SIN": "Sin", "COS": "Cos",
}  # fmt: skip
ARITHMETIC: Mapping[str, Lower] = {
    "CONV_2D": _conv, "DEPTHWISE_CONV_2D": _conv, "TRANSPOSE_CONV": _transposed_conv,
    "FULLY_CONNECTED": _fully_connected, "AVERAGE_POOL_2D": _pool, "MAX_POOL_2D": _pool,
    "RELU6": _bounded, "RELU_N1_TO_1": _bounded, "LEAKY_RELU": _leaky, "PRELU": _prelu,
    "GELU": _gelu, "SOFTMAX": _softmax, "LOG_SOFTMAX": _softmax, "SQUARE": _square,
    "QUANTIZE": _convert, "DEQUANTIZE": _convert,
    **dict.fromkeys(_BINARY, _binary), **dict.fromkeys(_UNARY, _unary),
}  # fmt: skip
"""Operator -> how it is said in ONNX."""

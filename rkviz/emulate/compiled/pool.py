"""Pooling, reductions over codes, and deconvolutions without overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from rkviz.emulate.compiled.conv import Filter, convolution
from rkviz.emulate.compiled.lookup import converter
from rkviz.emulate.compiled.program import Codes, OnnxProgram, Program, emission, given
from rkviz.emulate.reference.accumulate import multiplier
from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import integer, ints
from rkviz.emulate.reference.windows import Windows
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import Float64, f32_ratio
from rkviz.quantize.plan import Step, TensorPlan
from rkviz.target import Engine

_POOL_WEIGHT = 255


def max_pool(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX MaxPool: codes keep their order, so the largest code is the largest value."""
    x = inputs[0]
    # onnxruntime lets a window of a rounded up size begin in the padding.
    if x is None or len(outputs) != 1 or ints(step.attrs, "ceil_mode", (0,))[0]:
        return None
    convert = converter(x.params, outputs[0].params)
    scheme = x.params.scheme
    if scheme.bits == 8:
        held: DTypeLike = scheme.dtype
    else:
        held = np.float32
    nodes = emission()
    geometry = ("kernel_shape", "strides", "pads", "dilations")
    attrs = {key: step.attrs[key] for key in geometry if key in step.attrs}
    session = OnnxProgram(nodes, {"x": held}, nodes.add("MaxPool", ["x"], ["y"], "pool", **attrs))

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        largest = session.one(given(codes, 0).astype(held, copy=False))
        return [convert(largest.astype(scheme.dtype, copy=False))]

    return program


def global_max_pool(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX GlobalMaxPool."""
    del step
    x = inputs[0]
    if x is None:
        return None
    convert = converter(x.params, outputs[0].params)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        planes = given(codes, 0)
        return [convert(planes.max(axis=tuple(range(2, planes.ndim)), keepdims=True))]

    return program


def average_pool(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX AveragePool on the NN engine: a depthwise convolution with weight code 255."""
    x, out = inputs[0], outputs[0].params
    if x is None or step.engine is not Engine.NN or len(x.shape) != 4:
        return None
    if x.params.scheme is not QuantScheme.U8 or out.scheme is not QuantScheme.U8:
        return None
    kernel = ints(step.attrs, "kernel_shape")
    windows = Windows.of(step.attrs, kernel)
    if windows.ceil or len(kernel) != 2:
        return None
    channels = x.shape[1]
    scale = f32_ratio(1.0, float(_POOL_WEIGHT * kernel[0] * kernel[1]))
    filters = Filter(
        x.params,
        np.full((channels, 1, *kernel), _POOL_WEIGHT, np.uint8),
        QuantParams(QuantScheme.U8, scale, 0),
        np.zeros(channels, np.int64),
        windows,
        channels,
    )
    return convolution(filters, out, step.activation)


def global_average_pool(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX GlobalAveragePool on the NN engine: acc = 255 sum (x - zx), requantised."""
    x, out = inputs[0], outputs[0].params
    if x is None or step.engine is not Engine.NN or len(x.shape) < 3:
        return None
    if not x.params.scheme.is_quantized or not out.scheme.is_quantized:
        return None
    axes = tuple(range(2, len(x.shape)))
    rows, columns = (1, *x.shape[2:])[-2:]
    weight_scale = f32_ratio(1.0, float(_POOL_WEIGHT * rows * columns))
    scale = multiplier(x.params.scale, weight_scale, out.scale)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        acc = _sums(given(codes, 0), axes, True, x.params.zero_point) * _POOL_WEIGHT
        return [activated(acc * scale, out, step.activation)]

    return program


def reduce_mean(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX ReduceMean of quantized codes: sums of integers are exact in any order."""
    return _reduction(step, inputs, outputs[0].params, mean=True)


def reduce_sum(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX ReduceSum of quantized codes."""
    return _reduction(step, inputs, outputs[0].params, mean=False)


def _reduction(
    step: Step, inputs: Sequence[TensorPlan | None], out: QuantParams, mean: bool
) -> Program | None:
    x = inputs[0]
    if x is None or any(inputs[1:]) or not x.params.scheme.is_quantized:
        return None
    keep = integer(step.attrs, "keepdims", 1) == 1

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        source = given(codes, 0)
        every = tuple(range(source.ndim))
        axes = ints(step.attrs, "axes", every) or every
        steps = _sums(source, axes, keep, x.params.zero_point)
        if mean:
            steps = steps / np.prod([source.shape[axis] for axis in axes])
        return [activated(steps * (x.params.scale / out.scale), out, step.activation)]

    return program


def _sums(codes: Codes, axes: tuple[int, ...], keep: bool, zero_point: int) -> Float64:
    """Sum of code - zero point over `axes`, as float64."""
    count = int(np.prod([codes.shape[axis] for axis in axes]))
    total = codes.sum(axis=axes, keepdims=keep, dtype=np.int64) - count * zero_point
    return total.astype(np.float64)


def conv_transpose(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX ConvTranspose whose stride is its kernel: a 1x1 convolution, its channels spread out.

    Every output then has one tap, w[:, o, i, j], at row i and column j of its block.
    """
    x, w = inputs[0], inputs[1]
    if x is None or w is None or w.codes is None or w.codes.ndim != 4:
        return None
    windows = Windows.of(step.attrs, w.codes.shape[2:])
    plain = Windows(windows.kernel, windows.kernel)
    extra = any(ints(step.attrs, "output_padding", (0, 0)))
    if windows != plain or extra or integer(step.attrs, "group", 1) != 1:
        return None
    channels_in, channels, rows, columns = w.codes.shape
    taps = w.codes.transpose(1, 2, 3, 0).reshape(-1, channels_in, 1, 1)
    bias = inputs[2] if len(inputs) > 2 else None
    if bias is not None and (bias.codes is None or bias.codes.dtype.kind not in "iu"):
        return None
    per_channel = (
        np.zeros(channels, np.int64)
        if bias is None or bias.codes is None
        else bias.codes.astype(np.int64).reshape(-1)
    )
    filters = Filter(
        x.params,
        np.ascontiguousarray(taps),
        w.params,
        np.repeat(per_channel, rows * columns),
        Windows((1, 1)),
    )
    program = convolution(filters, outputs[0].params, step.activation)
    if program is None:
        return None

    def spread(codes: Sequence[Codes | None]) -> list[Codes]:
        (flat,) = program(codes)
        n, _, h, w_ = flat.shape
        blocks = flat.reshape(n, channels, rows, columns, h, w_).transpose(0, 1, 4, 2, 5, 3)
        return [blocks.reshape(n, channels, h * rows, w_ * columns)]

    return spread

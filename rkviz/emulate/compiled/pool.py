"""Pooling, and reductions over codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from rkviz.emulate.compiled.conv import Filter, convolution, unsigned
from rkviz.emulate.compiled.lookup import converter
from rkviz.emulate.compiled.program import Codes, OnnxProgram, Program, emission, given
from rkviz.emulate.reference.accumulate import multiplier
from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import integer, ints
from rkviz.emulate.reference.pool import divisors, shader_average
from rkviz.emulate.reference.windows import Windows
from rkviz.graph.model import Attr
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import Float64, f32_ratio
from rkviz.quantize.plan import Step, TensorPlan
from rkviz.target import Engine

_POOL_WEIGHT = 255
_FP16_LOWEST = np.float32(-65504.0)
_EXACT_FP16 = 1 << 13
"""So many fp16 values, multiples of 2**-24 below 2**16, are summed exactly in float64."""


def max_pool(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX MaxPool: codes keep their order, so the largest code is the largest value."""
    x = inputs[0]
    if x is None or len(outputs) != 1:
        return None
    convert = converter(x.params, outputs[0].params)
    windows = Windows.of(step.attrs, ints(step.attrs, "kernel_shape"))
    scheme = x.params.scheme
    held: DTypeLike = scheme.dtype if scheme.bits == 8 else np.float32
    lowest = scheme.qmin if scheme.is_quantized else -np.inf
    nodes = emission()
    geometry = ("kernel_shape", "strides", "pads", "dilations", "ceil_mode")
    attrs = {key: step.attrs[key] for key in geometry if key in step.attrs}
    session = OnnxProgram(nodes, {"x": held}, nodes.add("MaxPool", ["x"], ["y"], "pool", **attrs))

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        source = given(codes, 0)
        largest = session.one(source.astype(held, copy=False))
        rows, columns = windows.out_size(_size(source))
        # onnxruntime lets a window of a rounded up size begin in the padding.
        cut = largest[..., :rows, :columns] if largest.ndim == 4 else largest[..., :columns]
        # A window that sees padding alone is the smallest float32 there.
        codes_of_type = cut if scheme.bits == 8 else np.where(cut < _FP16_LOWEST, lowest, cut)
        return [convert(codes_of_type.astype(scheme.dtype, copy=False))]

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
    """ONNX AveragePool over two axes: on the NN engine a convolution, on the shader from sums."""
    x, out = inputs[0], outputs[0].params
    if x is None or len(x.shape) != 4 or out.scheme is not x.params.scheme:
        return None
    if x.params.scheme.bits != 8:
        return None
    windows = Windows.of(step.attrs, ints(step.attrs, "kernel_shape"))
    if step.engine is not Engine.NN:
        return _average_from_sums(step, windows, x, out, step.activation)
    if windows.ceil or x.params.scheme is not QuantScheme.U8:
        return None
    scale = f32_ratio(1.0, float(_POOL_WEIGHT * windows.kernel[0] * windows.kernel[1]))
    filters = Filter(
        x.params,
        np.full((x.shape[1], 1, *windows.kernel), _POOL_WEIGHT, np.uint8),
        QuantParams(QuantScheme.U8, scale, 0),
        np.zeros(x.shape[1], np.int64),
        windows,
        x.shape[1],
    )
    return convolution(filters, out, step.activation)


def _average_from_sums(
    step: Step, windows: Windows, x: TensorPlan, out: QuantParams, activation: str
) -> Program | None:
    """Sums of raw codes by a depthwise integer convolution with ones, then as the shader does."""
    if windows.ceil:
        return None
    size, channels = (x.shape[2], x.shape[3]), x.shape[1]
    counts, inside = divisors(step, windows, size), windows.sums(np.ones(size))
    # Unsigned codes are larger by -qmin; padding holds the zero point.
    correction = inside * x.params.scheme.qmin + (counts - inside) * x.params.zero_point
    nodes = emission()
    ones = nodes.constant("ones", np.ones((channels, 1, *windows.kernel), np.uint8))
    geometry: dict[str, Attr] = {
        "kernel_shape": windows.kernel, "strides": windows.strides, "pads": windows.pads,
        "dilations": windows.dilations, "group": channels,
    }  # fmt: skip
    made = nodes.add("ConvInteger", ["x", ones], ["y"], "sum", **geometry)
    session = OnnxProgram(nodes, {"x": np.uint8}, made)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        sums = session.one(unsigned(given(codes, 0))).astype(np.float64) + correction
        steps = shader_average(sums, counts, windows.kernel, x.params, out)
        return [activated(steps, out, activation)]

    return program


def global_average_pool(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX GlobalAveragePool: sums of integers are exact in any order, as those of few fp16."""
    x, out = inputs[0], outputs[0].params
    if x is None or len(x.shape) < 3 or x.params.scheme.is_quantized != out.scheme.is_quantized:
        return None
    axes = tuple(range(2, len(x.shape)))
    rows, columns = (1, *x.shape[2:])[-2:]
    count, zero = rows * columns, x.params.zero_point
    quantized, on_nn = x.params.scheme.is_quantized, step.engine is Engine.NN
    if not quantized and count > _EXACT_FP16:
        return None
    weight_scale = f32_ratio(1.0, float(_POOL_WEIGHT * count))
    scale = multiplier(x.params.scale, weight_scale, out.scale)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        sums = _sums(given(codes, 0), axes, True, zero if on_nn else 0)
        if not quantized:
            steps = sums / count / out.scale
        elif on_nn:
            steps = sums * _POOL_WEIGHT * scale
        else:
            steps = shader_average(sums, np.array(float(count)), (rows, columns), x.params, out)
        return [activated(steps, out, step.activation)]

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
    if codes.dtype.kind == "f":
        return codes.sum(axis=axes, keepdims=keep, dtype=np.float64)
    count = int(np.prod([codes.shape[axis] for axis in axes]))
    total = codes.sum(axis=axes, keepdims=keep, dtype=np.int64) - count * zero_point
    return total.astype(np.float64)


def _size(codes: Codes) -> tuple[int, int]:
    rows, columns = (1, *codes.shape[2:])[-2:]
    return rows, columns

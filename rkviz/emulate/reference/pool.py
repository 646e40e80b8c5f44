"""Pooling: maximum (exact), average on the NN engine (4.1.4) and on the shader (4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.reference.accumulate import multiplier
from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.convert import requantise
from rkviz.emulate.reference.operand import Codes, Operand, integer, present, required_ints
from rkviz.emulate.reference.windows import Windows, planes
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, f32_ratio
from rkviz.quantize.plan import Step
from rkviz.target import Engine

Scalar = TypeVar("Scalar", bound=np.generic)

_POOL_WEIGHT = 255
"""The weight code of an average pool run as depthwise convolution."""
_LARGEST_SMALL_WINDOW = 13
"""Larger windows were measured (16x16) to fold the division into the multiplier."""


def max_pool(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX MaxPool, GlobalMaxPool: the largest code of each window; padding never wins."""
    x = present(inputs, 0)
    codes, windows = planes(x.codes), _windows(step, x)
    scheme = x.params.scheme
    lowest = scheme.qmin if scheme.is_quantized else -np.inf
    out = windows.out_size((codes.shape[2], codes.shape[3]))
    result = np.full((*codes.shape[:2], *out), lowest, codes.dtype)
    for _, _, seen in windows.taps(windows.padded(codes, lowest), out):
        np.maximum(result, seen, out=result)
    return [requantise(_unplaned(result, x), x.params, outputs[0])]


def average_pool(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX AveragePool and GlobalAveragePool; the engine decides the arithmetic."""
    x, out = present(inputs, 0), outputs[0]
    windows = _windows(step, x)
    if step.engine is Engine.NN and x.params.scheme.is_quantized:
        values = _as_convolution(x, windows, out)
    elif not x.params.scheme.is_quantized or not out.scheme.is_quantized:
        sums = windows.sums(planes(x.real))
        values = sums / divisors(step, windows, _size(x)) / out.scale
    else:
        sums, counts = _raw_sums(step, x, windows)
        values = shader_average(sums, counts, windows.kernel, x.params, out)
    return [activated(_unplaned(values, x), out, step.activation)]


def _as_convolution(x: Operand, windows: Windows, out: QuantParams) -> Float64:
    """acc = 255 * sum (x - zx), weight scale 1 / (255 k k), M as for a convolution (rule 4.1.1).

    Measured on u8; for fixed point the same rule is used (open).
    """
    acc = windows.sums(planes(x.shifted)) * _POOL_WEIGHT
    weight_scale = f32_ratio(1.0, float(_POOL_WEIGHT * windows.kernel[0] * windows.kernel[1]))
    return acc * multiplier(x.params.scale, weight_scale, out.scale)


def shader_average(
    sums: Float64, counts: Float64, kernel: tuple[int, int], source: QuantParams, out: QuantParams
) -> Float64:
    """Steps of the output's scale from sums of raw codes over `counts` values; rounded, less zo.

    Windows up to 13x13: f32(sum / n) * f32(sx / so) + (zo - zx * f32(sx / so)). A 3x3 window
    truncates the result, 5x5 rounds it (RNE); other sizes were not measured and round. The zero
    point is inside the rounding, therefore this rounds here.
    Larger ones: f32(sum * f32(sx / so / n)) + f32 offset, RNE.
    """
    ratio = np.float32(f32_ratio(source.scale, out.scale))
    offset = np.float32(out.zero_point) - np.float32(source.zero_point) * ratio
    if max(kernel) > _LARGEST_SMALL_WINDOW:
        folded = (source.scale / out.scale / counts).astype(np.float32)
        result = sums.astype(np.float32) * folded + offset
    else:
        result = sums.astype(np.float32) / counts.astype(np.float32) * ratio + offset
    rounded = np.trunc(result) if kernel == (3, 3) else np.rint(result)
    return rounded.astype(np.float64) - out.zero_point


def _raw_sums(step: Step, x: Operand, windows: Windows) -> tuple[Float64, Float64]:
    """Sums of the codes themselves per window, and what to divide by; padding holds zx."""
    size = _size(x)
    counts, inside = divisors(step, windows, size), windows.sums(np.ones(size))
    sums = windows.sums(planes(x.codes).astype(np.float64))
    return sums + (counts - inside) * x.params.zero_point, counts


def divisors(step: Step, windows: Windows, size: tuple[int, int]) -> Float64:
    """Values each window over `size` divides by, [rows, columns]: padding where the step says so.

    What only rounding up the output size reaches never counts.
    """
    counted = windows.padded(np.ones(size), 0).copy()
    if integer(step.attrs, "count_include_pad") == 1:
        top, left, bottom, right = windows.pads
        counted[: size[0] + top + bottom, : size[1] + left + right] = 1
    return sum(
        (seen for _, _, seen in windows.taps(counted, windows.out_size(size))),
        start=np.zeros(windows.out_size(size)),
    )


def _size(x: Operand) -> tuple[int, int]:
    rows, columns = planes(x.codes).shape[2:]
    return rows, columns


def _windows(step: Step, x: Operand) -> Windows:
    if step.op.startswith("Global"):
        return Windows.of({}, x.codes.shape[2:])
    return Windows.of(step.attrs, required_ints(step, "kernel_shape"))


def _unplaned(result: NDArray[Scalar], x: Operand) -> NDArray[Scalar]:
    return result[:, :, 0] if x.codes.ndim == 3 else result

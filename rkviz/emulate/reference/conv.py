"""Convolution in all its forms: dense, group, depthwise, dilated, strided, 1-D and 2-D, deconv.

acc = bias + sum((x - zx) * (w - zw)); padded taps contribute 0. All sums are taken in float64,
where products of codes and their sums are exact below 2**53, so that BLAS gives the integers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.accumulate import Product, accumulating, with_bias
from rkviz.emulate.reference.operand import Operand, integer, ints, optional, present
from rkviz.emulate.reference.windows import Windows, in_cache, planes
from rkviz.numerics.arithmetic import Float64
from rkviz.quantize.plan import Step

_PATCH_ELEMENTS = 1 << 19
"""Elements of the unrolled patches held at once: 4 MB."""


def conv_accumulator(
    step: Step, inputs: Sequence[Operand | None], product: Product = np.matmul
) -> Float64:
    """ONNX Conv: x [N, C, (H,) W], w [O, C/group, (kh,) kw], bias [O] -> [N, O, (H,) W]."""
    x, w = present(inputs, 0), present(inputs, 1)
    group = integer(step.attrs, "group", 1)
    windows = Windows.of(step.attrs, w.codes.shape[2:])
    acc = convolve(planes(x.shifted), planes(w.shifted), windows, group, product)
    return with_bias(acc if w.codes.ndim == 4 else acc[:, :, 0], optional(inputs, 2), 1)


def conv_transpose_accumulator(
    step: Step, inputs: Sequence[Operand | None], product: Product = np.matmul
) -> Float64:
    """ONNX ConvTranspose: x [N, C, (H,) W], w [C, O/group, (kh,) kw], bias [O]."""
    x, w = present(inputs, 0), present(inputs, 1)
    group = integer(step.attrs, "group", 1)
    windows = Windows.of(step.attrs, w.codes.shape[2:])
    rank = w.codes.ndim - 2
    extra = ints(step.attrs, "output_padding", (0,) * rank)
    extra_rows, extra_columns = (0, *extra) if rank == 1 else extra
    size = (extra_rows, extra_columns)
    acc = spread(planes(x.shifted), planes(w.shifted), windows, group, size, product)
    return with_bias(acc if rank == 2 else acc[:, :, 0], optional(inputs, 2), 1)


def convolve(
    x: Float64, w: Float64, windows: Windows, group: int, product: Product = np.matmul
) -> Float64:
    """Cross-correlation of x [N, C, H, W] with w [O, C/group, kh, kw]; zeros around x."""
    channels_out, per_group = w.shape[:2]
    out = windows.out_size((x.shape[2], x.shape[3]))
    padded = windows.padded(x, 0)
    grouped = padded.reshape(x.shape[0], group, per_group, *padded.shape[2:])
    if per_group == 1:
        acc = _depthwise(grouped, w.reshape(group, -1, *w.shape[2:]), windows, out)
    else:
        rows = w.reshape(group, channels_out // group, -1)
        acc = _by_patches(grouped, rows, windows, out, product)
    return acc.reshape(x.shape[0], channels_out, *out)


def _depthwise(x: Float64, w: Float64, windows: Windows, out: tuple[int, int]) -> Float64:
    """x [N, G, 1, H, W], w [G, M, kh, kw] -> [N, G, M, *out]: one multiplication per tap."""
    acc = np.zeros((x.shape[0], *w.shape[:2], *out))
    for some in in_cache(w.shape[0], out):
        sums, scaled = acc[:, some], np.empty_like(acc[:, some])
        for i, j, seen in windows.taps(x[:, some], out):
            sums += np.multiply(seen, w[some, :, i, j, np.newaxis, np.newaxis], out=scaled)
    return acc


def _by_patches(
    x: Float64, w: Float64, windows: Windows, out: tuple[int, int], product: Product
) -> Float64:
    """x [N, G, C, H, W], w [G, O, C*kh*kw] -> [N, G, O, out rows * columns] by matrix product."""
    samples, group, channels = x.shape[:3]
    taps = windows.kernel[0] * windows.kernel[1]
    acc = np.empty((samples, group, w.shape[1], *out))
    rows_at_once = max(1, _PATCH_ELEMENTS // (group * channels * taps * out[1]))
    for sample in range(samples):
        for first in range(0, out[0], rows_at_once):
            part = (min(rows_at_once, out[0] - first), out[1])
            seen = [tap for _, _, tap in windows.taps(x[sample], part, first)]
            patches = np.stack(seen, axis=2) if taps > 1 else seen[0]
            made = product(w, patches.reshape(group, channels * taps, -1))
            acc[sample, :, :, first : first + part[0]] = made.reshape(group, -1, *part)
    return acc


def spread(
    x: Float64,
    w: Float64,
    windows: Windows,
    group: int,
    extra: tuple[int, int],
    product: Product = np.matmul,
) -> Float64:
    """Transposed convolution of x [N, C, H, W] with w [C, O/group, kh, kw].

    Every input value adds its copy of the kernel at stride distance; then the pads are cut off,
    so that out = (in - 1) * stride + extent - pads + `extra`.
    """
    samples, channels, *size = x.shape
    per_group = w.shape[1]
    x = x.reshape(samples, group, channels // group, -1)
    w = w.reshape(group, channels // group, per_group, *windows.kernel)
    full = [
        (size[axis] - 1) * windows.strides[axis] + windows.extent[axis] + extra[axis]
        for axis in (0, 1)
    ]
    acc = np.zeros((samples, group, per_group, *full))
    for i, j, target in windows.taps(acc, (size[0], size[1])):
        target += product(w[..., i, j].swapaxes(1, 2), x).reshape(target.shape)
    top, left, bottom, right = windows.pads
    cut = acc[..., top : full[0] - bottom, left : full[1] - right]
    return cut.reshape(samples, group * per_group, *cut.shape[3:])


conv = accumulating(conv_accumulator)
conv_transpose = accumulating(conv_transpose_accumulator)

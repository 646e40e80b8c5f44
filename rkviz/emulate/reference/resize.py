"""Resize: nearest (exact, floor index) and bilinear on the shader (4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.reference.convert import requantise
from rkviz.emulate.reference.operand import Codes, Operand, present, required_ints, text
from rkviz.emulate.reference.windows import planes
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import f32_ratio, round_to_codes
from rkviz.quantize.plan import Step

Float32 = NDArray[np.float32]
Real = TypeVar("Real", bound=np.floating[Any])

_ONE = np.float32(1)

_HALF_PIXEL = ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric")


def resize(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX Resize of the spatial axes of [N, C, (H,) W]; modes nearest and linear.

    The size comes from the attribute `sizes`, or else `scales`.
    Raises UnsupportedOpError for other modes and coordinate systems.
    """
    x, out = present(inputs, 0), outputs[0]
    coordinates = text(step.attrs, "coordinate_transformation_mode", "half_pixel")
    mode = text(step.attrs, "mode", "nearest")
    if mode not in ("nearest", "linear") or coordinates not in (
        *_HALF_PIXEL,
        "asymmetric",
        "align_corners",
    ):
        raise UnsupportedOpError(
            f"Layer {step.name!r} resizes with mode {mode!r} and coordinates {coordinates!r}; "
            "use nearest or linear with asymmetric, align_corners or half_pixel."
        )
    codes = planes(x.codes)
    sizes = _out_sizes(step, x.codes.shape)
    if mode == "nearest":
        rows, columns = (
            nearest_index(size, length, coordinates)
            for size, length in zip(sizes, codes.shape[2:], strict=True)
        )
        result = requantise(codes[:, :, rows[:, np.newaxis], columns], x.params, out)
    else:
        result = _bilinear(codes, x.params, out, sizes, coordinates)
    return [result[:, :, 0] if x.codes.ndim == 3 else result]


def _out_sizes(step: Step, shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of the output; one row where the input has one spatial axis.

    `sizes` and `scales` may have full rank or only the spatial axes: floor(size * scale).
    """
    rank = len(shape) - 2
    scales = step.attrs.get("scales", ())
    sizes = () if scales and "sizes" not in step.attrs else required_ints(step, "sizes")[-rank:]
    if not sizes:
        factors = [float(factor) for factor in scales] if isinstance(scales, tuple) else []
        sizes = tuple(
            int(np.floor(length * factor))
            for length, factor in zip(shape[2:], factors[-rank:], strict=True)
        )
    rows, columns = (1, *sizes)[-2:]
    return rows, columns


def coordinate(size: int, length: int, coordinates: str) -> Float32:
    """Where each of `size` outputs reads on an axis of `length`, in float32.

    asymmetric d * f32(in / out); align_corners d * f32((in - 1) / (out - 1)); half_pixel
    (d + .5) * f32(in / out) - .5, at least 0. pytorch_half_pixel differs at one output: 0.
    half_pixel_symmetric is half_pixel, since in / out is always taken from the sizes (open).
    """
    d = np.arange(size, dtype=np.float32)
    if coordinates == "align_corners":
        return d * np.float32((length - 1) / (size - 1) if size > 1 else 0.0)
    ratio = np.float32(length / size)
    if coordinates == "asymmetric":
        return d * ratio
    if coordinates == "pytorch_half_pixel" and size == 1:
        return np.zeros(1, np.float32)
    half = np.float32(0.5)
    return np.maximum((d + half) * ratio - half, np.float32(0))


def nearest_index(size: int, length: int, coordinates: str) -> NDArray[np.int64]:
    """Where each of `size` outputs of a nearest Resize reads on an axis of `length`.

    floor of the coordinate; half-pixel without the last -.5, align-corners to the nearest.
    """
    if coordinates in _HALF_PIXEL and not (coordinates == "pytorch_half_pixel" and size == 1):
        half = np.float32(0.5)
        position = (np.arange(size, dtype=np.float32) + half) * np.float32(length / size)
    else:
        position = coordinate(size, length, coordinates)
        if coordinates == "align_corners":
            position = position + np.float32(0.5)
    return np.minimum(np.floor(position).astype(np.int64), length - 1)


def _bilinear(
    codes: Codes,
    source: QuantParams,
    out: QuantParams,
    sizes: tuple[int, int],
    coordinates: str,
) -> Codes:
    """Row by row of the output.

    Same parameters in and out: the four weights rounded to fp16, times raw codes, summed, RNE.

    Different parameters, or FLOAT: float32 interpolation first along a row, then between rows;
    integers as raw codes, (result - zx) * f32(sx / so), RNE.
    Open: single codes at 7 -> 10 half-pixel and 7 -> 14 align-corners differ on the chip.
    """
    left, right, h = _neighbours(sizes[1], codes.shape[3], coordinates)
    rows = list(zip(*_neighbours(sizes[0], codes.shape[2], coordinates), strict=True))
    result = np.empty((*codes.shape[:2], *sizes), out.scheme.dtype)
    if source == out and source.scheme.is_quantized:
        corners = [_columns(codes, index, np.float64) for index in (left, right)]
        for row, (top, bottom, v) in enumerate(rows):
            mixed = np.zeros(corners[0].shape[1:])
            for share, line in ((_ONE - v, top), (v, bottom)):
                for along, side in zip((_ONE - h, h), corners, strict=True):
                    mixed += side[line] * (share * along).astype(np.float16).astype(np.float64)
            result[:, :, row] = round_to_codes(mixed, QuantParams(out.scheme))
        return result
    before, after = (_columns(codes, index, np.float32) for index in (left, right))
    lines = before + (after - before) * h
    factor = np.float32(f32_ratio(source.scale, out.scale))
    for row, (top, bottom, v) in enumerate(rows):
        between = lines[top] + (lines[bottom] - lines[top]) * v - np.float32(source.zero_point)
        result[:, :, row] = round_to_codes((between * factor).astype(np.float64), out)
    return result


def _columns(codes: Codes, index: NDArray[np.int64], dtype: type[Real]) -> NDArray[Real]:
    """The columns `index` of [N, C, H, W], row by row: [H, N, C, columns]."""
    lines = np.ascontiguousarray(np.moveaxis(codes, 2, 0))
    return np.take(lines, index, axis=-1).astype(dtype)


def _neighbours(
    size: int, length: int, coordinates: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], Float32]:
    """Index before, index after, and the share of the latter, for every output of one axis."""
    position = coordinate(size, length, coordinates)
    before = np.minimum(np.floor(position).astype(np.int64), length - 1)
    share = position - before.astype(np.float32)
    return before, np.minimum(before + 1, length - 1), share

"""Operators that only move codes (4.5): codes unchanged, parameters pass through.

Where a plan gives the output other parameters than the input, the TP converts (4.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from rkviz.emulate.reference.convert import requantise
from rkviz.emulate.reference.operand import (
    Codes,
    Kernel,
    Operand,
    integer,
    ints,
    number,
    present,
    required_ints,
)
from rkviz.emulate.reference.operand import text as text_of
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import quantize
from rkviz.quantize.plan import Step

_BLOCK_ORDERS: Mapping[str, tuple[int, int, int]] = {
    "DCR": (0, 1, 2),
    "CRD": (2, 0, 1),
    "FOCUS": (1, 0, 2),
}
"""Order of (row in block, column in block, channel) in the channels, slowest first."""


def _move(moved: Callable[[Step, Operand], Codes]) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        x = present(inputs, 0)
        return [requantise(moved(step, x), x.params, outputs[0])]

    kernel.__doc__ = moved.__doc__
    return kernel


def _transposed(step: Step, x: Operand) -> Codes:
    """Axes in the order of `perm`; reversed without it."""
    perm = ints(step.attrs, "perm", tuple(reversed(range(x.codes.ndim))))
    return np.asarray(np.transpose(x.codes, perm), order="C")


def _reshaped(step: Step, x: Operand) -> Codes:
    """ONNX Reshape: 0 keeps an axis (unless allowzero), -1 takes what is left."""
    shape = list(required_ints(step, "shape"))
    if not integer(step.attrs, "allowzero"):
        shape = [x.codes.shape[i] if size == 0 else size for i, size in enumerate(shape)]
    return x.codes.reshape(shape)


def _flattened(step: Step, x: Operand) -> Codes:
    """Two axes: those before `axis`, and the others."""
    axis = integer(step.attrs, "axis", 1)
    axis += x.codes.ndim if axis < 0 else 0
    return x.codes.reshape(int(np.prod(x.codes.shape[:axis], dtype=np.int64)), -1)


def _squeezed(step: Step, x: Operand) -> Codes:
    """Without the axes of size 1 in `axes`; all of them without it."""
    return np.squeeze(x.codes, axis=ints(step.attrs, "axes") or None)


def _unsqueezed(step: Step, x: Operand) -> Codes:
    """With axes of size 1 put in at `axes` of the result."""
    return np.expand_dims(x.codes, required_ints(step, "axes"))


def _sliced(step: Step, x: Operand) -> Codes:
    """ONNX Slice with starts, ends, axes and steps; an end before the first element means all."""
    starts, ends = required_ints(step, "starts"), required_ints(step, "ends")
    axes = ints(step.attrs, "axes", tuple(range(len(starts))))
    steps = ints(step.attrs, "steps", (1,) * len(starts))
    index = [slice(None)] * x.codes.ndim
    for axis, start, end, stride in zip(axes, starts, ends, steps, strict=True):
        # Python would count an end below -size from the back once more.
        index[axis] = slice(start, None if end < -x.codes.shape[axis] else end, stride)
    return np.asarray(x.codes[tuple(index)], order="C")


def _padded(step: Step, x: Operand) -> Codes:
    """ONNX Pad: a constant real value (0: the zero point), reflect, edge or wrap.

    Negative pads crop.
    """
    pads, rank = required_ints(step, "pads"), x.codes.ndim
    begins, ends = np.array(pads[:rank]), np.array(pads[rank:])
    inner = tuple(
        slice(max(-begin, 0), size - max(-end, 0))
        for begin, end, size in zip(begins, ends, x.codes.shape, strict=True)
    )
    widths = list(zip(np.maximum(begins, 0), np.maximum(ends, 0), strict=True))
    cropped = x.codes[inner]
    mode = text_of(step.attrs, "mode", "constant")
    if mode == "reflect":
        return np.pad(cropped, widths, mode="reflect")
    if mode == "edge":
        return np.pad(cropped, widths, mode="edge")
    if mode == "wrap":
        return np.pad(cropped, widths, mode="wrap")
    value = quantize(np.array(number(step.attrs, "value", 0.0)), x.params)
    return np.pad(cropped, widths, mode="constant", constant_values=value)


def _expanded(step: Step, x: Operand) -> Codes:
    """ONNX Expand to the whole `shape` of the result."""
    return np.array(np.broadcast_to(x.codes, required_ints(step, "shape")))


def _tiled(step: Step, x: Operand) -> Codes:
    """ONNX Tile: `repeats` of the tensor along each axis."""
    return np.tile(x.codes, required_ints(step, "repeats"))


def _identical(step: Step, x: Operand) -> Codes:
    """The codes as they are."""
    del step
    return x.codes


def gather(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX Gather along `axis`; the indices, any shape, are constant and may count from the end."""
    x, indices = present(inputs, 0), present(inputs, 1)
    axis = integer(step.attrs, "axis", 0)
    taken = np.asarray(np.take(x.codes, indices.codes.astype(np.int64), axis=axis))
    return [requantise(taken, x.params, outputs[0])]


def _space_to_depth(step: Step, x: Operand) -> Codes:
    """[N, C, H, W] -> [N, C b b, H / b, W / b]; `mode` DCR, CRD or FOCUS orders the channels."""
    block = integer(step.attrs, "blocksize", 2)
    n, c, h, w = x.codes.shape
    blocks = x.codes.reshape(n, c, h // block, block, w // block, block)
    order = _BLOCK_ORDERS[text_of(step.attrs, "mode", "DCR")]
    perm = [(3, 5, 1)[part] for part in order]
    return blocks.transpose(0, *perm, 2, 4).reshape(n, c * block * block, h // block, w // block)


def _depth_to_space(step: Step, x: Operand) -> Codes:
    """The inverse of `_space_to_depth`: [N, C b b, H, W] -> [N, C, H b, W b]."""
    block = integer(step.attrs, "blocksize", 2)
    n, c, h, w = x.codes.shape
    channels = c // (block * block)
    order = _BLOCK_ORDERS[text_of(step.attrs, "mode", "DCR")]
    sizes = [(block, block, channels)[part] for part in order]
    split = x.codes.reshape(n, *sizes, h, w)
    row, column, channel = (order.index(part) + 1 for part in range(3))
    return split.transpose(0, channel, 4, row, 5, column).reshape(n, channels, h * block, w * block)


def split(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX Split along `axis` into sizes `split`, or into equal parts (the last may be less)."""
    x = present(inputs, 0)
    axis = integer(step.attrs, "axis", 0)
    part = -(-x.codes.shape[axis] // len(outputs))
    sizes = ints(step.attrs, "split", (part,) * len(outputs))
    pieces = np.split(x.codes, np.cumsum(sizes)[:-1], axis=axis)
    return [
        requantise(np.ascontiguousarray(piece), x.params, out)
        for piece, out in zip(pieces, outputs, strict=True)
    ]


transpose = _move(_transposed)
reshape = _move(_reshaped)
flatten = _move(_flattened)
squeeze = _move(_squeezed)
unsqueeze = _move(_unsqueezed)
slices = _move(_sliced)
pad = _move(_padded)
expand = _move(_expanded)
tile = _move(_tiled)
identity = _move(_identical)
space_to_depth = _move(_space_to_depth)
depth_to_space = _move(_depth_to_space)

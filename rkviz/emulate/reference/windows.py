"""Where the taps of a sliding window fall: shared by convolution and pooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.reference.operand import ints
from rkviz.graph.model import Attr
from rkviz.numerics.arithmetic import Float64

_CACHED_ELEMENTS = 1 << 15
"""256 KB of float64."""

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Windows:
    """Windows over the two last axes; `pads` are top, left, bottom, right."""

    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    ceil: bool = False

    @staticmethod
    def of(attrs: Mapping[str, Attr], kernel: tuple[int, ...]) -> Windows:
        """From ONNX attributes and a kernel of one or two axes; one axis gets a height of 1."""
        rank = len(kernel)
        strides = ints(attrs, "strides", (1,) * rank)
        dilations = ints(attrs, "dilations", (1,) * rank)
        pads = ints(attrs, "pads", (0,) * (2 * rank))
        missing = (1,) * (2 - rank)
        begin, end = (0,) * (2 - rank) + pads[:rank], (0,) * (2 - rank) + pads[rank:]
        return Windows(
            _pair(missing + kernel),
            _pair(missing + strides),
            _pair(missing + dilations),
            (*_pair(begin), *_pair(end)),
            ints(attrs, "ceil_mode", (0,))[0] == 1,
        )

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns from the first to the last tap."""
        return (
            (self.kernel[0] - 1) * self.dilations[0] + 1,
            (self.kernel[1] - 1) * self.dilations[1] + 1,
        )

    def out_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Output rows and columns for `size` input ones (ceil: none starts in the end pad)."""
        return _pair(tuple(self._out_length(size[axis], axis) for axis in (0, 1)))

    def _out_length(self, size: int, axis: int) -> int:
        room = size + self.pads[axis] + self.pads[axis + 2] - self.extent[axis]
        if not self.ceil:
            return room // self.strides[axis] + 1
        length = -(-room // self.strides[axis]) + 1
        starts_inside = (length - 1) * self.strides[axis] < size + self.pads[axis]
        return length if starts_inside else length - 1

    def padded(self, x: NDArray[Scalar], fill: float) -> NDArray[Scalar]:
        """`x` [..., H, W] with `fill` around it, as far as the last window reaches."""
        size = (x.shape[-2], x.shape[-1])
        out = self.out_size(size)
        reach = [
            max(
                self.pads[axis] + size[axis],
                (out[axis] - 1) * self.strides[axis] + self.extent[axis],
            )
            for axis in (0, 1)
        ]
        if reach == list(size) and not any(self.pads):
            return x
        result: NDArray[Scalar] = np.full((*x.shape[:-2], *reach), fill, x.dtype)
        top, left = self.pads[:2]
        result[..., top : top + size[0], left : left + size[1]] = x
        return result

    def taps(
        self, padded: NDArray[Scalar], out: tuple[int, int], first_row: int = 0
    ) -> Iterator[tuple[int, int, NDArray[Scalar]]]:
        """(i, j, view): for every tap what it sees from each of `out` windows.

        `first_row` is the output row that the first row of windows belongs to.
        """
        for i in range(self.kernel[0]):
            top = first_row * self.strides[0] + i * self.dilations[0]
            rows = slice(top, top + (out[0] - 1) * self.strides[0] + 1, self.strides[0])
            for j in range(self.kernel[1]):
                left = j * self.dilations[1]
                columns = slice(left, left + (out[1] - 1) * self.strides[1] + 1, self.strides[1])
                yield i, j, padded[..., rows, columns]

    def sums(self, x: Float64) -> Float64:
        """Sum over every window of `x` [..., H, W]; what lies outside counts 0."""
        out = self.out_size((x.shape[-2], x.shape[-1]))
        total: Float64 = np.zeros((*x.shape[:-2], *out))
        padded = self.padded(x, 0)
        flat, summed = padded.reshape(-1, *padded.shape[-2:]), total.reshape(-1, *out)
        for some in in_cache(len(flat), out):
            for _, _, seen in self.taps(flat[some], out):
                summed[some] += seen
        return total


def in_cache(planes: int, size: tuple[int, int]) -> Iterator[slice]:
    """`planes` of `size` a few at a time, so that sums over them stay in the processor's cache."""
    at_once = max(1, _CACHED_ELEMENTS // max(1, size[0] * size[1]))
    return (slice(first, first + at_once) for first in range(0, planes, at_once))


def planes(x: NDArray[Scalar]) -> NDArray[Scalar]:
    """`x` with two spatial axes: [N, C, L] becomes [N, C, 1, L]."""
    return x[:, :, np.newaxis, :] if x.ndim == 3 else x


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    first, second = values
    return first, second

"""Parts of an output that are judged apart: what a concat joined, or channel by channel.

One number for a whole output hides a part that died: of boxes in pixels beside scores from 0 to 1
it sees the boxes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.metrics import ErrorSums
from rkviz.graph.model import Graph

MOST_SLICES = 512
Bounds = tuple[tuple[int, int], ...]
"""(start, stop) for every axis."""
_BATCH, _CHANNELS = 0, 1
_SILENT = 2.0**-16
"""Of the largest number beside it: what no 16 bits would tell from 0."""
_A_TABLE = 4
"""Rows for a column, from which a plane is a table whose columns are told apart."""
_ANCHORED = 5
"""Axes of an output whose anchors stand apart from its channels."""
_BLOCK = 1 << 14
"""Elements of a row summed in float32."""
_NEAR = 0.5
"""Below this share of noise the differences tell more than the products."""


@dataclass(frozen=True)
class Slice:
    """The part `bounds` of an output; `name` is the layer that computes it, "channel 7", or
    "anchor 0, channel 7"."""

    name: str
    bounds: Bounds
    is_joined: bool = False
    """Whether a concat joined it to the output; else it is one channel of many."""

    def of(self, array: NDArray[np.generic]) -> NDArray[np.generic]:
        """The part of an array of the output's shape."""
        return array[tuple(slice(*bound) for bound in self.bounds)]


@dataclass(frozen=True)
class SliceSums:
    """Error sums of a slice of one picture, and the ends of its float and quantized numbers."""

    sums: ErrorSums
    real: tuple[float, float]
    quantized: tuple[float, float]


@dataclass(frozen=True)
class SliceError:
    """Accumulated errors of one slice, one entry per picture.

    `beside` is the largest magnitude in float of all the output.
    """

    slice: Slice
    images: tuple[SliceSums, ...]
    beside: float = 0.0

    @property
    def name(self) -> str:
        return self.slice.name

    def sums(self, image: int | None = None) -> ErrorSums:
        """The sums of one picture, or over all when `image` is None."""
        if image is not None:
            return self.images[image].sums
        return sum((entry.sums for entry in self.images), ErrorSums())

    @property
    def largest(self) -> float:
        """The largest magnitude in float, over all pictures."""
        return max((max(abs(end) for end in entry.real) for entry in self.images), default=0.0)

    @property
    def constant(self) -> float | None:
        """The one number that all of it is after quantization, over all pictures; else None."""
        ends = {end for entry in self.images for end in entry.quantized}
        return ends.pop() if len(ends) == 1 else None

    @property
    def is_dead(self) -> bool:
        """Whether quantization made one number of what was several.

        A channel nobody joined that is silent beside the others has nothing to lose.
        """
        ends = {end for entry in self.images for end in entry.real}
        speaks = self.slice.is_joined or self.largest > self.beside * _SILENT
        return speaks and len(ends) > 1 and self.constant is not None


def output_slices(graph: Graph, output: str) -> tuple[Slice, ...]:
    """The slices of the network output `output`, in its order; empty where it has no parts.

    What concats join is followed through transposes, reshapes and other concats, as far as the
    parts are boxes of the output. An output nothing is joined in is cut into its channels, up to
    `MOST_SLICES`: axis 1, or the last one where only that is short enough, where it stands behind
    two of one length or, of three axes, is the shorter. A single plane has no channels, but the
    columns of a table. Of five axes, (1, anchors, rows, columns, channels) or with the channels
    second, every channel of every anchor is one. Parts that each hold all channels, as the levels
    of a detector's list of places do, are followed by the channels over all of them.
    """
    shape = graph.values[output].shape
    if (
        not shape
        or 0 in shape
        or graph.values[output].dtype != "float32"
        or output not in graph.producer
    ):
        return ()
    whole: Bounds = tuple((0, size) for size in shape)
    found = _parts(graph, output, tuple(range(len(shape))), whole)
    parts = _told_apart([part for part in found if all(a < b for a, b in part.bounds)])
    channels = _channels(shape, whole)
    if not 1 < len(parts) <= MOST_SLICES:
        return channels
    axis = _cut_axis(channels, shape)
    across = axis is not None and all(part.bounds[axis] == whole[axis] for part in parts)
    return (*parts, *channels) if across and len(shape) == 3 else parts


def slice_sums(
    parts: Sequence[Slice], real: NDArray[np.float32], quantized: NDArray[np.float32]
) -> tuple[SliceSums, ...]:
    """The sums of every one of `parts` for one picture; both arrays have the output's shape."""
    joined = [part for part in parts if part.is_joined]
    channels = parts[len(joined) :]
    axis = _cut_axis(channels, real.shape)
    if axis is None:
        joined, channels = list(parts), ()
    apart = (
        sums for part in joined for sums in _sums(_row(part.of(real)), _row(part.of(quantized)))
    )
    at_once = () if axis is None else _sums(_rows(real, axis), _rows(quantized, axis))
    return (*apart, *at_once)


def _cut_axis(parts: Sequence[Slice], shape: Sequence[int]) -> int | None:
    """The axis that `parts` cut into single places, when they do nothing else."""
    if len(parts) < 2 or parts[0].is_joined:
        return None
    cut = [i for i, size in enumerate(shape) if parts[0].bounds[i] != (0, size)]
    return cut[0] if len(cut) == 1 else None


def _row(array: NDArray[np.generic]) -> NDArray[np.float32]:
    return array.astype(np.float32, copy=False).reshape(1, -1)


def _rows(array: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)


def _sums(t: NDArray[np.float32], q: NDArray[np.float32]) -> Iterator[SliceSums]:
    """The sums of each row. With d = t - q, sum t*q = sum t*t - sum t*d keeps the digits of a
    cosine close to 1, which float32 products of t and q would lose."""
    t, q = (np.ascontiguousarray(array, np.float32) for array in (t, q))
    with np.errstate(over="ignore", invalid="ignore"):
        d = t - q
        tt, td, dd, qq = (_dots(a, b) for a, b in ((t, t), (t, d), (d, d), (q, q)))
        largest = np.abs(d).max(axis=1)
    near = dd < _NEAR * tt
    cross = np.where(near, tt - td, _dots(t, q))
    qq = np.where(near, tt - 2 * td + dd, qq)
    ends = [(a.min(axis=1), a.max(axis=1)) for a in (t, q)]
    for row in range(len(t)):
        sums = ErrorSums(
            count=t.shape[1],
            reference_sq=float(tt[row]),
            quantized_sq=float(qq[row]),
            cross=float(cross[row]),
            error_sq=float(dd[row]),
            max_abs=float(largest[row]),
        )
        real, held = ((float(low[row]), float(high[row])) for low, high in ends)
        yield SliceSums(sums, real, held)


def _dots(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """The product of each row with its counterpart: float32 in blocks, blocks in float64."""
    total = np.zeros(len(a))
    for at in range(0, a.shape[1], _BLOCK):
        block = slice(at, at + _BLOCK)
        total += np.einsum("ij,ij->i", a[:, block], b[:, block]).astype(np.float64)
    return total


def _parts(graph: Graph, value: str, axes: Sequence[int | None], bounds: Bounds) -> Iterator[Slice]:
    """Slices of the box `bounds`, which is all of `value`; its axis i is the output's `axes[i]`."""
    node = graph.producer[value]
    sources = graph.data_inputs(node)
    shape = graph.values[value].shape or ()
    match node.op:
        case "Concat" if len(sources) == len(node.inputs):
            axis = node.int_attr("axis") % max(1, len(shape))
            where = axes[axis]
            if where is not None and all(graph.values[name].shape for name in sources):
                at = bounds[where][0]
                for name in sources:
                    size = graph.shape(name)[axis]
                    box = (*bounds[:where], (at, at + size), *bounds[where + 1 :])
                    yield from _parts(graph, name, axes, box)
                    at += size
                return
        case "Transpose":
            back: list[int | None] = [None] * len(axes)
            for position, source in enumerate(node.ints_attr("perm")):
                back[source] = axes[position]
            yield from _parts(graph, sources[0], back, bounds)
            return
        case "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" if graph.values[sources[0]].shape:
            source = graph.shape(sources[0])
            yield from _parts(graph, sources[0], _unfolded(source, shape, axes), bounds)
            return
        case _:
            pass
    yield Slice(graph.head(node.name), bounds, is_joined=True)


def _unfolded(
    source: Sequence[int], result: Sequence[int], axes: Sequence[int | None]
) -> list[int | None]:
    """Axes of `source` that a reshape to `result` keeps: as long, with as much before them."""

    def before(shape: Sequence[int]) -> list[int]:
        return [int(np.prod(shape[:index], dtype=np.int64)) for index in range(len(shape))]

    kept = {
        (ahead, size): axes[index]
        for index, (ahead, size) in enumerate(zip(before(result), result, strict=True))
        if size > 1
    }
    return [kept.get(key) for key in zip(before(source), source, strict=True)]


def _told_apart(parts: list[Slice]) -> tuple[Slice, ...]:
    """`parts` with names that differ, where one layer computes several."""
    names = [part.name for part in parts]
    seen: dict[str, int] = {}
    apart: list[Slice] = []
    for part in parts:
        seen[part.name] = number = seen.get(part.name, 0) + 1
        many = names.count(part.name) > 1
        apart.append(replace(part, name=f"{part.name} ({number})") if many else part)
    return tuple(apart)


def _channels(shape: Sequence[int], whole: Bounds) -> tuple[Slice, ...]:
    """One slice a channel, where each holds several numbers."""
    if len(shape) == _ANCHORED:
        return _of_anchors(shape, whole)
    axis = _channel_axis(shape)
    if axis is None:
        return ()
    return tuple(
        Slice(f"channel {index}", (*whole[:axis], (index, index + 1), *whole[axis + 1 :]))
        for index in range(shape[axis])
    )


def _of_anchors(shape: Sequence[int], whole: Bounds) -> tuple[Slice, ...]:
    """One slice a channel of an anchor; the two axes of the grid have one length, or are longer."""
    _batch, anchors, second, third, last = shape
    is_last = second == third or (third != last and last < second)
    axis, places = (4, second * third) if is_last else (2, third * last)
    if places < 2 or not 1 < anchors * shape[axis] <= MOST_SLICES:
        return ()
    found: list[Slice] = []
    for anchor in range(anchors):
        for channel in range(shape[axis]):
            bounds = list(whole)
            bounds[1], bounds[axis] = (anchor, anchor + 1), (channel, channel + 1)
            found.append(Slice(f"anchor {anchor}, channel {channel}", tuple(bounds)))
    return tuple(found)


def _channel_axis(shape: Sequence[int]) -> int | None:
    last = len(shape) - 1
    possible = [axis for axis in (_CHANNELS, last) if _fits(shape, axis)]
    if len(shape) == 4 and shape[1] == 1 and shape[2] < _A_TABLE * shape[3]:
        return None
    if len(shape) == 4 and shape[1] == shape[2] != shape[3] and last in possible:
        return last
    # Of places by channels or channels by places, the channels are fewer.
    return min(possible, key=lambda axis: shape[axis] if len(shape) == 3 else axis, default=None)


def _fits(shape: Sequence[int], axis: int) -> bool:
    if not _BATCH < axis < len(shape) or not 1 < shape[axis] <= MOST_SLICES:
        return False
    return int(np.prod(shape, dtype=np.int64)) > shape[axis] * shape[_BATCH]

"""Outputs that list the places of a detector's grids: put back on them, to be looked at as maps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rkviz.graph.model import Graph

_STRIDES = (4, 8, 16, 32, 64, 128)
_MOVES = ("Concat", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze")
_SINGLE = ("Sigmoid", "Softmax", "Relu", "Clip", "Tanh")
Numbers = NDArray[np.float32]
Grid = tuple[int, int]
"""Rows and columns"""


def grids_of(places: int, height: int, width: int) -> tuple[Grid, ...]:
    """The grids of neighbouring strides, the finest first, that hold `places` places in all.

    One place a cell, as detectors without anchor boxes have it; of a picture of `height` x `width`
    pixels. Empty where there are none.
    """
    grids = [(-(-height // stride), -(-width // stride)) for stride in _STRIDES]
    for first in range(len(grids)):
        for last in range(first, len(grids)):
            chosen = grids[first : last + 1]
            if min(chosen[-1]) > 1 and sum(rows * columns for rows, columns in chosen) == places:
                return tuple(chosen)
    return ()


def places_of(graph: Graph, output: str) -> tuple[NDArray[np.int64], ...]:
    """Where in `output`, flattened, the maps lie that moves and functions of single numbers made
    it from: (1, channels, rows, columns) for each, the largest first. Empty where some part of it
    is no such map, and where it is one itself.
    """
    shape = graph.shape(output)
    if len(shape) == 4 or output not in graph.producer:
        return ()
    maps = list(_maps(graph, output, np.arange(np.prod(shape, dtype=np.int64)).reshape(shape)))
    if not all(part.ndim == 4 and part.shape[0] == 1 and min(part.shape[2:]) > 1 for part in maps):
        return ()
    return tuple(sorted(maps, key=lambda part: -part.shape[2] * part.shape[3]))


def _maps(graph: Graph, value: str, places: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """`places` has the shape of `value`: where each of its numbers goes."""
    node = graph.producer[value]
    sources = [name for name in graph.data_inputs(node) if graph.values[name].shape]
    if places.ndim == 4 and min(places.shape[2:]) > 1 and node.op not in _MOVES:
        yield places
    elif node.op == "Concat" and len(sources) == len(node.inputs):
        axis = node.int_attr("axis") % places.ndim
        ends = np.cumsum([graph.shape(name)[axis] for name in sources])[:-1]
        for name, part in zip(sources, np.split(places, ends, axis), strict=True):
            yield from _maps(graph, name, part) if name in graph.producer else (part,)
    elif sources and sources[0] in graph.producer and node.op in (*_MOVES, *_SINGLE):
        if node.op == "Transpose":
            moved = places.transpose(np.argsort(node.ints_attr("perm")))
        else:
            moved = places.reshape(graph.shape(sources[0]))
        yield from _maps(graph, sources[0], moved)
    else:
        yield places


def picture_size(graph: Graph) -> Grid | None:
    """Height and width of the first input that takes pictures."""
    shapes = (graph.values[name].shape or () for name in graph.inputs)
    return next(((shape[2], shape[3]) for shape in shapes if len(shape) == 4), None)


def unfolded(array: Numbers, axis: int, grids: tuple[Grid, ...]) -> Iterator[Numbers]:
    """(1, channels, rows, columns) for each grid, of (1, places, channels) or the like; `axis` is
    that of the places."""
    rows_of_places = np.moveaxis(array[0], axis - 1, -1)
    first = 0
    for rows, columns in grids:
        part = rows_of_places[:, first : first + rows * columns]
        first += rows * columns
        yield part.reshape(1, -1, rows, columns)

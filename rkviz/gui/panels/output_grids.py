"""Outputs that list the places of a detector's grids: put back on them, to be looked at as maps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rkviz.graph.model import Graph

_STRIDES = (4, 8, 16, 32, 64, 128)
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

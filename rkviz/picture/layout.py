"""Where everything stands: a layered picture of a graph, top to bottom, with orthogonal lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.graph.model import Graph
from rkviz.picture.chains import Chains, Wire, find_chains
from rkviz.picture.channels import Channels, route
from rkviz.picture.columns import Columns, place_columns

Floats = NDArray[np.float32]

BOX_WIDTH = 196.0
BOX_HEIGHT = 58.0
HEADER_HEIGHT = 21.0
"""The coloured upper part of a box."""
_BOX_CLEARANCE = 12.0
_LINE_CLEARANCE = 8.0
_GAP = 26.0
_TRACK = 10.0
_TURN_TOP = 11.0
_TURN_BOTTOM = 15.0
"""Room above the first and below the last track of a gap; the arrow head needs the latter."""
_MARGIN = 24.0


@dataclass(frozen=True, eq=False)
class LayoutEdge:
    """A line from box to box: `points` float32 [k, 2], only level and upright pieces."""

    source: str
    target: str
    value: str
    points: Floats


@dataclass(frozen=True, eq=False)
class Layout:
    """The picture's geometry, in units of a pixel at scale 1; y grows downwards.

    `rects` is float32 [n, 4] of (x, y, width, height), one row per name, sorted by y.
    `ranks` is int32 [n]: the row of boxes each one stands in. `bounds` is (x, y, width, height).
    """

    names: tuple[str, ...]
    rects: Floats
    ranks: NDArray[np.int32]
    edges: tuple[LayoutEdge, ...]
    trunk: tuple[str, ...]
    """The longest path, top to bottom: one straight column."""
    bounds: tuple[float, float, float, float]

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    @cached_property
    def edge_boxes(self) -> Floats:
        """float32 [m, 4] of (left, top, right, bottom), one row per edge."""
        if not self.edges:
            return np.zeros((0, 4), np.float32)
        return np.array(
            [(*e.points.min(axis=0), *e.points.max(axis=0)) for e in self.edges], np.float32
        )

    def rect(self, name: str) -> tuple[float, float, float, float]:
        """(x, y, width, height) of a box; raises KeyError."""
        x, y, width, height = (float(number) for number in self.rects[self.index[name]])
        return x, y, width, height


def layout(graph: Graph) -> Layout:
    """Lay out the head layers of `graph`.

    Time and memory grow with the number of boxes and the total length of side branches; no box
    overlaps another and no line runs through a foreign box.
    """
    chains = find_chains(graph)
    half = BOX_WIDTH / 2
    columns = place_columns(chains, half + _BOX_CLEARANCE, _LINE_CLEARANCE)
    channels = route(chains, columns, half)
    top = _rank_tops(chains, channels)
    edges = _edges(graph.heads, chains, columns, channels, top)
    rects = np.array(
        [
            (columns.chain_x[chains.chain_of[box]] - half, top[rank], BOX_WIDTH, BOX_HEIGHT)
            for box, rank in enumerate(chains.rank)
        ],
        np.float32,
    ).reshape(-1, 4)
    order = np.lexsort((rects[:, 0], rects[:, 1]))
    return Layout(
        names=tuple(graph.heads[box] for box in order),
        rects=rects[order],
        ranks=np.array(chains.rank, np.int32)[order],
        edges=edges,
        trunk=tuple(graph.heads[box] for box in chains.chains[0]) if chains.chains else (),
        bounds=_bounds(rects, edges),
    )


def _rank_tops(chains: Chains, channels: Channels) -> list[float]:
    """y of the upper side of every rank."""
    tops: list[float] = []
    y = 0.0
    for rank in range(max(chains.rank, default=-1) + 1):
        tops.append(y)
        tracks = channels.tracks.get(rank, 0)
        room = _TURN_TOP + (tracks - 1) * _TRACK + _TURN_BOTTOM if tracks else 0.0
        y += BOX_HEIGHT + max(_GAP, room)
    return tops


def _edges(
    heads: tuple[str, ...],
    chains: Chains,
    columns: Columns,
    channels: Channels,
    top: list[float],
) -> tuple[LayoutEdge, ...]:
    def track_y(gap: int, wire: Wire) -> float:
        track = channels.track.get((gap, (wire.source, wire.value)), 0)
        return top[gap] + BOX_HEIGHT + _TURN_TOP + track * _TRACK

    edges: list[LayoutEdge] = []
    for wire in chains.wires:
        leave, enter = channels.ports[wire]
        first, last = chains.rank[wire.source], chains.rank[wire.target] - 1
        if wire in chains.straight:
            between: list[tuple[float, float]] = []
        elif first == last:
            y = track_y(first, wire)
            between = [(leave, y), (enter, y)]
        else:
            x = channels.lane[wire.source, wire.value]
            y, low = track_y(first, wire), track_y(last, wire)
            between = [(leave, y), (x, y), (x, low), (enter, low)]
        points = [(leave, top[first] + BOX_HEIGHT), *between, (enter, top[last + 1])]
        edges.append(
            LayoutEdge(heads[wire.source], heads[wire.target], wire.value, _without_bends(points))
        )
    return tuple(edges)


def _without_bends(points: list[tuple[float, float]]) -> Floats:
    """The same line without points that repeat or lie on a straight piece."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) >= 2 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept.pop()
        kept.append(point)
    return np.array(kept, np.float32)


def _bounds(rects: Floats, edges: tuple[LayoutEdge, ...]) -> tuple[float, float, float, float]:
    if not len(rects):
        return (0.0, 0.0, 0.0, 0.0)
    corners = np.concatenate(
        [rects[:, :2], rects[:, :2] + rects[:, 2:], *(e.points for e in edges)]
    )
    x, y = (float(number) for number in corners.min(axis=0) - _MARGIN)
    right, bottom = (float(number) for number in corners.max(axis=0) + _MARGIN)
    return (x, y, right - x, bottom - y)

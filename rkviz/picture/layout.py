"""Where everything stands: a layered picture of a graph, top to bottom, with orthogonal lines."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.graph.model import Graph
from rkviz.picture.boxes import Stage, Wire, boxes_of
from rkviz.picture.chains import Chains, find_chains
from rkviz.picture.channels import Channels, route
from rkviz.picture.columns import place_columns
from rkviz.picture.parts import Part, split

Floats = NDArray[np.float32]

BOX_WIDTH = 196.0
BOX_HEIGHT = 68.0
HEADER_HEIGHT = 21.0
"""The coloured upper part of a box."""
_BOX_CLEARANCE = 12.0
_LINE_CLEARANCE = 8.0
_GAP = 26.0
PITCH = BOX_HEIGHT + _GAP
"""From one row of boxes to the next where no lines turn between them: the least there is."""
_TRACK = 10.0
_TURN_TOP = 11.0
_TURN_BOTTOM = 15.0
"""Room above the first and below the last track of a gap; the arrow head needs the latter."""
_MARGIN = 24.0
_MOST_KEPT = 400_000
"""Boxes in remembered parts; some hundred MB."""


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
        points = np.concatenate([edge.points for edge in self.edges])
        lengths = [len(edge.points) for edge in self.edges]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
        return np.concatenate([low, high], axis=1)

    def rect(self, name: str) -> tuple[float, float, float, float]:
        """(x, y, width, height) of a box; raises KeyError."""
        x, y, width, height = (float(number) for number in self.rects[self.index[name]])
        return x, y, width, height


class LayoutCache:
    """Parts that were laid out before. A stage that is folded or opened changes few of them, a
    graph that comes back none; for one user of one thread at a time."""

    def __init__(self) -> None:
        self._parts: dict[Hashable, _PartLayout] = {}
        self._boxes = 0

    def place(self, part: Part) -> _PartLayout:
        """The part's layout, from memory where it is known."""
        found = self._parts.get(part.key)
        if found is None:
            found = _place(part)
            self._boxes += len(part.boxes.names)
            if self._boxes > _MOST_KEPT:
                self._parts.clear()
                self._boxes = len(part.boxes.names)
            self._parts[part.key] = found
        return found


def layout(graph: Graph, folded: Sequence[Stage] = (), cache: LayoutCache | None = None) -> Layout:
    """Lay out the head layers of `graph`, each stage of `folded` as one box.

    The picture is made of parts between boxes that everything passes through; what is above a
    changed part stays, what is below moves as a whole. Time and memory grow with the number of
    boxes and the total length of side branches; no box overlaps another and no line runs through
    a foreign box. Raises ValueError for stages that stand in a circle (`find_stages` gives none).
    """
    boxes = boxes_of(graph, folded)
    cache = cache or LayoutCache()
    names: list[str] = []
    rects: list[Floats] = []
    ranks: list[NDArray[np.int32]] = []
    edges: list[LayoutEdge] = []
    trunk: list[str] = []
    y = 0.0
    for part in split(boxes):
        placed = cache.place(part)
        first = 1 if names else 0  # it begins with the box the part before ended with
        here = part.boxes.names
        names.extend(here[first:])
        rects.append(placed.rects[first:] + np.array([0, y, 0, 0], np.float32))
        ranks.append(placed.ranks[first:] + part.rank)
        trunk.extend(here[box] for box in placed.trunk[first:])
        down = np.array([0, y], np.float32)
        edges.extend(
            LayoutEdge(here[wire.source], here[wire.target], wire.value, points + down)
            for wire, points in placed.lines
        )
        y += placed.bottom
    all_rects = np.concatenate([np.zeros((0, 4), np.float32), *rects])
    order = np.lexsort((all_rects[:, 0], all_rects[:, 1]))
    return Layout(
        names=tuple(names[box] for box in order),
        rects=all_rects[order],
        ranks=np.concatenate([np.zeros(0, np.int32), *ranks])[order],
        edges=tuple(edges),
        trunk=tuple(trunk),
        bounds=_bounds(all_rects, edges),
    )


@dataclass(frozen=True, eq=False)
class _PartLayout:
    """Geometry by box number; y counts from the upper side of the part's first row."""

    rects: Floats
    ranks: NDArray[np.int32]
    lines: tuple[tuple[Wire, Floats], ...]
    trunk: tuple[int, ...]
    bottom: float
    """y of the last row."""


def _place(part: Part) -> _PartLayout:
    boxes = part.boxes
    chains = find_chains(boxes, part.rows)
    half = BOX_WIDTH / 2
    columns = place_columns(chains, half + _BOX_CLEARANCE, _LINE_CLEARANCE)
    channels = route(chains, columns, half)
    top = _rank_tops(chains, channels)
    rects = [
        (columns.chain_x[chains.chain_of[box]] - half, top[rank], BOX_WIDTH, BOX_HEIGHT)
        for box, rank in enumerate(chains.rank)
    ]
    return _PartLayout(
        np.array(rects, np.float32).reshape(-1, 4),
        np.array(chains.rank, np.int32),
        _lines(chains, channels, top),
        chains.chains[0] if chains.chains else (),
        top[-1] if top else 0.0,
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


def _lines(chains: Chains, channels: Channels, top: list[float]) -> tuple[tuple[Wire, Floats], ...]:
    def track_y(gap: int, wire: Wire) -> float:
        track = channels.track.get((gap, (wire.source, wire.value)), 0)
        return top[gap] + BOX_HEIGHT + _TURN_TOP + track * _TRACK

    lines: list[tuple[Wire, Floats]] = []
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
        lines.append((wire, _without_bends(points)))
    return tuple(lines)


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


def _bounds(rects: Floats, edges: Sequence[LayoutEdge]) -> tuple[float, float, float, float]:
    if not len(rects):
        return (0.0, 0.0, 0.0, 0.0)
    corners = np.concatenate(
        [rects[:, :2], rects[:, :2] + rects[:, 2:], *(e.points for e in edges)]
    )
    x, y = (float(number) for number in corners.min(axis=0) - _MARGIN)
    right, bottom = (float(number) for number in corners.max(axis=0) + _MARGIN)
    return (x, y, right - x, bottom - y)

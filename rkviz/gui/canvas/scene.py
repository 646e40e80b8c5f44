"""What the canvas shows, as arrays: what lies in a rectangle, what is under a point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.gui.canvas.paint import BoxPaint
from rkviz.picture.colour_scale import Shade
from rkviz.picture.labels import BoxLabel
from rkviz.picture.layout import Layout, LayoutEdge

Indices = NDArray[np.intp]
NO_SHADE = (150, 158, 170)
_STRIP = 4096.0
"""Height of the strips by which lines are found, in units of the layout."""


class Direction(Enum):
    """Where an arrow key leads."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, eq=False)
class Scene:
    """A layout with its words and its paint.

    `inside` are the layers that have no box of their own, with the box of the stage they are in.
    `value_words` are words on the lines that carry a value.
    """

    layout: Layout
    labels: Mapping[str, BoxLabel]
    paint: BoxPaint = field(default_factory=BoxPaint)
    inside: Mapping[str, str] = field(default_factory=dict[str, str])
    value_words: Mapping[str, str] = field(default_factory=dict[str, str])

    def painted(self, paint: BoxPaint) -> Scene:
        """The same boxes in other colours."""
        scene = replace(self, paint=paint)
        for found in ("_tops", "_height", "_strips", "_lines_of", "_layers_of"):
            if found in self.__dict__:
                scene.__dict__[found] = self.__dict__[found]
        return scene

    def prepare(self) -> Scene:
        """Compute now what the first frame needs; returns itself."""
        for found in (
            self.layout.index,
            self._tops,
            self._strips,
            self._lines_of,
            self.levels,
            self.colours,
        ):
            len(found)
        return self

    def box_of(self, layer: str) -> str:
        """The box that stands for a layer; "" for an unknown one."""
        box = self.inside.get(layer, layer)
        return box if box in self.layout.index else ""

    def rows_of(self, boxes: Iterable[str]) -> Indices:
        """Rows of the layout, of those boxes that are in it."""
        index = self.layout.index
        return np.array([index[name] for name in boxes if name in index], np.intp)

    def layers_of(self, box: str) -> tuple[str, ...]:
        """The layers a box stands for."""
        return self._layers_of.get(box, (box,))

    @cached_property
    def _layers_of(self) -> Mapping[str, tuple[str, ...]]:
        layers: dict[str, list[str]] = {}
        for layer, box in self.inside.items():
            layers.setdefault(box, []).append(layer)
        return {box: tuple(names) for box, names in layers.items()}

    @cached_property
    def shades(self) -> tuple[Shade | None, ...]:
        """By row of the layout."""
        return tuple(self.paint.shade(name) for name in self.layout.names)

    @cached_property
    def colours(self) -> NDArray[np.uint8]:
        """uint8 [n, 3] by row of the layout; grey where there is no shade."""
        rgb = [NO_SHADE if shade is None else shade.rgb for shade in self.shades]
        return np.array(rgb, np.uint8).reshape(-1, 3)

    @cached_property
    def levels(self) -> NDArray[np.int8]:
        """By row of the layout; -2 where there is no shade."""
        return np.array([-2 if s is None else int(s.level) for s in self.shades], np.int8)

    @cached_property
    def _tops(self) -> NDArray[np.float32]:
        return np.ascontiguousarray(self.layout.rects[:, 1])

    @cached_property
    def _height(self) -> float:
        return float(self.layout.rects[:, 3].max(initial=0.0))

    def boxes_in(self, left: float, top: float, right: float, bottom: float) -> Indices:
        """Rows of the boxes that touch a rectangle; they are sorted by y, so two cuts suffice."""
        first = int(np.searchsorted(self._tops, top - self._height, "left"))
        last = int(np.searchsorted(self._tops, bottom, "right"))
        rects = self.layout.rects[first:last]
        touching = (
            (rects[:, 0] <= right)
            & (rects[:, 0] + rects[:, 2] >= left)
            & (rects[:, 1] + rects[:, 3] >= top)
        )
        return first + np.flatnonzero(touching)

    @cached_property
    def _strips(self) -> Mapping[int, Indices]:
        """Strip number -> the lines that pass through it."""
        strips: dict[int, list[int]] = {}
        boxes = self.layout.edge_boxes
        first = np.floor(boxes[:, 1] / _STRIP).astype(int).tolist()
        last = np.floor(boxes[:, 3] / _STRIP).astype(int).tolist()
        for line, (a, b) in enumerate(zip(first, last, strict=True)):
            for strip in range(a, b + 1):
                strips.setdefault(strip, []).append(line)
        return {strip: np.array(lines) for strip, lines in strips.items()}

    def lines_in(
        self, left: float, top: float, right: float, bottom: float, least: float = 0.0
    ) -> Indices:
        """Rows of the edges that touch a rectangle and are longer than `least` one way."""
        first, last = int(np.floor(top / _STRIP)), int(np.floor(bottom / _STRIP))
        near = [self._strips[s] for s in range(first, last + 1) if s in self._strips]
        if not near:
            return np.zeros(0, np.intp)
        rows = near[0] if len(near) == 1 else np.unique(np.concatenate(near))
        b = self.layout.edge_boxes[rows]
        touching = (b[:, 0] <= right) & (b[:, 2] >= left) & (b[:, 1] <= bottom) & (b[:, 3] >= top)
        if least > 0:
            touching &= (b[:, 2] - b[:, 0] > least) | (b[:, 3] - b[:, 1] > least)
        return rows[touching]

    def box_at(self, x: float, y: float) -> str:
        """The box under a point, "" for the ground."""
        hit = self.boxes_in(x, y, x, y)
        return self.layout.names[hit[0]] if len(hit) else ""

    def line_at(self, x: float, y: float, reach: float) -> LayoutEdge | None:
        """The line nearest to a point, None when it is farther away than `reach`."""
        best, found = reach, None
        for row in self.lines_in(x - reach, y - reach, x + reach, y + reach).tolist():
            edge = self.layout.edges[row]
            a, b = edge.points[:-1], edge.points[1:]
            # pieces are level or upright: the distance to one is that to its box
            low, high = np.minimum(a, b), np.maximum(a, b)
            away = np.maximum(np.maximum(low - (x, y), (x, y) - high), 0.0)
            distance = float(np.hypot(away[:, 0], away[:, 1]).min())
            if distance <= best:
                best, found = distance, edge
        return found

    @cached_property
    def _lines_of(self) -> Mapping[str, tuple[LayoutEdge, ...]]:
        lines: dict[str, list[LayoutEdge]] = {}
        for edge in self.layout.edges:
            lines.setdefault(edge.source, []).append(edge)
            lines.setdefault(edge.target, []).append(edge)
        return {name: tuple(edges) for name, edges in lines.items()}

    def lines_of(self, name: str) -> tuple[LayoutEdge, ...]:
        """The lines that begin or end at a box."""
        return self._lines_of.get(name, ())

    def walk(self, name: str, direction: Direction) -> str:
        """Where an arrow key leads from `name`; "" where there is nothing.

        Up and down follow lines, the straightest first; left and right go along the row.
        """
        row = self.layout.index.get(name)
        if row is None:
            return ""
        if direction in (Direction.UP, Direction.DOWN):
            lines = self.lines_of(name)
            if direction is Direction.UP:
                ends = [edge.source for edge in lines if edge.target == name]
            else:
                ends = [edge.target for edge in lines if edge.source == name]
            rects = self.layout.rects
            return min(
                ends,
                key=lambda end: (
                    abs(float(rects[self.layout.index[end], 0] - rects[row, 0])),
                    abs(float(rects[self.layout.index[end], 1] - rects[row, 1])),
                ),
                default="",
            )
        ahead = self.layout.ranks == self.layout.ranks[row]
        away = self.layout.rects[:, 0] - self.layout.rects[row, 0]
        away = away if direction is Direction.RIGHT else -away
        there = np.flatnonzero(ahead & (away > 0))
        return self.layout.names[there[np.argmin(away[there])]] if len(there) else ""

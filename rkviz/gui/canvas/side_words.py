"""Words beside boxes that are too small to carry them: where there is room, and what they say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QTransform

from rkviz.gui.canvas.box_painter import one_line
from rkviz.gui.canvas.inks import Inks, screen_font
from rkviz.gui.canvas.scene import Scene
from rkviz.picture.labels import Family
from rkviz.picture.layout import PITCH

BESIDE_FROM = 12.5 / PITCH
"""Scale from which rows of boxes are far enough apart for a line of words each."""
_FONT = 10.0
_ROOM = 190.0
_PAD = 7.0
_REACH = 220.0
"""How far from its box a line may begin, to still be read as the box's."""
_GAP = 8.0
_VALUE = 40.0
"""Least width of a value, so that names stand below one another."""
_FAR = 1e12


class Spot(NamedTuple):
    """Row of the layout, and the end of its words that is at the box, in units of the layout."""

    row: int
    x: float
    is_left: bool


class Words(NamedTuple):
    """What stands beside a box, shortened to its room."""

    value: str
    name: str
    details: str


@dataclass
class SideWords:
    """Paints the words beside the boxes of one scene; remembers shortened ones."""

    scene: Scene
    inks: Inks
    _words: dict[tuple[int, bool, bool], Words] = field(default_factory=dict)

    def paint(
        self, painter: QPainter, area: QRectF, scale: float, has_title: bool, has_name: bool
    ) -> None:
        """Words beside all boxes of `area` (units of the layout) that have room.

        `has_title`, `has_name`: the boxes carry these themselves.
        """
        painter.save()
        placed = painter.transform()
        ratio = placed.m11() / scale
        # in pixels: large fonts made small are slow and blurred
        painter.setTransform(QTransform.fromScale(ratio, ratio))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fonts = screen_font(_FONT, bold=True), screen_font(_FONT), screen_font(_FONT)
        pens = self.inks.empty_ink, self.inks.empty_ink, self.inks.words
        rects = self.scene.layout.rects
        for row, x, is_left in self.spots(area, scale):
            middle = float(rects[row, 1] + rects[row, 3] / 2)
            at = placed.map(QPointF(x, middle)) / ratio + QPointF(0.0, 0.36 * _FONT)
            words = self._said(row, has_title, has_name)
            # the value is next to the box, on either side
            for text, font, pen, width in zip(words, fonts, pens, _widths(words), strict=True):
                if text:
                    painter.setFont(font)
                    painter.setPen(pen)
                    painter.drawText(at - QPointF(width, 0.0) if is_left else at, text)
                    column = max(width, _VALUE if text is words.value else 0.0) + _GAP
                    at += QPointF(-column if is_left else column, 0.0)
        painter.restore()

    def spots(self, area: QRectF, scale: float) -> Iterator[Spot]:
        """Where words stand that touch `area`: right of a box, for the first of a row also left.

        Words keep clear of boxes and of upright lines, and are the same whatever the area.
        """
        room, pad, reach = _ROOM / scale, _PAD / scale, _REACH / scale
        rects, ranks = self.scene.layout.rects, self.scene.layout.ranks
        rows = self.scene.boxes_in(-_FAR, area.top(), _FAR, area.bottom())
        rows = rows[np.lexsort((rects[rows, 0], ranks[rows]))]
        xs, tops, bottoms = self._uprights(area.top() - PITCH, area.bottom() + PITCH)
        half = 0.6 * _FONT / scale
        places = rects[rows].tolist()
        in_rank = ranks[rows].tolist()
        crossing: list[float] = []
        for at, (row, (left, top, width, height)) in enumerate(
            zip(rows.tolist(), places, strict=True)
        ):
            is_first = at == 0 or in_rank[at - 1] != in_rank[at]
            is_last = at + 1 == len(in_rank) or in_rank[at + 1] != in_rank[at]
            if is_first:
                middle = top + height / 2
                passes = (tops < middle + half) & (bottoms > middle - half)
                crossing = np.unique(xs[passes]).tolist()
            right = left + width
            end = _FAR if is_last else places[at + 1][0]
            found = _free_right(crossing, right, min(end, right + reach + room), room + 2 * pad)
            if found is not None:
                spot, ends = Spot(row, found + pad, False), (found, found + room)
            elif is_first:
                found = _free_left(crossing, left, left - reach - room, room + 2 * pad)
                if found is None:
                    continue
                spot, ends = Spot(row, found - pad, True), (found - room, found)
            else:
                continue
            if ends[0] < area.right() and ends[1] > area.left():
                yield spot

    def _uprights(self, top: float, bottom: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, top and bottom of the upright pieces of lines between two heights."""
        edges = self.scene.layout.edges
        near = [edges[row].points for row in self.scene.lines_in(-_FAR, top, _FAR, bottom).tolist()]
        if not near:
            nothing = np.zeros(0)
            return nothing, nothing, nothing
        starts = np.concatenate([points[:-1] for points in near])
        ends = np.concatenate([points[1:] for points in near])
        upright = np.abs(starts[:, 0] - ends[:, 0]) < 0.5
        a, b = starts[upright], ends[upright]
        return a[:, 0], np.minimum(a[:, 1], b[:, 1]), np.maximum(a[:, 1], b[:, 1])

    @cached_property
    def _told(self) -> Mapping[str, str]:
        """Stage -> its errors in words."""
        return {band.name: band.text for band in self.scene.paint.bands}

    def _said(self, row: int, has_title: bool, has_name: bool) -> Words:
        key = (row, has_title, has_name)
        if key not in self._words:
            self._words[key] = self._shortened(row, has_title, has_name)
        return self._words[key]

    def _shortened(self, row: int, has_title: bool, has_name: bool) -> Words:
        box = self.scene.layout.names[row]
        label, paint = self.scene.labels[box], self.scene.paint
        name, details = box, label.subtitle if has_title else label.title
        if label.family is Family.STAGE:
            told = self._told.get(box, "")
            if has_name:  # the first line is in the box
                told = paint.lines.get(box, ("", told))[1]
            name, details = "" if has_title else label.title, told
        value = paint.texts.get(box, "")
        words = Words(value, "" if has_name else one_line(name), details)
        widths = _widths(words)
        left = _ROOM - (max(_VALUE, widths[0]) + _GAP if value else 0.0)
        plain = QFontMetricsF(screen_font(_FONT))
        shown = plain.elidedText(words.name, Qt.TextElideMode.ElideMiddle, left)
        left -= widths[1] + _GAP if words.name else 0.0
        if label.family is Family.STAGE:
            details = plain.elidedText(details, Qt.TextElideMode.ElideRight, max(0.0, left))
            return Words(value, shown, details)
        return Words(value, shown, details if widths[2] <= left else "")


def _widths(words: Words) -> tuple[float, float, float]:
    """Pixels of each of the words."""
    bold, plain = QFontMetricsF(screen_font(_FONT, bold=True)), QFontMetricsF(screen_font(_FONT))
    value, name, details = words
    return (
        bold.horizontalAdvance(value),
        plain.horizontalAdvance(name),
        plain.horizontalAdvance(details),
    )


def _free_right(crossing: list[float], start: float, end: float, room: float) -> float | None:
    """The first x from `start` on with `room` free of `crossing` (sorted) before `end`."""
    for x in crossing[bisect_right(crossing, start) :]:
        if x - start >= room or x >= end:
            break
        start = x
    return start if min(end, _next(crossing, start)) - start >= room else None


def _next(crossing: list[float], start: float) -> float:
    at = bisect_right(crossing, start)
    return crossing[at] if at < len(crossing) else _FAR


def _free_left(crossing: list[float], end: float, start: float, room: float) -> float | None:
    """The last x up to `end` with `room` free of `crossing` (sorted) before it, from `start` on."""
    for x in reversed(crossing[: bisect_left(crossing, end)]):
        if end - x >= room or x <= start:
            break
        end = x
    at = bisect_left(crossing, end)
    before = max(start, crossing[at - 1] if at else -_FAR)
    return end if end - before >= room else None

"""Which part of the picture is seen: scale and position, and the moves between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPointF, QRectF

from rkviz.gui.canvas.tiles import level_scale
from rkviz.picture.layout import PITCH, Floats

MAX_LEVEL = 8
"""Four times: closer there is nothing more to see."""
_OPENING_LEVELS = (-1, -2, -3, -4)
"""Sizes one opens a graph at, down to half: large enough for names."""
_LEAST_ROWS = 8
"""Rows of boxes one wants to see at first: a smaller picture is better than fewer."""
_LEGIBLE_LEVEL = -8
"""A quarter: a graph that fits at this size is opened whole, with names beside its boxes."""
_EMPTY = 0.25
"""Share of the window that may lie beyond the ends of the picture where it jumped."""
_MARGIN = 100.0
"""Pixels beside a wide picture: the signs of stages stand there."""
_KEEP = 80.0
"""Pixels of the picture that never leave the window."""


@dataclass
class Viewport:
    """`left` and `top` are the corner of the window in units of the layout.

    `width` and `height` are the window's size in pixels, `bounds` the picture's in units.
    """

    bounds: QRectF
    width: float = 1.0
    height: float = 1.0
    level: int = 0
    left: float = 0.0
    top: float = 0.0

    @property
    def scale(self) -> float:
        return level_scale(self.level)

    @property
    def area(self) -> QRectF:
        """What is seen, in units of the layout."""
        return QRectF(self.left, self.top, self.width / self.scale, self.height / self.scale)

    def to_scene(self, point: QPointF) -> QPointF:
        return QPointF(self.left + point.x() / self.scale, self.top + point.y() / self.scale)

    def to_window(self, point: QPointF) -> QPointF:
        return QPointF((point.x() - self.left) * self.scale, (point.y() - self.top) * self.scale)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels."""
        self.left -= dx / self.scale
        self.top -= dy / self.scale
        self._stay()

    def zoom(self, steps: int, around: QPointF) -> None:
        """Zoom by quarter octaves; what is under `around` (pixels) stays there."""
        fixed = self.to_scene(around)
        self.level = min(MAX_LEVEL, max(self._least_level(), self.level + steps))
        self.left = fixed.x() - around.x() / self.scale
        self.top = fixed.y() - around.y() / self.scale
        self._stay()

    def fit(self, margin: float = 0.0) -> None:
        """The whole picture, never larger than life; right of `margin` pixels if it fits there."""
        self.level = self._fitting_level()
        self.center(self.bounds.center())
        needed = margin + (self.bounds.width() * self.scale)
        if needed <= self.width:
            self.left = min(self.left, self.bounds.left() - margin / self.scale)

    @property
    def fits_legibly(self) -> bool:
        """Whether the whole picture can be read at once."""
        return self._fitting_level() >= _LEGIBLE_LEVEL

    def begin(self, rects: Floats, axis: float) -> None:
        """The top of the picture, as a whole where it is narrow enough, else around `axis`.

        As large as shows some rows of boxes, and the first ones whole; `rects` are (x, y, width,
        height).
        """
        self.level = next(
            filter(partial(self._shows_first, rects), _OPENING_LEVELS), _OPENING_LEVELS[-1]
        )
        seen = self.width / self.scale
        middle = self.bounds.center().x() if seen >= self.bounds.width() else axis
        self.left = middle - seen / 2
        self.top = self.bounds.top()

    def _shows_first(self, rects: Floats, level: int) -> bool:
        width, height = self.width / level_scale(level), self.height / level_scale(level)
        if height < _LEAST_ROWS * PITCH:
            return False
        first = rects[rects[:, 1] < self.bounds.top() + height]
        return float((first[:, 0] + first[:, 2]).max() - first[:, 0].min()) <= width

    def center(self, point: QPointF) -> None:
        self.left = point.x() - self.width / self.scale / 2
        self.top = point.y() - self.height / self.scale / 2
        self._stay()

    def reveal(self, area: QRectF) -> bool:
        """Move so that `area` is seen, to the middle when it was far off; True if it moved."""
        seen = self.area
        if seen.contains(area):
            return False
        room = min(60.0 / self.scale, seen.height() / 4, seen.width() / 4)
        wanted = area.adjusted(-room, -room, room, room)
        if not seen.intersects(wanted):
            self.center(area.center())
            self.fill()
            return True
        self.left += min(0.0, wanted.left() - seen.left()) or max(
            0.0, min(wanted.right() - seen.right(), wanted.left() - seen.left())
        )
        self.top += min(0.0, wanted.top() - seen.top()) or max(
            0.0, min(wanted.bottom() - seen.bottom(), wanted.top() - seen.top())
        )
        return True

    def fill(self) -> None:
        """Move so that not much of the window is empty, or all of the picture is seen.

        One that is narrower than the window stands in its middle.
        """
        seen, bounds = self.area, self.bounds
        ends = bounds.top(), bounds.bottom() - seen.height()
        slack = _EMPTY * seen.height() if ends[1] > ends[0] else 0.0
        self.top = min(max(self.top, min(ends) - slack), max(ends) + slack)
        margin = _MARGIN / self.scale
        sides = bounds.left() - margin, bounds.right() + margin - seen.width()
        wide = bounds.width() > seen.width()
        self.left = min(max(self.left, sides[0]), sides[1]) if wide else sum(sides) / 2

    def resize(self, width: float, height: float) -> None:
        """Another window size; the middle of the upper edge stays where it is."""
        self.left += (self.width - width) / 2 / self.scale
        self.width, self.height = width, height
        self._stay()

    def _level_for(self, scale: float) -> int:
        """The largest level whose scale is at most `scale`."""
        return math.floor(4.0 * math.log2(max(scale, 1e-6)) + 1e-9)

    def _fitting_level(self) -> int:
        across = self.width / max(1.0, self.bounds.width())
        down = self.height / max(1.0, self.bounds.height())
        return min(0, self._level_for(min(across, down)))

    def _least_level(self) -> int:
        """A little farther away than the whole picture."""
        return min(-8, self._fitting_level() - 2)

    def _stay(self) -> None:
        """Keep a piece of the picture in the window."""
        keep = _KEEP / self.scale
        seen = self.area
        keep_x = min(keep, self.bounds.width() / 2, seen.width() / 2)
        keep_y = min(keep, self.bounds.height() / 2, seen.height() / 2)
        left, right = self.bounds.left(), self.bounds.right()
        top, bottom = self.bounds.top(), self.bounds.bottom()
        self.left = min(max(self.left, left - seen.width() + keep_x), right - keep_x)
        self.top = min(max(self.top, top - seen.height() + keep_y), bottom - keep_y)

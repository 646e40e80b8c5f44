"""How one picture becomes another: boxes slide, so that the eye follows what was folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from rkviz.gui.canvas.inks import Inks, fill_shade, screen_font
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.viewport import Viewport
from rkviz.picture.layout import HEADER_HEIGHT

MOST_BOXES = 700
"""With more of them in sight, one picture simply replaces the other: frames stay quick."""
_TITLES_FROM = 30.0
"""Pixels a moving box must be high to carry its title."""


@dataclass(frozen=True, eq=False)
class Motion:
    """Boxes on their way, in pixels of the window. `start`, `end` are float [n, 4]."""

    scenes: tuple[Scene, ...]
    names: tuple[str, ...]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    lines: tuple[tuple[int, int], ...]
    """Pairs of boxes with a line between them."""

    def paint(self, painter: QPainter, inks: Inks, share: float) -> None:
        """The picture when `share` 0..1 of the way is done."""
        eased = share * share * (3.0 - 2.0 * share)
        rects = (self.start + (self.end - self.start) * eased).tolist()
        painter.setPen(QPen(inks.line, 1.0))
        painter.drawLines(
            [
                QLineF(
                    rects[a][0] + rects[a][2] / 2,
                    rects[a][1] + rects[a][3],
                    rects[b][0] + rects[b][2] / 2,
                    rects[b][1],
                )
                for a, b in self.lines
            ]
        )
        font = screen_font(max(8.0, rects[0][3] * 0.18), bold=True) if rects else screen_font(9)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        for name, (x, y, width, height) in zip(self.names, rects, strict=True):
            self._box(painter, inks, metrics, name, QRectF(x, y, width, height))

    def _box(
        self, painter: QPainter, inks: Inks, metrics: QFontMetricsF, name: str, area: QRectF
    ) -> None:
        scene = next(scene for scene in self.scenes if name in scene.layout.index)
        shade, label = scene.paint.shade(name), scene.labels[name]
        if shade is None:
            painter.fillRect(area, inks.empty)
        else:
            fill_shade(painter, area, shade)
        head = QRectF(area)
        head.setHeight(area.height() * HEADER_HEIGHT / max(1.0, float(scene.layout.rects[0, 3])))
        painter.fillRect(head, inks.headers[label.family])
        painter.setPen(QPen(inks.border, 1.0))
        painter.drawRect(area)
        if area.height() >= _TITLES_FROM:
            painter.setPen(QColor("white"))
            base = head.center().y() + metrics.ascent() * 0.4
            painter.drawText(QPointF(head.left() + 6, base), label.title)


def motion(before: Scene, seen: Viewport, after: Scene, then: Viewport) -> Motion | None:
    """How `before`, as `seen`, becomes `after`, seen as `then`; None where it is not worth it."""
    in_sight = (*_in_sight(after, then), *_in_sight(before, seen))
    shown = tuple(dict.fromkeys(in_sight))
    if not 0 < len(shown) <= MOST_BOXES:
        return None
    start, end = _places(before, after, shown, seen), _places(after, before, shown, then)
    number = {name: row for row, name in enumerate(shown)}
    lines = {
        (number[edge.source], number[edge.target])
        for name in shown
        for edge in after.lines_of(name)
        if edge.source in number and edge.target in number
    }
    return Motion((after, before), shown, start, end, tuple(lines))


def _in_sight(scene: Scene, viewport: Viewport) -> list[str]:
    area = viewport.area
    rows = scene.boxes_in(area.left(), area.top(), area.right(), area.bottom())
    return [scene.layout.names[row] for row in rows]


def _places(
    scene: Scene, other: Scene, names: Sequence[str], viewport: Viewport
) -> NDArray[np.float64]:
    """Where boxes are in a scene: itself, the stage it is in, or the first layer of the stage."""
    index = scene.layout.index
    rows = np.zeros(len(names), np.intp)
    for place, name in enumerate(names):
        row = index.get(name)
        if row is None:
            row = index.get(scene.box_of(name) or scene.box_of(other.layers_of(name)[0]), 0)
        rows[place] = row
    rects = scene.layout.rects[rows].astype(np.float64)
    rects[:, 0] -= viewport.left
    rects[:, 1] -= viewport.top
    return rects * viewport.scale

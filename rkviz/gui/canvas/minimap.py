"""The whole graph as a strip of coloured rows: where it hurts, and a jump to it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from rkviz.gui.canvas.marked_view import MarkedView
from rkviz.gui.canvas.overlay import HIT
from rkviz.gui.canvas.scene import Indices, Scene
from rkviz.picture.layout import Layout

WIDTH = 64
_MARGIN = 6


def strip(scene: Scene, width: int, height: int, ground: tuple[int, int, int]) -> NDArray[np.uint8]:
    """uint8 [height, width, 3]: boxes of a row side by side, the worst on top of one another.

    A pixel that stands for several rows shows the worst of them.
    """
    image = np.empty((height, width, 3), np.uint8)
    image[:] = ground
    layout = scene.layout
    if not len(layout.names) or width < 1 or height < 1:
        return image
    first, last, left, right = _places(layout, width, height)
    # every row of pixels of every box, the worst last: of equal pixels the last one stays
    order = np.argsort(scene.levels, kind="stable")[::-1]
    place = ((first * (height + 1) + last) * (width + 1) + left) * (width + 1) + right
    _, worst = np.unique(place[order], return_index=True)
    order = order[np.sort(worst)[::-1]]
    heights = (last - first)[order]
    box = np.repeat(order, heights)
    y = first[box] + np.arange(len(box)) - np.repeat(np.cumsum(heights) - heights, heights)
    colours, left, right = scene.colours[box], left[box], right[box]
    for x in range(width):
        covers = (left <= x) & (x < right)
        image[y[covers], x] = colours[covers]
    return image


@lru_cache(maxsize=2)
def _places(layout: Layout, width: int, height: int) -> tuple[Indices, ...]:
    """First and last row of pixels, first and last column of every box; the last are not in it."""
    _, top, _, whole = layout.bounds
    unit = height / max(1.0, whole)
    first = np.clip(((layout.rects[:, 1] - top) * unit).astype(int), 0, height - 1)
    below = layout.rects[:, 1] + layout.rects[:, 3] - top
    last = np.clip(np.ceil(below * unit).astype(int), first + 1, height)
    in_row = np.bincount(layout.ranks)[layout.ranks]
    starts = np.concatenate([[0], np.cumsum(np.bincount(layout.ranks))])
    by_rank = np.lexsort((layout.rects[:, 0], layout.ranks))
    place = np.empty(len(in_row), int)
    place[by_rank] = np.arange(len(in_row)) - starts[layout.ranks[by_rank]]
    left = place * width // in_row
    right = np.maximum(left + 1, (place + 1) * width // in_row)
    return first, last, left, right


class Minimap(QWidget):
    """A strip beside a view: click to go there, drag the frame, which is what the view shows.

    Marks at the sides are what is selected (both) and what a search found (left).
    """

    def __init__(self, view: MarkedView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._image: QImage | None = None
        self._grip = 0.0
        """Pixels from where the mouse took the frame up to the frame's middle."""
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        view.scene_changed.connect(self._rebuild)
        view.view_changed.connect(self.update)
        view.marks_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._rebuild()

    def _rebuild(self) -> None:
        self._image = None
        self.update()

    def frame(self) -> QRectF:
        """The visible part of the graph, in pixels of this widget."""
        seen = self._view.visible_area
        strip_area, unit = self._strip_area(), self._unit()
        top = strip_area.top() + (seen.top() - self._view.scene.layout.bounds[1]) * unit
        height = max(6.0, seen.height() * unit)
        area = QRectF(1.5, top, self.width() - 3.0, height)
        return area.intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _strip_area(self) -> QRectF:
        """Where the strip is painted; a short graph does not fill the height."""
        room = max(1, self.height() - 2 * _MARGIN)
        needed = len(np.unique(self._view.scene.layout.ranks)) * 14
        height = min(room, max(1, needed))
        return QRectF(_MARGIN, _MARGIN, self.width() - 2 * _MARGIN, height)

    def _unit(self) -> float:
        """Pixels per unit of the layout."""
        return self._strip_area().height() / max(1.0, self._view.scene.layout.bounds[3])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._view.theme
        ground = QColor(theme.window)
        painter.fillRect(self.rect(), ground)
        area = self._strip_area()
        if self._image is None:
            ratio = self.devicePixelRatioF()
            pixels = strip(
                self._view.scene,
                round(area.width() * ratio),
                round(area.height() * ratio),
                (ground.red(), ground.green(), ground.blue()),
            )
            height, width, _ = pixels.shape
            # copied, because the image does not keep the array alive
            self._image = QImage(
                pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888
            ).copy()
        painter.drawImage(area, self._image)
        accent = QColor(theme.accent)
        selected, hits = self._view.marks
        right = self.width() - _MARGIN + 1
        for rows, colour, sides in ((hits, HIT, (0,)), (selected, theme.accent, (0, right))):
            for y in self._heights(rows):
                for left in sides:
                    painter.fillRect(QRectF(left, y - 1.5, _MARGIN - 1, 3.0), QColor(colour))
        painter.setPen(QPen(accent, 2.0))
        accent.setAlpha(38)
        painter.setBrush(accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawRoundedRect(self.frame(), 3.0, 3.0)
        painter.end()

    def _heights(self, rows: Indices) -> list[float]:
        """Where the middles of boxes are, in pixels of this widget, each pixel once."""
        rects = self._view.scene.layout.rects[rows]
        middles = rects[:, 1] + rects[:, 3] / 2 - self._view.scene.layout.bounds[1]
        return np.unique(np.round(self._strip_area().top() + middles * self._unit())).tolist()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there; inside the frame, take it up where it is."""
        frame = self.frame()
        inside = frame.top() <= event.position().y() <= frame.bottom()
        self._grip = self._middle() - event.position().y() if inside else 0.0
        if not inside:
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position() + QPointF(0.0, self._grip))

    def _middle(self) -> float:
        """Where the middle of what is seen is, in pixels of this widget."""
        y = self._view.visible_area.center().y() - self._view.scene.layout.bounds[1]
        return self._strip_area().top() + y * self._unit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A notch scrolls by half of what is seen."""
        seen = self._view.visible_area.height() * self._view.scale
        self._view.pan(0, event.angleDelta().y() / 240.0 * seen)
        event.accept()

    def _go(self, position: QPointF) -> None:
        y = (position.y() - self._strip_area().top()) / self._unit()
        bounds = self._view.scene.layout.bounds
        y = min(max(y, 0.0), bounds[3]) + bounds[1]
        self._view.center_on(QPointF(self._view.visible_area.center().x(), y))

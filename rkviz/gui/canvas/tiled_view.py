"""A scene on the screen: tiles, overlay, scale and position. What the user does is in view.py."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from rkviz.graph.model import Graph
from rkviz.gui.canvas.inks import Inks
from rkviz.gui.canvas.overlay import Overlay
from rkviz.gui.canvas.paint import BoxPaint
from rkviz.gui.canvas.painter import ScenePainter
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.tiles import TILE, TileCache
from rkviz.gui.canvas.viewport import Viewport
from rkviz.gui.theme import DARK, LIGHT, Theme
from rkviz.picture.layout import layout

_BUDGET_S = 0.006
"""Time for painting tiles between two frames."""


class TiledView(QWidget):
    """A picture of boxes and lines that stays quick at any size.

    It is blitted from tiles; one or two missing ones are painted between frames while stretched
    older ones stand in.
    """

    view_changed = Signal(QRectF)
    """What is seen, in units of the layout."""
    scene_changed = Signal()
    """Other boxes, colours or theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        empty = layout(Graph("", (), {}, {}, (), ()))
        self._theme = LIGHT
        self._painter = ScenePainter(Scene(empty, {}), Inks.of(LIGHT))
        self._overlay = Overlay(self._painter.scene, LIGHT)
        self._tiles = TileCache()
        self._viewport = Viewport(QRectF(*empty.bounds))
        self._at_home = True
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._paint_missing)

    # --- what is shown

    @property
    def scene(self) -> Scene:
        return self._painter.scene

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def visible_area(self) -> QRectF:
        """What is seen, in units of the layout."""
        return self._viewport.area

    @property
    def scale(self) -> float:
        """Pixels per unit of the layout."""
        return self._viewport.scale

    def sizeHint(self) -> QSize:
        return QSize(900, 700)

    def set_scene(self, scene: Scene, keep_view: bool = False) -> None:
        """Show other boxes, from the first layers on unless the view is to be kept.

        The same boxes in other colours just get these.
        """
        if scene.layout is self.scene.layout:
            self._recolour(scene)
            return
        self._painter = ScenePainter(scene, Inks.of(self._theme))
        self._viewport.bounds = QRectF(*scene.layout.bounds)
        self._tiles.clear()
        self._put_names()
        if not keep_view:
            self.show_start()
        self.scene_changed.emit()
        self._moved()

    def _put_names(self) -> None:
        """Begin an overlay for other boxes."""
        self._overlay = Overlay(self.scene, self._theme)

    def _recolour(self, scene: Scene) -> None:
        self._painter = self._painter.repainted(scene)
        self._overlay = replace(self._overlay, scene=scene)
        self._tiles.outdate()
        self.scene_changed.emit()
        self.update()

    def set_paint(self, paint: BoxPaint) -> None:
        """Other colours, badges and texts for the same boxes."""
        self._recolour(self.scene.painted(paint))

    def set_theme(self, dark: bool) -> None:
        """Repaint in dark or light."""
        self._theme = DARK if dark else LIGHT
        self._painter = ScenePainter(self.scene, Inks.of(self._theme))
        self._overlay = replace(self._overlay, theme=self._theme)
        self._tiles.clear()
        self.scene_changed.emit()
        self.update()

    # --- what part of it

    def show_start(self) -> None:
        """The whole graph where it can be read so, else its first layers."""
        if self._viewport.fits_legibly:
            self._fit()
        else:
            trunk = self.scene.layout.trunk
            x, _, width, _ = self.scene.layout.rect(trunk[0]) if trunk else (0.0, 0.0, 0.0, 0.0)
            self._viewport.begin(self.scene.layout.rects, x + width / 2)
        self._at_home = True
        self._moved()

    def show_all(self) -> None:
        """The whole graph."""
        self._fit()
        self._moved()

    def _fit(self) -> None:
        """The whole graph, beside the signs of its stages where there is room."""
        view = self._viewport
        view.fit()
        view.fit(self._overlay.rail.reach(view.scale))

    def zoom(self, steps: int, around: QPointF | None = None) -> None:
        """Zoom by quarter octaves around a point of the widget, by default what one looks at."""
        self._viewport.zoom(steps, around or self._attended())
        self._at_home = False
        self._moved()

    def _attended(self) -> QPointF:
        """The selected box where it is in sight, else level with the middle, at the nearest box."""
        view, middle = self._viewport, QPointF(self.rect().center())
        seen, rects = view.area, self.scene.layout.rects
        rows = self.scene.boxes_in(seen.left(), seen.top(), seen.right(), seen.bottom())
        selected = self.scene.rows_of(self._overlay.selection)
        chosen = np.intersect1d(rows, selected)
        rows = chosen if len(chosen) else rows
        if not len(rows):
            return middle
        centres = rects[rows, :2] + rects[rows, 2:] / 2
        at = view.to_scene(middle)
        away = np.abs(centres - (at.x(), at.y())).sum(axis=1)
        box = view.to_window(QPointF(*centres[np.argmin(away)].tolist()))
        point = box if len(chosen) else QPointF(box.x(), middle.y())
        return point if self.rect().contains(point.toPoint()) else middle

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels."""
        self._viewport.pan(dx, dy)
        self._at_home = False
        self._moved()

    def center_on(self, point: QPointF) -> None:
        """Bring a point of the layout to the middle."""
        self._viewport.center(point)
        self._at_home = False
        self._moved()

    def reveal(self, layer: str) -> None:
        """Bring a layer's box into view, to the middle when it was far off, if there is one."""
        box = self.scene.box_of(layer)
        if box and self._viewport.reveal(QRectF(*self.scene.layout.rect(box))):
            self._at_home = False
            self._moved()

    def box_at(self, position: QPoint | QPointF) -> str:
        """The box under a point of the widget, "" for the ground."""
        point = self._viewport.to_scene(QPointF(position))
        return self.scene.box_at(point.x(), point.y())

    def stage_at(self, position: QPoint | QPointF) -> str:
        """The stage whose sign at the margin is under a point of the widget, "" for none."""
        return self._overlay.rail.stage_at(QPointF(position), self._viewport)

    def boxes_in(self, area: QRectF) -> tuple[str, ...]:
        """The boxes that touch a rectangle of the widget."""
        corners = (
            self._viewport.to_scene(area.topLeft()),
            self._viewport.to_scene(area.bottomRight()),
        )
        (left, top), (right, bottom) = ((point.x(), point.y()) for point in corners)
        rows = self.scene.boxes_in(left, top, right, bottom)
        return tuple(self.scene.layout.names[row] for row in rows)

    def _moved(self) -> None:
        self.update()
        self.view_changed.emit(self._viewport.area)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        self._tiles.set_ratio(ratio)
        painter.fillRect(self.rect(), self._painter.inks.ground)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        # whole device pixels: tiles are copied, not resampled; at 150 % widgets begin between two
        placed = painter.deviceTransform()
        painter.translate(round(placed.dx()) - placed.dx(), round(placed.dy()) - placed.dy())
        scale = self._viewport.scale * ratio
        left, top = round(self._viewport.left * scale), round(self._viewport.top * scale)
        waiting = False
        for key in self._tiles.keys(self._viewport.level, self._viewport.area):
            corner = QPoint(key.column * TILE - left, key.row * TILE - top)
            image = self._tiles.image(key)
            waiting = waiting or not self._tiles.is_fresh(key)
            if image is not None:
                painter.drawImage(corner, image)
                continue
            for area, other, part in self._tiles.substitutes(key):
                where = QRectF(
                    area.left() * scale - left,
                    area.top() * scale - top,
                    area.width() * scale,
                    area.height() * scale,
                )
                painter.drawImage(where, other, part)
        painter.restore()
        self._overlay.paint(painter, self._viewport)
        if self.hasFocus():
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
        if waiting and not self._timer.isActive():
            self._timer.start()

    def _paint_missing(self) -> None:
        """Paint tiles for a few milliseconds, at least one; the next frame shows them."""
        started = time.perf_counter()
        keys = self._tiles.keys(self._viewport.level, self._viewport.area)
        missing = [key for key in keys if not self._tiles.is_fresh(key)]
        for key in missing:
            self._tiles.paint(key, self._painter)
            if time.perf_counter() - started > _BUDGET_S:
                break
        else:
            self._timer.stop()
        if missing:
            self.update()

    @property
    def is_settled(self) -> bool:
        """Whether every tile in sight is painted."""
        keys = self._tiles.keys(self._viewport.level, self._viewport.area)
        return all(self._tiles.is_fresh(key) for key in keys)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._viewport.resize(self.width(), self.height())
        if self._at_home:
            self.show_start()
        self._moved()

"""What lies over the tiles and changes with every move of the mouse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from rkviz.gui.canvas.painter import round_path
from rkviz.gui.canvas.rail import Rail
from rkviz.gui.canvas.scene import Indices, Scene
from rkviz.gui.canvas.viewport import Viewport
from rkviz.gui.theme import Theme
from rkviz.picture.layout import LayoutEdge

_MOST_LINES = 400
_FEW = 20
"""Selected boxes up to which all their lines are drawn, also of those out of sight."""
_MOST_SPARED = 300
"""Hits in sight above which the rest is not dimmed: they would hardly stand out."""
HIT = "#e58a00"
"""The colour of what a search found."""


@dataclass(frozen=True)
class Overlay:
    """Selection, what is under the mouse, search hits and rubber band over one scene.

    Names are those of boxes. `rubber` is in pixels of the window.
    """

    scene: Scene
    theme: Theme
    selection: tuple[str, ...] = ()
    hovered: str = ""
    line: LayoutEdge | None = None
    hits: frozenset[str] = field(default_factory=frozenset[str])
    rubber: QRectF | None = None

    @cached_property
    def rail(self) -> Rail:
        return Rail(self.scene, self.theme)

    @cached_property
    def _selected_rows(self) -> Indices:
        return self.scene.rows_of(self.selection)

    @cached_property
    def _hit_rows(self) -> Indices:
        return self.scene.rows_of(self.hits)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint in the window's pixels."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hits = self._in_sight(viewport, self._hit_rows)
        if self.hits:
            self._dim(painter, viewport, hits)
        accent = QColor(self.theme.accent)
        selected = self._in_sight(viewport, self._selected_rows)
        few = len(self.selection) <= _FEW
        self._lines(painter, viewport, self.selection if few else selected, accent)
        self._outlines(painter, viewport, hits, QColor(HIT), 2.5, 3)
        if self.hovered in self.scene.layout.index:
            self._outlines(painter, viewport, [self.hovered], accent, 1.5, 1.5)
        self._outlines(painter, viewport, selected, accent, 3.0, 2.5)
        self.rail.paint(painter, viewport)
        if self.rubber is not None:
            self._rubber(painter, self.rubber, accent)

    def _in_sight(self, viewport: Viewport, rows: Indices) -> list[str]:
        """The boxes of `rows` that are seen."""
        if not len(rows):
            return []
        seen, rects, names = viewport.area, self.scene.layout.rects[rows], self.scene.layout.names
        touching = (
            (rects[:, 0] <= seen.right())
            & (rects[:, 0] + rects[:, 2] >= seen.left())
            & (rects[:, 1] <= seen.bottom())
            & (rects[:, 1] + rects[:, 3] >= seen.top())
        )
        return [names[row] for row in rows[touching]]

    def _box(self, viewport: Viewport, name: str) -> QRectF:
        x, y, w, h = self.scene.layout.rect(name)
        corner = viewport.to_window(QPointF(x, y))
        return QRectF(corner.x(), corner.y(), w * viewport.scale, h * viewport.scale)

    def _dim(self, painter: QPainter, viewport: Viewport, spared: list[str]) -> None:
        """A veil over everything but `spared`."""
        if len(spared) > _MOST_SPARED:
            return
        veil = QPainterPath()
        veil.addRect(QRectF(0, 0, viewport.width, viewport.height))
        for name in spared:
            veil.addRect(self._box(viewport, name).adjusted(-3, -3, 3, 3))
        ground = QColor(self.theme.base)
        ground.setAlpha(165)
        painter.fillPath(veil, ground)

    def _rubber(self, painter: QPainter, area: QRectF, colour: QColor) -> None:
        painter.setPen(QPen(colour, 1.2, Qt.PenStyle.DashLine))
        faint = QColor(colour)
        faint.setAlpha(30)
        painter.setBrush(faint)
        painter.drawRect(area)

    def _outlines(
        self,
        painter: QPainter,
        viewport: Viewport,
        names: Iterable[str],
        colour: QColor,
        width: float,
        away: float,
    ) -> None:
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = 5.0 * viewport.scale + away
        for name in names:
            # at least a few pixels, so that a selected box is seen from any distance
            area = self._box(viewport, name)
            away_y = max(away, (5.0 - area.height()) / 2)
            painter.drawRoundedRect(area.adjusted(-away, -away_y, away, away_y), radius, radius)

    def _lines(
        self, painter: QPainter, viewport: Viewport, names: Iterable[str], colour: QColor
    ) -> None:
        """The lines of the selected boxes, and the one under the mouse, thicker."""
        drawn = 0
        painter.save()
        painter.scale(viewport.scale, viewport.scale)
        painter.translate(-viewport.left, -viewport.top)
        pen = QPen(colour, 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for name in names:
            for edge in self.scene.lines_of(name):
                painter.drawPath(round_path(edge.points))
                drawn += 1
            if drawn > _MOST_LINES:
                break
        if self.line is not None:
            pen.setWidthF(3.0)
            painter.setPen(pen)
            painter.drawPath(round_path(self.line.points))
        painter.restore()

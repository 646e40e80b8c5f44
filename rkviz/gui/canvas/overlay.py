"""What lies over the tiles and changes with every move of the mouse."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from rkviz.gui.canvas.painter import qcolor, round_path, screen_font
from rkviz.gui.canvas.scene import Band, Scene
from rkviz.gui.canvas.viewport import Viewport
from rkviz.gui.theme import Theme
from rkviz.picture.colour_scale import ink_on

BANDS_BELOW = 0.26
"""Scale below which bands are named: boxes then carry no words."""
_MOST_LINES = 400


@dataclass(frozen=True)
class Overlay:
    """Selection, hovered box and search hits over one scene."""

    scene: Scene
    theme: Theme
    selection: tuple[str, ...] = ()
    hovered: str = ""
    hits: frozenset[str] = frozenset()

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint in the window's pixels."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._bands(painter, viewport)
        accent = QColor(self.theme.accent)
        self._lines(painter, viewport, accent)
        seen = viewport.area
        rows = self.scene.boxes_in(seen.left(), seen.top(), seen.right(), seen.bottom())
        names = [self.scene.layout.names[row] for row in rows]
        self._outlines(painter, viewport, self._among(names, self.hits), QColor("#e58a00"), 2.5, 3)
        if self.hovered in names:
            self._outlines(painter, viewport, [self.hovered], accent, 1.5, 1.5)
        selected = self._among(names, frozenset(self.selection))
        self._outlines(painter, viewport, selected, accent, 3.0, 2.5)

    def _among(self, names: Iterable[str], wanted: Collection[str]) -> list[str]:
        return [name for name in names if name in wanted] if wanted else []

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
            x, y, w, h = self.scene.layout.rect(name)
            corner = viewport.to_window(QPointF(x, y))
            # at least a few pixels, so that a selected box is seen from any distance
            area = QRectF(corner.x(), corner.y(), w * viewport.scale, h * viewport.scale)
            away_y = max(away, (5.0 - area.height()) / 2)
            painter.drawRoundedRect(area.adjusted(-away, -away_y, away, away_y), radius, radius)

    def _lines(self, painter: QPainter, viewport: Viewport, colour: QColor) -> None:
        """The lines of the selected boxes, thicker."""
        drawn = 0
        painter.save()
        painter.scale(viewport.scale, viewport.scale)
        painter.translate(-viewport.left, -viewport.top)
        pen = QPen(colour, 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for name in self.selection:
            for edge in self.scene.lines_of(name):
                painter.drawPath(round_path(edge.points))
                drawn += 1
            if drawn > _MOST_LINES:
                break
        painter.restore()

    def _bands(self, painter: QPainter, viewport: Viewport) -> None:
        """Stages with their words at the left margin, as long as boxes have none."""
        if viewport.scale >= BANDS_BELOW:
            return
        last = -1e9
        for band in self.scene.paint.bands:
            top = viewport.to_window(QPointF(0.0, band.top)).y()
            bottom = viewport.to_window(QPointF(0.0, band.bottom)).y()
            if bottom < 0 or top > viewport.height:
                continue
            faint = QColor(self.theme.border)
            faint.setAlpha(150)
            painter.setPen(QPen(faint, 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(0.0, top), QPointF(viewport.width, top))
            y = min(max(top, 0.0) + 6.0, bottom - 26.0)
            if y >= last + 24.0 and bottom - top >= 12.0:
                self._band_words(painter, band, y)
                last = y

    def _band_words(self, painter: QPainter, band: Band, y: float) -> None:
        bold, plain = screen_font(12, bold=True), screen_font(12)
        title = QFontMetricsF(bold).horizontalAdvance(band.title)
        text = QFontMetricsF(plain).horizontalAdvance(band.text) + 10 if band.text else 0.0
        pill = QRectF(8.0, y, title + text + 18, 21.0)
        if band.shade is None:
            painter.setBrush(QColor(self.theme.window))
            painter.setPen(QPen(QColor(self.theme.border), 1.0))
            ink = QColor(self.theme.text)
        else:
            painter.setBrush(qcolor(band.shade.rgb))
            painter.setPen(Qt.PenStyle.NoPen)
            ink = qcolor(ink_on(band.shade.rgb))
        painter.drawRoundedRect(pill, 6.0, 6.0)
        painter.setPen(ink)
        painter.setFont(bold)
        painter.drawText(QPointF(pill.left() + 9, y + 15), band.title)
        painter.setFont(plain)
        painter.drawText(QPointF(pill.left() + 19 + title, y + 15), band.text)

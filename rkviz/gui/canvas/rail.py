"""The stages at the left margin: a bar each, with a pill that stays in sight and can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from rkviz.gui.canvas.inks import qcolor, screen_font
from rkviz.gui.canvas.paint import Band
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.viewport import Viewport
from rkviz.gui.theme import Theme
from rkviz.picture.colour_scale import ink_on

FAR_BELOW = 0.26
"""Scale below which stages tell their errors: boxes then carry no words."""
_BAR = 5.0
_LANE = 8.0
_NEAR_FONT, _FAR_FONT = 10.5, 12.0


@dataclass(frozen=True)
class Rail:
    """The bands of a scene in the window's pixels."""

    scene: Scene
    theme: Theme

    @property
    def bands(self) -> Sequence[Band]:
        return self.scene.paint.bands

    @property
    def width(self) -> float:
        """Pixels the bars take at the left."""
        return 3.0 + _LANE * (1 + max((band.lane for band in self.bands), default=0))

    def reach(self, scale: float) -> float:
        """Pixels that bars and pills take at a scale."""
        is_far = scale < FAR_BELOW
        widest = max((_pill_width(band, is_far) for band in self.bands), default=0.0)
        return self.width + 3.0 + widest + 12.0 if self.bands else 0.0

    def pills(self, viewport: Viewport) -> list[tuple[Band, QRectF]]:
        """Where the pill of every band in sight is; those without room are left out.

        Far out they tell errors, but where boxes would be hidden.
        """
        far = viewport.scale < FAR_BELOW
        size = _FAR_FONT if far else _NEAR_FONT
        height = round(size * 1.75)
        found: list[tuple[Band, QRectF]] = []
        last = -1e9
        for band in self.bands:
            top, bottom = _ends(band, viewport)
            if bottom < 4 or top > viewport.height - 4:
                continue
            y = max(min(max(top, 4.0), bottom - height), last + 3.0)
            if y + height > max(bottom, top + height) + 2 or bottom - top < height / 2:
                continue
            pill = QRectF(self.width + 3, y, _pill_width(band, far), height)
            if far and self._hides_boxes(pill, viewport):
                pill.setWidth(_pill_width(band, False, size))
            found.append((band, pill))
            last = y + height
        return found

    def _hides_boxes(self, pill: QRectF, viewport: Viewport) -> bool:
        first, last = viewport.to_scene(pill.topLeft()), viewport.to_scene(pill.bottomRight())
        return len(self.scene.boxes_in(first.x(), first.y(), last.x(), last.y())) > 0

    def stage_at(self, point: QPointF, viewport: Viewport) -> str:
        """The stage whose pill or bar is under a point of the window, "" for none."""
        for band, pill in self.pills(viewport):
            if pill.contains(point):
                return band.name
        for band in self.bands:
            top, bottom = _ends(band, viewport)
            left = 3.0 + band.lane * _LANE
            if left <= point.x() < left + _LANE and top <= point.y() < bottom:
                return band.name
        return ""

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint in the window's pixels."""
        for band in self.bands:
            top, bottom = _ends(band, viewport)
            if bottom < 0 or top > viewport.height:
                continue
            bar = QRectF(3.0 + band.lane * _LANE, top + 1, _BAR, max(2.0, bottom - top - 2))
            painter.setPen(Qt.PenStyle.NoPen)
            shade = self.scene.paint.shown(band.shade)
            painter.setBrush(QColor(self.theme.border) if shade is None else qcolor(shade.rgb))
            painter.drawRoundedRect(bar, 2.0, 2.0)
        far = viewport.scale < FAR_BELOW
        for band, pill in self.pills(viewport):
            self._pill(painter, band, pill, far)

    def _pill(self, painter: QPainter, band: Band, pill: QRectF, far: bool) -> None:
        shade, worst = self.scene.paint.shown(band.shade), self.scene.paint.shown(band.worst)
        ground, ink = QColor(self.theme.window), QColor(self.theme.text)
        ground.setAlpha(235)
        if far and shade is not None:
            ground, ink = qcolor(shade.rgb), qcolor(ink_on(shade.rgb))
        painter.setPen(QPen(QColor(self.theme.border), 1.0))
        painter.setBrush(ground)
        painter.drawRoundedRect(pill, 6.0, 6.0)
        size = _FAR_FONT if far else _NEAR_FONT
        font = screen_font(size, bold=True)
        painter.setFont(font)
        painter.setPen(ink)
        base = pill.center().y() + size * 0.36
        painter.drawText(QPointF(pill.left() + 8, base), _title(band))
        if not far or pill.width() < _pill_width(band, True):
            return
        left = pill.left() + 18 + QFontMetricsF(font).horizontalAdvance(_title(band))
        painter.setFont(screen_font(size))
        painter.drawText(QPointF(left, base), band.text)
        if worst is not None:
            painter.setPen(QPen(ink, 1.0))
            painter.setBrush(qcolor(worst.rgb))
            painter.drawEllipse(QPointF(pill.right() - 10, pill.center().y()), 4.5, 4.5)


def _pill_width(band: Band, far: bool, size: float = 0.0) -> float:
    """Pixels of a pill, with its errors when it is `far`; `size` is that of the font."""
    size = size or (_FAR_FONT if far else _NEAR_FONT)
    width = QFontMetricsF(screen_font(size, bold=True)).horizontalAdvance(_title(band)) + 16
    if far and band.text:
        width += QFontMetricsF(screen_font(size)).horizontalAdvance(band.text) + 10
        width += 12 if band.worst else 0
    return width


def _ends(band: Band, viewport: Viewport) -> tuple[float, float]:
    top = viewport.to_window(QPointF(0.0, band.top)).y()
    return top, viewport.to_window(QPointF(0.0, band.bottom)).y()


def _title(band: Band) -> str:
    return f"{'▸' if band.is_folded else '▾'} {band.title}"

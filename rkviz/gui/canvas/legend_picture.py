"""What a legend looks like: a ramp with its thresholds, a line for every level, what bars mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from rkviz.gui.canvas.inks import fill_shade, qcolor, screen_font
from rkviz.gui.theme import Theme
from rkviz.picture.colour_scale import BANDS, ColourScale, Scale, Shade, ink_on

_PAD = 12.0
_RAMP_TOP = 32.0
RAMP_HEIGHT = 14.0
_ROWS_TOP = 68.0
_ROW = 21.0
_SWATCH = 28.0
_ELIDE = Qt.TextElideMode.ElideRight


def has_ramp(scale: Scale) -> TypeGuard[ColourScale]:
    return isinstance(scale, ColourScale)


@dataclass(frozen=True)
class LegendWords:
    """The words in the user's language; "" leaves a line out.

    `lines` are those of the scale's levels. `reset` offers the usual thresholds again.
    """

    title: str
    lines: tuple[str, ...]
    pale: str = ""
    gauges: str = ""
    reset: str = ""


@dataclass(frozen=True)
class LegendPicture:
    """A legend of `width` pixels. The ramp is that of `usual`, coloured by `scale`.

    `chosen` is the handle the keyboard moves, -1 for none.
    """

    scale: Scale
    usual: Scale
    words: LegendWords
    theme: Theme
    width: float
    chosen: int = -1

    @property
    def size(self) -> QSize:
        words = self.words
        rows = len(words.lines) + bool(words.pale) + bool(words.gauges)
        return QSize(round(self.width), round(self._rows_top + rows * _ROW + 6))

    @property
    def natural_width(self) -> float:
        """Pixels at which no word is cut off."""
        words, left = self.words, 2 * _PAD + _SWATCH + 13
        title = QFontMetricsF(screen_font(12, bold=True)).horizontalAdvance(words.title)
        plain = QFontMetricsF(screen_font(11.5))
        lines = (*words.lines, words.pale, words.gauges)
        widest = max(plain.horizontalAdvance(line) for line in lines)
        return max(title + 2 * _PAD + 6, left + widest)

    @property
    def _rows_top(self) -> float:
        """Types have no ramp above their lines."""
        return _ROWS_TOP if has_ramp(self.scale) else _RAMP_TOP

    @property
    def ramp(self) -> QRectF:
        return QRectF(_PAD, _RAMP_TOP, self.width - 2 * _PAD, RAMP_HEIGHT)

    def handle_x(self, handle: int) -> float:
        """Where a handle (0, 1, 2) stands."""
        scale, usual, ramp = self.scale, self.usual, self.ramp
        both = has_ramp(scale) and has_ramp(usual)
        position = usual.position(scale.thresholds[handle]) if both else 0.0
        return ramp.left() + position / BANDS * ramp.width()

    @property
    def reset_area(self) -> QRectF:
        """Where the thresholds are reset; empty while there is nothing to reset."""
        if not self.words.reset:
            return QRectF()
        width = QFontMetricsF(screen_font(11)).horizontalAdvance(self.words.reset) + 12
        return QRectF(self.width - _PAD - width, 6.0, width, 20.0)

    def paint(self, painter: QPainter) -> None:
        """Paint at the origin; the ground is the caller's."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._head(painter)
        if has_ramp(self.scale):
            self._ramp(painter, self.scale)
        shades = [entry.shade for entry in self.scale.legend()]
        for row, (shade, text) in enumerate(zip(shades, self.words.lines, strict=True)):
            self._shade(painter, row, shade)
            self._line(painter, row, text)
        row = len(shades)
        if self.words.pale:
            self._shade(painter, row, shades[0].faded())
            self._line(painter, row, self.words.pale)
            row += 1
        if self.words.gauges:
            self._gauges(painter, row)
            self._line(painter, row, self.words.gauges)

    def _head(self, painter: QPainter) -> None:
        font, reset = screen_font(12, bold=True), self.reset_area
        room = (reset.left() if self.words.reset else self.width) - _PAD - 6
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text))
        title = QFontMetricsF(font).elidedText(self.words.title, _ELIDE, room)
        painter.drawText(QPointF(_PAD, 20.0), title)
        if self.words.reset:
            painter.setFont(screen_font(11))
            painter.setPen(QColor(self.theme.accent))
            painter.drawText(QPointF(reset.left() + 6, 20.0), self.words.reset)

    def _ramp(self, painter: QPainter, scale: ColourScale) -> None:
        ramp, usual = self.ramp, self.usual
        assert has_ramp(usual)
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(ramp, 4.0, 4.0)
        painter.setClipPath(clip)
        pieces = max(16, int(ramp.width() / 3))
        width = ramp.width() / pieces
        for piece in range(pieces):
            shade = scale.shade(usual.value_at((piece + 0.5) / pieces * BANDS))
            left = ramp.left() + piece * width
            painter.fillRect(QRectF(left, ramp.top(), width + 1, ramp.height()), qcolor(shade.rgb))
        painter.restore()
        font = screen_font(10)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        last = -1e9
        for handle, threshold in enumerate(scale.thresholds):
            x = self.handle_x(handle)
            ink = QColor(self.theme.accent if handle == self.chosen else self.theme.text)
            painter.setPen(QPen(QColor(self.theme.window), 1.5))
            painter.setBrush(ink)
            painter.drawRoundedRect(QRectF(x - 3.5, ramp.top() - 4, 7, ramp.height() + 8), 3, 3)
            text = scale.text(threshold)
            left = x - metrics.horizontalAdvance(text) / 2
            if left > last + 4:
                painter.setPen(QColor(self.theme.muted))
                painter.drawText(QPointF(left, ramp.bottom() + 16), text)
                last = left + metrics.horizontalAdvance(text)

    def _swatch(self, row: int) -> QRectF:
        return QRectF(_PAD, self._rows_top + row * _ROW, _SWATCH, 15.0)

    def _line(self, painter: QPainter, row: int, text: str) -> None:
        swatch, font = self._swatch(row), screen_font(11.5)
        left = swatch.right() + 9
        painter.setPen(QColor(self.theme.text))
        painter.setFont(font)
        shown = QFontMetricsF(font).elidedText(text, _ELIDE, self.width - left - 4)
        painter.drawText(QPointF(left, swatch.top() + 12), shown)

    def _shade(self, painter: QPainter, row: int, shade: Shade) -> None:
        swatch = self._swatch(row)
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(swatch, 3.0, 3.0)
        painter.setClipPath(clip)
        fill_shade(painter, swatch, shade)
        painter.restore()
        ink = qcolor(ink_on(shade.rgb))
        for bar in range(shade.bars):
            painter.fillRect(QRectF(swatch.right() - 7 - 5 * bar, swatch.top() + 3, 3, 9), ink)

    def _gauges(self, painter: QPainter, row: int) -> None:
        """The two tiny bars of a box."""
        swatch, ink, ground = self._swatch(row), QColor(self.theme.text), QColor(self.theme.border)
        for top, share in ((3.0, 0.35), (8.5, 0.8)):
            bar = QRectF(swatch.left(), swatch.top() + top, swatch.width(), 3.5)
            painter.fillRect(bar, ground)
            bar.setWidth(share * swatch.width())
            painter.fillRect(bar, ink)

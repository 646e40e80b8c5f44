"""Paints a box close up: title, badge, name, details, value, and tiny bars of its errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from rkviz.gui.canvas.inks import Inks, fill_bars, pattern_of, qcolor, screen_font
from rkviz.gui.canvas.paint import Gauge
from rkviz.gui.canvas.scene import Scene
from rkviz.picture.labels import Family
from rkviz.picture.layout import BOX_WIDTH, HEADER_HEIGHT

_RADIUS = 5.0
_GAUGE_TOP = 56.0
_GAUGE_HEIGHT = 4.0
_GAUGE_FRAME = 0.75
"""White around a bar: it is seen on a box of its own colour."""
_SMALLEST = 0.8
"""Share of its size that a title may shrink to."""


@dataclass
class BoxPainter:
    """Paints the boxes of one scene; remembers shortened words, which cost most."""

    scene: Scene
    inks: Inks
    _words: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    def _shape(self, painter: QPainter, row: int) -> QRectF:
        """Body and border of a box; returns its rectangle."""
        area = QRectF(*self.scene.layout.rects[row].tolist())
        shade = self.scene.shades[row]
        if self.scene.labels[self.scene.layout.names[row]].family is Family.STAGE:
            self._stack(painter, area)
        painter.setPen(QPen(self.inks.border, 1.0))
        painter.setBrush(self.inks.empty if shade is None else qcolor(shade.rgb))
        painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        pattern = pattern_of(shade) if shade is not None else None
        if pattern is not None:
            painter.setBrush(pattern)
            painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        return area

    def _stack(self, painter: QPainter, area: QRectF) -> None:
        """Edges of further boxes behind: this one stands for many."""
        painter.setPen(QPen(self.inks.border, 1.0))
        painter.setBrush(self.inks.empty)
        for away in (6.0, 3.0):
            painter.drawRoundedRect(area.translated(away, away), _RADIUS, _RADIUS)

    def _gauges(self, painter: QPainter, area: QRectF, gauges: tuple[Gauge, ...]) -> None:
        """Bars from the left: the longer, the worse."""
        painter.setPen(Qt.PenStyle.NoPen)
        width = area.width() - 17
        for place, gauge in enumerate(gauges):
            top = area.top() + _GAUGE_TOP + place * (_GAUGE_HEIGHT + 1.0)
            whole = QRectF(area.left() + 9, top, width, _GAUGE_HEIGHT)
            painter.fillRect(whole, QColor("white"))
            filled = whole.adjusted(*[_GAUGE_FRAME] * 2, *[-_GAUGE_FRAME] * 2)
            filled.setWidth(max(1.5, filled.width() * gauge.share))
            painter.fillRect(filled, qcolor(gauge.shade.rgb))
            painter.fillRect(filled.adjusted(filled.width() - 1.2, 0, 0, 0), QColor(20, 24, 30))

    def titled_box(self, painter: QPainter, row: int, scale: float, has_name: bool) -> None:
        """A box with its title as large as it can be, and its name below where that fits."""
        area = self._shape(painter, row)
        name = self.scene.layout.names[row]
        label, shade = self.scene.labels[name], self.scene.shades[row]
        stripe = QPainterPath()
        stripe.addRoundedRect(QRectF(area.left(), area.top(), 16, area.height()), 5, 5)
        painter.fillPath(stripe, self.inks.headers[label.family])
        bars = 0.0 if shade is None else 6.8 * shade.bars
        if shade is not None:
            top, height = (9, 22) if has_name else (20, 28)
            fill_bars(painter, shade, area.right() - 7, area.top() + top, 4.0, height)
        ink = self.inks.on(shade)
        painter.setPen(ink)
        room = area.adjusted(22, 0, -8 - bars, 0)
        size = min(24.0, max(17.0, 9.5 / scale))
        upper, lower = QRectF(room), QRectF(area.adjusted(22, 34, -8, -2))
        if has_name:
            upper.setHeight(38.0)
        titles = (label.title, label.title.replace(" ", ""), label.title.partition(" + ")[0])
        self._fitted(painter, upper, titles, size, bold=True)
        if has_name:
            pale = QColor(ink)
            pale.setAlpha(210)
            painter.setPen(pale)
            said = self.scene.paint.lines.get(name, (name,))[0]
            sayings = (one_line(said),)
            if label.family is Family.STAGE:  # its errors say more than its size
                sayings += (said.rpartition(" · ")[2],)
            self._fitted(painter, lower, sayings, min(size, 9.0 / scale))

    def _fitted(
        self,
        painter: QPainter,
        room: QRectF,
        texts: tuple[str, ...],
        size: float,
        bold: bool = False,
    ) -> None:
        """The first of `texts` that fits in one line, a little smaller where that helps.

        Where none does, the last one, shortened.
        """
        metrics = QFontMetricsF(screen_font(size, bold))
        for text in texts:
            fits = room.width() / max(1.0, metrics.horizontalAdvance(text))
            if fits >= _SMALLEST:
                break
        shrunk = max(_SMALLEST, min(1.0, fits))
        font = screen_font(math.floor(shrunk * round(size)), bold)
        mode = Qt.TextElideMode.ElideRight if bold else Qt.TextElideMode.ElideMiddle
        painter.setFont(font)
        painter.drawText(
            room,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            QFontMetricsF(font).elidedText(text, mode, room.width()),
        )

    def full_box(self, painter: QPainter, row: int) -> None:
        """Header with title and badge; body with name, details, bars and value."""
        area = self._shape(painter, row)
        name = self.scene.layout.names[row]
        label, shade = self.scene.labels[name], self.scene.shades[row]
        title, shown_name, subtitle = self._shortened(row)
        left, top, right = area.left(), area.top(), area.right()
        painter.fillPath(_header_path(area), self.inks.headers[label.family])
        painter.setFont(screen_font(12, bold=True))
        painter.setPen(QColor("white"))
        painter.drawText(QPointF(left + 9, top + 15), title)
        badge = self.scene.paint.badges.get(name, "")
        if badge:
            self._badge(painter, right - 5, top + 4, badge)
        ink = self.inks.on(shade)
        if shade is not None:
            fill_bars(painter, shade, right - 8, top + 26, 3.0, 9.0)
        painter.setPen(ink)
        painter.setFont(screen_font(11))
        painter.drawText(QPointF(left + 9, top + 35.5), shown_name)
        pale = QColor(ink)
        pale.setAlpha(190)
        painter.setPen(pale)
        painter.drawText(QPointF(left + 9, top + 50.5), subtitle)
        value = self.scene.paint.texts.get(name, "")
        if value:
            font = screen_font(11, bold=True)
            painter.setFont(font)
            painter.setPen(ink)
            width = QFontMetricsF(font).horizontalAdvance(value)
            painter.drawText(QPointF(right - 8 - width, top + 50.5), value)
        self._gauges(painter, area, self.scene.paint.gauges.get(name, ()))

    def _badge(self, painter: QPainter, right: float, top: float, text: str) -> None:
        font = screen_font(10, bold=True)
        width = QFontMetricsF(font).horizontalAdvance(text) + 11
        pill = QRectF(right - width, top, width, 13.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 232))
        painter.drawRoundedRect(pill, 6.5, 6.5)
        painter.setPen(QColor("#1c2430"))
        painter.setFont(font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _shortened(self, row: int) -> tuple[str, str, str]:
        """Title, name and subtitle as far as they fit; the ends of names tell most."""
        words = self._words.get(row)
        if words is not None:
            return words
        name = self.scene.layout.names[row]
        label, paint, shade = self.scene.labels[name], self.scene.paint, self.scene.shades[row]
        shown_name, details = paint.lines.get(name, (name, label.subtitle))
        bold = QFontMetricsF(screen_font(12, bold=True))
        plain = QFontMetricsF(screen_font(11))
        value_font = QFontMetricsF(screen_font(11, bold=True))
        badge, value = paint.badges.get(name, ""), paint.texts.get(name, "")
        badge_room = QFontMetricsF(screen_font(10, bold=True)).horizontalAdvance(badge) + 16
        value_room = value_font.horizontalAdvance(value) + 8 if value else 0.0
        bars = 5.1 * shade.bars + 4 if shade is not None and shade.bars else 0.0
        room = BOX_WIDTH - 17
        if name not in paint.lines and label.detail:
            whole = plain.horizontalAdvance(details) <= room - value_room
            details = details if whole else label.detail  # the shape is on the line, too
        middle = Qt.TextElideMode.ElideMiddle
        words = (
            bold.elidedText(
                label.title, Qt.TextElideMode.ElideRight, room - (badge_room if badge else 0.0)
            ),
            plain.elidedText(one_line(shown_name), middle, room - bars),
            plain.elidedText(details, middle, room - value_room),
        )
        self._words[row] = words
        return words


def _header_path(area: QRectF) -> QPainterPath:
    """The upper part of a box: round above, straight below."""
    head = QRectF(area.left(), area.top(), area.width(), HEADER_HEIGHT)
    path = QPainterPath(head.bottomLeft())
    path.lineTo(head.left(), head.top() + _RADIUS)
    path.quadTo(head.topLeft(), QPointF(head.left() + _RADIUS, head.top()))
    path.lineTo(head.right() - _RADIUS, head.top())
    path.quadTo(head.topRight(), QPointF(head.right(), head.top() + _RADIUS))
    path.lineTo(head.bottomRight())
    path.closeSubpath()
    return path


def one_line(name: str) -> str:
    """A name without line breaks and other control characters."""
    return "".join(char if char.isprintable() else "·" for char in name)

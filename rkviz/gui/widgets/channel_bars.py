"""ChannelBars: one bar a channel, from its smallest to its largest number, in a common range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rkviz.gui.theme import current_theme

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bars:
    """`order[i]` is the channel drawn at place i; `levels` 0 fine, 1 poor, 2 bad, by channel.

    `lines` are heights drawn across, such as the ends of the range.
    """

    lows: Numbers
    highs: Numbers
    levels: NDArray[np.int64]
    order: NDArray[np.int64]
    lines: tuple[float, ...]


class ChannelBars(QWidget):
    """More channels than pixels are drawn together, by the widest and the worst of them."""

    hovered = Signal(int)
    """The channel below the mouse, -1 outside"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: Bars | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(260, 110)

    def show_bars(self, bars: Bars) -> None:
        self.bars = bars
        self.update()

    def channel_at(self, x: float) -> int:
        """The channel drawn at pixel `x`, -1 where there is none."""
        if self.bars is None or not 0 <= x < self.width() or not self.bars.order.size:
            return -1
        return int(self.bars.order[int(x / self.width() * self.bars.order.size)])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hovered.emit(self.channel_at(event.position().x()))

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.hovered.emit(-1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current_theme()
        painter.fillRect(self.rect(), QColor(theme.base))
        if self.bars is not None and self.bars.order.size:
            self._draw(painter, self.bars)
        painter.end()

    def _draw(self, painter: QPainter, bars: Bars) -> None:
        theme, width = current_theme(), self.width()
        low = min(float(bars.lows.min()), 0.0, *bars.lines)
        high = max(float(bars.highs.max()), 0.0, *bars.lines)
        span, room = (high - low) or 1.0, 6.0

        def y_of(value: float) -> float:
            return room + (high - value) / span * (self.height() - 2 * room)

        painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DashLine))
        for line in bars.lines:
            painter.drawLine(QPointF(0, y_of(line)), QPointF(width, y_of(line)))
        colours = [QColor(theme.accent), QColor(theme.warning), QColor(theme.bad)]
        count = bars.order.size
        columns = min(count, width)
        starts = np.arange(columns) * count // columns
        lows = np.minimum.reduceat(bars.lows[bars.order], starts)
        highs = np.maximum.reduceat(bars.highs[bars.order], starts)
        levels = np.maximum.reduceat(bars.levels[bars.order], starts)
        across = width / columns
        gap = 1.0 if across >= 4 else 0.0
        for column in range(columns):
            top, bottom = y_of(float(highs[column])), y_of(float(lows[column]))
            bar = QRectF(column * across, top, across - gap, max(bottom - top, 1.0))
            painter.fillRect(bar, colours[int(levels[column])])
        painter.setPen(QPen(QColor(theme.text), 1))
        painter.drawLine(QPointF(0, y_of(0.0)), QPointF(width, y_of(0.0)))

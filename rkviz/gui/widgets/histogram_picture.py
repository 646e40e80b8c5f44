"""What a histogram with a range over it looks like: bars, the line of the codes, tails, handles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from rkviz.analyse.display import number_text
from rkviz.analyse.range_forecast import codes_over, counts_over
from rkviz.calibrate.histogram import Histogram
from rkviz.gui.theme import current_theme
from rkviz.numerics import QuantParams

MARGIN = 10.0
"""Pixels left and right of what is in view."""
_PIXELS_A_BAR = 2.0
_GRID_FROM = 5.0
"""Pixels between two codes from which each has its line."""
_SPARSE_GRID = 14.0
"""Least pixels between the lines of every second, fourth ... code."""
_KEY_GAP = 12.0
_LEAST = 0.3
"""Where the logarithmic axis begins: log10 of half a number."""


@dataclass(frozen=True, eq=False)
class Spread:
    """What is drawn: the numbers (None while they are counted), the range and its parameters."""

    histogram: Histogram | None
    low: float
    high: float
    params: QuantParams

    @property
    def ends(self) -> tuple[float, float]:
        return self.low, self.high


@dataclass(frozen=True)
class Axis:
    """Numbers from `low` to `high` over `width` pixels, but for the margins."""

    low: float
    high: float
    width: float

    def x_of(self, value: float) -> float:
        """The pixel of a number."""
        share = (value - self.low) / (self.high - self.low)
        return MARGIN + share * (self.width - 2 * MARGIN)

    def value_at(self, x: float) -> float:
        """The number at a pixel."""
        share = (x - MARGIN) / max(1.0, self.width - 2 * MARGIN)
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True)
class Look:
    """`marked` is the handle in focus or held (-1: none); `key` says what is what, in a line."""

    enabled: bool
    marked: int
    hint: str
    key: tuple[str, ...] = ()


def draw_spread(
    painter: QPainter, area: QRectF, spread: Spread | None, axis: Axis, look: Look
) -> None:
    """Fill `area`, which begins at x = 0 and is as wide as `axis`; the labels stand below it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(current_theme().base))
    painter.drawRoundedRect(area, 4, 4)
    if spread is not None:
        if spread.histogram is not None:
            _draw_grid(painter, area, spread, axis)
            _draw_numbers(painter, area, spread, axis, look.enabled)
        _draw_tails(painter, area, spread, axis)
        _draw_handles(painter, area, spread, axis, look)
        _draw_labels(painter, area, spread, axis)
        _draw_key(painter, area, look.key)
    if spread is None or spread.histogram is None:
        _draw_hint(painter, area, look.hint)


def _draw_hint(painter: QPainter, area: QRectF, hint: str) -> None:
    """`hint` below the grips of the handles, on a ground of its own."""
    low = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
    flags = int(low | Qt.TextFlag.TextWordWrap)
    place = area.adjusted(24, 4, -24, -10)
    ground = painter.boundingRect(place, flags, hint).adjusted(-6, -4, 6, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(current_theme().base))
    painter.drawRoundedRect(ground, 4, 4)
    painter.setPen(QColor(current_theme().muted))
    painter.drawText(place, flags, hint)


def _draw_numbers(
    painter: QPainter, area: QRectF, spread: Spread, axis: Axis, enabled: bool
) -> None:
    histogram = spread.histogram
    assert histogram is not None
    theme, bars = current_theme(), max(8, int(area.width() / _PIXELS_A_BAR))
    edges = np.linspace(axis.value_at(0), axis.value_at(area.width()), bars + 1)
    counts = counts_over(histogram, edges)
    top = math.log10(max(10.0, float(counts.max(initial=1.0)))) + _LEAST
    x = np.linspace(0, area.width(), bars + 1)
    real = _heights(counts, top, area)
    fill = QColor(theme.accent)
    fill.setAlpha(95 if enabled else 45)
    painter.fillPath(_steps(x, real, area.bottom(), closed=True), fill)
    if spread.params.scheme.is_quantized:
        codes = _heights(codes_over(histogram, spread.params, edges), top, area)
        painter.setPen(QPen(QColor(theme.warning), 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_steps(x, codes, area.bottom(), closed=False))


def _draw_grid(painter: QPainter, area: QRectF, spread: Spread, axis: Axis) -> None:
    """A line for every code, or for every second, fourth ... where they would touch."""
    params = spread.params
    if not params.scheme.is_quantized:
        return
    step = grid_step(params, axis) * params.scale
    first = max(params.low, axis.value_at(0))
    last = min(params.high, axis.value_at(area.width()))
    painter.setPen(QPen(QColor(current_theme().border), 1))
    for line in range(math.ceil(first / step), math.floor(last / step) + 1):
        x = axis.x_of(line * step)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


def grid_step(params: QuantParams, axis: Axis) -> int:
    """Codes from one line of the grid to the next: 1 where there is room, else a power of 2."""
    apart = axis.x_of(params.scale) - axis.x_of(0.0)
    if apart >= _GRID_FROM:
        return 1
    return 1 << math.ceil(math.log2(_SPARSE_GRID / max(apart, 1e-12)))


def _draw_key(painter: QPainter, area: QRectF, key: tuple[str, ...]) -> None:
    """Signs of bars, line and grid with their words, below the labels, as far as they fit."""
    theme, metrics = current_theme(), QFontMetricsF(painter.font())
    bars = QColor(theme.accent)
    bars.setAlpha(95)
    inks, left = (bars, QColor(theme.warning), QColor(theme.border)), 1.0
    top = area.bottom() + 4 + metrics.height()
    for at, text in enumerate(key):
        width = metrics.horizontalAdvance(text)
        has_sign = at < len(inks)
        if left + (14 if has_sign else 0) + width > area.width():
            return
        if has_sign:
            thick = (9.0, 2.0, 9.0)[at]
            sign = QRectF(left, top + (metrics.height() - thick) / 2, 9, thick)
            if at == len(inks) - 1:
                sign = QRectF(left + 4, sign.top() - 1, 1.5, thick + 2)
            painter.fillRect(sign, inks[at])
            left += 14
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(left, top + metrics.ascent()), text)
        left += width + _KEY_GAP


def _draw_tails(painter: QPainter, area: QRectF, spread: Spread, axis: Axis) -> None:
    """What lies outside the codes is saturated: shaded."""
    params = spread.params
    if not params.scheme.is_quantized:
        return
    shade = QColor(current_theme().bad)
    shade.setAlpha(48)
    left, right = axis.x_of(params.low), axis.x_of(params.high)
    if left > 0:
        painter.fillRect(QRectF(0, area.top(), left, area.height()), shade)
    if right < area.width():
        painter.fillRect(QRectF(right, area.top(), area.width() - right, area.height()), shade)


def _draw_handles(painter: QPainter, area: QRectF, spread: Spread, axis: Axis, look: Look) -> None:
    theme = current_theme()
    painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DashLine))
    zero = axis.x_of(0.0)
    painter.drawLine(QPointF(zero, area.top()), QPointF(zero, area.bottom()))
    if not spread.params.scheme.is_quantized:
        return
    for handle, end in enumerate(spread.ends):
        marked = handle == look.marked
        colour = QColor(theme.text if look.enabled else theme.stale)
        x = axis.x_of(end)
        painter.setPen(QPen(QColor(theme.accent) if marked else colour, 3 if marked else 1.6))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(QPen(QColor(theme.base), 1))
        painter.setBrush(QColor(theme.accent) if marked else colour)
        grip = QRectF(x - 4, area.center().y() - 10, 8, 20)
        painter.drawRoundedRect(grip, 3, 3)


def _draw_labels(painter: QPainter, area: QRectF, spread: Spread, axis: Axis) -> None:
    """The ends and 0 below; where two would touch, 0 gives way."""
    painter.setPen(QColor(current_theme().muted))
    metrics = QFontMetricsF(painter.font())
    taken: list[QRectF] = []
    for value in dict.fromkeys((*spread.ends, 0.0)):
        text = number_text(float(f"{value:.4g}"))
        width = metrics.horizontalAdvance(text) + 4
        left = min(max(0.0, axis.x_of(value) - width / 2), area.width() - width)
        place = QRectF(left, area.bottom() + 2, width, metrics.height())
        if not any(place.intersects(other) for other in taken):
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            taken.append(place)


def _heights(counts: NDArray[np.float64], top: float, area: QRectF) -> NDArray[np.float64]:
    """Pixels from the top for counts on a logarithmic axis; what is empty lies on the ground."""
    shown = np.log10(np.maximum(counts, 10.0**-_LEAST)) + _LEAST
    return area.bottom() - shown / top * (area.height() - 4)


def _steps(
    x: NDArray[np.float64], y: NDArray[np.float64], ground: float, closed: bool
) -> QPainterPath:
    path = QPainterPath(QPointF(x[0], ground if closed else y[0]))
    for left, right, height in zip(x[:-1].tolist(), x[1:].tolist(), y.tolist(), strict=True):
        path.lineTo(left, height)
        path.lineTo(right, height)
    if closed:
        path.lineTo(x[-1], ground)
        path.closeSubpath()
    return path

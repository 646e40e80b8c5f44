"""Fonts and colours of everything that is painted on the canvas."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter

from rkviz.gui.theme import Theme
from rkviz.picture.colour_scale import Shade, ink_on
from rkviz.picture.labels import HEADER_DARK, HEADER_LIGHT, Family


def screen_font(pixels: float, bold: bool = False) -> QFont:
    """The application's font at a size in pixels that scales without jumps."""
    font = QFont()
    font.setPixelSize(max(1, round(pixels)))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def qcolor(rgb: tuple[int, int, int], alpha: int = 255) -> QColor:
    return QColor(*rgb, alpha)


@dataclass(frozen=True)
class Inks:
    """The colours of everything that is not a shade."""

    ground: QColor
    empty: QColor
    empty_ink: QColor
    border: QColor
    line: QColor
    words: QColor
    """Words on lines."""
    mark: QColor
    headers: dict[Family, QColor]

    @staticmethod
    def of(theme: Theme) -> Inks:
        headers = HEADER_DARK if theme.is_dark else HEADER_LIGHT
        return Inks(
            ground=QColor(theme.base),
            empty=QColor("#2c323b" if theme.is_dark else "#ffffff"),
            empty_ink=QColor(theme.text),
            border=QColor("#0c0e12" if theme.is_dark else "#3a424e"),
            line=QColor("#8792a3" if theme.is_dark else "#5c6675"),
            words=QColor(theme.muted),
            mark=QColor(theme.warning),
            headers={family: qcolor(rgb) for family, rgb in headers.items()},
        )

    def on(self, shade: Shade | None) -> QColor:
        """What to write with on a box."""
        return self.empty_ink if shade is None else qcolor(ink_on(shade.rgb))


def pattern_of(shade: Shade) -> QBrush | None:
    """What is drawn over the fill where there is no number: stripes, or dots for "not run"."""
    if shade.is_hatched:
        return QBrush(QColor(255, 255, 255, 130), Qt.BrushStyle.BDiagPattern)
    if shade.is_dotted:
        return QBrush(QColor(70, 78, 90, 120), Qt.BrushStyle.Dense6Pattern)
    return None


def fill_shade(painter: QPainter, area: QRectF, shade: Shade, pattern: float = 1.0) -> None:
    """Fill `area` with a shade and its pattern; `pattern` scales the latter."""
    painter.fillRect(area, qcolor(shade.rgb))
    brush = pattern_of(shade)
    if brush is not None:
        brush.setTransform(brush.transform().scale(pattern, pattern))
        painter.fillRect(area, brush)


def fill_bars(
    painter: QPainter, shade: Shade, right: float, top: float, width: float, height: float
) -> None:
    """The second sign of a shade: its bars, from `right` to the left."""
    ink = qcolor(ink_on(shade.rgb))
    for bar in range(shade.bars):
        painter.fillRect(QRectF(right - width - bar * width * 1.7, top, width, height), ink)

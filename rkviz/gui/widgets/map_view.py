"""MapView: one channel of a tensor as a picture, its numbers as colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rkviz.gui.theme import current_theme
from rkviz.picture.colour_scale import PALETTES, Rgb

Plane = NDArray[np.generic]
DIFFERENCE: tuple[Rgb, ...] = ((33, 102, 172), (146, 197, 222), (247, 247, 247), (244, 165, 130),
                               (178, 24, 43))  # fmt: skip
"""Blue for too small, red for too large (RdBu of ColorBrewer, safe for red-green blindness)."""
_TALLEST = 170
_THINNEST = 14


def colour_table(colours: Sequence[Rgb]) -> NDArray[np.uint32]:
    """256 colours as 0xffRRGGBB, evenly between the `colours`."""
    places = np.linspace(0, len(colours) - 1, 256)
    parts = [
        np.interp(places, range(len(colours)), [colour[part] for colour in colours])
        for part in range(3)
    ]
    red, green, blue = (np.rint(part).astype(np.uint32) for part in parts)
    return np.uint32(0xFF000000) | red << 16 | green << 8 | blue


def value_colours(palette: str) -> tuple[Rgb, ...]:
    """The colours of values: those of the window where they grow evenly brighter, else viridis."""
    return PALETTES[palette if palette == "cividis" else "viridis"]


def plane_image(plane: Plane, low: float, high: float, colours: Sequence[Rgb]) -> QImage:
    """`plane` (rows, columns) in `colours` from `low` to `high`; NaN is grey."""
    numbers = np.asarray(plane, np.float32)
    span = (high - low) or 1.0
    shares = np.nan_to_num((numbers - low) * (255.0 / span), nan=0.0, posinf=255, neginf=0)
    pixels = colour_table(colours)[np.clip(np.rint(shares), 0, 255).astype(np.uint8)]
    pixels[np.isnan(numbers)] = 0xFF808080
    pixels = np.ascontiguousarray(pixels)
    rows, columns = pixels.shape
    form = QImage.Format.Format_RGB32
    return QImage(pixels.data, columns, rows, 4 * columns, form).copy()


class MapView(QWidget):
    """Pixels stay square and sharp; what is a single row is drawn as a strip."""

    hovered = Signal(int, int)
    """Row and column below the mouse, -1 outside"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image: QImage | None = None
        self._faded = False
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_image(self, image: QImage | None, faded: bool = False) -> None:
        """`faded`: it belongs to older settings or another choice."""
        shape = None if self.image is None else self.image.size()
        self.image, self._faded = image, faded
        if image is None or image.size() != shape:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100, self.heightForWidth(100))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self.image is None:
            return _THINNEST
        tall = round(width * self.image.height() / self.image.width())
        return max(_THINNEST, min(_TALLEST, tall))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hovered.emit(*self._pixel_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.hovered.emit(-1, -1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.image is None:
            painter.fillRect(self.rect(), QColor(current_theme().base))
        else:
            painter.setOpacity(0.4 if self._faded else 1.0)
            painter.drawImage(self._place(), self.image)
        painter.end()

    def _place(self) -> QRectF:
        assert self.image is not None
        width, height = float(self.width()), float(self.height())
        if self.image.height() > 1:
            scale = min(width / self.image.width(), height / self.image.height())
            width, height = self.image.width() * scale, self.image.height() * scale
        return QRectF((self.width() - width) / 2, 0, width, height)

    def _pixel_at(self, x: float, y: float) -> tuple[int, int]:
        if self.image is None or not self._place().contains(x, y):
            return -1, -1
        place = self._place()
        column = int((x - place.left()) / place.width() * self.image.width())
        row = int((y - place.top()) / place.height() * self.image.height())
        return min(row, self.image.height() - 1), min(column, self.image.width() - 1)

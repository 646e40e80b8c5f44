"""What the colours and signs mean, with thresholds that can be dragged."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from rkviz.analyse.metrics import METRICS
from rkviz.gui.canvas.inks import fill_shade, qcolor, screen_font
from rkviz.gui.theme import DARK, LIGHT
from rkviz.picture.colour_scale import BANDS, ColourScale, LegendEntry, Level, Scale, Shade, ink_on

_PAD = 12.0
_RAMP_TOP = 32.0
_RAMP_HEIGHT = 14.0
_ROWS_TOP = 68.0
_ROW = 21.0
_GRAB = 9.0
"""Pixels around a handle that take hold of it."""
_APART = 0.08
"""Least distance of two handles, in bands."""
_KEY_STEP = 0.05


class Legend(QWidget):
    """A ramp with three handles, and a line for every level. Double-click resets.

    With the focus on it, Tab goes on, Up and Down choose a handle, Left and Right move it.
    """

    thresholds_changed = Signal(tuple)
    """The three thresholds, from good to bad, while they are dragged."""
    thresholds_chosen = Signal()
    """The handle was let go."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._title = ""
        self._stale = False
        self._handle = 0
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_scale(ColourScale(next(iter(METRICS.values()))))

    @property
    def scale(self) -> Scale:
        return self._scale

    def set_scale(
        self,
        scale: Scale,
        title: str = "",
        stale: bool = False,
        usual: tuple[float, ...] = (),
    ) -> None:
        """Explain `scale`; `title` is the metric's name in the user's language.

        `usual` are the thresholds that a double-click brings back, by default the metric's own.
        """
        self._scale = scale
        if _has_ramp(scale):
            self._plain = ColourScale(scale.metric, usual, scale.palette)
        self._title = title
        self._stale = stale
        self._explain()

    def set_theme(self, dark: bool) -> None:
        self._theme = DARK if dark else LIGHT
        self.update()

    def sizeHint(self) -> QSize:
        rows = len(self._scale.legend()) + self._stale
        return QSize(230, round(self._rows_top + rows * _ROW + 6))

    @property
    def _rows_top(self) -> float:
        """Types have no ramp above their lines."""
        return _ROWS_TOP if _has_ramp(self._scale) else _RAMP_TOP

    def minimumSizeHint(self) -> QSize:
        return QSize(170, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._explain()

    def _explain(self) -> None:
        self.setToolTip(
            self.tr(
                "Drag the handles to change where the colours change; double-click to reset them."
            )
        )
        self.setAccessibleName(self.tr("Legend"))
        self.updateGeometry()
        self.update()

    def words(self, entry: LegendEntry) -> str:
        """The text of a line: ranges as they are, the rest in the user's language."""
        if entry.shade.level is Level.BROKEN:
            return self.tr("no number: all zero")
        if entry.shade.level is Level.UNKNOWN:
            return self.tr("not run")
        return entry.text

    def entries(self) -> tuple[LegendEntry, ...]:
        """The lines in the user's language."""
        return tuple(replace(entry, text=self.words(entry)) for entry in self._scale.legend())

    def image(self, ratio: float) -> QImage:
        """The legend at its natural size, for a picture of the graph, `ratio` pixels to one."""
        size = self.sizeHint()
        image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        self._paint(painter, size.width())
        painter.end()
        return image

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint(painter, self.width())
        painter.end()

    def _paint(self, painter: QPainter, width: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(painter.viewport(), QColor(self._theme.window))
        painter.setPen(QColor(self._theme.text))
        painter.setFont(screen_font(12, bold=True))
        title = self._title or self._scale.metric.title
        painter.drawText(QPointF(_PAD, 20.0), title)
        if _has_ramp(self._scale):
            self._paint_ramp(painter, self._scale, self._ramp(width))
        entries = list(self._scale.legend())
        for row, entry in enumerate(entries):
            self._paint_row(painter, row, entry.shade, self.words(entry))
        if self._stale:
            faded = entries[0].shade.faded()
            self._paint_row(painter, len(entries), faded, self.tr("pale: of older settings"))

    def _ramp(self, width: int = 0) -> QRectF:
        return QRectF(_PAD, _RAMP_TOP, (width or self.width()) - 2 * _PAD, _RAMP_HEIGHT)

    def handle_x(self, handle: int, width: int = 0) -> float:
        """Where a handle (0, 1, 2) stands, in pixels of this widget, or if it were so wide."""
        ramp = self._ramp(width)
        scale = self._scale
        position = self._plain.position(scale.thresholds[handle]) if _has_ramp(scale) else 0.0
        return ramp.left() + position / BANDS * ramp.width()

    def _paint_ramp(self, painter: QPainter, scale: ColourScale, ramp: QRectF) -> None:
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(ramp, 4.0, 4.0)
        painter.setClipPath(clip)
        pieces = max(16, int(ramp.width() / 3))
        width = ramp.width() / pieces
        for piece in range(pieces):
            value = self._plain.value_at((piece + 0.5) / pieces * BANDS)
            left = ramp.left() + piece * width
            shade = scale.shade(value)
            painter.fillRect(QRectF(left, ramp.top(), width + 1, ramp.height()), qcolor(shade.rgb))
        painter.restore()
        font = screen_font(10)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        last = -1e9
        for handle, threshold in enumerate(scale.thresholds):
            x = self.handle_x(handle, round(ramp.width() + 2 * _PAD))
            chosen = handle == self._handle and self.hasFocus()
            accent = QColor(self._theme.accent if chosen else self._theme.text)
            painter.setPen(QPen(QColor(self._theme.window), 1.5))
            painter.setBrush(accent)
            painter.drawRoundedRect(QRectF(x - 3.5, ramp.top() - 4, 7, ramp.height() + 8), 3, 3)
            text = f"{threshold:.4g}"
            left = x - metrics.horizontalAdvance(text) / 2
            if left > last + 4:
                painter.setPen(QColor(self._theme.muted))
                painter.drawText(QPointF(left, ramp.bottom() + 16), text)
                last = left + metrics.horizontalAdvance(text)

    def _paint_row(self, painter: QPainter, row: int, shade: Shade, text: str) -> None:
        top = self._rows_top + row * _ROW
        swatch = QRectF(_PAD, top, 28.0, 15.0)
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(swatch, 3.0, 3.0)
        painter.setClipPath(clip)
        fill_shade(painter, swatch, shade)
        painter.restore()
        ink = qcolor(ink_on(shade.rgb))
        for bar in range(shade.bars):
            painter.fillRect(QRectF(swatch.right() - 7 - 5 * bar, top + 3, 3, 9), ink)
        painter.setPen(QColor(self._theme.text))
        painter.setFont(screen_font(11.5))
        painter.drawText(QPointF(swatch.right() + 9, top + 12), text)

    # --- moving thresholds

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x, y = event.position().x(), event.position().y()
        if abs(y - self._ramp().center().y()) > _RAMP_HEIGHT or not _has_ramp(self._scale):
            return
        nearest = min(range(BANDS - 1), key=lambda handle: abs(self.handle_x(handle) - x))
        if abs(self.handle_x(nearest) - x) <= _GRAB:
            self._handle = nearest
            self._dragging = True
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            ramp = self._ramp()
            self._move((event.position().x() - ramp.left()) / ramp.width() * BANDS)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.thresholds_chosen.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if _has_ramp(self._scale):
            self._dragging = False
            self._use(self._plain.thresholds)
            self.thresholds_chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if not _has_ramp(self._scale):
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            self._handle = (self._handle + step) % (BANDS - 1)
            self.update()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = _KEY_STEP if key == Qt.Key.Key_Right else -_KEY_STEP
            self._move(self._plain.position(self._scale.thresholds[self._handle]) + step)
            self.thresholds_chosen.emit()
        else:
            super().keyPressEvent(event)

    def _move(self, position: float) -> None:
        """Put the chosen handle at a place of the ramp, between its neighbours."""
        places = [self._plain.position(value) for value in self._scale.thresholds]
        low = places[self._handle - 1] + _APART if self._handle else _APART
        high = places[self._handle + 1] - _APART if self._handle < BANDS - 2 else BANDS - _APART
        thresholds = list(self._scale.thresholds)
        value = self._plain.value_at(min(max(position, low), max(low, high)))
        thresholds[self._handle] = _rounded(value)
        self._use(tuple(thresholds))

    def _use(self, thresholds: tuple[float, ...]) -> None:
        if thresholds != self._scale.thresholds:
            self._scale = replace(self._scale, thresholds=thresholds)
            self.update()
            self.thresholds_changed.emit(thresholds)


def _has_ramp(scale: Scale) -> TypeGuard[ColourScale]:
    return isinstance(scale, ColourScale)


def _rounded(value: float) -> float:
    """Three digits that tell: of the number, or of its distance from 1 when it is near."""
    if 0.5 < value < 1.0:
        return 1.0 - float(f"{1.0 - value:.3g}")
    return float(f"{value:.3g}")

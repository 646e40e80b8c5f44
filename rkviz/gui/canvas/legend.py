"""What the colours and signs mean, with thresholds that can be dragged."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rkviz.analyse.metrics import METRICS
from rkviz.gui.canvas.legend_picture import RAMP_HEIGHT, LegendPicture, LegendWords, has_ramp
from rkviz.gui.theme import DARK, LIGHT
from rkviz.gui.widgets.adapting import Adapting
from rkviz.picture.colour_scale import BANDS, ColourScale, LegendEntry, Level, Scale

_GRAB = 9.0
"""Pixels around a handle that take hold of it."""
_APART = 0.08
"""Least distance of two handles, in bands."""
_KEY_STEP = 0.05
_NARROW = 230.0


class Legend(Adapting, QWidget):
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
        self._has_gauges = False
        self._handle = 0
        self._before: tuple[float, ...] = ()
        """The thresholds at the start of a drag, empty while there is none."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_scale(ColourScale(next(iter(METRICS.values()))))

    @property
    def scale(self) -> Scale:
        return self._scale

    @property
    def title(self) -> str:
        """What the colours mean."""
        return self._title or self._scale.metric.title

    def set_scale(
        self,
        scale: Scale,
        title: str = "",
        stale: bool = False,
        usual: tuple[float, ...] = (),
        has_gauges: bool = False,
    ) -> None:
        """Explain `scale`; `title` is the metric's name in the user's language.

        `usual` are the thresholds that a double-click brings back, by default the metric's own.
        `has_gauges`: boxes carry bars of both errors.
        """
        self._scale = scale
        if has_ramp(scale):
            self._plain = ColourScale(scale.metric, usual, scale.palette)
        self._title = title
        self._stale = stale
        self._has_gauges = has_gauges
        self.retranslate()

    def set_theme(self, dark: bool) -> None:
        self._theme = DARK if dark else LIGHT
        self.update()

    def sizeHint(self) -> QSize:
        return self._picture(_NARROW).size

    def minimumSizeHint(self) -> QSize:
        return QSize(170, self.sizeHint().height())

    def retranslate(self) -> None:
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
            is_error = self._scale.metric.id in METRICS or not has_ramp(self._scale)
            return self.tr("not run") if is_error else self.tr("no number")
        return entry.text

    def entries(self) -> tuple[LegendEntry, ...]:
        """The lines in the user's language."""
        return tuple(replace(entry, text=self.words(entry)) for entry in self._scale.legend())

    # --- painting

    def _picture(self, width: float = 0.0) -> LegendPicture:
        """The legend as wide as this widget, or as told; that has no reset."""
        is_own = has_ramp(self._scale) and self._scale.thresholds != self._plain.thresholds
        words = LegendWords(
            self.title,
            tuple(entry.text for entry in self.entries()),
            self.tr("pale: of older settings") if self._stale else "",
            self.tr("bars in boxes: own, accumulated") if self._has_gauges else "",
            self.tr("Reset") if is_own and not width else "",
        )
        chosen = self._handle if self.hasFocus() and not width else -1
        return LegendPicture(
            self._scale, self._plain, words, self._theme, width or self.width(), chosen
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.window))
        self._picture().paint(painter)
        painter.end()

    def image(self, ratio: float) -> QImage:
        """The legend at its natural size, for a picture of the graph, `ratio` pixels to one."""
        picture = self._picture(_NARROW)
        picture = replace(picture, width=max(_NARROW, picture.natural_width))
        image = QImage(picture.size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(self._theme.window))
        painter = QPainter(image)
        picture.paint(painter)
        painter.end()
        return image

    # --- moving thresholds

    def handle_x(self, handle: int) -> float:
        """Where a handle (0, 1, 2) stands, in pixels of this widget."""
        return self._picture().handle_x(handle)

    def _handle_at(self, position: QPointF) -> int:
        """The handle under a point, -1 for none."""
        picture = self._picture()
        if abs(position.y() - picture.ramp.center().y()) > RAMP_HEIGHT or not has_ramp(self._scale):
            return -1
        away = [abs(picture.handle_x(handle) - position.x()) for handle in range(BANDS - 1)]
        return away.index(min(away)) if min(away) <= _GRAB else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        handle = self._handle_at(event.position())
        if handle >= 0 and has_ramp(self._scale):
            self._handle = handle
            self._before = self._scale.thresholds
            self.update()
        elif self._picture().reset_area.contains(event.position()):
            self.reset()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._before:
            ramp = self._picture().ramp
            self._move((event.position().x() - ramp.left()) / ramp.width() * BANDS)
            return
        shape = Qt.CursorShape.ArrowCursor
        if self._handle_at(event.position()) >= 0:
            shape = Qt.CursorShape.SplitHCursor
        elif self._picture().reset_area.contains(event.position()):
            shape = Qt.CursorShape.PointingHandCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._before:
            self._before = ()
            self.thresholds_chosen.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._before = ()
        self.reset()

    def reset(self) -> None:
        """The usual thresholds again."""
        if has_ramp(self._scale):
            self._use(self._plain.thresholds)
            self.thresholds_chosen.emit()

    def event(self, event: QEvent) -> bool:
        """Escape while a handle is dragged puts it back; the window would cancel its work."""
        is_key = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_key and self._before and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if not has_ramp(self._scale):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape and self._before:
            self._use(self._before)
            self._before = ()
            self.thresholds_chosen.emit()
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
        assert has_ramp(self._scale)
        places = [self._plain.position(value) for value in self._scale.thresholds]
        low = places[self._handle - 1] + _APART if self._handle else _APART
        high = places[self._handle + 1] - _APART if self._handle < BANDS - 2 else BANDS - _APART
        thresholds = list(self._scale.thresholds)
        value = self._plain.value_at(min(max(position, low), max(low, high)))
        thresholds[self._handle] = _rounded(value)
        self._use(tuple(thresholds))

    def _use(self, thresholds: tuple[float, ...]) -> None:
        assert has_ramp(self._scale)
        if thresholds != self._scale.thresholds:
            self._scale = replace(self._scale, thresholds=thresholds)
            self.update()
            self.thresholds_changed.emit(thresholds)


def _rounded(value: float) -> float:
    """Three digits that tell: of the number, or of its distance from 1 when it is near."""
    if 0.5 < value < 1.0:
        return 1.0 - float(f"{1.0 - value:.3g}")
    return float(f"{value:.3g}")

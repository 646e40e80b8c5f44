"""HistogramView: how a tensor's numbers are spread, and the range laid over them, to be dragged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rkviz.analyse.display import number_text
from rkviz.gui.widgets.adapting import Adapting
from rkviz.gui.widgets.histogram_picture import Axis, Look, Spread, draw_spread, grid_step

LOW, HIGH = 0, 1
_NEAR = 7.0
"""Pixels around a handle that belong to it."""
_ROOM = 0.06
"""Of the width, left and right of everything that has to be seen."""
_STEP, _BIG_STEP = 0.01, 0.1
"""Of the width of the range: what an arrow key moves a handle by, without and with Shift."""


class HistogramView(Adapting, QWidget):
    """Log counts, the codes' counts as a line over them, the clipped tails shaded, two handles.

    Dragging moves only what is drawn and says so; `show_spread` follows with what came of it. Tab
    goes from handle to handle, arrow keys move the one in focus, the wheel zooms, a double click
    shows all.
    """

    moved = Signal(float, float)
    """low, high while a handle is held"""
    released = Signal(float, float)
    """low, high: the user let go, or pressed a key"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spread: Spread | None = None
        self.hint = ""
        """What stands in place of the numbers while there are none."""
        self._view = (0.0, 1.0)
        self._zoomed: object = None
        self._held: int | None = None
        self._focus = LOW
        self._start = (0.0, 0.0)
        self._by_mouse = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(260, 168)

    @property
    def was_dragged(self) -> bool:
        """Whether the last change came from the mouse."""
        return self._by_mouse

    @property
    def is_dragging(self) -> bool:
        return self._held is not None

    def show_spread(self, spread: Spread | None) -> None:
        """Show a tensor; the part in view stays while the numbers are the same."""
        before, self.spread = self.spread, spread
        same = before is not None and spread is not None and before.histogram is spread.histogram
        if spread is not None and not self.is_dragging and not (same and self._zoomed is not None):
            self._show_all()
        self._say()
        self.update()

    @property
    def axis(self) -> Axis:
        return Axis(*self._view, self.width())

    def cancel_drag(self) -> None:
        """Put the handle back to where it was taken."""
        if self.spread is not None and self.is_dragging:
            self._held = None
            self._set_ends(*self._start)
            self.moved.emit(*self._start)

    # -- what is in view ----------------------------------------------------------------------

    def _show_all(self) -> None:
        assert self.spread is not None
        low, high = min(self.spread.low, 0.0), max(self.spread.high, 0.0)
        histogram = self.spread.histogram
        if histogram is not None and histogram.counts.size:
            low, high = min(low, histogram.low), max(high, histogram.high)
        room = ((high - low) or 1.0) * _ROOM
        self._view = low - room, high + room
        self._zoomed = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse; with nothing to zoom, or Ctrl held, the panel scrolls."""
        ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if self.spread is None or self.spread.histogram is None or not ctrl:
            event.ignore()
            return
        factor = 0.8 ** (event.angleDelta().y() / 120)
        at, (low, high) = self.axis.value_at(event.position().x()), self._view
        width = (high - low) * factor
        if factor > 1 or self.spread.histogram.width * 4 < width:
            self._view = at - (at - low) * factor, at + (high - at) * factor
            self._zoomed = self.spread.histogram
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.spread is not None and event.button() == Qt.MouseButton.LeftButton:
            self._show_all()
            self.update()

    # -- handles ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        handle = self._handle_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and handle is not None:
            assert self.spread is not None
            self._held = self._focus = handle
            self._by_mouse = True
            self._start = self.spread.ends
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._move_to(self._held, self.axis.value_at(event.position().x()))
            assert self.spread is not None
            self.moved.emit(*self.spread.ends)
            return
        near = self._handle_at(event.position().x()) is not None
        self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            assert self.spread is not None
            if self.spread.ends != self._start:
                self.released.emit(*self.spread.ends)

    def event(self, event: QEvent) -> bool:
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and self.is_dragging:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            else:
                self.cancel_drag()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        sign = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if sign is None or self.spread is None or not self.isEnabled():
            super().keyPressEvent(event)
            return
        big = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = (self.spread.high - self.spread.low) * (_BIG_STEP if big else _STEP)
        end = self.spread.ends[self._focus]
        self._by_mouse = False
        before = self.spread
        self._move_to(self._focus, end + sign * (step or 0.01))
        if before.ends != self.spread.ends:
            self.released.emit(*self.spread.ends)

    def focusNextPrevChild(self, forward: bool) -> bool:
        wanted = HIGH if forward else LOW
        if self.hasFocus() and self._focus != wanted:
            self._focus = wanted
            self._say()
            self.update()
            return True
        return super().focusNextPrevChild(forward)

    def retranslate(self) -> None:
        self._say()

    def _handle_at(self, x: float) -> int | None:
        if self.spread is None or not self.isEnabled():
            return None
        apart = [abs(self.axis.x_of(end) - x) for end in self.spread.ends]
        nearest = HIGH if apart[HIGH] <= apart[LOW] else LOW
        return nearest if apart[nearest] <= _NEAR else None

    def _move_to(self, handle: int, value: float) -> None:
        """Keep 0 inside, as every range of the chip does, and the two ends apart."""
        assert self.spread is not None
        spread = self.spread
        least = (self._view[1] - self._view[0]) * 1e-3
        if handle == LOW:
            self._set_ends(min(value, 0.0, spread.high - least), spread.high)
        else:
            self._set_ends(spread.low, max(value, 0.0, spread.low + least))

    def _set_ends(self, low: float, high: float) -> None:
        assert self.spread is not None
        self.spread = Spread(self.spread.histogram, low, high, self.spread.params)
        self._say()
        self.update()

    def _say(self) -> None:
        """What a screen reader reads: the handle in focus and where it stands."""
        if self.spread is None:
            return
        end = self.spread.ends[self._focus]
        which = self.tr("Lower end") if self._focus == LOW else self.tr("Upper end")
        self.setAccessibleName(f"{which} {number_text(end)}")
        self.setAccessibleDescription(self.tr("Arrow keys move it, Tab goes to the other end"))

    def _key(self) -> tuple[str, ...]:
        """What bars, line and grid are."""
        if self.spread is None or self.spread.histogram is None:
            return ()
        params = self.spread.params
        if not params.scheme.is_quantized:
            return (self.tr("float"),)
        step = grid_step(params, self.axis)
        codes = (
            self.tr("every code")
            if step == 1
            else self.tr("every {count} codes").format(count=step)
        )
        kind = self.tr("as {type}").format(type=params.scheme.short)
        return self.tr("float"), kind, codes, self.tr("(log counts)")

    def paintEvent(self, _event: QPaintEvent) -> None:
        marked = self._held if self._held is not None else self._focus if self.hasFocus() else -1
        labels = 2 * QFontMetricsF(self.font()).height() + 6
        area = QRectF(0, 0, self.width(), self.height() - labels)
        look = Look(self.isEnabled(), marked, self.hint, self._key())
        painter = QPainter(self)
        draw_spread(painter, area, self.spread, self.axis, look)
        painter.end()

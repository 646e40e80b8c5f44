"""The graph under mouse and keys: drag, wheel, click, walk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from rkviz.gui.canvas.scene import Direction
from rkviz.gui.canvas.sliding_view import SlidingView
from rkviz.picture.layout import LayoutEdge

_NOTCH = 120
"""What one notch of a wheel reports."""
_PINCH_STEPS = 6.0
"""Quarter octaves per doubling that a touchpad reports in small parts."""
_LINES_FROM = 0.3
_REACH = 5.0
"""Pixels around a line that belong to it."""
_WALKS = {
    Qt.Key.Key_Up: Direction.UP,
    Qt.Key.Key_Down: Direction.DOWN,
    Qt.Key.Key_Left: Direction.LEFT,
    Qt.Key.Key_Right: Direction.RIGHT,
}


def _no_words(_line: LayoutEdge) -> str:
    return ""


def _drag_distance() -> int:
    return QApplication.startDragDistance()


class GraphView(SlidingView):
    """The canvas. Clicks, keys and the rubber band only emit signals: `set_selection` selects."""

    box_clicked = Signal(str, object)
    """Name and Qt.KeyboardModifiers; the name is "" for a click on the ground."""
    box_double_clicked = Signal(str)
    box_hovered = Signal(str)
    """"" when the mouse leaves a box."""
    boxes_caught = Signal(tuple, object)
    """Names in a rubber band (drag with Shift) and Qt.KeyboardModifiers."""
    stage_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._pressed: QPointF | None = None
        self._dragging = False
        self._catching = False
        self._wheel = 0.0
        self._pinch = 0.0
        self.line_words: Callable[[LayoutEdge], str] = _no_words
        """Rich text on a line under the mouse: the canvas knows nothing of tensors."""
        self.box_words: Callable[[str], str] = self.tooltip
        """Rich text on a box under the mouse."""

    # --- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = event.position()
            self._dragging = False
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._catching = bool(shift) and event.button() == Qt.MouseButton.LeftButton

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and self._catching:
            area = QRectF(self._pressed, event.position()).normalized()
            self._dragging = self._dragging or area.width() + area.height() >= _drag_distance()
            self._overlay = replace(self._overlay, rubber=area if self._dragging else None)
            self.update()
            return
        if self._pressed is not None:
            delta = event.position() - self._pressed
            if self._dragging or delta.manhattanLength() >= _drag_distance():
                self._dragging = True
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._pressed = event.position()
                self.pan(delta.x(), delta.y())
            return
        self._hover(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = self._pressed is not None and not self._dragging
        rubber = self._overlay.rubber
        self._pressed = None
        self._dragging = False
        self.unsetCursor()
        if rubber is not None:
            self._overlay = replace(self._overlay, rubber=None)
            self.update()
            self.boxes_caught.emit(self.boxes_in(rubber), event.modifiers())
        elif was_click and event.button() == Qt.MouseButton.LeftButton:
            stage = self.stage_at(event.position())
            if stage:
                self.stage_clicked.emit(stage)
            else:
                self.box_clicked.emit(self.box_at(event.position()), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        name = self.box_at(event.position())
        if self.stage_at(event.position()):
            self.mousePressEvent(event)  # a second click like the first
        elif name and event.button() == Qt.MouseButton.LeftButton:
            self.box_double_clicked.emit(name)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def _hover(self, position: QPointF | None) -> None:
        """Outline the box, or else thicken the line, under the mouse."""
        name, line, stage = "", None, ""
        if position is not None:
            stage = self.stage_at(position)
            name = "" if stage else self.box_at(position)
            line = None if stage or name else self.line_at(position)
        overlay = self._overlay
        if name != overlay.hovered or line is not overlay.line:
            self._overlay = replace(overlay, hovered=name, line=line)
            self.update()
        if name != overlay.hovered:
            self.box_hovered.emit(name)
        if stage:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()

    def line_at(self, position: QPoint | QPointF) -> LayoutEdge | None:
        """The line under a point of the widget, None far out where lines are hairs."""
        if self.scale < _LINES_FROM:
            return None
        point = self._viewport.to_scene(QPointF(position))
        return self.scene.line_at(point.x(), point.y(), _REACH / self.scale)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll, sideways with Shift; with Ctrl zoom around the cursor, as a pinch arrives on
        many systems."""
        pixels, angle = event.pixelDelta(), event.angleDelta()
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._wheel += angle.y() / _NOTCH
            steps = int(self._wheel)
            self._wheel -= steps
            if steps:
                self.zoom(steps, event.position())
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.pan(angle.y() + angle.x(), 0)
        elif not pixels.isNull():
            self.pan(pixels.x(), pixels.y())
        else:
            self.pan(angle.x(), angle.y())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Pinch zooms; a tooltip tells what a box has no room for."""
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self._pinch += event.value() * _PINCH_STEPS
            steps = int(self._pinch)
            self._pinch -= steps
            if steps:
                self.zoom(steps, event.position())
            return True
        is_key = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_key and self._overlay.rubber and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # the window would cancel its work
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _words_at(self, position: QPointF) -> str:
        stage = self.stage_at(position)
        if stage:
            band = next(band for band in self.scene.paint.bands if band.name == stage)
            told = "  ".join(filter(None, (band.title, band.text)))
            how = self.tr("Click to fold or open this stage.")
            return f"<p style='white-space: pre'><b>{escape(told)}</b><br>{escape(how)}</p>"
        name = self.box_at(position)
        line = None if name else self.line_at(position)
        return self.line_words(line) if line is not None else self.box_words(name)

    def tooltip(self, name: str) -> str:
        """All words of a box as rich text; escaped, for Qt would obey mark-up in a name."""
        if not name:
            return ""
        label, paint = self.scene.labels[name], self.scene.paint
        lines = paint.lines.get(name, (name, label.title, label.subtitle))
        first = (label.title, *lines) if name in paint.lines else lines
        words = (*first, paint.badges.get(name), paint.texts.get(name))
        lines = "<br>".join(escape(word) for word in words if word)
        return f"<p style='white-space: pre'>{lines}</p>"

    # --- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, + and - zoom, F fits, Home goes to the first layers, pages scroll, Escape
        drops a frame that is being drawn, or else the selection."""
        key = Qt.Key(event.key())
        page = 0.85 * self.height()
        if key in _WALKS:
            self._walk(_WALKS[key], event.modifiers())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(2)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(-2)
        elif key == Qt.Key.Key_F and not event.modifiers():
            self.show_all()
        elif key == Qt.Key.Key_Escape:
            self._let_go()
        elif key == Qt.Key.Key_Home:
            self.show_start()
        elif key == Qt.Key.Key_PageDown:
            self.pan(0, -page)
        elif key == Qt.Key.Key_PageUp:
            self.pan(0, page)
        else:
            super().keyPressEvent(event)

    def _let_go(self) -> None:
        if self._catching and self._pressed is not None:
            self._pressed, self._catching, self._dragging = None, False, False
            self._overlay = replace(self._overlay, rubber=None)
            self.update()
        else:
            self.box_clicked.emit("", Qt.KeyboardModifier.NoModifier)

    def _walk(self, direction: Direction, modifiers: Qt.KeyboardModifier) -> None:
        selection, layout = self._overlay.selection, self.scene.layout
        known = [name for name in selection if name in layout.index]
        name = self.scene.walk(known[-1], direction) if known else next(iter(layout.trunk), "")
        if name:
            # arrow keys carry the keypad flag on some systems: it means nothing here
            self.box_clicked.emit(name, modifiers & ~Qt.KeyboardModifier.KeypadModifier)
            self.reveal(name)

"""The graph under mouse and keys: drag, wheel, click, walk."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from rkviz.gui.canvas.scene import Direction
from rkviz.gui.canvas.tiled_view import TiledView

_NOTCH = 120
"""What one notch of a wheel reports."""
_PINCH_STEPS = 6.0
"""Quarter octaves per doubling that a touchpad reports in small parts."""
_WALKS = {
    Qt.Key.Key_Up: Direction.UP,
    Qt.Key.Key_Down: Direction.DOWN,
    Qt.Key.Key_Left: Direction.LEFT,
    Qt.Key.Key_Right: Direction.RIGHT,
}


class GraphView(TiledView):
    """The canvas. Clicks and arrow keys only emit `layer_clicked`: `set_selection` selects."""

    layer_clicked = Signal(str, object)
    """Name and Qt.KeyboardModifiers; the name is "" for a click on the ground."""
    layer_double_clicked = Signal(str)
    layer_hovered = Signal(str)
    """"" when the mouse leaves a box."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._pressed: QPointF | None = None
        self._dragging = False
        self._wheel = 0.0
        self._pinch = 0.0

    # --- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = event.position()
            self._dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            delta = event.position() - self._pressed
            if self._dragging or delta.manhattanLength() >= QApplication.startDragDistance():
                self._dragging = True
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._pressed = event.position()
                self.pan(delta.x(), delta.y())
            return
        self._hover(self.layer_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = self._pressed is not None and not self._dragging
        self._pressed = None
        self._dragging = False
        self.unsetCursor()
        if was_click and event.button() == Qt.MouseButton.LeftButton:
            self.layer_clicked.emit(self.layer_at(event.position()), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        name = self.layer_at(event.position())
        if name and event.button() == Qt.MouseButton.LeftButton:
            self.layer_double_clicked.emit(name)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover("")

    def _hover(self, name: str) -> None:
        if name != self._overlay.hovered:
            self._overlay = replace(self._overlay, hovered=name)
            self.layer_hovered.emit(name)
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the cursor; a touchpad's pixels, and the wheel with Ctrl or Shift, pan."""
        pixels, angle = event.pixelDelta(), event.angleDelta()
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.pan(angle.y() + angle.x(), 0)
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self.pan(angle.x(), angle.y())
        elif not pixels.isNull():
            self.pan(pixels.x(), pixels.y())
        else:
            self._wheel += angle.y() / _NOTCH
            steps = int(self._wheel)
            self._wheel -= steps
            if steps:
                self.zoom(steps, event.position())
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
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tooltip(self.layer_at(event.pos())), self)
            return True
        return super().event(event)

    def tooltip(self, name: str) -> str:
        """All words of a box as rich text; escaped, for Qt would obey mark-up in a name."""
        if not name:
            return ""
        label, paint = self.scene.labels[name], self.scene.paint
        words = (name, label.title, label.subtitle, paint.badges.get(name), paint.texts.get(name))
        lines = "<br>".join(escape(word) for word in words if word)
        return f"<p style='white-space: pre'>{lines}</p>"

    # --- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, + and - zoom, F fits, Home goes to the first layers, pages scroll."""
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
        elif key == Qt.Key.Key_Home:
            self.show_start()
        elif key == Qt.Key.Key_PageDown:
            self.pan(0, -page)
        elif key == Qt.Key.Key_PageUp:
            self.pan(0, page)
        else:
            super().keyPressEvent(event)

    def _walk(self, direction: Direction, modifiers: Qt.KeyboardModifier) -> None:
        selection, layout = self._overlay.selection, self.scene.layout
        known = [name for name in selection if name in layout.index]
        name = self.scene.walk(known[-1], direction) if known else next(iter(layout.trunk), "")
        if name:
            # arrow keys carry the keypad flag on some systems: it means nothing here
            self.layer_clicked.emit(name, modifiers & ~Qt.KeyboardModifier.KeypadModifier)
            self.reveal(name)

"""Folding on the screen: the eye follows the boxes to their new places."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QWidget

from rkviz.gui.canvas.marked_view import MarkedView
from rkviz.gui.canvas.motion import Motion, motion
from rkviz.gui.canvas.scene import Scene


class SlidingView(MarkedView):
    """A picture whose boxes slide when a stage is folded or opened.

    Where the system asks for no animations, they jump. Moving the view ends a slide at once.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._motion: Motion | None = None
        self.is_calm = False
        """Whether boxes jump because the user wants them to."""
        self._clock = QVariantAnimation(self)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.valueChanged.connect(self.update)
        self._clock.finished.connect(self._arrive)

    def slide_to(self, scene: Scene, stage: str) -> None:
        """Show the boxes of `scene`, in which `stage` was folded or opened.

        Its first box stays where it is; the others slide to their places.
        """
        before, seen = self.scene, replace(self._viewport)
        self.set_scene(scene, keep_view=True)
        if scene.layout is before.layout:
            return
        self._hold(before, stage)
        self._moved()
        style = self.style()
        duration = style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self)
        slides = duration > 0 and not self.is_calm
        found = motion(before, seen, self.scene, self._viewport) if slides else None
        if found is not None:
            self._motion = found
            self._clock.setDuration(duration)
            self._clock.start()
            self._timer.start()  # paint the tiles of the end on the way

    def _hold(self, before: Scene, stage: str) -> None:
        """Keep the first box of a stage where it was in the window, or bring it into sight.

        Unless much of the window would be empty.
        """
        layers = self.scene.layers_of(stage) if self.scene.box_of(stage) else ()
        first = (layers or before.layers_of(stage))[0]
        was, now = before.box_of(first), self.scene.box_of(first)
        if was and now:
            view = self._viewport
            left, top, _, _ = before.layout.rect(was)
            x, y, width, height = self.scene.layout.rect(now)
            view.left += x - left
            seen = view.area
            at = min(max(top - seen.top(), 0.0), max(0.0, seen.height() - 2 * height))
            view.top = y - at
            held = view.left
            view.fill()
            view.left = held  # what one looks at moves up or down at most
            view.reveal(QRectF(x, y, width, height))

    def _arrive(self) -> None:
        self._motion = None
        self.update()

    def _moved(self) -> None:
        if self._motion is not None:
            self._clock.stop()
            self._motion = None
        super()._moved()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._motion is None:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._painter.inks.ground)
        self._motion.paint(painter, self._painter.inks, self._clock.currentValue())
        painter.end()

    @property
    def is_settled(self) -> bool:
        """Whether nothing moves and every tile in sight is painted."""
        return self._motion is None and super().is_settled

"""Section: a heading with a thin line, and what belongs under it; some can be folded away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMoveEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui.widgets.adapting import Adapting


class Section(Adapting, QWidget):
    """`folds`: the heading is a button that shows and hides the content."""

    opened = Signal()
    """The user unfolded it: what was not worth the time before is wanted now."""

    def __init__(
        self,
        *content: QWidget | QLayout,
        folds: bool = False,
        is_open: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.heading: QLabel | QToolButton = QToolButton() if folds else QLabel()
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        self.content = QWidget()
        inner = QVBoxLayout(self.content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        for part in content:
            if isinstance(part, QLayout):
                inner.addLayout(part)
            else:
                inner.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(line)
        layout.addWidget(self.heading)
        layout.addWidget(self.content)
        if isinstance(self.heading, QToolButton):
            self._make_button(self.heading, is_open)

    @property
    def folds(self) -> bool:
        return isinstance(self.heading, QToolButton)

    @property
    def is_open(self) -> bool:
        return not self.content.isHidden()

    def set_heading(self, text: str) -> None:
        self.heading.setText(text)

    def set_open(self, is_open: bool) -> None:
        """Show or hide the content, as a click on the heading does."""
        self.content.setVisible(is_open)
        if isinstance(self.heading, QToolButton):
            arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
            self.heading.setArrowType(arrow)
            self.heading.setChecked(is_open)
        if is_open:
            self.opened.emit()

    def _make_button(self, button: QToolButton, is_open: bool) -> None:
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAutoRaise(True)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setStyleSheet(
            "QToolButton { border: 1px solid transparent; border-radius: 3px; text-align: left; }"
            "QToolButton:focus { border-color: palette(highlight); }"
        )
        button.clicked.connect(self.set_open)
        self.set_open(is_open)
        self.retranslate()

    def retranslate(self) -> None:
        if self.folds:
            self.heading.setToolTip(self.tr("Shows or hides what is below; kept for the next time"))


class SteadyArea(QScrollArea):
    """Scrolls along with a section somebody works in, where what is above it grows or shrinks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steady: tuple[QWidget, ...] = ()

    def keep_steady(self, *sections: QWidget) -> None:
        """Those that stay in their place on the screen while they hold the focus."""
        self._steady = sections
        for section in sections:
            section.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMoveEvent) and any(
            part is watched and _is_used(part) for part in self._steady
        ):
            bar = self.verticalScrollBar()
            value = bar.value() + event.pos().y() - event.oldPos().y()
            bar.setMaximum(max(bar.maximum(), value))  # the area is about to say how high it is
            bar.setValue(value)
        return super().eventFilter(watched, event)


def _is_used(section: QWidget) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and section.isVisible() and section.isAncestorOf(focus)


def scrolled(*content: QWidget) -> SteadyArea:
    """Widgets from top to bottom in an area that scrolls up and down only."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(8, 6, 8, 8)
    layout.setSpacing(6)
    for widget in content:
        layout.addWidget(widget)
    layout.addStretch(1)
    area = SteadyArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area

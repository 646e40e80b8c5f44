"""Section: a heading with a thin line, and what belongs under it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QScrollArea, QVBoxLayout, QWidget


class Section(QWidget):
    def __init__(self, *content: QWidget | QLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel()
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(line)
        layout.addWidget(self.heading)
        for part in content:
            if isinstance(part, QLayout):
                layout.addLayout(part)
            else:
                layout.addWidget(part)

    def set_heading(self, text: str) -> None:
        self.heading.setText(text)


def scrolled(*content: QWidget) -> QScrollArea:
    """Widgets from top to bottom in an area that scrolls up and down only."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(8, 6, 8, 8)
    layout.setSpacing(6)
    for widget in content:
        layout.addWidget(widget)
    layout.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area

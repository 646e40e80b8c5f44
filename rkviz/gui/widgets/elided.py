"""Texts that may be longer than their place: names a line each, and sentences on one line."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget


class NameList(QWidget):
    """The tool tip has the names in full; the context menu copies them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.copy = QAction(self)
        self.copy.triggered.connect(lambda: QApplication.clipboard().setText("\n".join(self.names)))
        self.addAction(self.copy)

    def show_names(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self.setToolTip("\n".join(self.names))
        self.setAccessibleName(", ".join(self.names))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().height() * len(self.names))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, metrics = QPainter(self), self.fontMetrics()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        for line, name in enumerate(self.names):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self.width())
            painter.drawText(0, line * metrics.height() + metrics.ascent(), text)
        painter.end()


class Readout(QLabel):
    """A sentence on one line, of what is below the mouse; the tool tip has all of it.

    Asks for no width: what is said in passing must not move what it is said about.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self.alignment(), text)
        painter.end()

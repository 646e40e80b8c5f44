"""NameList: names a line each, cut in their middle where they are too long, and to be copied."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget


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

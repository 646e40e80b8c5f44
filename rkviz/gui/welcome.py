"""The page shown while nothing is open: open, drop, or go on with a recent file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from rkviz.gui.resources import application_icon, icon
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting
from rkviz.project import SUFFIX

_SHOWN = 6
_WIDTH = 560


class WelcomePage(Adapting, QWidget):
    """Asks for nothing by itself: `open_clicked`, `demo_clicked` and `recent_clicked(Path)` do."""

    open_clicked = Signal()
    demo_clicked = Signal()
    recent_clicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._recent: tuple[Path, ...] = ()
        self._recent_buttons: dict[Path, QPushButton] = {}
        self._missing: frozenset[Path] = frozenset()
        self._title = QLabel("rkviz")
        self._subtitle = QLabel()
        self._steps = QLabel()
        self._steps.setTextFormat(Qt.TextFormat.RichText)
        for label in (self._subtitle, self._steps):
            label.setWordWrap(True)
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(64, 64))
        self._open = QPushButton()
        self._open.setObjectName("welcome_open")
        self._open.setDefault(True)
        self._open.setCursor(Qt.CursorShape.PointingHandCursor)
        self._open.clicked.connect(self.open_clicked)
        self._demo = QPushButton()
        self._demo.setObjectName("welcome_demo")
        self._demo.setCursor(Qt.CursorShape.PointingHandCursor)
        self._demo.clicked.connect(self.demo_clicked)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addWidget(self._open)
        buttons.addWidget(self._demo)
        buttons.addStretch(1)
        self._recent_title = QLabel()
        self._recent_list = QVBoxLayout()
        self._recent_list.setSpacing(2)
        card = QFrame()
        card.setObjectName("card")
        card.setFixedWidth(_WIDTH)
        column = QVBoxLayout(card)
        column.setContentsMargins(36, 32, 36, 32)
        column.setSpacing(10)
        for widget in (picture, self._title, self._subtitle, self._steps):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addLayout(buttons)
        column.addSpacing(12)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent_list)
        outer = QVBoxLayout(self)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        self.retranslate()
        self.recolour()

    def set_recent(self, paths: Sequence[Path]) -> None:
        """Show the latest files; `set_missing` tells which of them are gone."""
        self._recent = tuple(paths[:_SHOWN])
        self._recent_buttons = {}
        while self._recent_list.count():
            old = self._recent_list.takeAt(0).widget()
            if old is not None:
                old.deleteLater()
        for path in self._recent:
            self._recent_buttons[path] = self._recent_button(path)
            self._recent_list.addWidget(self._recent_buttons[path])
        self.set_missing(self._missing)
        self._recent_title.setVisible(bool(self._recent))

    def set_missing(self, missing: Collection[Path]) -> None:
        """Grey the files that are gone."""
        self._missing = frozenset(missing)
        for path, button in self._recent_buttons.items():
            is_gone = path in self._missing
            button.setEnabled(not is_gone)
            gone = self.tr("{file} is not there any more.").format(file=path)
            button.setToolTip(gone if is_gone else str(path))

    def _recent_button(self, path: Path) -> QPushButton:
        button = QPushButton()
        button.setObjectName("recent")
        metrics = QFontMetrics(button.font())
        text = f"{path.name}   {path.parent}".replace("&", "&&")
        button.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, _WIDTH - 130))
        button.setIcon(icon("project" if path.suffix.lower() == SUFFIX else "model"))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda: self.recent_clicked.emit(path))
        return button

    def retranslate(self) -> None:
        self._subtitle.setText(
            self.tr("See where quantization hurts a network on the RV1126, and repair it.")
        )
        steps = (
            self.tr("Open an ONNX, TensorFlow Lite or .rknn model, or drop it here."),
            self.tr("Drop a folder of pictures or a dataset.txt on it."),
            self.tr("Press F5: every layer is coloured by its error."),
        )
        self._steps.setText(
            "".join(
                f"<p style='margin:3px 0'><b>{number}</b>&nbsp;&nbsp;{text}</p>"
                for number, text in enumerate(steps, 1)
            )
        )
        self._open.setText(self.tr("Open a model or project…"))
        self._demo.setText(self.tr("Show me the demo"))
        self._recent_title.setText(self.tr("Recent files"))

    def recolour(self) -> None:
        theme = current_theme()
        wanted = f"""
        #welcome {{ background: {theme.window}; }}
        #card {{ background: {theme.base}; border: 1px solid {theme.border};
                 border-radius: 12px; }}
        #welcome_open {{ background: {theme.accent}; color: {theme.on_accent}; border: none;
                 border-radius: 6px; padding: 9px 18px; font-weight: 600; }}
        #welcome_demo {{ background: transparent; color: {theme.accent}; border-radius: 6px;
                 border: 1px solid {theme.accent}; padding: 8px 16px; }}
        #welcome_demo:hover, #welcome_demo:focus {{ background: {theme.hover}; }}
        #recent {{ border: none; border-radius: 5px; padding: 5px 8px; text-align: left;
                 color: {theme.text}; background: transparent; }}
        #recent:disabled {{ color: {theme.stale}; }}
        #recent:hover, #recent:focus {{ background: {theme.hover}; }}
        """
        if self.styleSheet() == wanted:
            return
        self.setStyleSheet(wanted)
        size = self.font().pointSize()
        self._title.setStyleSheet(f"font-size: {2 * size}pt; font-weight: 700;")
        self._subtitle.setStyleSheet(f"color: {theme.muted};")
        self._recent_title.setStyleSheet(f"color: {theme.muted}; font-weight: 600;")
        self._open.setIcon(icon("open", theme.on_accent))
        self.set_recent(self._recent)

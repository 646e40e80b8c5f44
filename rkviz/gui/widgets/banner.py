"""Banner: a sentence that has to be seen, on a coloured ground."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting


class Banner(Adapting, QLabel):
    """Hidden until it is shown with a text. `level` chooses the colours."""

    def __init__(self, level: Literal["warning", "bad"], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = level
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hide()
        self.recolour()

    def show_text(self, text: str) -> None:
        """Replace the text; whether the banner is visible is the owner's decision."""
        self.setText(text)

    def recolour(self) -> None:
        theme = current_theme()
        ground = theme.warning_ground if self._level == "warning" else theme.bad_ground
        sheet = f"background: {ground}; color: {theme.text}; border-radius: 4px; padding: 5px 7px;"
        if sheet != self.styleSheet():  # a style sheet changes the palette, which calls back
            self.setStyleSheet(sheet)

"""Messages that do not stop anybody: bars above the graph, with copy, details and close."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui.error_words import error_words
from rkviz.gui.resources import icon
from rkviz.gui.theme import Theme, current_theme
from rkviz.gui.widgets.adapting import Adapting

_MOST = 3
_DETAIL_LINES = 6
_ICONS = {"info": "info", "warning": "warning", "error": "error"}


class Notice(Adapting, QFrame):
    """One message: the first line is the sentence, further lines are details.

    `text` is as it was said; shown and copied is what `error_words` makes of it.
    """

    closed = Signal(object)

    def __init__(self, level: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.level = level
        self.text = text
        self.setObjectName("notice")
        details = text.partition("\n")[2]
        self._icon = QLabel()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setVisible(False)
        lines = min(_DETAIL_LINES, details.count("\n") + 1)
        self._details.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 14)
        self._more = QToolButton()
        self._more.setCheckable(True)
        self._more.setVisible(bool(details))
        self._more.toggled.connect(self._details.setVisible)
        self._copy = QToolButton()
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.shown_text))
        self._close = QToolButton()
        self._close.clicked.connect(lambda: self.closed.emit(self))
        for button in (self._more, self._copy, self._close):
            button.setAutoRaise(True)
        self._buttons = QHBoxLayout()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._label, 1)
        row.addLayout(self._buttons)
        for button in (self._more, self._copy, self._close):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._details)
        self.recolour()
        self.retranslate()

    @property
    def shown_text(self) -> str:
        return error_words(self.text)

    def offer(self, text: str, action: Callable[[], None], closes: bool = True) -> None:
        """Add a button that does something about it."""
        button = QPushButton(text)

        def clicked() -> None:
            if closes:
                self.closed.emit(self)
            action()

        button.clicked.connect(clicked)
        self._buttons.addWidget(button)

    def hide_tools(self) -> None:
        """For a hint: nothing to copy, nothing to close."""
        self._copy.hide()
        self._close.hide()

    def retranslate(self) -> None:
        sentence, _, details = self.shown_text.partition("\n")
        self._label.setText(sentence)
        self._details.setPlainText(details)
        self._more.setText(self.tr("Details"))
        self._copy.setToolTip(self.tr("Copy the message"))
        self._close.setToolTip(self.tr("Close"))

    def recolour(self) -> None:
        theme = current_theme()
        ground, ink = _colours(theme, self.level)
        wanted = f"#notice {{ background: {ground}; border-bottom: 1px solid {theme.border}; }}"
        if self.styleSheet() == wanted:
            return
        self.setStyleSheet(wanted)
        self._icon.setPixmap(icon(_ICONS[self.level], ink).pixmap(18, 18))
        self._copy.setIcon(icon("copy"))
        self._close.setIcon(icon("close"))


class NoticeStack(QWidget):
    """The latest few messages, newest on top; the same text is never shown twice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def notices(self) -> list[Notice]:
        return [
            widget
            for at in range(self._column.count())
            if isinstance(widget := self._column.itemAt(at).widget(), Notice)
        ]

    def show_message(self, level: str, text: str) -> Notice:
        for old in self.notices:
            if old.text == text:
                self.remove(old)
        for old in self.notices[_MOST - 1 :]:
            self.remove(old)
        notice = Notice(level, text, self)
        notice.closed.connect(self.remove)
        self._column.insertWidget(0, notice)
        return notice

    def remove(self, notice: Notice) -> None:
        self._column.removeWidget(notice)
        notice.hide()
        notice.deleteLater()

    def clear(self) -> None:
        for notice in self.notices:
            self.remove(notice)


def _colours(theme: Theme, level: str) -> tuple[str, str]:
    """(ground, icon)"""
    return {
        "info": (theme.alternate, theme.accent),
        "warning": (theme.warning_ground, theme.warning),
        "error": (theme.bad_ground, theme.bad),
    }[level]

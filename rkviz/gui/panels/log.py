"""LogPanel: what the program said and did, with time and level, to read again and to copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from PySide6.QtCore import QT_TRANSLATE_NOOP, Slot
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui.error_words import error_words
from rkviz.gui.jobs import Job, Outcome
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting

KEPT = 2000
"""The most messages that are remembered; then the oldest tenth is dropped at once."""

_LEVELS = {
    "info": QT_TRANSLATE_NOOP("LogPanel", "Info"),
    "warning": QT_TRANSLATE_NOOP("LogPanel", "Warning"),
    "error": QT_TRANSLATE_NOOP("LogPanel", "Error"),
}


@dataclass(frozen=True)
class LogEntry:
    time: datetime
    level: str
    text: str


class LogPanel(Adapting, QWidget):
    """The newest message is last. Messages below the chosen level are hidden, not forgotten."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: list[LogEntry] = []
        self._view = QPlainTextEdit()
        self._view.setReadOnly(True)
        self._view.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._view.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._caption = QLabel()
        self._level = QComboBox()
        self._caption.setBuddy(self._level)
        for level in _LEVELS:
            self._level.addItem("", level)
        self._copy = QPushButton()
        self._clear = QPushButton()

        bar = QHBoxLayout()
        bar.addWidget(self._caption)
        bar.addWidget(self._level)
        bar.addStretch(1)
        bar.addWidget(self._copy)
        bar.addWidget(self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addLayout(bar)
        layout.addWidget(self._view, 1)

        self._level.currentIndexChanged.connect(self._show_all)
        self._copy.clicked.connect(self.copy)
        self._clear.clicked.connect(self.clear)
        session.message.connect(self.add)
        self._begun: dict[Job, float] = {}
        session.runner.started.connect(self._note)
        session.runner.ended.connect(self._tell)
        self.retranslate()

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """All remembered messages, also those the level hides."""
        return tuple(self._entries)

    @property
    def text(self) -> str:
        """What is shown now."""
        return self._view.toPlainText()

    @Slot(str, str)
    def add(self, level: str, text: str) -> None:
        entry = LogEntry(datetime.now(), level if level in _LEVELS else "info", text)
        self._entries.append(entry)
        if len(self._entries) > KEPT:
            del self._entries[: KEPT // 10]
            self._show_all()
        elif self._is_shown(entry):
            self._append(entry)
        self._update_buttons()

    @Slot(object)
    def _note(self, job: Job) -> None:
        if job.title:  # else it is work the user did not ask for
            self._begun[job] = monotonic()

    @Slot(object, object)
    def _tell(self, job: Job, outcome: Outcome) -> None:
        """How long it took; failures and cancelling are told by messages."""
        begun = self._begun.pop(job, None)
        if begun is not None and outcome is Outcome.DONE:
            text = self.tr("{work}: done in {seconds} s")
            self.add("info", text.format(work=job.title, seconds=f"{monotonic() - begun:.1f}"))

    @Slot()
    def clear(self) -> None:
        self._entries.clear()
        self._view.clear()
        self._update_buttons()

    @Slot()
    def copy(self) -> None:
        """Put the selected text, or all that is shown, on the clipboard."""
        cursor = self._view.textCursor()
        if not cursor.hasSelection():
            cursor.select(QTextCursor.SelectionType.Document)
        kept = self._view.textCursor()
        self._view.setTextCursor(cursor)
        self._view.copy()
        self._view.setTextCursor(kept)

    def set_level(self, level: str) -> None:
        """Show messages of `level` and worse."""
        self._level.setCurrentIndex(self._level.findData(level))

    def recolour(self) -> None:
        self._show_all()

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Log"))
        self._caption.setText(self.tr("Show from:"))
        for index, text in enumerate(_LEVELS.values()):
            self._level.setItemText(index, self.tr(text))
        self._copy.setText(self.tr("Copy"))
        self._copy.setToolTip(self.tr("Copy the selected text, or everything shown"))
        self._level.setToolTip(self.tr("Hides messages of less weight; none is lost"))
        self._clear.setText(self.tr("Clear"))
        self._clear.setToolTip(self.tr("Empties this page; the log file keeps everything"))
        self._view.setPlaceholderText(self.tr("Nothing to report."))
        self._view.setAccessibleName(self.tr("Messages"))
        self._show_all()
        self._update_buttons()

    def _is_shown(self, entry: LogEntry) -> bool:
        order = list(_LEVELS)
        return order.index(entry.level) >= self._level.currentIndex()

    @Slot()
    def _show_all(self) -> None:
        self._view.clear()
        for entry in self._entries:
            if self._is_shown(entry):
                self._append(entry)

    def _append(self, entry: LogEntry) -> None:
        """Write one message at the end, and keep the end in view if it was."""
        bar = self._view.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        cursor = QTextCursor(self._view.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self._view.document().isEmpty():
            cursor.insertBlock()
        form = QTextCharFormat()
        form.setForeground(self._colour(entry.level))
        level = self.tr(_LEVELS[entry.level])
        cursor.insertText(f"{entry.time:%H:%M:%S}  {level}  ", form)
        plain = QTextCharFormat()
        plain.setForeground(self.palette().text())
        cursor.insertText(error_words(entry.text).replace("\n", "\n    "), plain)
        if at_end:
            bar.setValue(bar.maximum())

    def _colour(self, level: str) -> QColor:
        theme = current_theme()
        return QColor({"error": theme.bad, "warning": theme.warning}.get(level, theme.muted))

    def _update_buttons(self) -> None:
        for button in (self._copy, self._clear):
            button.setEnabled(bool(self._entries))

"""What `rkviz doctor` says, to copy into a bug report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui.jobs import Job, JobRunner

if TYPE_CHECKING:
    from rkviz.doctor import Examination


class DoctorDialog(QDialog):
    """Shows the examination when its job has made it, below the `story` of what went wrong."""

    def __init__(self, runner: JobRunner, parent: QWidget | None = None, story: str = "") -> None:
        super().__init__(parent)
        self._story = story
        title = self.tr("Report of a mistake") if story else self.tr("System information")
        self.setWindowTitle(title)
        advice = QLabel(
            self.tr(
                "Copy this into a bug report. It names no file of yours, and nothing is sent "
                "anywhere."
            )
        )
        advice.setWordWrap(True)
        self._text = QPlainTextEdit("\n".join(filter(None, (story, self.tr("Looking…")))))
        self._text.setReadOnly(True)
        self._text.setAccessibleName(title)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._copy = buttons.addButton(self.tr("&Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self._copy.setEnabled(bool(story))  # the story is worth more than what is added to it
        self._copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self._text.toPlainText())
        )
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(advice)
        column.addWidget(self._text, 1)
        column.addWidget(buttons)
        self.resize(760, 560)
        title = self.tr("Looking at this computer")
        job = Job("doctor", title, lambda _progress, _publish: _examine(), self._show)
        runner.submit(job)
        self.finished.connect(lambda _result: runner.cancel(job.lane))

    def _show(self, examination: Examination) -> None:
        platform = f"Qt platform  {QGuiApplication.platformName()}"
        parts = (self._story, examination.text, platform)
        self._text.setPlainText("\n".join(filter(None, parts)))
        self._copy.setEnabled(True)


def _examine() -> Examination:
    from rkviz.doctor import examine  # by the worker: it loads everything

    return examine()

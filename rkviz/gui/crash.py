"""What nobody foresaw: written to a log file, told in one sentence, never a traceback."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QCoreApplication,
    QMessageLogContext,
    QtMsgType,
    qInstallMessageHandler,
)

from rkviz import places
from rkviz.errors import RkvizError

_log = logging.getLogger("rkviz")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class UnexpectedError(RkvizError):
    """A mistake in rkviz itself; the message names the log file that holds the traceback.

    `report` is the traceback, to copy; empty where the computer is to blame.
    """

    def __init__(self, message: str, details: Sequence[str] = (), report: str = "") -> None:
        super().__init__(message, details)
        self.report = report


def described(error: BaseException) -> UnexpectedError:
    """Log `error` with its traceback; return the sentence for the user."""
    _log.error("unexpected error", exc_info=error)
    if isinstance(error, MemoryError):
        text = QCoreApplication.translate(
            "Crash",
            "There is not enough memory for this step; close other programs or use fewer pictures.",
        )
        return UnexpectedError(text)
    text = QCoreApplication.translate(
        "Crash",
        "rkviz made a mistake ({kind}); your work is kept. The details are in {file}: please "
        "report them.",
    )
    text = text.format(kind=type(error).__name__, file=places.log_file())
    report = "".join(traceback.format_exception(error))
    return UnexpectedError(text, [str(error)], report.replace(str(Path.home()), "~"))


def install(show: Callable[[UnexpectedError], None]) -> None:
    """Route uncaught exceptions of all threads and Qt's own messages to the log.

    `show` gets what the user is told; it is called in whatever thread failed.
    """

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        show(described(error))

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            show(described(args.exc_value))

    sys.excepthook = hook
    threading.excepthook = thread_hook
    qInstallMessageHandler(_log_qt_message)


def uninstall() -> None:
    """Give the hooks back, for programs that go on after the window is closed."""
    sys.excepthook = sys.__excepthook__
    threading.excepthook = threading.__excepthook__
    qInstallMessageHandler(None)


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    _log.log(_QT_LEVELS.get(kind, logging.WARNING), "Qt: %s", text)

"""What nobody foresaw: written to a log file, told in one sentence, never a traceback."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
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
    """A mistake in rkviz itself; the message names the log file that holds the traceback."""


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
    return UnexpectedError(
        text.format(kind=type(error).__name__, file=places.log_file()), [str(error)]
    )


def install(show: Callable[[str], None]) -> None:
    """Route uncaught exceptions of all threads and Qt's own messages to the log.

    `show` gets the sentence for the user; it is called in whatever thread failed.
    """

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        show(str(described(error)))

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            show(str(described(args.exc_value)))

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

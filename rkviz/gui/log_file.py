"""The log file: what went wrong and under which versions, in two files of 1 MB at most."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import platform
from pathlib import Path

import rkviz
from rkviz import places

_LARGEST = 1 << 20
_log = logging.getLogger("rkviz")


class SharedLogFile(logging.handlers.RotatingFileHandler):
    """A rotating file that several running rkviz write to.

    When another one has rotated it, writing goes on in the new file; when the system does not let
    it be renamed (Windows, while another one has it open), in the old. What cannot be written,
    because the disk is full or the folder gone, is lost without a word.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_LARGEST, backupCount=1, encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError):
            if self.stream is not None and self._was_rotated():
                self.stream.close()
                self.stream = None
        super().emit(record)

    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError:
            self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Nobody reads what logging would print."""

    def _was_rotated(self) -> bool:
        try:
            there = Path(self.baseFilename).stat()
        except FileNotFoundError:
            return True
        return not os.path.samestat(there, os.fstat(self.stream.fileno()))


def start_log() -> None:
    """Write warnings and worse to the log file; without it when its folder cannot be made."""
    path = places.log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    handler = SharedLogFile(path)
    versions = f"rkviz {rkviz.__version__}, Python {platform.python_version()}"
    form = f"%(asctime)s %(process)d [{versions}] %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(logging.Formatter(form))
    handler.setLevel(logging.WARNING)
    _log.addHandler(handler)

"""What nobody caught: one sentence for the user, a report to copy, all of it in the log."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from PySide6.QtCore import qWarning

from rkviz.gui import crash


def test_what_nobody_caught_is_told_once_and_logged(monkeypatch, caplog, qapp):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    told: list[crash.UnexpectedError] = []
    crash.install(told.append)
    try:
        try:
            raise KeyError(str(Path.home() / "secret.onnx"))
        except KeyError:
            sys.excepthook(*sys.exc_info())
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        qWarning("a message of Qt")
    finally:
        crash.uninstall()
    assert ["(KeyError)" in told[0].message, "(ZeroDivisionError)" in told[1].message] == [True] * 2
    assert not any("Traceback" in error.message for error in told)
    assert told[0].report.startswith("Traceback")
    assert str(Path.home()) not in told[0].report
    assert "Qt: a message of Qt" in caplog.text
    assert "ZeroDivisionError: division by zero" in caplog.text

"""Unsaved work survives a kill: a real process, a real signal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QLockFile

from rkviz.gui.main_window import MainWindow
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.numerics import QuantScheme
from tests.gui.user import Button, button, chosen_type

_VICTIM = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from rkviz.gui.main_window import MainWindow
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.numerics import QuantScheme

model, home = Path(sys.argv[1]), Path(sys.argv[2])
app = QApplication([])
window = MainWindow(Session(), Settings(home / "rkviz.ini"), home / "recovery")
window.show()
window.session.opened.connect(
    lambda _project: QTimer.singleShot(
        0, lambda: window.session.set_scheme(["stem"], QuantScheme.FLOAT)
    )
)
look = QTimer()
look.timeout.connect(
    lambda: print("written", flush=True) if window.recovery.file.exists() else None
)
look.start(20)
window.session.open_path(model)
app.exec()
"""


def test_work_of_a_window_that_was_killed_is_offered_and_restored(model, tmp_path, qtbot, qapp):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", _VICTIM, str(model), str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=root) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"written\n"
        victim.kill()
    (left,) = (tmp_path / "recovery").glob("*.rkviz")
    assert not QLockFile(str(left.with_suffix(".lock"))).isLocked()
    window = MainWindow(Session(), Settings(tmp_path / "rkviz.ini"), tmp_path / "recovery")
    qtbot.addWidget(window)
    window.show()
    window.questions.offer_recovery()
    (offer,) = window.notices.notices
    assert "net.onnx" in offer.text
    with qtbot.waitSignal(window.session.opened):
        qtbot.mouseClick(button(offer, "Restore"), Button.LeftButton)
    assert chosen_type(window, "stem") is QuantScheme.FLOAT
    assert window.isWindowModified()
    assert not left.exists()
    qtbot.waitUntil(lambda: window.recovery.file.exists() and not window.session.runner.is_busy)
    window._may_close = True
    window.close()
    assert not list((tmp_path / "recovery").glob("*.rkviz"))

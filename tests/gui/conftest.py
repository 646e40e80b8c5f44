"""Every test of the window starts like a first start, in folders of its own."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from rkviz.gui.app import prepare
from rkviz.gui.language import apply_language
from rkviz.gui.main_window import MainWindow
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.theme import apply_theme
from tests import models
from tests.gui.user import Key, drop, press, settle
from tests.pictures import save_pictures


@pytest.fixture(autouse=True)
def _first_start(tmp_path_factory, monkeypatch, qapp: QApplication):
    """No file of the user is touched; English and light; no thread outlives its test."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("config", "state", "log", "cache", "data"):
        monkeypatch.setattr(
            f"platformdirs.user_{name}_dir", lambda *_a, name=name, **_k: str(folder / name)
        )
    apply_theme(qapp, False)
    apply_language(qapp, "en")
    yield
    # The offscreen platform would delete what lies there after Python is gone, and crash.
    qapp.clipboard().clear()
    gc.collect()
    # No event loop runs between tests: windows would stay, and every theme would be put on them.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("rkviz-")]
    assert not left, f"threads outlived the test: {left}"


@pytest.fixture
def model(tmp_path) -> Path:
    return models.save(models.residual(), tmp_path / "net.onnx")


@pytest.fixture
def pictures(tmp_path) -> Path:
    return save_pictures(tmp_path / "pictures", count=3)


@pytest.fixture
def window(qtbot, qapp, tmp_path):
    settings = Settings(tmp_path / "rkviz.ini")
    settings.language, settings.theme = "en", "light"
    prepare(qapp, settings)
    made = MainWindow(Session(), settings, tmp_path / "recovery")
    qtbot.addWidget(made)
    made.resize(1300, 850)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made._may_close = True
    made.close()


@pytest.fixture
def analysed(window, model, pictures, qtbot) -> MainWindow:
    """Opened, given pictures and run, as the three steps of the welcome page say."""
    drop(window, [model])
    qtbot.waitUntil(lambda: window.session.project is not None)
    drop(window, [pictures])
    qtbot.waitUntil(lambda: window.session.results.dataset is not None)
    press(window, Key.Key_F5, qtbot)
    settle(window, qtbot)
    assert window.session.results.report is not None
    window.session.undo_stack.setClean()  # as if it were saved
    return window

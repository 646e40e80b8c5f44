"""Every test of the window starts like a first start, in folders of its own."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtWidgets import QApplication

from rkviz.gui.language import apply_language
from rkviz.gui.theme import apply_theme


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
    gc.collect()
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("rkviz-")]
    assert not left, f"threads outlived the test: {left}"

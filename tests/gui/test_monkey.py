"""300 actions of a user without a plan, with jobs running: nothing breaks and nothing piles up."""

from __future__ import annotations

import gc
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests import models
from tests.gui.monkey import Monkey

_ACTIONS = int(os.environ.get("RKVIZ_MONKEY_ACTIONS", "300"))
_SEED = int(os.environ.get("RKVIZ_MONKEY_SEED", "5"))


@pytest.fixture
def files(model, pictures, tmp_path):
    """What it may open, drop or choose: good files, pictures, and files nobody can read."""
    other = models.save(models.conv_relu(), tmp_path / "other.onnx")
    cfg = tmp_path / "net.quantization.cfg"
    cfg.write_text("customized_quantize_layers:\n    stem: float32\n", encoding="utf-8")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    strange = tmp_path / "strange.xyz"
    strange.write_bytes(b"nothing known")
    project = tmp_path / "broken.rkviz"
    project.write_text("{", encoding="utf-8")
    return (
        model,
        model,
        other,
        pictures,
        *sorted(pictures.iterdir())[:1],
        cfg,
        broken,
        strange,
        project,
    )


@dataclass(frozen=True)
class Alive:
    """What is there once what was thrown away is gone."""

    objects: int
    widgets: int
    lanes: tuple[str, ...]
    """Threads of the window, one for each kind of job."""
    resident_mb: float

    @classmethod
    def now(cls) -> Alive:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        statm = Path("/proc/self/statm")
        pages = int(statm.read_text().split()[1]) if statm.exists() else 0
        return cls(
            len(gc.get_objects()),
            len(QApplication.allWidgets()),
            tuple(t.name for t in threading.enumerate() if t.name.startswith("rkviz-")),
            pages * 4096 / 1e6,
        )


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_user_without_a_plan_breaks_nothing(analysed, files, tmp_path, qtbot):
    folder = tmp_path / "written"
    folder.mkdir()
    monkey = Monkey(analysed, _SEED, folder, files)
    seen = []
    for number in range(1, _ACTIONS + 1):
        try:
            monkey.act()
            QApplication.processEvents()
        except BaseException:
            print("\n".join(monkey.diary[-12:]))
            raise
        if number in (_ACTIONS // 3, 2 * _ACTIONS // 3, _ACTIONS):
            seen.append(Alive.now())
    monkey.rest()
    print(*seen, sep="\n")
    _begun, middle, end = seen
    # What the last third leaves behind: undo steps, log lines, a few caches that fill up.
    assert end.objects - middle.objects < 0.1 * middle.objects
    assert end.widgets < 1.1 * middle.widgets + 30
    assert all(name.endswith("_0") for name in end.lanes)
    assert len(set(end.lanes)) == len(end.lanes)
    assert end.resident_mb - middle.resident_mb < 80

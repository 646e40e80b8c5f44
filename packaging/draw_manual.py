"""`make docs-screenshots`: the manual's pictures, from the window itself at work on the demo.

    python packaging/draw_manual.py FOLDER

Writes FOLDER/en/NAME.png and FOLDER/zh/NAME.png with few colours, so that they stay small.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")

from few_colours import write_small
from PySide6.QtGui import QPixmap

from rkviz import pipeline
from rkviz.demo import demo_project
from rkviz.gui.main_window import MainWindow
from rkviz.gui.screenshot import drawn_window, wait_until_drawn

LAYER = "p2o.Conv.19"
"""One that is to blame, with reasons to read."""
FOLDERS = {"en": "en", "zh_CN": "zh"}
SIZE = (1366, 800)


def main(folder: Path) -> int:
    """Draw all pictures in both languages; returns the exit code."""
    with tempfile.TemporaryDirectory() as place:
        project = demo_project(Path(place))
        results = pipeline.with_histograms(project, pipeline.run(project))
        for language, name in FOLDERS.items():
            target = folder / name
            target.mkdir(parents=True, exist_ok=True)
            with drawn_window(project, results, [LAYER], language, size=SIZE) as window:
                for picture, pixels in _views(window).items():
                    write_small(pixels, target / f"{picture}.png")
    return 0


def _views(window: MainWindow) -> dict[str, QPixmap]:
    """Name of a picture -> what it shows."""
    assert wait_until_drawn(window)  # texts that wrap get their height in a second round
    page = window.docks.layer_panel.layer
    views = {"window": window.grab(), "profile": window.docks.error_profile.grab()}
    views["layer"] = page.grab(page.sections["error"].geometry() | page.sections["why"].geometry())
    views["range"] = page.sections["range"].grab()
    return views


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

"""The README's pictures, from the window at work on the demo: both themes, both languages.

python packaging/draw_readme.py FOLDER
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from draw_manual import LAYER
from few_colours import write_small

from rkviz import pipeline
from rkviz.demo import demo_project
from rkviz.gui.screenshot import drawn_window, wait_until_drawn
from rkviz.numerics import QuantScheme

SIZE = (1600, 1000)
VIEWS = (
    # file, language, dark, panel below, panel on the right
    ("window", "en", False, "profile", "layer"),
    ("window-dark", "en", True, "outputs", "layer"),
    ("window-zh", "zh_CN", False, "heat_map", "layer"),
    ("window-zh-dark", "zh_CN", True, "plans", "layer"),
)


def main(folder: Path) -> int:
    """Draw all four; returns the exit code."""
    with tempfile.TemporaryDirectory() as place:
        project = demo_project(Path(place))
        results = pipeline.run(project)
        hybrid = replace(project, config=project.config.with_scheme([LAYER], QuantScheme.I16))
        for name, language, is_dark, below, right in VIEWS:
            shown, found = project, pipeline.with_histograms(project, results)
            if below == "plans":  # a plan to compare with
                shown = hybrid
                found = pipeline.run(hybrid, results)
            with drawn_window(shown, found, [LAYER], language, is_dark, SIZE) as window:
                for panel in (below, right):
                    window.docks.bring_up(panel)
                assert wait_until_drawn(window)
                write_small(window.grab(), folder / f"{name}.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

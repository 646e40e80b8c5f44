"""`rkviz demo`: the whole work on a real network, in the window or without one.

With a display the window opens, the analysis done. Without one the same work leaves pictures of
the window, the HTML report and the toolkit's configuration in a folder.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rkviz import exchange, pipeline
from rkviz.cli.exit_codes import ERROR, OK
from rkviz.demo import demo_project
from rkviz.project import Project
from rkviz.results import Results


def show_demo(folder: Path) -> int:
    """Run the demo, its files in `folder`; returns the exit code.

    Raises RkvizError and Cancelled.
    """
    try:
        project = demo_project(folder)
        results = Results()
        for step in pipeline.STEPS:
            print(f"{step}:", file=sys.stderr)
            results = pipeline.run(project, results, until=step, progress=_Shown())
        if _has_display():
            from rkviz.gui.app import run

            return run(project, results)
        _leave_files(project, results, folder)
    except OSError as error:
        print(f"rkviz: {error}", file=sys.stderr)
        return ERROR
    return OK


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _leave_files(project: Project, results: Results, folder: Path) -> None:
    # Before Qt is loaded. Without the rule the offscreen platform says of every window and dialog
    # that it does not support size hints.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    from rkviz.gui.screenshot import save_screenshot

    report, config = folder / "report.html", folder / "text_detector.quantization.cfg"
    exchange.export_report(project, results, report)
    exchange.export_cfg(project, results, config)
    light, dark = folder / "window_en_light.png", folder / "window_zh_CN_dark.png"
    save_screenshot(project, results, light, language="en", dark=False)
    save_screenshot(project, results, dark, language="zh_CN", dark=True)
    print(
        "There is no display here, so instead of opening the window the demo wrote "
        f"what it shows ({light}, {dark}), the report ({report}) and "
        f"the toolkit's configuration ({config})."
    )


class _Shown:
    """A `Progress` on stderr: a line when the text changes, and one every few seconds."""

    def __init__(self) -> None:
        self._text = ""
        self._next_s = 0.0

    def __call__(self, done: float, total: float, text: str = "") -> None:
        now_s = time.monotonic()
        if text and (text != self._text or now_s >= self._next_s):
            self._text, self._next_s = text, now_s + 3.0
            print(f"  {100 * done / max(total, 1):3.0f} %  {text}", file=sys.stderr)

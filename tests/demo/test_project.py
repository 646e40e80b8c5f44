"""The demo's project, and `make demo` on a machine without a display."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from rkviz.calibrate.preprocess import preprocess
from rkviz.demo import demo_project
from rkviz.demo import project as demo_settings
from rkviz.errors import ModelError

# As `rkviz demo` runs, with one picture of four analysed: the rest takes time only.
DEMO = """
from dataclasses import replace
from rkviz import cli
from rkviz.cli import demo
whole = demo.demo_project
demo.demo_project = lambda folder: replace(whole(folder), analysis_images=1)
raise SystemExit(cli.main(["demo"]))
"""


def test_the_network_finds_the_writing_on_every_kind_of_picture(tmp_path: Path) -> None:
    """Pictures, mean, std and channel order fit the network: its map lights up, and in places."""
    project = demo_project(tmp_path)
    shape = project.input_shapes["x"]
    session = onnxruntime.InferenceSession(project.model)
    for path in project.dataset[:6]:
        pixels = np.asarray(Image.open(path))
        array = preprocess(pixels, project.settings_for("x"), shape, "x")
        (found,) = session.run(None, {"x": array})
        assert found.max() > 0.9, path.name
        assert 0.01 < (found > 0.3).mean() < 0.3, path.name


def test_a_network_that_was_not_fetched_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_settings, "DEMO_NETWORK", tmp_path / "absent.onnx")
    with pytest.raises(ModelError, match=r"absent\.onnx is missing; fetch it"):
        demo_project(tmp_path)


def test_without_a_display_the_demo_writes_what_the_window_shows(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", DEMO],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stdout
    output = tmp_path / "demo-output"
    for name in ("window_en_light.png", "window_zh_CN_dark.png"):
        assert f"demo-output/{name}" in done.stdout
        with Image.open(output / name) as window:
            assert min(window.size) > 400
            assert len(window.convert("RGB").getcolors(1 << 24) or []) > 50, "an empty window"
    assert (output / "report.html").read_text(encoding="utf-8").startswith("<!")
    config = output / "text_detector.quantization.cfg"
    assert "customized_quantize_layers" in config.read_text(encoding="utf-8")

"""A quantized model from its file to a plan and to errors, with pictures and without."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rkviz import pipeline
from rkviz.cli import main
from rkviz.errors import ConfigError
from rkviz.project import Project, load_project, save_project
from rkviz.quantize.config import LayerConfig
from rkviz.quantize.plan import Reason
from tests.tflite_models import quantized_classifier


def written(folder: Path, **options) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(quantized_classifier(**options))
    return path


def pictures(folder: Path) -> Path:
    random = np.random.default_rng(0)
    for index in range(2):
        pixels = random.integers(0, 256, (8, 8, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder


def test_a_plan_needs_no_pictures(tmp_path: Path) -> None:
    project = Project(written(tmp_path))
    results = pipeline.run(project, until="quantize")
    plan = results.plan
    assert plan is not None
    reasons = {name: tensor.reason for name, tensor in plan.tensors.items() if tensor.value}
    assert set(reasons.values()) == {Reason.GIVEN}
    for name, tensor in plan.tensors.items():
        if name.endswith(":weight"):
            assert tensor.reason is Reason.GIVEN
            assert tensor.codes is not None
            assert tensor.codes.dtype == np.uint8
    with pytest.raises(ConfigError, match="No calibration pictures"):
        pipeline.run(project, results)


def test_pictures_tell_the_errors(tmp_path: Path) -> None:
    project = Project(written(tmp_path), dataset=(pictures(tmp_path),))
    results = pipeline.run(project)
    assert results.report is not None
    assert not np.isnan(results.report.metric("cosine", "own")["conv"])
    plan = results.plan
    assert plan is not None
    assert plan.tensors["conv"].reason is Reason.GIVEN
    config = project.config.with_override("conv", LayerConfig(range=(0.0, 2.0)))
    changed = pipeline.run(replace(project, config=config), results).plan
    assert changed is not None
    assert changed.tensors["conv"].reason is Reason.EXPLICIT_RANGE


def test_weights_per_channel_are_chosen_anew_on_request(tmp_path: Path) -> None:
    """The tensors between stay as stated."""
    path = written(tmp_path, dtype="int8", per_channel=True)
    plan = pipeline.run(Project(path, requantize=True), until="quantize").plan
    assert plan is not None
    assert plan.tensors["conv:weight"].reason is Reason.WEIGHTS
    assert plan.tensors["conv"].reason is Reason.GIVEN


def test_the_command_line_names_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, dtype="int8", per_channel=True)
    command = ["export-cfg", str(path), "-o", str(tmp_path / "net.quantization.cfg"), "--quiet"]
    assert main(command) == 1
    assert "--requantize" in capsys.readouterr().err
    assert main([*command, "--requantize"]) == 0


def test_a_project_keeps_the_choice(tmp_path: Path) -> None:
    project = Project(written(tmp_path), requantize=True)
    save_project(project, tmp_path / "p.rkviz")
    assert load_project(tmp_path / "p.rkviz").requantize
    assert pipeline.stale(project, pipeline.run(project, until="open")) == "dataset"
    opened = pipeline.run(project, until="open")
    assert pipeline.stale(replace(project, requantize=False), opened) == "open"

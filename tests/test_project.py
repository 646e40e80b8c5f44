"""The project file: what is saved comes back; what is damaged is refused and costs nothing."""

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.calibrate.preprocess import Fit, InputSettings
from rkviz.errors import ConfigError, ProjectError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.plans import Plan
from rkviz.project import Project, load_project, save_project
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.range_method import RangeKind, RangeMethod
from rkviz.repair.choice import NO_REPAIRS, Repairs


def full(folder: Path) -> Project:
    config = HybridConfig(default=QuantScheme.I16).with_scheme(["head"], QuantScheme.FLOAT)
    percentile = RangeMethod(RangeKind.PERCENTILE, 99.9)
    config = config.with_override("stem", LayerConfig(None, (-1.5, 2.0), None, percentile))
    config = config.with_range_method(["tail"], percentile)
    config = config.with_weights_method(["tail"], RangeMethod(RangeKind.MMSE))
    config = replace(
        config,
        range_method=RangeMethod(RangeKind.KL_DIVERGENCE),
        weights_method=RangeMethod(RangeKind.PERCENTILE, 99.95),
    )
    config = config.with_override(
        "body",
        LayerConfig(
            QuantScheme.U8,
            params=QuantParams.affine(0.1, 3),
            weights_params=QuantParams.affine(0.02, 131),
        ),
    )
    return Project(
        model=folder / "模型 1.onnx",
        dataset=(folder / "pictures", folder / "dataset.txt"),
        input_shapes={"x": (1, 3, 480, 480)},
        inputs={
            "": InputSettings((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (2, 1, 0), Fit.CROP, crop_from=256)
        },
        calibration_images=32,
        analysis_images=0,
        config=config,
        cfg=folder / "step1.quantization.cfg",
        locked=frozenset({"body", "层"}),
    )


def test_everything_comes_back(tmp_path: Path) -> None:
    save_project(full(tmp_path), tmp_path / "a.rkviz")
    assert load_project(tmp_path / "a.rkviz") == full(tmp_path)


def test_a_project_without_range_methods_opens_with_minimum_and_maximum(tmp_path: Path) -> None:
    save_project(Project(tmp_path / "m.onnx"), tmp_path / "a.rkviz")
    document = json.loads((tmp_path / "a.rkviz").read_text())
    del document["range_method"], document["weights_method"]
    (tmp_path / "a.rkviz").write_text(json.dumps(document))
    assert load_project(tmp_path / "a.rkviz").config == HybridConfig()


@pytest.mark.parametrize("entry", ["entropy", 7, "percentile:nan", "percentile:400", "normal:1"])
def test_a_range_method_nobody_knows_is_named(tmp_path: Path, entry: object) -> None:
    document = {"format": "rkviz-project", "version": 1, "model": "m.onnx", "range_method": entry}
    (tmp_path / "a.rkviz").write_text(json.dumps(document))
    with pytest.raises(ProjectError, match="damaged"):
        load_project(tmp_path / "a.rkviz")


def test_a_moved_folder_takes_its_model_along(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    save_project(full(tmp_path / "one"), tmp_path / "one" / "a.rkviz")
    os.rename(tmp_path / "one", tmp_path / "two")
    assert load_project(tmp_path / "two" / "a.rkviz").model == tmp_path / "two" / "模型 1.onnx"


def test_a_missing_model_is_named_not_an_error(tmp_path: Path) -> None:
    save_project(Project(tmp_path / "gone.onnx"), tmp_path / "a.rkviz")
    assert load_project(tmp_path / "a.rkviz").missing == (tmp_path / "gone.onnx",)


def test_a_project_of_a_newer_version_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.rkviz"
    path.write_text(json.dumps({"format": "rkviz-project", "version": 99}))
    with pytest.raises(ProjectError, match="newer rkviz"):
        load_project(path)


HEAD = '{"format": "rkviz-project", "version": 1, "model": "m", '


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", "null", '{"version": 1}', '{"format": "rkviz-project"}', "[" * 9999,
        '{"format": "rkviz-project", "version": 1}',
        '{"format": "rkviz-project", "version": 1, "model": 3}',
        HEAD + '"layers": {"a": {"scheme": "u9"}}}',
        HEAD + '"layers": {"a": {"range": [1]}}}',
        HEAD + '"calibration_images": -1}',
        HEAD + '"inputs": {"": {"std_values": [0]}}}',
    ],
)  # fmt: skip
def test_damage_is_one_sentence_that_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.rkviz"
    path.write_text(text)
    with pytest.raises(ProjectError, match=r"a\.rkviz"):
        load_project(path)


@given(cut=st.integers(0, 400), flip=st.integers(0, 400), byte=st.integers(0, 255))
def test_no_damage_gives_anything_but_a_project_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int, byte: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / "fuzzed.rkviz"
    save_project(full(folder), path)
    data = bytearray(path.read_bytes())
    data[flip % len(data)] = byte
    path.write_bytes(data[: len(data) - cut])
    # Anything but a ProjectError fails the test.
    with contextlib.suppress(ProjectError):
        assert isinstance(load_project(path), Project)


def test_a_kill_in_the_middle_of_a_save_leaves_the_old_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.rkviz"
    save_project(full(tmp_path), path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        save_project(Project(tmp_path / "other.onnx"), path)
    assert load_project(path) == full(tmp_path)


def test_a_project_never_overwrites_its_model(tmp_path: Path) -> None:
    model = tmp_path / "net.onnx"
    model.write_bytes(b"network")
    with pytest.raises(ProjectError, match="is the model itself"):
        save_project(Project(model=model), model)
    assert model.read_bytes() == b"network"


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="folder does not exist"):
        save_project(full(tmp_path), tmp_path / "nowhere" / "a.rkviz")


def test_plans_are_branches_one_of_which_is_open(tmp_path):
    project = Project(tmp_path / "net.onnx")
    precise = Plan("precise", HybridConfig(QuantScheme.I16), Repairs(equalize=True))
    two = project.with_plan(precise)
    assert [plan.name for plan in two.all_plans] == ["main", "precise"]
    assert (two.plan_name, two.config, two.repairs) == ("precise", precise.config, precise.repairs)
    assert two.with_plan(project.plan).with_plan(precise) == two, "switching loses nothing"
    assert two.basis != project.basis
    assert two.with_plan(project.plan).basis == project.basis, "other plans decide nothing"
    save_project(two, tmp_path / "p.rkviz")
    assert load_project(tmp_path / "p.rkviz") == two


def test_plans_are_renamed_and_deleted_and_one_always_stays(tmp_path):
    project = Project(tmp_path / "net.onnx")
    two = project.with_plan(Plan("b", HybridConfig(QuantScheme.I16), NO_REPAIRS))
    assert two.without_plan("main").all_plans == (two.plan,)
    left = two.without_plan("b")
    assert (left.plan_name, left.config, left.plans) == ("main", project.config, ())
    assert left.without_plan("main") == left
    assert two.with_plan_renamed("b", "c").plan_name == "c"
    assert [p.name for p in two.with_plan_renamed("main", "x").all_plans] == ["b", "x"]
    for taken in ("main", " "):
        with pytest.raises(ConfigError, match="name of its own"):
            two.with_plan_renamed("b", taken)


def test_a_file_from_before_plans_has_one(tmp_path):
    file = tmp_path / "p.rkviz"
    save_project(Project(tmp_path / "net.onnx"), file)
    document = json.loads(file.read_text())
    for key in ("plan_name", "plans", "history"):
        del document[key]
    file.write_text(json.dumps(document))
    assert load_project(file) == Project(tmp_path / "net.onnx")
    document["history"] = [{"plan": {"name": "x"}, "when": "y"}]
    file.write_text(json.dumps(document))
    with pytest.raises(ProjectError, match="damaged"):
        load_project(file)

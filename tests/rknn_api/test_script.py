"""The script rkviz writes for the toolkit runs on rkviz's own calls: only the import changes."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from rkviz import exchange, pipeline
from rkviz.emulate.executor import as_real, run_plan
from rkviz.formats.quantization_cfg import read_cfg
from rkviz.formats.toolkit_script import IMPORT_LINE
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.rknn_api import RKNN
from tests import models

OWN_IMPORT = "from rkviz.rknn_api import RKNN"


def run_script(work: Path, project: Project) -> tuple[pipeline.Results, str]:
    """Results of rkviz, and with what the script stops ("" where it does all it is for)."""
    results = pipeline.run(project, until="quantize")
    exchange.export_script(project, results, work / "convert.py")
    text = (work / "convert.py").read_text(encoding="utf-8")
    assert text.count(IMPORT_LINE) == 1
    other = text.replace(IMPORT_LINE, OWN_IMPORT)
    (work / "convert.py").write_text(other, encoding="utf-8")
    try:
        runpy.run_path(str(work / "convert.py"), run_name="__main__")
    except SystemExit as stopped:
        return results, str(stopped)
    return results, ""


def test_a_hybrid_project_is_the_same_network_there(work: Path) -> None:
    config = HybridConfig().with_scheme(["head_fine", "scores"], QuantScheme.I16)
    config = config.with_override("head_coarse", LayerConfig(range=(-1.0, 1.0)))
    project = Project(work / "net.onnx", (work / "dataset.txt",), config=config)
    results, _ = run_script(work, project)
    out = work / "convert_out"
    cfg = read_cfg(out / "detector.quantization.cfg")
    assert len(cfg.customized) == 2
    assert set(cfg.customized.values()) == {QuantScheme.I16}
    rknn = RKNN()
    rknn.config(target_platform=["rv1126"])
    files = [str(out / f"detector.{end}") for end in ("json", "data", "quantization.cfg")]
    assert rknn.hybrid_quantization_step2(*files, dataset=str(out / "dataset.txt")) == 0
    assert rknn.init_runtime() == 0
    image = np.random.default_rng(2).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    feeds = {"images": image.transpose(2, 0, 1)[np.newaxis].astype(np.float32)}
    codes = run_plan(results.plan, feeds)
    for name, output in zip(results.graph.outputs, rknn.inference([image]), strict=True):
        tensor = results.plan.value_tensor[name]
        np.testing.assert_array_equal(output, as_real(results.plan, tensor, codes[tensor]))


@pytest.mark.parametrize("default", [QuantScheme.U8, QuantScheme.FLOAT])
def test_a_project_of_one_type_is_built_at_once(work: Path, default: QuantScheme) -> None:
    project = Project(work / "net.onnx", (work / "dataset.txt",), config=HybridConfig(default))
    _, said = run_script(work, project)
    written = default is QuantScheme.U8
    assert said == ("" if written else "export_rknn failed; the lines above say why.")
    assert (work / "convert_out" / "net.rknn").exists() is written
    assert (work / "convert_out" / "snapshot").exists() is written
    assert not list((work / "convert_out").glob("*.cfg"))


@pytest.mark.parametrize("folder", ["pictures", "."])
def test_on_another_computer_files_are_found_beside_the_script(work: Path, folder: str) -> None:
    project = Project(work / "net.onnx", (work / "dataset.txt",))
    results = pipeline.run(project, until="quantize")
    there = work / "elsewhere"
    (there / folder).mkdir(parents=True)
    exchange.export_script(project, results, there / "convert.py")
    text = (there / "convert.py").read_text(encoding="utf-8")
    (there / "convert.py").write_text(text.replace(IMPORT_LINE, OWN_IMPORT), encoding="utf-8")
    (work / "net.onnx").rename(there / "net.onnx")
    for picture in (work / "pictures").iterdir():
        picture.rename(there / folder / picture.name)
    runpy.run_path(str(there / "convert.py"), run_name="__main__")
    rows = (there / "convert_out" / "dataset.txt").read_text().splitlines()
    assert {Path(row).parent for row in rows} == {there / folder}


def test_several_inputs_and_a_failing_step(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project(work / "two.onnx", (work / "pairs.txt",))
    results, _ = run_script(work, project)
    rows = (work / "convert_out" / "dataset.txt").read_text().splitlines()
    assert [len(row.split()) for row in rows] == [2, 2]
    assert results.graph.inputs == ("left", "right")
    capsys.readouterr()
    models.save(models.conv_relu(), work / "two.onnx")
    with pytest.raises(SystemExit, match="load_onnx failed"):
        runpy.run_path(str(work / "convert.py"), run_name="__main__")
    assert capsys.readouterr().out.startswith("E load_onnx(): ")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("export_rknn_precompile_model", "board"),
        ("export_rknn_sync_model", "board"),
        ("export_encrypted_rknn_model", "vendor"),
        ("register_op", "CPU"),
    ],
)
def test_what_rkviz_does_not_write_says_what_to_do(
    call: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert getattr(RKNN(), call)("./net.rknn") == -1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"E {call}(): ")
    assert sentence in line

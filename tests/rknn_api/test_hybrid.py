"""Hybrid quantization as the manual does it: step 1, an edited cfg, step 2 in a fresh object."""

from pathlib import Path

import numpy as np
import pytest

from rkviz.formats.quantization_cfg import read_cfg
from rkviz.numerics import QuantScheme
from rkviz.rknn_api import RKNN

CFG = "detector.quantization.cfg"
IMAGE = np.random.default_rng(5).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def configured() -> RKNN:
    rknn = RKNN()
    assert rknn.config(std_values=[[255] * 3], mean_values=[[0] * 3], target_platform="rv1126") == 0
    return rknn


def step1() -> None:
    rknn = configured()
    assert rknn.load_onnx("net.onnx") == 0
    assert rknn.hybrid_quantization_step1(dataset="./dataset.txt") == 0
    rknn.release()


def step2(cfg: str = CFG) -> RKNN:
    rknn = configured()
    done = rknn.hybrid_quantization_step2(
        model_input="./detector.json",
        data_input="./detector.data",
        model_quantization_cfg=f"./{cfg}",
        dataset="./dataset.txt",
    )
    assert done == 0
    assert rknn.init_runtime() == 0
    return rknn


def edit(text: str, by: str) -> None:
    path = Path(CFG)
    before = path.read_text(encoding="utf-8")
    assert text in before
    path.write_text(before.replace(text, by), encoding="utf-8")


def built() -> RKNN:
    rknn = configured()
    assert rknn.load_onnx("net.onnx") == 0
    assert rknn.build() == 0
    assert rknn.init_runtime() == 0
    return rknn


def test_the_files_have_the_names_of_the_toolkit(work: Path) -> None:
    step1()
    assert {path.name for path in work.glob("detector.*")} == {
        "detector.json",
        "detector.data",
        CFG,
    }
    assert "customized_quantize_layers: {}" in Path(CFG).read_text(encoding="utf-8")


def test_an_untouched_cfg_gives_what_build_gives(work: Path) -> None:
    step1()
    for left, right in zip(step2().inference([IMAGE]), built().inference([IMAGE]), strict=True):
        np.testing.assert_array_equal(left, right)


def test_step2_needs_no_model_any_more(work: Path) -> None:
    step1()
    (work / "net.onnx").unlink()
    assert len(step2().inference([IMAGE])) == 2


def name_of(layer: str) -> str:
    """The name of `layer` in the cfg of step 1."""
    (name,) = {key[1:].rpartition(":")[0] for key in read_cfg(Path(CFG)).parameters if layer in key}
    return name


def test_layers_chosen_in_the_cfg_run_in_their_type(work: Path) -> None:
    step1()
    plain = step2().inference([IMAGE])
    chosen = "".join(
        f'    "{name_of(layer)}": dynamic_fixed_point-i16\n'
        for layer in ("_head_fine_", "_scores_")
    )
    edit("customized_quantize_layers: {}\n", f"customized_quantize_layers:\n{chosen}")
    better = step2().inference([IMAGE])
    floats = configured()
    floats.load_onnx("net.onnx")
    floats.build(do_quantization=False)
    floats.init_runtime()
    real = floats.inference([IMAGE])
    assert np.abs(better[0] - real[0]).mean() < np.abs(plain[0] - real[0]).mean()
    np.testing.assert_array_equal(better[1], plain[1])


def test_numbers_edited_in_the_cfg_hold(work: Path) -> None:
    step1()
    key = f"@{name_of('_head_coarse_')}:out0"
    scale = read_cfg(Path(CFG)).parameters[key].scale
    lines = Path(CFG).read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if key in line)
    place = next(n for n, line in enumerate(lines[start:], start) if repr(scale) in line)
    lines[place] = lines[place].replace(repr(scale), "0.5")
    Path(CFG).write_text("\n".join(lines) + "\n", encoding="utf-8")
    coarse = step2().inference([IMAGE])[1]
    np.testing.assert_array_equal(coarse, np.rint(coarse / 0.5) * np.float32(0.5))


def test_an_edited_cfg_is_never_overwritten(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    step1()
    step1()
    assert capsys.readouterr().out == "", "the same content needs no copy"
    for number, kept in ((1, f"{CFG}.bak"), (2, f"{CFG}.bak2")):
        Path(CFG).write_text(f"edit {number}", encoding="utf-8")
        step1()
        assert f"W {CFG} was there with other content; it is kept as {kept}." in (
            capsys.readouterr().out
        )
        assert Path(kept).read_text(encoding="utf-8") == f"edit {number}"
    assert read_cfg(Path(CFG)).customized == {}


def test_names_that_are_no_layers_are_warned_of(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step1()
    edit("customized_quantize_layers: {}", "customized_quantize_layers: {Conv_deeep_9: float32}")
    step2()
    out = capsys.readouterr().out
    assert out.startswith("W ")
    assert "Conv_deeep_9" in out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model_input": "gone.json"}, "gone.json"),
        ({"data_input": "gone.data"}, "gone.data"),
        ({"model_quantization_cfg": "gone.cfg"}, "gone.cfg"),
        ({"model_quantization_cfg": "dataset.txt"}, "dataset.txt"),
        ({"data_input": "net.onnx"}, "damaged"),
        ({"model_input": None}, "model_input is None"),
        ({"dataset": "gone.txt"}, "gone.txt"),
        ({"data": "x"}, "'data'"),
    ],
)
def test_mistakes_in_step2_are_sentences(
    work: Path, change: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    step1()
    arguments = {
        "model_input": "detector.json",
        "data_input": "detector.data",
        "model_quantization_cfg": CFG,
        "dataset": "dataset.txt",
        **change,
    }
    assert configured().hybrid_quantization_step2(**arguments) == -1
    out = capsys.readouterr().out
    assert out.startswith("E ")
    assert sentence in out


def test_a_cfg_with_three_types_is_refused(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    step1()
    kinds = {"_stem_": QuantScheme.I8, "_head_coarse_": QuantScheme.I16}
    lines = ", ".join(
        f'"{key[1:].rpartition(":")[0]}": {kind.value}'
        for part, kind in kinds.items()
        for key in read_cfg(Path(CFG)).parameters
        if part in key and key.endswith(":weight")
    )
    edit("customized_quantize_layers: {}", f"customized_quantize_layers: {{{lines}}}")
    files = ("detector.json", "detector.data", CFG)
    assert configured().hybrid_quantization_step2(*files) == -1
    assert "two quantised types" in capsys.readouterr().out


def test_step1_asks_for_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert RKNN().hybrid_quantization_step1() == -1
    assert "call load_onnx" in capsys.readouterr().out


def test_step1_builds_for_an_analysis_of_what_it_wrote(work: Path) -> None:
    rknn = configured()
    rknn.load_onnx("net.onnx")
    rknn.hybrid_quantization_step1("dataset.txt")
    assert rknn.init_runtime() == 0
    np.testing.assert_array_equal(
        rknn.inference([IMAGE])[0], built().inference([IMAGE])[0], strict=True
    )

"""accuracy_analysis writes the folders and texts of the toolkit, which rkviz and others read."""

import re
from pathlib import Path

import pytest

from rkviz import pipeline
from rkviz.graph.naming import layer_names
from rkviz.project import Project
from rkviz.rknn_api import RKNN

LINE = re.compile(
    r"^(?P<name>\S+)\s*\t(?P<dtype>u8|None)\teculidean_norm=(?P<e>\S+)\tcosine_norm=(?P<c>\S+)$"
)


def built(**build: object) -> RKNN:
    rknn = RKNN()
    rknn.config(target_platform=["rv1126"])
    rknn.load_onnx("net.onnx")
    assert rknn.build(**build) == 0
    return rknn


def rows(file: Path) -> dict[str, re.Match[str]]:
    found = [LINE.match(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert all(found)
    return {match["name"]: match for match in found}


def test_the_numbers_are_those_of_the_analysis(work: Path) -> None:
    assert built().accuracy_analysis(inputs="./one.txt") == 0
    project = Project(work / "net.onnx", (work / "dataset.txt",), analysis_images=1)
    results = pipeline.run(project)
    names, report = layer_names(results.graph), results.report
    individual = rows(work / "snapshot" / "individual_qnt_error_analysis.txt")
    assert list(individual) == [names[n.name] for n in results.graph.nodes if n.op != "Input"]
    for layer, cosine in report.metric("cosine", "own").items():
        if layer != "images":
            assert individual[names[layer]]["c"] == f"{cosine:.6f}"
    entire = rows(work / "snapshot" / "entire_qnt_error_analysis.txt")
    assert len(entire) == len(individual) + 1, "the input"
    picture = entire[f"{names['images']}_out0_nhwc_1_16_16_3.npy"]
    assert picture["dtype"] == "u8"
    scores = report.sums("scores", "accumulated")
    row = entire[f"{names['scores']}_out0_nhwc_1_16_16_6.npy"]
    assert row["e"] == f"{scores.euclidean_norm:.6f}"


def test_tensors_are_dumped_as_asked(work: Path) -> None:
    assert built().accuracy_analysis("one.txt", calc_qnt_error=False, dump_file_type="npy") == 0
    folder = work / "snapshot"
    assert sorted(path.name for path in folder.iterdir()) == [
        "entire_qnt",
        "fp32",
        "individual_qnt",
    ]
    order = (folder / "fp32" / "order.txt").read_text().split()
    assert {path.name for path in (folder / "fp32").glob("*.npy")} == set(order)


def test_names_are_padded_as_the_toolkit_does(work: Path) -> None:
    built().accuracy_analysis("one.txt", output_dir="a/b")
    first = (work / "a" / "b" / "individual_qnt_error_analysis.txt").read_text().split("\n")[0]
    assert first.index("\t") == 61


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"inputs": "dataset.txt"}, "3 usable sample(s)"),
        ({"inputs": "gone.txt"}, "gone.txt"),
        ({"inputs": "one.txt", "target": "rv1126"}, "only the vendor's toolkit reaches"),
        ({"inputs": "one.txt", "dump_file_type": "csv"}, "choose from tensor, npy"),
        ({"inputs": "one.txt", "output_dir": "net.onnx"}, "cannot be made"),
        ({}, "'inputs'"),
    ],
)
def test_what_cannot_be_analysed_is_a_sentence(
    work: Path, arguments: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert built().accuracy_analysis(**arguments) == -1
    out = capsys.readouterr().out
    assert out.startswith("E accuracy_analysis(): ")
    assert sentence in out


def test_a_network_in_float_has_no_errors(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert built(do_quantization=False).accuracy_analysis("one.txt") == -1
    assert "Nothing is quantized" in capsys.readouterr().out

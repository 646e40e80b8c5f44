"""What was built is written as the toolkit names it, or a sentence says what to do instead."""

from pathlib import Path

import numpy as np
import pytest

from rkviz.formats.quant_params import read_quant_params
from rkviz.rknn_api import RKNN
from tests import models
from tests.rknn_files import tiny

IMAGE = np.random.default_rng(5).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def built(**config: object) -> RKNN:
    rknn = RKNN()
    means = {"mean_values": [[0] * 3], "std_values": [[255] * 3]}
    assert rknn.config(**{"target_platform": ["rv1126"], **means, **config}) == 0
    assert rknn.load_onnx("net.onnx") == 0
    assert rknn.build() == 0
    assert rknn.init_runtime() == 0
    return rknn


def test_a_u8_network_becomes_an_rknn_file_that_runs_alike(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models.save(models.chain(), work / "net.onnx")
    rknn = built()
    assert rknn.export_rknn("./net.rknn") == 0
    out = capsys.readouterr().out
    assert out.startswith("W net.rknn: Experimental")
    again = RKNN()
    assert again.load_rknn("./net.rknn") == 0
    assert again.init_runtime() == 0
    for left, right in zip(rknn.inference([IMAGE]), again.inference([IMAGE]), strict=True):
        np.testing.assert_array_equal(left, right)


def test_what_cannot_be_written_names_the_script(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rknn = built(quantized_dtype="dynamic_fixed_point-i16")
    assert rknn.export_rknn("./net.rknn") == -1
    out = capsys.readouterr().out
    assert out.startswith("E export_rknn(): ")
    assert "rkviz export-script" in out
    assert not (work / "net.rknn").exists()


@pytest.mark.parametrize("path", [3, "", "nowhere/net.rknn"])
def test_a_place_that_cannot_be_written_is_a_sentence(
    work: Path, path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert built().export_rknn(path) == -1
    assert capsys.readouterr().out.startswith("E export_rknn(): ")


def test_nothing_is_exported_before_it_is_built(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert RKNN().export_rknn("./net.rknn") == -1
    assert "not built" in capsys.readouterr().out


def test_the_parameters_of_what_was_built(work: Path) -> None:
    rknn = built()
    assert rknn.export_rknn_quant_params() == 0
    few = read_quant_params(work / "detector_quant_param.yml")
    assert few.model_name == "detector"
    assert len(few.tensors) == 3, "one input, two outputs"
    assert rknn.export_rknn_quant_params(only_io=False) == 0
    assert len(read_quant_params(work / "detector_quant_param.yml").tensors) > 10


def test_the_parameters_in_an_rknn_file(work: Path) -> None:
    (work / "small.rknn").write_bytes(tiny().data())
    assert RKNN().export_rknn_quant_params(model="./small.rknn", only_io=True) == 0
    tensors = read_quant_params(work / "small_quant_param.yml").tensors
    assert [tensor.zero_point for tensor in tensors.values()] == [0, 100]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "not built"),
        ({"model": "gone.rknn"}, "gone.rknn"),
        ({"model": "net.onnx"}, "states no quantization parameters"),
        ({"model": 3}, "model is 3"),
    ],
)
def test_parameters_nobody_stated_are_not_exported(
    work: Path, arguments: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert RKNN().export_rknn_quant_params(**arguments) == -1
    out = capsys.readouterr().out
    assert out.startswith("E ")
    assert sentence in out

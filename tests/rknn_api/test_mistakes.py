"""A user's mistake is an E line and -1 (or None), all findings at once, and no traceback."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rkviz.rknn_api import RKNN
from tests import models


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        ({"mean_values": [127.5]}, ["mean_values is [127.5]", "one list of numbers an input"]),
        ({"mean_values": "0 0 0"}, ["mean_values"]),
        ({"std_values": [[1, "2", 3]]}, ["std_values"]),
        ({"mean_values": [[float("nan")] * 3]}, ["mean_values"]),
        ({"reorder_channel": "2 1 1"}, ["reorder_channel"]),
        ({"reorder_channel": [2, 1, 0]}, ["'0 1 2' or '2 1 0'"]),
        ({"quantized_dtype": "dynamic_fixed_point-i1"}, ["did you mean 'dynamic_fixed_point-i16'"]),
        ({"quantized_algorithm": "kl"}, ["normal, kl_divergence, mmse"]),
        ({"target_platform": ["rv1127"]}, ["did you mean 'rv1126'"]),
        ({"target_platform": ["rv1126", "rk1808"]}, ["mixes two families"]),
        ({"batch_size": "100", "epochs": 0}, ["batch_size is '100'", "epochs is 0"]),
        ({"optimization_level": 4}, ["optimization_level is 4"]),
        ({"model_pruning": "yes"}, ["model_pruning is 'yes'"]),
        ({"channel_mean_value": "0"}, ["channel_mean_value is '0'"]),
        ({"channel_mean_value": "0 0 0 255", "mean_values": [[0] * 3]}, ["cannot stand beside"]),
    ],
)
def test_config_names_everything_it_cannot_use(
    arguments: dict[str, object], sentences: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert RKNN().config(**arguments) == -1
    out = capsys.readouterr().out
    assert out.startswith("E config(): ")
    for sentence in sentences:
        assert sentence in out


@pytest.mark.usefixtures("work")
def test_what_config_refused_is_not_built_with_defaults(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Scripts of the vendor's do not look at what config returns."""
    rknn = RKNN()
    rknn.config(mean_values=[0, 0, 0], std_values=[255, 255, 255], target_platform="rv1126")
    assert rknn.load_onnx("net.onnx") == 0
    assert rknn.build() == rknn.hybrid_quantization_step1() == -1
    assert "E build(): config() failed; correct its arguments first." in capsys.readouterr().out
    assert rknn.config(mean_values=[[0] * 3], std_values=[[255] * 3], target_platform="rv1126") == 0
    assert rknn.build() == 0


@pytest.mark.usefixtures("work")
def test_without_config_pictures_are_taken_as_they_are_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rknn = RKNN()
    rknn.load_onnx("net.onnx")
    assert rknn.build() == rknn.hybrid_quantization_step1() == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line == "W config() was not called: pictures go in as 0..255, for rk1808."


@pytest.mark.usefixtures("work")
def test_a_model_that_cannot_be_loaded_does_not_leave_the_one_before() -> None:
    rknn = RKNN()
    _loaded(rknn)
    assert rknn.load_onnx("gone.onnx") == rknn.build() == -1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"mean_vales": [[0]]}, "did you mean 'mean_values'"),
        ({"optimization_level": 0}, "always simplifies"),
        ({"quantized_algorithm": "mmse"}, "publishes no formula"),
        ({"mmse_epoch": 5}, "mmse_epoch has no effect"),
        ({"do_sparse_network": False}, "do_sparse_network has no effect"),
        ({"output_optimize": 1}, "output_optimize has no effect"),
        ({"channel_mean_value": "0 0 0 255"}, "deprecated"),
    ],
)
def test_what_has_no_effect_is_said_once(
    arguments: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rknn = RKNN()
    arguments = {"target_platform": ["rv1126"], **arguments}
    assert rknn.config(**arguments) == rknn.config(**arguments) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("W ")
    assert sentence in line


def test_the_default_chip_of_the_toolkit_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert RKNN().config() == 0
    assert "W target_platform rk1808" in capsys.readouterr().out
    assert RKNN().config(target_platform="RV1109") == 0
    assert capsys.readouterr().out == ""


def _loaded(rknn: RKNN) -> None:
    assert rknn.config(target_platform=["rv1126"]) == 0
    assert rknn.load_onnx("net.onnx") == 0


def _ready(rknn: RKNN) -> None:
    _loaded(rknn)
    assert rknn.build() == 0
    assert rknn.init_runtime() == 0


def _nothing(rknn: RKNN) -> None:
    pass


IMAGE = np.zeros((16, 16, 3), np.uint8)


@pytest.mark.parametrize(
    ("before", "call", "answer", "sentence"),
    [
        (_nothing, lambda r: r.load_onnx(), -1, "missing a required argument: 'model'"),
        (_nothing, lambda r: r.load_onnx("net.onnx", size=3), -1, "'size'"),
        (_nothing, lambda r: r.load_onnx(7), -1, "name of a file"),
        (_nothing, lambda r: r.load_onnx("a\0b"), -1, "name of a file"),
        (_nothing, lambda r: r.load_onnx("gone.onnx"), -1, "gone.onnx"),
        (_nothing, lambda r: r.load_onnx("one.txt"), -1, "not an ONNX file"),
        (_nothing, lambda r: r.load_onnx("net.onnx", outputs=["score"]), -1, "did you mean"),
        (_nothing, lambda r: r.load_onnx("net.onnx", outputs=[3]), -1, "list of names"),
        (
            _nothing,
            lambda r: r.load_onnx("net.onnx", ["images"], [[3, "a"]]),
            -1,
            "[[3, 224, 224]]",
        ),
        (_nothing, lambda r: r.load_onnx("net.onnx", ["images"], [[3], [4]]), -1, "one size"),
        (
            _nothing,
            lambda r: r.load_onnx("net.onnx", ["concat"], [[3, 4, 4]], ["scores"]),
            -1,
            "[16, 16, 16]",
        ),
        (_nothing, lambda r: r.load_caffe("net.prototxt"), -1, "caffe2onnx"),
        (_nothing, lambda r: r.load_darknet("a.cfg", "b.weights"), -1, "load_onnx"),
        (_nothing, lambda r: r.load_keras(model="a.h5"), -1, "tf2onnx"),
        (_nothing, lambda r: r.load_mxnet("a.json"), -1, "mxnet"),
        (_nothing, lambda r: r.load_pytorch("a.pt", [[3, 4, 4]]), -1, "torch.onnx.export"),
        (_nothing, lambda r: r.load_tensorflow("a.pb"), -1, "tf2onnx"),
        (_nothing, lambda r: r.load_tflite("gone.tflite"), -1, "gone.tflite"),
        (_nothing, lambda r: r.load_rknn("gone.rknn"), -1, "gone.rknn"),
        (_nothing, lambda r: r.build(), -1, "call load_onnx"),
        (_nothing, lambda r: r.init_runtime(), -1, "not built"),
        (_nothing, lambda r: r.inference([IMAGE]), None, "not built"),
        (_loaded, lambda r: r.inference([IMAGE]), None, "not built"),
        (_loaded, lambda r: r.build(dataset="nowhere.txt"), -1, "nowhere.txt"),
        (_loaded, lambda r: r.build(dataset=3), -1, "dataset is 3"),
        (_loaded, lambda r: r.build(do_quantization="no"), -1, "True or False"),
        (_loaded, lambda r: r.build(rknn_batch_size=0), -1, "rknn_batch_size is 0"),
        (
            _ready,
            lambda r: r.init_runtime(target="rv1126"),
            -1,
            "only the vendor's toolkit reaches",
        ),
        (_ready, lambda r: r.inference([]), None, "0 entries"),
        (_ready, lambda r: r.inference(["a.png"]), None, "no numpy array"),
        (_ready, lambda r: r.inference([IMAGE[:8]]), None, "(1, 16, 16, 3)"),
        (_ready, lambda r: r.inference([IMAGE / 1.0 + 0.5]), None, "data_type='float32'"),
        (_ready, lambda r: r.inference([IMAGE + 200], data_type="int8"), None, "'uint8'"),
        (_ready, lambda r: r.inference([IMAGE], data_type="u8"), None, "choose one of uint8"),
        (_ready, lambda r: r.inference([IMAGE], data_format="hwc"), None, "'nhwc' or 'nchw'"),
        (_ready, lambda r: r.inference([IMAGE], inputs_pass_through=[1, 0]), None, "one 0 or 1"),
    ],
)
def test_every_call_says_what_is_wrong(
    work: Path,
    before: Callable[[RKNN], None],
    call: Callable[[RKNN], object],
    answer: object,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rknn = RKNN()
    before(rknn)
    capsys.readouterr()
    assert call(rknn) == answer
    out = capsys.readouterr().out
    assert out.startswith("E ")
    assert sentence in out


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"mean_values": [[0] * 3, [0] * 3]}, "given for 2 input(s), the model has 1"),
        ({"mean_values": [[0] * 4]}, "4 entries"),
        ({"std_values": [[0, 1, 1]]}, "divides by zero"),
    ],
)
def test_config_that_does_not_fit_the_model(
    work: Path, config: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rknn = RKNN()
    assert rknn.config(target_platform=["rv1126"], **config) == 0
    assert rknn.load_onnx("net.onnx") == 0
    assert rknn.build() == -1
    assert sentence in capsys.readouterr().out


def test_pictures_that_are_left_out_are_warnings(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "dataset.txt").write_text("pictures/picture0.png\ngone.png\n")
    _ready(RKNN())
    out = capsys.readouterr().out
    assert out.startswith("W ")
    assert "line 2" in out


def test_an_operator_nobody_knows_stops_only_the_outputs_behind_it(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models.save(models.with_unknown_op(), work / "net.onnx")
    rknn = RKNN()
    _ready(rknn)
    assert "W Operator 'Mystery'" in capsys.readouterr().out
    assert rknn.inference([IMAGE]) is None
    assert "cannot be computed" in capsys.readouterr().out


def test_the_file_takes_every_line(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rknn = RKNN(verbose=False, verbose_file="log.txt")
    rknn.load_onnx("net.onnx")
    rknn.load_onnx("gone.onnx")
    lines = (work / "log.txt").read_text(encoding="utf-8").splitlines()
    assert [line[:2] for line in lines] == ["I ", "E "]
    assert capsys.readouterr().out.splitlines() == lines[1:]
    assert RKNN(verbose=True).load_onnx("net.onnx") == 0
    assert capsys.readouterr().out.startswith("I net.onnx")


def test_a_log_that_cannot_be_written_stops_nothing(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rknn = RKNN(verbose_file="nowhere/log.txt")
    assert rknn.load_onnx("net.onnx") == 0
    assert rknn.load_onnx("net.onnx") == 0
    assert capsys.readouterr().out.count("cannot be written") == 1

"""Whatever a script passes, a call answers: nothing escapes as an exception."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from rkviz.rknn_api import RKNN

ODD = [
    None, True, 0, -1, 3.5, float("nan"), 10**30, 1j, "", "x", "\0", "a\nb", "x" * 5000, "\ud800",
    "../" * 50, b"x", [], [[]], [None], [[None]], [["a"]], [[1, 2, 3]], ["images"], (1,), {}, {1},
    {"a": 1}, object(), int, np.zeros(3), np.zeros((2, 3)), np.array(5), np.float32(2),
    np.array(["a"]), np.array([object()]), [np.zeros((16, 16, 3), np.uint8)],
    [np.zeros((1, 16, 16, 3, 1))],
]  # fmt: skip
NEEDED = {
    "load_onnx": {"model": "net.onnx"},
    "load_tflite": {"model": "net.onnx"},
    "load_rknn": {"path": "net.onnx"},
    "inference": {"inputs": [np.zeros((16, 16, 3), np.uint8)]},
    "hybrid_quantization_step2": {
        "model_input": "detector.json",
        "data_input": "detector.data",
        "model_quantization_cfg": "detector.quantization.cfg",
    },
    "accuracy_analysis": {"inputs": "one.txt"},
    "export_rknn": {"export_path": "net.rknn"},
}
CALLS = [
    name for name, _ in inspect.getmembers(RKNN, inspect.isfunction) if not name.startswith("_")
]


@pytest.mark.parametrize("call", CALLS)
def test_every_argument_may_be_odd(
    work: Path, call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rknn = RKNN()
    rknn.config(target_platform=["rv1126"])
    rknn.load_onnx("net.onnx")
    assert rknn.hybrid_quantization_step1("dataset.txt") == rknn.init_runtime() == 0
    parameters = inspect.signature(getattr(rknn, call)).parameters.values()
    for parameter in parameters:
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            continue
        for value in ODD:
            answer = getattr(rknn, call)(**{**NEEDED.get(call, {}), parameter.name: value})
            assert answer is None or isinstance(answer, int | list | dict | tuple)
    assert "Traceback" not in capsys.readouterr().out


@pytest.mark.parametrize("value", [3, ["log.txt"], object()])
def test_a_log_file_that_is_none_is_a_warning(
    value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    RKNN(verbose_file=value)
    assert capsys.readouterr().out.startswith("W verbose_file is ")

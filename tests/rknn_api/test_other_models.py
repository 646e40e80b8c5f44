"""Models that state their own parameters need no pictures: .rknn and quantized TFLite files."""

from pathlib import Path

import numpy as np
import pytest

from rkviz import pipeline
from rkviz.emulate.executor import as_real, run_plan
from rkviz.project import Project
from rkviz.rknn_api import RKNN
from tests.rknn_files import RknnFile, every_operation, u8
from tests.tflite_models import quantized_classifier

IMAGE = np.random.default_rng(5).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def _printed(rknn: RKNN, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert rknn.eval_perf() is not None
    return capsys.readouterr().out


def test_an_rknn_file_runs_without_config_and_build(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "small.rknn").write_bytes(every_operation().data())
    rknn = RKNN()
    assert rknn.list_support_target_platform(rknn_model="./small.rknn") == {
        "filled_target_platform": ["RV1126"],
        "support_target_platform": ["RV1109", "RV1126"],
    }
    assert rknn.load_rknn(path="./small.rknn") == 0
    assert rknn.init_runtime() == 0
    outputs = rknn.inference([IMAGE])
    results = pipeline.run(Project(work / "small.rknn"), until="quantize")
    # The file itself says that pictures are divided by 255.
    codes = run_plan(results.plan, {"images": IMAGE[np.newaxis].astype(np.float32) / 255})
    for name, output in zip(results.graph.outputs, outputs, strict=True):
        tensor = results.plan.value_tensor[name]
        np.testing.assert_array_equal(output, as_real(results.plan, tensor, codes[tensor]))
    assert "(rv1126: estimate" in _printed(rknn, capsys), "the chip the file was made for"
    rknn.config(mean_values=[[128] * 3], std_values=[[128] * 3], target_platform=["rv1126"])
    assert rknn.load_rknn("./small.rknn") == 0
    assert rknn.init_runtime() == 0
    assert not np.array_equal(rknn.inference([IMAGE])[0], outputs[0]), "config goes first"


def test_a_precompiled_file_says_why_it_cannot_run(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    compiled = {"type": "VSI_NN_NBG_FILE", "url": "x"}
    node = file.node("NBG", "nbg", ["images"], u8(0.1, 3), compiled)
    file.body = b"VPMN" + bytes(60)
    file.output(node, [2, 2, 2, 1])
    (work / "small.rknn").write_bytes(file.data())
    rknn = RKNN()
    assert rknn.load_rknn("small.rknn", load_model_in_npu=True) == -1
    out = capsys.readouterr().out
    assert "W load_model_in_npu has no effect" in out
    assert "E load_rknn(): The file is pre-compiled" in out


def test_a_quantized_tflite_model_is_built_without_quantization(work: Path) -> None:
    (work / "net.tflite").write_bytes(quantized_classifier())
    rknn = RKNN()
    rknn.config(target_platform=["rv1126"])
    assert rknn.load_tflite(model="net.tflite") == 0
    assert rknn.build(do_quantization=False) == 0
    assert rknn.init_runtime() == 0

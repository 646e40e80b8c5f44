"""The toolkit's calls with a target: through the vendor's toolkit, here its double."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz.rknn_api import RKNN
from tests import toolkit_double

IMAGE = np.full((16, 16, 3), 7, np.uint8)


@pytest.fixture
def built(work: Path, monkeypatch: pytest.MonkeyPatch) -> RKNN:
    toolkit_double.install(work, monkeypatch)
    rknn = RKNN()
    assert rknn.config(mean_values=[[0, 0, 0]], std_values=[[255, 255, 255]],
                       target_platform=["rv1126"]) == 0  # fmt: skip
    assert rknn.load_onnx("net.onnx") == 0
    assert rknn.build(dataset="dataset.txt") == 0
    return rknn


def test_inference_and_times_are_those_of_the_board(
    built: RKNN, capsys: pytest.CaptureFixture[str]
) -> None:
    assert built.init_runtime(target="rv1126", device_id="1126board") == 0
    (output,) = built.inference([IMAGE])
    assert np.array_equal(output, IMAGE * 2.0)
    times = built.eval_perf()
    assert times["total_time"] == 5438.98
    assert times["layers"][0] == {"name": "stem", "operation": "CONVOLUTION", "time": 361.0}
    assert "Total Time(us): 5439" in capsys.readouterr().out
    assert built.init_runtime() == 0  # the emulator again
    assert len(built.inference([IMAGE])) == 2


def test_accuracy_analysis_writes_what_the_board_says(built: RKNN, work: Path) -> None:
    assert built.accuracy_analysis("one.txt", "out", target="rv1126", device_id="7") == 0
    assert (work / "out" / "individual_qnt_error_analysis_on_npu.txt").exists()
    asked = (work / "out" / "asked.txt").read_text(encoding="utf-8").split()
    assert asked == ["rv1126", "7", str(work / "pictures" / "picture0.png")]
    assert built.list_devices() == (["1126board", "ntb7"], [])


def test_a_failing_toolkit_is_a_line_and_minus_one(
    built: RKNN, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOUBLE_FAILS", "1")
    assert built.init_runtime(target="rv1126") == -1
    assert built.inference([IMAGE]) is None
    assert built.init_runtime(target=3) == -1

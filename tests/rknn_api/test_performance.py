"""eval_perf and eval_memory: the toolkit's layout, the figures marked as an estimate."""

from pathlib import Path

import pytest

from rkviz.emulate.cost import layer_costs, total_cost
from rkviz.graph import open_model
from rkviz.rknn_api import RKNN
from rkviz.rknn_api.building import project_of, quantized
from rkviz.rknn_api.loading import Network
from rkviz.rknn_api.options import Options
from rkviz.target import COST_TARGETS
from tests import models


def ready(platform: str = "rv1126", **runtime: object) -> RKNN:
    rknn = RKNN()
    rknn.config(target_platform=[platform])
    rknn.load_onnx("net.onnx")
    rknn.build()
    assert rknn.init_runtime(**runtime) == 0
    return rknn


def costs(work: Path, platform: str) -> tuple[float, list[float]]:
    network = Network(open_model(work / "net.onnx"), work / "net.onnx")
    project = project_of(network, Options(platform="rv1126"), "dataset.txt")
    plan, target = quantized(network, project).plan, COST_TARGETS[platform]
    layers = [cost.milliseconds * 1000 for cost in layer_costs(plan, target).values()]
    return total_cost(plan, target).milliseconds * 1000, layers


def test_the_average_as_the_toolkit_prints_it(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ready().eval_perf(loop_cnt=10)
    total, layers = costs(work, "rv1126")
    assert found["total_time"] == pytest.approx(total)
    assert [row["time"] for row in found["layers"].values()] == pytest.approx(layers)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == lines[-1] == "=" * 72
    assert lines[1] == f"    Average inference Time(us): {total:.2f}"
    assert lines[2] == f"    FPS: {1e6 / total:.2f}"
    assert lines[3] == "    (rv1126: estimate, ±12 %, not measured)"


def test_every_layer_with_perf_debug(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ready(perf_debug=True).eval_perf(export_perf_statistics=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[4].split() == ["Layer", "ID", "Name", "Operator", "Uid", "Time(us)"]
    assert lines[6].split()[:4] == ["1", "stem", "CONVOLUTION", "1"]
    assert any(line.startswith("Total Time(us): ") for line in lines)
    start = next(n for n, line in enumerate(lines) if "Operator time-consuming" in line)
    ratios = [float(line.split()[-1]) for line in lines[start + 2 :]]
    assert ratios == sorted(ratios, reverse=True)
    assert sum(ratios) == pytest.approx(100, abs=0.1)


def test_a_long_name_goes_on_in_the_next_row(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = models.Builder("long")
    b.output(b.conv(b.input(), "x" * 100, 3, 4))
    models.save(b.model(), work / "net.onnx")
    ready(perf_debug=True).eval_perf()
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "xxx" in line]
    assert [len(row) for row in rows] == [5, 1, 1]
    assert rows[0][1] + rows[1][0] + rows[2][0] == "x" * 100


@pytest.mark.parametrize("platform", ["rv1109", "rk1808"])
def test_the_figures_are_those_of_the_platform(work: Path, platform: str) -> None:
    total, _ = costs(work, platform)
    assert ready(platform).eval_perf(is_print=False)["total_time"] == pytest.approx(total)


def test_memory(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = ready().eval_memory()
    assert set(found) == {"system_memory", "npu_memory", "total_memory"}
    assert found["npu_memory"]["maximum_allocation"] > 0
    out = capsys.readouterr().out
    assert "Memory Profile Info Dump" in out
    assert "estimate" in out
    assert ready().eval_memory(is_print=False) == found
    assert capsys.readouterr().out == ""


def test_what_needs_no_model() -> None:
    rknn = RKNN()
    chips = rknn.list_support_target_platform()
    assert chips == {
        "filled_target_platform": [],
        "support_target_platform": ["RV1126", "RV1109"],
    }
    assert rknn.list_devices() == ([], [])
    assert "1.7.5" in rknn.get_sdk_version()
    assert rknn.eval_perf() is None
    assert rknn.eval_memory() is None
    assert rknn.release() == rknn.release() == 0

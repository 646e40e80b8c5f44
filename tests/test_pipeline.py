"""The pipeline: what is stale runs, what is not stays; every failure is one sentence."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from rkviz import exchange, pipeline
from rkviz.errors import ConfigError, DatasetError, ModelError
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.range_method import NORMAL, RangeMethod
from rkviz.results import Results
from rkviz.target import Engine
from tests import models
from tests.pictures import save_pictures


@pytest.fixture
def project(tmp_path: Path) -> Project:
    model = models.save(models.residual(), tmp_path / "net.onnx")
    return Project(model, (save_pictures(tmp_path / "pictures", 3),), analysis_images=1)


def test_what_changes_makes_its_step_stale_and_no_earlier_one(project: Project) -> None:
    results = pipeline.run(project)
    assert pipeline.stale(project, results) is None
    config = HybridConfig(default=QuantScheme.I8)
    assert pipeline.stale(replace(project, analysis_images=2), results) == "analyse"
    assert pipeline.stale(replace(project, config=config), results) == "quantize"
    assert pipeline.stale(replace(project, calibration_images=1), results) == "calibrate"
    assert pipeline.stale(replace(project, dataset=()), results) == "dataset"
    assert pipeline.stale(replace(project, input_shapes={"x": (1,)}), results) == "open"


def test_a_method_that_needs_histograms_asks_for_them_once(project: Project) -> None:
    results = pipeline.run(project)
    kl, mmse, percentile = (
        replace(project, config=HybridConfig(range_method=RangeMethod.parse(text)))
        for text in ("kl_divergence", "mmse", "percentile:99.9")
    )
    assert pipeline.stale(kl, results) == "calibrate"
    gathered = pipeline.run(kl, results)
    assert gathered.stats.histograms.keys() == results.stats.tensors.keys()
    for other in (mmse, percentile, project):
        assert pipeline.stale(other, gathered) == "quantize"
        assert pipeline.run(other, gathered).stats is gathered.stats


def test_histograms_on_demand_leave_the_results_as_they_are(project: Project) -> None:
    results = pipeline.run(project)
    shown = pipeline.with_histograms(project, results)
    assert shown.stats.has_histograms
    assert shown.report is results.report
    assert pipeline.stale(project, shown) is None
    assert pipeline.with_histograms(project, shown).stats is shown.stats
    averaged = HybridConfig(range_method=RangeMethod.parse("moving_average"))
    assert pipeline.stale(replace(project, config=averaged), results) == "quantize"


@pytest.mark.parametrize("default", [QuantScheme.U8, QuantScheme.I8, QuantScheme.I16])
@pytest.mark.parametrize("method", ["moving_average", "percentile", "kl_divergence", "mmse"])
def test_every_method_runs_to_the_report(
    project: Project, method: str, default: QuantScheme
) -> None:
    chosen = RangeMethod.parse(method)
    weights = chosen if chosen.needs_histogram else NORMAL
    config = HybridConfig(default, range_method=chosen, weights_method=weights)
    results = pipeline.run(replace(project, config=config))
    for output in results.report.outputs:
        assert results.report.sums(output, "accumulated").snr_db > 5


def test_a_picture_changed_in_place_is_noticed(project: Project) -> None:
    results = pipeline.run(project)
    picture = project.dataset[0] / "picture1.png"
    later = picture.stat().st_mtime_ns + 1_000_000_000
    os.utime(picture, ns=(later, later))
    assert pipeline.stale(project, results) == "dataset"


def test_a_run_up_to_a_step_stops_there(project: Project) -> None:
    results = pipeline.run(project, until="calibrate")
    assert results.stats is not None
    assert results.plan is None
    assert pipeline.stale(project, results) == "quantize"


def test_a_failed_step_leaves_the_results_before_it(project: Project) -> None:
    results = pipeline.run(project)
    broken = replace(project, config=project.config.with_scheme(["nobody"], QuantScheme.I16))
    with pytest.raises(ConfigError, match="not in the network"):
        pipeline.run(broken, results)
    assert pipeline.stale(project, results) is None


@pytest.mark.parametrize("default", list(QuantScheme))
@pytest.mark.parametrize("name", sorted(models.ALL))
def test_every_tiny_network_runs_in_every_type(
    tmp_path: Path, name: str, default: QuantScheme
) -> None:
    model = models.save(models.ALL[name](), tmp_path / "net.onnx")
    pictures = save_pictures(tmp_path / "pictures", 2)
    if name == "two_inputs":
        line = f"{pictures / 'picture0.png'} {pictures / 'picture1.png'}\n"
        pictures = tmp_path / "dataset.txt"
        pictures.write_text(line)
    config = HybridConfig(default=default)
    results = pipeline.run(Project(model, (pictures,), config=config))
    floor = {QuantScheme.U8: 15, QuantScheme.I8: 5, QuantScheme.I16: 50, QuantScheme.FLOAT: 50}
    for output in results.report.outputs:
        assert results.report.sums(output, "accumulated").snr_db > floor[default]


def test_an_operator_nobody_knows_is_shown_and_the_rest_runs(tmp_path: Path) -> None:
    model = models.save(models.with_unknown_op(), tmp_path / "net.onnx")
    results = pipeline.run(Project(model, (save_pictures(tmp_path / "pictures", 1),)))
    assert set(results.plan.skipped) == {"mystery", "conv2"}
    assert {"conv1", "conv3"} <= set(results.report.layers)
    assert any("Mystery" in note for note in results.report.notes)


def test_an_operator_the_npu_lacks_runs_on_the_cpu(tmp_path: Path) -> None:
    b = models.Builder("erf_net")
    x = b.conv(b.input(), "conv", 3, 4)
    b.output(b.conv(b.node("Erf", [x], "erf"), "last", 4, 4))
    model = models.save(b.model(), tmp_path / "net.onnx")
    results = pipeline.run(Project(model, (save_pictures(tmp_path / "pictures", 1),)))
    assert results.plan.step_of["erf"].engine is Engine.CPU
    assert results.report.sums("erf", "own").cosine > 0.99
    assert any("'Erf'" in note for note in results.report.notes)


def test_nothing_is_exported_before_it_exists(project: Project, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run it first"):
        exchange.export_cfg(project, Results(), tmp_path / "a.cfg")
    with pytest.raises(ConfigError, match="run it first"):
        exchange.export_report(project, Results(), tmp_path / "a.html")


def test_what_is_missing_is_told(project: Project, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx"):
        pipeline.run(replace(project, model=tmp_path / "gone.onnx"))
    with pytest.raises(ConfigError, match="add a folder"):
        pipeline.run(replace(project, dataset=()))
    with pytest.raises(DatasetError, match="nothing here"):
        pipeline.run(replace(project, dataset=(tmp_path / "nothing here",)))

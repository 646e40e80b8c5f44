"""Judging pictures never calibrate; repairs are measured on them, turned on, undone."""

from dataclasses import replace
from pathlib import Path

import pytest

from rkviz import pipeline
from rkviz.errors import ConfigError, DatasetError
from rkviz.judging import judging_set, measure_repairs, trials_source
from rkviz.numerics import QuantScheme
from rkviz.project import Project, load_project, save_project
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.range_method import RangeMethod
from rkviz.repair.choice import NO_REPAIRS, parse_repairs
from tests import models
from tests.pictures import save_pictures

EVERYTHING = parse_repairs("equalize,round,sequential")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    model = models.save(models.imbalanced_net(), tmp_path / "net.onnx")
    pictures = save_pictures(tmp_path / "pictures", 8)
    return Project(model, (pictures,), calibration_images=5, analysis_images=1)


def test_what_calibration_leaves_over_judges(project: Project) -> None:
    results = pipeline.run(project, until="calibrate")
    judging = judging_set(project, results)
    assert judging.names == ("picture5.png", "picture6.png", "picture7.png")
    assert judging.samples.count == len(list(judging.samples.open())) == 3
    few = judging_set(replace(project, judging_images=2), results)
    assert few.names == judging.names[:2]


def test_a_picture_that_calibrates_never_judges(project: Project, tmp_path: Path) -> None:
    results = pipeline.run(project, until="calibrate")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "pictures")
    judging = judging_set(replace(project, judging=(link,)), results)
    assert judging.names == ("picture5.png", "picture6.png", "picture7.png")
    assert judging.note.startswith("5 judging picture(s) also calibrate")
    trials = measure_repairs(replace(project, judging=(link,)), results, [EVERYTHING])
    assert trials.note == judging.note
    with pytest.raises(ConfigError, match="All judging pictures are also used to calibrate"):
        judging_set(replace(project, judging=(link / "picture1.png",)), results)
    with pytest.raises(DatasetError):
        judging_set(replace(project, judging=(tmp_path / "nowhere",)), results)


def test_when_all_pictures_calibrate_none_is_left(project: Project) -> None:
    every = replace(project, calibration_images=0)
    results = pipeline.run(every, until="calibrate")
    with pytest.raises(ConfigError, match="calibrate and none is left"):
        measure_repairs(every, results)


def test_measuring_tells_what_to_turn_on(project: Project) -> None:
    results = pipeline.run(project, until="calibrate")
    trials = measure_repairs(project, results)
    assert len(trials.rows) == 12
    assert trials.gain_db(trials.best) > 3
    assert (trials.calibrated, trials.judged) == (5, 3)
    assert "Only 3 picture(s)" in trials.warning
    assert trials.source == trials_source(project)
    chosen = replace(project, repairs=trials.best.repairs)
    assert trials.source == trials_source(chosen)
    assert trials.source != trials_source(replace(project, calibration_images=4))


def test_repairs_are_a_step_of_the_work(project: Project) -> None:
    plain = pipeline.run(project)
    chosen = replace(project, repairs=EVERYTHING)
    assert pipeline.stale(chosen, plain) == "repair"
    results = pipeline.run(chosen, plain)
    assert results.stats is plain.stats
    assert results.repaired is not None
    assert results.plan.graph is results.repaired.graph
    output = results.report.outputs[0]
    gain = [made.report.sums(output, "accumulated").snr_db for made in (plain, results)]
    assert gain[1] > gain[0] + 3

    undone = pipeline.run(project, results)
    assert undone.repaired is None
    assert undone.plan.digest == plain.plan.digest
    assert undone.report.layers == plain.report.layers


def test_single_layers_redo_no_repair(project: Project) -> None:
    chosen = replace(project, repairs=EVERYTHING)
    results = pipeline.run(chosen)
    one = HybridConfig().with_scheme(["one_pw", "one_pw_relu6"], QuantScheme.I16)
    edited = replace(chosen, config=one)
    assert pipeline.stale(edited, results) == "quantize"
    assert pipeline.run(edited, results).repaired is results.repaired
    fixed = replace(chosen, config=HybridConfig(QuantScheme.I8))
    assert pipeline.stale(fixed, results) == "repair"
    assert pipeline.stale(replace(chosen, judging_images=1), results) is None


def test_ranges_that_need_histograms_get_those_of_the_repaired_network(project: Project) -> None:
    config = HybridConfig(range_method=RangeMethod.parse("mmse"))
    chosen = replace(project, repairs=parse_repairs("equalize,bias"), config=config)
    results = pipeline.run(chosen)
    assert results.repaired.stats.has_histograms
    assert pipeline.stale(chosen, results) is None
    shown = pipeline.with_histograms(project, pipeline.run(replace(chosen, config=HybridConfig())))
    assert shown.stats.has_histograms


def test_projects_remember_repairs_and_judging(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "kept.rkviz"
    kept = replace(project, repairs=EVERYTHING, judging=(tmp_path / "pictures",), judging_images=9)
    save_project(kept, path)
    assert load_project(path) == kept
    save_project(project, path)
    assert load_project(path).repairs == NO_REPAIRS

"""A project's effects, remedies and best plan: from the model's file to the files written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rkviz import cli, exchange, pipeline
from rkviz.analyse.head_rules import boxes_with_scores
from rkviz.analyse.remedies import CutConcat, LeaveOutOutliers, SetScheme
from rkviz.errors import ConfigError
from rkviz.judging import measure_repairs
from rkviz.numerics import QuantScheme
from rkviz.plan_search import SearchRequest, effects_of, search_plan, try_remedies
from rkviz.project import Project
from rkviz.repair.choice import parse_repairs
from rkviz.results import Results
from rkviz.search.points import Goal
from tests import models
from tests.pictures import save_pictures


@pytest.fixture
def project(tmp_path: Path) -> Project:
    models.save(models.boxes_with_scores(), tmp_path / "detector.onnx")
    save_pictures(tmp_path / "pictures", 6)
    settings = {"": replace(Project(tmp_path).settings_for(""), std_values=(255.0,))}
    return Project(
        tmp_path / "detector.onnx",
        (tmp_path / "pictures",),
        inputs=settings,
        calibration_images=3,
        judging_images=2,
    )


def quantized(project: Project) -> Results:
    return pipeline.run(project, until="quantize")


def test_remedies_are_measured_part_by_part(project: Project) -> None:
    results = quantized(project)
    assert results.graph is not None
    (finding,) = boxes_with_scores(results.graph)
    tried = try_remedies(project, results, (*finding.remedies, LeaveOutOutliers("stem")))
    assert [type(one.remedy) for one in tried] == [
        type(None), CutConcat, SetScheme, SetScheme, LeaveOutOutliers,
    ]  # fmt: skip
    before, cut, in_float = tried[:3]
    assert before.worst is not None
    assert (before.worst.name, before.worst.is_dead) == ("scores", True)
    for mended in (cut, in_float):
        assert mended.worst is not None
        assert mended.worst.sums().cosine > 0.99
    assert cut.time_ms <= before.time_ms < in_float.time_ms


def test_the_cut_model_opens_with_outputs_of_its_own(project: Project) -> None:
    results = quantized(project)
    assert results.graph is not None
    (finding,) = boxes_with_scores(results.graph)
    (remedy,) = [one for one in finding.remedies if isinstance(one, CutConcat)]
    path = project.model.with_name("cut.onnx")
    facts = exchange.export_cut(project, results, remedy, path)
    assert facts["outputs"] == ["boxes_out", "scores_out"]
    left = pipeline.run(replace(project, model=path))
    assert left.graph is not None
    assert left.report is not None
    assert left.graph.outputs == ("boxes_out", "scores_out")
    assert not boxes_with_scores(left.graph)
    assert left.report.sums("scores", "accumulated").cosine > 0.99


def test_the_command_line_cuts_without_any_picture(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    model, path = str(project.model), project.model.with_name("cut.onnx")
    assert cli.main(["export-cut", model, "-o", str(path)]) == 0
    assert "boxes_out" in capsys.readouterr().out
    assert cli.main(["export-cut", str(path), "-o", str(path.with_name("b.onnx"))]) == 1
    assert "name the one to cut at with --at" in capsys.readouterr().err
    assert cli.main(["export-cut", model, "--at", "join", "-o", str(path)]) == 1
    assert "did you mean 'joined'" in capsys.readouterr().err


@pytest.mark.parametrize("repairs", ["none", "equalize,bias"])
def test_the_best_plan_mends_the_scores(project: Project, repairs: str) -> None:
    project = replace(project, repairs=parse_repairs(repairs))
    request = SearchRequest(Goal(min_quality=0.99), "worst-slice")
    found = search_plan(project, quantized(project), request)
    assert found.reached
    assert found.best is not None
    done = pipeline.run(replace(project, config=found.best.config))
    assert done.report is not None
    worst = done.report.worst_slice("flat")
    assert worst is not None
    assert not worst.is_dead


def test_effects_need_no_search(project: Project) -> None:
    effects = effects_of(project, quantized(project), images=2)
    assert effects.images == 2
    assert effects.effect_db("stem", QuantScheme.U8) < effects.effect_db("stem", QuantScheme.I16)


def test_outputs_behind_an_unknown_operator_are_left_out(project: Project) -> None:
    models.save(models.with_unknown_op(), project.model)
    found = search_plan(project, quantized(project), SearchRequest(Goal()))
    assert found.start is not None
    assert found.start.measured is not None
    tried = try_remedies(project, quantized(project), [LeaveOutOutliers("conv1")])
    assert all(len(one.parts) == 1 for one in tried)


def logarithm(b: models.Builder) -> str:
    return b.node("Log", [b.conv(b.input(), "conv", 3, 8)], "log")


@pytest.mark.filterwarnings("ignore:.*invalid value:RuntimeWarning")
def test_outputs_of_nan_are_told_and_not_searched(project: Project) -> None:
    b = models.Builder("nan")
    b.output(logarithm(b))
    models.save(b.model(), project.model)
    results = quantized(project)
    with pytest.raises(ConfigError, match="float outputs hold NaN or infinity"):
        search_plan(project, results, SearchRequest(Goal()))
    trials = measure_repairs(project, results)
    assert not trials.best.repairs.any
    assert "nothing can be compared" in trials.warning


@pytest.mark.filterwarnings("ignore:.*invalid value:RuntimeWarning")
def test_nan_inside_that_reaches_no_output_does_not_end_a_search(project: Project) -> None:
    b = models.Builder("nan inside")
    bounds = [b.constant(name, np.array(v, np.float32)) for name, v in (("low", 0), ("high", 1))]
    whole = b.node("Clip", [logarithm(b), *bounds], "clip")
    b.output(b.conv(b.node("Where", [b.node("IsNaN", [whole], "is"), bounds[0], whole], "where"),
                    "last", 8, 4, kernel=1))  # fmt: skip
    models.save(b.model(), project.model)
    found = search_plan(project, quantized(project), SearchRequest(Goal(min_quality=300)))
    assert found.complete
    assert found.best is not None


def test_a_network_of_indices_has_nothing_to_judge(project: Project) -> None:
    b = models.Builder("indices")
    x = b.conv(b.input(), "conv", 3, 8)
    b.output(b.node("ArgMax", [x], "best", axis=1), elem_type=models.TensorProto.INT64)
    models.save(b.model(), project.model)
    results = quantized(project)
    for judged in (
        lambda: measure_repairs(project, results),
        lambda: search_plan(project, results, SearchRequest(Goal())),
    ):
        with pytest.raises(ConfigError, match="no output of real numbers"):
            judged()

"""A run's entry in the history says what the report and the cost say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rkviz import pipeline
from rkviz.emulate.cost import total_cost
from rkviz.errors import ConfigError
from rkviz.history import basis_key, run_of
from rkviz.numerics import QuantScheme
from rkviz.project import Project, load_project, save_project
from rkviz.results import Results
from rkviz.target import target_named
from tests import models
from tests.pictures import save_pictures


@pytest.fixture(scope="module")
def analysed(tmp_path_factory) -> tuple[Project, Results]:
    folder = tmp_path_factory.mktemp("run")
    model = models.save(models.residual(), folder / "net.onnx")
    project = Project(model, (save_pictures(folder / "pictures", count=2),), analysis_images=2)
    return project, pipeline.run(project)


def test_a_run_has_the_numbers_of_its_report(analysed):
    project, results = analysed
    made = run_of(project, results, "2026-01-31T12:00:00")
    report, plan = results.report, results.plan
    assert made.plan == project.plan
    assert made.images == 2
    assert [output.layer for output in made.outputs] == list(report.outputs)
    sums = report.sums(report.outputs[0], "accumulated")
    assert (made.outputs[0].snr_db, made.outputs[0].cosine) == (sums.snr_db, sums.cosine)
    assert made.milliseconds == total_cost(plan, target_named("rv1126")).milliseconds


def test_a_run_survives_the_project_file(analysed, tmp_path):
    project, results = analysed
    made = run_of(project, results, "2026-01-31T12:00:00")
    odd = replace(made, outputs=tuple(replace(o, snr_db=float("inf")) for o in made.outputs))
    save_project(replace(project, history=(made, odd)), tmp_path / "p.rkviz")
    read = load_project(tmp_path / "p.rkviz").history
    assert [run.snr_db for run in read] == [made.snr_db, float("inf")]
    assert read[0].key == made.key


def test_the_basis_tells_other_pictures_from_another_plan(analysed):
    project, _ = analysed
    in_i16 = project.config.with_scheme(["conv"], QuantScheme.I16)
    assert basis_key(replace(project, config=in_i16)) == basis_key(project)
    assert basis_key(replace(project, analysis_images=1)) != basis_key(project)
    assert basis_key(replace(project, target="rv1109")) != basis_key(project)


def test_nothing_is_recorded_before_a_run(analysed):
    with pytest.raises(ConfigError, match="run it first"):
        run_of(analysed[0], Results(), "")

"""Compiled and reference are the same function: every tensor of every network, every type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled import conv
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import MAKERS, Programs
from rkviz.emulate.executor import run_plan
from rkviz.emulate.reference import KERNELS
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.target import target_named
from tests import models
from tests.models import feeds_for, save
from tests.npu_vectors import Vector, vectors

BOUND_BY_REFERENCE = {"Softmax", "Resize"}


def graph_of(name: str, folder: Path) -> Graph:
    return open_model(save(models.ALL[name](), folder / "model.onnx"))


def plan_of(graph: Graph, config: HybridConfig) -> tuple[QuantPlan, dict[str, np.ndarray]]:
    """The plan calibrated on one picture, and another picture twice as bright."""
    shapes = {name: graph.shape(name) for name in graph.inputs}
    stats = calibrate(graph, [feeds_for(shapes)], FloatPieces(graph).run, "test")
    plan = build_plan(graph, stats, config, target_named("rv1126"))
    return plan, feeds_for(shapes, seed=1, scale=2.0)


def assert_same(plan: QuantPlan, feeds: dict[str, np.ndarray]) -> Programs:
    programs = Programs()
    compiled, reference = programs.run_plan(plan, feeds), run_plan(plan, feeds)
    assert list(compiled) == list(reference)
    for tensor, codes in reference.items():
        assert compiled[tensor].dtype == codes.dtype, tensor
        np.testing.assert_array_equal(compiled[tensor], codes, err_msg=tensor)
    return programs


@pytest.mark.parametrize("scheme", QuantScheme, ids=lambda scheme: scheme.short)
@pytest.mark.parametrize("name", models.ALL)
def test_every_network_in_every_type(name: str, scheme: QuantScheme, tmp_path: Path) -> None:
    plan, feeds = plan_of(graph_of(name, tmp_path), HybridConfig(scheme))
    programs = assert_same(plan, feeds)
    if scheme.bits == 8:
        slow = {step.op for step in plan.steps if not programs.has_program(plan, step)}
        assert slow <= BOUND_BY_REFERENCE | {"GlobalAveragePool"}


@pytest.mark.parametrize("scheme", [QuantScheme.U8, QuantScheme.I8, QuantScheme.I16])
@pytest.mark.parametrize("name", models.ALL)
def test_every_network_where_mixed_signs_saturate(
    name: str, scheme: QuantScheme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conv, "mixed_signs_are_exact", lambda: False)
    assert_same(*plan_of(graph_of(name, tmp_path), HybridConfig(scheme)))


@pytest.mark.parametrize("name", models.ALL)
def test_networks_of_mixed_types(name: str, tmp_path: Path) -> None:
    graph = graph_of(name, tmp_path)
    for turn, (one, other) in enumerate(
        [(QuantScheme.U8, QuantScheme.I16), (QuantScheme.I8, QuantScheme.FLOAT)]
    ):
        config = HybridConfig(one).with_scheme(graph.heads[turn::2], other)
        assert_same(*plan_of(graph, config))


@pytest.mark.parametrize(
    "vector",
    [v for v in vectors() if not v.op.startswith("resize")],
    ids=lambda vector: f"{vector.file}-{vector.id}",
)
def test_measured_vectors(vector: Vector) -> None:
    """Every program gives what was measured on the core."""
    np.testing.assert_array_equal(vector.computed(compiled=True), vector.expected.codes)


def test_a_program_is_built_once_for_steps_that_are_alike(tmp_path: Path) -> None:
    graph = graph_of("chain", tmp_path)
    plan, feeds = plan_of(graph, HybridConfig())
    edited, _ = plan_of(graph, HybridConfig().with_scheme(["conv3"], QuantScheme.I16))
    programs = Programs()
    programs.run_plan(plan, feeds)
    before = len(programs)
    programs.run_plan(edited, feeds)
    # the last convolution, and the converter in front of it
    assert len(programs) == before + 2


def test_pictures_with_holes_give_what_the_reference_gives(tmp_path: Path) -> None:
    plan, feeds = plan_of(graph_of("conv_relu", tmp_path), HybridConfig())
    feeds["images"][0, 0, 3:5, 3:5] = np.nan
    feeds["images"][0, 1, 3, 3] = np.inf
    assert_same(plan, feeds)


def test_there_are_programs_only_for_what_the_reference_defines() -> None:
    assert set(MAKERS) <= set(KERNELS)

"""Every operator the NPU has, from its ONNX file to both errors, in every type."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from rkviz.analyse.analysis import analyse
from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import run_plan
from rkviz.emulate.reference import KERNELS
from rkviz.graph import Graph, open_model
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan, Reason
from rkviz.target import Engine, target_named
from tests import models
from tests.operators import CASES, TAIL, Case

LEAST_SNR_DB = {
    QuantScheme.U8: 32.0, QuantScheme.I8: 28.0, QuantScheme.I16: 62.0, QuantScheme.FLOAT: 60.0,
}  # fmt: skip
"""What a network of two layers keeps in each type; wrong arithmetic leaves less than 20 dB."""
OWN_STEPS = {"Input", "Convert"}


def opened(case: Case, folder: Path) -> Graph:
    return open_model(models.save(case.model(), folder / "model.onnx"))


def planned(case: Case, graph: Graph, config: HybridConfig) -> QuantPlan:
    stats = calibrate(graph, case.feeds(), FloatPieces(graph).run, case.id)
    return build_plan(graph, stats, config, target_named("rv1126"))


def snr_db(case: Case, plan: QuantPlan) -> float:
    report = analyse(plan, case.feeds(), ["one", "two"], case.id)
    return report.sums(TAIL, "accumulated").snr_db


def assert_compiled_as_defined(plan: QuantPlan, feeds: dict[str, np.ndarray]) -> None:
    """The compiled programs give the integers of the reference."""
    compiled, defined = Programs().run_plan(plan, feeds), run_plan(plan, feeds)
    assert compiled.keys() == defined.keys()
    for name, codes in defined.items():
        assert compiled[name].dtype == codes.dtype
        np.testing.assert_array_equal(compiled[name], codes, err_msg=name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_operator_runs_in_every_type(case: Case, tmp_path: Path) -> None:
    graph = opened(case, tmp_path)
    layers = [node.name for node in graph.nodes if node.op == case.op]
    assert layers
    for scheme in QuantScheme:
        plan = planned(case, graph, HybridConfig(scheme))
        assert_compiled_as_defined(plan, case.feeds()[0])
        assert Engine.CPU not in {step.engine for step in plan.steps}
        assert snr_db(case, plan) > LEAST_SNR_DB[scheme]
    for default, other in (
        (QuantScheme.U8, QuantScheme.I16),
        (QuantScheme.I16, QuantScheme.FLOAT),
        (QuantScheme.FLOAT, QuantScheme.U8),
    ):
        plan = planned(case, graph, HybridConfig(default).with_scheme(layers, other))
        assert_compiled_as_defined(plan, case.feeds()[0])
        least = min(LEAST_SNR_DB[default], LEAST_SNR_DB[other])
        assert snr_db(case, plan) > least
        assert {"Convert"} <= {step.op for step in plan.steps}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_explicit_parameters_are_used_as_they_are(case: Case, tmp_path: Path) -> None:
    graph = opened(case, tmp_path)
    for given in (QuantParams.affine(0.0371, 91), QuantParams.fixed_point(QuantScheme.I16, 9)):
        for node in graph.nodes:
            config = HybridConfig(given.scheme).with_override(node.name, LayerConfig(params=given))
            plan = planned(case, graph, config)
            tensors = [plan.tensors[name] for name in plan.step_of[node.name].outputs]
            assert [tensor.params for tensor in tensors] == [given] * len(tensors)
            assert {tensor.reason for tensor in tensors} == {Reason.EXPLICIT_PARAMS}
            codes = run_plan(plan, case.feeds()[0])
            assert all(codes[t.name].dtype == given.scheme.dtype for t in tensors)


@pytest.mark.parametrize("build", models.ALL.values(), ids=models.ALL.keys())
def test_explicit_parameters_reach_every_layer_of_a_network(
    build: Callable[[], ModelProto], tmp_path: Path
) -> None:
    """Whatever a layer is joined with: a relu in the same operation, a concat, a sigmoid."""
    graph = open_model(models.save(build(), tmp_path / "model.onnx"))
    feeds = models.feeds_for({name: graph.shape(name) for name in graph.inputs})
    stats = calibrate(graph, [feeds], FloatPieces(graph).run, "test")
    given = QuantParams.affine(0.0371, 91)
    for node in graph.nodes:
        config = HybridConfig().with_override(node.name, LayerConfig(params=given))
        plan = build_plan(graph, stats, config, target_named("rv1126"))
        tensor = plan.tensor_of(node.name)
        assert tensor is not None
        assert (tensor.params, tensor.low, tensor.high) == (given, given.low, given.high)
        assert tensor.why() == "parameters set by you"


def test_every_kernel_is_met_by_a_network() -> None:
    met = {case.op for case in CASES} | {"Flatten"}
    assert set(KERNELS) - OWN_STEPS <= met


def test_every_operator_of_the_chip_has_its_arithmetic() -> None:
    assert set(target_named("rv1126").engines) - {"Input"} == set(KERNELS)


def test_codes_have_the_shapes_the_network_states(tmp_path: Path) -> None:
    for case in CASES:
        graph = opened(case, tmp_path)
        codes = run_plan(planned(case, graph, HybridConfig()), case.feeds()[0])
        assert {name: codes[name].shape for name in codes if name in graph.values} == {
            name: value.shape for name, value in graph.values.items()
        }
        assert all(isinstance(array, np.ndarray) for array in codes.values())

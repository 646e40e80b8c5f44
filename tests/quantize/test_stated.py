"""Parameters a model file states are used as they are, in front of everything measured."""

from dataclasses import replace

import numpy as np
import pytest

from rkviz.emulate.executor import run_plan
from rkviz.graph.cleanup import drop_no_ops
from rkviz.graph.folding import fold_affine, matmul_to_gemm
from rkviz.graph.model import Graph
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import dequantize
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan, Reason
from rkviz.quantize.stated import layers_to_measure, stats_without_pictures
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

RV1126 = target_named("rv1126")
A, B, C = (QuantParams.affine(scale, zero) for scale, zero in ((0.5, 3), (0.25, 128), (0.125, 0)))
I16 = QuantParams.fixed_point(QuantScheme.I16, 8)


def stated(sketch: Sketch, output: str, **given: QuantParams) -> Graph:
    return replace(sketch.graph(output), given={n.replace("__", "."): p for n, p in given.items()})


def plan_of(graph: Graph, config: HybridConfig | None = None) -> QuantPlan:
    return build_plan(graph, stats_of(graph), config or HybridConfig(), RV1126)


def conv_relu() -> Sketch:
    sketch = Sketch()
    sketch.add("relu", "Relu", sketch.conv("conv", "x"))
    return sketch


def test_stated_parameters_come_before_measured_ones() -> None:
    plan = plan_of(stated(conv_relu(), "relu", x=A))
    assert plan.tensors["x"].params == A
    assert (plan.tensors["x"].low, plan.tensors["x"].high) == (A.low, A.high)
    assert plan.tensors["x"].reason is Reason.GIVEN
    assert plan.tensors["relu"].reason is Reason.MEASURED


def test_what_the_user_sets_comes_before_what_the_file_states() -> None:
    graph = stated(conv_relu(), "relu", x=A)
    config = HybridConfig().with_override("x", LayerConfig(range=(-2.0, 2.0)))
    tensor = plan_of(graph, config).tensors["x"]
    assert (tensor.low, tensor.high, tensor.reason) == (-2.0, 2.0, Reason.EXPLICIT_RANGE)
    assert tensor.params == params_from_range(QuantScheme.U8, -2.0, 2.0)
    config = HybridConfig().with_override("x", LayerConfig(params=B))
    assert plan_of(graph, config).tensors["x"].params == B


@pytest.mark.parametrize(
    ("given", "expected"), [({"conv": A, "relu": B}, B), ({"relu": B}, B), ({"conv": A}, A)]
)
def test_a_fused_relu_has_the_last_stated_ones(given, expected: QuantParams) -> None:
    plan = plan_of(stated(conv_relu(), "relu", **given))
    assert plan.step_of["conv"].activation == "Relu"
    assert plan.tensor_of("conv").params == expected


def test_a_constant_gets_its_own_codes_back() -> None:
    sketch = conv_relu()
    codes = np.arange(16, dtype=np.uint8).reshape(4, 4, 1, 1) * 9
    params = QuantParams.affine(0.013, 77)
    sketch.constants["conv.w"] = dequantize(codes, params)
    plan = plan_of(stated(sketch, "relu", conv__w=params))
    assert np.array_equal(plan.tensors["conv:weight"].codes, codes)
    assert plan.tensors["conv:weight"].reason is Reason.GIVEN


def test_a_concat_does_not_align_what_is_stated() -> None:
    sketch = Sketch()
    sketch.add("left", "LeakyRelu", "x", alpha=0.1)
    sketch.add("right", "LeakyRelu", "x", alpha=0.2)
    sketch.add("both", "Concat", "left", "right", axis=1, shape=(1, 8, 8, 8))
    plan = plan_of(stated(sketch, "both", left=A, right=B, both=C))
    assert [plan.tensors[n].params for n in ("left", "right", "both")] == [A, B, C]
    run_plan(plan, {"x": np.ones((1, 4, 8, 8), np.float32)})


def test_what_the_file_leaves_out_in_front_of_a_concat_takes_the_concats() -> None:
    sketch = Sketch()
    sketch.add("left", "LeakyRelu", "x", alpha=0.1)
    sketch.add("both", "Concat", "left", "x", axis=1, shape=(1, 8, 8, 8))
    plan = plan_of(stated(sketch, "both", x=A, both=C))
    assert plan.tensors["left"].params == C
    assert plan.tensors["left"].reason is Reason.CONCAT
    assert plan.tensors["x"].params == A


def test_a_relu_with_stated_parameters_stays_fused_in_front_of_a_concat() -> None:
    sketch = conv_relu()
    sketch.add("both", "Concat", "relu", "x", axis=1, shape=(1, 8, 8, 8))
    plan = plan_of(stated(sketch, "both", relu=C, both=C))
    assert plan.step_of["conv"].activation == "Relu"


def test_a_sigmoids_stated_input_is_not_clipped() -> None:
    sketch = Sketch()
    sketch.add("sigmoid", "Sigmoid", "x")
    plan = plan_of(stated(sketch, "sigmoid", x=A))
    assert plan.tensors["x"].params == A


def test_a_move_passes_stated_parameters_both_ways() -> None:
    for where in ("x", "moved"):
        sketch = Sketch()
        sketch.add("moved", "Transpose", "x", perm=(0, 1, 3, 2))
        plan = plan_of(stated(sketch, "moved", **{where: A}))
        assert plan.tensors["x"].params == plan.tensors["moved"].params == A


def test_a_move_between_different_stated_parameters_converts() -> None:
    sketch = Sketch()
    sketch.add("moved", "Transpose", "x", perm=(0, 1, 3, 2))
    plan = plan_of(stated(sketch, "moved", x=A, moved=B))
    codes = run_plan(plan, {"x": np.full((1, 4, 8, 8), 4.0, np.float32)})
    assert set(codes["x"].flat) == {11}
    assert set(codes["moved"].flat) == {144}


def test_stated_i16_runs_in_i16_while_the_default_is_u8() -> None:
    graph = stated(conv_relu(), "relu", relu=I16)
    assert plan_of(graph).scheme["conv"] is QuantScheme.I16
    assert plan_of(graph).tensors["relu"].params == I16
    in_i8 = plan_of(graph, HybridConfig(QuantScheme.I8))
    assert in_i8.scheme["conv"] is QuantScheme.I8
    assert in_i8.tensors["relu"].reason is Reason.MEASURED


def test_a_plan_without_pictures() -> None:
    sketch = conv_relu()
    sketch.add("moved", "Transpose", "relu", perm=(0, 1, 3, 2))
    graph = stated(sketch, "moved", x=A, relu=B)
    assert layers_to_measure(graph, graph.values) == ()
    stats = stats_without_pictures(graph, tuple(graph.values), "file")
    plan = build_plan(graph, stats, HybridConfig(), RV1126)
    assert [plan.tensors[n].params for n in ("x", "relu", "moved")] == [A, B, B]
    assert layers_to_measure(stated(sketch, "moved", x=A), graph.values) == (
        "conv", "relu", "moved",
    )  # fmt: skip


def test_passes_keep_what_is_stated() -> None:
    sketch = Sketch((2, 4))
    weight = sketch.constant("w", np.eye(4))
    sketch.add("mul", "MatMul", "x", weight, shape=(2, 4))
    sketch.add("same", "Identity", "mul", shape=(2, 4))
    sketch.add("out", "Abs", "same", shape=(2, 4))
    graph = matmul_to_gemm(drop_no_ops(stated(sketch, "out", same=A, w=B)))
    assert graph.given == {"mul": A, graph.by_name["mul"].inputs[1]: B}


def test_a_conversion_the_file_states_is_not_dropped() -> None:
    sketch = Sketch()
    sketch.add("same", "Identity", "x")
    sketch.add("out", "Abs", "same")
    graph = stated(sketch, "out", x=A, same=B)
    assert drop_no_ops(graph) is graph


def test_nothing_is_folded_across_stated_parameters() -> None:
    sketch = Sketch()
    sketch.conv("conv", "x")
    sketch.add("add", "Add", "conv", sketch.constant("one", np.array(1.0)))
    assert fold_affine(stated(sketch, "add", conv=A)).by_name.keys() == {"x", "conv", "add"}
    folded = fold_affine(stated(sketch, "add", add=A, conv__w=B))
    assert folded.given == {"add": A, folded.by_name["conv"].inputs[1]: B}


def test_what_is_stated_is_part_of_the_identity() -> None:
    sketch = conv_relu()
    assert stated(sketch, "relu", x=A).digest != stated(sketch, "relu", x=B).digest

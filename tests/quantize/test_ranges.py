"""Who sets a tensor's range, who shares it, and why: the rules of the real toolkit."""

import numpy as np
import pytest

from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan, Reason
from rkviz.target import Engine, target_named
from tests.graphs import Sketch, stats_of

RV1126 = target_named("rv1126")


def plan_of(sketch: Sketch, output: str, config: HybridConfig | None = None, **ranges) -> QuantPlan:
    graph = sketch.graph(output)
    return build_plan(graph, stats_of(graph, **ranges), config or HybridConfig(), RV1126)


def test_zero_is_always_in_the_range() -> None:
    plan = plan_of(Sketch(), "x", x=(2.0, 51.0))
    assert plan.tensors["x"].params == QuantParams.affine(np.float32(51) / np.float32(255), 0)


def test_a_convolution_takes_the_range_of_its_relu_and_runs_with_it() -> None:
    sketch = Sketch()
    sketch.add("relu", "Relu", sketch.conv("conv", "x"))
    plan = plan_of(sketch, "relu", conv=(-8.0, 4.0), relu=(0.0, 4.0))
    step = plan.step_of["conv"]
    assert step is plan.step_of["relu"]
    assert step.activation == "Relu"
    assert plan.tensor_of("conv").params == QuantParams.affine(4 / 255, 0)
    assert plan.value_tensor["conv"] == "relu"


def test_a_second_reader_keeps_relu_apart() -> None:
    sketch = Sketch()
    sketch.conv("conv", "x")
    sketch.add("relu", "Relu", "conv")
    sketch.add("sum", "Add", "conv", "relu")
    plan = plan_of(sketch, "sum", conv=(-8.0, 4.0))
    assert plan.step_of["conv"].activation == ""
    assert plan.tensors["conv"].low == -8.0


def test_relu6_disappears_into_0_to_6() -> None:
    sketch = Sketch()
    sketch.add("relu6", "Relu6", sketch.conv("conv", "x"))
    plan = plan_of(sketch, "relu6", relu6=(0.0, 3.5))
    assert plan.tensor_of("conv").params.scale == pytest.approx(6 / 255)
    assert plan.tensor_of("conv").reason is Reason.RELU6


@pytest.mark.parametrize("move", ["MaxPool", "Flatten", "Transpose", "Slice"])
def test_moves_copy_the_parameters_of_what_they_move(move: str) -> None:
    sketch = Sketch()
    sketch.conv("conv", "x")
    window = {"kernel_shape": (3, 3), "strides": (1, 1), "pads": (1, 1, 1, 1)}
    bounds = {"starts": (0,), "ends": (8,), "axes": (2,), "steps": (1,)}
    sketch.add("moved", move, "conv", **window, **bounds)
    plan = plan_of(sketch, "moved", conv=(-2.0, 3.0), moved=(0.5, 2.0))
    assert plan.tensors["moved"].params == plan.tensors["conv"].params
    assert plan.tensors["moved"].reason is Reason.COPIED
    assert plan.tensors["moved"].because_of == "conv"


def test_concat_joins_the_ranges_of_all_its_inputs_through_moves() -> None:
    sketch = Sketch()
    sketch.conv("a", "x")
    sketch.conv("b", "x")
    sketch.add("pool", "MaxPool", "b", kernel_shape=(3, 3), strides=(1, 1), pads=(1, 1, 1, 1))
    sketch.add("cat", "Concat", "a", "pool", shape=(1, 8, 8, 8), axis=1)
    plan = plan_of(sketch, "cat", a=(-1.0, 1.0), b=(-4.0, 320.0), cat=(-4.0, 320.0))
    for name in ("a", "b", "pool", "cat"):
        assert (plan.tensors[name].low, plan.tensors[name].high) == (-4.0, 320.0)
    assert plan.tensors["a"].reason is Reason.CONCAT
    assert plan.tensors["a"].because_of == "cat"
    assert set(plan.tensors["a"].shared_with) == {"b", "pool", "cat"}


def test_a_concat_behind_a_relu_changes_the_range_but_not_the_operation() -> None:
    """Measured on the chip: one operation with the relu's parameters, whatever stands in files."""
    sketch = Sketch()
    sketch.add("relu", "Relu", sketch.conv("conv", "x"))
    sketch.conv("other", "x")
    sketch.add("cat", "Concat", "relu", "other", shape=(1, 8, 8, 8), axis=1)
    plan = plan_of(sketch, "cat", conv=(-8.0, 4.0), relu=(0.0, 4.0), other=(-1, 9), cat=(-1.0, 9.0))
    assert plan.step_of["conv"].layers == ("conv", "relu")
    assert (plan.tensors["relu"].low, plan.tensors["relu"].high) == (-1.0, 9.0)
    assert plan.tensors["relu"].reason is Reason.CONCAT


def test_the_input_of_a_sigmoid_is_clipped_on_the_tensor_that_feeds_it() -> None:
    sketch = Sketch()
    sketch.add("sigmoid", "Sigmoid", sketch.conv("conv", "x"))
    plan = plan_of(sketch, "sigmoid", conv=(-20.0, 9.0), sigmoid=(0.0, 1.0))
    assert plan.tensors["conv"].params == QuantParams.affine(0.04941176623106003, 128)
    assert plan.tensors["conv"].reason is Reason.SIGMOID
    below = plan_of(sketch, "sigmoid", conv=(-20.0, 2.0), sigmoid=(0.0, 1.0)).tensors["conv"]
    assert (below.low, below.high) == (-6.3, 2.0)


def test_a_sigmoid_input_that_others_read_is_left_alone() -> None:
    sketch = Sketch()
    sketch.conv("conv", "x")
    sketch.add("sigmoid", "Sigmoid", "conv")
    sketch.add("mul", "Mul", "conv", "sigmoid")
    plan = plan_of(sketch, "mul", conv=(-20.0, 9.0))
    assert (plan.tensors["conv"].low, plan.tensors["conv"].high) == (-20.0, 9.0)


def test_what_the_user_sets_wins_for_all_that_share() -> None:
    sketch = Sketch()
    sketch.add("relu", "Relu", sketch.conv("conv", "x"))
    sketch.add("pool", "MaxPool", "relu", kernel_shape=(2, 2), strides=(2, 2), pads=(0, 0, 0, 0))
    by_range = HybridConfig().with_override("conv", LayerConfig(range=(0.0, 2.0)))
    plan = plan_of(sketch, "pool", by_range, relu=(0.0, 4.0))
    assert plan.tensors["relu"].high == plan.tensors["pool"].high == 2.0
    assert plan.tensors["relu"].reason is Reason.EXPLICIT_RANGE
    params = QuantParams.affine(0.125, 7)
    by_params = HybridConfig().with_override("relu", LayerConfig(params=params))
    plan = plan_of(sketch, "pool", by_params, relu=(0.0, 4.0))
    assert plan.tensors["relu"].params == plan.tensors["pool"].params == params


def test_an_add_of_convolutions_is_the_nn_engines_and_takes_its_relu_along() -> None:
    sketch = Sketch()
    sketch.add("sum", "Add", sketch.conv("a", "x"), sketch.conv("b", "x"))
    sketch.add("relu", "Relu", "sum")
    plan = plan_of(sketch, "relu", sum=(-3.0, 3.0), relu=(0.0, 3.0))
    assert plan.step_of["sum"].engine is Engine.NN
    assert plan.step_of["sum"].layers == ("sum", "relu")


def test_a_sum_that_broadcasts_is_the_shaders() -> None:
    sketch = Sketch()
    sketch.conv("a", "x")
    gap = sketch.add("gap", "GlobalAveragePool", sketch.conv("b", "x"), shape=(1, 4, 1, 1))
    sketch.add("sum", "Add", "a", gap)
    plan = plan_of(sketch, "sum")
    assert [plan.step_of[name].engine for name in ("a", "gap")] == [Engine.NN, Engine.NN]
    assert plan.step_of["sum"].engine is Engine.SHADER


def test_an_add_with_anything_else_is_the_shaders_and_leaves_relu_alone() -> None:
    sketch = Sketch()
    sketch.add("sum", "Add", sketch.conv("a", "x"), "x")
    sketch.add("relu", "Relu", "sum")
    plan = plan_of(sketch, "relu", sum=(-3.0, 3.0), relu=(0.0, 3.0))
    assert plan.step_of["sum"].engine is Engine.SHADER
    assert plan.step_of["relu"].engine is Engine.TP
    assert plan.tensors["sum"].low == -3.0


@pytest.mark.parametrize(
    ("scheme", "engine"), [(QuantScheme.U8, Engine.NN), (QuantScheme.FLOAT, Engine.SHADER)]
)
def test_fp16_has_no_nn_engine(scheme: QuantScheme, engine: Engine) -> None:
    sketch = Sketch()
    sketch.conv("conv", "x")
    plan = plan_of(sketch, "conv", HybridConfig().with_scheme(["conv"], scheme))
    assert plan.step_of["conv"].engine is engine

"""Parameters the user gives are used as they are, each at its own tensor."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import run_plan
from rkviz.emulate.reference.convert import requantise
from rkviz.errors import ConfigError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan, Reason
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

WINDOW = {"kernel_shape": (2, 2), "strides": (2, 2), "pads": (0, 0, 0, 0)}
ONE, OTHER = QuantParams.affine(0.0125, 100), QuantParams.affine(0.031, 7)


def plan_of(sketch: Sketch, output: str, **layers: LayerConfig) -> QuantPlan:
    graph = sketch.graph(output)
    config = HybridConfig(overrides=layers)
    return build_plan(graph, stats_of(graph), config, target_named("rv1126"))


def explicit(**layers: QuantParams) -> dict[str, LayerConfig]:
    return {name: LayerConfig(params=params) for name, params in layers.items()}


def codes_of(plan: QuantPlan) -> dict[str, np.ndarray]:
    feeds = {"x": np.random.default_rng(0).uniform(-1, 1, (1, 4, 8, 8)).astype(np.float32)}
    codes = run_plan(plan, feeds)
    for name, compiled in Programs().run_plan(plan, feeds).items():
        np.testing.assert_array_equal(compiled, codes[name], strict=True)
    return codes


def test_a_relu_counts_more_than_the_convolution_it_runs_with() -> None:
    """Measured on the chip: one operation, the relu's scale and zero point."""
    sketch = Sketch()
    sketch.add("relu", "Relu", sketch.conv("conv", "x"))
    plan = plan_of(sketch, "relu", **explicit(conv=ONE, relu=OTHER))
    assert plan.step_of["conv"].outputs == ("relu",)
    assert plan.tensors["relu"].params == OTHER
    alone = plan_of(sketch, "relu", **explicit(conv=ONE))
    assert alone.tensors["relu"].params == ONE


def test_a_move_between_two_explicit_tensors_converts() -> None:
    sketch = Sketch()
    sketch.add("pool", "MaxPool", sketch.conv("conv", "x"), shape=(1, 4, 4, 4), **WINDOW)
    sketch.add("turned", "Transpose", "pool", shape=(1, 4, 4, 4), perm=(0, 1, 3, 2))
    plan = plan_of(sketch, "turned", **explicit(conv=ONE, pool=OTHER))
    held = [plan.tensors[name] for name in ("conv", "pool", "turned")]
    assert [tensor.params for tensor in held] == [ONE, OTHER, OTHER]
    assert {tensor.reason for tensor in held} == {Reason.EXPLICIT_PARAMS}
    assert [tensor.shared_with for tensor in held] == [(), ("turned",), ("pool",)]
    codes = codes_of(plan)
    largest = codes["conv"].reshape(1, 4, 4, 2, 4, 2).max(axis=(3, 5))
    np.testing.assert_array_equal(codes["pool"], requantise(largest, ONE, OTHER))


def test_the_output_of_a_concat_may_have_parameters_of_its_own() -> None:
    """As in files of toolkit 1.7.0, where a later concat pushed its range back."""
    sketch = Sketch()
    sketch.conv("a", "x", 1)
    sketch.conv("b", "x", 2)
    sketch.add("cat", "Concat", "a", "b", shape=(1, 8, 8, 8), axis=1)
    plan = plan_of(sketch, "cat", **explicit(a=ONE, b=ONE, cat=OTHER))
    assert [plan.tensors[name].params for name in ("a", "b", "cat")] == [ONE, ONE, OTHER]
    codes = codes_of(plan)
    joined = np.concatenate([codes["a"], codes["b"]], axis=1)
    np.testing.assert_array_equal(codes["cat"], requantise(joined, ONE, OTHER))


def test_parameters_win_over_a_range_in_the_group() -> None:
    sketch = Sketch()
    sketch.add("pool", "MaxPool", sketch.conv("conv", "x"), shape=(1, 4, 4, 4), **WINDOW)
    for params, span in (("conv", "pool"), ("pool", "conv")):
        layers = {params: LayerConfig(params=ONE), span: LayerConfig(range=(-9.0, 9.0))}
        plan = plan_of(sketch, "pool", **layers)
        for tensor in (plan.tensors["conv"], plan.tensors["pool"]):
            assert (tensor.params, tensor.low, tensor.high) == (ONE, ONE.low, ONE.high)


@pytest.mark.parametrize("scheme", [QuantScheme.U8, QuantScheme.I8, QuantScheme.I16])
def test_weights_take_the_parameters_given_for_them(scheme: QuantScheme) -> None:
    sketch = Sketch()
    sketch.conv("conv", "x")
    given = OTHER if scheme is QuantScheme.U8 else QuantParams.fixed_point(scheme, 3)
    plan = plan_of(sketch, "conv", conv=LayerConfig(scheme, weights_params=given))
    weights, bias = plan.tensors["conv:weight"], plan.tensors["conv:bias"]
    assert (weights.params, weights.reason) == (given, Reason.EXPLICIT_PARAMS)
    real = sketch.constants["conv.w"]
    steps = np.rint(real / np.float32(given.scale)) + given.zero_point
    np.testing.assert_array_equal(weights.codes, np.clip(steps, scheme.qmin, scheme.qmax))
    source = plan.tensors[plan.step_of["conv"].inputs[0]].params
    assert bias.params.scale == np.float32(source.scale * given.scale)


@pytest.mark.parametrize("first", [True, False])
def test_what_a_layer_multiplies_by_takes_the_parameters_given_for_it(first: bool) -> None:
    sketch = Sketch()
    k = sketch.constant("k", np.array([[[0.3]], [[-0.2]], [[0.7]], [[1.1]]]))
    sketch.add("mul", "Mul", *((k, "x") if first else ("x", k)))
    plan = plan_of(sketch, "mul", mul=LayerConfig(weights_params=OTHER))
    operand = plan.tensors[f"mul:in{0 if first else 1}"]
    assert (operand.params, operand.reason) == (OTHER, Reason.EXPLICIT_PARAMS)
    steps = np.rint(sketch.constants["k"] / np.float32(OTHER.scale)) + OTHER.zero_point
    np.testing.assert_array_equal(operand.codes, np.clip(steps, 0, 255))


def test_a_method_or_another_type_takes_the_place_of_given_weights() -> None:
    config = HybridConfig(overrides={"conv": LayerConfig(weights_params=ONE)})
    assert config.with_scheme(["conv"], QuantScheme.I16).for_layer("conv").weights_params is None
    assert config.with_weights_method(["conv"], config.weights_method).overrides == {}


def test_weights_no_layer_has_are_refused() -> None:
    sketch = Sketch()
    sketch.add("relu", "Relu", sketch.conv("conv", "x"))
    wide = QuantParams.fixed_point(QuantScheme.I16, 3)
    with pytest.raises(ConfigError) as caught:
        plan_of(
            sketch,
            "relu",
            conv=LayerConfig(weights_params=wide),
            relu=LayerConfig(weights_params=ONE),
        )
    assert [line.split(",")[0] for line in caught.value.details] == [
        "'conv' runs in u8",
        "'relu' has neither constant weights nor one constant operand",
    ]

"""Range methods in a plan: which layer they count for, who shares, what wins, and what is said."""

from dataclasses import replace

import numpy as np
import pytest

from rkviz.calibrate.histogram import observe_histogram
from rkviz.calibrate.stats import CalibrationStats
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan, Reason
from rkviz.quantize.range_method import NORMAL, RangeMethod
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

RV1126 = target_named("rv1126")
HALF = RangeMethod.parse("percentile:98")
"""Cuts the tails that `spread_stats` puts beyond a tenth of each range."""
MMSE = RangeMethod.parse("mmse")
KL = RangeMethod.parse("kl_divergence")


def spread_stats(sketch: Sketch, output: str, **ranges: tuple[float, float]) -> CalibrationStats:
    """Most values within a tenth of the range, a few at its ends."""
    graph = sketch.graph(output)
    plain = stats_of(graph, **ranges)
    histograms = {}
    for name, stats in plain.tensors.items():
        inner = np.random.default_rng(0).beta(4, 4, 10_000) * (stats.high - stats.low) / 10
        inner += stats.low / 10
        histograms[name] = observe_histogram(np.append(inner, [stats.low, stats.high]))
    bounds = {name: np.array([[s.low / 2, s.high / 2]]) for name, s in plain.tensors.items()}
    return replace(plain, histograms=histograms, bounds=bounds)


def plan_of(sketch: Sketch, output: str, config: HybridConfig, **ranges) -> QuantPlan:
    stats = spread_stats(sketch, output, **ranges)
    return build_plan(sketch.graph(output), stats, config, RV1126)


def conv_relu_pool() -> Sketch:
    sketch = Sketch()
    sketch.add("relu", "Relu", sketch.conv("conv", "x"))
    sketch.add("pool", "MaxPool", "relu", kernel_shape=(2, 2), strides=(2, 2), pads=(0, 0, 0, 0))
    return sketch


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("moving_average", Reason.AVERAGED),
        ("percentile:98", Reason.PERCENTILE),
        ("kl_divergence", Reason.KL_DIVERGENCE),
        ("mmse", Reason.MMSE),
    ],
)
def test_the_reason_names_the_method(method: str, reason: Reason) -> None:
    config = HybridConfig(range_method=RangeMethod.parse(method))
    tensor = plan_of(conv_relu_pool(), "pool", config, relu=(0.0, 40.0)).tensors["relu"]
    assert tensor.reason is reason
    assert 0 < tensor.high < 40
    assert tensor.params == params_from_range(QuantScheme.U8, tensor.low, tensor.high)


@pytest.mark.parametrize("layer", ["conv", "relu", "pool"])
def test_one_box_in_the_window_is_one_range(layer: str) -> None:
    """A convolution, the relu in it and the pool that copies its codes."""
    config = HybridConfig().with_range_method([layer], HALF)
    plan = plan_of(conv_relu_pool(), "pool", config, relu=(0.0, 40.0))
    assert plan.tensors["relu"].high == pytest.approx(3.4, rel=0.05)
    assert plan.tensors["pool"].params == plan.tensors["relu"].params
    assert plan.tensors["x"].reason is Reason.MEASURED


def test_normal_at_a_layer_takes_it_out_of_the_default() -> None:
    config = HybridConfig(range_method=HALF).with_range_method(["conv"], NORMAL)
    plan = plan_of(conv_relu_pool(), "pool", config, relu=(0.0, 40.0), x=(-10.0, 10.0))
    assert plan.tensors["relu"].high == 40
    assert plan.tensors["x"].high == pytest.approx(0.71, rel=0.05)


def test_relu6_keeps_its_bounds_until_a_method_narrows_them() -> None:
    sketch = Sketch()
    sketch.add("relu6", "Relu6", sketch.conv("conv", "x"))
    ranges = {"conv": (-9.0, 9.0), "relu6": (0.0, 6.0)}
    assert plan_of(sketch, "relu6", HybridConfig(), **ranges).tensors["relu6"].high == 6
    narrowed = plan_of(sketch, "relu6", HybridConfig(range_method=MMSE), **ranges).tensors["relu6"]
    assert narrowed.low == 0
    assert narrowed.high < 6
    assert narrowed.reason is Reason.MMSE


def test_a_concat_joins_each_range_as_its_own_method_has_it() -> None:
    sketch = Sketch()
    sketch.conv("a", "x")
    sketch.conv("b", "x")
    sketch.add("cat", "Concat", "a", "b", shape=(1, 8, 8, 8), axis=1)
    config = HybridConfig().with_range_method(["b", "cat"], HALF)
    plan = plan_of(sketch, "cat", config, a=(-1.0, 1.0), b=(-50.0, 50.0), cat=(-50.0, 50.0))
    for name in ("a", "b", "cat"):
        tensor = plan.tensors[name]
        assert tensor.high == pytest.approx(3.55, rel=0.05)
        assert tensor.params == plan.tensors["cat"].params
    assert plan.tensors["a"].reason is Reason.CONCAT
    assert plan.tensors["a"].alone == (-1.0, 1.0)


def test_what_the_user_sets_wins_over_the_method() -> None:
    config = HybridConfig(range_method=KL)
    by_range = config.with_override("conv", LayerConfig(range=(0.0, 2.0), range_method=MMSE))
    plan = plan_of(conv_relu_pool(), "pool", by_range, relu=(0.0, 40.0))
    assert plan.tensors["relu"].high == 2.0
    params = QuantParams.affine(0.125, 7)
    by_params = config.with_override("relu", LayerConfig(params=params))
    assert plan_of(conv_relu_pool(), "pool", by_params).tensors["relu"].params == params


def test_the_input_of_a_sigmoid_is_clipped_behind_any_method() -> None:
    sketch = Sketch()
    sketch.add("sigmoid", "Sigmoid", sketch.conv("conv", "x"))
    config = HybridConfig(range_method=RangeMethod.parse("moving_average"))
    plan = plan_of(sketch, "sigmoid", config, conv=(-20.0, 9.0), sigmoid=(0.0, 1.0))
    assert (plan.tensors["conv"].low, plan.tensors["conv"].high) == (-6.3, 4.5)
    assert plan.tensors["conv"].reason is Reason.SIGMOID


@pytest.mark.parametrize("method", [HALF, MMSE, KL], ids=str)
def test_weights_have_a_method_of_their_own(method: RangeMethod) -> None:
    sketch = conv_relu_pool()
    weights = np.append(np.full(15, 0.1), 9.0).reshape(4, 4, 1, 1)
    weights[:3] += np.random.default_rng(0).normal(size=(3, 4, 1, 1)) * 0.01
    sketch.constant("conv.w", weights)
    config = HybridConfig().with_weights_method(["conv"], method)
    plan = plan_of(sketch, "pool", config)
    tensor = plan.tensors["conv:weight"]
    assert tensor.reason.value.find(method.kind.value) > 0
    assert tensor.high <= 9
    assert tensor.params == params_from_range(QuantScheme.U8, tensor.low, tensor.high)
    assert plan.tensors["relu"].reason is Reason.MEASURED
    normal = plan_of(sketch, "pool", HybridConfig()).tensors["conv:weight"]
    assert (normal.high, normal.reason) == (9.0, Reason.WEIGHTS)


def test_a_float_layer_has_its_range_chosen_for_the_type_that_reads_it() -> None:
    sketch = Sketch()
    sketch.conv("b", sketch.conv("a", "x"))
    config = HybridConfig(QuantScheme.I16, range_method=MMSE).with_scheme(["a"], QuantScheme.FLOAT)
    plan = plan_of(sketch, "b", config, a=(-40.0, 40.0))
    converted = plan.tensors[plan.step_of["b"].inputs[0]]
    assert converted.params.scheme is QuantScheme.I16
    assert converted.high == 40.0

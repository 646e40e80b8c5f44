"""Cycles and bytes worked out by hand, and what must hold whatever the constants are.

At 934 MHz a network of c cycles takes 1.3 * c / 934 000 ms.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cost import PUBLISHED, plan_of
from bench.networks import NETWORKS, SIZES
from rkviz.emulate.cost import LayerCost, layer_costs, total_cost
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.target import COST_TARGETS, TARGETS
from tests import models
from tests.graphs import Sketch, stats_of

RV1126 = TARGETS["rv1126"]


def planned(graph: Graph, config: HybridConfig | None = None) -> QuantPlan:
    return build_plan(graph, stats_of(graph), config or HybridConfig(), RV1126)


def opened(model: models.ModelProto) -> Graph:
    with tempfile.TemporaryDirectory() as folder:
        return open_model(models.save(model, Path(folder) / "net.onnx"))


def cost_of(sketch: Sketch, layer: str, *outputs: str) -> LayerCost:
    return layer_costs(planned(sketch.graph(*(outputs or (layer,)))), RV1126)[layer]


def convolution(
    channels: int, size: int, out: int, kernel: int = 1, stride: int = 1, group: int = 1
) -> Sketch:
    """x of (1, channels, size, size) and a convolution "c" of `out` channels, padded to fit."""
    sketch = Sketch((1, channels, size, size))
    weight = sketch.constant("c.w", np.ones((out, channels // group, kernel, kernel)))
    bias = sketch.constant("c.b", np.zeros(out))
    sketch.add(
        "c", "Conv", "x", weight, bias, shape=(1, out, -(-size // stride), -(-size // stride)),
        kernel_shape=(kernel,) * 2, strides=(stride,) * 2, pads=(kernel // 2,) * 4,
        dilations=(1, 1), group=group,
    )  # fmt: skip
    return sketch


def time_ms(cycles: float) -> float:
    return 1.3 * cycles / 934_000


def test_a_1x1_convolution_uses_half_the_multipliers() -> None:
    # 64 positions fill one tile; 64 * 8 * 8 MAC / 768 / 0.5 = 10.67 cycles, which hide the
    # 64 weights of 0.95 byte, 60.8 / 8 = 7.6 cycles.
    cost = cost_of(convolution(8, 8, 8), "c")
    assert cost.nn_cycles == pytest.approx(32 / 3)
    assert cost.tp_cycles == 0
    assert cost.ddr_bytes == pytest.approx(60.8)
    assert cost.milliseconds == pytest.approx(time_ms(32 / 3))


def test_tiles_and_cores_are_filled_up() -> None:
    # 20 * 20 = 400 positions take 7 tiles of 64 = 448; 30 channels take 4 cores 8 times = 32.
    # 448 * 32 * 9 * 16 / 768 / 0.8 = 3360 cycles.
    assert cost_of(convolution(16, 20, 30, kernel=3), "c").nn_cycles == pytest.approx(3360)


def test_stride_2_reshuffles_and_runs_a_smaller_kernel_on_more_channels() -> None:
    # 3x3 over 16 channels becomes 2x2 over 64: 64 * 8 * 4 * 64 / 768 / 0.8 = 213.3 cycles.
    # The reshuffle moves 16 * 16 * 16 elements, 2 a cycle: 2048. A quarter of the shorter hides.
    cost = cost_of(convolution(16, 16, 8, kernel=3, stride=2), "c")
    assert cost.nn_cycles == pytest.approx(640 / 3)
    assert cost.tp_cycles == 2048
    assert cost.milliseconds == pytest.approx(time_ms(2048 + 0.75 * 640 / 3))


def test_a_1x1_of_stride_2_is_computed_everywhere() -> None:
    dense = cost_of(convolution(16, 8, 16), "c")
    strided = cost_of(convolution(16, 16, 16, stride=2), "c")
    assert strided.nn_cycles == 4 * dense.nn_cycles
    assert strided.tp_cycles == 0


def test_depthwise_has_a_rate_of_its_own() -> None:
    # 64 positions * 45 channels * 9 taps / 45 a cycle = 576 cycles; stride 2 computes all four.
    assert cost_of(convolution(45, 8, 45, 3, group=45), "c").nn_cycles == pytest.approx(576)
    strided = cost_of(convolution(45, 16, 45, 3, stride=2, group=45), "c")
    assert strided.nn_cycles == pytest.approx(4 * 576)


def test_a_lone_scale_per_channel_passes_the_tensor_processor() -> None:
    # 4 * 8 * 8 elements, 2 a cycle.
    cost = cost_of(convolution(4, 8, 4, group=4), "c")
    assert (cost.nn_cycles, cost.tp_cycles) == (0, 128)


def test_large_tensors_go_through_memory() -> None:
    # 524 288 bytes each way, 8 a cycle = 131 072 cycles beside 262 144 of the table.
    sketch = Sketch((1, 8, 256, 256))
    sketch.add("s", "Sigmoid", "x")
    cost = cost_of(sketch, "s")
    assert cost.ddr_bytes == 2 * 524_288
    assert cost.milliseconds == pytest.approx(time_ms(262_144 + 0.75 * 131_072))


def test_a_transposed_convolution_computes_its_phases_and_interleaves_them() -> None:
    # 2x2 of stride 2: four 1x1 convolutions over 64 positions, 64 * 32 * 8 / 768 / 0.5 = 42.7
    # cycles, beside 8 * 16 * 16 / 2 = 1024 to interleave.
    sketch = Sketch((1, 8, 8, 8))
    weight = sketch.constant("up.w", np.ones((8, 8, 2, 2)))
    sketch.add(
        "up", "ConvTranspose", "x", weight, shape=(1, 8, 16, 16), kernel_shape=(2, 2),
        strides=(2, 2), pads=(0, 0, 0, 0), dilations=(1, 1), group=1,
    )  # fmt: skip
    cost = cost_of(sketch, "up")
    assert cost.nn_cycles == pytest.approx(128 / 3)
    assert cost.tp_cycles == 1024


def test_a_residual_add_takes_in_48_values_a_cycle() -> None:
    sketch = Sketch((1, 4, 8, 12))
    sketch.add("sum", "Add", sketch.conv("a", "x"), sketch.conv("b", "x"))
    assert cost_of(sketch, "sum").nn_cycles == 2 * 384 / 48


def test_swish_behind_a_convolution_adds_what_it_prolongs_the_pair_by() -> None:
    # NN 10.67 cycles alone; with 8 * 64 / 2 = 256 of the table 256 + 0.75 * 10.67.
    sketch = convolution(8, 8, 8)
    sketch.add("swish", "Swish", "c", shape=(1, 8, 8, 8))
    costs = layer_costs(planned(sketch.graph("swish")), RV1126)
    assert costs["swish"].tp_cycles == 256
    assert costs["swish"].ddr_bytes == 0
    pair = costs["c"].milliseconds + costs["swish"].milliseconds
    assert pair == pytest.approx(time_ms(256 + 0.75 * 32 / 3))


def test_a_second_reader_makes_the_table_a_pass_of_its_own() -> None:
    sketch = convolution(8, 8, 8)
    sketch.add("swish", "Swish", "c", shape=(1, 8, 8, 8))
    cost = layer_costs(planned(sketch.graph("swish", "c")), RV1126)["swish"]
    assert cost.milliseconds == pytest.approx(time_ms(256))


def test_a_concat_behind_convolutions_takes_no_time() -> None:
    sketch = Sketch()
    sketch.add("left", "Relu", sketch.conv("a", "x"))
    sketch.add("right", "Relu", sketch.conv("b", "x", 1))
    sketch.add("joined", "Concat", "left", "right", shape=(1, 8, 8, 8), axis=1)
    costs = layer_costs(planned(sketch.graph("joined")), RV1126)
    assert set(costs) == {"x", "a", "b", "joined"}, "the relus run with their convolutions"
    assert costs["joined"].milliseconds == 0
    assert costs["joined"].ddr_bytes == 0


def test_weights_are_packed_and_aligned() -> None:
    # 16 weights * 0.95 + 4 biases * 4 bytes = 31.2 -> 64; i16: 16 * 2 * 0.95 + 4 * 8 = 62.4.
    sketch = Sketch()
    sketch.conv("c", "x")
    graph = sketch.graph("c")
    assert layer_costs(planned(graph), RV1126)["c"].weight_bytes == 64
    wide = planned(graph, HybridConfig(default=QuantScheme.I16))
    assert layer_costs(wide, RV1126)["c"].weight_bytes == 64
    assert total_cost(wide, RV1126).model_bytes == 64


def test_the_peak_is_what_is_alive_at_once() -> None:
    # 256 bytes each: x and a; while b is made, a and b. With x an input of the end, all three.
    sketch = Sketch()
    sketch.conv("b", sketch.conv("a", "x"))
    assert total_cost(planned(sketch.graph("b")), RV1126).peak_activation_bytes == 512
    sketch.add("c", "Add", "b", "x")
    assert total_cost(planned(sketch.graph("c")), RV1126).peak_activation_bytes == 768


def test_what_concat_joins_is_there_once() -> None:
    sketch = Sketch()
    parts = [sketch.conv(name, "x", seed) for seed, name in enumerate("ab")]
    sketch.add("joined", "Concat", *parts, shape=(1, 8, 8, 8), axis=1)
    peak = total_cost(planned(sketch.graph("joined")), RV1126).peak_activation_bytes
    assert peak == 256 + 512


@pytest.mark.parametrize("name", sorted(models.ALL))
def test_layers_sum_to_the_network(name: str) -> None:
    plan = planned(opened(models.ALL[name]()))
    costs, total = layer_costs(plan, RV1126), total_cost(plan, RV1126)
    assert list(costs) == [step.name for step in plan.steps]
    assert total.milliseconds == pytest.approx(sum(c.milliseconds for c in costs.values()))
    assert total.model_bytes == sum(cost.weight_bytes for cost in costs.values())
    assert total.fps == pytest.approx(1000 / total.milliseconds)
    assert all(cost.milliseconds >= 0 for cost in costs.values())
    assert not total.rough
    assert total.note == "estimate, ±12 %"
    assert total.figures.endswith("MB")


@pytest.mark.parametrize("name", sorted(models.ALL))
def test_wider_types_cost_more_and_are_rough(name: str) -> None:
    graph = opened(models.ALL[name]())
    totals = [
        total_cost(planned(graph, HybridConfig(default=scheme)), RV1126)
        for scheme in (QuantScheme.U8, QuantScheme.I16, QuantScheme.FLOAT)
    ]
    assert totals[0].milliseconds < totals[1].milliseconds < totals[2].milliseconds
    assert [total.rough for total in totals] == [False, True, True]
    assert totals[2].note == "rough estimate"


def test_one_layer_in_another_type_pays_for_itself_and_its_converters() -> None:
    graph = opened(models.chain())
    base = planned(graph)
    mixed = planned(graph, HybridConfig().with_scheme(["conv2"], QuantScheme.I16))
    before, after = layer_costs(base, RV1126), layer_costs(mixed, RV1126)
    assert after["conv2"].milliseconds > before["conv2"].milliseconds
    assert after["conv1"] == before["conv1"]
    converters = [step for step in mixed.steps if step.op == "Convert"]
    assert converters
    assert all(after[step.name].milliseconds > 0 for step in converters)


def test_the_other_chips() -> None:
    plan = planned(opened(models.depthwise_net()))
    here = total_cost(plan, RV1126)
    small = total_cost(plan, TARGETS["rv1109"])
    assert small.fps == pytest.approx(0.68 * here.fps)
    assert not small.rough
    assert total_cost(plan, COST_TARGETS["rk1808"]).rough
    assert "rk1808" not in TARGETS


def test_what_the_npu_does_not_run_makes_the_total_rough() -> None:
    b = models.Builder()
    b.output(b.conv(b.node("Erf", [b.conv(b.input(), "a", 3, 4)], "erf"), "b", 4, 4))
    plan = planned(opened(b.model()))
    assert layer_costs(plan, RV1126)["erf"].milliseconds == 0
    assert total_cost(plan, RV1126).rough


@given(
    channels=st.integers(1, 40),
    out=st.integers(1, 40),
    size=st.integers(1, 40),
    kernel=st.sampled_from((1, 3, 5)),
    stride=st.sampled_from((1, 2)),
    more=st.sampled_from(("channels", "out", "size")),
)
def test_more_work_never_takes_less_time(
    channels: int, out: int, size: int, kernel: int, stride: int, more: str
) -> None:
    sizes = {"channels": channels, "out": out, "size": size}
    larger = {**sizes, more: sizes[more] + 1}
    times = [
        cost_of(convolution(**given_sizes, kernel=kernel, stride=stride), "c").milliseconds
        for given_sizes in (sizes, larger)
    ]
    assert times[0] <= times[1]


@pytest.mark.parametrize("name", ["mobilenet_v2", "yolov5n", "yolov8n"])
def test_published_rates_are_met_within_the_error_that_is_shown(name: str) -> None:
    """`python -m bench.cost` compares all of them."""
    graph = opened(NETWORKS[name]())
    parameters = sum(array.size for array in graph.constants.values())
    assert parameters / 1e6 == pytest.approx(SIZES[name][0], rel=0.02)
    total = total_cost(plan_of(graph, QuantScheme.U8), RV1126)
    assert total.fps == pytest.approx(PUBLISHED[name][0], rel=0.12)

"""build_plan: types by layer, converters at borders, integer constants, what cannot run."""

import numpy as np
import pytest

from rkviz.calibrate.stats import CalibrationStats
from rkviz.errors import ConfigError
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan, Reason
from rkviz.target import Engine, target_named
from tests.graphs import Sketch, stats_of

RV1126 = target_named("rv1126")


def chain() -> Sketch:
    """x -> a -> b (relu) -> c."""
    sketch = Sketch()
    sketch.conv("a", "x", 1)
    sketch.add("b.relu", "Relu", sketch.conv("b", "a", 2))
    sketch.conv("c", "b.relu", 3)
    return sketch


def plan_of(sketch: Sketch, config: HybridConfig, *outputs: str, **ranges) -> QuantPlan:
    graph = sketch.graph(*(outputs or (sketch.nodes[-1].outputs[0],)))
    return build_plan(graph, stats_of(graph, **ranges), config, RV1126)


def test_a_layer_in_another_type_stands_between_converters() -> None:
    plan = plan_of(chain(), HybridConfig().with_scheme(["b"], QuantScheme.I16))
    assert [step.op for step in plan.steps] == [
        "Input",
        "Conv",
        "Convert",
        "Conv",
        "Convert",
        "Conv",
    ]
    before, layer, after = plan.steps[2:5]
    assert layer.layers == ("b", "b.relu"), "the relu follows its convolution"
    assert plan.tensors[before.outputs[0]].params.scheme is QuantScheme.I16
    assert plan.tensors[after.outputs[0]].params.scheme is QuantScheme.U8
    assert plan.tensors[after.outputs[0]].reason is Reason.CONVERTED


def test_neighbours_in_one_type_need_no_converter_between_them() -> None:
    plan = plan_of(chain(), HybridConfig().with_scheme(["a", "b", "c"], QuantScheme.I16))
    assert [step.op for step in plan.steps] == ["Input", "Convert", "Conv", "Conv", "Conv"]


def test_two_readers_in_one_type_share_a_converter() -> None:
    sketch = Sketch()
    sketch.conv("a", "x")
    sketch.add("sum", "Add", sketch.conv("b", "a"), sketch.conv("c", "a"))
    plan = plan_of(sketch, HybridConfig().with_scheme(["b", "c", "sum"], QuantScheme.I16))
    assert [step.op for step in plan.steps].count("Convert") == 1


def test_a_move_in_another_type_copies_the_parameters_of_its_converter() -> None:
    sketch = Sketch()
    sketch.conv("a", "x")
    sketch.add("moved", "Transpose", "a", perm=(0, 1, 3, 2))
    plan = plan_of(sketch, HybridConfig().with_scheme(["moved"], QuantScheme.I16), a=(-2.0, 3.0))
    converted = plan.tensors[plan.step_of["moved"].inputs[0]]
    assert (
        converted.params
        == plan.tensors["moved"].params
        == QuantParams.fixed_point(QuantScheme.I16, 13)
    )


def test_a_relu_of_its_own_type_is_split_from_its_convolution() -> None:
    config = HybridConfig().with_scheme(["b"], QuantScheme.I16)
    config = config.with_override("b.relu", LayerConfig(scheme=QuantScheme.U8))
    plan = plan_of(chain(), config)
    assert plan.step_of["b"].layers == ("b",)
    assert plan.scheme["b.relu"] is QuantScheme.U8


@pytest.mark.parametrize(
    ("scheme", "bias_type"),
    [(QuantScheme.U8, np.int32), (QuantScheme.I8, np.int32), (QuantScheme.I16, np.int64)],
)
def test_bias_has_the_scale_of_input_times_weights(scheme: QuantScheme, bias_type: type) -> None:
    sketch = Sketch()
    sketch.conv("a", "x")
    plan = plan_of(sketch, HybridConfig(default=scheme))
    x, w, b = (plan.tensors[name] for name in plan.step_of["a"].inputs)
    assert b.codes.dtype == bias_type
    assert b.params.scale == np.float32(x.params.scale * w.params.scale)
    assert b.params.zero_point == 0
    real = plan.graph.constants["a.b"]
    assert np.abs(b.codes * b.params.scale - real).max() <= b.params.scale / 2 * 1.0001


def test_u8_weights_are_asymmetric_per_tensor() -> None:
    sketch = Sketch()
    sketch.conv("a", "x")
    plan = plan_of(sketch, HybridConfig())
    weight = plan.tensors["a:weight"]
    real = plan.graph.constants["a.w"]
    span = np.float32(real.max()) - np.float32(real.min())
    assert weight.params.scale == np.float32(span / np.float32(255))
    assert weight.codes.dtype == np.uint8
    assert (weight.codes.min(), weight.codes.max()) == (0, 255)


def test_two_quantised_types_at_most() -> None:
    config = HybridConfig().with_scheme(["a"], QuantScheme.I16).with_scheme(["c"], QuantScheme.I8)
    with pytest.raises(ConfigError, match="at most two quantised types"):
        plan_of(chain(), config)
    plan_of(chain(), config.with_scheme(["b"], QuantScheme.FLOAT).with_scheme(["c"], None))


def test_parameters_of_another_type_are_refused_by_name() -> None:
    wrong = LayerConfig(params=QuantParams.fixed_point(QuantScheme.I8, 3))
    with pytest.raises(ConfigError) as error:
        plan_of(chain(), HybridConfig().with_override("a", wrong))
    assert "'a' runs in u8" in error.value.details[0]


def test_an_operator_the_npu_lacks_runs_in_float_on_the_cpu_with_a_note() -> None:
    sketch = Sketch()
    sketch.add("erf", "Erf", sketch.conv("a", "x"))
    sketch.conv("b", "erf")
    plan = plan_of(sketch, HybridConfig())
    assert plan.step_of["erf"].engine is Engine.CPU
    assert "does not have operator 'Erf'" in plan.step_of["erf"].note
    assert plan.scheme["erf"] is QuantScheme.FLOAT
    assert plan.step_of["b"].inputs[0] == "erf:u8"


def test_what_was_never_observed_is_skipped_with_the_reason() -> None:
    sketch = Sketch()
    sketch.add("odd", "Frobnicate", sketch.conv("a", "x"))
    sketch.conv("b", "odd")
    graph = sketch.graph("b")
    observed = stats_of(graph).tensors
    partial = CalibrationStats({n: s for n, s in observed.items() if n in ("x", "a")}, 1, "")
    plan = build_plan(graph, partial, HybridConfig(), RV1126)
    assert [step.name for step in plan.steps] == ["x", "a"]
    assert "'Frobnicate' is not known" in plan.skipped["odd"]
    assert "behind 'odd'" in plan.skipped["b"]


def test_digests_tell_what_a_change_touches() -> None:
    before = plan_of(chain(), HybridConfig())
    after = plan_of(chain(), HybridConfig().with_scheme(["c"], QuantScheme.I16))
    assert before.digest != after.digest
    for layer in ("x", "a", "b"):
        assert before.own_key[layer] == after.own_key[layer]
        assert before.chain_key[layer] == after.chain_key[layer]
    assert before.own_key["c"] != after.own_key["c"]
    again = plan_of(chain(), HybridConfig())
    assert again.digest == before.digest

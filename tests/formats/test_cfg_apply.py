"""A cfg applied to the open network, and written back with only what was changed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rkviz.errors import ConfigError
from rkviz.formats.cfg_apply import (
    AppliedCfg,
    apply_cfg,
    changed_cfg,
    notes_of,
    seems_untouched,
)
from rkviz.formats.quantization_cfg import CfgFile, CfgTensor, cfg_from_plan
from rkviz.graph.model import Graph
from rkviz.graph.naming import layer_names
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.quantize.range_method import NORMAL, RangeMethod
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

TARGET = target_named("rv1126")
U8 = CfgTensor("asymmetric_affine", "layer", -1.0, 1.55, 100, 0.01, qtype="u8")
WIDE = CfgTensor("dynamic_fixed_point", "layer", -1.0, 1.0, fl=14, qtype="i16")


def network() -> Graph:
    """x -> a -> b (conv, its relu in the same operation) -> c -> out."""
    sketch = Sketch()
    sketch.add("b.relu", "Relu", sketch.conv("b", sketch.conv("a", "x", 1), 2))
    sketch.add("c", "Sigmoid", "b.relu")
    return sketch.graph("c")


def plan_of(graph: Graph, config: HybridConfig) -> QuantPlan:
    return build_plan(graph, stats_of(graph), config, TARGET)


def step1(graph: Graph, **customized: QuantScheme) -> CfgFile:
    """The cfg of an u8 network, with layers customized under their toolkit names."""
    plan, names = plan_of(graph, HybridConfig()), layer_names(graph)
    cfg = cfg_from_plan(plan, HybridConfig(), names)
    return replace(cfg, customized={names.get(n, n): kind for n, kind in customized.items()})


def applied(cfg: CfgFile, default: QuantScheme = QuantScheme.U8) -> AppliedCfg:
    return apply_cfg(cfg, network(), HybridConfig(default))


class TestTypes:
    @pytest.mark.parametrize(
        "name", ["Conv_a_7", "a_7", "a", "@Conv_a_7:out0", "attach_Conv_a/out0_0",
                 "Conv_a_3_acuity_mark_perm_29"],
    )  # fmt: skip
    def test_every_spelling_of_a_layer(self, name: str) -> None:
        assert applied(CfgFile({name: QuantScheme.I16})).config == HybridConfig().with_scheme(
            ["a"], QuantScheme.I16
        )

    def test_the_layer_itself_wins_over_what_was_put_beside_it(self) -> None:
        cfg = CfgFile({"attach_Conv_a/out0_0": QuantScheme.FLOAT, "Conv_a_7": QuantScheme.I16})
        assert applied(cfg).config.for_layer("a").scheme is QuantScheme.I16

    def test_an_operation_is_one_choice_unless_the_file_makes_two(self) -> None:
        both = {"Conv_b_2": QuantScheme.I16, "Relu_b.relu_3": QuantScheme.I16}
        head = HybridConfig().with_scheme(["b"], QuantScheme.I16)
        assert applied(CfgFile(both)).config == head
        assert applied(CfgFile({"Conv_b_2": QuantScheme.I16})).config == head
        two = applied(CfgFile({**both, "Relu_b.relu_3": QuantScheme.U8})).config
        assert two.for_layer("b.relu").scheme is QuantScheme.U8

    def test_the_default_is_what_most_outputs_have(self) -> None:
        cfg = CfgFile(parameters={"@Conv_a_1:out0": replace(WIDE, qtype="i8", fl=7)})
        assert applied(cfg).config.default is QuantScheme.I8
        assert applied(CfgFile(), QuantScheme.I16).config.default is QuantScheme.I16

    def test_a_third_quantised_type_is_refused_at_once(self) -> None:
        for layers in (("a", "b"), ("a", "Relu_b.relu_3")):
            cfg = CfgFile(dict(zip(layers, (QuantScheme.I16, QuantScheme.I8), strict=True)))
            with pytest.raises(ConfigError, match="at most two quantised types"):
                applied(cfg)

    def test_suggestions_are_told_from_choices(self) -> None:
        graph = network()
        original = step1(graph, a=QuantScheme.I16, b=QuantScheme.I16)
        names = layer_names(graph)
        edited = replace(
            original, customized={names["a"]: QuantScheme.I16, names["b"]: QuantScheme.FLOAT}
        )
        assert apply_cfg(original, graph, HybridConfig()).suggested == ()
        assert apply_cfg(original, graph, HybridConfig(), step1=original).suggested == ("a", "b")
        result = apply_cfg(edited, graph, HybridConfig(), step1=original)
        assert result.suggested == ("a",)
        assert "that step 1 suggests" in notes_of(result)[0]


class TestParameters:
    def test_outputs_get_explicit_parameters(self) -> None:
        config = applied(CfgFile(parameters={"@Conv_a_1:out0": U8})).config
        stated = LayerConfig(range=(-1.0, 1.55), params=QuantParams.affine(0.01, 100))
        assert config.for_layer("a") == stated
        plan = plan_of(network(), config)
        assert plan.tensors["a"].params == QuantParams.affine(0.01, 100)

    def test_a_range_alone_is_a_range(self) -> None:
        entry = replace(U8, scale=None, zero_point=None)
        config = applied(CfgFile(parameters={"@Conv_a_1:out0": entry})).config
        assert config.for_layer("a") == LayerConfig(range=(-1.0, 1.55))

    def test_parameters_of_another_type_than_the_layers_wait_for_step_2(self) -> None:
        cfg = CfgFile({"Conv_a_1": QuantScheme.I16}, {"@Conv_a_1:out0": U8})
        assert applied(cfg).config.for_layer("a") == LayerConfig(QuantScheme.I16)
        cfg = CfgFile({"Conv_a_1": QuantScheme.I16}, {"@Conv_a_1:out0": WIDE})
        fixed = QuantParams.fixed_point(QuantScheme.I16, 14)
        stated = LayerConfig(QuantScheme.I16, range=(-1.0, 1.0), params=fixed)
        assert applied(cfg).config.for_layer("a") == stated

    @pytest.mark.parametrize(
        "fields",
        [{"scale": 0.0}, {"scale": -1.0}, {"scale": 1e-60}, {"scale": 1e39}, {"zero_point": 256},
         {"zero_point": -1}],
    )  # fmt: skip
    def test_impossible_numbers_are_told(self, fields: dict[str, float]) -> None:
        result = applied(CfgFile(parameters={"@Conv_a_1:out0": replace(U8, **fields)}))
        assert result.config == HybridConfig()
        assert "that no tensor can have" in notes_of(result)[0]

    def test_a_conv_and_its_relu_with_equal_parameters_are_one_choice(self) -> None:
        cfg = CfgFile(parameters={"@Conv_b_2:out0": U8, "@Relu_b.relu_3:out0": U8})
        assert list(applied(cfg).config.overrides) == ["b"]

    def test_a_type_chosen_later_drops_the_parameters_of_the_file(self) -> None:
        config = apply_cfg(step1(network()), network(), HybridConfig()).config
        plan = plan_of(network(), config.with_scheme(["a", "b"], QuantScheme.I16))
        assert plan.tensors["b.relu"].params.scheme is QuantScheme.I16

    def test_the_whole_file_of_a_plan_gives_that_plan_again(self) -> None:
        graph = network()
        result = apply_cfg(step1(graph), graph, HybridConfig())
        assert (result.unmapped, result.weights) == ((), ())
        first, again = plan_of(graph, HybridConfig()), plan_of(graph, result.config)
        assert {n: t.params for n, t in first.tensors.items()} == {
            n: t.params for n, t in again.tensors.items()
        }

    @pytest.mark.parametrize("kind", [QuantScheme.I16, QuantScheme.I8, QuantScheme.FLOAT])
    @pytest.mark.parametrize("layer", ["a", "b", "c"])
    def test_converters_of_a_hybrid_plan_come_back_with_it(
        self, layer: str, kind: QuantScheme
    ) -> None:
        """One fraction length stands for many ranges: what a converter takes is the range."""
        graph, config = network(), HybridConfig().with_scheme([layer], kind)
        first = plan_of(graph, config)
        cfg = cfg_from_plan(first, config, layer_names(graph))
        again = plan_of(graph, apply_cfg(cfg, graph, HybridConfig()).config)
        assert [step.op for step in again.steps].count("Convert") > 0
        assert again.digest == first.digest

    def test_weights_by_hand_are_used_and_told(self) -> None:
        cfg = step1(network())
        key = next(key for key in cfg.parameters if key.endswith(":weight"))
        retuned = replace(cfg.parameters[key], scale=0.5, zero_point=7)
        cfg = replace(cfg, parameters={**cfg.parameters, key: retuned})
        result = apply_cfg(cfg, network(), HybridConfig())
        assert result.weights == ("a",)
        assert "those of the cfg are used: a." in notes_of(result)[0]
        plan = plan_of(network(), result.config)
        assert plan.tensors["a:weight"].params == QuantParams.affine(0.5, 7)
        unchanged = changed_cfg(cfg, plan, result.config, result.config, TARGET)
        assert unchanged.parameters == cfg.parameters
        measured = result.config.with_weights_method(["a"], NORMAL)
        plan = plan_of(network(), measured)
        written = changed_cfg(cfg, plan, result.config, measured, TARGET)
        assert written.parameters[key].scale == plan.tensors["a:weight"].params.scale

    @pytest.mark.parametrize("name", ["Initializer_k_9", "Constant_/head/Constant_9"])
    def test_a_constant_operand_has_an_entry_of_its_own(self, name: str) -> None:
        sketch = Sketch()
        value = "k" if "k" in name.split("_") else "/head/Constant_output_0"
        constant = sketch.constant(value, np.full((4, 1, 1), 0.5))
        sketch.add("scaled", "Mul", sketch.conv("a", "x", 1), constant)
        graph = sketch.graph("scaled")
        result = apply_cfg(CfgFile({}, {f"@{name}:out0": U8}), graph, HybridConfig())
        assert (result.weights, result.unmapped) == (("scaled",), ())
        assert plan_of(graph, result.config).tensors["scaled:in1"].params == QuantParams.affine(
            0.01, 100
        )

    def test_the_numbers_of_a_relu_are_those_of_its_operation(self) -> None:
        """The NPU writes with them, whatever the file has for the tensor in between."""
        cfg, names = step1(network()), layer_names(network())
        of_relu = replace(U8, low=0.0, zero_point=0, scale=0.053575)
        stated = {f"@{names['b']}:out0": U8, f"@{names['b.relu']}:out0": of_relu}
        cfg = replace(cfg, parameters={**cfg.parameters, **stated})
        config = apply_cfg(cfg, network(), HybridConfig()).config
        given = QuantParams.affine(0.053575, 0)
        assert plan_of(network(), config).tensors["b.relu"].params == given
        assert (config.for_layer("b").params, config.for_layer("b.relu").params) == (given, None)


def test_unknown_names_are_listed_once_each_with_what_was_meant() -> None:
    cfg = CfgFile(
        {"Conv_aa_7": QuantScheme.I16, "x" * 5000: QuantScheme.I16},
        {"@Initializer_k_9:out0": U8, "@Initializer_k_9:weight": U8},
    )
    result = applied(cfg)
    assert len(result.unmapped) == 3
    assert result.unmapped[0].startswith("'Conv_aa_7' is no layer of this network (did you mean")
    assert "stays in the file" in result.unmapped[2]
    assert max(map(len, result.unmapped)) < 400


@pytest.mark.parametrize(
    ("kind", "beside", "expected"),
    [(QuantScheme.I16, (".json", ".data"), True), (QuantScheme.I16, (".json",), False),
     (QuantScheme.FLOAT, (".json", ".data"), False)],
)  # fmt: skip
def test_step_1_left_it_so_where_types_and_times_say_it(
    tmp_path: Path, kind: QuantScheme, beside: tuple[str, ...], expected: bool
) -> None:
    cfg = tmp_path / "net.quantization.cfg"
    for end in beside:
        (tmp_path / f"net{end}").touch()
    cfg.touch()
    assert seems_untouched(cfg, CfgFile({"Conv_a_7": kind})) is expected
    assert not seems_untouched(cfg, CfgFile({}))
    an_hour_later = cfg.stat().st_mtime + 3600
    os.utime(cfg, (an_hour_later, an_hour_later))
    assert not seems_untouched(cfg, CfgFile({"Conv_a_7": kind}))


class TestWrittenBack:
    def written(self, cfg: CfgFile, edit: HybridConfig | None = None, **types: QuantScheme):
        """`cfg` applied, layers given other types (or another config), and written back."""
        graph = network()
        before = apply_cfg(cfg, graph, HybridConfig()).config
        after = edit or before
        for name, scheme in types.items():
            after = after.with_scheme([name], scheme)
        return changed_cfg(cfg, plan_of(graph, after), before, after, TARGET)

    def names(self) -> dict[str, str]:
        return layer_names(network())

    def test_untouched_is_equal(self) -> None:
        cfg = step1(network(), a=QuantScheme.I16, Unknown_3=QuantScheme.I16)
        assert self.written(cfg) == cfg

    def test_one_layer_is_one_entry_under_its_name_in_the_file(self) -> None:
        cfg = CfgFile({"Gone_1": QuantScheme.I16}, {"@Conv_a_77:out0": U8, "@x_78:out0": U8})
        assert self.written(cfg, a=QuantScheme.FLOAT) == replace(
            cfg, customized={"Gone_1": QuantScheme.I16, "Conv_a_77": QuantScheme.FLOAT}
        )

    def test_a_conv_takes_its_relu_along_where_the_file_has_it(self) -> None:
        cfg = step1(network())
        written = self.written(cfg, b=QuantScheme.I16).customized
        assert written == dict.fromkeys((self.names()[n] for n in ("b", "b.relu")), QuantScheme.I16)
        short = CfgFile(parameters={"@Conv_b_7:out0": U8})
        assert self.written(short, b=QuantScheme.I16).customized == {"Conv_b_7": QuantScheme.I16}

    def test_back_to_the_default_takes_all_its_names_out(self) -> None:
        cfg = CfgFile({"attach_Conv_a/out0_0": QuantScheme.I16, "Conv_a_3": QuantScheme.I16})
        assert self.written(cfg, a=QuantScheme.U8).customized == {}

    def test_parameters_of_one_layer_change_that_entry_alone(self) -> None:
        cfg = step1(network())
        before = apply_cfg(cfg, network(), HybridConfig()).config
        params = QuantParams.affine(0.5, 10)
        after = self.written(cfg, before.with_override("a", LayerConfig(params=params)))
        key = f"@{self.names()['a']}:out0"
        changed = {k for k, entry in after.parameters.items() if entry != cfg.parameters[k]}
        assert changed == {key}
        assert (after.parameters[key].scale, after.parameters[key].zero_point) == (0.5, 10)

    def test_a_method_chosen_later_takes_the_place_of_what_the_file_states(self) -> None:
        key, cfg = f"@{self.names()['a']}:out0", step1(network())
        cfg = replace(cfg, parameters={**cfg.parameters, key: U8})
        edit = apply_cfg(cfg, network(), HybridConfig()).config
        edit = edit.with_range_method(["a"], RangeMethod.parse("moving_average"))
        written = self.written(cfg, edit)
        assert (written.parameters[key].low, written.parameters[key].high) == (-1.0, 1.0)
        assert {k for k in cfg.parameters if written.parameters[k] != cfg.parameters[k]} == {key}

    def test_weights_by_another_method_change_their_entry(self) -> None:
        cfg = step1(network())
        edit = apply_cfg(cfg, network(), HybridConfig()).config
        edit = edit.with_weights_method(["a"], RangeMethod.parse("percentile:60"))
        key = f"@{self.names()['a']}:weight"
        written = self.written(cfg, edit)
        assert {k for k in cfg.parameters if written.parameters[k] != cfg.parameters[k]} == {key}
        assert written.parameters[key].high < cfg.parameters[key].high

    def test_the_methods_of_all_layers_outlive_a_cfg(self) -> None:
        methods = HybridConfig(range_method=RangeMethod.parse("mmse"))
        assert (
            apply_cfg(step1(network()), network(), methods).config.range_method.kind.value == "mmse"
        )

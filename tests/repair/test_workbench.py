"""The workbench: every choice on its own, measured on pictures the calibration never saw."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.programs import Programs
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.repair.choice import ALL_CHOICES, NO_REPAIRS, BiasCorrection, Repairs
from rkviz.repair.layers import Samples
from tests import models
from tests.repair.networks import TARGET, Calibrated, calibrated

EVERYTHING = Repairs(True, True, BiasCorrection.SEQUENTIAL)
U8 = QuantScheme.U8


@pytest.fixture
def net(tmp_path: Path) -> Calibrated:
    return calibrated(models.imbalanced_net(), tmp_path)


def test_no_repair_is_the_plan_of_the_network_itself(net: Calibrated) -> None:
    repaired = net.workbench().repaired(NO_REPAIRS)
    assert not repaired.corrected
    plan = build_plan(net.graph, net.stats, HybridConfig(), TARGET)
    made = repaired.plan(HybridConfig(), TARGET)
    assert list(made.own_key.values()) == list(plan.own_key.values())


@pytest.mark.parametrize("build", models.ALL.values(), ids=models.ALL)
def test_every_network_can_have_everything(build, tmp_path: Path) -> None:
    net = calibrated(build(), tmp_path, pictures=4)
    repaired = net.workbench().repaired(EVERYTHING)
    plan = repaired.plan(HybridConfig(), TARGET)
    feeds = next(iter(net.judging.open()))
    outputs = Programs().run_plan(plan, feeds)
    assert all(plan.value_tensor[name] in outputs for name in net.graph.outputs)


def test_a_layer_in_another_type_keeps_its_own_weights(net: Calibrated) -> None:
    repaired = net.workbench().repaired(Repairs(rounding=True, bias=BiasCorrection.ANALYTIC))
    config = HybridConfig().with_scheme(["one_pw", "one_pw_relu6"], QuantScheme.I16)
    plan = repaired.plan(config, TARGET)
    plain = build_plan(repaired.graph, repaired.stats, config, TARGET)
    assert plan.tensors["one_pw:weight"].digest == plain.tensors["one_pw:weight"].digest
    assert plan.tensors["two_pw:weight"].digest != plain.tensors["two_pw:weight"].digest


def test_single_layers_change_no_repair(net: Calibrated) -> None:
    config = HybridConfig().with_scheme(["one_pw", "one_pw_relu6"], QuantScheme.I16)
    ours, theirs = (net.workbench(c).repaired(EVERYTHING) for c in (HybridConfig(), config))
    assert ours.digest == theirs.digest


def test_a_default_in_float_has_nothing_to_correct(net: Calibrated) -> None:
    config = HybridConfig(default=QuantScheme.FLOAT)
    assert not net.workbench(config).repaired(EVERYTHING).corrected


@pytest.mark.parametrize("default", [QuantScheme.U8, QuantScheme.I16, QuantScheme.FLOAT])
def test_layers_in_another_8_bit_type_have_their_biases_corrected(
    default: QuantScheme, net: Calibrated
) -> None:
    config = HybridConfig(default=default)
    other = QuantScheme.I8 if default is U8 else U8
    hybrid = config.with_scheme(["one_pw", "one_pw_relu6"], other)
    repaired = net.workbench(hybrid).repaired(Repairs(bias=BiasCorrection.ANALYTIC))
    plan = repaired.plan(hybrid, TARGET)
    plain = build_plan(net.graph, net.stats, hybrid, TARGET)
    alone = net.workbench(HybridConfig(default=other)).repaired(repaired.repairs)
    wanted = alone.corrected["one_pw"].bias
    given = plan.tensors["one_pw:bias"]
    assert given.digest != plain.tensors["one_pw:bias"].digest
    graph = repaired.corrected_graph(plan)
    assert np.array_equal(graph.constants[graph.by_name["one_pw"].inputs[2]], wanted)
    again = build_plan(graph, repaired.stats, hybrid, TARGET)
    assert list(again.own_key.values()) == list(plan.own_key.values())


def test_layers_of_16_bits_beside_8_are_left_as_they_are(net: Calibrated) -> None:
    repaired = net.workbench().repaired(EVERYTHING)
    config = HybridConfig().with_scheme(["one_pw", "one_pw_relu6"], QuantScheme.I16)
    plan = repaired.plan(config, TARGET)
    plain = build_plan(net.graph, net.stats, HybridConfig(default=QuantScheme.I16), TARGET)
    graph = repaired.corrected_graph(plan)
    for position in (1, 2):
        name = graph.by_name["one_pw"].inputs[position]
        assert np.array_equal(graph.constants[name], repaired.graph.constants[name])
    assert plain.scheme["one_pw"] is plan.scheme["one_pw"]


def test_the_corrected_network_in_float_gives_the_same_plan(net: Calibrated) -> None:
    repaired = net.workbench().repaired(EVERYTHING)
    plan = repaired.plan(HybridConfig(), TARGET)
    graph = repaired.corrected_graph(plan)
    again = build_plan(graph, repaired.stats, HybridConfig(), TARGET)
    assert list(again.own_key.values()) == list(plan.own_key.values())


def behind_a_logarithm() -> models.ModelProto:
    """A convolution behind one that gives NaN wherever it is negative, and one beside it."""
    b = models.Builder("log", seed=12)
    x = b.conv(b.input(), "first", 3, 8)
    odd = b.conv(b.node("Log", [x], "log"), "one", 8, 8, kernel=1)
    b.output(b.conv(b.node("Relu", [odd], "relu"), "two", 8, 4, kernel=1))
    b.output(b.conv(b.node("Relu", [x], "other_relu"), "three", 8, 4, kernel=1))
    return b.model()


@pytest.mark.filterwarnings("ignore:.*invalid value:RuntimeWarning")
@pytest.mark.parametrize("repairs", ALL_CHOICES, ids=str)
def test_layers_that_get_nan_stay_as_they_are(repairs: Repairs, tmp_path: Path) -> None:
    net = calibrated(behind_a_logarithm(), tmp_path, pictures=3)
    repaired = net.workbench().repaired(repairs)
    for name in ("one", "two"):
        own = repaired.corrected.get(name)
        assert own is None or (own.weight is None and own.bias is None)
    assert all(np.isfinite(array).all() for array in repaired.graph.constants.values())
    assert ("three" in repaired.corrected) == (
        repairs.rounding or repairs.bias is not BiasCorrection.NONE
    )
    plan = repaired.plan(HybridConfig(), TARGET)
    assert Programs().run_plan(plan, next(iter(net.judging.open())))


def test_numbers_too_large_to_square_leave_weights_as_they_are(tmp_path: Path) -> None:
    b = models.Builder("huge", seed=13)
    x = b.node("Relu", [b.conv(b.input(), "first", 3, 8)], "relu")
    b.output(b.conv(x, "second", 8, 4, kernel=1))
    b.constants["first.weight"] = b.constants["first.weight"] * np.float32(1e25)
    net = calibrated(b.model(), tmp_path, pictures=2)
    repaired = net.workbench().repaired(Repairs(rounding=True))
    assert repaired.corrected["first"].weight is not None
    assert "second" not in repaired.corrected


def test_equalization_that_other_pictures_would_notice_is_left_out(tmp_path: Path) -> None:
    """Every second picture has so little contrast that it knows nothing of the clips."""
    net = calibrated(models.imbalanced_net("relu6"), tmp_path)
    feeds = [
        {name: x * np.float32(0.1 if number % 2 else 3.0) for name, x in each.items()}
        for number, each in enumerate(net.samples.open())
    ]
    unlike = replace(net, samples=Samples(lambda: iter(feeds), len(feeds)))
    repaired = unlike.workbench().repaired(Repairs(equalize=True))
    assert "pictures outside the calibration" in " ".join(repaired.notes)
    assert repaired.graph.constants["one_dw.weight"] is net.graph.constants["one_dw.weight"]


def test_weights_that_layers_share_are_taken_apart(net: Calibrated) -> None:
    repaired = net.workbench().repaired(Repairs(rounding=True))
    graph = repaired.graph
    names = graph.by_name["one_dw"].inputs
    nodes = [
        replace(node, inputs=(node.inputs[0], *names[1:])) if node.name == "two_dw" else node
        for node in graph.nodes
    ]
    shares = replace(repaired, graph=replace(graph, nodes=tuple(nodes)))
    made = shares.corrected_graph(shares.plan(HybridConfig(), TARGET))
    for name in ("one_dw", "two_dw"):
        weight = made.constants[made.by_name[name].inputs[1]]
        wanted = repaired.corrected.get(name)
        own = graph.constants[graph.by_name["one_dw"].inputs[1]]
        np.testing.assert_array_equal(weight, own if wanted is None else wanted.weight)

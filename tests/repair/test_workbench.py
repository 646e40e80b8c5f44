"""The workbench: every choice on its own, measured on pictures the calibration never saw."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.programs import Programs
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.repair.choice import NO_REPAIRS, BiasCorrection, Repairs
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


def test_the_corrected_network_in_float_gives_the_same_plan(net: Calibrated) -> None:
    repaired = net.workbench().repaired(EVERYTHING)
    plan = repaired.plan(HybridConfig(), TARGET)
    graph = repaired.corrected_graph(plan.scheme)
    again = build_plan(graph, repaired.stats, HybridConfig(), TARGET)
    assert list(again.own_key.values()) == list(plan.own_key.values())


def test_weights_that_layers_share_are_taken_apart(net: Calibrated) -> None:
    repaired = net.workbench().repaired(Repairs(rounding=True))
    graph = repaired.graph
    names = graph.by_name["one_dw"].inputs
    nodes = [
        replace(node, inputs=(node.inputs[0], *names[1:])) if node.name == "two_dw" else node
        for node in graph.nodes
    ]
    shares = replace(repaired, graph=replace(graph, nodes=tuple(nodes)))
    made = shares.corrected_graph(dict.fromkeys(graph.by_name, U8))
    for name in ("one_dw", "two_dw"):
        weight = made.constants[made.by_name[name].inputs[1]]
        wanted = repaired.corrected.get(name)
        own = graph.constants[graph.by_name["one_dw"].inputs[1]]
        np.testing.assert_array_equal(weight, own if wanted is None else wanted.weight)

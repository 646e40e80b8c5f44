"""Equalization: the same network, its channels alike; clips, pads and ranges are respected."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.graph.model import Graph
from rkviz.progress import Cancelled
from rkviz.repair.equalize import (
    HEADROOMS,
    ChannelRange,
    careful_headroom,
    channel_ranges,
    equalize,
    output_sums,
    pairs_of,
    with_biases,
)
from rkviz.repair.layers import Samples, weighted_layers
from tests import models
from tests.repair.networks import Calibrated, calibrated

ACTIVATIONS = ["relu6", "relu", "leaky", "prelu"]


def equalized(net: Calibrated) -> tuple[Graph, Graph]:
    graph = with_biases(net.graph)
    ranges = channel_ranges(graph, [pair.value for pair in pairs_of(graph)], net.samples)
    return graph, equalize(graph, ranges)


def spread(graph: Graph, layer: str) -> float:
    """Largest over smallest channel of a layer's weights."""
    rows = np.abs(weighted_layers(graph)[layer].matrices).max(axis=2)
    return float(rows.max() / rows.min())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_equalized_network_is_the_same_network(activation: str, tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net(activation), tmp_path)
    graph, made = equalized(net)
    assert output_sums(graph, made, net.samples).snr_db > 100
    assert made.digest != graph.digest
    assert [node.name for node in made.nodes] == [node.name for node in graph.nodes]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_channels_become_alike(activation: str, tmp_path: Path) -> None:
    graph, made = equalized(calibrated(models.imbalanced_net(activation), tmp_path))
    for layer in ("one_dw", "two_dw"):
        assert spread(made, layer) < 0.5 * spread(graph, layer)


@pytest.mark.parametrize("build", models.ALL.values(), ids=models.ALL)
def test_every_network_stays_the_same(build, tmp_path: Path) -> None:
    net = calibrated(build(), tmp_path, pictures=4)
    graph, made = equalized(net)
    assert output_sums(graph, made, net.samples).snr_db > 100


def test_no_channel_starts_to_clip(tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net("relu6"), tmp_path)
    graph, made = equalized(net)
    names = [pair.value for pair in pairs_of(graph) if pair.ceiling == 6.0]
    before = channel_ranges(graph, names, net.samples)
    after = channel_ranges(made, names, net.samples)
    for name in names:
        clipped = before[name].high >= 6
        assert (after[name].high[~clipped] <= 6 * (1 + 1e-6)).all()
        assert (np.isclose(after[name].high, before[name].high, rtol=1e-5) | ~clipped).all()


def scaled(samples: Samples, factor: float) -> Samples:
    """The same pictures with more or less contrast."""
    feeds = [{name: x * np.float32(factor) for name, x in f.items()} for f in samples.open()]
    return Samples(lambda: iter(feeds), len(feeds))


def test_a_channel_near_the_clip_is_neither_widened_nor_narrowed(tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net("relu6"), tmp_path, pictures=2)
    graph = with_biases(net.graph)
    ranges = channel_ranges(graph, [pair.value for pair in pairs_of(graph)], net.samples)
    near = {n: ChannelRange(r.low * 0, np.full_like(r.high, 5.9)) for n, r in ranges.items()}
    made = weighted_layers(equalize(graph, near))
    for name, layer in weighted_layers(graph).items():
        assert np.array_equal(made[name].weight, layer.weight)


def test_pictures_the_ranges_do_not_know_decide_on_the_headroom(tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net("relu6"), tmp_path)
    graph = with_biases(net.graph)
    alike = (net.samples.every_other(0), net.samples.every_other(1))
    assert careful_headroom(graph, alike)[0] == HEADROOMS[0]
    unlike = (scaled(net.samples, 0.3), scaled(net.judging, 3))
    assert careful_headroom(graph, unlike)[0] == HEADROOMS[-1]
    worse = (scaled(net.samples, 0.1), scaled(net.judging, 3))
    assert careful_headroom(graph, worse)[0] is None
    none_left = (net.samples.every_other(0), Samples(lambda: iter(()), 0))
    assert careful_headroom(graph, none_left)[0] == HEADROOMS[-1]


def test_the_ranges_are_those_of_all_pictures(tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net("relu6"), tmp_path, pictures=5)
    graph = with_biases(net.graph)
    halves = (net.samples.every_other(0), net.samples.every_other(1))
    assert [half.count for half in halves] == [3, 2] == [len(list(h.open())) for h in halves]
    wanted = channel_ranges(graph, [pair.value for pair in pairs_of(graph)], net.samples)
    _, ranges = careful_headroom(graph, halves)
    assert ranges.keys() == wanted.keys()
    for name, known in ranges.items():
        assert np.array_equal(known.low, wanted[name].low)
        assert np.array_equal(known.high, wanted[name].high)


def test_no_range_of_an_activation_grows(tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net("leaky"), tmp_path)
    graph, made = equalized(net)
    names = [pair.value for pair in pairs_of(graph)]
    before = channel_ranges(graph, names, net.samples)
    after = channel_ranges(made, names, net.samples)
    for name in names:
        reach = max(before[name].high.max(), -before[name].low.min())
        assert after[name].high.max() <= reach * 1.001


def test_a_pad_and_a_pool_between_are_no_obstacle(tmp_path: Path) -> None:
    net = calibrated(models.imbalanced_net(), tmp_path, pictures=1)
    pairs = {(pair.first.name, pair.second.name): pair for pair in pairs_of(net.graph)}
    assert ("stem", "one_dw") in pairs
    assert ("two_pw", "fc") in pairs
    assert len(pairs) == 5


def test_a_second_reader_or_a_shared_weight_is_one(tmp_path: Path) -> None:
    residual = calibrated(models.residual(), tmp_path, pictures=1).graph
    assert {(p.first.name, p.second.name) for p in pairs_of(residual)} == {("conv1", "conv2")}
    chain = calibrated(models.chain(), tmp_path, pictures=1).graph
    nodes = [
        replace(n, inputs=(*n.inputs[:2], chain.by_name["conv1"].inputs[2]))
        if n.name == "conv2"
        else n
        for n in chain.nodes
    ]
    shared = chain.with_nodes(nodes)
    assert {p.first.name for p in pairs_of(chain)} == {"conv1", "conv2"}
    assert not list(pairs_of(shared))


def test_what_is_always_there_moves_into_the_next_bias(tmp_path: Path) -> None:
    b = models.Builder("always", seed=3)
    x = b.conv(b.input(), "first", 3, 6, kernel=1)
    b.constants["first.bias"] = np.full(6, 40, np.float32)
    b.output(b.conv(b.node("Relu", [x], "relu"), "second", 6, 4, kernel=1))
    net = calibrated(b.model(), tmp_path)
    graph, made = equalized(net)
    assert output_sums(graph, made, net.samples).snr_db > 90
    highest = [
        max(FloatNet(g, ["relu_out"]).run(f)["relu_out"].max() for f in net.samples.open())
        for g in (graph, made)
    ]
    assert highest[1] < 0.5 * highest[0]


def test_zero_biases_change_nothing(tmp_path: Path) -> None:
    b = models.Builder("plain", seed=4)
    b.output(b.conv(b.conv(b.input(), "one", 3, 6, bias=False), "two", 6, 4, bias=False))
    net = calibrated(b.model(), tmp_path)
    graph = with_biases(net.graph)
    assert all(len(graph.by_name[name].inputs) == 3 for name in ("one", "two"))
    assert output_sums(net.graph, graph, net.samples).error_sq == 0
    assert with_biases(graph) is graph


def test_gathering_ranges_can_be_cancelled(tmp_path: Path) -> None:
    net = calibrated(models.chain(), tmp_path)

    def stop(done: float, total: float, text: str = "") -> None:
        if done >= 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        channel_ranges(net.graph, ["relu1_out"], net.samples, stop)

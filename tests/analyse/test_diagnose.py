"""Why-facts: each rule of the diagnosis on a network made to have what it speaks of."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.analyse.analysis import analyse
from rkviz.analyse.diagnose import Findings, diagnose
from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.finding_texts import TEXTS
from rkviz.analyse.head_rules import boxes_with_scores
from rkviz.analyse.remedies import CutConcat, Normalize, SetRange, SetScheme, applied, remedy_text
from rkviz.calibrate.observers import calibrate
from rkviz.calibrate.stats import CalibrationStats
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.groups import shared_groups, tail
from rkviz.quantize.range_method import RangeKind, RangeMethod
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

RV1126 = target_named("rv1126")


def measured(graph: Graph, *pictures: np.ndarray, histograms=False) -> CalibrationStats:
    feeds = [{"x": picture} for picture in pictures]
    return calibrate(graph, feeds, FloatPieces(graph).run, "test", histograms=histograms)


def findings(
    graph: Graph, *pictures: np.ndarray, config: HybridConfig | None = None, histograms=False
) -> Findings:
    """What diagnosis says of a network calibrated and analysed on the same `pictures`."""
    stats = measured(graph, *pictures, histograms=histograms)
    plan = build_plan(graph, stats, config or HybridConfig(), RV1126)
    feeds = [{"x": picture} for picture in pictures]
    report = analyse(plan, feeds, [str(i) for i in range(len(feeds))], "test")
    return diagnose(plan, report, stats)


def rules(found: Findings, layer: str) -> dict[str, Finding]:
    return {finding.rule: finding for finding in found.get(layer, ())}


def picture(shape: tuple[int, ...] = (1, 4, 8, 8), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def head(factor: float = 320.0) -> Sketch:
    """Boxes in pixels and scores joined to one tensor, as detectors export it."""
    sketch = Sketch()
    pixels = sketch.constant("pixels", np.full(1, factor))
    sketch.add("boxes", "Mul", sketch.conv("distances", "x"), pixels)
    sketch.add("scores", "Sigmoid", sketch.conv("logits", "x", seed=1))
    sketch.add("joined", "Concat", "boxes", "scores", shape=(1, 8, 8, 8), axis=1)
    sketch.constants["sizes"] = np.array([1, 8, 64])
    sketch.add("flat", "Reshape", "joined", "sizes", shape=(1, 8, 64))
    return sketch


def test_the_head_is_found_before_any_picture() -> None:
    graph = head().graph("flat")
    (finding,) = boxes_with_scores(graph)
    assert (finding.layer, finding.severity) == ("joined", Severity.SEVERE)
    assert finding.values == {"scores": "scores", "others": "boxes"}
    assert finding.remedies == (
        CutConcat("joined", ("boxes", "scores")),
        SetScheme(("joined", "flat"), QuantScheme.FLOAT),
        SetScheme(("boxes", "scores", "joined", "flat"), QuantScheme.I16),
    )


def test_concats_inside_a_network_are_no_heads() -> None:
    sketch = head()
    sketch.add("more", "Relu", "flat", shape=(1, 8, 64))
    assert not boxes_with_scores(sketch.graph("more"))


def test_after_calibration_both_sides_are_blamed() -> None:
    graph = head().graph("flat")
    found = diagnose(build_plan(graph, measured(graph, picture()), HybridConfig(), RV1126))
    joined, scores = rules(found, "joined")["unlike-ranges"], rules(found, "scores")["collapsed"]
    assert joined.severity is scores.severity is Severity.SEVERE
    assert isinstance(joined.remedies[0], CutConcat)
    assert float(joined.values["ratio"]) > 128
    assert "one code" in scores.sentence


def test_a_layer_given_too_wide_a_range_uses_few_codes() -> None:
    sketch = Sketch()
    graph = sketch.graph(sketch.conv("conv", "x"))
    plan = build_plan(
        graph,
        stats_of(graph),
        HybridConfig().with_override("conv", LayerConfig(range=(-16.0, 16.0))),
        RV1126,
    )
    finding = rules(diagnose(plan), "conv")["few-codes"]
    assert finding.values["codes"] == 17
    assert finding.remedies == (SetRange("conv", -1.0, 1.0),)
    config = applied(finding.remedies[0], HybridConfig())
    assert config is not None
    assert config.for_layer("conv").range == (-1.0, 1.0)


def test_channels_whose_weights_differ() -> None:
    sketch = Sketch()
    sketch.conv("conv", "x")
    weights = sketch.constants["conv.w"] * np.array([100, 1, 1, 1]).reshape(4, 1, 1, 1)
    graph = sketch.graph("conv")
    assert "channel-imbalance" not in rules(findings(graph, picture()), "conv")
    sketch.constant("conv.w", weights)
    finding = rules(findings(sketch.graph("conv"), picture()), "conv")["channel-imbalance"]
    assert finding.values["starved"] == 3
    assert finding.values["channels"] == 4
    assert {type(remedy).__name__ for remedy in finding.remedies} == {
        "EqualizeChannels", "CorrectBias", "SetScheme",
    }  # fmt: skip


def test_a_few_values_that_set_the_range() -> None:
    sketch = Sketch((1, 4, 64, 64))
    sketch.add("bent", "Tanh", "x")
    shown = picture(sketch.shape)
    shown[0, 0, 0, :2] = 300.0
    graph = sketch.graph("bent")
    counted = rules(findings(graph, shown, histograms=True), "x")["outliers"]
    low, high = float(counted.values["low"]), float(counted.values["high"])
    left = counted.values["count"]
    # The bins at both ends may hold a few values more.
    assert left <= np.count_nonzero((shown < low) | (shown > high)) + 8
    assert 2 <= float(left) <= 1e-3 * shown.size
    assert float(counted.values["ratio"]) > 30
    known = rules(findings(graph, shown), "x")
    assert "long-tail" in known
    assert not rules(findings(graph, picture(sketch.shape), histograms=True), "x")


def test_one_picture_that_sets_the_range() -> None:
    shown = [picture(seed=seed) for seed in range(5)]
    sketch = Sketch()
    graph = sketch.graph(sketch.conv("conv", "x"))
    assert "one-picture" not in rules(findings(graph, *shown), "conv")
    shown[2] = shown[2] * 20
    finding = rules(findings(graph, *shown), "conv")["one-picture"]
    assert finding.values["picture"] == 3
    assert float(finding.values["ratio"]) > 5
    config = applied(finding.remedies[0], HybridConfig())
    assert config is not None
    assert config.for_layer("conv").range_method == RangeMethod(RangeKind.PERCENTILE)


def test_values_outside_the_range() -> None:
    sketch = Sketch()
    graph = sketch.graph(sketch.conv("conv", "x"))
    config = HybridConfig().with_override("conv", LayerConfig(range=(-0.5, 0.5)))
    finding = rules(findings(graph, picture(), config=config), "conv")["saturated"]
    assert float(finding.values["share"]) > 0.1
    assert isinstance(finding.remedies[0], SetRange)


def test_what_is_clipped_for_a_flat_sigmoid_is_to_be_judged_behind_it() -> None:
    sketch = Sketch()
    sketch.add("scores", "Sigmoid", sketch.conv("conv", "x"))
    found = rules(findings(sketch.graph("scores"), 20 * picture()), "conv")
    assert "saturated" not in found
    finding = found["flat-sigmoid"]
    assert finding.severity is Severity.NOTE
    assert finding.values["culprit"] == "scores"
    assert "clipped, where scores behind it is flat" in finding.sentence


def test_raw_pictures_at_an_input_with_a_range_are_to_be_prepared_for_it() -> None:
    sketch = Sketch()
    graph = sketch.graph(sketch.conv("conv", "x"))
    config = HybridConfig().with_override("x", LayerConfig(range=(-1.0, 1.0)))
    raw = np.abs(picture()) * 100
    finding = rules(findings(graph, raw, config=config), "x")["saturated"]
    assert finding.remedies[0] == Normalize("", -1.0, 1.0)
    assert remedy_text(finding.remedies[0]) == "prepare pictures with mean 127.5 and std 127.5"


def test_a_victim_names_its_culprit() -> None:
    sketch = Sketch()
    sketch.conv("guilty", "x")
    sketch.conv("honest", "guilty", seed=1)
    sketch.conv("victim", "honest", seed=2)
    config = HybridConfig().with_override("guilty", LayerConfig(range=(-200.0, 200.0)))
    found = findings(sketch.graph("victim"), picture(), config=config)
    inherited = rules(found, "victim")["inherited"]
    assert inherited.values["culprit"] == "guilty"
    assert "guilty" in inherited.advice
    assert "inherited" not in rules(found, "guilty")


def test_noise_of_many_layers_blames_none_alone() -> None:
    sketch, last = Sketch(), "x"
    for number in range(40):
        last = sketch.conv(f"conv{number}", last, seed=number)
    found = findings(sketch.graph(last), picture())
    assert "adds-up" in rules(found, last)
    assert "inherited" not in rules(found, last)


def test_sums_with_steps_larger_than_a_code() -> None:
    sketch = Sketch()
    graph = sketch.graph(sketch.conv("conv", "x"))
    stats = stats_of(graph, x=(-300.0, 300.0), conv=(-1.0, 1.0))
    plan = build_plan(graph, stats, HybridConfig(), RV1126)
    assert "coarse-accumulator" in rules(diagnose(plan), "conv")


def test_the_most_severe_comes_first() -> None:
    found = findings(head().graph("flat"), picture())
    for group in found.values():
        severities = [finding.severity for finding in group]
        assert severities == sorted(severities, reverse=True)


def test_a_dead_slice_is_told() -> None:
    found = findings(head().graph("flat"), picture())
    dead = rules(found, "flat")["dead-slice"]
    assert dead.values["slice"] == "scores"
    assert "unlike-slices" in rules(found, "flat")


@pytest.mark.parametrize("rule", TEXTS)
def test_every_text_ends_like_a_sentence(rule: str) -> None:
    assert TEXTS[rule].sentence.endswith(".")
    assert TEXTS[rule].advice.endswith(".")


def test_remedies_have_words() -> None:
    (finding,) = boxes_with_scores(head().graph("flat"))
    assert [remedy_text(remedy) for remedy in finding.remedies] == [
        "cut the network at joined",
        "run joined and 1 more in F",
        "run boxes and 3 more in i16",
    ]


def test_groups_are_a_partition_in_order() -> None:
    graph = head().graph("flat")
    groups = shared_groups(graph)
    assert ("boxes", "scores", "joined", "flat") in groups
    assert sorted(name for group in groups for name in group) == sorted(graph.heads)
    apart = shared_groups(graph, apart=("joined",))
    assert ("joined", "flat") in apart
    assert tail(graph, "joined") == ("joined", "flat")

"""Remedies tried out: what each does for the parts of a detector's head."""

from __future__ import annotations

import numpy as np

from rkviz.analyse.head_rules import boxes_with_scores
from rkviz.analyse.remedies import CutConcat, applied
from rkviz.analyse.slices import SliceError
from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.graph.model import Graph
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.repair.layers import Samples
from rkviz.search.judge import Judge
from rkviz.search.remedies import outputs_without, part_errors, restricted, without_concat
from rkviz.target import target_named
from tests.graphs import Sketch

RV1126 = target_named("rv1126")


def head() -> Graph:
    sketch = Sketch()
    sketch.constants["pixels"] = np.full(1, 320, np.float32)
    sketch.add("boxes", "Mul", sketch.conv("distances", "x"), "pixels")
    sketch.add("scores", "Sigmoid", sketch.conv("logits", "x", seed=1))
    sketch.add("joined", "Concat", "boxes", "scores", shape=(1, 8, 8, 8), axis=1)
    sketch.conv("more", "x", seed=2)
    return sketch.graph("more", "joined")


def pictures() -> Samples:
    rng = np.random.default_rng(3)
    shown = [{"x": rng.normal(size=(1, 4, 8, 8)).astype(np.float32)} for _ in range(2)]
    return Samples(lambda: iter(shown), 2)


def test_every_remedy_of_the_head_mends_the_scores() -> None:
    graph = head()
    stats = calibrate(graph, pictures().open(), FloatPieces(graph).run, "test")
    (finding,) = boxes_with_scores(graph)
    config = HybridConfig()
    before = scores(part_errors(build_plan(graph, stats, config, RV1126), Judge(graph, pictures())))
    assert before.is_dead
    mended: dict[str, float] = {}
    for remedy in finding.remedies:
        if isinstance(remedy, CutConcat):
            left = without_concat(graph, remedy)
            plan, judge = build_plan(left, stats, config, RV1126), Judge(left, pictures())
        else:
            made = applied(remedy, config)
            assert made is not None
            plan, judge = build_plan(graph, stats, made, RV1126), Judge(graph, pictures())
        after = scores(part_errors(plan, judge))
        assert not after.is_dead
        mended[type(remedy).__name__ + str(len(mended))] = after.sums().cosine
    assert mended["CutConcat0"] > 0.999
    assert mended["SetScheme1"] > 0.999


def scores(parts: tuple[SliceError, ...]) -> SliceError:
    return next(part for part in parts if part.name == "scores")


def test_a_cut_keeps_the_other_outputs_in_their_place() -> None:
    graph = head()
    remedy = CutConcat("joined", ("boxes", "scores"))
    assert outputs_without(graph, remedy) == ("more", "boxes", "scores")
    left = without_concat(graph, remedy)
    assert "joined" not in left.by_name
    assert left.outputs == ("more", "boxes", "scores")


def test_a_configuration_follows_what_is_left() -> None:
    graph = head()
    left = without_concat(graph, CutConcat("joined", ("boxes", "scores")))
    config = HybridConfig().with_scheme(["joined", "logits"], HybridConfig().default.I16)
    assert list(restricted(config, left).overrides) == ["logits"]

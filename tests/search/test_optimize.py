"""The search on tiny networks: goals are met, rules of the chip and the user's locks hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.cost import total_cost
from rkviz.errors import ConfigError
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.progress import Cancelled
from rkviz.quantize.build import build_plan, effective_schemes, too_many_types
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.groups import shared_groups
from rkviz.repair.layers import Samples
from rkviz.search.judge import Judge
from rkviz.search.optimize import Task, optimize
from rkviz.search.points import Found, Goal
from rkviz.search.quality import quality_named
from rkviz.target import target_named
from tests.graphs import Sketch

RV1126 = target_named("rv1126")
U8, I8, I16, FLOAT = QuantScheme.U8, QuantScheme.I8, QuantScheme.I16, QuantScheme.FLOAT


def feeds(seed: int, count: int, shape: tuple[int, ...] = (1, 4, 8, 8)):
    rng = np.random.default_rng(seed)
    return [{"x": rng.normal(size=shape).astype(np.float32)} for _ in range(count)]


def branches() -> Graph:
    """A chain whose middle joins two branches; conv1 has a channel that starves the others."""
    sketch = Sketch()
    sketch.conv("conv0", "x")
    sketch.conv("conv1", "conv0", seed=1)
    sketch.constants["conv1.w"] = sketch.constants["conv1.w"] * np.array(
        [200, 1, 1, 1], np.float32
    ).reshape(4, 1, 1, 1)
    sketch.conv("left", "conv1", seed=2)
    sketch.conv("right", "conv1", seed=3)
    sketch.add("joined", "Concat", "left", "right", shape=(1, 8, 8, 8), axis=1)
    sketch.add("pooled", "MaxPool", "joined", shape=(1, 8, 4, 4), kernel_shape=(2, 2),
               strides=(2, 2), pads=(0, 0, 0, 0), dilations=(1, 1), ceil_mode=0)  # fmt: skip
    sketch.add("out", "Tanh", "pooled", shape=(1, 8, 4, 4))
    return sketch.graph("out")


def head() -> Graph:
    sketch = Sketch()
    sketch.constants["pixels"] = np.full(1, 320, np.float32)
    sketch.add("boxes", "Mul", sketch.conv("distances", "x"), "pixels")
    sketch.add("scores", "Sigmoid", sketch.conv("logits", "x", seed=1))
    sketch.add("joined", "Concat", "boxes", "scores", shape=(1, 8, 8, 8), axis=1)
    return sketch.graph("joined")


def task(graph: Graph, goal: Goal | None = None, quality: str = "snr", **changes) -> Task:
    stats = calibrate(graph, feeds(0, 3), FloatPieces(graph).run, "test")
    shown = feeds(1, 3)
    made = Task(
        plan_of=lambda config: build_plan(graph, stats, config, RV1126),
        config=HybridConfig(),
        target=RV1126,
        judge=Judge(graph, Samples(lambda: shown, 3)),
        quality=quality_named(quality, graph),
        samples=Samples(lambda: feeds(0, 2), 2),
        goal=goal or Goal(),
    )
    return replace(made, **changes)


def milliseconds(task: Task, config: HybridConfig) -> float:
    return total_cost(task.plan_of(config), RV1126).milliseconds


def test_the_curve_only_falls_and_begins_at_the_fastest() -> None:
    found = optimize(task(branches()))
    assert len(found.curve) >= 3
    for one, other in pairwise(found.curve):
        assert one.time_ms < other.time_ms
        assert one.predicted_db < other.predicted_db
    assert found.complete
    assert found.start is not None
    assert found.start.config == HybridConfig()
    assert found.reached


def test_rules_of_the_chip_hold_at_every_point() -> None:
    graph = branches()
    work = task(graph, types=(U8, I8, I16, FLOAT))
    groups = shared_groups(graph)
    for point in optimize(work).curve:
        schemes = effective_schemes(graph, point.config, RV1126)
        assert not too_many_types(graph, schemes)
        for group in groups:
            assert len({schemes[head] for head in group}) == 1


def test_what_is_measured_is_what_the_configuration_gives() -> None:
    work = task(branches())
    for point in optimize(work).measured:
        plan = work.plan_of(point.config)
        assert work.judge.measure(plan, work.quality) == pytest.approx(point.measured)
        assert point.time_ms == pytest.approx(total_cost(plan, RV1126).milliseconds)


def test_the_best_quality_within_a_time() -> None:
    graph = branches()
    limit = milliseconds(task(graph), HybridConfig(I16))
    found = optimize(task(graph, Goal(max_ms=limit)))
    assert found.reached
    assert found.best is not None
    assert found.start is not None
    assert found.best.time_ms <= limit
    assert found.best.measured > found.start.measured
    assert found.best.measured == max(
        point.measured for point in found.measured if point.time_ms <= limit
    )


def test_the_least_time_above_a_quality() -> None:
    graph = branches()
    start = optimize(task(graph)).start
    assert start is not None
    floor = start.measured + 10
    found = optimize(task(graph, Goal(min_quality=floor)))
    assert found.reached
    assert found.best is not None
    assert found.best.measured >= floor
    assert found.best.time_ms < milliseconds(task(graph), HybridConfig(FLOAT))
    assert found.best.time_ms == min(
        point.time_ms for point in found.measured if point.measured >= floor
    )


def test_a_start_that_is_good_enough_is_not_made_slower() -> None:
    found = optimize(task(branches(), Goal(min_quality=-100.0)))
    assert found.best is found.start
    assert len(found.measured) == 1


def test_out_of_reach_the_nearest_is_told() -> None:
    found = optimize(task(branches(), Goal(min_quality=1e6)))
    assert not found.reached
    assert found.best is not None
    assert found.best.measured == max(point.measured for point in found.measured)
    too_fast = optimize(task(branches(), Goal(max_ms=1e-9)))
    assert not too_fast.reached
    assert too_fast.best is not None


def test_locked_layers_stay() -> None:
    graph = branches()
    config = HybridConfig().with_scheme(["conv1"], I8)
    work = task(graph, Goal(min_quality=60.0), locked=frozenset({"conv1", "right"}), config=config)
    found = optimize(work)
    for point in (*found.curve, *found.measured):
        assert point.config.for_layer("conv1").scheme is I8
        assert effective_schemes(graph, point.config, RV1126)["right"] is U8


def test_everything_locked_leaves_nothing_to_search() -> None:
    graph = branches()
    with pytest.raises(ConfigError, match="No layer has a choice"):
        optimize(task(graph, locked=frozenset(graph.heads)))


def test_every_choice_says_what_it_buys_and_costs() -> None:
    found = optimize(task(branches(), Goal(min_quality=40.0)))
    assert found.best is not None
    assert found.best.choices
    for choice in found.best.choices:
        assert choice.scheme is not U8
        assert choice.layers
    bought = [choice.bought_db for choice in found.best.choices]
    assert bought == sorted(bought, reverse=True)
    assert bought[0] > 0


def test_the_costs_of_all_choices_add_up() -> None:
    found = optimize(task(branches(), Goal(min_quality=40.0)))
    for point in found.curve:
        begun, _ = point.options.begun
        spent = sum(choice.cost_us for choice in point.choices)
        assert spent == pytest.approx(1000 * (point.time_ms - begun))


def test_a_cancelled_search_leaves_its_results() -> None:
    kept: list[Found] = []

    def stop(done: float, total: float, text: str = "") -> None:
        if kept and len(kept[-1].measured) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        optimize(task(branches()), stop, kept.append)
    assert len(kept[-1].measured) == 2
    assert kept[-1].curve
    assert kept[-1].best is not None
    assert not kept[-1].complete


def test_the_head_of_a_detector_is_mended_by_the_cheapest_means() -> None:
    """The joined tensor in float, scores in a range of their own: the convolutions stay u8."""
    graph = head()
    work = task(graph, Goal(min_quality=0.999), "worst-slice", by_part=True)
    found = optimize(work)
    assert found.start is not None
    assert found.start.measured < 0.9
    assert found.reached
    assert found.best is not None
    schemes = effective_schemes(graph, found.best.config, RV1126)
    (choice,) = found.best.choices
    assert choice.layers == ("joined",)
    assert choice.bought_db > 20
    assert choice.cost_us > 0
    assert schemes["joined"] is FLOAT
    assert schemes["distances"] is U8


def test_progress_only_grows() -> None:
    seen: list[float] = []
    optimize(task(branches()), lambda done, total, text="": seen.append(done / total))
    assert all(one <= other + 1e-9 for one, other in pairwise(seen))
    assert seen[-1] == 1

"""analyse: own and accumulated error; only what a change touches is computed again."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Self

import numpy as np
import pytest

from rkviz.analyse import analysis
from rkviz.analyse.analysis import CodeCache, analyse
from rkviz.analyse.report import AnalysisReport
from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real, run_plan
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.progress import Cancelled
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.target import target_named
from tests.graphs import Sketch

NAMES = ["one", "two"]


def samples(graph: Graph) -> list[dict[str, np.ndarray]]:
    random = np.random.default_rng(5)
    shape = graph.shape("x")
    return [{"x": random.normal(size=shape).astype(np.float32)} for _ in NAMES]


def network() -> Graph:
    """x -> a(relu) -> b(relu) -> pool -> sum with b -> c."""
    sketch = Sketch()
    sketch.add("a.relu", "Relu", sketch.conv("a", "x", 1))
    sketch.add("b.relu", "Relu", sketch.conv("b", "a.relu", 2))
    sketch.add("turn", "Transpose", "b.relu", perm=(0, 1, 3, 2))
    sketch.add("sum", "Add", "turn", "b.relu")
    sketch.conv("c", "sum", 3)
    return sketch.graph("c")


def plan_for(graph: Graph, config: HybridConfig | None = None) -> QuantPlan:
    stats = calibrate(graph, samples(graph), FloatPieces(graph).run, "test")
    return build_plan(graph, stats, config or HybridConfig(), target_named("rv1126"))


def report_of(plan: QuantPlan, **options) -> AnalysisReport:
    return analyse(plan, samples(plan.graph), NAMES, "digest", **options)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the steps the emulator runs."""
    names: list[str] = []
    run_step = Programs.run_step

    def spy(self: Programs, plan: QuantPlan, step: Step, *rest: object) -> dict:
        names.append(step.name)
        return run_step(self, plan, step, *rest)

    monkeypatch.setattr(Programs, "run_step", spy)
    return names


def test_accumulated_is_the_whole_integer_network_against_float() -> None:
    plan = plan_for(network())
    report = report_of(plan)
    feeds = samples(plan.graph)[1]
    codes, floats = run_plan(plan, feeds), FloatNet(plan.graph).run(feeds)
    for layer, tensor in (("b", "b.relu"), ("c", "c")):
        difference = floats[tensor] - as_real(plan, tensor, codes[tensor])
        sums = report.sums(layer, "accumulated", image=1)
        assert sums.error_sq == pytest.approx(float((difference**2).sum()), rel=1e-5)
        assert sums.max_abs == pytest.approx(float(np.abs(difference).max()), rel=1e-5)


def test_own_does_not_depend_on_the_type_of_layers_before() -> None:
    graph = network()
    in_u8 = report_of(plan_for(graph))
    mixed = report_of(plan_for(graph, HybridConfig().with_scheme(["a"], QuantScheme.I16)))
    assert mixed.layers["c"].own == in_u8.layers["c"].own
    assert mixed.layers["c"].accumulated != in_u8.layers["c"].accumulated


def test_moves_have_no_error_of_their_own() -> None:
    report = report_of(plan_for(network()))
    assert report.sums("turn", "own").error_sq == 0
    assert report.sums("turn", "accumulated").error_sq > 0


def test_a_resize_that_takes_other_pixels_than_the_network_has_an_error_of_its_own() -> None:
    plans = {}
    for mode in ("floor", "ceil"):
        sketch = Sketch()
        attrs = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric"}
        scales = (1.0, 1.0, 2.0, 2.0)
        sketch.add("up", "Resize", "x", shape=(1, 4, 16, 16), **attrs, nearest_mode=mode,
                   scales=scales)  # fmt: skip
        plans[mode] = report_of(plan_for(sketch.graph("up"))).sums("up", "own")
    assert plans["floor"].error_sq == 0
    assert plans["ceil"].snr_db < 10


def test_a_convolution_and_its_fused_relu_have_the_same_errors() -> None:
    report = report_of(plan_for(network()))
    assert report.layers["b"] == report.layers["b.relu"]


def test_over_all_pictures_is_the_sum_of_the_pictures() -> None:
    report = report_of(plan_for(network()))
    parts = [report.sums("c", "own", image) for image in range(len(NAMES))]
    assert report.sums("c", "own") == parts[0] + parts[1]
    assert report.worst("snr_db", "own")[0][1] == min(report.metric("snr_db", "own").values())


def test_a_change_runs_the_layer_alone_and_what_follows_it(ran: list[str]) -> None:
    graph, cache = network(), CodeCache()
    first = report_of(plan_for(graph), cache=cache)
    ran.clear()
    edited = plan_for(graph, HybridConfig().with_scheme(["sum"], QuantScheme.I16))
    again = report_of(edited, previous=first, cache=cache)
    assert set(ran) == {"turn:i16:convert", "b.relu:i16:convert", "sum", "sum:u8:convert", "c"}
    assert again.layers["b"] is not first.layers["c"]
    fresh = report_of(edited)
    assert dict(again.layers) == dict(fresh.layers)


def test_nothing_runs_when_nothing_changed(ran: list[str]) -> None:
    plan = plan_for(network())
    first = report_of(plan)
    ran.clear()
    assert dict(report_of(plan, previous=first).layers) == dict(first.layers)
    assert ran == []


def test_other_pictures_are_never_mixed_with_old_ones(ran: list[str]) -> None:
    plan = plan_for(network())
    first = report_of(plan)
    ran.clear()
    analyse(plan, samples(plan.graph), NAMES, "other pictures", previous=first)
    assert "c" in ran


def test_a_small_cache_changes_nothing_but_the_time() -> None:
    graph = network()
    plan = plan_for(graph)
    tiny = CodeCache(limit_bytes=600)
    first = report_of(plan, cache=tiny)
    edited = plan_for(graph, HybridConfig().with_scheme(["c"], QuantScheme.FLOAT))
    assert dict(report_of(edited, previous=first, cache=tiny).layers) == dict(
        report_of(edited).layers
    )


class Beside:
    """A second thread that does all its work at once, or comes to it when all others is done."""

    at_once = True

    def __init__(self, threads: int) -> None:
        assert threads == 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def submit(self, work: Callable[..., object], *given: object) -> Future[object]:
        future: Future[object] = Future()
        if self.at_once:
            future.set_result(work(*given))
        else:
            vars(future).update(done=lambda: True, result=lambda: work(*given))
        return future


@pytest.mark.parametrize("at_once", [True, False])
def test_which_thread_takes_the_own_errors_changes_nothing(
    at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(network())
    wanted = dict(report_of(plan).layers)
    monkeypatch.setattr(Beside, "at_once", at_once)
    monkeypatch.setattr(analysis, "ThreadPoolExecutor", Beside)
    assert dict(report_of(plan).layers) == wanted


def test_cancel_stops_between_layers() -> None:
    plan = plan_for(network())
    seen: list[float] = []

    def cancel_at_three(done: float, total: float, text: str = "") -> None:
        seen.append(done)
        if done >= 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        report_of(plan, progress=cancel_at_three)
    assert seen[-1] >= 3 > max([0, *seen[:-1]])


def test_progress_reaches_its_total() -> None:
    seen: list[tuple[float, float]] = []
    report_of(plan_for(network()), progress=lambda done, total, text="": seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert seen == sorted(seen)


def overflowing(bias_share: float) -> QuantPlan:
    """The network with a bias that fills this share of the accumulator of layer b."""
    graph = network()
    plan = plan_for(graph)
    unit = plan.tensors["b:bias"].params.scale
    bias = np.array(graph.constants["b.b"])
    bias[0] = bias_share * 2.0**31 * unit
    stats = calibrate(graph, samples(graph), FloatPieces(graph).run, "test")
    heavy = replace(graph, constants={**graph.constants, "b.b": bias})
    return build_plan(heavy, stats, HybridConfig(), target_named("rv1126"))


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.99, "b: its accumulator comes within a factor of 1.01 of overflowing its 32 bits"),
        (0.625, "b: its accumulator comes within a factor of 1.60 of overflowing its 32 bits"),
        (0.3, ""),
    ],
)
def test_a_full_accumulator_is_told_of(share: float, words: str) -> None:
    notes = [note for note in report_of(overflowing(share)).notes if "accumulator" in note]
    assert bool(words) == bool(notes)
    assert all(note.startswith(words) for note in notes)


def test_an_accumulator_that_wraps_is_told_of_however_the_report_was_made() -> None:
    plan = overflowing(-1.0)
    cache = CodeCache()
    first = report_of(plan, cache=cache)
    (note,) = [note for note in first.notes if "accumulator" in note]
    assert note.startswith("b: its accumulator overflows: the largest sum is 1.0")
    assert first.layers["b"].accumulator > 1
    assert report_of(plan, previous=first).notes == first.notes
    assert report_of(plan, cache=cache).notes == first.notes
    assert report_of(plan_for(network()), previous=first, cache=cache).notes != first.notes


def test_findings_of_the_rules_become_notes() -> None:
    graph = network()
    plan = plan_for(graph, HybridConfig().with_scheme(["a"], QuantScheme.FLOAT))
    (note,) = report_of(plan).notes
    assert note.startswith("a: It runs in fp16")

"""Named plans, and runs with their numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from rkviz.numerics import QuantScheme
from rkviz.plans import (
    MOST_RUNS,
    OutputNumbers,
    Plan,
    Run,
    differences,
    free_name,
    with_run,
)
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.range_method import RangeMethod
from rkviz.repair.choice import NO_REPAIRS, Repairs

U8, I16 = QuantScheme.U8, QuantScheme.I16


def run(config: HybridConfig = HybridConfig(), name: str = "main", **changes: object) -> Run:  # noqa: B008
    plan = Plan(name, config, NO_REPAIRS)
    made = Run(
        plan, "2026-01-31T12:00:00", "basis", 4, 10.0, 3.5, (OutputNumbers("out", 20, 0.99),)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_worst_output_speaks_for_a_run():
    outputs = (
        OutputNumbers("boxes", 30.0, 0.999, "xy", 0.99),
        OutputNumbers("scores", 8.0, math.nan, "person", 0.98, dead_parts=2),
    )
    made = run(outputs=outputs)
    assert made.snr_db == 8.0
    assert made.cosine == -math.inf, "no number is worse than any"
    assert made.worst is outputs[1], "a dead part is worse than a bad one"
    assert made.dead_parts == 2
    assert made.fps == 100.0


def test_a_run_of_the_same_choices_takes_the_place_of_the_older_one():
    other = run(HybridConfig(I16))
    history = with_run(with_run((run(),), other), run(when="later"))
    assert [entry.when for entry in history] == [other.when, "later"]
    assert with_run(history, run(name="copy"))[-1].plan.name == "copy"
    assert len(with_run(history, run(name="copy"))) == 2, "its name makes no difference"
    assert len(with_run(history, run(basis="other pictures"))) == 3


def test_the_history_is_bounded_in_runs_and_in_choices():
    history: tuple[Run, ...] = ()
    for number in range(MOST_RUNS + 5):
        history = with_run(history, run(basis=str(number)))
    assert [history[0].basis, history[-1].basis] == ["5", str(MOST_RUNS + 4)]
    large = HybridConfig(overrides={f"layer{n}": LayerConfig(I16) for n in range(40_000)})
    assert len(with_run(with_run((), run(large)), run(large, basis="other"))) == 1


def test_layers_differ_by_what_holds_for_them():
    before = HybridConfig(overrides={"a": LayerConfig(I16)})
    after = HybridConfig(I16, {"c": LayerConfig(range=(0.0, 6.0))})
    found = differences(["a", "b", "c"], before, after)
    assert [entry.layer for entry in found] == ["b", "c"], "a is i16 in both"
    assert (found[0].before.scheme, found[0].after.scheme) == (U8, I16)
    assert found[1].after.range == (0.0, 6.0)
    method = replace(before, range_method=RangeMethod.parse("mmse"))
    assert [entry.layer for entry in differences(["a", "b"], before, method)] == ["a", "b"]


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [("main", [], "main"), ("main", ["main"], "main 2"), ("main 2", ["main", "main 2"], "main 3")],
)
def test_a_free_name_counts_on(wanted: str, taken: list[str], name: str):
    assert free_name(wanted, taken) == name


def test_plans_sort_as_people_count():
    plans = [Plan(name, HybridConfig(), Repairs()) for name in ("v10", "V9", "2", "main")]
    assert [p.name for p in sorted(plans, key=lambda p: p.sort_key)] == ["2", "main", "V9", "v10"]

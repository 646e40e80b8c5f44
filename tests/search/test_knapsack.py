"""The knapsack: equal to trying everything, and a curve that never turns back."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.search.knapsack import Choices, Pair, pareto


def small_numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(0, 20, shape).astype(np.float64)


@st.composite
def problems(draw: st.DrawFn) -> Choices:
    groups, types = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    time = small_numbers(rng, groups, types) + 1
    noise = small_numbers(rng, groups, types)
    noise[rng.random(noise.shape) < 0.15] = np.inf
    pairs = {}
    for i in range(groups):
        for j in range(i + 1, groups):
            if rng.random() < 0.5:
                different = 1 - np.eye(types)
                numbers = small_numbers(rng, 2, types, types)
                pairs[i, j] = Pair(numbers[0] * different, numbers[1] * different)
    return Choices(time, noise, pairs)


def tried(choices: Choices) -> list[tuple[float, float]]:
    """The front of all choices there are."""
    groups, types = choices.time.shape
    totals = sorted(choices.total(each) for each in product(range(types), repeat=groups))
    front: list[tuple[float, float]] = []
    for time, noise in totals:
        if np.isfinite(noise) and (not front or noise < front[-1][1]):
            front.append((time, noise))
    return front


@settings(max_examples=150, deadline=None)
@given(problems())
def test_the_curve_is_what_trying_everything_gives(choices: Choices) -> None:
    assert [(point.time, point.noise) for point in pareto(choices)] == tried(choices)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_every_point_costs_what_its_types_cost(choices: Choices) -> None:
    for point in pareto(choices):
        assert choices.total(point.types) == (point.time, point.noise)


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(2, 40))
def test_thinned_out_the_curve_still_only_falls(choices: Choices, most: int) -> None:
    points = pareto(choices, most)
    assert all(a.time < b.time and a.noise > b.noise for a, b in pairwise(points))
    exact = tried(choices)
    if exact:
        # Both ends survive: the fastest is never thinned away.
        assert points[0].time == exact[0][0]


def test_converters_keep_neighbours_together() -> None:
    """Alone each group would take type 1; one converter costs more than that gains."""
    time = np.array([[1.0, 2.0]] * 3)
    noise = np.array([[0.0, 5.0], [5.0, 4.0], [0.0, 5.0]])
    apart = Pair(np.array([[0.0, 9.0], [9.0, 0.0]]), np.zeros((2, 2)))
    fronts = pareto(Choices(time, noise, {(0, 1): apart, (1, 2): apart}))
    assert fronts[0].types == (0, 0, 0)
    assert pareto(Choices(time, noise, {}))[1].types == (0, 1, 0)


def test_a_large_chain_is_quick_and_complete() -> None:
    rng = np.random.default_rng(0)
    time = np.sort(rng.random((200, 3)), axis=1)
    noise = -np.sort(-rng.random((200, 3)), axis=1)
    different = 1 - np.eye(3)
    pairs = {(i, i + 1): Pair(0.1 * different, 0.0 * different) for i in range(199)}
    points = pareto(Choices(time, noise, pairs), most=500)
    assert points[0].types == (0,) * 200
    assert points[-1].types == (2,) * 200
    assert len(points) > 50


def test_a_group_without_a_type_has_no_curve() -> None:
    assert pareto(Choices(np.ones((1, 2)), np.full((1, 2), np.inf), {})) == ()

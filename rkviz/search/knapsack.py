"""One type for each group of layers, so that noise and time are both least: the Pareto curve.

A multiple-choice knapsack whose items are not alone: where two groups of different types meet, a
converter takes time and may round again. Groups are decided one after the other; of two beginnings
that agree in every group a later one still meets, only the better is followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

MOST_STATES = 6000
"""Beginnings followed at a time; beyond it those too near to one another are dropped."""


@dataclass(frozen=True, eq=False)
class Pair:
    """What two groups cost each other: time and noise by type of the one (row) and the other."""

    time: Matrix
    noise: Matrix


@dataclass(frozen=True, eq=False)
class Choices:
    """`time` and `noise` of each group (row) in each type (column); infinite where not allowed.

    `pairs` maps (i, j) with i < j to what the two add.
    """

    time: Matrix
    noise: Matrix
    pairs: Mapping[tuple[int, int], Pair]

    def total(self, types: Sequence[int]) -> tuple[float, float]:
        """Time and noise of a type for every group."""
        time = sum(float(self.time[i, t]) for i, t in enumerate(types))
        noise = sum(float(self.noise[i, t]) for i, t in enumerate(types))
        for (i, j), pair in self.pairs.items():
            time += float(pair.time[types[i], types[j]])
            noise += float(pair.noise[types[i], types[j]])
        return time, noise


@dataclass(frozen=True)
class Point:
    """A choice of types, one a group, with its time and noise."""

    time: float
    noise: float
    types: tuple[int, ...]


def pareto(choices: Choices, most: int = MOST_STATES) -> tuple[Point, ...]:
    """The choices no other beats in both time and noise, by rising time.

    Exact as long as at most `most` beginnings have to be followed; else of those of nearly the same
    time only the best is. Groups without an allowed type make the result empty.
    """
    groups = choices.time.shape[0]
    last_met = _last_met(choices, groups)
    states = _States(np.zeros(1), np.zeros(1), np.zeros((1, 0), np.int8), [])
    history: list[tuple[NDArray[np.int64], NDArray[np.int8]]] = []
    for group in range(groups):
        states, kept = _decided(choices, group, states, last_met, most)
        history.append(kept)
    order = np.lexsort((states.noise, states.time))
    return tuple(
        Point(float(states.time[at]), float(states.noise[at]), _traced(history, int(at)))
        for at in _not_beaten(states.noise, order)
    )


@dataclass(frozen=True, eq=False)
class _States:
    """Beginnings: their time and noise, and the types of the groups `open` that are still met."""

    time: Vector
    noise: Vector
    types: NDArray[np.int8]
    open: list[int]


def _last_met(choices: Choices, groups: int) -> list[int]:
    """Group -> the last later group that shares a pair with it (itself without one)."""
    last = list(range(groups))
    for i, j in choices.pairs:
        last[i] = max(last[i], j)
    return last


def _decided(
    choices: Choices, group: int, before: _States, last_met: list[int], most: int
) -> tuple[_States, tuple[NDArray[np.int64], NDArray[np.int8]]]:
    """All beginnings with every type of `group`, the beaten ones left out; where each came from."""
    allowed = np.flatnonzero(np.isfinite(choices.time[group] + choices.noise[group]))
    times, noises, types, parents = [], [], [], []
    count = before.time.size
    for kind in allowed:
        time = before.time + choices.time[group, kind]
        noise = before.noise + choices.noise[group, kind]
        for column, other in enumerate(before.open):
            pair = choices.pairs.get((other, group))
            if pair is not None:
                met = before.types[:, column]
                time, noise = time + pair.time[met, kind], noise + pair.noise[met, kind]
        times.append(time)
        noises.append(noise)
        types.append(np.column_stack([before.types, np.full(count, kind, np.int8)]))
        parents.append(np.arange(count))
    if not times:
        nothing = np.zeros(0)
        empty = _States(nothing, nothing, np.zeros((0, len(before.open)), np.int8), before.open)
        return empty, (np.zeros(0, np.int64), np.zeros(0, np.int8))
    time, noise = np.concatenate(times), np.concatenate(noises)
    kinds, parent = np.concatenate(types), np.concatenate(parents)
    reached = [*before.open, group]
    still = [column for column, other in enumerate(reached) if last_met[other] > group]
    kept = _best(time, noise, kinds[:, still], most)
    chosen = kinds[kept, -1]
    after = _States(
        time[kept], noise[kept], kinds[kept][:, still], [reached[column] for column in still]
    )
    return after, (parent[kept], chosen)


def _best(
    time: Vector, noise: Vector, open_types: NDArray[np.int8], most: int
) -> NDArray[np.int64]:
    """Indices of the states not beaten by one of the same open types; thinned out beyond `most`."""
    key = np.zeros(time.size, np.int64)
    if open_types.shape[1]:
        _, key = np.unique(open_types, axis=0, return_inverse=True)
        key = key.reshape(-1)
    order = np.lexsort((noise, time, key))
    kept: list[NDArray[np.int64]] = []
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    share = max(2, most // max(1, starts.size))
    for rows in np.split(order, starts[1:]):
        front = _not_beaten(noise, rows)
        kept.append(front if front.size <= share else _thinned(time, front, share))
    return np.concatenate(kept) if kept else np.zeros(0, np.int64)


def _not_beaten(noise: Vector, by_time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of indices by rising time those with less noise than all before them."""
    if not by_time.size:
        return by_time
    sorted_noise = noise[by_time]
    least = np.minimum.accumulate(sorted_noise)
    better = np.concatenate([[True], sorted_noise[1:] < least[:-1]])
    return by_time[better]


def _thinned(time: Vector, front: NDArray[np.int64], share: int) -> NDArray[np.int64]:
    """About `share` of a front, evenly over the logarithm of time; the last of each bin, which has
    the least noise, and both ends."""
    spread = np.log(np.maximum(time[front], 1e-300))
    low, high = spread[0], spread[-1]
    bins = ((spread - low) / max(high - low, 1e-12) * (share - 2)).astype(np.int64)
    last = np.flatnonzero(np.diff(bins, append=bins[-1] + 1))
    return front[np.union1d(last, [0])]


def _traced(
    history: Sequence[tuple[NDArray[np.int64], NDArray[np.int8]]], at: int
) -> tuple[int, ...]:
    """The types that lead to state `at` of the last group."""
    types: list[int] = []
    for parent, chosen in reversed(history):
        types.append(int(chosen[at]))
        at = int(parent[at])
    return tuple(reversed(types))

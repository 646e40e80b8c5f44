"""Ranks and chains: the graph as a trunk with side branches.

Every box gets a rank (its row). Boxes that follow one another become chains; the longest is the
trunk. Chains stand in columns of their own later, so everything inside a chain is a straight line.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rkviz.picture.boxes import Boxes, Wire

NetKey = tuple[int, str]
"""A box and one of the values it gives."""

_GATE = -1e-3
"""What a gate adds to the length of a way: rather less than nothing, so that the trunk passes by
squeeze-and-excitation and the gate stands beside it."""


@dataclass(frozen=True)
class Rows:
    """Per box: its row, and the length of the longest way on from it, gates not counted."""

    rank: tuple[int, ...]
    way_on: tuple[float, ...]
    start: int
    """The box the trunk begins with."""


@dataclass(frozen=True)
class Chains:
    """The boxes of a graph with their ranks, and the chains they form (the trunk is chain 0)."""

    rank: tuple[int, ...]
    wires: tuple[Wire, ...]
    chains: tuple[tuple[int, ...], ...]
    parent: tuple[int, ...]
    """The chain a chain branches off; always a smaller number, -1 for the trunk."""

    @cached_property
    def chain_of(self) -> tuple[int, ...]:
        owner = [0] * len(self.rank)
        for number, chain in enumerate(self.chains):
            for box in chain:
                owner[box] = number
        return tuple(owner)

    @cached_property
    def nets(self) -> dict[NetKey, tuple[Wire, ...]]:
        """All wires that carry the same value: one line that forks."""
        found: dict[NetKey, list[Wire]] = {}
        for wire in self.wires:
            found.setdefault((wire.source, wire.value), []).append(wire)
        return {key: tuple(wires) for key, wires in found.items()}

    @cached_property
    def next_in_chain(self) -> dict[int, int]:
        return {
            box: follower for chain in self.chains for box, follower in itertools.pairwise(chain)
        }

    @cached_property
    def straight(self) -> frozenset[Wire]:
        """For each neighbouring pair of a chain, the one wire that is drawn straight down."""
        chosen: dict[tuple[int, int], Wire] = {}
        for wire in self.wires:
            if self.next_in_chain.get(wire.source) == wire.target:
                chosen.setdefault((wire.source, wire.target), wire)
        return frozenset(chosen.values())

    @cached_property
    def tail_net(self) -> dict[int, NetKey]:
        """Last box of a chain -> its first net, which may go on straight down in the column."""
        tails = {chain[-1] for chain in self.chains}
        first: dict[int, NetKey] = {}
        for wire in self.wires:
            if wire.source in tails:
                first.setdefault(wire.source, (wire.source, wire.value))
        return first


def find_rows(boxes: Boxes) -> Rows:
    """Ranks by longest path, one row a step."""
    count, before, after = len(boxes.names), boxes.before, boxes.after
    way_on = [0.0] * count
    for box in reversed(range(count)):
        own = _GATE if boxes.is_gate[box] else 1.0
        way_on[box] = own + max((way_on[t] for t in after[box]), default=0.0)
    start = max(
        (box for box in range(count) if not before[box]),
        key=lambda box: (way_on[box], -box),
        default=0,
    )
    return Rows(tuple(_ranks(before, after, start)), tuple(way_on), start)


def find_chains(boxes: Boxes, rows: Rows) -> Chains:
    """Chains by following, at each box, the longest way on."""
    trunk = follow(rows.start, boxes.after, rows.way_on) if boxes.names else []
    chains = _chains(boxes, rows, trunk)
    parents = _parents(chains, boxes.before, boxes.after, rows.rank)
    return Chains(rows.rank, boxes.wires, chains, parents)


def _ranks(before: list[list[int]], after: list[list[int]], start: int) -> list[int]:
    """Rank = longest path from a source; what does not hang on the main input is pulled down.

    A second input, or a computed constant, stands right above its reader and not at the top.
    """
    count = len(before)
    rank = [0] * count
    hangs = [False] * count
    for box in range(count):
        hangs[box] = box == start or any(hangs[s] for s in before[box])
        rank[box] = max((rank[s] + 1 for s in before[box]), default=0)
    for box in reversed(range(count)):
        if not hangs[box] and after[box]:
            rank[box] = min(rank[t] for t in after[box]) - 1
    return rank


def follow(start: int, after: list[list[int]], way_on: Sequence[float]) -> list[int]:
    """The longest way on from `start`."""
    path = [start]
    while after[path[-1]]:
        path.append(max(after[path[-1]], key=lambda box: (way_on[box], -box)))
    return path


def _chains(boxes: Boxes, rows: Rows, trunk: list[int]) -> tuple[tuple[int, ...], ...]:
    """Chains of boxes that are each other's deepest predecessor and longest way on."""
    before, after = boxes.before, boxes.after
    on_trunk = frozenset(trunk)
    closest: list[int | None] = [
        max(
            sources,
            key=lambda s: (
                s in on_trunk and box in on_trunk,
                not boxes.is_gate[s],
                rows.rank[s],
            ),
            default=None,
        )
        for box, sources in enumerate(before)
    ]
    done = set(trunk)
    chains = [tuple(trunk)] if trunk else []
    for head in range(len(before)):
        if head in done:
            continue
        chain = [head]
        done.add(head)
        while True:
            here = chain[-1]
            candidates = [t for t in after[here] if t not in done and closest[t] == here]
            if not candidates:
                break
            chain.append(max(candidates, key=lambda box: (rows.way_on[box], -box)))
            done.add(chain[-1])
        chains.append(tuple(chain))
    return tuple(chains)


def _parents(
    chains: tuple[tuple[int, ...], ...],
    before: list[list[int]],
    after: list[list[int]],
    rank: Sequence[int],
) -> tuple[int, ...]:
    owner = {box: number for number, chain in enumerate(chains) for box in chain}
    parents: list[int] = []
    for number, chain in enumerate(chains):
        if number == 0:
            parents.append(-1)
            continue
        near = before[chain[0]] or after[chain[-1]]
        best = max(near, key=lambda box: rank[box], default=None)
        found = owner[best] if best is not None else 0
        parents.append(found if found < number else 0)
    return tuple(parents)

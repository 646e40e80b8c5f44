"""Ranks and chains: the graph as a trunk with side branches.

Every box gets a rank (its row). Boxes that follow one another become chains; the longest is the
trunk. Chains stand in columns of their own later, so everything inside a chain is a straight line.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rkviz.graph.model import Graph


class Wire(NamedTuple):
    """A value that goes from one box to another; boxes are numbered as in `graph.heads`."""

    source: int
    target: int
    value: str


NetKey = tuple[int, str]
"""A box and one of the values it gives."""


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


def wires_of(graph: Graph) -> tuple[Wire, ...]:
    """All connections between head layers, each (source, target, value) once, in order."""
    number = {name: index for index, name in enumerate(graph.heads)}
    wires: dict[Wire, None] = {}
    for node in graph.nodes:
        target = number[graph.head(node.name)]
        for value in graph.data_inputs(node):
            maker = graph.producer.get(value)
            if maker is not None and number[graph.head(maker.name)] != target:
                wires[Wire(number[graph.head(maker.name)], target, value)] = None
    return tuple(wires)


def find_chains(graph: Graph) -> Chains:
    """Ranks by longest path and chains by following, at each box, the longest way on."""
    wires = wires_of(graph)
    count = len(graph.heads)
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for wire in wires:
        before[wire.target].append(wire.source)
        after[wire.source].append(wire.target)
    way_on = [0] * count
    for box in reversed(range(count)):
        way_on[box] = max((way_on[t] + 1 for t in after[box]), default=0)
    start = max(
        (box for box in range(count) if not before[box]),
        key=lambda box: (way_on[box], -box),
        default=0,
    )
    rank = _ranks(before, after, start)
    trunk = _follow(start, after, way_on) if count else []
    chains = _chains(before, after, way_on, rank, trunk)
    return Chains(tuple(rank), wires, chains, _parents(chains, before, after, rank))


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


def _follow(start: int, after: list[list[int]], way_on: list[int]) -> list[int]:
    path = [start]
    while after[path[-1]]:
        path.append(max(after[path[-1]], key=lambda box: (way_on[box], -box)))
    return path


def _chains(
    before: list[list[int]],
    after: list[list[int]],
    way_on: list[int],
    rank: list[int],
    trunk: list[int],
) -> tuple[tuple[int, ...], ...]:
    """Chains of boxes that are each other's deepest predecessor and longest way on."""
    on_trunk = frozenset(trunk)
    closest: list[int | None] = [
        max(sources, key=lambda s: (s in on_trunk and box in on_trunk, rank[s]), default=None)
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
            chain.append(max(candidates, key=lambda box: (way_on[box], -box)))
            done.add(chain[-1])
        chains.append(tuple(chain))
    return tuple(chains)


def _parents(
    chains: tuple[tuple[int, ...], ...],
    before: list[list[int]],
    after: list[list[int]],
    rank: list[int],
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

"""Channels: the gaps between ranks, where lines turn.

Between two ranks every line runs level on a track of its own. Tracks are ordered so that lines
cross as rarely as possible and never lie on top of one another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rkviz.picture.boxes import Wire
from rkviz.picture.chains import Chains, NetKey
from rkviz.picture.columns import Columns

MAX_ORDERED = 64
"""Gaps with more lines than this are not ordered pair by pair: no eye could follow them."""
_SAME_X = 0.5
_IN_STEP = 42.0
_OUT_STEP = 24.0
"""Wanted distances of ports, in units of the layout."""


@dataclass
class _Turn:
    """One net in one gap: where its verticals come from above and where they leave below."""

    ups: set[float] = field(default_factory=set[float])
    downs: set[float] = field(default_factory=set[float])
    track: int = 0

    @property
    def low(self) -> float:
        return min(*self.ups, *self.downs)

    @property
    def high(self) -> float:
        return max(*self.ups, *self.downs)


@dataclass(frozen=True)
class Channels:
    """Ports and tracks of every wire; a gap has the number of the rank above it."""

    ports: dict[Wire, tuple[float, float]]
    """x where a wire leaves its source and where it enters its target."""
    lane: dict[NetKey, float]
    """x of the long vertical of a net that has one."""
    track: dict[tuple[int, NetKey], int]
    tracks: dict[int, int]
    """Number of tracks in a gap."""


def route(chains: Chains, columns: Columns, box_half: float) -> Channels:
    """Choose ports and tracks for all wires."""
    lane = dict(columns.lane_x)
    out = _out_ports(chains, columns, box_half)
    for key in chains.tail_net.values():
        lane[key] = out[key]
    entry = _in_ports(chains, columns, lane, out, box_half)
    ports = {wire: (out[wire.source, wire.value], entry[wire]) for wire in chains.wires}
    gaps = _turns(chains, lane, ports)
    track: dict[tuple[int, NetKey], int] = {}
    tracks: dict[int, int] = {}
    for gap, turns in gaps.items():
        level = {key: turn for key, turn in turns.items() if turn.high - turn.low > _SAME_X}
        _assign_tracks(list(level.values()))
        for key, turn in level.items():
            track[gap, key] = turn.track
        tracks[gap] = 1 + max((turn.track for turn in level.values()), default=-1)
    return Channels(ports, lane, track, tracks)


def _spread(count: int, box_half: float, wanted: float) -> float:
    """Distance of neighbouring ports so that `count` of them fit on a box."""
    return min(wanted, (box_half - 8.0) * 2.0 / max(1, count))


def _out_ports(chains: Chains, columns: Columns, box_half: float) -> dict[NetKey, float]:
    """One port per value a box gives; the straight one, or the only one, in the middle."""
    values: dict[int, list[NetKey]] = {}
    for key in chains.nets:
        values.setdefault(key[0], []).append(key)
    straight = {(wire.source, wire.value) for wire in chains.straight}
    ports: dict[NetKey, float] = {}
    for box, keys in values.items():
        middle = columns.chain_x[chains.chain_of[box]]
        central = next(
            (key for key in keys if key in straight or key == chains.tail_net.get(box)), keys[0]
        )
        ports[central] = middle
        step = _spread(2 * len(keys), box_half, _OUT_STEP)
        goals = {
            key: float(
                np.mean([columns.chain_x[chains.chain_of[w.target]] for w in chains.nets[key]])
            )
            for key in keys
            if key != central
        }
        right = sorted((key for key in goals if goals[key] >= middle), key=lambda k: goals[k])
        left = sorted((key for key in goals if goals[key] < middle), key=lambda k: -goals[k])
        # half a step off the grid of the input ports, so that no two verticals of a gap meet
        for side, group in ((1, right), (-1, left)):
            for place, key in enumerate(group):
                ports[key] = middle + side * step * (place + 0.5)
    return ports


def _in_ports(
    chains: Chains,
    columns: Columns,
    lane: dict[NetKey, float],
    out: dict[NetKey, float],
    box_half: float,
) -> dict[Wire, float]:
    """Ports on the tops of boxes: the straight wire in the middle, the rest by where they come."""
    arriving: dict[int, list[Wire]] = {}
    for wire in chains.wires:
        arriving.setdefault(wire.target, []).append(wire)
    entry: dict[Wire, float] = {}
    for box, wires in arriving.items():
        middle = columns.chain_x[chains.chain_of[box]]
        comes: dict[Wire, float] = {}
        for wire in wires:
            key = (wire.source, wire.value)
            near = chains.rank[box] == chains.rank[wire.source] + 1
            comes[wire] = out[key] if near or wire in chains.straight else lane[key]
        central = next((wire for wire in wires if wire in chains.straight), None)
        if central is None:
            central = min(wires, key=lambda wire: abs(comes[wire] - middle))
        entry[central] = middle
        step = _spread(2 * len(wires), box_half, _IN_STEP)
        rest = [wire for wire in wires if wire is not central]
        right = sorted((w for w in rest if comes[w] >= middle), key=lambda w: comes[w])
        left = sorted((w for w in rest if comes[w] < middle), key=lambda w: -comes[w])
        for side, group in ((1, right), (-1, left)):
            for place, wire in enumerate(group):
                entry[wire] = middle + side * step * (place + 1)
    return entry


def _turns(
    chains: Chains, lane: dict[NetKey, float], ports: dict[Wire, tuple[float, float]]
) -> dict[int, dict[NetKey, _Turn]]:
    """Gap -> net -> its verticals in that gap (only gaps where the net turns or forks)."""
    gaps: dict[int, dict[NetKey, _Turn]] = {}

    def turn(gap: int, key: NetKey) -> _Turn:
        return gaps.setdefault(gap, {}).setdefault(key, _Turn())

    for key, wires in chains.nets.items():
        top = chains.rank[key[0]]
        far = [
            wire
            for wire in wires
            if wire not in chains.straight and chains.rank[wire.target] > top + 1
        ]
        last = max((chains.rank[wire.target] for wire in far), default=top)
        turn(top, key).ups.add(ports[wires[0]][0])
        for wire in wires:
            rank = chains.rank[wire.target]
            if rank == top + 1:
                turn(top, key).downs.add(ports[wire][1])
            elif wire in chains.straight:
                turn(top, key).downs.add(ports[wire][0])
            else:
                turn(top, key).downs.add(lane[key])
                here = turn(rank - 1, key)
                here.ups.add(lane[key])
                here.downs.add(ports[wire][1])
                if last > rank:
                    here.downs.add(lane[key])
    return gaps


def _assign_tracks(turns: list[_Turn]) -> None:
    """Order the nets of a gap by how little they cross, then pack them on tracks from the top."""
    if len(turns) > MAX_ORDERED:
        for place, turn in enumerate(turns):
            turn.track = place % MAX_ORDERED
        return
    count = len(turns)
    cost = np.zeros((count, count))
    for i in range(count):
        for j in range(count):
            if i != j:
                cost[i, j] = _crossings(turns[i], turns[j])
    order = _order(cost)
    placed: list[_Turn] = []
    for index in order:
        turn = turns[index]
        above = [
            other.track
            for other in placed
            if other.low <= turn.high + 2 and turn.low <= other.high + 2
        ]
        turn.track = max(above, default=-1) + 1
        placed.append(turn)


def _crossings(upper: _Turn, lower: _Turn) -> float:
    """What it costs to have `upper` above `lower`: crossings, and much more for lying on it."""
    crossings = sum(lower.low < x < lower.high for x in upper.downs)
    crossings += sum(upper.low < x < upper.high for x in lower.ups)
    on_top = any(abs(a - b) < _SAME_X for a in upper.downs for b in lower.ups)
    return crossings + 100.0 * on_top


def _order(cost: NDArray[np.float64]) -> list[int]:
    """An order from top to bottom with small total cost: by balance, then by swapping."""
    balance = (cost - cost.T).sum(axis=1)
    order = [int(index) for index in np.argsort(balance, kind="stable")]
    for _ in range(len(order)):
        swapped = False
        for place in range(len(order) - 1):
            a, b = order[place], order[place + 1]
            if cost[a, b] > cost[b, a]:
                order[place], order[place + 1] = b, a
                swapped = True
        if not swapped:
            break
    return order

"""Columns: an x for every chain and for every side lane, packed by their outlines.

A row has two slots, the boxes' own and the gap below it. Each chain is packed together with what
branches off it into one block; blocks are pushed against their parent from the shortest to the
longest, on the side where they are wanted or where there is more room. Nothing that shares a slot
ever shares an x, so no vertical line runs through a box or along another line.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rkviz.picture.chains import Chains, NetKey

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """x of the middle of every chain, and of every net that needs a lane of its own."""

    chain_x: tuple[float, ...]
    lane_x: dict[NetKey, float]


@dataclass
class _Block:
    """A chain with all that hangs on it, or a bare lane. Extents count from its own axis.

    `inner` faces the parent, `outer` faces away; -inf in slots where there is nothing.
    """

    low: int
    inner: Floats
    outer: Floats
    touches: list[int] = field(default_factory=list[int])
    """Chains it is wired to."""
    chain: int = -1
    lane: NetKey | None = None
    side: int = 1
    shift: float = 0.0

    @property
    def high(self) -> int:
        return self.low + len(self.inner)


def long_nets(chains: Chains) -> dict[NetKey, int]:
    """Nets that reach further than the next rank, with the rank of their last reader.

    Straight wires down a chain are not counted.
    """
    nets: dict[NetKey, int] = {}
    for wire in chains.wires:
        if wire in chains.straight:
            continue
        last = chains.rank[wire.target]
        if last > chains.rank[wire.source] + 1:
            key = (wire.source, wire.value)
            nets[key] = max(nets.get(key, last), last)
    return nets


def place_columns(chains: Chains, box_half: float, line_half: float) -> Columns:
    """Pack all chains and lanes; half widths include the free space wanted around them."""
    nets = long_nets(chains)
    touching = _touching(chains)
    blocks = [
        _chain_block(chains, number, nets, box_half, line_half)
        for number in range(len(chains.chains))
    ]
    children: list[list[_Block]] = [[] for _ in blocks]
    for number, block in enumerate(blocks):
        block.touches = touching[number]
        if number:
            children[chains.parent[number]].append(block)
    for key, last in nets.items():
        if chains.tail_net.get(key[0]) == key:
            continue
        low = 2 * chains.rank[key[0]] + 1
        extent = np.full(2 * last - low, line_half)
        readers = [chains.chain_of[wire.target] for wire in chains.nets[key]]
        block = _Block(low, extent, extent.copy(), readers, lane=key)
        children[chains.chain_of[key[0]]].append(block)
    for number in reversed(range(len(blocks))):
        _pack(blocks[number], children[number], chains.parent)
    return _absolute(blocks, children)


def _touching(chains: Chains) -> list[list[int]]:
    """Chain -> the chains it is wired to, one entry per wire."""
    touching: list[list[int]] = [[] for _ in chains.chains]
    for wire in chains.wires:
        a, b = chains.chain_of[wire.source], chains.chain_of[wire.target]
        if a != b:
            touching[a].append(b)
            touching[b].append(a)
    return touching


def _chain_block(
    chains: Chains,
    number: int,
    nets: dict[NetKey, int],
    box_half: float,
    line_half: float,
) -> _Block:
    """The bare outline of a chain: boxes with the gaps around them, lines between and below."""
    boxes = chains.chains[number]
    low = 2 * chains.rank[boxes[0]] - 1
    high = 2 * chains.rank[boxes[-1]] + 2
    below = chains.tail_net.get(boxes[-1])
    if below in nets:
        high = max(high, 2 * nets[below])
    extent = np.full(high - low, line_half)
    for box in boxes:
        slot = 2 * chains.rank[box] - low
        extent[slot - 1 : slot + 2] = box_half
    return _Block(low, extent, extent.copy(), chain=number)


def _pack(block: _Block, children: list[_Block], parent: tuple[int, ...]) -> None:
    """Push the finished `children` against `block`, short ones first, and grow its outline."""
    low = min([block.low, *(child.low for child in children)])
    high = max([block.high, *(child.high for child in children)])
    extents = {side: np.full(high - low, -np.inf) for side in (-1, 1)}
    own = slice(block.low - low, block.high - low)
    extents[-1][own] = block.inner
    extents[1][own] = block.outer
    side_of: dict[int, int] = {}
    for child in sorted(children, key=lambda c: (len(c.inner), c.low, c.chain)):
        rows = slice(child.low - low, child.high - low)
        shift = {
            side: max(0.0, float(np.max(extents[side][rows] + child.inner))) for side in (-1, 1)
        }
        wish = _wish(block.chain, child, side_of, parent)
        child.side = wish or (1 if shift[1] <= shift[-1] else -1)
        child.shift = shift[child.side]
        towards, away = extents[-child.side], extents[child.side]
        away[rows] = np.maximum(away[rows], child.shift + child.outer)
        towards[rows] = np.maximum(towards[rows], child.inner - child.shift)
        if child.chain >= 0:
            side_of[child.chain] = child.side
    block.low, block.inner, block.outer = low, extents[-1], extents[1]


def _wish(home: int, child: _Block, side_of: dict[int, int], parent: tuple[int, ...]) -> int:
    """The side `child` wants: -1 inwards, 1 outwards, 0 for no matter.

    It wants to be where the branches stand that it is wired to; what is wired to the world
    outside `home` wants to be on the inside.
    """
    votes = 0
    for chain in child.touches:
        here = chain
        while here > home and parent[here] != home:
            here = parent[here]
        if here > home:
            votes += side_of.get(here, 0)
        elif here < home:
            votes -= 1
    return (votes > 0) - (votes < 0)


def _absolute(blocks: list[_Block], children: list[list[_Block]]) -> Columns:
    chain_x = [0.0] * len(blocks)
    flip = [1] * len(blocks)
    lane_x: dict[NetKey, float] = {}
    for number in range(len(blocks)):
        for child in children[number]:
            x = chain_x[number] + flip[number] * child.side * child.shift
            if child.lane is not None:
                lane_x[child.lane] = x
            else:
                chain_x[child.chain] = x
                flip[child.chain] = flip[number] * child.side
    return Columns(tuple(chain_x), lane_x)

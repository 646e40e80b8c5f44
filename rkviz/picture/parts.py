"""Parts: the graph cut at boxes that everything passes through, so that each is laid out alone."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import pairwise

from rkviz.picture.boxes import Boxes, Wire
from rkviz.picture.chains import Rows, find_rows, follow

_PITCH = 64
"""Layers to a part, about. Cuts are chosen by place in the unfolded graph, so that folding one
stage leaves all other cuts where they are."""


@dataclass(frozen=True)
class Part:
    """A piece of the graph. Its first and last boxes are those it was cut at, and on the trunk."""

    boxes: Boxes
    rows: Rows
    """Ranks count from the part's first row."""
    rank: int
    """The first row, in the whole graph."""
    key: Hashable
    """Two parts of one key have one picture."""


def split(boxes: Boxes) -> tuple[Part, ...]:
    """`boxes` in parts, top to bottom; every part but the first repeats one box."""
    rows = find_rows(boxes)
    ends = _ends(boxes, rows)
    members: list[list[int]] = [[] for _ in range(len(ends) + 1)]
    part_of_rank = _part_of_rank(rows, [rows.rank[box] for box in ends])
    for box, rank in enumerate(rows.rank):
        members[part_of_rank[rank]].append(box)
    for number, box in enumerate(ends):
        members[number + 1].insert(0, box)
    wires: list[list[Wire]] = [[] for _ in members]
    for wire in boxes.wires:
        wires[part_of_rank[rows.rank[wire.target]]].append(wire)
    # ways end with the part: what comes behind it does not change its picture
    behind = [*(rows.way_on[box] for box in ends), 0.0]
    starts = [rows.start, *ends]
    return tuple(
        _part(boxes, rows, inside, between, start, rest)
        for inside, between, start, rest in zip(members, wires, starts, behind, strict=True)
        if inside
    )


def _part_of_rank(rows: Rows, cuts: list[int]) -> list[int]:
    """Rank -> part; a rank that was cut at belongs to the part it ends."""
    found: list[int] = []
    for part, (above, below) in enumerate(pairwise([-1, *cuts, max(rows.rank, default=-1)])):
        found.extend([part] * (below - above))
    return found


def _ends(boxes: Boxes, rows: Rows) -> list[int]:
    """The boxes to cut at: on the trunk and alone in their row, no wire passes by, far apart."""
    count = max(rows.rank, default=-1) + 1
    in_row = [0] * count
    passing = [0] * (count + 1)
    alone = [0] * count
    for box, rank in enumerate(rows.rank):
        in_row[rank] += 1
        alone[rank] = box
    for wire in boxes.wires:
        passing[rows.rank[wire.source] + 1] += 1
        passing[rows.rank[wire.target]] -= 1
    trunk = frozenset(follow(rows.start, boxes.after, rows.way_on) if boxes.names else [])
    ends: list[int] = []
    through, last = 0, 0
    for rank in range(count):
        through += passing[rank]
        block = boxes.place[alone[rank]] // _PITCH
        is_end = in_row[rank] == 1 and not through and 0 < rank < count - 1
        if is_end and alone[rank] in trunk and block != last:
            ends.append(alone[rank])
            last = block
    return ends


def _part(
    boxes: Boxes, rows: Rows, inside: list[int], wires: list[Wire], start: int, behind: float
) -> Part:
    number = {box: place for place, box in enumerate(inside)}
    first = min(rows.rank[box] for box in inside)
    local = Boxes(
        tuple(boxes.names[box] for box in inside),
        tuple(Wire(number[w.source], number[w.target], w.value) for w in wires),
        tuple(boxes.place[box] for box in inside),
        tuple(boxes.is_gate[box] for box in inside),
    )
    local_rows = Rows(
        tuple(rows.rank[box] - first for box in inside),
        tuple(round(rows.way_on[box] - behind, 6) for box in inside),
        number[start],
    )
    return Part(local, local_rows, first, (local.names, local.wires, local_rows))

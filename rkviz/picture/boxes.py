"""What is to be drawn: boxes in topological order, and the wires between them.

A box is a head layer, or a whole stage that is folded.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rkviz.graph.model import Graph


class Wire(NamedTuple):
    """A value that goes from one box to another; boxes are numbered as in `Boxes.names`."""

    source: int
    target: int
    value: str


@dataclass(frozen=True)
class Stage:
    """Layers that belong together and can be folded into one box.

    `name` is that of the box: no layer and no other stage has it. `layers` are head layers, in
    the order of the graph.
    """

    name: str
    title: str
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Boxes:
    """`place` is where a box (or the first layer of a stage) stands among `graph.heads`.

    `is_gate`: it looks at a whole map and comes back to maps (squeeze and excitation).
    """

    names: tuple[str, ...]
    wires: tuple[Wire, ...]
    place: tuple[int, ...]
    is_gate: tuple[bool, ...]

    @cached_property
    def before(self) -> list[list[int]]:
        """Box -> the boxes it reads, one entry per wire."""
        found: list[list[int]] = [[] for _ in self.names]
        for wire in self.wires:
            found[wire.target].append(wire.source)
        return found

    @cached_property
    def after(self) -> list[list[int]]:
        """Box -> the boxes that read it, one entry per wire."""
        found: list[list[int]] = [[] for _ in self.names]
        for wire in self.wires:
            found[wire.source].append(wire.target)
        return found


def boxes_of(graph: Graph, folded: Sequence[Stage] = ()) -> Boxes:
    """The boxes of `graph`, those of every stage of `folded` as one.

    Raises ValueError when the stages are such that a box would stand before and behind another.
    """
    heads = graph.heads
    owner = list(range(len(heads)))
    index = {name: box for box, name in enumerate(heads)}
    names = list(heads)
    for stage in folded:
        members = [index[name] for name in stage.layers]
        first = min(members)
        names[first] = stage.name
        for member in members:
            owner[member] = first
    wires = _wires(graph, owner)
    order = _topological(sorted(set(owner)), wires) if folded else list(range(len(heads)))
    number = {box: place for place, box in enumerate(order)}
    inner = {name for stage in folded for name in (stage.name, *stage.layers)}
    gates = _gates(graph)
    return Boxes(
        tuple(names[box] for box in order),
        tuple(Wire(number[w.source], number[w.target], w.value) for w in wires),
        tuple(order),
        tuple(names[box] not in inner and heads[box] in gates for box in order),
    )


def _wires(graph: Graph, owner: Sequence[int]) -> list[Wire]:
    """All connections between different boxes, each (source, target, value) once, in order."""
    index = {name: owner[box] for box, name in enumerate(graph.heads)}
    wires: dict[Wire, None] = {}
    for node in graph.nodes:
        target = index[graph.head(node.name)]
        for value in graph.data_inputs(node):
            maker = graph.producer.get(value)
            if maker is not None:
                source = index[graph.head(maker.name)]
                if source != target:
                    wires[Wire(source, target, value)] = None
    return list(wires)


def _topological(boxes: Sequence[int], wires: Sequence[Wire]) -> list[int]:
    """`boxes` so that every wire leads forwards, otherwise as they were."""
    waits = dict.fromkeys(boxes, 0)
    after: dict[int, list[int]] = {box: [] for box in boxes}
    for wire in wires:
        waits[wire.target] += 1
        after[wire.source].append(wire.target)
    ready = [box for box in boxes if not waits[box]]
    order: list[int] = []
    while ready:
        box = heapq.heappop(ready)
        order.append(box)
        for target in after[box]:
            waits[target] -= 1
            if not waits[target]:
                heapq.heappush(ready, target)
    if len(order) != len(boxes):
        raise ValueError("the folded stages stand in a circle")
    return order


def map_size(graph: Graph, head: str) -> tuple[int, int] | None:
    """Height and width of a layer's first output, None unless it is a batch of maps."""
    outputs = graph.by_name[graph.members[head][-1]].outputs
    value = graph.values.get(outputs[0]) if outputs else None
    if value is None or value.shape is None or len(value.shape) != 4:
        return None
    return value.shape[2], value.shape[3]


def _gates(graph: Graph) -> frozenset[str]:
    """Head layers without a map (1x1, or no map at all) from which maps come again."""
    returns: set[str] = set()
    found: set[str] = set()
    for node in reversed(graph.nodes):
        head = graph.head(node.name)
        size = map_size(graph, head)
        if size is not None and size[0] * size[1] > 1:
            returns.update(node.inputs)
        elif head in returns or not returns.isdisjoint(node.outputs):
            found.add(head)
            returns.update((*node.inputs, head))
    return frozenset(found)

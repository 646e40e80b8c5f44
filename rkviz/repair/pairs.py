"""Neighbouring layers whose channels can be scaled against each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rkviz.graph.model import Graph, Node
from rkviz.numerics.arithmetic import Float64
from rkviz.repair.layers import Weighted

_LINEAR = frozenset(
    {"Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"}
)
"""f(s x) = s f(x) for every channel by itself and s > 0."""


@dataclass(frozen=True, eq=False)
class Pair:
    """`first` feeds `second` through `between` and nothing else does or reads it.

    Every layer between is indifferent to positive scales of single channels, but for a clip: a
    channel must end below `ceiling` (infinite without a clip) or stay as it is.
    """

    first: Weighted
    second: Weighted
    between: tuple[Node, ...]
    ceiling: float

    @property
    def value(self) -> str:
        """What the scales act on: the output of the first layer."""
        return self.first.node.outputs[0]

    @property
    def channels(self) -> int:
        return self.first.matrices.shape[0] * self.first.matrices.shape[1]

    @property
    def can_shift(self) -> bool:
        """Whether a constant can move from one bias into the next: one relu, and no pad."""
        ops = [node.op for node in self.between]
        if ops not in (["Relu"], ["Relu6"], ["Clip"]) or self.second.is_transposed:
            return False
        return not self.second.is_convolution or not any(self.second.windows.pads)

    def rows(self, matrices: Float64) -> Float64:
        """Largest weight of the first layer for each channel."""
        return np.abs(matrices).max(axis=2).reshape(-1)

    def columns(self, matrices: Float64) -> Float64:
        """Largest weight of the second layer for each channel."""
        return np.abs(self._by_channel(matrices)).max(axis=(1, 3)).reshape(-1)

    def scaled_rows(self, matrices: Float64, scales: Float64) -> Float64:
        return matrices * scales.reshape(*matrices.shape[:2], 1)

    def scaled_columns(self, matrices: Float64, scales: Float64) -> Float64:
        split = self._by_channel(matrices) / scales.reshape(matrices.shape[0], 1, -1, 1)
        return split.reshape(matrices.shape)

    def shifted(self, matrices: Float64, shifts: Float64) -> Float64:
        """What `shifts` of the channels add to each output of the second layer."""
        split = self._by_channel(matrices).sum(axis=3)
        return (split * shifts.reshape(matrices.shape[0], 1, -1)).sum(axis=2).reshape(-1)

    def _by_channel(self, matrices: Float64) -> Float64:
        """(G, O, n) of the second layer as (G, O, channel, taps)."""
        groups = matrices.shape[0]
        return matrices.reshape(*matrices.shape[:2], self.channels // groups, -1)


def find_pairs(graph: Graph, layers: Mapping[str, Weighted]) -> Iterator[Pair]:
    """All pairs of `layers` in the order of the network.

    A layer whose constants something else reads too is in none.
    """
    alone = {name: layer for name, layer in layers.items() if _owns_constants(graph, layer)}
    for first in alone.values():
        if first.node.op == "MatMul":
            continue
        between: list[Node] = []
        value, ceiling = first.node.outputs[0], math.inf
        while (reader := graph.single_reader(value)) is not None and value not in graph.given:
            if reader.name in layers:
                second = alone.get(reader.name)
                if second is not None and second.source == value and _fits(first, second):
                    yield Pair(first, second, tuple(between), ceiling)
                break
            bound = _ceiling(graph, reader)
            if bound is None:
                break
            between.append(reader)
            ceiling = min(ceiling, bound)
            value = reader.outputs[0]


def _owns_constants(graph: Graph, layer: Weighted) -> bool:
    names = [name for name in layer.node.inputs[1:] if name]
    return all(len(graph.consumers[name]) == 1 for name in names) and len(set(names)) == len(names)


def _fits(first: Weighted, second: Weighted) -> bool:
    channels = first.matrices.shape[0] * first.matrices.shape[1]
    inputs = second.matrices.shape[0] * second.matrices.shape[2]
    return inputs % channels == 0 and channels % second.matrices.shape[0] == 0


def _ceiling(graph: Graph, node: Node) -> float | None:
    """Up to where `node` is indifferent to scales of channels; None when it is not at all."""
    if node.op in _LINEAR:
        return math.inf
    if node.op == "Relu6":
        return 6.0
    if node.op == "Clip" and node.float_attr("min", -math.inf) == 0 and len(node.inputs) == 1:
        return node.float_attr("max", math.inf)
    shape = graph.values[node.inputs[0]].shape
    if node.op == "PRelu" and node.inputs[1] in graph.constants and shape is not None:
        slope = graph.constants[node.inputs[1]]
        return math.inf if slope.size in (1, shape[1]) else None
    if node.op == "Pad" and shape is not None and len(shape) > 2:
        pads, rank = node.ints_attr("pads"), len(shape)
        around = all(pads[axis] == 0 for axis in (0, 1, rank, rank + 1)) if pads else False
        is_zero = node.str_attr("mode", "constant") == "constant" and node.float_attr("value") == 0
        return math.inf if around and is_zero else None
    if node.op in ("Flatten", "Reshape") and shape is not None and shape[:1] == (1,):
        flat = graph.values[node.outputs[0]].shape
        return math.inf if flat == (1, int(np.prod(shape))) else None
    return None

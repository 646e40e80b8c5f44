"""One pass over a graph in the making: what is replaced, bypassed and added, applied at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from rkviz.graph.model import Array, Graph, Node, Value
from rkviz.numerics import QuantParams


class Rewrite:
    """Collects the changes of one pass over `graph`; `done` returns the changed graph.

    A node takes part in one change only: a match that overlaps an earlier one is refused, and
    the pass finds it again in its next round.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._replaced: dict[str, tuple[Node, ...]] = {}
        self._renamed: dict[str, str] = {}
        self._values: dict[str, Value] = {}
        self._constants: dict[str, Array] = {}
        self._given: dict[str, QuantParams] = {}
        self._locked: set[str] = set()
        self._names = set(graph.values) | set(graph.constants)

    def is_free(self, *nodes: Node) -> bool:
        """Whether none of `nodes` takes part in a change yet."""
        return all(node.name not in self._replaced for node in nodes)

    def replace(self, nodes: Sequence[Node], by: Sequence[Node]) -> bool:
        """Put `by` where the last of `nodes` stands and drop the others; False when not free."""
        if not self.is_free(*nodes):
            return False
        for node in nodes:
            self._replaced[node.name] = ()
        self._replaced[nodes[-1].name] = tuple(by)
        return True

    def bypass(self, node: Node) -> bool:
        """Drop `node`, whose output equals its first input; False when both names must stay.

        They must where the file states different parameters for the two: that is a conversion.
        The layer that computes the input takes over the ONNX names of the dropped one.
        """
        graph, source, result = self.graph, node.inputs[0], node.outputs[0]
        producer = graph.producer.get(source)
        if producer is None or not self.is_free(node, producer):
            return False
        if source in self._locked or result in self._locked:
            return False
        stated = [graph.given[name] for name in (source, result) if name in graph.given]
        if len(set(stated)) > 1:
            return False
        if result in graph.outputs:
            if source in graph.outputs or producer.op == "Input":
                return False
            self._renamed[source] = result
        else:
            self._renamed[result] = source
        self._locked |= {source, result}
        self._given |= {name: params for name in (source, result) for params in stated}
        self._replaced[node.name] = ()
        if producer.op != "Input":
            self._replaced[producer.name] = (absorbed(producer, node),)
        return True

    def constant(self, name: str, array: Array, given: QuantParams | None = None) -> str:
        """Add a float32 constant under `name`, or a name like it that is free.

        `given` are the parameters the file states for the numbers in it.
        """
        free, number = name, 2
        while free in self._names:
            free, number = f"{name}_{number}", number + 1
        self._names.add(free)
        self._constants[free] = np.asarray(array, order="C")
        if given is not None:
            self._given[free] = given
        return free

    def value(self, value: Value) -> str:
        self._values[value.name] = value
        return value.name

    def done(self) -> Graph:
        """The changed graph; the same object when nothing was changed."""
        if not self._replaced:
            return self.graph
        nodes = [
            self._with_new_names(made)
            for node in self.graph.nodes
            for made in self._replaced.get(node.name, (node,))
        ]
        needed = set(self.graph.outputs)
        live: list[Node] = []
        for node in reversed(nodes):
            if node.op == "Input" or not needed.isdisjoint(node.outputs):
                live.append(node)
                needed.update(node.inputs)
        return self.graph.with_nodes(live[::-1], self._values, self._constants, self._given)

    def _with_new_names(self, node: Node) -> Node:
        names = (*node.inputs, *node.outputs)
        if self._renamed.keys().isdisjoint(names):
            return node
        return replace(
            node,
            inputs=tuple(self._renamed.get(name, name) for name in node.inputs),
            outputs=tuple(self._renamed.get(name, name) for name in node.outputs),
        )


def absorbed(node: Node, *others: Node) -> Node:
    """`node` with the ONNX names of `others` behind its own."""
    return replace(node, origins=merged_origins((node, *others)))


def merged_origins(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The ONNX names of all `nodes`, each once, in order."""
    return tuple(dict.fromkeys(origin for node in nodes for origin in node.origins))


def scalar(graph: Graph, name: str) -> float | None:
    """The number that the constant `name` holds, or None when it is not a single number."""
    array = graph.constants.get(name)
    if array is None or array.size != 1 or array.dtype.kind not in "fiu":
        return None
    return float(array.reshape(-1)[0])

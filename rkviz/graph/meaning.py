"""A node of the file and what is known around it, while its settings are made explicit."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace

from rkviz.graph.model import Array, Attr, Node, Value
from rkviz.numerics import QuantParams


@dataclass(frozen=True)
class RawNode:
    """A node as the file has it, and what is known of the values around it."""

    node: Node
    opset: int
    shapes: Mapping[str, tuple[int, ...] | None]
    dtypes: Mapping[str, str]
    known: bool


@dataclass
class Meaning:
    """A node while its settings are made explicit."""

    raw: RawNode
    constants: MutableMapping[str, Array]
    values: MutableMapping[str, Value]
    """Shapes and types of the values between nodes that one ONNX node is split into."""
    given: MutableMapping[str, QuantParams] = field(default_factory=dict[str, QuantParams])
    """Parameters the file states."""

    @property
    def node(self) -> Node:
        return self.raw.node

    def shape(self, index: int = 0) -> tuple[int, ...] | None:
        """Shape of input `index`; None when unknown or absent."""
        inputs = self.node.inputs
        return self.raw.shapes.get(inputs[index]) if index < len(inputs) else None

    def out_shape(self, index: int = 0) -> tuple[int, ...] | None:
        return self.raw.shapes.get(self.node.outputs[index])

    def constant(self, index: int) -> Array | None:
        """The constant at input `index`, or None."""
        inputs = self.node.inputs
        return self.constants.get(inputs[index]) if index < len(inputs) else None

    def integers(self, index: int, attribute: str = "") -> tuple[int, ...] | None:
        """A list of integers from input `index` or from `attribute`; None when neither is known."""
        array = self.constant(index)
        if array is not None:
            return tuple(int(i) for i in array.reshape(-1))
        value = self.node.attrs.get(attribute)
        return tuple(int(i) for i in value) if isinstance(value, tuple) else None

    def has(self, index: int) -> bool:
        return index < len(self.node.inputs) and bool(self.node.inputs[index])

    def changed(self, keep: int, **attrs: Attr) -> list[Node]:
        """The node with its first `keep` inputs and `attrs` added."""
        merged = {**self.node.attrs, **attrs}
        return [replace(self.node, inputs=self.node.inputs[:keep], attrs=merged)]

    def without(self, nodes: list[Node], *names: str) -> list[Node]:
        return [
            replace(n, attrs={k: v for k, v in n.attrs.items() if k not in names}) for n in nodes
        ]


def part(
    node: Node, op: str, suffix: str, inputs: tuple[str, ...], output: str, **attrs: Attr
) -> Node:
    """One of several nodes that stand for `node`."""
    return Node(f"{node.name}/{suffix}", op, inputs, (output,), attrs, (node.name,), "", node.op)

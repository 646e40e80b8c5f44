"""The network after simplification: an immutable Graph of Nodes and Values.

The operator vocabulary is ONNX's, attributes resolved to explicit values, plus the operators the
toolkit knows as one layer: Input, Swish, HardSwish, Relu6, Gelu, LayerNormalization,
SpaceToDepth (see `rkviz.graph.passes`). Tensors are NCHW, row-major, as in ONNX.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rkviz.digest import digest
from rkviz.numerics import QuantParams

Attr = int | float | str | tuple[int, ...] | tuple[float, ...]
Array = NDArray[np.generic]

NODE_OPSET = 21
"""The ONNX operator set whose meaning nodes have (a newer one where the file is newer)."""
RKNN_DOMAIN = "rknn"
"""Domain of the operators of an .rknn file that have no counterpart here."""


@dataclass(frozen=True)
class Value:
    """A tensor between nodes. `shape` is None behind an operator nobody can infer."""

    name: str
    shape: tuple[int, ...] | None
    dtype: str = "float32"

    @property
    def size(self) -> int:
        """Number of elements; 0 when the shape is unknown."""
        return int(np.prod(self.shape, dtype=np.int64)) if self.shape is not None else 0


@dataclass(frozen=True)
class Node:
    """One layer. `inputs` may hold "" for an absent optional input.

    `origins` are the names of the ONNX nodes it was made from, the one that names the layer first;
    `onnx_op` is that one's operator, which the toolkit puts in front of the name.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, Attr] = field(default_factory=dict[str, Attr])
    origins: tuple[str, ...] = ()
    domain: str = ""
    onnx_op: str = ""

    def int_attr(self, name: str, default: int = 0) -> int:
        value = self.attrs.get(name, default)
        if not isinstance(value, int):
            raise TypeError(f"{self.name}: attribute {name} is not an integer")
        return value

    def float_attr(self, name: str, default: float = 0.0) -> float:
        value = self.attrs.get(name, default)
        if not isinstance(value, int | float):
            raise TypeError(f"{self.name}: attribute {name} is not a number")
        return float(value)

    def str_attr(self, name: str, default: str = "") -> str:
        value = self.attrs.get(name, default)
        return value if isinstance(value, str) else str(value)

    def ints_attr(self, name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
        value = self.attrs.get(name, tuple(default))
        if not isinstance(value, tuple):
            raise TypeError(f"{self.name}: attribute {name} is not a list of integers")
        return tuple(int(item) for item in value)


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in topological order, the values they exchange, and constants.

    Every graph input is the output of a Node with op "Input", so that every tensor that is not
    a constant has a producing layer. A pass returns another Graph; nothing is edited in place.
    `given` holds the parameters that a quantized model file itself states for values and constants;
    a constant is the real numbers its codes stand for, so that quantizing it gives them back.
    """

    name: str
    nodes: tuple[Node, ...]
    values: Mapping[str, Value]
    constants: Mapping[str, Array]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    opset: int = NODE_OPSET
    given: Mapping[str, QuantParams] = field(default_factory=dict[str, QuantParams])

    def __post_init__(self) -> None:
        for array in self.constants.values():
            array.flags.writeable = False
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))
        object.__setattr__(self, "constants", MappingProxyType(dict(self.constants)))
        object.__setattr__(self, "given", MappingProxyType(dict(self.given)))

    @cached_property
    def digest(self) -> str:
        return digest(
            self.name, self.nodes, self.values, self.constants, self.inputs, self.outputs,
            self.given,
        )  # fmt: skip

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def producer(self) -> Mapping[str, Node]:
        """Value name -> the node that computes it (constants have none)."""
        return {output: node for node in self.nodes for output in node.outputs if output}

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Node, ...]]:
        """Value name -> the nodes that read it, in order, each once."""
        readers: dict[str, list[Node]] = {name: [] for name in self.values}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                if name:
                    readers.setdefault(name, []).append(node)
        return {name: tuple(nodes) for name, nodes in readers.items()}

    @cached_property
    def by_origin(self) -> Mapping[str, Node]:
        """ONNX node name -> the layer it became part of."""
        return {origin: node for node in self.nodes for origin in node.origins}

    def shape(self, value: str) -> tuple[int, ...]:
        """The shape of `value`; raises ValueError where it is unknown."""
        if value in self.constants:
            return tuple(self.constants[value].shape)
        shape = self.values[value].shape
        if shape is None:
            raise ValueError(f"the shape of {value!r} is unknown")
        return shape

    def is_constant(self, value: str) -> bool:
        return value in self.constants

    def data_inputs(self, node: Node) -> tuple[str, ...]:
        """The inputs of `node` that are computed at run time."""
        return tuple(name for name in node.inputs if name and name not in self.constants)

    def single_reader(self, value: str) -> Node | None:
        """The only reader of `value`, or None when it has several, none, or is an output."""
        readers = self.consumers.get(value, ())
        return readers[0] if len(readers) == 1 and value not in self.outputs else None

    @cached_property
    def fused_into(self) -> Mapping[str, str]:
        """Activation layer -> the layer it is drawn and edited with.

        A relu, relu6 or clip that is the only reader of a convolution-like layer or of an add runs
        in the same operation on the NPU; in rkviz the two are one box, one row and one choice of
        type.
        """
        heads: dict[str, str] = {}
        for node in self.nodes:
            if node.op not in FUSABLE_ACTIVATIONS:
                continue
            head = self.producer.get(node.inputs[0])
            if head is None or head.op not in FUSABLE_HEADS:
                continue
            if self.single_reader(node.inputs[0]) is node:
                heads[node.name] = head.name
        return heads

    def head(self, layer: str) -> str:
        """The layer that `layer` is shown and edited with: itself, or what it is fused into."""
        return self.fused_into.get(layer, layer)

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The layers as the user sees them: every node but the fused activations."""
        return tuple(node.name for node in self.nodes if node.name not in self.fused_into)

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Head layer -> itself and the activations fused into it, in order."""
        groups: dict[str, list[str]] = {name: [name] for name in self.heads}
        for layer, head in self.fused_into.items():
            groups[head].append(layer)
        return {head: tuple(layers) for head, layers in groups.items()}

    def with_nodes(
        self,
        nodes: Sequence[Node],
        values: Mapping[str, Value] | None = None,
        constants: Mapping[str, Array] | None = None,
        given: Mapping[str, QuantParams] | None = None,
    ) -> Graph:
        """This graph with other nodes; values and constants nobody mentions are dropped."""
        all_values = dict(self.values) | dict(values or {})
        all_constants = dict(self.constants) | dict(constants or {})
        all_given = dict(self.given) | dict(given or {})
        used = {name for node in nodes for name in (*node.inputs, *node.outputs)}
        used.update(self.outputs)
        return replace(
            self,
            nodes=tuple(nodes),
            values={n: v for n, v in all_values.items() if n in used},
            constants={n: a for n, a in all_constants.items() if n in used},
            given={n: p for n, p in all_given.items() if n in used},
        )


FUSABLE_HEADS = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul", "Add"})
FUSABLE_ACTIVATIONS = frozenset({"Relu", "Relu6"})

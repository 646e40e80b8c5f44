"""The growing Graph while an `.rknn` file is read: values, shapes, constants as real numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import FormatError
from rkviz.formats.rknn_container import Container
from rkviz.formats.rknn_tables import StoredNode, StoredTensor, Tables
from rkviz.graph.model import Array, Attr, Graph, Node, Value
from rkviz.numerics import QuantParams, QuantScheme

_MOST_ELEMENTS = 1 << 28
_MOST_TIMES = 6
"""Constants may take so many times the body as real numbers (four where each is read once)."""
ABSORBED = "/relu"
"""Ends the name of an activation that opening put back behind its layer."""
_RELU6_SCALE = float(np.float32(6) / np.float32(255))
_NUMBERS = {
    "VSI_NN_TYPE_UINT8": "<u1", "VSI_NN_TYPE_INT8": "<i1", "VSI_NN_TYPE_INT16": "<i2",
    "VSI_NN_TYPE_INT32": "<i4", "VSI_NN_TYPE_INT64": "<i8", "VSI_NN_TYPE_FLOAT16": "<f2",
    "VSI_NN_TYPE_FLOAT32": "<f4",
}  # fmt: skip


class Assembly:
    """Collects nodes, values and constants; becomes the Graph at the end."""

    def __init__(self, tables: Tables, container: Container, input_names: tuple[str, ...]) -> None:
        self.tables, self.container = tables, container
        self.nodes: list[Node] = []
        self.values: dict[str, Value] = {}
        self.constants: dict[str, Array] = {}
        self.given: dict[str, QuantParams] = {}
        self.input_names = input_names
        self._room = _MOST_TIMES * len(container.body)
        numbers = zip(tables.input_numbers, input_names, tables.inputs, strict=True)
        self._inputs: dict[int, str] = {}
        for number, name, tensor in numbers:
            self._inputs[number] = name
            self.nodes.append(Node(name, "Input", (), (name,), {}, (name,)))
            self.describe(name, tensor.shape, tensor.dtype.params)

        self._readers: dict[tuple[int, int], list[StoredNode]] = {}
        self._read_ports: dict[int, set[int]] = {}
        for node in tables.nodes:
            for source in node.inputs.values():
                if source.kind == "node":
                    self._readers.setdefault((source.number, source.port), []).append(node)
                    self._read_ports.setdefault(source.number, set()).add(source.port)

        self.output_shapes = {(node, port): out.shape for out, node, port in tables.outputs}
        """Sizes the file states, by node and port."""

    def describe(
        self, value: str, shape: tuple[int, ...] | None, params: QuantParams | None
    ) -> None:
        """Enter a value with its parameters, if the file states any."""
        self.values[value] = Value(value, shape)
        if params is not None:
            self.given[value] = params

    def site(self, index: int) -> Site:
        return Site(self, index, self.tables.nodes[index])

    def value_of(self, index: int, port: int) -> str:
        """The name of what node `index` computes at `port`."""
        return f"{self.tables.nodes[index].lid}:out{port}"

    def used_ports(self, index: int) -> list[int]:
        """The outputs of node `index` that the file types or reads, in order; at least one."""
        node = self.tables.nodes[index]
        read = self._read_ports.get(index, set())
        used = {port for port in read.union(node.outputs) if port < node.output_count}
        return sorted(used) or [0]

    def only_reader(self, index: int) -> str:
        """The operation that alone reads what node `index` computes at port 0, or ""."""
        readers = self._readers.get((index, 0), [])
        return readers[0].op if len(readers) == 1 else ""

    def input_name(self, number: int) -> str | None:
        return self._inputs.get(number)

    def codes(self, tensor: StoredTensor) -> NDArray[np.generic]:
        """A constant as it stands in the body; raises FormatError when read far too often."""
        self._room -= 4 * math.prod(tensor.shape)
        if self._room < 0:
            raise FormatError(
                f"{self.container.where}: its nodes read the same constants again and again, "
                "which no toolkit writes; the file is damaged."
            )
        kind = np.dtype(_NUMBERS[tensor.dtype.vx_type])
        flat = np.frombuffer(
            self.container.body, kind, math.prod(tensor.shape), tensor.offset
        )  # a copy is made by whoever turns it into real numbers
        return flat.reshape(tensor.shape)

    def graph(self, name: str) -> Graph:
        outputs = tuple(self.value_of(node, port) for _, node, port in self.tables.outputs)
        return Graph(
            name, tuple(self.nodes), self.values, self.constants, self.input_names, outputs,
            given=self.given,
        )  # fmt: skip


@dataclass(frozen=True)
class Site:
    """One node of the file on its way into the graph."""

    assembly: Assembly
    index: int
    node: StoredNode

    def fail(self, problem: str) -> FormatError:
        return FormatError(
            f"{self.assembly.container.where}: node {self.node.lid!r} ({self.node.op}) {problem}."
        )

    def value(self, port: int = 0) -> str:
        """The computed value at input `port`; raises FormatError when there is none."""
        source = self.node.inputs.get(port)
        if source is None or source.kind == "const":
            raise self.fail(f"has no computed input {port}")
        if source.kind == "norm":
            name = self.assembly.input_name(source.number)
            if name is None:
                raise self.fail(f"reads tensor {source.number}, which is no input of the network")
            return name
        name = self.assembly.value_of(source.number, source.port)
        if name not in self.assembly.values:
            raise self.fail(f"reads port {source.port} of node {source.number} before it is there")
        return name

    def values(self) -> tuple[str, ...]:
        """All inputs in the order of their ports, a constant under a name of its own."""
        return tuple(self.operand(port) for port in sorted(self.node.inputs))

    def operand(self, port: int) -> str:
        if self.stored(port) is None:
            return self.value(port)
        return self.constant(port, f"in{port}")

    def shape(self, value: str) -> tuple[int, ...]:
        if value in self.assembly.constants:
            return tuple(self.assembly.constants[value].shape)
        shape = self.assembly.values[value].shape
        if shape is None:
            raise self.fail(f"reads {value!r}, whose size nobody knows")
        return shape

    def stored(self, port: int) -> StoredTensor | None:
        """The constant at input `port`, if that is one."""
        source = self.node.inputs.get(port)
        if source is None or source.kind != "const":
            return None
        return self.assembly.tables.constants[source.number]

    def constant(self, port: int, role: str, shape: tuple[int, ...] | None = None) -> str:
        """The constant at `port` as real numbers, (code - zero point) * scale, in `shape`."""
        tensor = self.stored(port)
        if tensor is None:
            raise self.fail(f"has no constant as input {port}")
        shape = shape or tensor.shape
        if math.prod(shape) != math.prod(tensor.shape):
            raise self.fail(f"has {role} of shape {tensor.shape}, its tensors need {shape}")
        codes, params = self.assembly.codes(tensor), tensor.dtype.params
        name = f"{self.node.lid}:{role}"
        zero_point = params.zero_point if params else 0
        scale = params.scale if params else tensor.dtype.scale
        real = (codes.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
        self.assembly.constants[name] = real.reshape(shape)
        if params is not None:
            self.assembly.given[name] = params
        return name

    def bias(self, port: int, x: str, weight: str, count: int) -> str:
        """The bias at `port`: its codes are added to sums of x and weight codes.

        So their scale is the product of those two, whatever decimals the file gives. Raises
        FormatError where no float32 stands for a code.
        """
        tensor, given = self.stored(port), self.assembly.given
        if tensor is None or tensor.shape != (count,):
            raise self.fail(f"has no bias of {count} numbers as input {port}")
        if tensor.dtype.params is not None or x not in given or weight not in given:
            return self.constant(port, "bias")
        codes = self.assembly.codes(tensor)
        scale = given[x].scale * given[weight].scale
        real = (codes.astype(np.float64) * scale).astype(np.float32)
        if not np.array_equal(np.rint(real.astype(np.float64) / np.float32(scale)), codes):
            raise self.fail("has biases too large for rkviz to hold exactly")
        name = f"{self.node.lid}:bias"
        self.assembly.constants[name] = real
        return name

    def layer(
        self,
        op: str,
        inputs: tuple[str, ...],
        shape: tuple[int, ...],
        attrs: Mapping[str, Attr] | None = None,
        part: str = "",
    ) -> str:
        """Add a layer; the one without `part` computes the node's own output.

        What a part in front of it computes keeps the parameters of the first input.
        """
        if not shape or min(shape) < 1 or math.prod(shape) > _MOST_ELEMENTS:
            raise self.fail(f"computes a tensor of shape {shape}, which cannot be")
        lid, given = self.node.lid, self.assembly.given
        value = f"{lid}/{part}" if part else self.assembly.value_of(self.index, 0)
        params = given.get(inputs[0]) if part else None
        dtype = self.node.outputs.get(0)
        if not part and dtype is not None:
            params = dtype.params
        self.assembly.describe(value, shape, params)
        name = f"{lid}/{part}" if part else lid
        kind, origin = toolkit_name(self.node.name, self.node.lid)
        self.assembly.nodes.append(
            Node(name, op, inputs, (value,), attrs or {}, (f"{origin}/{part}" if part else origin,),
                 onnx_op=kind)
        )  # fmt: skip
        return value

    def sums(
        self,
        op: str,
        inputs: tuple[str, ...],
        shape: tuple[int, ...],
        attrs: Mapping[str, Attr],
    ) -> None:
        """Add a layer of weights, with the activation its parameters have absorbed, if any.

        The toolkit drops a relu whose parameters are those of the convolution: codes that begin
        at 0 clip just so. In real numbers nothing clips, so the relu stands here again, or the
        relu6 where 6 is the largest number there is.
        """
        dtype = self.node.outputs.get(0)
        params = dtype.params if dtype else None
        if (
            params is None
            or params.scheme is not QuantScheme.U8
            or params.zero_point != 0
            or self.assembly.only_reader(self.index) == "VSI_NN_OP_RELU"
        ):
            self.layer(op, inputs, shape, attrs)
            return
        lid, (kind, origin) = self.node.lid, toolkit_name(self.node.name, self.node.lid)
        self.layer(op, inputs, shape, attrs)
        clipped, free = self.assembly.nodes[-1].outputs[0], f"{lid}/sums"
        self.assembly.nodes[-1] = replace(self.assembly.nodes[-1], outputs=(free,))
        self.assembly.describe(free, shape, params)
        activation = "Relu6" if params.scale == _RELU6_SCALE else "Relu"
        self.assembly.nodes.append(
            Node(lid + ABSORBED, activation, (free,), (clipped,), {}, (origin + ABSORBED,),
                 onnx_op=kind)
        )  # fmt: skip


def toolkit_name(name: str, lid: str) -> tuple[str, str]:
    """Operator and ONNX node of a toolkit name like `Conv_Conv_3`; older ones lack the operator.

    A name that does not end the way the lid begins ("swish") says nothing: the lid does.
    """
    base = name if lid.startswith(name) else lid.rpartition("_")[0] or lid
    kind, separator, origin = base.partition("_")
    return (kind, origin) if separator and kind and origin else ("", base)

"""An ONNX model with repaired weights: the user's own file, its repaired layers written anew.

All else stays as it is in the file, operator set and names included, so that the vendor's toolkit
reads it as it read the original and a cfg fits both. What opening folded into a repaired layer (a
batch normalization, a pad, a bias added behind it) is in its new weights and left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnx import ModelProto, NodeProto, helper, numpy_helper

from rkviz.atomic import write_atomically
from rkviz.errors import FormatError
from rkviz.graph.model import Array, Graph, Node
from rkviz.graph.onnx_import import named_nodes, read_onnx

_LARGEST_FILE = (1 << 31) - (1 << 20)
"""Protobuf ends at 2 GiB."""
_WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_ATTRIBUTES = ("kernel_shape", "strides", "dilations", "pads", "group", "output_padding")


def changed_layers(opened: Graph, repaired: Graph) -> tuple[str, ...]:
    """The layers of `repaired` whose weights or bias are not those of `opened`."""
    return tuple(
        node.name
        for node in repaired.nodes
        if node.op in _WEIGHTED and _is_changed(opened, opened.by_name[node.name], repaired, node)
    )


def _is_changed(opened: Graph, before: Node, repaired: Graph, after: Node) -> bool:
    for position, name in enumerate(after.inputs[1:], start=1):
        made = repaired.constants.get(name)
        old = before.inputs[position] if position < len(before.inputs) else ""
        known = opened.constants.get(old)
        if made is None or (known is None and not made.any()):
            continue
        if known is None or not np.array_equal(made, known):
            return True
    return False


def write_repaired(model: Path, path: Path, graph: Graph, layers: Sequence[str]) -> int:
    """Write the ONNX file `model` with the weights and biases `graph` has for `layers` to `path`.

    Returns how many nodes of the file became part of their weights. Raises ModelError, FormatError
    naming every layer that cannot be told apart in the file.
    """
    if model.suffix.lower() != ".onnx":
        raise FormatError(f"{model} is not an ONNX file; repaired weights go into one.")
    if model.absolute() == path.absolute():
        raise FormatError(f"{path} is the model itself; choose another name for the repaired one.")
    proto = read_onnx(model)
    writer = _Writer(proto)
    problems = [text for name in layers if (text := writer.replace(graph, graph.by_name[name]))]
    if problems:
        raise FormatError(
            f"{model} cannot be written with repaired weights: these layers are not in it as they "
            "are in the opened network.",
            problems,
        )
    folded = writer.finish()
    if proto.ByteSize() > _LARGEST_FILE:
        raise FormatError(f"The repaired network is larger than 2 GB, more than {path} can be.")
    write_atomically(path, proto.SerializeToString(), FormatError)
    return folded


class _Writer:
    """Changes one ModelProto; layers are found by the names of the nodes they were made from."""

    def __init__(self, proto: ModelProto) -> None:
        self.graph = proto.graph
        self.place = {node.name: i for i, node in enumerate(named_nodes(proto.graph.node))}
        self.tensors = {name for node in self.graph.node for name in node.output}
        self.tensors.update(info.name for info in self.graph.input)
        self.taken = self.tensors | {tensor.name for tensor in self.graph.initializer}
        self.made: dict[int, list[NodeProto]] = {}
        """Index of a node -> what stands in its place."""
        self.gone: set[int] = set()

    def replace(self, graph: Graph, node: Node) -> str:
        """Put `node` in the place of what it was made from; returns what is in the way, or ""."""
        places = sorted(self.place[name] for name in node.origins if name in self.place)
        source, result = node.inputs[0], node.outputs[0]
        inner = {name for at in places for name in self.graph.node[at].output} - {result}
        if not places or source not in self.tensors or result not in self.tensors:
            return f"{node.name}: rkviz took it apart when it opened the file"
        if any(at in self.gone for at in places):
            return f"{node.name}: shares a node with another layer"
        readers = [i for i, other in enumerate(self.graph.node) if inner.intersection(other.input)]
        outputs = {info.name for info in self.graph.output}
        if not set(readers) <= set(places) or inner & outputs:
            return f"{node.name}: what is inside it is read elsewhere too"
        self.gone.update(places)
        self.made[places[-1]] = self._nodes(graph, node)
        return ""

    def _nodes(self, graph: Graph, node: Node) -> list[NodeProto]:
        weight = graph.constants[node.inputs[1]]
        bias = graph.constants[node.inputs[2]] if any(node.inputs[2:]) else None
        source, result, name = node.inputs[0], node.outputs[0], node.origins[0]
        if node.op == "MatMul" or (node.op == "Gemm" and node.onnx_op == "MatMul"):
            return self._product(node, weight if node.op == "MatMul" else weight.T, bias)
        inputs = [source, self._constant(f"{name}/weight", weight)]
        if bias is None and node.op == "Gemm":  # older operator sets insist on one
            bias = np.zeros(len(weight), np.float32)
        if bias is not None:
            inputs.append(self._constant(f"{name}/bias", bias))
        made = helper.make_node(node.op, inputs, [result], name=name)
        for key in _ATTRIBUTES if node.op != "Gemm" else ("transB",):
            if key in node.attrs:
                made.attribute.append(helper.make_attribute(key, node.attrs[key]))
        return [made]

    def _product(self, node: Node, weight: Array, bias: Array | None) -> list[NodeProto]:
        """A product that was written as MatMul (and Add) stays one: its name tells the operator."""
        source, result, name = node.inputs[0], node.outputs[0], node.origins[0]
        held = self._constant(f"{name}/weight", weight)
        if bias is None:
            return [helper.make_node("MatMul", [source, held], [result], name=name)]
        product, added = self._fresh(f"{name}/product"), self._constant(f"{name}/bias", bias)
        behind = node.origins[1] if len(node.origins) > 1 else f"{name}/add"
        return [
            helper.make_node("MatMul", [source, held], [product], name=name),
            helper.make_node("Add", [product, added], [result], name=behind),
        ]

    def _constant(self, wanted: str, array: Array) -> str:
        name = self._fresh(wanted)
        tensor = numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name)
        self.graph.initializer.append(tensor)
        return name

    def _fresh(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name

    def finish(self) -> int:
        """Write the nodes back without what nobody reads any more."""
        nodes: list[NodeProto] = []
        for at, node in enumerate(self.graph.node):
            nodes += self.made.get(at, [] if at in self.gone else [node])
        read = {name for node in nodes for name in node.input}
        read.update(info.name for info in self.graph.output)
        subgraphs = any(a.HasField("g") or a.graphs for n in nodes for a in n.attribute)
        kept = list(self.graph.initializer)
        if not subgraphs:
            kept = [tensor for tensor in kept if tensor.name in read]
        lost = {tensor.name for tensor in self.graph.initializer} - {t.name for t in kept}
        inputs = [info for info in self.graph.input if info.name not in lost]
        inner = self.tensors - {name for node in nodes for name in node.output}
        inner -= {info.name for info in inputs}
        infos = [info for info in self.graph.value_info if info.name not in inner]
        for field, values in (
            ("node", nodes), ("initializer", kept), ("input", inputs), ("value_info", infos),
        ):  # fmt: skip
            copies = [type(value).FromString(value.SerializeToString()) for value in values]
            self.graph.ClearField(field)
            getattr(self.graph, field).extend(copies)
        return len(self.gone) - len(self.made)

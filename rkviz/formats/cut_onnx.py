"""An ONNX model that ends earlier: what a concat joins become outputs of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from rkviz.atomic import write_atomically
from rkviz.errors import FormatError
from rkviz.graph.onnx_import import read_onnx

_LARGEST_FILE = (1 << 31) - (1 << 20)
"""Protobuf ends at 2 GiB."""


def write_cut(
    model: Path, path: Path, outputs: Mapping[str, Sequence[int | str] | None]
) -> dict[str, object]:
    """Write the network of the ONNX file `model` that computes `outputs` only to `path`.

    `outputs` are tensors of the model with their shapes (None where unknown), in the order they are
    to have; float32. Nodes, weights and inputs nothing depends on any more are left out, all else
    stays as it is in the file. Returns facts for the user. Raises ModelError, FormatError naming
    every tensor the file does not have.
    """
    if model.suffix.lower() != ".onnx":
        raise FormatError(f"{model} is not an ONNX file; only those can be cut.")
    if model.absolute() == path.absolute():
        raise FormatError(f"{path} is the model itself; choose another name for the cut one.")
    proto = read_onnx(model)
    graph = proto.graph
    computed = {name for node in graph.node for name in node.output}
    missing = [name for name in outputs if name not in computed]
    if missing or not outputs:
        raise FormatError(
            f"{model} cannot be cut: it computes no tensors of these names.",
            [repr(name) for name in missing],
        )
    needed, kept = set(outputs), list[onnx.NodeProto]()
    for node in reversed(graph.node):
        if not needed.isdisjoint(node.output):
            kept.append(node)
            needed.update(_reads(node))
    before = len(graph.node)
    for field, values in (
        ("node", kept[::-1]),
        ("initializer", [t for t in graph.initializer if t.name in needed]),
        ("sparse_initializer", [t for t in graph.sparse_initializer if t.values.name in needed]),
        ("input", [i for i in graph.input if i.name in needed]),
        ("value_info", [v for v in graph.value_info if v.name in needed]),
        ("output", [_output(name, shape) for name, shape in outputs.items()]),
    ):
        copies = [type(value).FromString(value.SerializeToString()) for value in values]
        graph.ClearField(field)
        getattr(graph, field).extend(copies)
    if proto.ByteSize() > _LARGEST_FILE:
        raise FormatError(f"The cut network is larger than 2 GB, more than {path} can be.")
    write_atomically(path, proto.SerializeToString(), FormatError)
    return {"outputs": list(outputs), "nodes left out": before - len(kept)}


def _reads(node: onnx.NodeProto) -> set[str]:
    """All a node reads, what its subgraphs read from outside among it."""
    names = {name for name in node.input if name}
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                names |= _reads(inner)
    return names


def _output(name: str, shape: Sequence[int | str] | None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

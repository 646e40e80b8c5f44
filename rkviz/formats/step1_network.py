"""The network between hybrid_quantization_step1 and step2: `{name}.json` and `{name}.data`.

`.json` shows the structure in the toolkit's words: {"MetaData": {...}, "Layers": {layer: {"name",
"op", "parameters", "inputs", "outputs"}}}, for reading and for graph viewers. `.data` is no pickle
like the toolkit's: it is a zip of npy files, one a constant, as `numpy.load` reads it, and of
`graph.json`, which holds the rest of the network exactly. The digest in both ties them together.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import tokenize
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import numpy as np
from numpy.lib import format as npy

from rkviz.atomic import write_atomically
from rkviz.errors import FormatError, ModelError
from rkviz.graph.check import check
from rkviz.graph.model import Array, Attr, Graph, Node, Value
from rkviz.graph.naming import attach_names, layer_names
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.textfile import read_text

_LARGEST_JSON = 64 << 20
_LARGEST_DATA = 2 << 30
_GRAPH = "graph.json"
_WRITER = "rkviz"
_OPERATORS = {
    "Conv": "convolution",
    "ConvTranspose": "deconvolution",
    "Gemm": "fullconnect",
    "MaxPool": "pooling",
    "AveragePool": "pooling",
    "GlobalMaxPool": "pooling",
    "GlobalAveragePool": "pooling",
    "Relu6": "relun",
    "Mul": "multiply",
    "Sub": "subtract",
    "Div": "divide",
    "Transpose": "permute",
    "Flatten": "reshape",
    "Resize": "image_resize",
    "BatchNormalization": "batchnormalize",
    "SpaceToDepth": "space2depth",
    "DepthToSpace": "depth2space",
}
"""Operator -> the toolkit's name of it; the others only lose their capitals."""
_DAMAGED = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OverflowError, struct.error,
    ValueError, TypeError, KeyError, IndexError, AttributeError, SyntaxError, RecursionError,
    UnicodeError, MemoryError, tokenize.TokenError,
)  # fmt: skip
"""What a damaged file raises on its way through zipfile, numpy and the tables below."""


def file_stem(graph: Graph) -> str:
    """What the toolkit calls the files of `graph`: its name without all but A-Z, a-z, 0-9, _."""
    return re.sub(r"[^A-Za-z0-9_]", "", graph.name) or "network"


def write_network(graph: Graph, structure: Path, data: Path) -> None:
    """Write `graph` as `structure` (.json) and `data` (.data); raises FormatError."""
    arrays = {f"{number}": array for number, array in enumerate(graph.constants.values())}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_GRAPH), json.dumps(_document(graph)))
        for number, array in arrays.items():
            content = io.BytesIO()
            npy.write_array(content, np.asarray(array, order="C"), (1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{number}.npy"), content.getvalue())
    write_atomically(data, packed.getvalue(), FormatError)
    text = json.dumps(_structure(graph), indent=2, ensure_ascii=False)
    write_atomically(structure, text + "\n", FormatError)


def read_network(structure: Path, data: Path) -> Graph:
    """The network that `write_network` wrote; raises FormatError.

    Nothing in the files is executed. What they hold has to agree with the digest in both.
    """
    stated = _stated_digest(structure)
    try:
        if data.stat().st_size > _LARGEST_DATA:
            raise FormatError(f"{data} is larger than 2 GB, more than rkviz writes.")
        with zipfile.ZipFile(data) as archive:
            graph = _graph(archive, data.stat().st_size)
            check(graph)
            found = graph.digest
    except OSError as error:
        raise FormatError(f"{data} cannot be read: {error.strerror or error}.") from None
    except (*_DAMAGED, ModelError):
        raise FormatError(
            f"{data} is damaged or not written by rkviz; run hybrid_quantization_step1 again."
        ) from None
    if found != stated:
        raise FormatError(
            f"{data} does not belong to {structure}; give the two files of one "
            "hybrid_quantization_step1."
        )
    return graph


def _structure(graph: Graph) -> dict[str, object]:
    names = layer_names(graph)
    attached = attach_names(graph)
    layers: dict[str, object] = {}
    for node in graph.nodes:
        if node.name in names:
            layers[names[node.name]] = {
                "name": names[node.name],
                "op": _operator(graph, node),
                "parameters": dict(node.attrs),
                "inputs": list(_sources(graph, node.inputs, names)),
                "outputs": [f"out{port}" for port in range(len(node.outputs))],
            }
    for value, name in attached.items():
        layers[name] = {
            "name": name,
            "op": "output",
            "parameters": {},
            "inputs": list(_sources(graph, (value,), names)),
            "outputs": ["out0"],
        }
    meta = {"Name": graph.name, "AcuityVersion": _WRITER, "Platform": "onnx"}
    return {"MetaData": {**meta, "Digest": graph.digest}, "Layers": layers}


def _sources(graph: Graph, values: tuple[str, ...], names: Mapping[str, str]) -> Iterator[str]:
    for value in values:
        producer = graph.producer.get(value)
        if producer is not None:
            yield f"@{names[producer.name]}:out{producer.outputs.index(value)}"


def _operator(graph: Graph, node: Node) -> str:
    if node.op == "Conv" and node.int_attr("group", 1) > 1:
        channels = graph.shape(node.inputs[0])[1] if graph.values[node.inputs[0]].shape else 0
        if node.int_attr("group", 1) == channels:
            return "depthwise_convolution"
    return _OPERATORS.get(node.op, node.op.lower())


def _document(graph: Graph) -> dict[str, object]:
    """Everything of `graph` but its constants' numbers."""
    return {
        "name": graph.name,
        "nodes": [
            [n.name, n.op, n.inputs, n.outputs, dict(n.attrs), n.origins, n.domain, n.onnx_op]
            for n in graph.nodes
        ],
        "values": {v.name: [v.shape, v.dtype] for v in graph.values.values()},
        "constants": list(graph.constants),
        "inputs": graph.inputs,
        "outputs": graph.outputs,
        "opset": graph.opset,
        "given": {
            name: [params.scheme.value, params.scale, params.zero_point, params.fl]
            for name, params in graph.given.items()
        },
    }


def _stated_digest(structure: Path) -> str:
    """The digest in a .json; raises FormatError."""
    try:
        parsed = json.loads(read_text(structure, FormatError, _LARGEST_JSON))
    except (ValueError, RecursionError):
        raise FormatError(
            f"{structure} is damaged: it is not complete JSON; run hybrid_quantization_step1 again."
        ) from None
    meta = _table(_table(parsed).get("MetaData"))
    found = meta.get("Digest")
    if not isinstance(found, str):
        raise FormatError(
            f"{structure} is not written by rkviz: its MetaData has no Digest; run "
            "hybrid_quantization_step1 with rkviz, which cannot read the toolkit's weights."
        )
    return found


def _table(value: object) -> dict[str, object]:
    return cast(dict[str, object], value) if isinstance(value, dict) else {}


def _graph(archive: zipfile.ZipFile, size: int) -> Graph:
    """The network in `archive` of `size` bytes; raises one of _DAMAGED."""
    members = {info.filename: info for info in archive.infolist()}
    stored = all(info.compress_type == zipfile.ZIP_STORED for info in members.values())
    if not stored or sum(info.file_size for info in members.values()) > size:
        raise ValueError("packed")
    document = json.loads(archive.read(_GRAPH))
    constants: dict[str, Array] = {}
    for number, name in enumerate(document["constants"]):
        constants[_text(name)] = _array(archive.read(f"{number}.npy"))
    return Graph(
        name=_text(document["name"]),
        nodes=tuple(_node(*entry) for entry in document["nodes"]),
        values={
            _text(name): Value(_text(name), None if shape is None else _sizes(shape), _text(dtype))
            for name, (shape, dtype) in document["values"].items()
        },
        constants=constants,
        inputs=_texts(document["inputs"]),
        outputs=_texts(document["outputs"]),
        opset=int(document["opset"]),
        given={_text(name): _params(*entry) for name, entry in document["given"].items()},
    )


def _array(data: bytes) -> Array:
    """The numbers of a npy file of version 1, of the size its header says."""
    content = io.BytesIO(data)
    npy.read_magic(content)
    shape, fortran, dtype = npy.read_array_header_1_0(content, max_header_size=4096)
    numbers = memoryview(data)[content.tell() :]
    if fortran or dtype.kind not in "buif" or math.prod(shape) * dtype.itemsize != len(numbers):
        raise ValueError("not an array of numbers")
    return np.frombuffer(numbers, dtype).reshape(shape)


def _node(
    name: object,
    op: object,
    inputs: object,
    outputs: object,
    attrs: object,
    origins: object,
    domain: object,
    onnx_op: object,
) -> Node:
    return Node(
        _text(name),
        _text(op),
        _texts(inputs),
        _texts(outputs),
        {_text(key): _attribute(value) for key, value in _table(attrs).items()},
        _texts(origins),
        _text(domain),
        _text(onnx_op),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(_text(entry) for entry in cast(list[object], value))


def _sizes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    sizes = tuple(entry for entry in cast(list[object], value) if type(entry) is int)
    if len(sizes) != len(cast(list[object], value)):
        raise TypeError("not a size")
    return sizes


def _attribute(value: object) -> Attr:
    if isinstance(value, list):
        numbers = [entry for entry in cast(list[object], value) if isinstance(entry, int | float)]
        if len(numbers) != len(cast(list[object], value)):
            raise TypeError("not a list of numbers")
        return cast(Attr, tuple(numbers))
    if not isinstance(value, int | float | str):
        raise TypeError("not an attribute")
    return value


def _params(scheme: object, scale: object, zero_point: object, fl: object) -> QuantParams:
    if not isinstance(scale, int | float) or type(zero_point) is not int:
        raise TypeError("not parameters")
    if fl is not None and type(fl) is not int:
        raise TypeError("not a fraction length")
    return QuantParams(QuantScheme(scheme), float(scale), zero_point, fl)

"""Names of layers as RKNN-Toolkit 1.x writes them into its files, and back.

A layer is `{OpType}_{ONNX node name}_{id}` (1.7), an input `{name}_{id}`, an output
`attach_{OpType}_{ONNX node name}/out{port}_{id}`. Files on disk have `_` for every `/`. Toolkits
up to 1.6 leave the operator out. Ids differ between toolkit versions, so reading goes by name.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from functools import lru_cache

from rkviz.graph.model import Graph, Node

_WEIGHTED = frozenset(
    {"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "PRelu",
     "LayerNormalization", "InstanceNormalization", "GroupNormalization"}
)  # fmt: skip
_TENSOR = re.compile(r"^@?(?P<layer>.*?)(:(weight|bias|out\d+|in\d+))?$")
_ATTACHED = re.compile(r"^attach_(?P<layer>.+)[/_]out\d+(_\d+)?$")
_PERM = re.compile(r"_(acuity|RKNN)_mark_perm_\d+$")
_CONVERTED_TO = re.compile(r"[a-z_]+\d*(_\d+)?")
_CONVERTED_FROM = re.compile(r"[a-z_]+\d*")
_CONSTANT = re.compile(r"^@?(Initializer|Constant)_(?P<value>.+)_\d+:out0$")
_OF_CONSTANT = "_output_0"
_LONGEST = 1000
"""A longer name is none of the toolkit's."""
_ID = re.compile(r"_\d+$")


def layer_names(graph: Graph) -> dict[str, str]:
    """Our layer name -> `{OpType}_{ONNX name}_{id}`; inputs are `{input}_{id}`.

    Outputs have the first ids, then breadth-first towards the inputs, the outputs' producers
    last to first, inputs at the end: equal for all 146 layers of a YOLOv5 dumped by 1.7.5.
    """
    return {node: f"{_base(graph.by_name[node])}_{number}" for node, number in _ids(graph).items()}


def attach_names(graph: Graph) -> dict[str, str]:
    """Output value -> `attach_{OpType}_{ONNX name}/out{port}_{id}`."""
    names: dict[str, str] = {}
    for number, value in enumerate(graph.outputs):
        node = graph.producer[value]
        port = node.outputs.index(value)
        names[value] = f"attach_{_base(node)}/out{port}_{number}"
    return names


def find_layer(graph: Graph, toolkit_name: str) -> str | None:
    """The layer a toolkit of any 1.x version means by `toolkit_name`, or None.

    Takes names of layers, tensors (`@...:out0`), outputs, converters and dump files.
    """
    if len(toolkit_name) > _LONGEST:
        return None
    match = _TENSOR.match(toolkit_name.strip())
    name = match["layer"] if match else toolkit_name
    known = _spellings(graph)
    attached = _ATTACHED.match(name)
    if attached is not None:
        found = known.get(attached["layer"]) or _without_operator(known, attached["layer"])
        if found:
            return found
    name = _without_insertion(name)
    for candidate in (_ID.sub("", name), name):
        found = known.get(candidate) or _without_operator(known, candidate)
        if found:
            return found
    return None


def find_constant(graph: Graph, toolkit_name: str) -> str | None:
    """The constant whose tensor a toolkit means by `toolkit_name`, or None.

    Operands that are no weights are layers of their own there: `@Initializer_{name}_{id}:out0`,
    and `@Constant_{node}_{id}:out0`, of which PyTorch calls the value `{node}_output_0`.
    """
    match = _CONSTANT.match(toolkit_name.strip()) if len(toolkit_name) <= _LONGEST else None
    if match is None:
        return None
    names = (match["value"], f"{match['value']}{_OF_CONSTANT}")
    return next((name for name in names if graph.is_constant(name)), None)


def constant_base(value: str) -> str:
    """What `find_constant` takes for the constant `value`, without id and port."""
    node = value.removesuffix(_OF_CONSTANT)
    return f"Initializer_{value}" if node == value else f"Constant_{node}"


def is_insertion(toolkit_name: str) -> bool:
    """Whether the toolkit put this layer beside one of the network: an output, a transpose, a
    converter."""
    name = toolkit_name.strip().removeprefix("@")
    return name.startswith("attach_") or _without_insertion(name) != name


def _without_insertion(name: str) -> str:
    """The layer a transpose or a converter was inserted beside."""
    shorter = _PERM.sub("", name)
    left, found, right = shorter.rpartition("_to_")
    if not found or not _CONVERTED_TO.fullmatch(right):
        return shorter
    place, mark = max((left.rfind(mark), mark) for mark in ("_pre_", "_next_"))
    converted = place >= 0 and _CONVERTED_FROM.fullmatch(left[place + len(mark) :])
    return left[:place] if converted else shorter


def _base(node: Node) -> str:
    if node.op == "Input":
        return node.outputs[0]
    return f"{node.onnx_op or node.op}_{node.origins[0] if node.origins else node.name}"


def _ids(graph: Graph) -> dict[str, int]:
    """Layer -> id. Constants that are operands of their own (an addend) count as layers."""
    number = len(graph.outputs)
    ids: dict[str, int] = {}
    seen: set[str] = set()
    edges = deque(reversed(graph.outputs))
    from_front = True
    while edges:
        # Observed: behind an edge that leads to nothing new the toolkit goes on with the edge
        # found last, not with the one found first.
        value = edges.popleft() if from_front else edges.pop()
        node = graph.producer.get(value)
        key = node.name if node is not None else f"constant {value}"
        from_front = key not in seen and (node is None or node.op != "Input")
        if not from_front:
            continue
        seen.add(key)
        if node is not None:
            ids[node.name] = number
            edges.extend(v for v in node.inputs if v and not _is_weight(graph, node, v))
        number += 1
    for value in graph.inputs:
        ids[graph.producer[value].name] = number
        number += 1
    return ids


def _is_weight(graph: Graph, node: Node, value: str) -> bool:
    return node.op in _WEIGHTED and graph.is_constant(value)


@lru_cache(maxsize=8)
def _spellings(graph: Graph) -> Mapping[str, str]:
    """Every way to write a layer without its id -> our layer name; the exact ways win."""
    known: dict[str, str] = {}
    for node in graph.nodes:
        known.setdefault(_base(node), node.name)
        for origin in (node.name, *node.origins, *node.outputs[: node.op == "Input"]):
            known.setdefault(origin, node.name)
    for name, layer in list(known.items()):
        known.setdefault(name.replace("/", "_"), layer)
    return known


def _without_operator(known: Mapping[str, str], name: str) -> str | None:
    """Look `name` up without the operator in front, whatever that is."""
    _, separator, rest = name.partition("_")
    return known.get(rest) if separator else None

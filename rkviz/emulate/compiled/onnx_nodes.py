"""Nodes of a Graph written as ONNX nodes that compute the same in float.

The inverse of opening: settings that are attributes in a Graph go back to the inputs where ONNX
wants them, and the toolkit's own operators become one or a few standard ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from rkviz.graph.model import Array, Attr, Node, Value
from rkviz.graph.space_to_depth import SPACE_TO_DEPTH_ORDER

_SUBGRAPHS = frozenset({"If", "Loop", "Scan", "SequenceMap"})
_OWN = frozenset({"Swish", "Relu6", "HardSwish", "Gelu", "Mish", "SpaceToDepth"})


@dataclass
class Emission:
    """ONNX nodes and constants collected for one network; `opset` is the one they are meant in."""

    opset: int
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """Shapes of the values the nodes read, as far as known."""
    nodes: list[NodeProto] = field(default_factory=list[NodeProto])
    initializers: list[TensorProto] = field(default_factory=list[TensorProto])

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        """Add a constant and return its name."""
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(self, op: str, inputs: list[str], outputs: list[str], name: str, **attrs: Attr) -> str:
        """Add a node with those of `attrs` its operator has; returns its first output."""
        allowed = onnx.defs.get_schema(op, self.opset, "").attributes
        used = {key: value for key, value in attrs.items() if key in allowed}
        node = helper.make_node(op, inputs, outputs, name=name)
        for key, value in used.items():
            kind = int(allowed[key].type)  # pyright: ignore[reportArgumentType]
            if kind == onnx.AttributeProto.STRINGS:
                value = str(value).split(",")
            node.attribute.append(helper.make_attribute(key, value, attr_type=kind))
        self.nodes.append(node)
        return outputs[0]


def why_not(node: Node, opset: int) -> str:
    """Why `node` cannot be computed in float, or "" when it can."""
    if node.op == "Input" or (node.op in _OWN and not node.domain):
        return ""
    if node.domain or not onnx.defs.has(node.op, opset, ""):
        where = f" of {node.domain}" if node.domain else ""
        return f"nobody knows the operator {node.op}{where}"
    if node.op in _SUBGRAPHS:
        return f"{node.op} holds a network of its own, which rkviz does not take apart"
    return ""


def emit(node: Node, out: Emission) -> None:
    """Append ONNX nodes computing the outputs of `node` from its inputs to `out`."""
    special = _SPECIAL.get(node.op)
    if special is not None:
        special(node, out)
    else:
        out.add(node.op, list(node.inputs), list(node.outputs), node.name, **node.attrs)


def to_model(
    out: Emission, inputs: Mapping[str, Value], outputs: list[str], name: str = "rkviz"
) -> bytes:
    """The serialized ModelProto of what was emitted, with `inputs` and `outputs`."""
    graph = helper.make_graph(
        out.nodes,
        name,
        [
            helper.make_tensor_value_info(
                key, helper.np_dtype_to_tensor_dtype(np.dtype(value.dtype)), value.shape
            )
            for key, value in inputs.items()
        ],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        out.initializers,
    )
    opsets = [helper.make_opsetid("", out.opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


def constant_initializers(names: set[str], constants: Mapping[str, Array], out: Emission) -> None:
    """Add those of `constants` that are in `names` to `out`."""
    for name in sorted(names):
        if name in constants:
            out.constant(name, constants[name])


def _with_inputs(
    node: Node, out: Emission, extra: Mapping[str, NDArray[np.generic] | None]
) -> None:
    """Emit `node` with further constant inputs; None leaves one out."""
    inputs = list(node.inputs)
    for key, array in extra.items():
        made = "" if array is None else out.constant(f"{node.outputs[0]}/{key}", array)
        inputs.append(made)
    attrs = {key: value for key, value in node.attrs.items() if key not in extra}
    out.add(node.op, inputs, list(node.outputs), node.name, **attrs)


def _integers(node: Node, key: str) -> NDArray[np.int64]:
    return np.array(node.ints_attr(key), np.int64)


def _listed(*keys: str) -> Callable[[Node, Emission], None]:
    """An emitter for operators whose lists of integers `keys` are inputs, in this order."""

    def emitter(node: Node, out: Emission) -> None:
        given = keys if keys[0] in node.attrs else ()
        _with_inputs(node, out, {key: _integers(node, key) for key in given})

    return emitter


def _emit_input(node: Node, out: Emission) -> None:
    """An Input node computes nothing: its value is fed."""


def _clip(node: Node, out: Emission) -> None:
    if "min" not in node.attrs:
        _with_inputs(node, out, {})
        return
    bounds = {key: node.float_attr(key) for key in ("min", "max")}
    finite = {k: np.array(v, np.float32) if np.isfinite(v) else None for k, v in bounds.items()}
    _with_inputs(node, out, finite)


def _relu6(node: Node, out: Emission) -> None:
    _clip(replace(node, op="Clip", attrs={"min": 0.0, "max": 6.0}), out)


def _resize(node: Node, out: Emission) -> None:
    if "scales" not in node.attrs:
        _with_inputs(node, out, {})
        return
    attrs = dict(node.attrs)
    scales = np.array(attrs.pop("scales"), np.float32)
    sizes, roi = attrs.pop("sizes", None), attrs.pop("roi", None)
    extra: dict[str, NDArray[np.generic] | None] = {
        "roi": None if roi is None else np.array(roi, np.float32),
        "scales": scales if sizes is None else None,
    }
    if sizes is not None:
        extra["sizes"] = np.array(sizes, np.int64)
    _with_inputs(replace(node, attrs=attrs), out, extra)


def _pad(node: Node, out: Emission) -> None:
    if "pads" not in node.attrs:
        _with_inputs(node, out, {})
        return
    value = np.array(node.float_attr("value"), np.float32)
    _with_inputs(node, out, {"pads": _integers(node, "pads"), "value": value})


def _topk(node: Node, out: Emission) -> None:
    count = node.attrs.get("k")
    extra = {"k": np.array([count], np.int64)} if count is not None else {}
    _with_inputs(node, out, extra)


def _swish(node: Node, out: Emission) -> None:
    gate = f"{node.outputs[0]}/sigmoid"
    out.add("Sigmoid", [node.inputs[0]], [gate], f"{node.name}/sigmoid")
    out.add("Mul", [node.inputs[0], gate], [node.outputs[0]], node.name)


def _space_to_depth(node: Node, out: Emission) -> None:
    """ONNX's own order is DCR; the others permute the channels behind it."""
    size, mode, result = node.int_attr("blocksize"), node.str_attr("mode", "DCR"), node.outputs[0]
    if mode == "DCR":
        out.add("SpaceToDepth", [node.inputs[0]], [result], node.name, blocksize=size)
        return
    channels = out.shapes[node.inputs[0]][1]
    dcr = np.arange(size * size * channels).reshape(size, size, channels)
    order = out.constant(
        f"{result}/order", dcr.transpose(SPACE_TO_DEPTH_ORDER[mode]).reshape(-1).astype(np.int64)
    )
    name = f"{node.name}/space_to_depth"
    moved = out.add("SpaceToDepth", [node.inputs[0]], [f"{result}/dcr"], name, blocksize=size)
    out.add("Gather", [moved, order], [result], node.name, axis=1)


_SPECIAL: Mapping[str, Callable[[Node, Emission], None]] = {
    "Input": _emit_input, "Clip": _clip, "Relu6": _relu6, "Resize": _resize, "Pad": _pad,
    "Slice": _listed("starts", "ends", "axes", "steps"), "Reshape": _listed("shape"),
    "Squeeze": _listed("axes"), "Unsqueeze": _listed("axes"), "Split": _listed("split"),
    "Expand": _listed("shape"), "Tile": _listed("repeats"),
    "TopK": _topk, "Swish": _swish, "SpaceToDepth": _space_to_depth,
    **{op: _listed("axes") for op in (
        "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
        "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")},
}  # fmt: skip

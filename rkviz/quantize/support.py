"""Whether the NPU runs a layer at all: what it does not have, the board's CPU computes in float."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rkviz.graph.model import Graph, Node
from rkviz.target import Engine, Target

CONSTANT_SETTINGS: Mapping[str, str] = {
    "Slice": "starts", "Pad": "pads", "Reshape": "shape", "Squeeze": "axes", "Unsqueeze": "axes",
    "Expand": "shape", "Tile": "repeats", "Resize": "scales", "Clip": "min", "Split": "split",
    "ReduceMean": "axes", "ReduceSum": "axes", "ReduceMax": "axes", "ReduceMin": "axes",
    "ReduceProd": "axes",
}  # fmt: skip
"""Operator -> the setting without which the NPU cannot run it."""
_WINDOWED = frozenset({"Conv", "ConvTranspose", "MaxPool", "AveragePool"})
_OVER_ALL = frozenset(
    {"GlobalAveragePool", "GlobalMaxPool", "InstanceNormalization", "GroupNormalization"}
)
_LARGEST_RANK = 4
_INDICES = frozenset({"ArgMax", "ArgMin"})
_SPLITS = frozenset({"Split", "LSTM", "GRU"})
"""Operators of which the NPU gives more than the first result."""
_RECURRENT_ACTIVATIONS: Mapping[str, tuple[str, ...]] = {
    "LSTM": ("Sigmoid", "Tanh", "Tanh"),
    "GRU": ("Sigmoid", "Tanh"),
}
_RESIZE_COORDINATES = frozenset(
    {"asymmetric", "align_corners", "half_pixel", "pytorch_half_pixel", "half_pixel_symmetric"}
)


def why_on_cpu(graph: Graph, node: Node, target: Target) -> str:
    """What keeps `node` off the NPU, as the first half of a sentence; "" when nothing does."""
    if node.op == "Input":
        return ""
    if node.op in _INDICES and not node.domain:
        return f"{node.op} gives indices"
    if node.domain or target.engines.get(node.op, Engine.CPU) is Engine.CPU:
        return f"The NPU does not have operator {node.op!r}"
    outputs = [graph.values[name] for name in node.outputs if name]
    if len(outputs) > 1 and node.op not in _SPLITS:
        return f"The NPU gives only the first result of {node.op}"
    other = next((value.dtype for value in outputs if value.dtype != "float32"), "")
    if other:
        return f"{node.op} computes {other} numbers here, which the NPU does not"
    if any(value.shape is None for value in outputs):
        return f"The size of what {node.op} computes is known only at run time"
    setting = CONSTANT_SETTINGS.get(node.op, "")
    if setting and setting not in node.attrs:
        return f"{node.op} gets its {setting} only at run time, the NPU needs them constant"
    special = _SPECIAL.get(node.op)
    return special(graph, node) if special else ""


def _windowed(graph: Graph, node: Node) -> str:
    if len(graph.shape(node.inputs[0])) > _LARGEST_RANK:
        return f"The NPU has {node.op} over one or two axes, not over three"
    return ""


def _weighted(graph: Graph, node: Node) -> str:
    if not all(graph.is_constant(name) for name in node.inputs[1:] if name):
        return f"{node.op} gets its weights or biases only at run time"
    return _windowed(graph, node) if node.op != "Gemm" else ""


def _pow(graph: Graph, node: Node) -> str:
    exponent = graph.constants.get(node.inputs[1])
    if exponent is None or exponent.size != 1:
        return "The NPU has Pow only with one constant number as exponent"
    return ""


def _gather(graph: Graph, node: Node) -> str:
    if not graph.is_constant(node.inputs[1]):
        return "Gather gets its indices only at run time"
    return ""


def _cumulative(graph: Graph, node: Node) -> str:
    if not graph.is_constant(node.inputs[1]):
        return "CumSum gets its axis only at run time"
    return ""


def _pad(graph: Graph, node: Node) -> str:
    del graph
    mode = node.str_attr("mode", "constant")
    return "" if mode in ("constant", "reflect", "edge") else f"The NPU has no Pad of mode {mode!r}"


def _blocks(graph: Graph, node: Node) -> str:
    four = len(graph.shape(node.inputs[0])) == _LARGEST_RANK
    return "" if four else f"The NPU has {node.op} only for tensors of four axes"


def _resize(graph: Graph, node: Node) -> str:
    mode = node.str_attr("mode", "nearest")
    coordinates = node.str_attr("coordinate_transformation_mode", "half_pixel")
    if mode not in ("nearest", "linear") or coordinates not in _RESIZE_COORDINATES:
        return f"The NPU has no Resize of mode {mode!r} with coordinates {coordinates!r}"
    if mode == "linear" and node.int_attr("antialias"):
        return "The NPU has no Resize with antialiasing"
    source, result = graph.shape(node.inputs[0]), graph.shape(node.outputs[0])
    if not 3 <= len(source) <= _LARGEST_RANK or source[:2] != result[:2]:
        return "The NPU resizes rows and columns only"
    return ""


def _recurrent(graph: Graph, node: Node) -> str:
    shape = graph.shape(node.inputs[0])
    batch = shape[0] if node.int_attr("layout") else shape[1]
    if batch != 1:
        return f"The toolkit has {node.op} for a batch of 1 only, this one has {batch}"
    directions = 2 if node.str_attr("direction") == "bidirectional" else 1
    usual = ",".join(_RECURRENT_ACTIVATIONS[node.op] * directions)
    unusual = [
        name
        for name, found in (
            ("sequence lengths", _given(node, 4)),
            ("peepholes", _given(node, 7)),
            ("clip", "clip" in node.attrs),
            ("input_forget", node.int_attr("input_forget") != 0),
            ("layout 1", node.int_attr("layout") != 0),
            ("activations of its own", node.str_attr("activations", usual) != usual),
        )
        if found
    ]
    if unusual:
        return f"The NPU has no {node.op} with {' and '.join(unusual)}"
    if not all(graph.is_constant(name) for name in node.inputs[1:4] if name):
        return f"{node.op} gets its weights or biases only at run time"
    return ""


def _given(node: Node, index: int) -> bool:
    return index < len(node.inputs) and bool(node.inputs[index])


_SPECIAL: Mapping[str, Callable[[Graph, Node], str]] = {
    **dict.fromkeys((*_WINDOWED, *_OVER_ALL), _windowed),
    **dict.fromkeys(("Conv", "ConvTranspose", "Gemm"), _weighted),
    "Pow": _pow, "Gather": _gather, "CumSum": _cumulative, "Pad": _pad, "Resize": _resize,
    "SpaceToDepth": _blocks, "DepthToSpace": _blocks, "LSTM": _recurrent, "GRU": _recurrent,
}  # fmt: skip

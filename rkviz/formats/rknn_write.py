"""A u8 plan as an `.rknn` file of version 1, without the toolkit. Experimental.

Written from observation of files of toolkit 1.7.0 and never tried on a board. From the vendor's
mnist.onnx with the vendor's parameters it makes the vendor's file, byte for byte; what no readable
file of the vendor's has is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rkviz.calibrate.preprocess import InputSettings, PictureLayout, picture_layout
from rkviz.errors import FormatError
from rkviz.formats.rknn_assembly import ABSORBED
from rkviz.formats.rknn_blocks import Block, NoSampleError, block_of
from rkviz.formats.rknn_container import Container, container_of, write_container
from rkviz.formats.rknn_tables import AFFINE, INT32, UINT8
from rkviz.graph.model import Graph, Node
from rkviz.graph.naming import attach_names, layer_names
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.plan import QuantPlan, TensorPlan
from rkviz.target import Target

EXPERIMENTAL = (
    "Experimental: this file was written from observation of the format, without the vendor's "
    "toolkit, and no such file was ever tried on a board. Compare its results with the emulator's "
    "before you rely on it."
)
_TOOLKIT, _OVXLIB = "1.7.0", "1.1.26"
_RELU6_CODES = 255
_SEVERAL_TYPES = "its input changes its type, and no file with several types was ever readable"
_MOST_NAMED = 6
"""Layers that are named for one reason; a network in i16 has the same for all."""
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True)
class _Written:
    """A node of the file on its way."""

    node: Node
    lid: str
    block: Block
    value: str
    """What it computes, behind an activation its parameters have absorbed."""


def write_rknn(
    plan: QuantPlan, inputs: Mapping[str, InputSettings], target: Target, path: Path
) -> dict[str, object]:
    """Write the file for `target`; returns facts for the user.

    `inputs` is the preprocessing by input name, which the board's runtime will do. Raises
    FormatError with every reason and layers it holds for.
    """
    container = rknn_of(plan, inputs, target)
    write_container(container, path)
    return {"layers": container.description["node_num"], "constants": len(container.body)}


def rknn_of(plan: QuantPlan, inputs: Mapping[str, InputSettings], target: Target) -> Container:
    """The file as a container; raises FormatError with every reason against it and its layers."""
    layout = _checked_input(plan)
    names = layer_names(plan.graph)
    nodes = _nodes(plan, names)
    source = plan.graph.inputs[0]
    outputs = plan.graph.outputs
    constants, body, ports = _constants(plan, nodes)
    norm = [
        _tensor(i, plan.graph.shape(value), _u8(plan, value), url=_output_url(plan.graph, value))
        for i, value in enumerate(outputs)
    ]
    producer = plan.graph.producer[source].name
    shape, url = plan.graph.shape(source), f"{source}_{names[producer].rpartition('_')[2]}"
    norm.append(_tensor(len(outputs), shape, _u8(plan, source), url=url))
    description: dict[str, object] = {
        "target_platform": [target.name.upper()],
        "network_platform": "caffe",
        "ori_network_platform": "caffe",
        "input_fmt": int(layout.channels_last),
        "input_transpose": int(not layout.channels_last),
        "name": _network_name(plan.graph.name),
        "version": _TOOLKIT,
        "ovxlib_version": _OVXLIB,
        "node_num": len(nodes),
        "norm_tensor_num": len(norm),
        "const_tensor_num": len(constants),
        "virtual_tensor_num": len(nodes),
        "optimization_level": 3,
        **_preprocessing(inputs.get(source, InputSettings()), layout.channels),
        "input_num": 1,
        "output_num": len(outputs),
        "pre_compile": 0,
        "case_type": -1,
        "nodes": [_node(written, ports[written.lid]) for written in nodes],
        "norm_tensor": norm,
        "const_tensor": constants,
        "virtual_tensor": [
            {"node_id": index, "output_port": 0, "dtype": _between(plan, written)}
            for index, written in enumerate(nodes)
            if written.value not in outputs
        ],
        "connection": _connections(plan.graph, nodes, ports),
        "graph": [
            *(_end("output", i, i) for i in range(len(outputs))),
            _end("input", 0, len(outputs)),
        ],
    }
    return container_of(description, body)


def _checked_input(plan: QuantPlan) -> PictureLayout:
    if len(plan.graph.inputs) != 1:
        raise FormatError(
            f"The network has {len(plan.graph.inputs)} inputs; an .rknn file with more than one "
            "was never seen, so rkviz cannot write it. Use the vendor's toolkit for it."
        )
    shape = plan.graph.shape(plan.graph.inputs[0])
    if set(plan.graph.outputs) & set(plan.graph.inputs):
        raise FormatError("The network gives its input out unchanged, which no .rknn file does.")
    layout = picture_layout(shape)
    if layout is None:
        raise FormatError(
            f"The input has shape {shape}, which no picture fits; rkviz writes .rknn files for "
            "pictures only. Use the vendor's toolkit for it."
        )
    return layout


def _nodes(plan: QuantPlan, names: Mapping[str, str]) -> list[_Written]:
    """The nodes of the file in order; raises FormatError with every refusal."""
    graph = plan.graph
    refused = list(plan.skipped.items())
    refused += [
        (plan.tensors[step.outputs[0]].because_of, _SEVERAL_TYPES)
        for step in plan.steps
        if step.op == "Convert"
    ]
    written: list[_Written] = []
    for node in graph.nodes:
        if node.op == "Input" or node.name in plan.skipped or _absorbed(plan, node):
            continue
        try:
            _require_u8(plan, node)
            block = block_of(graph, node)
        except NoSampleError as reason:
            refused.append((node.name, str(reason)))
            continue
        value = node.outputs[0]
        reader = graph.single_reader(value)
        if reader is not None and _absorbed(plan, reader):
            value = reader.outputs[0]
        written.append(_Written(node, names[node.name], block, value))
    if refused:
        raise FormatError(
            "The plan cannot be written as .rknn; change these layers, or let the vendor's toolkit "
            "build it (rkviz export-script):",
            _by_reason(refused),
        )
    return written


def _by_reason(refused: Sequence[tuple[str, str]]) -> list[str]:
    """One line a reason, with the layers it holds for."""
    layers: dict[str, list[str]] = {}
    for name, reason in refused:
        layers.setdefault(reason, []).append(name)
    return [
        ", ".join(names[:_MOST_NAMED])
        + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")
        + f": {reason}"
        for reason, names in layers.items()
    ]


def _require_u8(plan: QuantPlan, node: Node) -> None:
    scheme = plan.scheme[node.name]
    if scheme is not QuantScheme.U8:
        raise NoSampleError(f"no readable file of the vendor's has a layer in {scheme.word}")
    step = plan.step_of[node.name]
    if step.note:
        raise NoSampleError(step.note)


def _absorbed(plan: QuantPlan, node: Node) -> bool:
    """Whether the saturation of its head's codes does what an activation does.

    It does for a relu6 where code 255 is 6, and for a relu an opened file had left out.
    """
    head = plan.graph.fused_into.get(node.name)
    if head is None or head not in plan.step_of:
        return False
    params = plan.tensors[plan.value_tensor[node.outputs[0]]].params
    if plan.scheme[head] is not QuantScheme.U8 or params.zero_point != 0:
        return False
    if node.op == "Relu6":
        return bool(np.rint(6 / params.scale) == _RELU6_CODES)
    return node.name == head + ABSORBED


def _constants(
    plan: QuantPlan, nodes: Sequence[_Written]
) -> tuple[list[dict[str, object]], bytes, dict[str, list[int]]]:
    """Weights and biases: their entries, the body, and the tensor ids by lid.

    Ids go node by node, weight then bias; the body has the nodes in the order of their lids as
    byte strings, each with its bias first.
    """
    stored: dict[str, tuple[TensorPlan, TensorPlan]] = {}
    for written in nodes:
        if written.node.op in ("Conv", "Gemm"):
            stored[written.lid] = _weights(plan, written.node)
    body, places = bytearray(), dict[str, tuple[int, int]]()
    for lid in sorted(stored, key=str.encode):
        weight, bias = (tensor.codes for tensor in stored[lid])
        assert weight is not None
        assert bias is not None
        places[lid] = (len(body) + 4 * bias.size, len(body))
        body += bias.astype("<i4").tobytes() + weight.astype(np.uint8).tobytes()
    entries: list[dict[str, object]] = []
    ports: dict[str, list[int]] = {written.lid: [] for written in nodes}
    for written in nodes:
        if written.lid not in stored:
            continue
        weight, bias = stored[written.lid]
        shape = weight.shape
        if written.node.int_attr("group", 1) > 1:
            shape = (shape[1], shape[0], *shape[2:])
        at_weight, at_bias = places[written.lid]
        step = plan.step_of[written.node.name]
        x = plan.tensors[step.inputs[0]].params
        bias_dtype = _dtype(x.scale * weight.params.scale, 0, INT32)
        ports[written.lid] = [len(entries), len(entries) + 1]
        entries += [
            _tensor(len(entries), shape, _of(weight.params))
            | {"offset": at_weight, "len": int(np.prod(shape))},
            _tensor(len(entries) + 1, bias.shape, bias_dtype)
            | {"offset": at_bias, "len": 4 * bias.shape[0]},
        ]
    return entries, bytes(body), ports


def _weights(plan: QuantPlan, node: Node) -> tuple[TensorPlan, TensorPlan]:
    """Weight and bias of a layer; one without a bias gets zeros, as every node seen has one."""
    step = plan.step_of[node.name]
    weight = plan.tensors[step.inputs[1]]
    if len(step.inputs) > 2 and step.inputs[2]:
        return weight, plan.tensors[step.inputs[2]]
    codes = np.zeros(weight.shape[0], np.int32)
    params = QuantParams(QuantScheme.U8)
    return weight, TensorPlan(f"{node.name}:bias", "", params, codes.shape, codes=codes)


def _node(written: _Written, constants: Sequence[int]) -> dict[str, object]:
    node, lid = written.node, written.lid
    base, _, number = lid.rpartition("_")
    computed = len(node.inputs) if not constants else 1
    return {
        "lid": lid,
        "name": written.block.name or base,
        "op": f"VSI_NN_OP_{written.block.op}",
        "uid": int(number),
        "input_num": computed + len(constants),
        "output_num": 1,
        **written.block.entries(),
    }


def _connections(
    graph: Graph, nodes: Sequence[_Written], ports: Mapping[str, Sequence[int]]
) -> list[dict[str, object]]:
    """Edges: of the network's input, of its outputs, then of all nodes and ports in order."""
    made = {written.value: index for index, written in enumerate(nodes)}
    made |= {w.node.outputs[0]: index for index, w in enumerate(nodes)}
    outputs = graph.outputs
    fed: list[dict[str, object]] = []
    between: list[dict[str, object]] = []
    for index, written in enumerate(nodes):
        constants = ports[written.lid]
        for port, value in enumerate(written.node.inputs[: 1 if constants else None]):
            if value in graph.inputs:
                fed.append(_edge(index, "input", port, "norm_tensor", len(outputs)))
            else:
                source = {"node_id": made[value], "tensor_id": 0}
                between.append(
                    {"node_id": index, "left": "input", "left_tensor_id": port,
                     "right_node": source}
                )  # fmt: skip
        for port, tensor in enumerate(constants, 1):
            between.append(_edge(index, "input", port, "const_tensor", tensor))
    written_out = [
        _edge(made[value], "output", 0, "norm_tensor", i) for i, value in enumerate(outputs)
    ]
    return [*fed, *written_out, *between]


def _edge(node: int, side: str, port: int, kind: str, tensor: int) -> dict[str, object]:
    return {
        "node_id": node,
        "left": side,
        "left_tensor_id": port,
        "right_tensor": {"type": kind, "tensor_id": tensor},
    }


def _end(side: str, port: int, tensor: int) -> dict[str, object]:
    """Where an input or output of the network is."""
    return {
        "left": side,
        "left_tensor_id": port,
        "right": "norm_tensor",
        "right_tensor_id": tensor,
    }


def _tensor(
    number: int, shape: Sequence[int], dtype: Mapping[str, object], url: str = ""
) -> dict[str, object]:
    entry: dict[str, object] = {
        "tensor_id": number,
        "size": [int(size) for size in reversed(shape)],
        "dim_num": len(shape),
        "dtype": dict(dtype),
    }
    return entry | ({"url": url} if url else {})


def _u8(plan: QuantPlan, value: str) -> dict[str, object]:
    """Parameters of a computed value."""
    return _of(plan.tensors[plan.value_tensor[value]].params)


def _between(plan: QuantPlan, written: _Written) -> dict[str, object]:
    """Parameters of what a node computes; in front of a fused activation those of the activation.

    Where the model file states others for the sums, which the chip passes over, they stay.
    """
    given, value = plan.graph.given, written.value
    reader = plan.graph.single_reader(value)
    if value in given and reader is not None and reader.name in plan.graph.fused_into:
        behind = reader.outputs[0]
        if given.get(behind) == plan.tensors[plan.value_tensor[behind]].params:
            return _of(given[value])
    return _u8(plan, value)


def _of(params: QuantParams) -> dict[str, object]:
    return _dtype(params.scale, params.zero_point, UINT8)


def _dtype(scale: float, zero_point: int, vx_type: str) -> dict[str, object]:
    return {"scale": scale, "zero_point": zero_point, "qnt_type": AFFINE, "vx_type": vx_type}


def _output_url(graph: Graph, value: str) -> str:
    return attach_names(graph)[value].removeprefix("attach_")


def _network_name(name: str) -> str:
    plain = _NOT_A_NAME.sub("", name) or "network"
    return plain[0].upper() + plain[1:]


def _preprocessing(settings: InputSettings, channels: int) -> dict[str, object]:
    """Mean, std and channel order for every channel; three channels are named even for one."""
    means, stds = settings.mean_values, settings.std_values
    means = means * channels if len(means) == 1 else means
    stds = stds * channels if len(stds) == 1 else stds
    order = settings.reorder_channel or ()
    return {
        "mean_value": [int(mean) if mean == int(mean) else mean for mean in means],
        "mean_value_chns": [channels],
        "std_value": [float(std) for std in stds],
        "reorder": list(order) if len(order) > 1 else [0, 1, 2],
    }

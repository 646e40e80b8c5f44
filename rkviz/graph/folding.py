"""Passes: batch normalization, constant factors, biases and padding move into the convolution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rkviz.graph.model import Array, Attr, Graph, Node, Value
from rkviz.graph.rewrite import Rewrite, merged_origins

_LINEAR = frozenset({"Conv", "ConvTranspose", "Gemm"})
Vector = NDArray[np.float64]


def fold_affine(graph: Graph) -> Graph:
    """Fold y = x * scale + shift per channel into the Conv, ConvTranspose or Gemm before it.

    That is a BatchNormalization (scale = gamma / sqrt(var + epsilon), shift = beta - mean *
    scale), or Mul, Div, Add or Sub with a number or one number per channel, as long as nobody
    else reads the convolution and the file states no parameters for what lies between. The layer
    keeps the name of the convolution.
    """
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        affine = _affine(graph, node)
        if affine is None:
            continue
        source, scale, shift = affine
        linear = graph.producer.get(source)
        if linear is None or linear.op not in _LINEAR or graph.single_reader(source) is not node:
            continue
        weight, bias = _weights(graph, linear)
        if weight is None or bias is None or not rewrite.is_free(linear, node):
            continue
        if source in graph.given:
            continue
        given = graph.given.get(linear.inputs[1]) if np.all(scale == 1) else None
        scaled = (weight.astype(np.float64) * _by_output(linear, weight, scale)).astype(np.float32)
        moved = (bias * scale + shift).astype(np.float32)
        inputs = (
            linear.inputs[0],
            rewrite.constant(f"{linear.name}.weight", scaled, given),
            rewrite.constant(f"{linear.name}.bias", moved),
        )
        origins = merged_origins((linear, node))
        made = replace(linear, inputs=inputs, outputs=node.outputs, origins=origins)
        rewrite.replace([linear, node], [made])
    return rewrite.done()


def _affine(graph: Graph, node: Node) -> tuple[str, Vector, Vector] | None:
    """(x, scale, shift), one of each per channel, when `node` computes x * scale + shift."""
    if node.op == "BatchNormalization" and not node.domain:
        return _batch_norm(graph, node)
    if node.op not in ("Mul", "Div", "Add", "Sub"):
        return None
    constant = 1 if graph.is_constant(node.inputs[1]) else 0
    source, operand = node.inputs[1 - constant], graph.constants.get(node.inputs[constant])
    before = graph.producer.get(source)
    if before is None or before.op not in _LINEAR:
        return None  # nothing to fold into, and nothing that bounds the number of channels
    shape = graph.values[source].shape if source in graph.values else None
    if operand is None or shape is None or shape != graph.values[node.outputs[0]].shape:
        return None
    numbers = _per_channel(operand, shape)
    if numbers is None:
        return None
    ones, zeros = np.ones(shape[1]), np.zeros(shape[1])
    match node.op:
        case "Mul":
            scale, shift = numbers, zeros
        case "Div" if constant == 1 and np.all(numbers != 0):
            scale, shift = 1.0 / numbers, zeros
        case "Add":
            scale, shift = ones, numbers
        case "Sub":
            scale, shift = (ones, -numbers) if constant == 1 else (-ones, numbers)
        case _:
            return None
    return source, scale, shift


def _batch_norm(graph: Graph, node: Node) -> tuple[str, Vector, Vector] | None:
    numbers = [graph.constants.get(name) for name in node.inputs[1:5]]
    if len(numbers) != 4 or any(array is None for array in numbers):
        return None
    gamma, beta, mean, var = (np.asarray(array, np.float64).reshape(-1) for array in numbers)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = gamma / np.sqrt(var + node.float_attr("epsilon", 1e-5))
    shift = beta - mean * scale
    if not (np.isfinite(scale).all() and np.isfinite(shift).all()):
        return None
    return node.inputs[0], scale, shift


def _per_channel(operand: Array, shape: tuple[int, ...]) -> Vector | None:
    """`operand` as one number per channel (axis 1) of a tensor of `shape`, if it is that."""
    if operand.dtype != np.float32 or len(shape) < 2 or operand.ndim > len(shape):
        return None
    full = (1,) * (len(shape) - operand.ndim) + operand.shape
    if any(size != 1 for axis, size in enumerate(full) if axis != 1):
        return None
    return np.broadcast_to(operand.reshape(-1), (shape[1],)).astype(np.float64)


def _weights(graph: Graph, linear: Node) -> tuple[Array | None, Vector | None]:
    """Weight and bias (zeros when there is none) of `linear`; None when not constant."""
    weight = graph.constants.get(linear.inputs[1])
    result = graph.values[linear.outputs[0]].shape
    if weight is None or result is None or weight.dtype != np.float32:
        return None, None
    if linear.op == "Gemm" and not linear.int_attr("transB"):
        return None, None
    if len(linear.inputs) < 3 or not linear.inputs[2]:
        return weight, np.zeros(result[1])
    bias = graph.constants.get(linear.inputs[2])
    return weight, None if bias is None else bias.astype(np.float64).reshape(-1)


def _by_output(linear: Node, weight: Array, scale: Vector) -> Vector:
    """`scale` per output channel, shaped to multiply `weight`."""
    rest = (1,) * (weight.ndim - 2)
    if linear.op != "ConvTranspose":
        return scale.reshape(-1, 1, *rest)
    # (in, out / group, ...): rows of one group share their part of the output channels.
    group = linear.int_attr("group", 1)
    rows = np.repeat(scale.reshape(group, -1), weight.shape[0] // group, axis=0)
    return rows.reshape(*rows.shape, *rest)


def lower_batch_norm(graph: Graph) -> Graph:
    """A batch normalization that cannot be folded, as a depthwise 1x1 convolution.

    The NPU runs that in one step of its convolution engine with one rounding, where Mul and Add
    would take two on the slow shader. Tensors without pixels, (N, C), get Mul and Add.
    """
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        affine = _batch_norm(graph, node) if node.op == "BatchNormalization" else None
        value = graph.values[node.outputs[0]] if affine is not None else None
        if affine is None or value is None or value.shape is None or node.domain:
            continue
        source, scale, shift = affine
        scale32, shift32 = scale.astype(np.float32), shift.astype(np.float32)
        if len(value.shape) == 2:
            rewrite.replace([node], _mul_add(rewrite, node, value, scale32, shift32))
            continue
        pixels = (1,) * (len(value.shape) - 2)
        inputs = (
            source,
            rewrite.constant(f"{node.name}.weight", scale32.reshape(-1, 1, *pixels)),
            rewrite.constant(f"{node.name}.bias", shift32),
        )
        attrs: dict[str, Attr] = {
            "kernel_shape": pixels, "strides": pixels, "dilations": pixels,
            "pads": (0,) * (2 * len(pixels)), "group": len(scale32),
        }  # fmt: skip
        rewrite.replace([node], [replace(node, op="Conv", inputs=inputs, attrs=attrs)])
    return rewrite.done()


def _mul_add(rewrite: Rewrite, node: Node, value: Value, scale: Array, shift: Array) -> list[Node]:
    factor = rewrite.constant(f"{node.name}.scale", scale)
    offset = rewrite.constant(f"{node.name}.shift", shift)
    scaled = rewrite.value(replace(value, name=f"{value.name}/scaled"))
    return [
        replace(
            node, name=f"{node.name}/mul", op="Mul", inputs=(node.inputs[0], factor),
            outputs=(scaled,), attrs={},
        ),
        replace(node, op="Add", inputs=(scaled, offset), attrs={}),
    ]  # fmt: skip


def matmul_to_gemm(graph: Graph) -> Graph:
    """MatMul of a (N, in) tensor with constant weights is a fully connected layer: Gemm."""
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        weight = graph.constants.get(node.inputs[1]) if node.op == "MatMul" else None
        if weight is None or weight.ndim != 2 or node.inputs[0] not in graph.values:
            continue
        shape = graph.values[node.inputs[0]].shape
        if shape is None or len(shape) != 2 or weight.dtype != np.float32:
            continue
        given = graph.given.get(node.inputs[1])
        name = rewrite.constant(f"{node.name}.weight", np.ascontiguousarray(weight.T), given)
        attrs: dict[str, Attr] = {"transA": 0, "transB": 1, "alpha": 1.0, "beta": 1.0}
        rewrite.replace(
            [node], [replace(node, op="Gemm", inputs=(node.inputs[0], name), attrs=attrs)]
        )
    return rewrite.done()


def merge_pads(graph: Graph) -> Graph:
    """A Pad with zeros in front of a convolution, only read by it, becomes its padding."""
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        pad = graph.producer.get(node.inputs[0]) if node.op == "Conv" and node.inputs else None
        if pad is None or pad.op != "Pad" or graph.single_reader(pad.outputs[0]) is not node:
            continue
        if "pads" not in pad.attrs or "pads" not in node.attrs:
            continue
        before, own = pad.ints_attr("pads"), node.ints_attr("pads")
        rank = len(before) // 2
        edges = (*before[2:rank], *before[rank + 2 :])
        outside_pixels = (*before[:2], *before[rank : rank + 2])
        constant = pad.str_attr("mode", "constant") == "constant"
        if not constant or pad.float_attr("value") or any(outside_pixels) or min(edges) < 0:
            continue
        attrs = {**node.attrs, "pads": tuple(a + b for a, b in zip(edges, own, strict=True))}
        inputs = (pad.inputs[0], *node.inputs[1:])
        origins = merged_origins((node, pad))
        rewrite.replace([pad, node], [replace(node, inputs=inputs, attrs=attrs, origins=origins)])
    return rewrite.done()

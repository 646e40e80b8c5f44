"""What a layer of a plan is in an `.rknn` file: operation and parameters, or why there is none.

Only what was seen in files the vendor wrote is written; all else is refused with its reason.
The file counts axes from the fastest one (W, H, C, N).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rkviz.emulate.reference.resize import nearest_index
from rkviz.formats.rknn_operators import BILINEAR, MAX_POOL, NEAREST
from rkviz.graph.model import Graph, Node

_MOST_AXES = 4
_ROUNDING = "VX_CONVOLUTIONAL_NETWORK_DS_SIZE_ROUNDING_FLOOR"
_OVERFLOW = {
    "overflow_policy": "VX_CONVERT_POLICY_SATURATE",
    "rounding_policy": "VX_ROUND_POLICY_TO_ZERO",
    "down_scale_size_rounding": _ROUNDING,
}
_POOLING = {"down_scale_size_rounding": _ROUNDING}


class NoSampleError(ValueError):
    """No file of the vendor's shows how this is written."""


@dataclass(frozen=True)
class Block:
    """An operation of the file: its name behind VSI_NN_OP_, and its blocks nn and vx, if any."""

    op: str
    nn: Mapping[str, object] | None = None
    vx: Mapping[str, object] | None = None
    name: str = ""
    """The name of the node where that is not the layer's."""

    def entries(self) -> dict[str, object]:
        """The blocks as they stand behind the other keys of a node."""
        found: dict[str, object] = {}
        if self.nn is not None:
            found["nn"] = {self.op.lower(): dict(self.nn)}
        if self.vx is not None:
            found["vx"] = dict(self.vx)
        return found


def block_of(graph: Graph, node: Node) -> Block:
    """The operation for `node`; raises NoSampleError with the reason where there is none."""
    writer = _WRITERS.get(node.op)
    if writer is None or node.domain:
        raise NoSampleError(f"no vendor's file that could be read has a {node.op}")
    names = [name for name in (*node.inputs, *node.outputs) if name]
    if any(len(graph.shape(name)) > _MOST_AXES for name in names):
        raise NoSampleError(f"it works on tensors of more than {_MOST_AXES} axes")
    weights = node.op in ("Conv", "Gemm")
    if not weights and len(graph.data_inputs(node)) < len(node.inputs):
        raise NoSampleError(f"a {node.op} with a constant operand was never seen")
    return writer(graph, node)


def _conv(graph: Graph, node: Node) -> Block:
    source, group = graph.shape(node.inputs[0]), node.int_attr("group", 1)
    if len(source) != 4:
        raise NoSampleError("a convolution over one axis was never seen")
    if not all(graph.is_constant(name) for name in node.inputs[1:] if name):
        raise NoSampleError("it gets its weights at run time")
    channels, inner, height, width = graph.shape(node.inputs[1])
    depthwise = group > 1 and group == channels and inner == 1
    if group > 1 and not depthwise:
        raise NoSampleError(f"a convolution in {group} groups of several channels was never seen")
    return Block(
        "CONV2D",
        {
            "ksize": [width, height],
            "weights": channels,
            "stride": list(reversed(node.ints_attr("strides", (1, 1)))),
            "pad": _pads(node),
            "group": group,
            "dilation": list(reversed(node.ints_attr("dilations", (1, 1)))),
            "multiplier": int(depthwise),
        },
        _OVERFLOW,
    )


def _pads(node: Node) -> list[int]:
    """[left, right, top, bottom]; seen with one number for each axis only."""
    top, left, bottom, right = node.ints_attr("pads", (0, 0, 0, 0))
    if (top, left) != (bottom, right):
        raise NoSampleError("padding that differs between the sides was never seen")
    return [left, right, top, bottom]


def _gemm(graph: Graph, node: Node) -> Block:
    if not all(graph.is_constant(name) for name in node.inputs[1:] if name):
        raise NoSampleError("it gets its weights at run time")
    return Block("FCL", {"weights": graph.shape(node.inputs[1])[0]}, _OVERFLOW)


def _max_pool(graph: Graph, node: Node) -> Block:
    if node.int_attr("ceil_mode"):
        raise NoSampleError("a pool that rounds sizes up was never seen")
    if len(graph.shape(node.inputs[0])) != 4 or set(node.ints_attr("dilations", (1, 1))) != {1}:
        raise NoSampleError("a pool over one axis, or a dilated one, was never seen")
    return Block(
        "POOL",
        {
            "ksize": list(reversed(node.ints_attr("kernel_shape"))),
            "stride": list(reversed(node.ints_attr("strides", (1, 1)))),
            "pad": _pads(node),
            "type": MAX_POOL,
            "round_type": "VSI_NN_ROUND_FLOOR",
        },
        _POOLING,
    )


def _resize(graph: Graph, node: Node) -> Block:
    source, result = graph.shape(node.inputs[0]), graph.shape(node.outputs[0])
    coordinates = node.str_attr("coordinate_transformation_mode", "half_pixel")
    nearest = node.str_attr("mode", "nearest") == "nearest"
    if len(source) != 4 or source[:2] != result[:2]:
        raise NoSampleError("a resize of other axes than height and width was never seen")
    if nearest and not all(
        np.array_equal(
            nearest_index(big, small, coordinates), nearest_index(big, small, "asymmetric")
        )
        for small, big in zip(source[2:], result[2:], strict=True)
    ):
        raise NoSampleError(f"a nearest resize with {coordinates} was never seen")
    if not nearest and (node.str_attr("mode") != "linear" or coordinates != "half_pixel"):
        raise NoSampleError("only nearest and half-pixel bilinear resizes were seen")
    return Block(
        "RESIZE",
        {
            "type": NEAREST if nearest else BILINEAR,
            "factor": 0.0,
            "align_corners": 0,
            "half_pixel_centers": int(not nearest),
            "size": [result[3], result[2]],
        },
    )


def _concat(graph: Graph, node: Node) -> Block:
    axis = node.int_attr("axis")
    return Block("CONCAT", {"axis": len(graph.shape(node.inputs[0])) - 1 - axis})


def _add(graph: Graph, node: Node) -> Block:
    first, second = (graph.shape(name) for name in node.inputs)
    if first != second:
        raise NoSampleError("an add of tensors of different sizes was never seen")
    return Block("ADD")


def _transpose(graph: Graph, node: Node) -> Block:
    perm = node.ints_attr("perm", range(len(graph.shape(node.inputs[0])))[::-1])
    rank = len(perm)
    order = [rank - 1 - perm[rank - 1 - axis] for axis in range(rank)]
    return Block("PERMUTE", {"perm": order, "dim_num": rank})


def _reshape(graph: Graph, node: Node) -> Block:
    """A flattening of one picture is written with -1, as the vendor does."""
    shape = graph.shape(node.outputs[0])
    size = [-1, 1] if len(shape) == 2 and shape[0] == 1 else list(reversed(shape))
    return Block("RESHAPE", {"size": size, "dim_num": len(size)})


def _slice(graph: Graph, node: Node) -> Block:
    source, result = graph.shape(node.inputs[0]), graph.shape(node.outputs[0])
    axes = node.ints_attr("axes", range(len(node.ints_attr("starts"))))
    if set(node.ints_attr("steps", (1,))) != {1}:
        raise NoSampleError("a slice with steps was never seen")
    starts = dict(zip(axes, node.ints_attr("starts"), strict=True))
    first = [starts.get(axis, 0) for axis in range(len(source))]
    return Block(
        "SLICE", {"dims": len(source), "start": first[::-1], "length": list(reversed(result))}
    )


def _plain(op: str) -> Callable[[Graph, Node], Block]:
    def writer(graph: Graph, node: Node) -> Block:
        del graph, node
        return Block(op)

    return writer


def _swish(graph: Graph, node: Node) -> Block:
    del graph, node
    return Block("SWISH", {"type": "VSI_NN_SWISH"}, name="swish")


_WRITERS: Mapping[str, Callable[[Graph, Node], Block]] = {
    "Conv": _conv, "Gemm": _gemm, "MaxPool": _max_pool, "Resize": _resize, "Concat": _concat,
    "Add": _add, "Transpose": _transpose, "Slice": _slice, "Relu": _plain("RELU"),
    "Sigmoid": _plain("SIGMOID"), "Swish": _swish,
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshape),
}  # fmt: skip

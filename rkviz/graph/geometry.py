"""Kernel, strides, dilations and padding of windowed operators, each of them explicit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rkviz.graph.model import Attr, Node

Shapes = Mapping[str, tuple[int, ...] | None]


def _window(node: Node, shapes: Shapes) -> Node:
    """Conv and pooling: kernel_shape, strides, dilations and pads [begins..., ends...]."""
    source = shapes.get(node.inputs[0])
    kernel = _kernel(node, shapes)
    if kernel is None:
        return node
    rank = len(kernel)
    strides = node.ints_attr("strides", (1,) * rank)
    dilations = node.ints_attr("dilations", (1,) * rank)
    pads = node.ints_attr("pads", (0,) * (2 * rank))
    auto = node.str_attr("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        if source is None:
            return node
        pads = _same_pads(source[2:], kernel, strides, dilations, auto)
    elif auto == "VALID":
        pads = (0,) * (2 * rank)
    _require(node, rank, kernel, strides, dilations, pads)
    if source is not None:
        _require_one_window(node, source[2:], kernel, strides, dilations, pads)
    attrs: dict[str, Attr] = {k: v for k, v in node.attrs.items() if k != "auto_pad"}
    attrs |= {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": pads}
    if node.op == "AveragePool":
        attrs["ceil_mode"] = node.int_attr("ceil_mode")
    return replace(node, attrs=attrs)


def _require(node: Node, rank: int, *settings: tuple[int, ...]) -> None:
    """Raise ValueError when kernel, strides, dilations or pads are impossible."""
    *positive, pads = settings
    if any(len(sizes) != rank or min(sizes, default=1) < 1 for sizes in positive):
        raise ValueError("kernel, strides and dilations must be positive, one for each axis")
    if len(pads) != 2 * rank:
        raise ValueError("pads must be given for both sides of each axis")
    if node.int_attr("group", 1) < 1:
        raise ValueError("group must be positive")


def _require_one_window(
    node: Node,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    pads: tuple[int, ...],
) -> None:
    """Raise ValueError when no window fits, whatever onnxruntime computes then."""
    rank, rounds_up = len(sizes), node.int_attr("ceil_mode") == 1
    for axis, (size, k, stride, dilation) in enumerate(
        zip(sizes, kernel, strides, dilations, strict=True)
    ):
        padded, extent = size + pads[axis] + pads[axis + rank], (k - 1) * dilation + 1
        if extent >= padded + (stride if rounds_up else 1):
            raise ValueError(f"a kernel over {extent} does not fit in {padded}, padding included")


def _kernel(node: Node, shapes: Shapes) -> tuple[int, ...] | None:
    if "kernel_shape" in node.attrs:
        return node.ints_attr("kernel_shape")
    weight = shapes.get(node.inputs[1]) if len(node.inputs) > 1 else None
    return None if weight is None else weight[2:]


def _same_pads(
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    auto: str,
) -> tuple[int, ...]:
    """Padding that makes the output ceil(size / stride); the odd one goes last for SAME_UPPER."""
    begins: list[int] = []
    ends: list[int] = []
    for size, k, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        out = -(-size // stride)
        total = max((out - 1) * stride + (k - 1) * dilation + 1 - size, 0)
        small, large = total // 2, total - total // 2
        begins.append(small if auto == "SAME_UPPER" else large)
        ends.append(large if auto == "SAME_UPPER" else small)
    return (*begins, *ends)


def _transposed(node: Node, shapes: Shapes) -> Node:
    """ConvTranspose: as `_window`, plus output_padding; output_shape becomes pads."""
    source, kernel = shapes.get(node.inputs[0]), _kernel(node, shapes)
    if source is None or kernel is None:
        return node
    rank = len(kernel)
    strides = node.ints_attr("strides", (1,) * rank)
    dilations = node.ints_attr("dilations", (1,) * rank)
    extra = node.ints_attr("output_padding", (0,) * rank)
    pads = node.ints_attr("pads", (0,) * (2 * rank))
    auto = node.str_attr("auto_pad", "NOTSET")
    wanted = node.ints_attr("output_shape")[-rank:]
    if auto.startswith("SAME") and not wanted:
        wanted = tuple(size * stride for size, stride in zip(source[2:], strides, strict=True))
    if wanted:
        begins: list[int] = []
        ends: list[int] = []
        for i in range(rank):
            full = strides[i] * (source[2 + i] - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1
            total = max(full - wanted[i], 0)
            small, large = total // 2, total - total // 2
            begins.append(small if auto == "SAME_UPPER" else large)
            ends.append(large if auto == "SAME_UPPER" else small)
        pads = (*begins, *ends)
    elif auto == "VALID":
        pads = (0,) * (2 * rank)
    _require(node, rank, kernel, strides, dilations, pads)
    attrs: dict[str, Attr] = {
        k: v for k, v in node.attrs.items() if k not in ("auto_pad", "output_shape")
    }
    attrs |= {"kernel_shape": kernel, "strides": strides, "dilations": dilations}
    attrs |= {"pads": pads, "output_padding": extra}
    return replace(node, attrs=attrs)


GEOMETRY: Mapping[str, Callable[[Node, Shapes], Node]] = {
    "Conv": _window, "MaxPool": _window, "AveragePool": _window, "LpPool": _window,
    "ConvTranspose": _transposed,
}  # fmt: skip

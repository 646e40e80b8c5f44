"""Pass: what exporters write for moving pixels into channels becomes one SpaceToDepth layer.

Attributes: `blocksize` b (a block of b x b pixels becomes b*b times the channels) and `mode`, the
order of the output channels, slowest first:

    DCR    row in block, column in block, channel   ONNX SpaceToDepth, darknet reorg
    CRD    channel, row in block, column in block   PyTorch pixel_unshuffle
    FOCUS  column in block, row in block, channel   first layer of YOLOv5 and YOLOX
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rkviz.graph.model import Attr, Graph, Node
from rkviz.graph.rewrite import Rewrite, merged_origins

SPACE_TO_DEPTH_ORDER: Mapping[str, tuple[int, int, int]] = {
    "DCR": (0, 1, 2),
    "CRD": (2, 0, 1),
    "FOCUS": (1, 0, 2),
}
"""Mode -> permutation that takes (row, column, channel) to the order of the output channels."""

_PERM_MODE: Mapping[tuple[int, ...], str] = {
    (0, 3, 5, 1, 2, 4): "DCR",
    (0, 1, 3, 5, 2, 4): "CRD",
    (0, 5, 3, 1, 2, 4): "FOCUS",
}


def find_space_to_depth(graph: Graph) -> Graph:
    """Reshape-Transpose-Reshape, and strided slices joined by a Concat, as SpaceToDepth."""
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        if node.op == "Reshape":
            _match_reshapes(rewrite, node)
        elif node.op == "Concat" and node.int_attr("axis") == 1:
            _match_slices(rewrite, node)
    return rewrite.done()


def _match_reshapes(rewrite: Rewrite, last: Node) -> None:
    graph = rewrite.graph
    turn = graph.producer.get(last.inputs[0])
    if turn is None or turn.op != "Transpose":
        return
    first = graph.producer.get(turn.inputs[0])
    if first is None or first.op != "Reshape":
        return
    if graph.single_reader(turn.outputs[0]) is None or graph.single_reader(turn.inputs[0]) is None:
        return
    before = graph.values[first.inputs[0]].shape if first.inputs[0] in graph.values else None
    split, after = graph.values[turn.inputs[0]].shape, graph.values[last.outputs[0]].shape
    mode = _PERM_MODE.get(turn.ints_attr("perm"))
    if before is None or split is None or after is None or mode is None or len(before) != 4:
        return
    n, c, h, w = before
    b = split[3]
    if b < 2 or split != (n, c, h // b, b, w // b, b) or after != (n, c * b * b, h // b, w // b):
        return
    _put(rewrite, [first, turn, last], first.inputs[0], b, mode)


def _put(rewrite: Rewrite, nodes: list[Node], source: str, block: int, mode: str) -> None:
    last = nodes[-1]
    origins = merged_origins((last, *nodes[:-1]))
    attrs: dict[str, Attr] = {"blocksize": block, "mode": mode}
    made = replace(last, op="SpaceToDepth", inputs=(source,), attrs=attrs, origins=origins)
    rewrite.replace(nodes, [made])


def _match_slices(rewrite: Rewrite, concat: Node) -> None:
    """Concat of x[..., r::b, c::b] for every offset (r, c), in the order of DCR or FOCUS."""
    graph = rewrite.graph
    block = round(len(concat.inputs) ** 0.5)
    if block < 2 or block * block != len(concat.inputs):
        return
    sources: set[str] = set()
    offsets: list[tuple[int, int]] = []
    slices: dict[str, Node] = {}
    for name in concat.inputs:
        found = _strided(graph, name, block)
        if found is None:
            return
        source, offset, used = found
        sources.add(source)
        offsets.append(offset)
        slices.update({node.name: node for node in used})
    rows_slowest = [(r, c) for r in range(block) for c in range(block)]
    modes = {"DCR": rows_slowest, "FOCUS": [(r, c) for c, r in rows_slowest]}
    mode = next((name for name, order in modes.items() if order == offsets), "")
    if len(sources) != 1 or not mode:
        return
    inside = {*slices, concat.name}
    for node in slices.values():
        readers = graph.consumers[node.outputs[0]]
        if node.outputs[0] in graph.outputs or any(reader.name not in inside for reader in readers):
            return
    _put(rewrite, [*slices.values(), concat], sources.pop(), block, mode)


def _strided(graph: Graph, name: str, block: int) -> tuple[str, tuple[int, int], list[Node]] | None:
    """(source, (row, column) offset, slices) of a value that takes every `block`-th pixel."""
    starts: dict[int, int] = {}
    used: list[Node] = []
    while set(starts) != {2, 3}:
        node = graph.producer.get(name)
        if node is None or node.op != "Slice" or "starts" not in node.attrs:
            return None
        shape = graph.values[node.inputs[0]].shape if node.inputs[0] in graph.values else None
        if shape is None or len(shape) != 4:
            return None
        bounds = (node.ints_attr(key) for key in ("axes", "starts", "ends", "steps"))
        for axis, start, end, step in zip(*bounds, strict=True):
            whole = end == shape[axis] and shape[axis] % block == 0 and start < block
            if axis not in (2, 3) or axis in starts or step != block or not whole:
                return None
            starts[axis] = start
        used.append(node)
        name = node.inputs[0]
    return name, (starts[2], starts[3]), used

"""Pass: layer normalization that an exporter wrote out becomes one layer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rkviz.graph.model import Array, Graph, Node
from rkviz.graph.rewrite import Rewrite, merged_origins, scalar


@dataclass(frozen=True)
class _Match:
    source: str
    axis: int
    epsilon: float
    nodes: tuple[Node, ...]


def find_layer_normalization(graph: Graph) -> Graph:
    """(x - mean) / sqrt(mean((x - mean)^2) + epsilon) over the last axes, with its factor and
    offset where constants follow, as LayerNormalization (x, scale, bias) with axis and epsilon.
    """
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        match = _match(graph, node) if node.op == "Div" else None
        if match is not None:
            _put(rewrite, match)
    return rewrite.done()


def _match(graph: Graph, top: Node) -> _Match | None:
    root = graph.producer.get(top.inputs[1])
    if root is None or not (
        root.op == "Sqrt" or (root.op == "Pow" and scalar(graph, root.inputs[1]) == 0.5)
    ):
        return None
    add = graph.producer.get(root.inputs[0])
    if add is None or add.op != "Add":
        return None
    numbers = [scalar(graph, name) for name in add.inputs]
    epsilon = next((number for number in numbers if number is not None), None)
    var = next((graph.producer[n] for n in add.inputs if n in graph.producer), None)
    square = graph.producer.get(var.inputs[0]) if var is not None else None
    if epsilon is None or var is None or square is None or var.op != "ReduceMean":
        return None
    squares = square.op == "Pow" and scalar(graph, square.inputs[1]) == 2.0
    if not squares and not (square.op == "Mul" and square.inputs[0] == square.inputs[1]):
        return None
    centred = [_centred(graph, name) for name in (top.inputs[0], square.inputs[0])]
    if None in centred:
        return None
    (x, mean, first), (other, other_mean, second) = (found for found in centred if found)
    axes = mean.ints_attr("axes")
    shape = graph.values[x].shape if x in graph.values else None
    if shape is None or axes != tuple(range(len(shape) - len(axes), len(shape))) or x != other:
        return None
    if other_mean.attrs != mean.attrs or var.ints_attr("axes") != axes:
        return None
    if not (mean.int_attr("keepdims", 1) and var.int_attr("keepdims", 1)):
        return None
    inside = (mean, other_mean, first, second, square, var, add, root, top)
    nodes = tuple({node.name: node for node in inside}.values())
    return _Match(x, axes[0], epsilon, nodes) if _is_private(graph, nodes) else None


def _centred(graph: Graph, name: str) -> tuple[str, Node, Node] | None:
    """(x, the ReduceMean, the Sub) of a value x - mean(x)."""
    sub = graph.producer.get(name)
    if sub is None or sub.op != "Sub":
        return None
    mean = graph.producer.get(sub.inputs[1])
    if mean is None or mean.op != "ReduceMean" or mean.inputs[0] != sub.inputs[0]:
        return None
    return (sub.inputs[0], mean, sub) if "axes" in mean.attrs else None


def _is_private(graph: Graph, nodes: tuple[Node, ...]) -> bool:
    """Whether nobody else reads what `nodes` but the last compute."""
    names = {node.name for node in nodes}
    return all(
        node.outputs[0] not in graph.outputs
        and all(reader.name in names for reader in graph.consumers[node.outputs[0]])
        for node in nodes[:-1]
    )


def _put(rewrite: Rewrite, match: _Match) -> None:
    graph, last = rewrite.graph, match.nodes[-1]
    if not rewrite.is_free(*match.nodes):
        return
    normalized = graph.shape(match.source)[match.axis :]
    nodes = list(match.nodes)
    operands: list[Array] = [np.ones(normalized, np.float32)]
    for op in ("Mul", "Add"):
        found = _follower(graph, nodes[-1], op, normalized)
        if found is None or not rewrite.is_free(found[0]):
            break
        nodes.append(found[0])
        operands = [found[1]] if op == "Mul" else [*operands, found[1]]
    inputs = [match.source]
    for array, role in zip(operands, ("scale", "bias"), strict=False):
        inputs.append(rewrite.constant(f"{last.name}.{role}", array))
    made = replace(
        nodes[-1], op="LayerNormalization", inputs=tuple(inputs),
        attrs={"axis": match.axis, "epsilon": match.epsilon},
        origins=merged_origins(reversed(nodes)),
    )  # fmt: skip
    rewrite.replace(nodes, [made])


def _follower(
    graph: Graph, node: Node, op: str, normalized: tuple[int, ...]
) -> tuple[Node, Array] | None:
    """The only reader of `node`, when it is `op` with a constant over the `normalized` axes."""
    reader = graph.single_reader(node.outputs[0])
    if reader is None or reader.op != op:
        return None
    array = next((graph.constants[n] for n in reader.inputs if n in graph.constants), None)
    if array is None or array.dtype != np.float32:
        return None
    if graph.values[reader.outputs[0]].shape != graph.values[node.outputs[0]].shape:
        return None
    while array.ndim and array.shape[0] == 1:
        array = array[0]
    missing = len(normalized) - array.ndim
    padded = (1,) * missing + array.shape
    if missing < 0 or any(a not in (1, n) for a, n in zip(padded, normalized, strict=True)):
        return None
    return reader, np.array(np.broadcast_to(array, normalized))

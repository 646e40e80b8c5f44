"""Passes: layers that compute nothing are dropped, moves in a row become one."""

from __future__ import annotations

from dataclasses import replace

from rkviz.graph.model import Graph, Node
from rkviz.graph.rewrite import Rewrite, merged_origins, scalar

_NEUTRAL = {"Add": 0.0, "Sub": 0.0, "Mul": 1.0, "Div": 1.0, "Pow": 1.0}
_RESHAPES = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze"})


def drop_no_ops(graph: Graph) -> Graph:
    """Drop layers whose output is their input: Identity, x + 0, a Reshape to the same shape ..."""
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        if node.op != "Input" and not node.domain and _is_no_op(graph, node):
            rewrite.bypass(node)
    return rewrite.done()


def _is_no_op(graph: Graph, node: Node) -> bool:
    source, result = (graph.values.get(n) for n in (node.inputs[0], node.outputs[0]))
    if node.op == "Identity":
        return source is not None
    if source is None or result is None or source.shape is None or source.shape != result.shape:
        return False
    match node.op:
        case "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Expand":
            return True
        case "Concat" | "Split":
            return len(node.inputs) == 1 or (node.op == "Split" and len(node.outputs) == 1)
        case "Transpose":
            return node.ints_attr("perm") == tuple(range(len(source.shape)))
        case "Slice":
            return all(step == 1 for step in node.ints_attr("steps", (0,)))
        case "Pad":
            return not any(node.ints_attr("pads", (1,)))
        case "Cast":
            return source.dtype == result.dtype
        case "Resize":
            scales = node.attrs.get("scales", ())
            return isinstance(scales, tuple) and bool(scales) and all(s == 1.0 for s in scales)
        case "MaxPool" | "AveragePool":
            steps = (*node.ints_attr("kernel_shape", (0,)), *node.ints_attr("strides", (0,)))
            return all(step == 1 for step in steps) and not any(node.ints_attr("pads"))
        case "Add" | "Sub" | "Mul" | "Div" | "Pow":
            return len(node.inputs) == 2 and scalar(graph, node.inputs[1]) == _NEUTRAL[node.op]
        case _:
            return False


def join_moves(graph: Graph) -> Graph:
    """Reshapes in a row become the last one, transposes in a row their product."""
    rewrite = Rewrite(graph)
    for node in graph.nodes:
        before = graph.producer.get(node.inputs[0]) if node.inputs else None
        if before is None or graph.single_reader(node.inputs[0]) is not node:
            continue
        shape = graph.values[node.outputs[0]].shape
        if node.op == before.op == "Transpose":
            first, second = before.ints_attr("perm"), node.ints_attr("perm")
            made = replace(node, attrs={"perm": tuple(first[axis] for axis in second)})
        elif node.op in _RESHAPES and before.op in _RESHAPES and shape is not None:
            made = replace(node, op="Reshape", attrs={"shape": shape})
        else:
            continue
        origins = merged_origins((node, before))
        made = replace(made, inputs=before.inputs[:1], origins=origins)
        rewrite.replace([before, node], [made])
    return rewrite.done()

"""The invariants of a Graph, checked between passes and at the end of opening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rkviz.errors import ModelError
from rkviz.graph.model import Graph, Node


def check(graph: Graph) -> None:
    """Raise ModelError listing everything that is wrong with `graph`; nothing when it is sound."""
    problems = [*_names(graph), *_order(graph), *_values(graph)]
    problems += [problem for node in graph.nodes for problem in _weights(graph, node)]
    if problems:
        raise ModelError(
            f"The network {graph.name!r} is inconsistent; please report this model.", problems
        )


def _names(graph: Graph) -> Iterator[str]:
    for name, count in Counter(node.name for node in graph.nodes).items():
        if count > 1:
            yield f"{count} layers are called {name!r}"
    made = Counter(name for node in graph.nodes for name in node.outputs if name)
    for name, count in made.items():
        if count > 1:
            yield f"value {name!r} is computed {count} times"
        if name in graph.constants:
            yield f"value {name!r} is computed and a constant"
    for node in graph.nodes:
        if not node.origins:
            yield f"layer {node.name!r} comes from no ONNX node"


def _order(graph: Graph) -> Iterator[str]:
    """Every input of a layer is a constant or computed before it; so is every output."""
    available = set(graph.constants)
    for node in graph.nodes:
        for name in node.inputs:
            if name and name not in available:
                yield f"layer {node.name!r} reads {name!r} before it is computed"
        available.update(node.outputs)
    fed = [node.outputs[0] for node in graph.nodes if node.op == "Input"]
    if sorted(fed) != sorted(graph.inputs):
        yield f"the Input layers compute {fed}, the inputs are {list(graph.inputs)}"
    for name in graph.outputs:
        if name not in available or name in graph.constants:
            yield f"output {name!r} is not computed"


def _values(graph: Graph) -> Iterator[str]:
    made = {name for node in graph.nodes for name in node.outputs if name}
    for name in sorted(made - set(graph.values)):
        yield f"value {name!r} is not described"
    for name in sorted(set(graph.values) - made - {""}):
        yield f"value {name!r} is described but not computed"
    for node in graph.nodes:
        if node.op == "Input" and graph.values[node.outputs[0]].shape is None:
            yield f"input {node.name!r} has no shape"


def _weights(graph: Graph, node: Node) -> Iterator[str]:
    """Weights fit the channels of what they are applied to."""
    weight = graph.constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
    shapes = [graph.values[name].shape for name in (*node.inputs[:1], *node.outputs[:1])
              if name in graph.values]  # fmt: skip
    if weight is None or len(shapes) < 2 or None in shapes or node.domain:
        return
    source, result = (shape for shape in shapes if shape is not None)
    channels_in, channels_out = source[1:2], result[1:2]
    group = node.int_attr("group", 1)
    expected: tuple[int, ...]
    match node.op:
        case "Conv":
            expected = (*channels_out, channels_in[0] // group, *node.ints_attr("kernel_shape"))
        case "ConvTranspose":
            expected = (*channels_in, channels_out[0] // group, *node.ints_attr("kernel_shape"))
        case "Gemm":
            expected = (*channels_out, *channels_in)
        case _:
            return
    if weight.shape != expected:
        yield f"{node.op} {node.name!r} has weights {weight.shape}, its tensors need {expected}"
    bias = graph.constants.get(node.inputs[2]) if len(node.inputs) > 2 else None
    if bias is not None and bias.shape != channels_out:
        yield f"{node.op} {node.name!r} has {bias.shape} biases for {channels_out[0]} channels"

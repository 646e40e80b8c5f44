"""Which engine runs an operation: the arithmetic depends on it, so the plan decides it once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rkviz.graph.model import Graph, Node
from rkviz.numerics import QuantScheme
from rkviz.quantize.support import why_on_cpu
from rkviz.target import Engine, Target

COPY_OPS = frozenset(
    {
        "MaxPool", "GlobalMaxPool", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose",
        "Slice", "Split", "Pad", "SpaceToDepth", "DepthToSpace", "Gather", "Expand", "Tile",
        "Identity",
    }
)  # fmt: skip
"""Operators that move or select codes; a nearest Resize is the only other one (`copies`)."""

LARGEST_NN_POOL = 15
"""Average pools up to 13x13 were seen on the NN engine, 16x16 and larger on the shader."""


def copies(node: Node) -> bool:
    """Whether the operator only moves or selects codes: the parameters pass through."""
    if node.op == "Resize":
        return node.str_attr("mode", "nearest") == "nearest"
    return node.op in COPY_OPS


def decide_engines(
    graph: Graph,
    nodes: Sequence[Node],
    schemes: Mapping[str, QuantScheme],
    split: Collection[str],
    target: Target,
) -> dict[str, Engine]:
    """Layer -> engine for `nodes` in topological order.

    An activation that runs in its head's operation has the head's engine; `split` names those
    that do not.
    """
    engines: dict[str, Engine] = {}
    for node in nodes:
        head = graph.fused_into.get(node.name)
        if head in engines and node.name not in split and engines[head] is not Engine.SHADER:
            engines[node.name] = engines[head]
            continue
        from_nn = _adds_nn_results(graph, node, schemes, engines)
        engines[node.name] = engine_of(graph, node, schemes[node.name], from_nn, target)
    return engines


def _adds_nn_results(
    graph: Graph,
    node: Node,
    schemes: Mapping[str, QuantScheme],
    engines: Mapping[str, Engine],
) -> bool:
    """Whether `node` sums two computed tensors of one size that NN operations give in its type.

    The size is inferred: a residual add is a convolution over both, which broadcasts nothing.
    """
    producers = [graph.producer.get(name) for name in node.inputs if name]
    from_nn = len(producers) == 2 and all(
        producer is not None
        and engines.get(producer.name) is Engine.NN
        and schemes[producer.name] is schemes[node.name]
        for producer in producers
    )
    return from_nn and len({graph.values[name].shape for name in node.inputs}) == 1


def engine_of(
    graph: Graph, node: Node, scheme: QuantScheme, inputs_from_nn: bool, target: Target
) -> Engine:
    """The engine for `node` in `scheme`.

    `inputs_from_nn`: both inputs are computed tensors of one size and this scheme that come from NN
    operations; an add of those is the NN engine's residual add, any other add the shader's.
    """
    if why_on_cpu(graph, node, target):
        return Engine.CPU
    engine = target.engines[node.op]
    if node.op == "Input":
        return engine
    if node.op == "Pow":
        return Engine.TP if float(graph.constants[node.inputs[1]].reshape(())) == 2.0 else engine
    if not scheme.is_quantized:
        return Engine.SHADER if engine is Engine.NN or _pools_average(node) else engine
    if node.op == "Add" and inputs_from_nn:
        return Engine.NN
    if _pools_average(node):
        return _average_pool_engine(graph, node)
    if node.op == "MaxPool" and _is_two_by_two(node):
        return Engine.NN
    if node.op == "Resize" and copies(node):
        return Engine.NN if _doubles(graph, node) else Engine.TP
    return engine


def _pools_average(node: Node) -> bool:
    return node.op in ("AveragePool", "GlobalAveragePool")


def _average_pool_engine(graph: Graph, node: Node) -> Engine:
    if node.op == "GlobalAveragePool":
        kernel = graph.shape(node.inputs[0])[2:]
        return Engine.NN if max(kernel, default=1) <= LARGEST_NN_POOL else Engine.SHADER
    kernel = node.ints_attr("kernel_shape")
    counts_padding = node.int_attr("count_include_pad") == 1 or not any(node.ints_attr("pads"))
    small = max(kernel, default=1) <= LARGEST_NN_POOL
    alike = counts_padding and not _reaches_beyond(graph, node)
    return Engine.NN if alike and small else Engine.SHADER


def _reaches_beyond(graph: Graph, node: Node) -> bool:
    """Whether rounding up the size lets windows end behind the padding, over fewer values."""
    kernel, pads = node.ints_attr("kernel_shape"), node.ints_attr("pads")
    rank = len(kernel)
    strides, dilations = (node.ints_attr(key, (1,) * rank) for key in ("strides", "dilations"))
    source, result = graph.shape(node.inputs[0])[2:], graph.shape(node.outputs[0])[2:]
    return any(
        (result[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
        > source[axis] + (pads[axis] + pads[axis + rank] if pads else 0)
        for axis in range(rank)
    )


def _is_two_by_two(node: Node) -> bool:
    return (
        node.ints_attr("kernel_shape") == (2, 2)
        and node.ints_attr("strides") == (2, 2)
        and not any(node.ints_attr("pads"))
    )


def _doubles(graph: Graph, node: Node) -> bool:
    source, result = graph.shape(node.inputs[0]), graph.shape(node.outputs[0])
    return all(big == 2 * small for small, big in zip(source[2:], result[2:], strict=True))

"""What a quantized model file states itself: parameters, types, and what is left to measure."""

from __future__ import annotations

from collections.abc import Collection

from rkviz.calibrate.stats import CalibrationStats, TensorStats
from rkviz.graph.model import Graph, Node
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.engines import copies


def stated_params(graph: Graph, value: str, scheme: QuantScheme) -> QuantParams | None:
    """What the file states for `value` (or a constant), if its layer runs in that type."""
    params = graph.given.get(value)
    return params if params is not None and params.scheme is scheme else None


def stated_scheme(graph: Graph, node: Node) -> QuantScheme | None:
    """The type the file states for what `node` computes, or what is fused to it; None: nothing."""
    for member in graph.members.get(node.name, (node.name,)):
        for name in graph.by_name[member].outputs:
            if name in graph.given:
                return graph.given[name].scheme
    return None


def layers_to_measure(graph: Graph, computed: Collection[str]) -> tuple[str, ...]:
    """Layers whose range only pictures can tell, of those that compute values in `computed`.

    The others have stated parameters, take those of what they move, or run with an activation
    that has them.
    """
    known: set[str] = set(graph.given)
    for node in graph.nodes:
        moved = graph.data_inputs(node)[:1]
        if copies(node) and known.issuperset(moved):
            known.update(node.outputs)
        if node.name in graph.fused_into and known.intersection((*node.outputs, *node.inputs)):
            known.update((*node.outputs, *node.inputs))
    return tuple(
        node.name
        for node in graph.nodes
        if any(
            name in computed and name not in known and graph.values[name].dtype == "float32"
            for name in node.outputs
        )
    )


def stats_without_pictures(
    graph: Graph, computed: Collection[str], source: str
) -> CalibrationStats:
    """Statistics over no picture at all: the stated ranges of the values in `computed`.

    `source` is the digest of what they are made from.
    """
    tensors: dict[str, TensorStats] = {}
    for name in computed:
        params = graph.given.get(name)
        low, high = (params.low, params.high) if params is not None else (0.0, 0.0)
        tensors[name] = TensorStats(low, high, 0.0, 0)
    return CalibrationStats(tensors, 0, source)

"""The head of a detector whose boxes and scores share one tensor: seen before any picture runs."""

from __future__ import annotations

from collections.abc import Iterator

from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.remedies import CutConcat, Remedy, SetScheme
from rkviz.graph.model import Graph, Node
from rkviz.numerics import QuantScheme
from rkviz.quantize.engines import copies
from rkviz.quantize.groups import shared_groups, tail

_SCORES = frozenset({"Sigmoid", "Softmax", "HardSigmoid"})
"""Operators whose results lie between 0 and 1."""


def boxes_with_scores(graph: Graph) -> tuple[Finding, ...]:
    """A Finding for every concat of scores and other numbers that leads to an output by moves.

    Scores come from a sigmoid or softmax through nothing but moves and concats; on the chip all
    that a concat joins has one range, and boxes in pixels leave scores not one code.
    """
    return tuple(_found(graph))


def _found(graph: Graph) -> Iterator[Finding]:
    for node in graph.nodes:
        if node.op != "Concat" or not _is_output(graph, node):
            continue
        sources = graph.data_inputs(node)
        scores = [value for value in sources if _is_score(graph, value)]
        others = [value for value in sources if value not in scores]
        if scores and others:
            values = {
                "scores": _named(graph, scores),
                "others": _named(graph, others),
            }
            remedies = concat_remedies(graph, node)
            yield Finding(node.name, "boxes-with-scores", values, Severity.SEVERE, remedies)


def concat_remedies(graph: Graph, node: Node) -> tuple[Remedy, ...]:
    """What helps where `node` joins ranges that do not fit together; the cheapest first."""
    group = next(group for group in shared_groups(graph) if node.name in group)
    remedies: tuple[Remedy, ...] = (
        SetScheme(tail(graph, node.name), QuantScheme.FLOAT),
        SetScheme(group, QuantScheme.I16),
    )
    if _is_output(graph, node):
        return (CutConcat(node.name, graph.data_inputs(node)), *remedies)
    return remedies


def _is_output(graph: Graph, node: Node) -> bool:
    """Whether a network output is the result of `node`, as it is or moved."""
    behind = tail(graph, node.name)
    return any(graph.producer[name].name in behind for name in graph.outputs)


def _is_score(graph: Graph, value: str) -> bool:
    node = graph.producer[value]
    if node.op in _SCORES:
        return True
    sources = graph.data_inputs(node)
    if node.op == "Concat":
        return all(_is_score(graph, name) for name in sources)
    return copies(node) and bool(sources) and _is_score(graph, sources[0])


def _named(graph: Graph, values: list[str]) -> str:
    names = [graph.head(graph.producer[value].name) for value in values]
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")

"""Layers whose outputs are forced to one range, and so are best given one type."""

from __future__ import annotations

from collections.abc import Collection

from rkviz.graph.model import Graph
from rkviz.quantize.engines import copies


def shared_groups(graph: Graph, apart: Collection[str] = ()) -> tuple[tuple[str, ...], ...]:
    """All heads of `graph`, each in one group, in the order of the network.

    A concat is grouped with all it joins, a move of codes with what computes its input: in one
    type they share a range, in different types a converter stands between them. The layers
    `apart` are grouped with what follows them only.
    """
    parent = {head: head for head in graph.heads}

    def root(head: str) -> str:
        while parent[head] != head:
            parent[head] = parent[parent[head]]
            head = parent[head]
        return head

    for node in graph.nodes:
        sources = graph.data_inputs(node)
        if node.name in apart or not (node.op == "Concat" or copies(node)):
            continue
        for value in sources if node.op == "Concat" else sources[:1]:
            parent[root(node.name)] = root(graph.head(graph.producer[value].name))
    groups: dict[str, list[str]] = {}
    for head in graph.heads:
        groups.setdefault(root(head), []).append(head)
    return tuple(tuple(group) for group in groups.values())


def tail(graph: Graph, layer: str) -> tuple[str, ...]:
    """`layer` and the moves and concats behind it that nothing else stands between."""
    found = [layer]
    for node in graph.nodes:
        sources = graph.data_inputs(node)
        moves = node.op == "Concat" or copies(node)
        if moves and any(graph.producer[value].name in found for value in sources):
            found.append(node.name)
    return tuple(found)

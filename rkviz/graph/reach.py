"""What a layer depends on, and what depends on it."""

from __future__ import annotations

from collections.abc import Iterable

from rkviz.graph.model import Graph


def upstream(graph: Graph, heads: Iterable[str]) -> tuple[str, ...]:
    """`heads` and every head layer they read, directly or not, in the order of the graph."""
    wanted = set(heads)
    for node in reversed(graph.nodes):
        if graph.head(node.name) in wanted:
            makers = (graph.producer.get(value) for value in node.inputs)
            wanted.update(graph.head(maker.name) for maker in makers if maker is not None)
    return tuple(head for head in graph.heads if head in wanted)


def downstream(graph: Graph, heads: Iterable[str]) -> tuple[str, ...]:
    """`heads` and every head layer that reads them, directly or not, in the order of the graph."""
    wanted = set(heads)
    for node in graph.nodes:
        makers = (graph.producer.get(value) for value in node.inputs)
        if any(maker is not None and graph.head(maker.name) in wanted for maker in makers):
            wanted.add(graph.head(node.name))
    return tuple(head for head in graph.heads if head in wanted)

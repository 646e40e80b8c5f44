"""A part of a network: what lies between the tensors somebody names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rkviz.errors import ModelError, close_matches
from rkviz.graph.model import Graph, Node


def cut(
    graph: Graph, inputs: Sequence[str] | None = None, outputs: Sequence[str] | None = None
) -> Graph:
    """The layers that compute `outputs` from `inputs`, in the order these are named.

    A name is a tensor's or a layer's (then the tensor it computes); None keeps what the network
    has. Raises ModelError listing every name that is not there, inputs nothing
    depends on, and inputs of the network that are needed as well.
    """
    if inputs is None and outputs is None:
        return graph
    ends = _values(graph, graph.outputs if outputs is None else outputs, "output")
    # Without a choice of inputs, those the outputs do not depend on are no inputs any more.
    starts = None if inputs is None else _values(graph, inputs, "input")
    needed = _between(graph, starts or (), ends)
    read = {name for node in needed for name in node.inputs} | set(ends)
    if starts is None:
        starts = tuple(name for name in graph.inputs if name in read)
    _check_starts(graph, starts, read, needed)
    taken = {node.name for node in needed if node.op != "Input"}
    fed = [_input_node(graph, name, taken) for name in starts]
    described = {name: graph.values[name] for name in (*starts, *ends)}
    part = replace(graph, inputs=starts, outputs=ends)
    return part.with_nodes([*fed, *(node for node in needed if node.op != "Input")], described)


def _values(graph: Graph, names: Iterable[str], what: str) -> tuple[str, ...]:
    """The tensors meant by `names`; raises ModelError listing all that are unknown."""
    known = {value: value for node in graph.nodes for value in node.outputs if value}
    for node in graph.nodes:
        known.setdefault(node.name, node.outputs[0])
    listed = list(dict.fromkeys(names))
    unknown = [name for name in listed if name not in known]
    if unknown or not listed:
        raise ModelError(
            f"{len(unknown)} {what}(s) asked for are not in the network {graph.name!r} (tensors "
            "inside what rkviz joins to one layer cannot be named):"
            if unknown
            else f"The list of {what}s is empty; name at least one, or leave it out.",
            [f"{name!r}{close_matches(name, known)}" for name in unknown],
        )
    return tuple(dict.fromkeys(known[name] for name in listed))


def _between(graph: Graph, starts: Sequence[str], ends: Sequence[str]) -> list[Node]:
    """The layers `ends` depend on, without those that only compute `starts`; in order."""
    wanted, nodes = set(ends) - set(starts), list[Node]()
    for node in reversed(graph.nodes):
        if not wanted.isdisjoint(node.outputs):
            nodes.append(node)
            wanted.update(name for name in node.inputs if name and name not in starts)
    return nodes[::-1]


def _check_starts(
    graph: Graph, starts: Sequence[str], read: set[str], needed: Sequence[Node]
) -> None:
    wrong = [f"no output depends on input {name!r}" for name in starts if name not in read]
    wrong += [
        f"the outputs depend on input {node.outputs[0]!r} as well; name it too"
        for node in needed
        if node.op == "Input" and node.outputs[0] not in starts
    ]
    wrong += [
        f"the size of {name!r} is unknown, so it cannot be an input"
        for name in starts
        if graph.values[name].shape is None
    ]
    if wrong:
        raise ModelError(f"The network {graph.name!r} cannot be cut out there:", wrong)


def _input_node(graph: Graph, value: str, taken: set[str]) -> Node:
    """The Input layer for `value`: the network's own, or a new one beside the layers `taken`."""
    producer = graph.producer[value]
    if producer.op == "Input":
        return producer
    name = value
    while name in taken:
        name += "_input"
    return Node(name, "Input", (), (value,), {}, (value,))

"""The float network piece by piece: never more of its tensors in memory than are still needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.graph.model import Graph, Node
from rkviz.progress import Progress, silent

Array = NDArray[np.generic]

PIECE_BYTES = 24 << 20
"""All tensors of a piece together; small networks are one piece."""


class FloatPieces:
    """Computes all values of `graph` in float32, as `FloatNet` does, in several sessions.

    A piece is a run of layers whose outputs together take at most `piece_bytes` (a layer that
    takes more is a piece of its own). `pieces` are the values each piece gives, in order, and
    `wanted` all of them; `skipped` maps layers that cannot run to the reason. With `asked` only
    these values come out, and those that another piece reads: onnxruntime then runs a convolution
    and its relu at once. Opening the sessions takes a while: `progress` counts them and may raise
    Cancelled. Raises ModelError.
    """

    def __init__(
        self,
        graph: Graph,
        piece_bytes: int = PIECE_BYTES,
        asked: Collection[str] | None = None,
        progress: Progress = silent,
    ) -> None:
        self.graph = graph
        self.asked = frozenset(graph.values if asked is None else asked)
        self.skipped: dict[str, str] = {}
        self._nets: list[FloatNet] = []
        lost: dict[str, str] = {}
        cut = list(_cut(graph, piece_bytes))
        for number, nodes in enumerate(cut):
            progress(number, len(cut))
            kept: list[Node] = []
            for node in nodes:
                behind = next((lost[name] for name in node.inputs if name in lost), None)
                if behind is None:
                    kept.append(node)
                else:
                    self.skipped[node.name] = f"behind {behind}, which cannot be computed"
                    lost.update({name: behind for name in node.outputs if name})
            made = self._given(kept)
            net = FloatNet(part(graph, kept), made)
            self._nets.append(net)
            self.skipped.update(net.skipped)
            for name in net.skipped:
                lost.update({value: name for value in graph.by_name[name].outputs if value})
        self.pieces: tuple[tuple[str, ...], ...] = tuple(net.wanted for net in self._nets)
        self.wanted = tuple(name for names in self.pieces for name in names)
        self._last_use = {
            name: index for index, net in enumerate(self._nets) for name in net.graph.inputs
        }

    def _given(self, nodes: Sequence[Node]) -> list[str]:
        """What the piece of `nodes` gives: what is asked for or read by another piece."""
        here = {node.name for node in nodes}
        return [
            name
            for node in nodes
            for name in node.outputs
            if name in self.asked
            or any(reader.name not in here for reader in self.graph.consumers.get(name, ()))
        ]

    def run(self, feeds: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
        """The values of one piece after the other, for one array per graph input.

        Raises DatasetError when an input is missing or has another shape, ModelError when the
        network cannot be computed on it.
        """
        held: dict[str, Array] = dict(feeds)
        for index, net in enumerate(self._nets):
            given = {name: held[name] for name in net.graph.inputs if name in held}
            values = net.run(given)
            held.update(values)
            held = {n: a for n, a in held.items() if self._last_use.get(n, -1) > index}
            del given
            yield values
            del values  # before the next piece is computed


def _cut(graph: Graph, piece_bytes: int) -> Iterator[list[Node]]:
    piece: list[Node] = []
    taken = 0
    for node in graph.nodes:
        size = sum(4 * graph.values[name].size for name in node.outputs if name)
        if piece and taken + size > piece_bytes:
            yield piece
            piece, taken = [], 0
        piece.append(node)
        taken += size
    if piece:
        yield piece


def part(graph: Graph, nodes: Sequence[Node]) -> Graph:
    """The network of `nodes` with inputs for what they read from before."""
    made = {name for node in nodes for name in node.outputs}
    read = dict.fromkeys(
        name
        for node in nodes
        for name in node.inputs
        if name and name not in made and name not in graph.constants
    )
    fed = [name for node in nodes if node.op == "Input" for name in node.outputs]
    before = [Node(f"{name}:fed", "Input", (), (name,)) for name in read]
    used = {name for node in nodes for name in (*node.inputs, *node.outputs)}
    return Graph(
        graph.name,
        (*before, *nodes),
        {name: value for name, value in graph.values.items() if name in used},
        {name: array for name, array in graph.constants.items() if name in used},
        (*read, *fed),
        tuple(name for node in nodes for name in node.outputs if name),
        graph.opset,
    )

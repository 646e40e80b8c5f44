"""The float network layer by layer: what follows a changed tensor is computed again, no more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.float_pieces import part
from rkviz.graph.model import Graph

Array = NDArray[np.generic]


class FloatLayers:
    """One session for each layer as the user sees it: a head with what is fused into it.

    `skipped` maps the heads that cannot be computed, or stand behind such a one, to the reason.
    Raises ModelError.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.skipped: dict[str, str] = {}
        self._nets: dict[str, FloatNet] = {}
        lost: set[str] = set()
        for head, members in graph.members.items():
            nodes = [graph.by_name[name] for name in members]
            if nodes[0].op == "Input":
                continue
            made = [name for name in nodes[-1].outputs if name]
            if lost.intersection(name for node in nodes for name in node.inputs):
                self.skipped[head] = "it stands behind a layer that cannot be computed"
            else:
                net = FloatNet(part(graph, nodes), made)
                if net.skipped:
                    self.skipped[head] = "it cannot be computed"
                else:
                    self._nets[head] = net
            if head in self.skipped:
                lost.update(name for node in nodes for name in node.outputs)

    def layer(self, head: str, values: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs of one layer for `values` of (at least) all it reads."""
        net = self._nets[head]
        return net.run({name: values[name] for name in net.graph.inputs})

    def all(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Every value that is computed, and the inputs, for one array per graph input.

        What lies between a head and what is fused into it is not given.
        """
        values: dict[str, Array] = dict(feeds)
        for head in self._nets:
            values.update(self.layer(head, values))
        return values

    def behind(self, values: Mapping[str, Array], changed: Mapping[str, Array]) -> dict[str, Array]:
        """The network's outputs when the values `changed` take the place of those in `values`.

        Only layers that depend on a change are computed again.
        """
        now: dict[str, Array] = dict(changed)
        for net in self._nets.values():
            if now.keys().isdisjoint(net.graph.inputs):
                continue
            if any(name in changed for name in net.wanted):
                continue  # what is put in its place stays
            given = {name: now.get(name, values.get(name)) for name in net.graph.inputs}
            now.update(net.run({name: array for name, array in given.items() if array is not None}))
        return {name: now.get(name, values[name]) for name in self.graph.outputs if name in values}

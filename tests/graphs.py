"""Graphs written by hand, for tests of single rules."""

from __future__ import annotations

import numpy as np

from rkviz.calibrate.stats import CalibrationStats, TensorStats
from rkviz.graph.model import Attr, Graph, Node, Value


class Sketch:
    """Draw a graph node by node; every tensor has the name of its layer unless told otherwise."""

    def __init__(self, shape: tuple[int, ...] = (1, 4, 8, 8)) -> None:
        self.shape = shape
        self.nodes: list[Node] = []
        self.values: dict[str, Value] = {}
        self.constants: dict[str, np.ndarray] = {}
        self.add("x", "Input")

    def add(
        self, name: str, op: str, *inputs: str, shape: tuple[int, ...] | None = None, **attrs: Attr
    ) -> str:
        self.nodes.append(Node(name, op, inputs, (name,), attrs, (name,)))
        self.values[name] = Value(name, shape or self.shape)
        return name

    def constant(self, name: str, array: np.ndarray) -> str:
        self.constants[name] = np.asarray(array, np.float32)
        return name

    def conv(self, name: str, source: str, seed: int = 0) -> str:
        """A 1x1 convolution over the channels of the sketch, with bias."""
        channels = self.shape[1]
        random = np.random.default_rng(seed)
        weight = self.constant(f"{name}.w", random.normal(size=(channels, channels, 1, 1)))
        bias = self.constant(f"{name}.b", random.normal(size=channels))
        return self.add(
            name, "Conv", source, weight, bias,
            kernel_shape=(1, 1), strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1), group=1,
        )  # fmt: skip

    def graph(self, *outputs: str) -> Graph:
        return Graph("sketch", tuple(self.nodes), self.values, self.constants, ("x",), outputs)


def stats_of(graph: Graph, **ranges: tuple[float, float]) -> CalibrationStats:
    """Statistics in which every tensor spans (-1, 1) unless `ranges` says otherwise."""
    tensors = {}
    for node in graph.nodes:
        for name in node.outputs:
            low, high = ranges.get(name, (-1.0, 1.0))
            tensors[name] = TensorStats(low, high, 0.0, 1)
    return CalibrationStats(tensors, 1, "by hand")

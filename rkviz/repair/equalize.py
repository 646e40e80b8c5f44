"""Cross-layer equalization: channels scaled between layers so that one weight scale fits all.

Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction":
relu(s x) = s relu(x) for s > 0, so that row i of one layer's weights times s_i and column i of the
next one's over s_i is the same network. With r1, r2 the largest weights of channel i in the two
layers, relative to the largest of all, s_i = sqrt(r2 / r1) lets both use the same share of their
grids. Two things differ from the paper, which replaces relu6 by relu and knows no data:

* A clip stays. A channel that reaches it keeps its scale, others grow at most until the largest
  value calibration saw lies at the clip, with headroom for pictures nobody has seen yet: a share
  of the channel's spread, because one that never fired may do so some day. A channel that comes
  that near to the clip counts as one that reaches it. How large the share has to be depends on
  the network: `careful_headroom` tries it on pictures the ranges do not know.
* No channel grows beyond the largest one, so that the ranges of activations do not grow.

Before that, what a channel always has at least (its smallest value, where that is above 0) moves
from its bias through the weights into the next bias, where no pad is between: the range shrinks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.graph.model import Array, Graph, Node
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, part_of, silent
from rkviz.repair.layers import Samples, float_values, weighted_layers
from rkviz.repair.pairs import Pair, find_pairs

HEADROOMS = (0.15, 0.5, 1.0, 2.0)
"""Shares of a channel's spread by which pictures nobody has seen may leave the range seen."""
HELD_OUT_DB = 35.0
"""What is left of the float outputs on pictures the ranges do not know: above this, 8 bits take
thirty times as much."""
_SWEEPS = 20
"""Each pair changes its neighbours' weights; all are gone through until they agree."""
_AGREED = 1e-3
_MOST = 1024.0
"""A channel that never fires could be scaled without end; its bias has to stay in 32 bits."""
_BIASED = frozenset({"Conv", "ConvTranspose", "Gemm"})


@dataclass(frozen=True, eq=False)
class ChannelRange:
    """Smallest and largest value of every channel of one tensor."""

    low: Float64
    high: Float64

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())

    def merge(self, other: ChannelRange) -> ChannelRange:
        return ChannelRange(np.minimum(self.low, other.low), np.maximum(self.high, other.high))


def with_biases(graph: Graph) -> Graph:
    """`graph` with a bias of zeros for every convolution and fully connected layer without one."""
    constants: dict[str, Array] = {}
    nodes = [_with_bias(graph, node, constants) for node in graph.nodes]
    return graph.with_nodes(nodes, constants=constants) if constants else graph


def _with_bias(graph: Graph, node: Node, constants: dict[str, Array]) -> Node:
    if node.op not in _BIASED or any(node.inputs[2:]):
        return node
    shape = graph.values[node.outputs[0]].shape
    weight = node.inputs[1]
    if weight not in graph.constants or weight in graph.given or shape is None:
        return node
    name = f"{node.name}/bias"
    while name in graph.values or name in graph.constants:
        name += "_"
    constants[name] = np.zeros(shape[1], np.float32)
    return replace(node, inputs=(node.inputs[0], weight, name))


def channel_ranges(
    graph: Graph, names: Iterable[str], samples: Samples, progress: Progress = silent
) -> dict[str, ChannelRange]:
    """Value -> range of each of its channels (axis 1) in the float network over `samples`."""
    found: dict[str, ChannelRange] = {}
    for name, x in float_values(graph, frozenset(names), samples, progress):
        flat = x.swapaxes(0, 1).reshape(x.shape[1], -1)
        low, high = (edge.astype(np.float64) for edge in (flat.min(axis=1), flat.max(axis=1)))
        seen = ChannelRange(low, high)
        found[name] = found[name].merge(seen) if name in found else seen
    return found


def careful_headroom(
    graph: Graph, halves: tuple[Samples, Samples], progress: Progress = silent
) -> tuple[float | None, dict[str, ChannelRange]]:
    """The least of `HEADROOMS` that keeps the outputs, and the ranges over both `halves`.

    What the ranges of one half make of the network is held against the float outputs of the other,
    both ways round; None where every headroom leaves less than `HELD_OUT_DB`. A half without
    pictures says nothing: then it is the largest.
    """
    names = [pair.value for pair in pairs_of(graph)]
    known = [
        channel_ranges(graph, names, half, part_of(progress, 0.2 * place, 0.2 * place + 0.2))
        for place, half in enumerate(halves)
    ]
    if not all(half.count for half in halves):
        return HEADROOMS[-1], known[0] or known[1]
    together = {name: known[0][name].merge(known[1][name]) for name in names}
    for number, headroom in enumerate(HEADROOMS):
        total = ErrorSums()
        for place, (ranges, others) in enumerate(zip(known, reversed(halves), strict=True)):
            done = 0.4 + 0.6 * (2 * number + place) / (2 * len(HEADROOMS))
            made = equalize(graph, ranges, headroom=headroom)
            total += output_sums(graph, made, others, part_of(progress, done, done + 0.07))
        if not total.snr_db < HELD_OUT_DB:  # NaN: outputs nobody can compare
            return headroom, together
    return None, together


def pairs_of(graph: Graph) -> tuple[Pair, ...]:
    """The pairs of `graph` that equalization scales."""
    return tuple(find_pairs(graph, weighted_layers(graph)))


def equalize(
    graph: Graph,
    ranges: Mapping[str, ChannelRange],
    progress: Progress = silent,
    headroom: float = HEADROOMS[0],
) -> Graph:
    """The same network with channels scaled; `ranges` are those of each pair's `value`.

    Exact, up to float rounding, on every picture that stays within `ranges`, widened by the share
    `headroom` of their spread. Channels that gave NaN or infinity leave their pair as it is.
    """
    pairs = [pair for pair in pairs_of(graph) if ranges[pair.value].is_finite]
    work = _Work(graph, pairs, ranges, headroom)
    for pair in pairs:
        if pair.can_shift and pair.first.bias is not None and pair.second.bias is not None:
            work.absorb(pair)
    for sweep in range(_SWEEPS):
        change = 0.0
        for number, pair in enumerate(pairs):
            progress(sweep + number / len(pairs), _SWEEPS, pair.first.name)
            change = max(change, work.scale(pair))
        if change < _AGREED:
            break
    return work.result()


class _Work:
    """Weights, biases and ranges while they change; gone when the new network is made."""

    def __init__(
        self,
        graph: Graph,
        pairs: Sequence[Pair],
        ranges: Mapping[str, ChannelRange],
        headroom: float,
    ) -> None:
        self.graph, self.headroom = graph, headroom
        self.layers = {layer.name: layer for pair in pairs for layer in (pair.first, pair.second)}
        self.weights = {name: layer.matrices for name, layer in self.layers.items()}
        self.biases = {
            name: layer.bias.astype(np.float64)
            for name, layer in self.layers.items()
            if layer.bias is not None
        }
        self.low = {pair.value: ranges[pair.value].low.copy() for pair in pairs}
        self.high = {pair.value: ranges[pair.value].high.copy() for pair in pairs}
        self.total = {pair.value: np.ones(pair.channels) for pair in pairs}
        self.largest = {pair.value: self._reach(pair).max() for pair in pairs}
        self.cut = {pair.value: self._expected(pair.value) >= pair.ceiling for pair in pairs}

    def _reach(self, pair: Pair) -> Float64:
        """The largest magnitude of each channel that gets through what is between."""
        high = np.maximum(self.high[pair.value], 0.0)
        cut = any(node.op in ("Relu", "Relu6", "Clip") for node in pair.between)
        return high if cut else np.maximum(high, -self.low[pair.value])

    def _expected(self, value: str) -> Float64:
        """What pictures nobody has seen may bring at most: a channel that never fired may, too."""
        low, high = self.low[value], self.high[value]
        return high + self.headroom * (high - low)

    def absorb(self, pair: Pair) -> None:
        """Move what every channel always has into the next bias."""
        low, high = self.low[pair.value], self.high[pair.value]
        sure = np.maximum(low - self.headroom * (high - low), 0.0)
        shift = np.where(self.cut[pair.value], 0.0, sure)
        first, second = pair.first.name, pair.second.name
        self.biases[first] -= shift
        self.biases[second] += pair.shifted(self.weights[second], shift)
        low -= shift
        high -= shift

    def scale(self, pair: Pair) -> float:
        """Scale the channels of one pair; returns the largest change as a factor, less 1."""
        first, second, value = pair.first.name, pair.second.name, pair.value
        rows = pair.rows(self.weights[first])
        columns = pair.columns(self.weights[second])
        if not rows.any() or not columns.any():
            return 0.0
        tiny = np.finfo(np.float64).tiny
        wanted = (columns / columns.max() + tiny) / (rows / rows.max() + tiny)
        scales = self._bounded(pair, np.sqrt(wanted))
        self.weights[first] = pair.scaled_rows(self.weights[first], scales)
        self.weights[second] = pair.scaled_columns(self.weights[second], scales)
        if first in self.biases:
            self.biases[first] = self.biases[first] * scales
        self.low[value] *= scales
        self.high[value] *= scales
        self.total[value] *= scales
        return float(np.abs(np.log(scales)).max())

    def _bounded(self, pair: Pair, scales: Float64) -> Float64:
        """`scales` within what clip and range allow."""
        value = pair.value
        tiny = np.finfo(np.float32).tiny
        expected = np.maximum(self._expected(value), tiny)
        largest = max(self.largest[value], tiny) / np.maximum(self._reach(pair), tiny)
        most = np.maximum(np.minimum(pair.ceiling / expected, largest), 1.0)
        most = np.minimum(most, _MOST / self.total[value])
        least = 1 / (_MOST * self.total[value])
        scales = np.clip(scales, np.minimum(least, most), most)
        # At the clip a channel is cut off; another scale, also a smaller one, would cut off
        # something else.
        return np.where(self.cut[value], 1.0, scales)

    def result(self) -> Graph:
        constants: dict[str, Array] = {}
        for name, layer in self.layers.items():
            constants[layer.node.inputs[1]] = layer.as_weight(self.weights[name])
            if name in self.biases:
                constants[layer.node.inputs[2]] = self.biases[name].astype(np.float32)
        return replace(self.graph, constants={**self.graph.constants, **constants})


def output_sums(
    one: Graph, other: Graph, samples: Samples, progress: Progress = silent
) -> ErrorSums:
    """How far the float outputs of `other` are from those of `one` over `samples`."""
    nets = [FloatNet(graph, graph.outputs) for graph in (one, other)]
    total = ErrorSums()
    for index, feeds in enumerate(samples.open()):
        progress(index, samples.count, f"picture {index + 1}")
        first, second = (net.run(feeds) for net in nets)
        for name, values in first.items():
            if values.dtype == np.float32:
                made = np.asarray(second[name], np.float32)
                total += error_sums(np.asarray(values, np.float32), made)
    return total

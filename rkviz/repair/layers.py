"""Layers with weights as matrices: y = W x + b, where x is the patch of inputs an output sees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.reference.windows import Windows, planes
from rkviz.graph.model import Array, Graph, Node
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, silent

Feeds = Mapping[str, NDArray[np.float32]]
Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Samples:
    """Prepared pictures that can be gone through several times, one in memory at a time."""

    open: Callable[[], Iterable[Feeds]]
    count: int

    def every_other(self, first: int) -> Samples:
        """Half of them: those at `first` (0 or 1), `first` + 2 and so on."""
        return Samples(lambda: islice(self.open(), first, None, 2), (self.count + 1 - first) // 2)


@dataclass(frozen=True, eq=False)
class Weighted:
    """A convolution or fully connected layer with constant weights.

    Its weights are `groups` matrices (outputs, inputs): `matrices` (G, O, n) has them, the inputs
    of a group in the order channel, row of the kernel, column of the kernel.
    """

    node: Node
    weight: Float32
    bias: Float32 | None

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def source(self) -> str:
        """The value the layer reads."""
        return self.node.inputs[0]

    @property
    def groups(self) -> int:
        return self.node.int_attr("group", 1) if self.is_convolution else 1

    @property
    def is_convolution(self) -> bool:
        return self.node.op in ("Conv", "ConvTranspose")

    @property
    def is_transposed(self) -> bool:
        return self.node.op == "ConvTranspose"

    @property
    def windows(self) -> Windows:
        """Of a convolution."""
        return Windows.of(self.node.attrs, self.weight.shape[2:])

    @property
    def matrices(self) -> Float64:
        """The weights as (G, O, n) in float64."""
        weight = self.weight.astype(np.float64)
        if self.node.op == "MatMul":
            return weight.T[np.newaxis]
        if self.is_transposed:
            split = weight.reshape(self.groups, -1, *weight.shape[1:])
            return split.swapaxes(1, 2).reshape(self.groups, weight.shape[1], -1)
        return weight.reshape(self.groups, weight.shape[0] // self.groups, -1)

    def as_weight(self, matrices: Float64) -> Float32:
        """`matrices` (G, O, n) in the shape of the weights."""
        if self.node.op == "MatMul":
            return np.ascontiguousarray(matrices[0].T, np.float32)
        if self.is_transposed:
            channels = self.weight.shape[0] // self.groups
            split = matrices.reshape(*matrices.shape[:2], channels, *self.weight.shape[2:])
            matrices = split.swapaxes(1, 2)
        return np.ascontiguousarray(matrices.reshape(self.weight.shape), np.float32)


def weighted_layers(graph: Graph) -> dict[str, Weighted]:
    """Layer -> its weights, where they can be repaired.

    Layers whose weights the model file itself states as codes are left as they are, and so are
    those with more than two spatial axes.
    """
    found = (_weighted(graph, node) for node in graph.nodes)
    return {layer.name: layer for layer in found if layer is not None}


def _weighted(graph: Graph, node: Node) -> Weighted | None:
    if node.op not in ("Conv", "ConvTranspose", "Gemm", "MatMul") or len(node.inputs) < 2:
        return None
    weight = graph.constants.get(node.inputs[1])
    if weight is None or node.inputs[0] in graph.constants or node.inputs[1] in graph.given:
        return None
    if node.op in ("Gemm", "MatMul"):
        fits = weight.ndim == 2 and (node.op == "MatMul" or node.int_attr("transB") == 1)
    else:
        fits = weight.ndim in (3, 4)
    if not fits or weight.dtype != np.float32 or not np.isfinite(weight).all():
        return None
    bias = graph.constants.get(node.inputs[2]) if len(node.inputs) > 2 else None
    return Weighted(node, weight.astype(np.float32), None if bias is None else _f32(bias))


def _f32(array: Array) -> Float32:
    return array.astype(np.float32)


def patch_sums(layer: Weighted, x: Float32, out: Sequence[int]) -> tuple[Float64, int]:
    """Sum of the patches (G, n) that all outputs of `layer` see in `x`, and how many there are.

    `out` is the shape of the output. Pads count as the zeros they are. A tap of a kernel sees some
    rows and some columns of the input, so that two small matrix products give all sums.
    """
    if not layer.is_convolution:
        rows = x.reshape(-1, x.shape[-1])
        return rows.sum(0, dtype=np.float64)[np.newaxis], len(rows)
    windows, size = layer.windows, planes(x).shape[2:]
    spatial = (1, *out[2:])[-2:]
    seen = [_seen(layer, windows, axis, size[axis], spatial[axis]) for axis in (0, 1)]
    sums = seen[0] @ (planes(x).astype(np.float64) @ seen[1].T)
    return sums.sum(0).reshape(layer.groups, -1), x.shape[0] * spatial[0] * spatial[1]


def _seen(layer: Weighted, windows: Windows, axis: int, size: int, out: int) -> Float64:
    """(taps, size): how often each tap sees each input position along `axis`."""
    taps = np.arange(windows.kernel[axis])[:, np.newaxis] * windows.dilations[axis]
    stride, pad = windows.strides[axis], windows.pads[axis]
    counts = np.zeros((len(taps), size))
    if layer.is_transposed:
        places = np.arange(size) * stride + taps - pad
        counts[(places >= 0) & (places < out)] = 1
        return counts
    places = np.arange(out) * stride + taps - pad
    tap, at = np.nonzero((places >= 0) & (places < size))
    counts[tap, places[tap, at]] = 1
    return counts


def patches(layer: Weighted, x: Float32, most: int) -> Float32:
    """Patches (G, n, columns) of `x` that outputs of a layer see, evenly spread, about `most`.

    Not for transposed convolutions, whose outputs see patches of several kinds.
    """
    if not layer.is_convolution:
        rows = x.reshape(-1, x.shape[-1])
        return rows[:: -(-len(rows) // most)].T[np.newaxis]
    windows = layer.windows
    image = planes(x)
    out = windows.out_size((image.shape[2], image.shape[3]))
    step = max(1, int(np.ceil(np.sqrt(image.shape[0] * out[0] * out[1] / most))))
    padded = windows.padded(image, 0)
    taken = [seen[..., ::step, ::step] for _, _, seen in windows.taps(padded, out)]
    stacked = np.stack(taken, axis=2).swapaxes(0, 1)
    channels = stacked.shape[0]
    columns = stacked.transpose(0, 2, 1, 3, 4).reshape(channels * len(taken), -1)
    return np.ascontiguousarray(columns.reshape(layer.groups, -1, columns.shape[1]), np.float32)


def float_values(
    graph: Graph, names: Collection[str], samples: Samples, progress: Progress = silent
) -> Iterator[tuple[str, Float32]]:
    """The values `names` of the float network, picture after picture, one at a time."""
    net = FloatPieces(graph, asked=names)
    for index, feeds in enumerate(samples.open()):
        progress(index, samples.count, f"picture {index + 1}")
        yield from ((name, array) for name, array in feeds.items() if name in names)
        for number, piece in enumerate(net.run(feeds)):
            progress(index + number / len(net.pieces), samples.count, f"picture {index + 1}")
            for name, array in piece.items():
                if name in names and name not in feeds:
                    yield name, array.astype(np.float32, copy=False)
    progress(samples.count, samples.count)


def patch_means(
    graph: Graph, layers: Mapping[str, Weighted], samples: Samples, progress: Progress = silent
) -> dict[str, Float64]:
    """Layer -> mean (G, n) of the patches it sees in the float network."""
    readers: dict[str, list[Weighted]] = {}
    for layer in layers.values():
        readers.setdefault(layer.source, []).append(layer)
    sums: dict[str, Float64] = {}
    counts: dict[str, int] = {}
    for name, x in float_values(graph, readers.keys(), samples, progress):
        for layer in readers[name]:
            total, count = patch_sums(layer, x, graph.shape(layer.node.outputs[0]))
            sums[layer.name] = sums.get(layer.name, 0.0) + total
            counts[layer.name] = counts.get(layer.name, 0) + count
    return {name: total / counts[name] for name, total in sums.items()}

"""Second-order rounding: weights go to the codes that change the layer's output least.

The output error of a layer over the calibration pictures is sum e H e' over its rows of weights,
with e the error of a row and H = X X' / columns the second moments of the patches X it sees. The
grid is one of the plan: its step follows from the smallest and largest weight. A few outliers that
see small inputs often make it coarse; where it lowers the error, the grid is made for a part of
the range and they are cut off. What leaves here spans its grid, so that quantizing the numbers
again (here or by the toolkit's min/max rule) gives the same codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rkviz.graph.model import Graph
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, part_of, silent
from rkviz.repair.babai import factorized, loss, round_by_hessian, rounded
from rkviz.repair.layers import Float32, Samples, Weighted, float_values, patches

LARGEST_ROW = 6144
"""Inputs of one output up to which a layer is rounded: H of more takes too long and too much."""
_MOMENT_BYTES = 192 << 20
"""Second moments held at once; a large network is gone through several times."""
_COLUMNS = 1 << 16
"""Patches that are enough for a layer, over all pictures."""
_PRODUCT = 512
"""Columns that are worth a product of matrices."""
_SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4)
"""Parts of the range of the weights that are tried."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Second moments (G, n, n) and means (G, n) of the patches a layer sees."""

    second: Float64
    mean: Float64

    def about_mean(self) -> Float64:
        """The covariance: what is left of the error when the bias takes its mean."""
        return self.second - self.mean[:, :, None] * self.mean[:, None, :]


def can_round(layer: Weighted, scheme: QuantScheme) -> bool:
    """Only 8-bit weights gain; outputs of a transposed convolution see patches of several kinds."""
    return scheme.is_quantized and scheme.bits == 8 and not layer.is_transposed and (
        layer.matrices.shape[2] <= LARGEST_ROW
    )  # fmt: skip


def gather_moments(
    graph: Graph, layers: Sequence[Weighted], samples: Samples, progress: Progress = silent
) -> Iterator[tuple[Weighted, Moments]]:
    """The moments of each layer in the float network; those held at once take bounded memory."""
    groups = list(_in_memory(layers))
    for number, group in enumerate(groups):
        part = part_of(progress, number / len(groups), (number + 1) / len(groups))
        yield from _moments_of(graph, group, samples, part)


def _in_memory(layers: Sequence[Weighted]) -> Iterator[list[Weighted]]:
    group: list[Weighted] = []
    taken = 0
    for layer in layers:
        groups, _, size = layer.matrices.shape
        if group and taken + 8 * groups * size * size > _MOMENT_BYTES:
            yield group
            group, taken = [], 0
        group.append(layer)
        taken += 8 * groups * size * size
    if group:
        yield group


def _moments_of(
    graph: Graph, layers: Sequence[Weighted], samples: Samples, progress: Progress
) -> Iterator[tuple[Weighted, Moments]]:
    readers: dict[str, list[Weighted]] = {}
    for layer in layers:
        readers.setdefault(layer.source, []).append(layer)
    sums = {layer.name: _Sums() for layer in layers}
    most = -(-_COLUMNS // max(samples.count, 1))
    for name, x in float_values(graph, readers.keys(), samples, progress):
        for layer in readers[name]:
            sums[layer.name].add(patches(layer, x, most))
    for layer in layers:
        made = sums.pop(layer.name).moments()
        if made is not None:
            yield layer, made


class _Sums:
    """Adds up products of patches, many columns at once: few large products are fast ones."""

    def __init__(self) -> None:
        self._waiting: list[Float32] = []
        self._second: Float64 | None = None
        self._total: Float64 | float = 0.0
        self._count = 0

    def add(self, columns: Float32) -> None:
        self._waiting.append(columns)
        if sum(part.shape[2] for part in self._waiting) >= max(columns.shape[1], _PRODUCT):
            self._multiply()

    def _multiply(self) -> None:
        if not self._waiting:
            return
        columns = np.concatenate(self._waiting, axis=2)
        self._waiting.clear()
        product = np.matmul(columns, columns.swapaxes(1, 2))
        if self._second is None:
            self._second = product.astype(np.float64)
        else:
            self._second += product
        self._total = self._total + columns.sum(axis=2, dtype=np.float64)
        self._count += columns.shape[2]

    def moments(self) -> Moments | None:
        self._multiply()
        if self._second is None:
            return None
        return Moments(self._second / self._count, np.asarray(self._total / self._count))


def round_weights(
    layer: Weighted,
    moments: Moments,
    scheme: QuantScheme,
    about_mean: bool,
    progress: Progress = silent,
) -> Float32:
    """The weights of `layer` on a grid of `scheme`, rounded by the second moments of its inputs.

    `about_mean` leaves the mean error to a bias correction. Never worse on these moments than
    rounding each weight to the nearest code.
    """
    matrices = layer.matrices
    second = moments.about_mean() if about_mean else moments.second
    whole = _grid(matrices, scheme, 1.0)
    best = rounded(matrices, whole)
    least = loss(matrices, second, best)
    chosen = whole
    factor = factorized(second, progress)
    for params in dict.fromkeys((whole, _best_grid(matrices, second, scheme))):
        made = round_by_hessian(matrices, factor, params, progress)
        if scheme is QuantScheme.U8:
            _span(made, second, params)
        lost = loss(matrices, second, made)
        if lost < least:
            best, least, chosen = made, lost, params
    return layer.as_weight(np.rint(best / chosen.scale) * chosen.scale)


def _grid(matrices: Float64, scheme: QuantScheme, share: float) -> QuantParams:
    low, high = float(matrices.min(initial=0)), float(matrices.max(initial=0))
    return params_from_range(scheme, share * low, share * high)


def _best_grid(matrices: Float64, second: Float64, scheme: QuantScheme) -> QuantParams:
    """The grid with the least error of plain rounding, each weight by the power of its input."""
    power = np.einsum("gii->gi", second)[:, None, :]
    grids = dict.fromkeys(_grid(matrices, scheme, share) for share in _SHARES)
    return min(
        grids, key=lambda params: float((power * (rounded(matrices, params) - matrices) ** 2).sum())
    )


def _span(made: Float64, second: Float64, params: QuantParams) -> None:
    """Have both ends of the u8 grid in use, where that costs least."""
    power = np.broadcast_to(np.einsum("gii->gi", second)[:, None, :], made.shape)
    for end, wanted in ((made.max(), params.high), (made.min(), params.low)):
        if wanted != 0 and not np.isclose(end, wanted, rtol=1e-6, atol=0):
            cost = power * (made - wanted) ** 2
            made[np.unravel_index(int(np.argmin(cost)), made.shape)] = wanted

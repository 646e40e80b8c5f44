"""Second-order rounding: weights go to the codes that change the layer's output least.

With x' the patches of inputs a layer gets from the quantized layers in front and x those of the
float network, its output error over the calibration pictures is the mean of |W' x' - W x|^2: the
layer's own error, and what it inherits. Real weights V that make up for the inherited part come
first (`_wanted`); then their rounding error is sum e H e' over the rows, with H = E[x' x'']. The
grid is one of the plan: its step follows from the smallest and largest weight. A few outliers that
see small inputs often make it coarse; where it lowers the error, the grid is made for a part of
the range and they are cut off. What leaves here spans its grid, so that quantizing the numbers
again (here or by the toolkit's min/max rule) gives the same codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, part_of, silent
from rkviz.repair.babai import factorized, loss, round_by_hessian, rounded, solved
from rkviz.repair.layers import Float32, Weighted

LARGEST_ROW = 6144
"""Inputs of one output up to which a layer is rounded: H of more takes too long and too much."""
COLUMNS = 1 << 16
"""Patches that are enough for a layer, over all pictures."""
_PRODUCT = 512
"""Columns that are worth a product of matrices."""
_ROUNDING = 1e-5
"""Share of the power about 0 that single precision loses: less is nothing to go by."""
_CAUTION = 2.0
"""Share of the mean diagonal of H that keeps weights near their own while they make up for inputs.
Least squares alone loses 8 dB on other pictures; 1 to 3 measured alike on two networks."""
_SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4)
"""Parts of the range of the weights that are tried."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Second moments (G, n, n) of the patches x' a layer gets, H = E[x' x''], and of what they
    lack beside those of the float network, C = E[(x - x') x'']; both about the mean where a bias
    takes it."""

    second: Float64
    missing: Float64

    @property
    def is_finite(self) -> bool:
        """Whether there is anything to go by: no NaN or infinity came, nor numbers too large."""
        return bool(np.isfinite(self.second).all() and np.isfinite(self.missing).all())


def can_round(layer: Weighted, scheme: QuantScheme) -> bool:
    """Only 8-bit weights gain; outputs of a transposed convolution see patches of several kinds."""
    return scheme.is_quantized and scheme.bits == 8 and not layer.is_transposed and (
        layer.matrices.shape[2] <= LARGEST_ROW
    )  # fmt: skip


def moments_of(patches: Iterable[tuple[Float32, Float32]], about_mean: bool) -> Moments:
    """Moments over pairs of patches (G, n, columns) in float and as held; at least one column.

    `about_mean` leaves the mean error to a bias correction.
    """
    sums = _Sums()
    for real, held in patches:
        sums.add(real, held)
    return sums.moments(about_mean)


class _Sums:
    """Adds up products of patches, many columns at once: few large products are fast ones."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Float32, Float32]] = []
        self._second: Float64 | float = 0.0
        self._missing: Float64 | float = 0.0
        self._held: Float64 | float = 0.0
        self._lack: Float64 | float = 0.0
        self._count = 0

    def add(self, real: Float32, held: Float32) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            self._waiting.append((real - held, held))
        if sum(held.shape[2] for _, held in self._waiting) >= max(held.shape[1], _PRODUCT):
            self._multiply()

    def _multiply(self) -> None:
        if not self._waiting:
            return
        missing, held = (
            np.concatenate(parts, axis=2) for parts in zip(*self._waiting, strict=True)
        )
        self._waiting.clear()
        across = held.swapaxes(1, 2)
        with np.errstate(over="ignore", invalid="ignore"):  # `Moments.is_finite` tells
            self._second = self._second + np.matmul(held, across).astype(np.float64)
            self._missing = self._missing + np.matmul(missing, across).astype(np.float64)
        self._held = self._held + held.sum(axis=2, dtype=np.float64)
        self._lack = self._lack + missing.sum(axis=2, dtype=np.float64)
        self._count += held.shape[2]

    def moments(self, about_mean: bool) -> Moments:
        self._multiply()
        sums = (self._second, self._missing, self._held, self._lack)
        second, missing, held, lack = (np.asarray(entry) / self._count for entry in sums)
        if about_mean:
            power = np.einsum("gii->gi", second).mean(axis=1)[:, None, None]
            second = second - held[:, :, None] * held[:, None, :]
            second = second + _ROUNDING * power * np.eye(second.shape[1])
            missing = missing - lack[:, :, None] * held[:, None, :]
        return Moments(second, missing)


def round_weights(
    layer: Weighted, moments: Moments, scheme: QuantScheme, progress: Progress = silent
) -> Float32:
    """The weights of `layer` on a grid of `scheme`, rounded by the moments of its inputs.

    Never worse on these moments than rounding each weight to the nearest code.
    """
    matrices, second = layer.matrices, moments.second
    wanted = _wanted(matrices, moments, part_of(progress, 0.0, 0.3))
    whole = _grid(matrices, scheme, 1.0)
    best, chosen = rounded(matrices, whole), whole
    least = _error(matrices, moments, best)
    factor = factorized(second, part_of(progress, 0.3, 0.6))
    for params in dict.fromkeys((_grid(wanted, scheme, 1.0), _best_grid(wanted, second, scheme))):
        made = round_by_hessian(wanted, factor, params, part_of(progress, 0.6, 1.0))
        if scheme is QuantScheme.U8:
            _span(made, second, params)
        lost = _error(matrices, moments, made)
        if lost < least:
            best, least, chosen = made, lost, params
    return layer.as_weight(np.rint(best / chosen.scale) * chosen.scale)


def _wanted(matrices: Float64, moments: Moments, progress: Progress) -> Float64:
    """The real weights that give from what arrives what `matrices` give in float.

    V with the least E|V x' - W x|^2 + d |V - W|^2 is W + W C (H + d)^-1, with C = E[(x - x') x'']
    what is missing. A large d lets the few directions in which inputs vary most correct, where all
    pictures agree; with a small one V learns the errors of the calibration pictures by heart.
    """
    missing = np.matmul(matrices, moments.missing)
    return matrices + solved(moments.second, missing, _CAUTION, progress)


def _error(matrices: Float64, moments: Moments, made: Float64) -> float:
    """E|W' x' - W x|^2, less what it is with W: e H e' - 2 e (W C)' with e = W' - W."""
    error = made - matrices
    missing = np.matmul(matrices, moments.missing)
    return loss(matrices, moments.second, made) - 2 * float(np.sum(error * missing))


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

"""Rounding a vector on a grid so that a quadratic form of the error becomes small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, silent

_BLOCK = 64
_AT_ONCE = 768
"""Larger matrices are decomposed block by block, so that cancelling takes effect."""
_TINY = 1e-30
"""Keeps H of inputs that are always 0 positive."""
_DAMPING = 0.01
"""Share of the mean diagonal that is added to it; what the pictures never showed stays as it is."""


def rounded(values: Float64, params: QuantParams) -> Float64:
    """`values` on the grid of `params`: (clip(RNE(v / scale) + zero_point) - zero_point) scale."""
    low, high = params.scheme.qmin - params.zero_point, params.scheme.qmax - params.zero_point
    return np.clip(np.rint(values / params.scale), low, high) * params.scale


def loss(matrices: Float64, second: Float64, made: Float64) -> float:
    """sum over groups and rows of e H e' with e = made - matrices (G, O, n), H = second."""
    error = made - matrices
    return float(np.sum(np.matmul(error, second) * error))


@dataclass(frozen=True, eq=False)
class Factor:
    """H (G, n, n) with some damping, its columns in `order` (G, n), as `lower` @ lower'."""

    order: NDArray[np.int64]
    lower: Float64


def factorized(second: Float64, progress: Progress = silent) -> Factor:
    """The factor of H = `second`; columns of large diagonal come last."""
    diagonal = np.einsum("gii->gi", second)
    order = np.argsort(diagonal, axis=1, kind="stable")
    ordered = np.take_along_axis(second, order[:, :, None], axis=1)
    ordered = np.take_along_axis(ordered, order[:, None, :], axis=2)
    index = np.arange(second.shape[1])
    ordered[:, index, index] += _DAMPING * diagonal.mean(axis=1, keepdims=True) + _TINY
    return Factor(order, _cholesky(ordered, progress))


def solved(second: Float64, right: Float64, damping: float, progress: Progress = silent) -> Float64:
    """X (G, O, n) with X (H + d) = `right`, d the share `damping` of the mean diagonal of H."""
    index, block = np.arange(second.shape[1]), _AT_ONCE // 3
    damped = second.copy()
    mean = np.einsum("gii->gi", second).mean(axis=1, keepdims=True)
    damped[:, index, index] += damping * mean + _TINY
    if len(index) <= _AT_ONCE:
        made = np.linalg.solve(damped, right.swapaxes(1, 2)).astype(np.float64)
        return made.swapaxes(1, 2)
    lower = _cholesky(damped, progress)
    made = right.swapaxes(1, 2).copy()
    starts = range(0, len(index), block)
    for upwards in (False, True):
        for start in reversed(starts) if upwards else starts:
            progress(0, 1)
            here, before = slice(start, start + block), slice(0, start)
            corner = lower[:, here, here]
            if upwards:  # L' x = y, from the last block to the first
                made[:, here] = np.linalg.solve(corner.swapaxes(1, 2), made[:, here])
                made[:, before] -= lower[:, here, before].swapaxes(1, 2) @ made[:, here]
            else:  # L y = b
                rest = made[:, here] - lower[:, here, before] @ made[:, before]
                made[:, here] = np.linalg.solve(corner, rest)
    return made.swapaxes(1, 2)


def round_by_hessian(
    matrices: Float64, factor: Factor, params: QuantParams, progress: Progress = silent
) -> Float64:
    """`matrices` (G, O, n) on the grid, every row with a small e H e'.

    With H = L L', the form is the squared length of L' e, whose component j knows the errors from
    j on: columns are rounded from the last to the first, each to make its component least with the
    errors already made (Babai's nearest plane). The result is that of GPTQ (Frantar et al. 2022),
    which works with the inverse of H instead.
    """
    order, lower = factor.order, factor.lower
    size = matrices.shape[2]
    work = np.take_along_axis(matrices.swapaxes(1, 2), order[:, :, None], axis=1)
    made = np.empty_like(work)
    behind = np.zeros_like(work)  # sum over the columns already rounded of L[k, j] e[k]
    for end in range(size, 0, -_BLOCK):
        progress(size - end, size)
        start = max(0, end - _BLOCK)
        for j in range(end - 1, start - 1, -1):
            wanted = work[:, j] + behind[:, j] / lower[:, j, j, None]
            made[:, j] = rounded(wanted, params)
            error = work[:, j] - made[:, j]
            behind[:, start:j] += lower[:, j, start:j, None] * error[:, None]
        errors = work[:, start:end] - made[:, start:end]
        behind[:, :start] += np.matmul(lower[:, start:end, :start].swapaxes(1, 2), errors)
    back = np.empty_like(made)
    np.put_along_axis(back, order[:, :, None], made, axis=1)
    return back.swapaxes(1, 2)


def _cholesky(matrix: Float64, progress: Progress) -> Float64:
    """L with L L' = matrix (G, n, n), lower triangular."""
    size = matrix.shape[1]
    if size <= _AT_ONCE:
        return np.asarray(np.linalg.cholesky(matrix), np.float64)
    rest = matrix.copy()
    lower = np.zeros_like(matrix)
    step = _AT_ONCE // 3
    for start in range(0, size, step):
        end = min(start + step, size)
        corner = np.linalg.cholesky(rest[:, start:end, start:end])
        lower[:, start:end, start:end] = corner
        inverse = np.linalg.inv(corner).swapaxes(1, 2)
        for row in range(end, size, step):
            progress(0, size)
            lower[:, row : row + step, start:end] = rest[:, row : row + step, start:end] @ inverse
        for row in range(end, size, step):
            progress(0, size)
            below = lower[:, row : row + step, start:end]
            above = lower[:, end : row + step, start:end].swapaxes(1, 2)
            rest[:, row : row + step, end : row + step] -= below @ above
    return lower

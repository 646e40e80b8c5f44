"""From accumulators to codes: in float32 where that is proven exact, else in float64.

The rule is q = clip(RNE(acc * M) + zo) of the exact product. onnxruntime rounds the product to
float32 first, which can turn a value next to a tie into the tie. Both are staircases that never
fall, so they agree everywhere when they agree on both sides of each of the at most 255 steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.program import Codes
from rkviz.emulate.reference.activation import activated
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64

_NEIGHBOURS = np.arange(-2, 3)
_AT_ONCE = 1 << 15
"""Accumulators brought to codes at once."""
_TRIED_ULPS = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""A multiplier a few units off can place all steps right where M itself does not."""


def float32_multiplier(
    multiplier: float, zero_point: int, low: int, high: int
) -> np.float32 | None:
    """m with clip(RNE(f32(f32(acc) * m)) + zo) = clip(RNE(acc * M) + zo) for acc in low .. high.

    `zero_point` is that of codes 0..255. None when there is no such m near M.
    """
    if not 2.0**-126 <= multiplier < 2.0**96:
        return None
    accumulators = _beside_steps(multiplier, zero_point, low, high)
    wanted = _codes(accumulators * multiplier, zero_point)
    nearest = np.float32(multiplier)
    as_float32 = accumulators.astype(np.float32)
    for ulps in _TRIED_ULPS:
        candidate = np.float32(nearest + np.float32(ulps) * np.spacing(nearest))
        if np.array_equal(_codes((as_float32 * candidate).astype(np.float64), zero_point), wanted):
            return candidate
    return None


def _beside_steps(multiplier: float, zero_point: int, low: int, high: int) -> Float64:
    """Every acc in low .. high that has a step of the exact staircase next to it; the two ends."""
    ties = np.arange(-zero_point, 255 - zero_point) + 0.5
    steps = np.clip(np.floor(ties / multiplier), low - 4, high + 4)
    near = (steps[:, np.newaxis] + _NEIGHBOURS).reshape(-1)
    inside = near[(near >= low) & (near <= high)]
    return np.concatenate([inside, [float(low), float(high)]])


def _codes(products: Float64, zero_point: int) -> NDArray[np.float64]:
    return np.clip(np.rint(products) + zero_point, 0, 255)


def requantised(
    sums: Sequence[Codes],
    weights: Sequence[int],
    bias: NDArray[np.int64],
    scale: float,
    out: QuantParams,
    activation: str,
) -> Codes:
    """Codes of acc = bias + total of weight * sum: clip(RNE(acc * scale) + zo), activated.

    `sums` are int32, [N, O, ...], the last of weight 1; `bias` has one value a channel. Whole
    numbers are exact in float64. A few channels at a time, which stay in the cache.
    """
    n, channels, *size = sums[0].shape
    rows = [part.reshape(n * channels, -1).view(np.int32) for part in sums]
    result = np.empty(rows[0].shape, out.scheme.dtype)
    offset = np.tile(bias.astype(np.float64), n)[:, np.newaxis]
    low, high = activated(np.array([-np.inf, np.inf]), out, activation).astype(np.float64)
    at_once = max(1, _AT_ONCE // max(1, result.shape[1]))
    for at in range(0, len(result), at_once):
        some = slice(at, at + at_once)
        total = offset[some] + rows[-1][some]
        for part, weight in zip(rows[:-1], weights[:-1], strict=True):
            total += np.multiply(part[some], float(weight))
        total *= scale
        np.rint(total, out=total)
        if out.zero_point:
            total += out.zero_point
        np.clip(total, low, high, out=total)
        result[some] = total
    return result.reshape(n, channels, *size)

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
_AT_ONCE = 1 << 16
"""Accumulators brought to codes at once."""
_CODES = 256
_INT16 = 2**15
_BUFFER = 256
"""numpy copies what it broadcasts along rows shorter than its buffer: slower than the sums."""
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


class Requantiser:
    """Codes of acc = bias + total of weight * sum: clip(RNE(acc * scale) + zo), activated.

    `bias` has one value a channel, `low` and `high` bound acc. Whole numbers are exact in float64.
    """

    def __init__(
        self,
        bias: NDArray[np.int64],
        scale: float,
        out: QuantParams,
        activation: str,
        low: int,
        high: int,
        weights: Sequence[int] = (1,),
    ) -> None:
        self._bias = bias.astype(np.float64)[:, np.newaxis]
        self._scale, self._zero, self._lowest = scale, out.zero_point, out.scheme.qmin
        self._weights = [float(weight) for weight in weights[:-1]]
        self._type = out.scheme.dtype
        self._bounds = activated(np.array([-np.inf, np.inf]), out, activation)
        self._quick = len(weights) == 1 and _floor_is_exact(scale, max(-low, high))

    def __call__(self, *sums: Codes) -> Codes:
        """Codes for int32 sums [N, O, ...], one per weight, the last of weight 1.

        A few channels at a time, which stay in the cache.
        """
        n, channels, *size = sums[0].shape
        rows = [part.reshape(n * channels, -1) for part in sums]
        result = np.empty(rows[0].shape, self._type)
        bias = np.tile(self._bias, (n, 1))
        if self._quick:
            # Steps from the lowest code, and a half: their whole part is the code.
            bias = bias * self._scale + (self._zero - self._lowest + 0.5)
        at_once = max(1, _AT_ONCE // max(1, result.shape[1]))
        with np.errstate():
            np.setbufsize(_BUFFER)
            for at in range(0, len(result), at_once):
                some = slice(at, at + at_once)
                total = rows[-1][some].astype(np.float64)
                if self._quick:
                    result[some] = self._floored(total, bias[some])
                else:
                    for part, weight in zip(rows[:-1], self._weights, strict=True):
                        total += np.multiply(part[some], weight)
                    total += bias[some]
                    result[some] = self._rounded(total)
        return result.reshape(n, channels, *size)

    def _floored(self, total: Float64, offset: Float64) -> NDArray[np.int16]:
        total *= self._scale
        total += offset
        # What is below the lowest code is cut towards zero, and becomes the lowest code anyway.
        codes = total.astype(np.int16)
        if self._lowest:
            codes += np.int16(self._lowest)
        return np.clip(codes, *self._bounds.astype(np.int16), out=codes)

    def _rounded(self, total: Float64) -> Float64:
        total *= self._scale
        np.rint(total, out=total)
        if self._zero:
            total += self._zero
        return np.clip(total, *self._bounds.astype(np.float64), out=total)


def _floor_is_exact(scale: float, reach: int) -> bool:
    """Whether RNE(acc * scale) is floor(acc * scale + 1/2), and float64 and int16 hold it all.

    For all |acc| <= reach: scale = p / q is dyadic with p odd, so that acc * p / q is half a
    number only where acc is a multiple of q / 2.
    """
    p, q = scale.as_integer_ratio()
    no_ties = q > 2 * reach
    exact = reach * p + _CODES * q < 2**53
    return no_ties and exact and reach * scale < _INT16 - _CODES

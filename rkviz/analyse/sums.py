"""Error sums at the speed of memory: in blocks that stay in the cache, codes straight from the NPU.

The same numbers as `metrics.error_sums` on the dequantized codes, up to float32 rounding of the
differences. What depends on the float tensor alone is taken once, however many twins it has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import dequantize

Float32 = NDArray[np.float32]

_BLOCK = 1 << 16
"""Elements at once: few enough for the cache, and enough that two Python threads that work beside
each other do not pass most of their time handing over the interpreter."""
_ROW = 1 << 12
"""Elements a BLAS multiplies without starting threads of its own."""
_FAR = 0.1
"""Where sum q*q is below this share of the others, it is not taken from their difference."""


@dataclass(frozen=True, eq=False)
class FloatSums:
    """A float tensor and what is known of it: `saturated` of its values lie outside low .. high."""

    values: Float32
    low: float
    high: float
    square: float
    saturated: int

    @staticmethod
    def of(values: Float32, low: float = -math.inf, high: float = math.inf) -> FloatSums:
        """Sums over `values` of any shape, taken in float64."""
        flat = np.ascontiguousarray(values).reshape(-1)
        below, above = _inside(low, high)
        square, outside = 0.0, 0
        with np.errstate(over="ignore", invalid="ignore"):
            for at in range(0, flat.size, _BLOCK):
                block = flat[at : at + _BLOCK]
                square += _dot(block, block)
                if block.min() < below:
                    outside += int(np.count_nonzero(block < below))
                if block.max() > above:
                    outside += int(np.count_nonzero(block > above))
        if not math.isfinite(square):
            square = error_sums(flat, flat).reference_sq
        return FloatSums(flat, low, high, square, outside)

    @property
    def unchanged(self) -> ErrorSums:
        """The sums against the tensor itself."""
        square = self.square
        return ErrorSums(self.values.size, square, square, square)

    def against(self, codes: NDArray[np.generic], params: QuantParams) -> ErrorSums:
        """The sums against a twin given as codes.

        With d = t - q in float32: sum t*q = sum t*t - sum t*d, sum q*q = sum t*t - 2 sum t*d +
        sum d*d. The cosine keeps its digits close to 1, where an error of sum t*d cancels out.
        """
        flat = np.ascontiguousarray(codes).reshape(-1)
        error_sq, shared, largest = 0.0, 0.0, 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for t, d in self._blocks(flat, params):
                np.subtract(t, d, out=d)
                error_sq += _dot(d, d)
                shared += _dot(t, d)
                largest = max(largest, float(d.max()), -float(d.min()))
            cross, quantized_sq = self.square - shared, self.square - 2 * shared + error_sq
            if not quantized_sq > _FAR * max(self.square, error_sq):
                cross, quantized_sq = self._products(flat, params)
        if not math.isfinite(self.square + error_sq + cross + quantized_sq):
            with np.errstate(over="ignore", invalid="ignore"):
                return error_sums(self.values, dequantize(flat, params), self.low, self.high)
        return ErrorSums(
            count=flat.size,
            reference_sq=self.square,
            quantized_sq=quantized_sq,
            cross=cross,
            error_sq=error_sq,
            max_abs=largest,
            saturated=self.saturated,
        )

    def _products(self, codes: NDArray[np.generic], params: QuantParams) -> tuple[float, float]:
        """sum t*q and sum q*q themselves, for twins that are far off."""
        cross, quantized_sq = 0.0, 0.0
        for t, q in self._blocks(codes, params):
            cross += _dot(t, q)
            quantized_sq += _dot(q, q)
        return cross, quantized_sq

    def _blocks(
        self, codes: NDArray[np.generic], params: QuantParams
    ) -> Iterator[tuple[Float32, Float32]]:
        """Block by block: the float values, and the dequantized codes in a buffer to overwrite."""
        room = np.empty(min(_BLOCK, codes.size), np.float32)
        zero, scale = np.float32(params.zero_point), np.float32(params.scale)
        for at in range(0, codes.size, _BLOCK):
            block = self.values[at : at + _BLOCK]
            q = room[: block.size]
            # A plain copy converts quicker than arithmetic between two types.
            np.copyto(q, codes[at : at + _BLOCK])
            if params.scheme.is_quantized:
                if params.zero_point:
                    np.subtract(q, zero, out=q)
                np.multiply(q, scale, out=q)
            yield block, q


def _dot(a: Float32, b: Float32) -> float:
    """a . b: rows in float32, their total in float64."""
    whole = a.size - a.size % _ROW
    rows = np.vecdot(a[:whole].reshape(-1, _ROW), b[:whole].reshape(-1, _ROW))
    rest = float(np.vecdot(a[whole:], b[whole:])) if whole < a.size else 0.0
    return sum(rows.tolist(), rest)


def _inside(low: float, high: float) -> tuple[np.float32, np.float32]:
    """The float32 values next to `low` and `high`, inside: t < low just when t < the first."""
    with np.errstate(over="ignore"):
        below, above = np.float32(low), np.float32(high)
        if float(below) < low:
            below = np.nextafter(below, np.float32(np.inf))
        if float(above) > high:
            above = np.nextafter(above, np.float32(-np.inf))
    return below, above

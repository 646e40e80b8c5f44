"""What a range would do to a tensor, from its histogram alone: quick enough to follow the mouse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.metrics import ErrorSums
from rkviz.calibrate.histogram import Histogram
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import dequantize, quantize

Numbers = NDArray[np.float64]

_FINE = 4
"""Codes closer than this many bins: where in its bin a number lies decides its rounding error."""


def range_error(histogram: Histogram, params: QuantParams) -> ErrorSums:
    """The error of nothing but storing the numbers of `histogram` in codes of `params`.

    Every bin goes with its middle. Where codes are as fine as bins, what is not clipped has the
    variance of rounding, scale**2 / 12, but for exact zeros. Saturated are the numbers that are
    further from the outermost codes than rounding brings them.
    """
    x, n = _numbers(histogram), histogram.counts.astype(np.float64)
    q = dequantize(quantize(x, params), params).astype(np.float64)
    below, above = _clipped(x, params)
    outside = below | above
    squares = (x - q) ** 2
    if params.scheme.is_quantized and params.scale < _FINE * histogram.width:
        squares = np.where(outside | (x == 0), squares, params.scale**2 / 12)
    return ErrorSums(
        count=histogram.total,
        reference_sq=_sum(n, x * x),
        quantized_sq=_sum(n, q * q),
        cross=_sum(n, x * q),
        error_sq=_sum(n, squares),
        max_abs=float(np.sqrt(squares.max(initial=0.0))),
        saturated=int(n[outside].sum()),
    )


def clipped_shares(histogram: Histogram, params: QuantParams) -> tuple[float, float]:
    """Shares (0..1) of the numbers clipped to the smallest code and to the largest."""
    n, total = histogram.counts, max(histogram.total, 1)
    below, above = _clipped(_numbers(histogram), params)
    return float(n[below].sum()) / total, float(n[above].sum()) / total


def predicted_error(
    histogram: Histogram, params: QuantParams, measured: ErrorSums, before: QuantParams
) -> ErrorSums:
    """A layer's own error with `params`, from the one `measured` with `before`.

    What the layer adds besides storing its output (the steps of its inputs and weights) stays:
    noise = noise of `params` + max(0, measured noise - noise of `before`), as shares of the
    signal, which need not come from the same pictures. That rest is taken for uncorrelated.
    """
    stored, old = range_error(histogram, params), range_error(histogram, before)
    if not (measured.reference_sq and old.reference_sq):
        return stored
    rest = measured.error_sq / measured.reference_sq - old.error_sq / old.reference_sq
    more = max(0.0, rest) * stored.reference_sq
    return replace(stored, error_sq=stored.error_sq + more, quantized_sq=stored.quantized_sq + more)


def counts_over(histogram: Histogram, edges: Numbers) -> Numbers:
    """How many numbers lie between every two of `edges`, a bin's own spread evenly over it."""
    starts = np.arange(histogram.counts.size + 1, dtype=np.float64) + histogram.first
    return _spread(starts * histogram.width, histogram.counts, edges)


def codes_over(histogram: Histogram, params: QuantParams, edges: Numbers) -> Numbers:
    """As `counts_over` once the numbers are codes of `params`, each as wide as its step.

    What is clipped stands in the outermost codes. Float (fp16) is as good as the numbers
    themselves here.
    """
    if not params.scheme.is_quantized:
        return counts_over(histogram, edges)
    codes = quantize(_numbers(histogram), params).astype(np.int64)
    first, last = int(codes.min(initial=0)), int(codes.max(initial=0))
    counts = np.bincount(codes - first, histogram.counts, last - first + 1)
    starts = np.arange(first, last + 2, dtype=np.float64) - params.zero_point - 0.5
    return _spread(starts * params.scale, counts, edges)


def _spread(starts: Numbers, counts: NDArray[np.generic], edges: Numbers) -> Numbers:
    running = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)])
    return np.diff(np.interp(edges, starts, running))


def _sum(counts: Numbers, numbers: Numbers) -> float:
    """Not by a library for matrices: waking its threads takes ten times as long as this."""
    return float(np.einsum("i,i->", counts, numbers))


def _numbers(histogram: Histogram) -> Numbers:
    """One number a bin; no end of the outermost bins lies beyond what was seen."""
    return np.clip(histogram.middles, histogram.low, histogram.high)


def _clipped(x: Numbers, params: QuantParams) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of `x` lie more than half a step below the smallest code, above the largest."""
    half = params.scale / 2 if params.scheme.is_quantized else 0.0
    return x < params.low - half, x > params.high + half

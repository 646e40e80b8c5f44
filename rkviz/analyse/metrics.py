"""How far a quantized tensor is from the float one: sums that add up over pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ErrorSums:
    """Sums over the elements of a float tensor t and its quantized twin q (dequantized).

    All metrics follow from these, and adding two gives the sums over both sets of elements.
    """

    count: int = 0
    reference_sq: float = 0.0
    """sum t*t"""
    quantized_sq: float = 0.0
    """sum q*q"""
    cross: float = 0.0
    """sum t*q"""
    error_sq: float = 0.0
    """sum (t-q)*(t-q)"""
    max_abs: float = 0.0
    """max |t-q|"""
    saturated: int = 0
    """Codes at an end of their range whose float value lies outside it."""

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(
            self.count + other.count,
            self.reference_sq + other.reference_sq,
            self.quantized_sq + other.quantized_sq,
            self.cross + other.cross,
            self.error_sq + other.error_sq,
            max(self.max_abs, other.max_abs),
            self.saturated + other.saturated,
        )

    @property
    def cosine(self) -> float:
        """t.q / (|t| |q|), a similarity: 1 is best. NaN when exactly one of the two is all zero."""
        if self.reference_sq == 0 and self.quantized_sq == 0:
            return 1.0
        norm = math.sqrt(self.reference_sq) * math.sqrt(self.quantized_sq)
        return min(1.0, max(-1.0, self.cross / norm)) if norm > 0 else math.nan

    @property
    def euclidean_norm(self) -> float:
        """| t/|t| - q/|q| |, the toolkit's `eculidean_norm` = sqrt(2 (1 - cosine)); 0 is best.

        1 where exactly one of the two is all zero, as the toolkit prints it.
        """
        cosine = self.cosine
        return 1.0 if math.isnan(cosine) else math.sqrt(max(0.0, 2.0 * (1.0 - cosine)))

    @property
    def snr_db(self) -> float:
        """10 log10(sum t*t / sum (t-q)^2); +inf without error, -inf where t is all zero."""
        if self.error_sq == 0:
            return math.inf
        if self.reference_sq == 0:
            return -math.inf
        return 10.0 * math.log10(self.reference_sq / self.error_sq)

    @property
    def saturated_share(self) -> float:
        """Share of elements that were clipped, 0..1."""
        return self.saturated / self.count if self.count else 0.0


@dataclass(frozen=True)
class Metric:
    """A metric the graph can be coloured by."""

    id: str
    title: str
    unit: str
    higher_is_better: bool
    thresholds: tuple[float, ...]
    """From good to bad: where the colour changes from green over yellow and orange to red."""


METRICS = {
    metric.id: metric
    for metric in (
        Metric("cosine", "Cosine similarity", "", True, (0.999, 0.99, 0.96)),
        Metric("snr_db", "Signal to noise", "dB", True, (30.0, 20.0, 10.0)),
        Metric("euclidean_norm", "Normalised Euclidean distance", "", False, (0.045, 0.14, 0.28)),
        Metric("max_abs", "Largest absolute error", "", False, (0.01, 0.1, 1.0)),
        Metric("saturated_share", "Saturated share", "", False, (0.0001, 0.001, 0.01)),
    )
}


def error_sums(
    reference: NDArray[np.float32],
    quantized: NDArray[np.float32],
    low: float = -math.inf,
    high: float = math.inf,
) -> ErrorSums:
    """Sums over two tensors of one shape; `low`, `high` are the ends of the code range.

    Sums are taken in float64. Where the size depends on the data (boxes that survive, places that
    are not zero) and the two differ, what the shorter one lacks counts as 0.
    """
    t = reference.astype(np.float64).ravel()
    q = quantized.astype(np.float64).ravel()
    if t.size != q.size:
        size = max(t.size, q.size)
        t, q = (np.pad(values, (0, size - values.size)) for values in (t, q))
    d = t - q
    return ErrorSums(
        count=t.size,
        reference_sq=float(t @ t),
        quantized_sq=float(q @ q),
        cross=float(t @ q),
        error_sq=float(d @ d),
        max_abs=float(np.abs(d).max(initial=0.0)),
        saturated=int(np.count_nonzero((t < low) | (t > high))),
    )

"""How the numbers of a tensor are spread, gathered while samples stream by.

Bins have a power of two as width and begin at multiples of it, so that two histograms of
different ranges join exactly: the finer one's bins are added up in pairs until the widths agree.
The width is the smallest that lets the whole range fit into `MOST_BINS`; it depends on nothing but
the numbers seen, never on their order, which makes merging associative and commutative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import DatasetError
from rkviz.progress import Progress, silent

Array = NDArray[np.generic]
Counts = NDArray[np.int64]
Feeds = Mapping[str, NDArray[np.float32]]

MOST_BINS = 1 << 14
"""Bins a histogram has at most; at least half as many cover the range, unless float32 ends."""
_FINEST_BITS = 30
"""A bin is never narrower than this many bits below the largest magnitude."""
_AT_ONCE = 1 << 16
"""Numbers sorted into bins at a time, so that they and their indices stay in the cache."""
_FLOAT32_EXPONENTS = 120


@dataclass(frozen=True, eq=False)
class Histogram:
    """`counts[i]` numbers lie in [(first + i) * width, (first + i + 1) * width).

    `exponent` is log2 of the width; the first and the last bin are not empty. `low` and `high` are
    the smallest and largest finite number (0 and 0 when there is none); `bad` counts NaN and
    infinities.
    """

    exponent: int
    first: int
    counts: Counts
    low: float
    high: float
    bad: int = 0

    def __post_init__(self) -> None:
        self.counts.flags.writeable = False

    @property
    def total(self) -> int:
        """How many finite numbers there are."""
        return int(self.counts.sum())

    @property
    def width(self) -> float:
        return math.ldexp(1.0, self.exponent)

    def merge(self, other: Histogram) -> Histogram:
        """The histogram of the numbers of both."""
        bad = self.bad + other.bad
        if not self.counts.size or not other.counts.size:
            full = self if self.counts.size else other
            return Histogram(full.exponent, full.first, full.counts, full.low, full.high, bad)
        low, high = min(self.low, other.low), max(self.high, other.high)
        exponent = _exponent(low, high)
        first, last = (_bin(edge, exponent) for edge in (low, high))
        counts = np.zeros(last - first + 1, np.int64)
        for part in (self, other):
            start, added = part._coarser(exponent)
            counts[start - first : start - first + added.size] += added
        return Histogram(exponent, first, counts, low, high, bad)

    def _coarser(self, exponent: int) -> tuple[int, Counts]:
        """First bin and counts with bins of width 2**exponent, which is not finer."""
        steps = exponent - self.exponent
        bins = (np.arange(self.counts.size) + self.first) >> min(steps, 62)
        start = int(bins[0])
        return start, np.bincount(bins - start, self.counts).astype(np.int64)

    def coarser(self, most: int) -> Histogram:
        """This in at most `most` bins, those added up in pairs."""
        exponent = self.exponent
        while self.counts.size and _bin(self.high, exponent) - _bin(self.low, exponent) >= most:
            exponent += 1
        first, counts = self._coarser(exponent) if self.counts.size else (0, self.counts)
        return Histogram(exponent, first, counts, self.low, self.high, self.bad)

    def quantile(self, share: float) -> float:
        """The number up to which `share` (0..1) of all numbers lie, right to one bin width.

        It is the lower end of its bin, so that the many zeros behind a relu count as 0. NaN when
        there is no number.
        """
        if not self.counts.size:
            return math.nan
        if share >= 1:
            return self.high
        running = self._running
        index = int(np.searchsorted(running, share * float(running[-1])))
        return max((self.first + index) * self.width, self.low)

    @cached_property
    def _running(self) -> Counts:
        return np.cumsum(self.counts)

    @cached_property
    def middles(self) -> NDArray[np.float64]:
        """A number for each bin: its middle, and 0 for the one that holds the zeros."""
        index = np.arange(self.counts.size) + self.first
        return np.where(index == 0, 0.0, (index + 0.5) * self.width)

    def in_bars(self, bars: int) -> Counts:
        """The counts over `bars` equal parts of low .. high; a bin goes where its middle lies."""
        if not self.counts.size:
            return np.zeros(bars, np.int64)
        middles = (np.arange(self.counts.size) + self.first + 0.5) * self.width
        span = self.high - self.low
        places = (middles - self.low) / span * bars if span else np.full(middles.size, bars / 2)
        index = np.clip(np.floor(places), 0, bars - 1).astype(np.int64)
        return np.bincount(index, self.counts, bars).astype(np.int64)


def observe_histogram(array: Array) -> Histogram:
    """The histogram of the numbers in `array`."""
    flat = np.asarray(array).reshape(-1)
    bad = 0
    if flat.dtype.kind == "f" and not np.isfinite([flat.min(initial=0), flat.max(initial=0)]).all():
        finite = flat[np.isfinite(flat)]
        bad, flat = flat.size - finite.size, finite
    if not flat.size:
        return Histogram(0, 0, np.zeros(0, np.int64), 0.0, 0.0, bad)
    low, high = float(flat.min()), float(flat.max())
    exponent = _exponent(low, high)
    first, last = _bin(low, exponent), _bin(high, exponent)
    counts = np.zeros(last - first + 1, np.int64)
    # Scaling float32 up is exact, so the narrow type does: the whole pass takes half the time.
    scales_up = -_FLOAT32_EXPONENTS <= exponent <= 0 and flat.dtype == np.float32
    kind = np.float32 if scales_up else np.float64
    for at in range(0, flat.size, _AT_ONCE):
        scaled = np.ldexp(flat[at : at + _AT_ONCE].astype(kind, copy=False), -exponent)
        index = np.floor(scaled, out=scaled).astype(np.int64)
        index -= first
        counts += np.bincount(index, minlength=counts.size)
    return Histogram(exponent, first, counts, low, high, bad)


def gather_histograms(
    samples: Iterable[Feeds],
    run: Callable[[Feeds], Iterable[Mapping[str, Array]]],
    names: Collection[str],
    progress: Progress = silent,
    total: int = 0,
) -> dict[str, Histogram]:
    """Value name -> histogram over all `samples`, for those of `names` that hold numbers.

    A pass of its own: sorting into bins takes several times as long as the statistics that
    calibration needs. `run` gives the float tensors of one sample, piece by piece. Raises
    DatasetError when there is no sample.
    """
    found: dict[str, Histogram] = {}
    count = 0
    for feeds in samples:
        progress(count, max(total, count + 1), f"picture {count + 1}")
        _join(found, {name: array for name, array in feeds.items() if name in names})
        for piece in run(feeds):
            seen = {n: a for n, a in piece.items() if n in names and n not in feeds}
            _join(found, seen)
            progress(count, max(total, count + 1), f"picture {count + 1}")
        count += 1
    if not count:
        raise DatasetError("There is no sample to look at; add pictures to the dataset.")
    progress(count, count)
    return found


def _join(found: dict[str, Histogram], arrays: Mapping[str, Array]) -> None:
    for name, array in arrays.items():
        if array.dtype.kind in "buif":
            seen = observe_histogram(array)
            found[name] = found[name].merge(seen) if name in found else seen


def _exponent(low: float, high: float) -> int:
    """log2 of the bin width for numbers from `low` to `high`."""
    exponent = math.frexp(max(abs(low), abs(high)))[1] - _FINEST_BITS
    while _bin(high, exponent) - _bin(low, exponent) >= MOST_BINS:
        exponent += 1
    return exponent


def _bin(value: float, exponent: int) -> int:
    return math.floor(math.ldexp(value, -exponent))

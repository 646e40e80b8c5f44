"""Ranges from what was seen of a tensor: the formula of every `RangeKind`, and its source.

None of them is published for the toolkit's versions 1.x; what its names mean elsewhere is what
stands here. All give a range inside the one that was seen, 0 taken in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.histogram import Histogram
from rkviz.calibrate.stats import CalibrationStats
from rkviz.errors import ConfigError
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import dequantize, quantize
from rkviz.quantize.range_method import RangeKind, RangeMethod

Span = tuple[float, float]
Numbers = NDArray[np.float64]

_ByMethod = dict[tuple[RangeMethod, QuantScheme], Span]
_KNOWN: WeakKeyDictionary[Histogram, _ByMethod] = WeakKeyDictionary()
_KL_BINS = 2048
_KL_FEWEST = 128
"""Bins of the distribution that entropy calibration looks at, and where its search begins."""
_KL_STRIDE = 8
_DEEPEST_CLIP = 2.0**-10
"""Share of the whole range below which no clipping is tried."""
_FIRST_SWEEP = np.geomspace(_DEEPEST_CLIP, 1.0, 65)
_FINER_SWEEPS = (np.linspace(0.88, 1.12, 25), np.linspace(0.98, 1.02, 9))
"""Factors on a bound, sweep by sweep: the toolkit's mmse_epoch is 3 as well."""


def chosen_range(
    stats: CalibrationStats, value: str, method: RangeMethod, scheme: QuantScheme
) -> Span:
    """(low, high) of the graph value `value` by `method`, for codes of `scheme`.

    Raises ConfigError when the value was not observed, or its histogram not gathered.
    """
    low, high = stats.range_of(value)
    whole = min(low, 0.0), max(high, 0.0)
    if not stats.images or method.kind is RangeKind.NORMAL or whole == (0.0, 0.0):
        return whole
    if method.kind is RangeKind.MOVING_AVERAGE:
        bounds = stats.bounds.get(value, np.array([(low, high)]))
        return averaged_range(bounds, method.parameter or 0.0)
    histogram = stats.histograms.get(value)
    if histogram is None:
        raise ConfigError(
            f"How the values of tensor {value!r} are spread was not gathered, which "
            f"{method.kind.value} needs; calibrate again."
        )
    return spread_range(histogram, method, scheme)


def spread_range(histogram: Histogram, method: RangeMethod, scheme: QuantScheme) -> Span:
    """The range of what `histogram` holds by a method that needs no order of pictures.

    It is worked out once for as long as the histogram lives: an edit makes a plan anew.
    """
    if not histogram.counts.size:
        return 0.0, 0.0
    known = _KNOWN.setdefault(histogram, {})
    if (method, scheme) not in known:
        known[method, scheme] = _searched(histogram, method, scheme)
    return known[method, scheme]


def _searched(histogram: Histogram, method: RangeMethod, scheme: QuantScheme) -> Span:
    match method.kind:
        case RangeKind.PERCENTILE:
            return percentile_range(histogram, method.parameter or 100.0)
        case RangeKind.KL_DIVERGENCE:
            return kl_range(histogram, scheme)
        case RangeKind.MMSE:
            return mmse_range(histogram, scheme)
        case _:
            return _whole(histogram)


def averaged_range(bounds: Numbers, weight: float) -> Span:
    """The exponential moving average of minimum and maximum over the pictures, in their order.

    `bounds` (pictures, 2) holds minimum and maximum of each. m_1 = x_1 and
    m_i = (1 - weight) m_(i-1) + weight x_i: Jacob et al. 2018, "Quantization and Training of
    Neural Networks for Efficient Integer-Arithmetic-Only Inference", and PyTorch's
    MovingAverageMinMaxObserver. Pictures without a finite value are passed over.
    """
    rows = bounds[np.isfinite(bounds).all(axis=1)]
    if not rows.size:
        return 0.0, 0.0
    weights = weight * (1 - weight) ** np.arange(len(rows) - 1, -1, -1.0)
    weights[0] = (1 - weight) ** (len(rows) - 1.0)
    # Rounding must not push the average of equal numbers beyond them.
    low, high = np.clip(weights @ rows, rows.min(axis=0), rows.max(axis=0))
    return min(float(low), 0.0), max(float(high), 0.0)


def percentile_range(histogram: Histogram, percent: float) -> Span:
    """The range with (100 - percent) / 2 percent of all values below it and as many above.

    Right to one bin, on the outer side. So onnxruntime's percentile calibration has it for
    asymmetric types.
    """
    tail = (100.0 - percent) / 200.0
    low, high = histogram.quantile(tail), histogram.quantile(1 - tail)
    if tail > 0:
        high = min(high + histogram.width, histogram.high)
    return min(low, 0.0), max(high, 0.0)


def mmse_range(histogram: Histogram, scheme: QuantScheme) -> Span:
    """The clipping that minimises sum((x - dequantised x)**2) over all values.

    Fixed point has few grids: every fraction length from the one of the whole range upwards is
    tried. For u8 both bounds are scaled together from the whole range to its 1000th part, then
    each by itself in ever finer steps; a step is taken where the error falls, so the result is
    never worse than the whole range. After Choukroun et al. 2019, "Low-bit Quantization of Neural
    Networks for Efficient Inference" (MMSE).
    """
    whole = _whole(histogram)
    if whole == (0.0, 0.0):
        return whole
    if scheme.is_fixed_point:
        spans = _fixed_point_spans(*whole, scheme)
        return spans[int(np.argmin(_squared_errors(histogram, spans, scheme)))]
    best = whole
    for factors, sides in (
        (_FIRST_SWEEP, (0, 1)),
        (_FIRST_SWEEP, (0,)),
        (_FIRST_SWEEP, (1,)),
        *((sweep, (side,)) for sweep in _FINER_SWEEPS for side in (0, 1)),
    ):
        bounds = np.repeat([best], len(factors) + 1, axis=0)
        bounds[1:, sides] *= factors[:, np.newaxis]
        spans = [(float(low), float(high)) for low, high in np.clip(bounds, *whole)]
        best = spans[int(np.argmin(_squared_errors(histogram, spans, QuantScheme.U8)))]
    return best


def kl_range(histogram: Histogram, scheme: QuantScheme) -> Span:
    """The clipping after which the codes tell most of the distribution: entropy calibration.

    Migacz 2017, "8-bit Inference with TensorRT": P is the distribution in up to 2048 bins with all
    that is clipped added to the outermost ones; Q is what the codes leave of the unclipped part,
    the mass of each code spread evenly over those of its bins that are not empty; the threshold on
    the magnitude with the smallest sum P log(P / Q) is taken. The exact zeros behind a relu lose
    nothing in any grid, so their bin counts no more than its neighbours (NVIDIA's calibrators
    overwrite it). What is clipped goes to the outermost bin inside that is not empty, which keeps
    the sum finite.
    Types with more codes than bins lose nothing without clipping and keep the whole range.
    """
    whole = _whole(histogram)
    if whole == (0.0, 0.0) or scheme.bits > 8:
        return whole
    bins = _without_zeros(histogram.coarser(_KL_BINS))
    spans = _kl_spans(bins, *whole, scheme)
    return spans[int(np.argmin(_divergences(bins, spans, scheme)))]


def _whole(histogram: Histogram) -> Span:
    return min(histogram.low, 0.0), max(histogram.high, 0.0)


def _fixed_point_spans(low: float, high: float, scheme: QuantScheme) -> list[Span]:
    """`low`..`high` clipped at each power of two, the whole range first."""
    bound = math.ldexp(1.0, math.frexp(max(-low, high))[1])
    steps = (math.ldexp(bound, -step) for step in range(1 - round(math.log2(_DEEPEST_CLIP))))
    spans = [(max(low, -step), min(high, step)) for step in steps]
    return list(dict.fromkeys([(low, high), *spans]))


def _kl_spans(bins: Histogram, low: float, high: float, scheme: QuantScheme) -> list[Span]:
    """Ranges to compare, the whole one first; no other has codes finer than the bins."""
    if scheme.is_fixed_point:
        spans = _fixed_point_spans(low, high, scheme)[1:]
    else:
        most = math.ceil(max(-low, high) / bins.width)
        fewest = max(_KL_FEWEST, most - bins.counts.size)
        thresholds = (bins.width * count for count in range(fewest, most, _KL_STRIDE))
        spans = [(max(low, -t), min(high, t)) for t in thresholds]
    coarse = (span for span in spans if params_from_range(scheme, *span).scale >= bins.width)
    return [(low, high), *coarse]


def _without_zeros(histogram: Histogram) -> Histogram:
    zero, counts = -histogram.first, histogram.counts.copy()
    if 0 <= zero < counts.size > 1:
        beside = [counts[i] for i in (zero - 1, zero + 1) if 0 <= i < counts.size]
        counts[zero] = min(counts[zero], max(beside))
    return Histogram(
        histogram.exponent, histogram.first, counts, histogram.low, histogram.high, histogram.bad
    )


class _Codes:
    """Which bins of a histogram each code of each of some ranges takes.

    `cuts` (ranges, codes + 1): code k of range r takes the bins cuts[r, k] up to cuts[r, k + 1];
    a bin goes with its middle. `reals` (ranges, codes) are the numbers the codes stand for.
    """

    def __init__(self, bins: Histogram, spans: Sequence[Span], scheme: QuantScheme) -> None:
        params = [params_from_range(scheme, *span) for span in spans]
        scale = np.array([[each.scale] for each in params])
        zero_point = np.array([[each.zero_point] for each in params])
        codes = np.arange(scheme.qmin, scheme.qmax + 1)
        self.reals = (codes - zero_point).astype(np.float64) * scale
        edges = (self.reals[:, 1:] - scale / 2) / bins.width - bins.first - 0.5
        inner = np.clip(np.ceil(edges), 0, bins.counts.size).astype(np.int64)
        self.cuts = np.pad(inner, ((0, 0), (1, 1)))
        self.cuts[:, -1] = bins.counts.size

    def sums(self, numbers: NDArray[np.generic]) -> Numbers:
        """(ranges, codes): the sum of `numbers`, one a bin, for each code."""
        return np.diff(_running(numbers)[self.cuts], axis=1)


def _running(numbers: NDArray[np.generic]) -> Numbers:
    return np.concatenate([[0.0], np.cumsum(numbers, dtype=np.float64)])


def _squared_errors(histogram: Histogram, spans: Sequence[Span], scheme: QuantScheme) -> Numbers:
    """sum(n * (x - dequantised x)**2) for each range, with one x a bin."""
    counts, x = histogram.counts, histogram.middles
    if scheme.bits > 8:
        return np.array([_squared_error(x, counts, params_from_range(scheme, *s)) for s in spans])
    codes = _Codes(histogram, spans, scheme)
    n, first, second = (codes.sums(counts * x**power) for power in (0, 1, 2))
    return (second - 2 * codes.reals * first + codes.reals**2 * n).sum(axis=1)


def _squared_error(x: Numbers, counts: NDArray[np.int64], params: QuantParams) -> float:
    return float(counts @ (x - dequantize(quantize(x, params), params)) ** 2)


def _divergences(bins: Histogram, spans: Sequence[Span], scheme: QuantScheme) -> Numbers:
    """sum P log(P / Q) for each range.

    Within a code Q is one number on all bins that are not empty, so the sum needs no more than
    the sums of n and of n log n over the bins of each code.
    """
    counts = bins.counts.astype(np.float64)
    occupied, bounds = np.flatnonzero(counts), np.array(spans)
    starts = (occupied + bins.first) * bins.width
    first, last = np.searchsorted(starts, bounds.T) - [[0], [1]]
    first = occupied[np.minimum(first, occupied.size - 1)]
    last = np.maximum(occupied[np.maximum(last, 0)], first)
    last[bounds[:, 1] >= bins.high] = occupied[-1]
    codes = _Codes(bins, spans, scheme)
    codes.cuts = np.clip(codes.cuts, first[:, np.newaxis], last[:, np.newaxis] + 1)
    codes.cuts[:, 0], codes.cuts[:, -1] = first, last + 1
    mass, filled = codes.sums(counts), codes.sums(counts > 0)
    running, entropy = _running(counts), _running(_n_log_n(counts))
    below, inside = running[first], mass.sum(axis=1)
    above, total = running[-1] - running[last + 1], running[-1]
    level = np.log(np.maximum(mass, 1) / np.maximum(filled, 1))
    rows = np.arange(len(spans))
    at_first = level[rows, np.argmax(mass > 0, axis=1)]
    at_last = level[rows, mass.shape[1] - 1 - np.argmax(mass[:, ::-1] > 0, axis=1)]
    p_log_p = entropy[last + 1] - entropy[first]
    for bin_, more in ((first, below), (last, above)):
        p_log_p += _n_log_n(counts[bin_] + more) - _n_log_n(counts[bin_])
    p_log_q = (mass * level).sum(axis=1) + below * at_first + above * at_last
    return (p_log_p - p_log_q) / total - np.log(total) + np.log(inside)


def _n_log_n(numbers: Numbers) -> Numbers:
    return numbers * np.log(np.maximum(numbers, 1))

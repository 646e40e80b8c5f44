"""How the numbers of a report are written: short, and never rounded up to perfect."""

from __future__ import annotations

import math

_SMALLEST_DISTANCE = 1e-7
_ROUNDING = 1e-12
"""Closer to 1 than the first, a cosine is only told apart from 1, not counted; closer than the
second, the distance is rounding of the sums it is made from."""
_SHOWN_UNITS = {
    "ms": (("ms", 0.1, 1.0), ("µs", 0.0, 1e-3)),
    "B": (("MB", 1e6, 1e6), ("kB", 1e3, 1e3), ("B", 0.0, 1.0)),
}
"""Unit -> (unit shown, from how many on, how many it is)."""


def metric_text(metric: str, value: float) -> str:
    """`value` of the metric with id `metric` as text, without its unit.

    A cosine gets as many decimals as show how far it is from 1 (0.9571, 0.9999960); only a 1
    within rounding is written as 1. Shares are percentages. NaN is written as it is, because it
    means that one of the two tensors is all zero.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if metric == "cosine":
        return _cosine_text(value)
    if metric == "snr_db":
        return _signed(f"{value:.1f}")
    if metric == "saturated_share":
        return f"{amount_text(100 * value)} %"
    return _signed(amount_text(value))


def number_text(value: float) -> str:
    """A range bound or a scale: six significant digits."""
    return _signed(f"{value:.6g}")


def amount_text(value: float) -> str:
    """Milliseconds, frames, megabytes: three significant digits, and never fewer than all before
    the point below 100 000."""
    if value == 0 or 1e-4 <= abs(value) < 1e5:
        return f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
    return "∞" if math.isinf(value) else f"{value:.2e}"


def cost_text(value: float, unit: str) -> str:
    """Milliseconds ("ms") or bytes ("B") in the unit that is short: `5.34 µs`, `12.7 kB`."""
    if value:
        unit, size = next(
            (shown, size) for shown, least, size in _SHOWN_UNITS[unit] if abs(value) >= least
        )
        value /= size
    return f"{amount_text(value)} {unit}"


def shape_text(shape: tuple[int, ...] | None) -> str:
    """`1x16x32x32`, as the report of the toolkit writes it; `?` where nobody could infer it."""
    if shape is None:
        return "?"
    return "x".join(str(size) for size in shape) or "scalar"


def _cosine_text(value: float) -> str:
    distance = 1.0 - value
    if distance < _ROUNDING:
        return "1"
    if distance < _SMALLEST_DISTANCE:
        return "≈ 1"
    decimals = 4 if distance >= 1e-3 else min(7, math.ceil(-math.log10(distance)) + 1)
    return _signed(f"{value:.{decimals}f}")


def _signed(text: str) -> str:
    """With a minus as long as the plus, not a hyphen."""
    return text.replace("-", "−", 1) if text.startswith("-") else text

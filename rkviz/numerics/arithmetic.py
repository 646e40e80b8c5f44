"""The integer arithmetic of the core: quantize, dequantize, rounding, saturation, TP numbers.

Notation as in the NPU notes: RNE is round half to even, f32 rounds to float32, r16 rounds
to the 16 significant bits of the tensor processor (TP).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rkviz.numerics.params import QuantParams

Float64 = NDArray[np.float64]


def saturate(values: NDArray[np.generic], params: QuantParams) -> NDArray[np.generic]:
    """Clip integer-valued `values` to the code range of `params` and store them in its type."""
    scheme = params.scheme
    return np.clip(values, scheme.qmin, scheme.qmax).astype(scheme.dtype)


def quantize(real: NDArray[np.generic], params: QuantParams) -> NDArray[np.generic]:
    """Codes of `real`: q = clip(RNE(x / scale) + zero_point); rounding precedes the zero point.

    NaN becomes the zero point. For FLOAT: x rounded to fp16, saturating at +-65504.
    """
    if not params.scheme.is_quantized:
        with np.errstate(invalid="ignore"):
            return np.clip(real, -65504.0, 65504.0).astype(np.float16)
    # The division is taken in float32, as the host does.
    ratio = np.asarray(real, np.float32) / np.float32(params.scale)
    rounded = np.rint(np.nan_to_num(ratio, nan=0.0, posinf=1e9, neginf=-1e9).astype(np.float64))
    return saturate(rounded + params.zero_point, params)


def dequantize(codes: NDArray[np.generic], params: QuantParams) -> NDArray[np.float32]:
    """Real values of `codes`: (q - zero_point) * scale in float32."""
    if not params.scheme.is_quantized:
        return codes.astype(np.float32)
    shifted = codes.astype(np.float32) - np.float32(params.zero_point)
    return shifted * np.float32(params.scale)


def wrap(acc: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Two's complement wrap of `acc` to `bits` bits, as the accumulators of the NN engine do."""
    half = 1 << (bits - 1)
    return ((acc + half) & ((1 << bits) - 1)) - half


def r16(values: Float64) -> Float64:
    """`values` rounded half to even to 16 significant bits: a TP number."""
    return _round_significant(values, np.rint)


def r16h(values: Float64) -> Float64:
    """As `r16`, ties away from zero."""
    return _round_significant(values, _half_away)


def _half_away(values: Float64) -> Float64:
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def _round_significant(values: Float64, rounding: Callable[[Float64], Float64]) -> Float64:
    mantissa, exponent = np.frexp(np.asarray(values, np.float64))
    return np.ldexp(rounding(np.ldexp(mantissa, 16)), exponent - 16)

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

FP16_LARGEST = 65504.0
FP16_SMALLEST_NORMAL = 2.0**-14


def round_to_codes(values: Float64, params: QuantParams) -> NDArray[np.generic]:
    """Codes of `values`, which count steps of the scale: q = clip(RNE(v) + zero_point).

    NaN becomes the zero point. For FLOAT the values are the real ones and become fp16, one
    rounding, saturating at +-65504.
    """
    if not params.scheme.is_quantized:
        return to_fp16(values)
    codes = np.asarray(np.rint(values) + params.zero_point)
    np.clip(codes, params.scheme.qmin, params.scheme.qmax, out=codes)
    np.copyto(codes, params.zero_point, where=np.isnan(codes))
    return codes.astype(params.scheme.dtype)


def quantize(real: NDArray[np.generic], params: QuantParams) -> NDArray[np.generic]:
    """Codes of `real`: q = clip(RNE(x / scale) + zero_point); rounding precedes the zero point.

    The quotient is taken in float32, as the host does. NaN becomes the zero point.
    For FLOAT: x rounded to fp16, saturating at +-65504.
    """
    if not params.scheme.is_quantized:
        return to_fp16(np.asarray(real, np.float64))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        steps = np.asarray(real, np.float32) / np.float32(params.scale)
    return round_to_codes(steps.astype(np.float64), params)


def dequantize(codes: NDArray[np.generic], params: QuantParams) -> NDArray[np.float32]:
    """Real values of `codes`: (q - zero_point) * scale in float32."""
    if not params.scheme.is_quantized:
        return codes.astype(np.float32)
    shifted = codes.astype(np.float32) - np.float32(params.zero_point)
    return shifted * np.float32(params.scale)


def to_fp16(values: Float64) -> NDArray[np.float16]:
    """`values` in fp16: one RNE from float64, saturating at +-65504; NaN stays."""
    return np.clip(values, -FP16_LARGEST, FP16_LARGEST).astype(np.float16)


def f32_product(a: float, b: float) -> float:
    """f32(a * b) of two float32 values; kept in float64 outside float32, as in `f32_ratio`."""
    return _f32_or_exact(a * b)


def f32_ratio(a: float, b: float) -> float:
    """f32(a / b) of two float32 values.

    The scale of an all-zero fixed-point tensor, 2**-300, is below float32: where the quotient
    leaves float32 it is kept in float64, so that nothing but a zero meets a zero.
    """
    return _f32_or_exact(a / b)


def _f32_or_exact(value: float) -> float:
    with np.errstate(over="ignore", under="ignore"):
        rounded = float(np.float32(value))
    return rounded if rounded != 0 and np.isfinite(rounded) else value


def wrap(acc: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Two's complement wrap of `acc` to `bits` bits, as the accumulators of the NN engine do."""
    half = 1 << (bits - 1)
    return ((acc + half) & ((1 << bits) - 1)) - half


def r16(values: Float64) -> Float64:
    """`values` rounded half to even to 16 significant bits: a TP number."""
    return _round_significant(values, 16, np.rint)


def r16h(values: Float64) -> Float64:
    """As `r16`, ties away from zero."""
    return _round_significant(values, 16, _half_away)


def tp_to_fp16(values: Float64) -> NDArray[np.float16]:
    """TP numbers as the TP writes fp16: 11 significant bits (RNE), below 2**-14 a signed zero.

    Above 65504: 65504 with the sign.
    """
    rounded = _round_significant(values, 11, np.rint)
    flushed = np.where(np.abs(rounded) < FP16_SMALLEST_NORMAL, np.copysign(0.0, rounded), rounded)
    return to_fp16(flushed)


def _half_away(values: Float64) -> Float64:
    return np.copysign(np.floor(np.abs(values) + 0.5), values)


def _round_significant(
    values: Float64, bits: int, rounding: Callable[[Float64], Float64]
) -> Float64:
    mantissa, exponent = np.frexp(np.asarray(values, np.float64))
    return np.ldexp(rounding(np.ldexp(mantissa, bits)), exponent - bits)

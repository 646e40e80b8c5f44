"""Parameters of one tensor, and how a range becomes them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rkviz.numerics.schemes import QuantScheme

_WIDEST = float(np.finfo(np.float32).max)
_EMPTY_FL = 300
"""The fraction length the vendor's quantizer gives a tensor of zeros."""


@dataclass(frozen=True)
class QuantParams:
    """Parameters of one tensor: real = (code - zero_point) * scale.

    `scale` is a float32 value held as a Python float. For dynamic fixed point
    scale = 2**-fl and the zero point is 0; for FLOAT scale is 1 and the zero point 0.
    """

    scheme: QuantScheme
    scale: float = 1.0
    zero_point: int = 0
    fl: int | None = None

    @staticmethod
    def affine(scale: float, zero_point: int) -> QuantParams:
        """u8 with `scale` (rounded to float32) and `zero_point` 0..255."""
        return QuantParams(QuantScheme.U8, float(np.float32(scale)), int(zero_point))

    @staticmethod
    def fixed_point(scheme: QuantScheme, fl: int) -> QuantParams:
        """i8 or i16 with fraction length `fl`; it may be negative or exceed the bits."""
        return QuantParams(scheme, math.ldexp(1.0, -fl), 0, fl)

    @staticmethod
    def floating() -> QuantParams:
        return QuantParams(QuantScheme.FLOAT)

    @property
    def low(self) -> float:
        """Smallest real value a code can stand for."""
        if not self.scheme.is_quantized:
            return -65504.0
        return (self.scheme.qmin - self.zero_point) * self.scale

    @property
    def high(self) -> float:
        """Largest real value a code can stand for."""
        if not self.scheme.is_quantized:
            return 65504.0
        return (self.scheme.qmax - self.zero_point) * self.scale

    def __str__(self) -> str:
        if self.scheme is QuantScheme.U8:
            return f"u8 scale {self.scale:.6g} zero point {self.zero_point}"
        return f"{self.scheme.short} fl {self.fl}" if self.fl is not None else "float (fp16)"


def params_from_range(scheme: QuantScheme, low: float, high: float) -> QuantParams:
    """Parameters for real values in [low, high].

    The range always takes in 0. u8: min and max are cast to float32 (fixed point: they are not),
    scale = f32(f32(max - min) / 255), zero point = RNE(f32(-min / scale)) clipped to 0..255; the
    range itself is not nudged. Fixed point: fl = (bits - 1) - ceil(log2(maxabs)). A range that is
    only 0 gets scale 1 and zero point 0, or fl = 300. Measured on the vendor's quantizer.

    Raises ValueError when low > high or the range is not finite in float32.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or low > high or high - low > _WIDEST:
        raise ValueError(f"not a range: [{low}, {high}]")
    if not scheme.is_quantized:
        return QuantParams.floating()
    low32, high32 = np.float32(min(low, 0.0)), np.float32(max(high, 0.0))
    if scheme is QuantScheme.U8:
        scale = np.float32(np.float32(high32 - low32) / np.float32(255))
        if scale == 0:
            return QuantParams.affine(1.0, 0)
        # In float64 the quotient of a symmetric range falls just below the tie at 127.5.
        zero_point = np.rint(-low32 / scale)
        return QuantParams.affine(float(scale), int(np.clip(zero_point, 0, 255)))
    largest = max(-low, high, 0.0)
    if largest == 0:
        return QuantParams.fixed_point(scheme, _EMPTY_FL)
    mantissa, exponent = math.frexp(largest)
    ceil_log2 = exponent - 1 if mantissa == 0.5 else exponent
    return QuantParams.fixed_point(scheme, (scheme.bits - 1) - ceil_log2)

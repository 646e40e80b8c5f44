"""What a quantized model file states for the codes of a tensor, and what the NPU takes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rkviz.graph.model import Array
from rkviz.numerics import QuantParams, QuantScheme

_RANGES = {
    "uint4": (0, 15),
    "int4": (-8, 7),
    "uint8": (0, 255),
    "int8": (-128, 127),
    "uint16": (0, (1 << 16) - 1),
    "int16": (-(1 << 15), (1 << 15) - 1),
}
_TO_U8 = {"uint8": 0, "uint4": 0, "int8": 128, "int4": 128}
"""Type of the codes -> what is added to code and zero point to make them u8: the same integers."""
_SMALLEST_SCALE = float(np.finfo(np.float32).tiny)
_LARGEST_SCALE = 1e28
"""Beyond it the largest code leaves float32."""


@dataclass(frozen=True, eq=False)
class Affine:
    """real = (code - zero_point) * scale for codes of the numpy type `dtype`.

    `scale` and `zero_point` hold one number, or one for every index along `axis` of the tensor.
    Raises ValueError for numbers no quantizer writes.
    """

    dtype: str
    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    axis: int = 0

    def __post_init__(self) -> None:
        if self.scale.ndim != 1 or self.zero_point.shape != self.scale.shape or not self.scale.size:
            raise ValueError("scales and zero points do not go together")
        if not np.isfinite(self.scale).all() or self.scale.min() < _SMALLEST_SCALE:
            raise ValueError(f"a scale is {float(self.scale.min())}, it must be a positive number")
        if self.scale.max() > _LARGEST_SCALE:
            raise ValueError(f"a scale is {float(self.scale.max())}, more than codes can have")
        low, high = _RANGES.get(self.dtype, (-(1 << 31), (1 << 31) - 1))
        if self.zero_point.min() < low or self.zero_point.max() > high:
            raise ValueError(f"a zero point is not a code of {self.dtype}")

    @property
    def is_per_tensor(self) -> bool:
        """Whether one scale and zero point hold for the whole tensor."""
        same = (self.scale == self.scale[0]) & (self.zero_point == self.zero_point[0])
        return bool(same.all())

    @property
    def is_stored(self) -> bool:
        """Whether a tensor of this type is one the NPU would hold; int32 is for biases only."""
        return self.dtype in _RANGES

    @property
    def params(self) -> QuantParams | None:
        """The same codes as the NPU holds them; None where it has no such type.

        8-bit codes become u8 (int8: 128 is added to code and zero point), int16 becomes i16 where
        the scale is a power of two and the zero point 0.
        """
        if not self.is_per_tensor:
            return None
        scale, zero_point = float(self.scale[0]), int(self.zero_point[0])
        if self.dtype in _TO_U8:
            return QuantParams.affine(scale, zero_point + _TO_U8[self.dtype])
        mantissa, exponent = math.frexp(scale)
        if self.dtype == "int16" and mantissa == 0.5 and zero_point == 0:
            return QuantParams.fixed_point(QuantScheme.I16, 1 - exponent)
        return None

    def codes(self, real: Array) -> Array:
        """RNE(real / scale) + zero point, clipped to the type; the inverse of `real`."""
        shape = [1] * real.ndim
        if self.scale.size > 1:
            shape[self.axis] = self.scale.size
        low, high = _RANGES.get(self.dtype, (-(1 << 31), (1 << 31) - 1))
        with np.errstate(over="ignore", invalid="ignore"):
            steps = np.rint(real.astype(np.float32) / self.scale.reshape(shape))
        whole = np.nan_to_num(steps.astype(np.float64)) + self.zero_point.reshape(shape)
        return np.asarray(np.clip(whole, low, high)).astype(
            np.int32 if self.dtype in ("int4", "uint4") else self.dtype
        )

    def real(self, codes: Array) -> NDArray[np.float32]:
        """(codes - zero_point) * scale, as float32; raises ValueError when the sizes differ.

        Exact for 8 and 16 bits up to the one rounding of the product; biases beyond 24 bits lose
        their last ones.
        """
        shape = [1] * codes.ndim
        if self.scale.size > 1:
            if not 0 <= self.axis < codes.ndim or codes.shape[self.axis] != self.scale.size:
                raise ValueError(f"{self.scale.size} scales for a tensor of {codes.shape}")
            shape[self.axis] = self.scale.size
        wide = np.int32 if self.is_stored else np.int64
        shifted = codes.astype(wide) - self.zero_point.reshape(shape).astype(wide)
        return np.asarray(shifted.astype(np.float32) * self.scale.reshape(shape))

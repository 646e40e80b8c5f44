"""The four number types a layer can have on the NPU."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import DTypeLike


class QuantScheme(Enum):
    """A number type, spelt as in `customized_quantize_layers` of the toolkit's cfg."""

    U8 = "asymmetric_affine-u8"
    I8 = "dynamic_fixed_point-i8"
    I16 = "dynamic_fixed_point-i16"
    FLOAT = "float32"
    """`float32` in a cfg; the device stores and computes fp16."""

    @property
    def short(self) -> str:
        """The badge: u8, i8, i16 or F."""
        return _SHORT[self]

    @property
    def word(self) -> str:
        """As a sentence names it: u8, i8, i16 or float."""
        return self.short if self.is_quantized else "float"

    @property
    def bits(self) -> int:
        """Bits of one stored code (fp16: 16)."""
        return 8 if self in (QuantScheme.U8, QuantScheme.I8) else 16

    @property
    def is_quantized(self) -> bool:
        return self is not QuantScheme.FLOAT

    @property
    def is_fixed_point(self) -> bool:
        """Whether the scale is a power of two without zero point (dynamic fixed point)."""
        return self in (QuantScheme.I8, QuantScheme.I16)

    @property
    def qmin(self) -> int:
        """Smallest code. Undefined for FLOAT."""
        return -(1 << (self.bits - 1)) if self.is_fixed_point else 0

    @property
    def qmax(self) -> int:
        """Largest code. Undefined for FLOAT."""
        return (1 << (self.bits - 1)) - 1 if self.is_fixed_point else 255

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The numpy type of a stored code."""
        return np.dtype(_DTYPE[self])

    @staticmethod
    def from_short(text: str) -> QuantScheme:
        """The scheme with the badge `text`; raises KeyError."""
        return {short: scheme for scheme, short in _SHORT.items()}[text]


_SHORT = {
    QuantScheme.U8: "u8",
    QuantScheme.I8: "i8",
    QuantScheme.I16: "i16",
    QuantScheme.FLOAT: "F",
}
_DTYPE: dict[QuantScheme, DTypeLike] = {
    QuantScheme.U8: np.uint8,
    QuantScheme.I8: np.int8,
    QuantScheme.I16: np.int16,
    QuantScheme.FLOAT: np.float16,
}

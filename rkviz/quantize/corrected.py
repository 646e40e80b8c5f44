"""Weights and biases that a plan takes in place of the network's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.digest import digest
from rkviz.numerics import QuantScheme


@dataclass(frozen=True, eq=False)
class Corrected:
    """Constants of one layer, worked out for it in `scheme` and used only in that type.

    None leaves the network's own. The weights lie on a grid that follows from their smallest and
    largest number, so that whoever quantizes them again gets the same codes.
    """

    scheme: QuantScheme
    weight: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None

    @cached_property
    def digest(self) -> str:
        return digest(self.scheme, self.weight, self.bias)

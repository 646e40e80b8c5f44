"""What calibration knows of every tensor; merging is associative and commutative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.histogram import Histogram
from rkviz.digest import digest
from rkviz.errors import ConfigError


@dataclass(frozen=True)
class TensorStats:
    """Facts of one tensor over some pictures.

    `low` and `high` are the smallest and largest finite values; `total` the sum and `count` the
    number of finite values; `bad` counts NaN and infinities.
    """

    low: float
    high: float
    total: float
    count: int
    bad: int = 0

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    def merge(self, other: TensorStats) -> TensorStats:
        """Statistics over the pictures of both."""
        return TensorStats(
            min(self.low, other.low),
            max(self.high, other.high),
            self.total + other.total,
            self.count + other.count,
            self.bad + other.bad,
        )


@dataclass(frozen=True, eq=False)
class CalibrationStats:
    """Statistics of every value of a graph over a set of pictures.

    `bounds[value]` (pictures, 2) holds the smallest and largest finite value of each picture, +inf
    and -inf where it has none: row i is picture i, so that an average over pictures in their order
    does not depend on the order they were looked at. `histograms` tell how values are spread;
    there are none where nothing asked for them, because gathering them takes longer than all else.
    """

    tensors: Mapping[str, TensorStats]
    images: int
    source: str
    """Digest of graph, pictures and settings this was made from."""
    bounds: Mapping[str, NDArray[np.float64]] = field(default_factory=dict[str, Any])
    histograms: Mapping[str, Histogram] = field(default_factory=dict[str, Histogram])

    @cached_property
    def digest(self) -> str:
        return digest(self.source, self.tensors)

    @property
    def has_histograms(self) -> bool:
        """Whether nothing is left to gather; there is nothing where no picture was looked at."""
        return bool(self.histograms) or not self.images

    def range_of(self, value: str) -> tuple[float, float]:
        """Smallest and largest value seen; raises ConfigError when it was never observed."""
        try:
            stats = self.tensors[value]
        except KeyError:
            raise ConfigError(
                f"Tensor {value!r} was not observed in calibration; calibrate again."
            ) from None
        return stats.low, stats.high

"""What calibration knows of every tensor; merging is associative and commutative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

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
    """Statistics of every value of a graph over a set of pictures."""

    tensors: Mapping[str, TensorStats]
    images: int
    source: str
    """Digest of graph, pictures and settings this was made from."""

    @cached_property
    def digest(self) -> str:
        return digest(self.source, self.tensors)

    def range_of(self, value: str) -> tuple[float, float]:
        """Smallest and largest value seen; raises ConfigError when it was never observed."""
        try:
            stats = self.tensors[value]
        except KeyError:
            raise ConfigError(
                f"Tensor {value!r} was not observed in calibration; calibrate again."
            ) from None
        return stats.low, stats.high

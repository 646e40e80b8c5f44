"""How a range is chosen from what was seen of a tensor: the methods, named as the toolkit does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from rkviz.errors import ConfigError, close_matches


class RangeKind(Enum):
    """The algorithms. `normal`, `kl_divergence` and `mmse` are values of the toolkit's
    quantized_algorithm; it has no other. `rkviz.quantize.range_search` holds the formulas."""

    NORMAL = "normal"
    MOVING_AVERAGE = "moving_average"
    PERCENTILE = "percentile"
    KL_DIVERGENCE = "kl_divergence"
    MMSE = "mmse"

    @property
    def is_of_toolkit(self) -> bool:
        return self in (RangeKind.NORMAL, RangeKind.KL_DIVERGENCE, RangeKind.MMSE)

    @property
    def text(self) -> str:
        """What the method does, in a few words for people."""
        return _TEXTS[self]


_TEXTS: Mapping[RangeKind, str] = {
    RangeKind.NORMAL: "smallest and largest value",
    RangeKind.MOVING_AVERAGE: "minimum and maximum averaged over the pictures",
    RangeKind.PERCENTILE: "the range that holds a share of all values",
    RangeKind.KL_DIVERGENCE: "the clipping that keeps the distribution best",
    RangeKind.MMSE: "the clipping with the least squared error",
}
_PARAMETERS: Mapping[RangeKind, tuple[float, float, float]] = {
    RangeKind.MOVING_AVERAGE: (0.01, 0.0, 1.0),
    RangeKind.PERCENTILE: (99.99, 50.0, 100.0),
}
"""Kind -> default, excluded lower and included upper limit of its parameter."""


@dataclass(frozen=True)
class RangeMethod:
    """An algorithm and its parameter; None takes the default of the kind.

    The parameter of `moving_average` is the weight of each further picture (0.01, as PyTorch's
    MovingAverageMinMaxObserver has it), that of `percentile` the percent of all values inside the
    range (99.99); the other kinds have none. Raises ConfigError.
    """

    kind: RangeKind = RangeKind.NORMAL
    parameter: float | None = None

    def __post_init__(self) -> None:
        limits = _PARAMETERS.get(self.kind)
        if limits is None:
            if self.parameter is not None:
                raise ConfigError(f"{self.kind.value} takes no parameter; leave it out.")
            return
        default, below, most = limits
        number = default if self.parameter is None else float(self.parameter)
        if not (math.isfinite(number) and below < number <= most):
            raise ConfigError(
                f"{self.kind.value} {number:g} cannot be used; give a number above {below:g} up to "
                f"{most:g}, like {default:g}."
            )
        object.__setattr__(self, "parameter", number)

    @staticmethod
    def parse(text: str) -> RangeMethod:
        """The method written as `kind` or `kind:parameter`; raises ConfigError."""
        name, colon, number = text.strip().partition(":")
        known = {kind.value: kind for kind in RangeKind}
        if name not in known:
            raise ConfigError(
                f"Range method {name!r} is not known{close_matches(name, known)}; choose "
                f"{', '.join(known)}."
            )
        try:
            return RangeMethod(known[name], float(number) if colon else None)
        except ValueError:
            raise ConfigError(
                f"Range method {text!r} does not read KIND or KIND:NUMBER, like percentile:99.9."
            ) from None

    def __str__(self) -> str:
        """What `parse` reads."""
        given = self.parameter
        return self.kind.value if given is None else f"{self.kind.value}:{given!r}"

    @property
    def needs_histogram(self) -> bool:
        """Whether smallest and largest values do not tell the range."""
        return self.kind not in (RangeKind.NORMAL, RangeKind.MOVING_AVERAGE)


NORMAL = RangeMethod()


def check_weights_method(method: RangeMethod | None) -> None:
    """Raise ConfigError for a method that says nothing about weights."""
    if method is not None and method.kind is RangeKind.MOVING_AVERAGE:
        raise ConfigError(
            "moving_average cannot be used for weights, which are the same for every picture; "
            "choose normal, percentile, kl_divergence or mmse."
        )

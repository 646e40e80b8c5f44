"""Which repairs the user wants. Imports nothing heavy: projects hold it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rkviz.errors import ConfigError, close_matches


class BiasCorrection(Enum):
    """How biases make up for the mean error of quantized weights."""

    NONE = "none"
    ANALYTIC = "bias"
    """From the mean inputs of the float network, every layer for itself."""
    SEQUENTIAL = "sequential"
    """From the inputs the quantized layers before it really give, strictly layer by layer."""


@dataclass(frozen=True)
class Repairs:
    """The repairs that are on; each works alone, in this order.

    equalize: channels are scaled between neighbouring layers so that one step of the weights fits
    all of them, and what is always there moves into the next bias. rounding: weights are rounded
    to the codes that change the layer's output least. bias: what mean error is left.
    """

    equalize: bool = False
    rounding: bool = False
    bias: BiasCorrection = BiasCorrection.NONE

    @property
    def any(self) -> bool:
        return self != Repairs()

    @property
    def names(self) -> tuple[str, ...]:
        """The repairs that are on, as `parse_repairs` reads them."""
        chosen = {"equalize": self.equalize, "round": self.rounding}
        bias = () if self.bias is BiasCorrection.NONE else (self.bias.value,)
        return (*(name for name, on in chosen.items() if on), *bias)

    def __str__(self) -> str:
        return ", ".join(self.names) or "none"


NO_REPAIRS = Repairs()
AUTO = "auto"
"""The word for having every combination measured and the best one taken."""
REPAIR_NAMES = ("equalize", "round", "bias", "sequential")
"""The words of `Repairs.names`."""

ALL_CHOICES = tuple(
    Repairs(equalize, rounding, bias)
    for equalize in (False, True)
    for rounding in (False, True)
    for bias in BiasCorrection
)
"""Every combination; the first has no repair at all."""


def parse_repairs(text: str) -> Repairs:
    """The repairs that `text` names with commas between, e.g. "equalize,round"; "none" for none.

    Raises ConfigError for other words and for both kinds of bias correction at once.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    words = [] if words == ["none"] else words
    unknown = [word for word in words if word not in REPAIR_NAMES]
    if unknown:
        raise ConfigError(
            f"Repairs are {', '.join(REPAIR_NAMES)}, auto or none.",
            [f"{word!r}{close_matches(word, REPAIR_NAMES)}" for word in unknown],
        )
    kinds = [kind for kind in BiasCorrection if kind.value in words]
    if len(kinds) > 1:
        raise ConfigError("Choose one bias correction: bias or sequential.")
    bias = kinds[0] if kinds else BiasCorrection.NONE
    return Repairs("equalize" in words, "round" in words, bias)

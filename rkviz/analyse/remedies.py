"""What can be done about a finding, as data: for buttons, and for trying it out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.range_method import RangeKind, RangeMethod


@dataclass(frozen=True)
class SetScheme:
    """Run `layers` in `scheme`."""

    layers: tuple[str, ...]
    scheme: QuantScheme


@dataclass(frozen=True)
class SetRange:
    """Set the range of `layer` by hand."""

    layer: str
    low: float
    high: float


@dataclass(frozen=True)
class LeaveOutOutliers:
    """Choose the range of `layer` by a method that leaves out rare values: percentile; mmse and
    kl_divergence do as well."""

    layer: str


@dataclass(frozen=True)
class EqualizeChannels:
    """Rescale the channels of `layers` against those of their neighbours."""

    layers: tuple[str, ...]


@dataclass(frozen=True)
class CorrectBias:
    """Take the mean error of `layers` off their biases."""

    layers: tuple[str, ...]


@dataclass(frozen=True)
class CutConcat:
    """Give what concat `layer` joins outputs of its own: what follows it runs on the board's CPU.

    `values` are the tensors it joins: the outputs of the network that is left.
    """

    layer: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Normalize:
    """Prepare pictures so that 0 .. 255 become `low` .. `high`.

    `input` is the network's input, "" for all of them.
    """

    input: str
    low: float
    high: float

    @property
    def std(self) -> float:
        """y = (x - mean) / std"""
        return 255.0 / (self.high - self.low)

    @property
    def mean(self) -> float:
        return -self.low * self.std + 0.0  # no -0


Remedy = (
    SetScheme | SetRange | LeaveOutOutliers | EqualizeChannels | CorrectBias | CutConcat | Normalize
)


def applied(remedy: Remedy, config: HybridConfig) -> HybridConfig | None:
    """`config` with the remedy; None for one that is no choice of type or range."""
    match remedy:
        case SetScheme(layers, scheme):
            return config.with_scheme(layers, scheme)
        case SetRange(layer, low, high):
            changed = replace(config.for_layer(layer), range=(low, high), params=None)
            return config.with_override(layer, changed)
        case LeaveOutOutliers(layer):
            return config.with_range_method([layer], RangeMethod(RangeKind.PERCENTILE))
        case _:
            return None


def remedy_text(remedy: Remedy) -> str:
    """The remedy in a few English words."""
    match remedy:
        case SetScheme(layers, scheme):
            return f"run {_named(layers)} in {scheme.short}"
        case SetRange(layer, low, high):
            return f"set the range of {layer} to {low:.4g} .. {high:.4g}"
        case LeaveOutOutliers(layer):
            return f"choose the range of {layer} by percentile"
        case EqualizeChannels(layers):
            return f"equalize the channels of {_named(layers)}"
        case CorrectBias(layers):
            return f"correct the biases of {_named(layers)}"
        case CutConcat(layer):
            return f"cut the network at {layer}"
        case Normalize():
            return f"prepare pictures with mean {remedy.mean:g} and std {remedy.std:g}"


def _named(layers: tuple[str, ...]) -> str:
    return layers[0] if len(layers) == 1 else f"{layers[0]} and {len(layers) - 1} more"

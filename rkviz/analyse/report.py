"""AnalysisReport: own and accumulated error of every layer, per picture and over all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rkviz.analyse.metrics import METRICS, ErrorSums
from rkviz.analyse.slices import SliceError

KINDS = ("own", "accumulated")


@dataclass(frozen=True)
class LayerError:
    """Errors of one layer, one entry per picture.

    own: the layer alone is quantized and fed with the float tensors (the toolkit's "individual").
    accumulated: the whole network is quantized (the toolkit's "entire"). Layers that only move or
    select codes have no own error by definition.
    `own_key` and `chain_key` are the digests of what each depends on.
    """

    own: tuple[ErrorSums, ...]
    accumulated: tuple[ErrorSums, ...]
    own_key: str = ""
    chain_key: str = ""
    accumulator: float = 0.0
    """How full the accumulator became in the whole integer network, over all pictures: from 1 on
    it wraps. 0 where it stays below half."""

    def sums(self, kind: str, image: int | None = None) -> ErrorSums:
        """The sums of one picture, or over all when `image` is None."""
        entries = self.own if kind == "own" else self.accumulated
        return sum(entries, ErrorSums()) if image is None else entries[image]


@dataclass(frozen=True, eq=False)
class AnalysisReport:
    """Errors of all layers that ran; their keys tell what of a plan they belong to."""

    layers: Mapping[str, LayerError]
    images: tuple[str, ...]
    outputs: tuple[str, ...]
    """The layers that produce the network's outputs."""
    samples_digest: str
    notes: tuple[str, ...] = ()
    """Sentences for the user: what ran outside the NPU, where an accumulator overflowed."""
    output_slices: Mapping[str, tuple[SliceError, ...]] = field(
        default_factory=dict[str, tuple[SliceError, ...]]
    )
    """Output layer -> its parts judged apart; outputs without parts are not in it."""

    def slices(self, output: str) -> tuple[SliceError, ...]:
        """The parts of the output that layer `output` computes, in its order; () without parts."""
        return self.output_slices.get(output, ())

    def worst_slice(self, output: str) -> SliceError | None:
        """The part of `output` with the lowest SNR, a dead one before all others."""
        parts = self.slices(output)
        return min(parts, key=lambda part: (not part.is_dead, part.sums().snr_db), default=None)

    @cached_property
    def _totals(self) -> Mapping[tuple[str, str], ErrorSums]:
        return {
            (kind, layer): error.sums(kind)
            for kind in KINDS
            for layer, error in self.layers.items()
        }

    def sums(self, layer: str, kind: str, image: int | None = None) -> ErrorSums:
        if image is None:
            return self._totals[kind, layer]
        return self.layers[layer].sums(kind, image)

    def metric(self, metric: str, kind: str, image: int | None = None) -> dict[str, float]:
        """Layer -> number: what colours the graph. Raises KeyError for an unknown metric."""
        if metric not in METRICS:
            raise KeyError(metric)
        return {
            layer: float(getattr(self.sums(layer, kind, image), metric)) for layer in self.layers
        }

    def worst(
        self, metric: str, kind: str, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Layers from worst to best; NaN is the worst."""
        values = self.metric(metric, kind)
        chosen = [(name, values[name]) for name in (among or values) if name in values]
        sign = 1.0 if METRICS[metric].higher_is_better else -1.0
        return sorted(chosen, key=lambda item: (item[1] == item[1], sign * item[1]))

"""How good the outputs of a quantized network are: what the user wants kept, as one number."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.analyse.slices import Slice, output_slices, slice_sums
from rkviz.errors import ConfigError
from rkviz.graph.model import Graph

Array = NDArray[np.generic]
NOTHING_TO_JUDGE = "The network has no output of real numbers that could be judged."
Outputs = Mapping[str, Array]
"""The network's outputs for one picture by name: real numbers, in the shape of the graph."""

QUALITIES = ("snr", "cosine", "worst-slice", "top1", "labels")
"""What can be chosen by name; a function of the user's is the sixth."""


class Quality(Protocol):
    """One number for a network; more is better."""

    @property
    def title(self) -> str:
        """What the number is, for people."""
        ...

    @property
    def unit(self) -> str:
        """Behind the number; "" for shares and cosines."""
        ...

    @property
    def perfect(self) -> float:
        """What no network exceeds."""
        ...

    def one(self, index: int, quantized: Outputs, real: Outputs) -> object:
        """What counts of picture `index`."""
        ...

    def total(self, pictures: Sequence[object]) -> float:
        """The number, from what `one` gave for all pictures."""
        ...


@dataclass(frozen=True)
class OutputSums:
    """Quality from the error sums of the outputs, or of their parts.

    `kind` is "snr": 10 log10 of signal over noise, every output counting alike; "cosine": the
    lowest of all outputs; or "worst-slice": the lowest cosine of all parts of all outputs.
    """

    kind: str
    parts: Mapping[str, tuple[Slice, ...]]
    """Float output -> its parts; without parts it is judged as a whole."""

    @property
    def title(self) -> str:
        return {"snr": "SNR of the outputs", "cosine": "lowest cosine of the outputs"}.get(
            self.kind, "lowest cosine of the outputs' parts"
        )

    @property
    def unit(self) -> str:
        return "dB" if self.kind == "snr" else ""

    @property
    def perfect(self) -> float:
        return math.inf if self.kind == "snr" else 1.0

    def one(self, index: int, quantized: Outputs, real: Outputs) -> object:
        sums: list[ErrorSums] = []
        for name, parts in self.parts.items():
            t, q = _f32(real[name]), _f32(quantized[name])
            if not parts or self.kind != "worst-slice" or t.shape != q.shape:
                sums.append(error_sums(t, q))
            else:
                sums += [entry.sums for entry in slice_sums(parts, t, q)]
        return sums

    def total(self, pictures: Sequence[object]) -> float:
        rows = [row for row in pictures if isinstance(row, list)]
        joined = [sum(column, ErrorSums()) for column in zip(*rows, strict=True)]
        if self.kind == "snr":
            shares = [s.error_sq / s.reference_sq if s.reference_sq else 0.0 for s in joined]
            mean = math.fsum(shares) / max(1, len(shares))
            return -10.0 * math.log10(mean) if mean > 0 else math.inf
        # One of the two all zero: nothing is left of the output.
        return min((0.0 if math.isnan(s.cosine) else s.cosine for s in joined), default=1.0)


@dataclass(frozen=True)
class TopOne:
    """The share of pictures whose largest output is that of the float network, or the label.

    `labels` is the index of the right class for each picture; None compares with float. The first
    output counts, of other pictures in one batch each by itself.
    """

    output: str
    labels: tuple[int, ...] | None = None

    @property
    def title(self) -> str:
        return "top-1 agreement with float" if self.labels is None else "top-1 on labels"

    @property
    def unit(self) -> str:
        return ""

    @property
    def perfect(self) -> float:
        return 1.0

    def one(self, index: int, quantized: Outputs, real: Outputs) -> object:
        found = best_classes(quantized[self.output])
        wanted = best_classes(real[self.output]) if self.labels is None else self.labels[index]
        return float(np.mean(found == wanted))

    def total(self, pictures: Sequence[object]) -> float:
        hits = [hit for hit in pictures if isinstance(hit, float)]
        return math.fsum(hits) / max(1, len(hits))


def quality_named(
    name: str,
    graph: Graph,
    labels: Sequence[int] | None = None,
    computed: Collection[str] | None = None,
) -> Quality:
    """The quality called `name` (one of `QUALITIES`); raises ConfigError.

    `labels` are the classes of the pictures it will be judged on; `computed` are the values that
    can be computed (all of them).
    """
    known = graph.outputs if computed is None else [n for n in graph.outputs if n in computed]
    outputs = [n for n in known if graph.values[n].dtype == "float32"]
    if name not in QUALITIES or not outputs:
        raise ConfigError(
            f"Quality {name!r} is not known; choose {', '.join(QUALITIES)} or FILE.py:function."
            if outputs
            else NOTHING_TO_JUDGE
        )
    if name in ("top1", "labels"):
        if name == "labels" and labels is None:
            raise ConfigError("Quality by labels needs a labels file; name one.")
        return TopOne(outputs[0], tuple(labels or ()) if name == "labels" else None)
    return OutputSums(name, {output: output_slices(graph, output) for output in outputs})


def best_classes(output: Array) -> NDArray[np.intp]:
    """The index of the largest number of every picture of the batch."""
    return np.argmax(output.reshape(output.shape[0] if output.ndim > 1 else 1, -1), axis=1)


def _f32(array: Array) -> NDArray[np.float32]:
    return array.astype(np.float32, copy=False)

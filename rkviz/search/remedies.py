"""Remedies tried out: what each does for every part of the outputs, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rkviz.analyse.remedies import CutConcat, Remedy
from rkviz.analyse.slices import Slice, SliceError, SliceSums, slice_sums
from rkviz.graph.cut import cut
from rkviz.graph.model import Graph
from rkviz.progress import Progress, silent
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.groups import tail
from rkviz.quantize.plan import QuantPlan
from rkviz.search.effect import Part, output_parts
from rkviz.search.judge import Judge
from rkviz.search.quality import Outputs


@dataclass(frozen=True, eq=False)
class Tried:
    """A remedy (None: the plan as it is) with every part of the outputs, and the time in ms.

    `config` is what to apply; of a cut it belongs to the network that is left.
    """

    remedy: Remedy | None
    parts: tuple[SliceError, ...]
    time_ms: float
    config: HybridConfig

    @property
    def worst(self) -> SliceError | None:
        """The part with the lowest SNR, a dead one before all others."""
        return min(self.parts, key=lambda p: (not p.is_dead, p.sums().snr_db), default=None)


def part_errors(
    plan: QuantPlan, judge: Judge, progress: Progress = silent
) -> tuple[SliceError, ...]:
    """The accumulated error of every part of the float outputs of `plan` before `judge`.

    Outputs nothing was joined to are one part; those behind an operator that cannot be run, and
    those whose size depends on the data, are left out. Raises DatasetError, UnsupportedOpError.
    """
    parts = [
        (part.output, _slice(plan.graph, part))
        for part in output_parts(plan.graph)
        if part.output in plan.value_tensor and plan.graph.values[part.output].shape is not None
    ]

    def look(_index: int, held: Outputs, real: Outputs) -> list[SliceSums]:
        found: list[SliceSums] = []
        for output, piece in parts:
            found += slice_sums([piece], *(np.asarray(a[output], np.float32) for a in (real, held)))
        return found

    rows = judge.each(plan, look, progress)
    return tuple(
        SliceError(piece, tuple(row[column] for row in rows))
        for column, (_, piece) in enumerate(parts)
    )


def _slice(graph: Graph, part: Part) -> Slice:
    if part.slice is not None:
        return part.slice
    layer = graph.head(graph.producer[part.output].name)
    return Slice(layer, tuple((0, size) for size in graph.shape(part.output)))


def without_concat(graph: Graph, remedy: CutConcat) -> Graph:
    """`graph` with what the concat joins as outputs, in the place of those it leads to."""
    return cut(graph, outputs=outputs_without(graph, remedy))


def outputs_without(graph: Graph, remedy: CutConcat) -> tuple[str, ...]:
    """The outputs of a network that ends in front of the concat of `remedy`."""
    behind = set(tail(graph, remedy.layer))
    outputs: list[str] = []
    for name in graph.outputs:
        ends_there = graph.producer[name].name in behind
        outputs += remedy.values if ends_there else (name,)
    return tuple(dict.fromkeys(outputs))


def restricted(config: HybridConfig, graph: Graph) -> HybridConfig:
    """`config` without what it says of layers that `graph` does not have."""
    kept = {name: own for name, own in config.overrides.items() if name in graph.by_name}
    return replace(config, overrides=kept)

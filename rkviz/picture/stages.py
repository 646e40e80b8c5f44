"""Stages: stretches of the trunk that work at one resolution, for a look from far away."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from rkviz.graph.model import Graph
from rkviz.picture.layout import Layout

Size = tuple[int, int]


@dataclass(frozen=True)
class Stage:
    """A horizontal band of the picture: `top` and `bottom` are y in the layout's units."""

    title: str
    """Height × width of the maps, "56×56"."""
    top: float
    bottom: float
    layers: tuple[str, ...]
    """The head layers whose boxes stand in the band."""


def stages(graph: Graph, layout: Layout) -> tuple[Stage, ...]:
    """Cut the picture where the trunk changes resolution; empty when it never does.

    A gate that looks at the whole map and comes back (squeeze and excitation) does not cut.
    """
    runs = _runs([(name, _size(graph, name)) for name in layout.trunk])
    if len(runs) < 2:
        return ()
    tops = [layout.rect(names[0])[1] for _, names in runs]
    tops[0] = layout.bounds[1]
    bottoms = [*tops[1:], layout.bounds[1] + layout.bounds[3]]
    middle = layout.rects[:, 1] + layout.rects[:, 3] / 2
    found: list[Stage] = []
    for (size, _), top, bottom in zip(runs, tops, bottoms, strict=True):
        inside = np.flatnonzero((middle >= top) & (middle < bottom))
        layers = tuple(layout.names[row] for row in inside)
        found.append(Stage(f"{size[0]}×{size[1]}", top, bottom, layers))
    return tuple(found)


def _size(graph: Graph, name: str) -> Size | None:
    """Height and width of a layer's first output, None unless it is a batch of maps."""
    outputs = graph.by_name[graph.members[name][-1]].outputs
    value = graph.values.get(outputs[0]) if outputs else None
    if value is None or value.shape is None or len(value.shape) != 4:
        return None
    return value.shape[2], value.shape[3]


def _runs(trunk: list[tuple[str, Size | None]]) -> list[tuple[Size, list[str]]]:
    """Stretches of equal size; what has no size belongs to the stretch before it."""
    sized: list[tuple[Size, str]] = []
    for name, size in trunk:
        last = sized[-1][0] if sized else next((s for _, s in trunk if s), (0, 0))
        sized.append((size or last, name))
    runs = [
        (size, [name for _, name in group]) for size, group in groupby(sized, key=lambda p: p[0])
    ]
    place = 1
    while place < len(runs) - 1:
        before, here, after = runs[place - 1 : place + 2]
        if here[0] == (1, 1) and before[0] == after[0]:
            runs[place - 1 : place + 2] = [(before[0], before[1] + here[1] + after[1])]
            place = max(1, place - 1)
        else:
            place += 1
    return runs

"""The outputs of one picture, float beside quantized: computed on demand, sorted out for views."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import DatasetError
from rkviz.gui.panels.input_preview import Preview, make_preview
from rkviz.gui.panels.output_grids import (
    Grid,
    Numbers,
    grids_of,
    picture_size,
    places_of,
    unfolded,
)
from rkviz.progress import Progress
from rkviz.project import Project
from rkviz.results import Results
from rkviz.textfile import read_text

if TYPE_CHECKING:
    from rkviz.quantize.plan import QuantPlan

MOST_VALUES = 300
_LARGEST_LABELS = 4 << 20
_WORDNET = re.compile(r"n[0-9]{8}\s+")


@dataclass(frozen=True, eq=False)
class OutputValue:
    """One output: the layer that computes it, and its numbers in the shape of the graph.

    `grid`: rows and columns of the one of its grids whose places these are.
    """

    layer: str
    real: Numbers
    emulated: Numbers
    grid: tuple[int, int] | None = None

    @property
    def title(self) -> str:
        """What the user chooses it by."""
        return self.layer if self.grid is None else "{}  {}×{}".format(self.layer, *self.grid)

    @property
    def kind(self) -> str:
        """How it is shown: "classes" for one vector of several numbers, "maps", or "values"."""
        shape = self.real.shape
        if max(shape, default=0) > 2 and max(shape) == self.real.size:
            return "classes"
        if len(shape) == 4 and min(shape[2:]) > 1:
            return "maps"
        return "values"


@dataclass(frozen=True, eq=False)
class PictureOutputs:
    """All outputs of picture `image` by `plan`; `labels` are the names of classes, if any."""

    plan: QuantPlan
    image: int
    name: str
    values: tuple[OutputValue, ...]
    preview: Preview | None
    labels: tuple[str, ...]


def compute_outputs(
    project: Project, results: Results, image: int, progress: Progress
) -> PictureOutputs:
    """Run picture `image` through the float and the quantized network; raises RkvizError."""
    from rkviz import pipeline
    from rkviz.emulate.activations import activations

    plan, dataset = pipeline.plan_of(results), pipeline.dataset_of(results)
    graph = plan.graph
    given = {name for step in plan.steps for layer in step.layers for name in
             graph.by_name[layer].outputs}  # fmt: skip
    names = [
        name
        for name in graph.outputs
        if name in given and graph.values[name].dtype == "float32" and name in graph.producer
    ]
    feeds = pipeline.feeds_of(project, graph, dataset, image)
    found = dict(activations(plan, feeds, names, progress=progress)) if names else {}
    whole = [
        OutputValue(
            graph.producer[name].name,
            np.asarray(found[name].real, np.float32),
            np.asarray(found[name].emulated, np.float32),
        )
        for name in names
    ]
    size = picture_size(graph)
    values = tuple(
        value
        for name, output in zip(names, whole, strict=True)
        for value in with_maps(output, places_of(graph, name)) or on_grids(output, size)
    )
    preview = make_preview(project, pipeline.graph_of(results), dataset, image)
    labels = read_labels(project.labels) if project.labels is not None else ()
    return PictureOutputs(plan, image, dataset.samples[image].name, values, preview, labels)


def with_maps(value: OutputValue, places: Sequence[NDArray[np.int64]]) -> tuple[OutputValue, ...]:
    """`value`, then the maps it was made from; empty without `places`."""
    if not places or value.real.size != value.emulated.size:
        return ()
    real, emulated = value.real.ravel(), value.emulated.ravel()
    maps = (
        OutputValue(value.layer, real[part], emulated[part], (part.shape[2], part.shape[3]))
        for part in places
    )
    return (value, *maps)


def on_grids(value: OutputValue, size: Grid | None) -> tuple[OutputValue, ...]:
    """`value`, then its places on each grid of a detector; a single grid stands for all of it.

    `size` is that of the picture the network takes.
    """
    shape = value.real.shape
    if size is None or len(shape) != 3 or shape[0] != 1 or value.real.size != value.emulated.size:
        return (value,)
    axis = 1 if shape[1] > shape[2] else 2
    grids = grids_of(shape[axis], *size)
    parts = (unfolded(array, axis, grids) for array in (value.real, value.emulated))
    found = tuple(
        OutputValue(value.layer, real, emulated, grid if len(grids) > 1 else None)
        for grid, real, emulated in zip(grids, *parts, strict=True)
    )
    return found if len(found) == 1 else (value, *found)


def read_labels(path: Path) -> tuple[str, ...]:
    """The names of the classes, one a line; raises DatasetError.

    WordNet's numbers, where every line begins with one, are left out.
    """
    text = read_text(path, DatasetError, _LARGEST_LABELS)
    lines = [line.strip() for line in text.rstrip().splitlines()]
    numbered = [_WORDNET.match(line) for line in lines]
    if all(numbered):
        lines = [line[found.end() :] for line, found in zip(lines, numbered, strict=True) if found]
    return tuple(lines)


@dataclass(frozen=True)
class ClassRow:
    """A class among the best of either network; ranks count from 1."""

    index: int
    label: str
    real: float
    emulated: float
    real_rank: int
    emulated_rank: int


def top_classes(output: OutputValue, labels: Sequence[str], count: int = 5) -> list[ClassRow]:
    """The best `count` classes of the float network, then those of the quantized one not among
    them. Of equal numbers the first is the better, as argmax has it."""
    real, emulated = output.real.ravel(), output.emulated.ravel()
    ranks: list[dict[int, int]] = []
    best: list[int] = []
    for values in (real, emulated):
        order = np.argsort(-values, kind="stable")
        ranks.append({int(index): rank for rank, index in enumerate(order, 1)})
        best += [int(index) for index in order[:count]]
    return [
        ClassRow(
            index,
            labels[index] if index < len(labels) else "",
            float(real[index]),
            float(emulated[index]),
            ranks[0][index],
            ranks[1][index],
        )
        for index in dict.fromkeys(best)
    ]


def largest_differences(
    output: OutputValue, count: int = MOST_VALUES
) -> list[tuple[tuple[int, ...], float, float]]:
    """(place, float, quantized) of the `count` values that differ most, those first."""
    real, emulated = output.real.ravel(), output.emulated.ravel()
    if real.size != emulated.size:
        return []
    apart = np.nan_to_num(np.abs(emulated - real), nan=np.inf)
    count = min(count, apart.size)
    worst = np.argpartition(-apart, count - 1)[:count] if count else np.zeros(0, int)
    worst = worst[np.argsort(-apart[worst], kind="stable")]
    places = np.unravel_index(worst, output.real.shape)
    return [
        (tuple(int(axis[n]) for axis in places), float(real[at]), float(emulated[at]))
        for n, at in enumerate(worst)
    ]

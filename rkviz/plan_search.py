"""The best hybrid plan of a project: what a face of rkviz calls to search, and what it searches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rkviz.calibrate.dataset import Dataset
from rkviz.errors import ConfigError
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.pipeline import Feeds, dataset_of, feeds_of, graph_of, limited, plan_with
from rkviz.progress import Progress, silent
from rkviz.project import Project
from rkviz.results import Results
from rkviz.search.effect import Effects, measure_effects
from rkviz.search.judge import Judge
from rkviz.search.labels import labels_of, read_labels
from rkviz.search.optimize import Keep, Task, optimize, uniform_plans
from rkviz.search.own_quality import OwnQuality
from rkviz.search.points import Found, Goal
from rkviz.search.quality import Quality, quality_named
from rkviz.target import target_named

TYPES = (QuantScheme.U8, QuantScheme.I16, QuantScheme.FLOAT)
"""What a layer may have unless the user says otherwise."""
_OWN = re.compile(r"(?P<file>.+\.py):(?P<function>[A-Za-z_]\w*)")


@dataclass(frozen=True)
class SearchRequest:
    """What the user asks of a search.

    `quality` is one of `rkviz.search.quality.QUALITIES` or FILE.py:function; `labels` a file with
    lines `picture class`, for the quality "labels". Effects are measured on the first
    `effect_images` pictures, plans on `judge_images` others. `types` are what layers may have.
    """

    goal: Goal
    quality: str = "snr"
    labels: Path | None = None
    effect_images: int = 4
    judge_images: int = 32
    types: tuple[QuantScheme, ...] = TYPES


def search_plan(
    project: Project,
    results: Results,
    request: SearchRequest,
    progress: Progress = silent,
    keep: Keep = lambda found: None,
) -> Found:
    """Search for a calibrated project; `results` have to be its own, up to the step "quantize".

    `keep` is given what is known after every step. Applying a point is taking its `config` into
    the project. Raises RkvizError, Cancelled.
    """
    graph, dataset = graph_of(results), dataset_of(results)
    judged = judging_pictures(project, dataset, request.judge_images)
    seen = range(min(request.effect_images, limited(dataset, project.calibration_images)))

    def pictures(numbers: range) -> Iterator[Feeds]:
        return (feeds_of(project, graph, dataset, number) for number in numbers)

    names = [dataset.samples[number].name for number in judged]
    with ExitStack() as stack:
        quality = _quality(request, graph, names, stack)
        task = Task(
            plan_of=lambda config: plan_with(project, results, config),
            config=project.config,
            target=target_named(project.target),
            judge=Judge(graph, lambda: pictures(judged), len(judged), quality),
            samples=lambda: pictures(seen),
            images=len(seen),
            goal=request.goal,
            locked=project.locked,
            types=request.types,
            by_part=request.quality == "worst-slice",
        )
        return optimize(task, progress, keep)


def judging_pictures(project: Project, dataset: Dataset, most: int) -> range:
    """The numbers of up to `most` samples (0: all) that calibration did not see.

    Where calibration took all of them, the first ones: nothing better is there.
    """
    begin = limited(dataset, project.calibration_images)
    rest = len(dataset.samples) - begin
    if rest == 0:
        begin, rest = 0, len(dataset.samples)
    return range(begin, begin + (min(most, rest) if most else rest))


def effects_of(
    project: Project,
    results: Results,
    images: int = 4,
    progress: Progress = silent,
    keep: Callable[[Effects], None] | None = None,
    types: tuple[QuantScheme, ...] = TYPES,
) -> Effects:
    """The effect of every layer on the outputs in each of `types`: the ranking without a search.

    `keep` is given what is known after every picture. Raises RkvizError, Cancelled.
    """
    graph, dataset = graph_of(results), dataset_of(results)
    plans = uniform_plans(
        lambda config: plan_with(project, results, config), project.config, graph, (), types
    )
    base = next(iter(plans))
    count = min(images, limited(dataset, project.calibration_images))
    samples = (feeds_of(project, graph, dataset, number) for number in range(count))
    return measure_effects(plans, base, samples, count, progress, found=keep)


def _quality(request: SearchRequest, graph: Graph, names: list[str], stack: ExitStack) -> Quality:
    own = _OWN.fullmatch(request.quality)
    if own is not None:
        return stack.enter_context(OwnQuality(Path(own["file"]), own["function"]))
    labels = None
    if request.quality == "labels":
        if request.labels is None:
            raise ConfigError("Quality by labels needs a labels file; name one.")
        labels = labels_of(read_labels(request.labels), names)
    return quality_named(request.quality, graph, labels)

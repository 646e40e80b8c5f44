"""The best hybrid plan of a project: what a face of rkviz calls to search, and what it searches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from rkviz.analyse.remedies import CutConcat, Remedy, applied
from rkviz.calibrate.stats import CalibrationStats
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.cost import total_cost
from rkviz.errors import ConfigError
from rkviz.graph.model import Graph
from rkviz.judging import judging_set
from rkviz.numerics import QuantScheme
from rkviz.pipeline import (
    dataset_of,
    feeds_of,
    graph_of,
    limited,
    plan_with,
    stats_of,
    with_histograms,
)
from rkviz.progress import Progress, part_of, silent
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.layers import Samples
from rkviz.results import Results
from rkviz.search.effect import Effects, measure_effects
from rkviz.search.judge import Judge
from rkviz.search.labels import labels_of, read_labels
from rkviz.search.optimize import Keep, Task, optimize, uniform_plans
from rkviz.search.own_quality import OwnQuality
from rkviz.search.points import Found, Goal
from rkviz.search.quality import Quality, quality_named
from rkviz.search.remedies import Tried, part_errors, restricted, without_concat
from rkviz.target import target_named

TYPES = (QuantScheme.U8, QuantScheme.I16, QuantScheme.FLOAT)
"""What a layer may have unless the user says otherwise."""
_OWN = re.compile(r"(?P<file>.+\.py):(?P<function>[A-Za-z_]\w*)")


@dataclass(frozen=True)
class SearchRequest:
    """What the user asks of a search.

    `quality` is one of `rkviz.search.quality.QUALITIES` or FILE.py:function; `labels` a file with
    lines `picture class`, for the quality "labels". Effects are measured on the first
    `effect_images` calibration pictures, plans on the project's judging pictures. `types` are what
    layers may have.
    """

    goal: Goal
    quality: str = "snr"
    labels: Path | None = None
    effect_images: int = 4
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
    graph, judging = graph_of(results), judging_set(project, results)
    seen = _first(project, results, request.effect_images)
    with ExitStack() as stack:
        quality = _quality(request, graph, judging.names, stats_of(results), stack)
        task = Task(
            plan_of=lambda config: plan_with(project, results, config),
            config=project.config,
            target=target_named(project.target),
            judge=Judge(graph, judging.samples),
            quality=quality,
            samples=seen,
            goal=request.goal,
            locked=project.locked,
            types=request.types,
            by_part=request.quality == "worst-slice",
        )
        return optimize(task, progress, keep)


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
    graph = graph_of(results)
    plans = uniform_plans(
        lambda config: plan_with(project, results, config), project.config, graph, (), types
    )
    base = next(iter(plans))
    seen = _first(project, results, images)
    return measure_effects(plans, base, seen, progress, found=keep)


def try_remedies(
    project: Project,
    results: Results,
    remedies: Iterable[Remedy],
    images: int = 4,
    progress: Progress = silent,
) -> tuple[Tried, ...]:
    """What each of `remedies` does for every part of the outputs, on judging pictures.

    The first entry is the plan as it is. Remedies that are no choice of type or range and cut
    nothing are left out. Raises RkvizError, Cancelled.
    """
    samples = judging_set(project, results).samples
    count = min(images, samples.count) if images else samples.count
    shown = Samples(lambda: islice(samples.open(), count), count)
    target, programs = target_named(project.target), Programs()
    whole = Judge(graph_of(results), shown, programs)
    cases: list[tuple[Remedy | None, HybridConfig, QuantPlan, Judge]] = [
        (None, project.config, plan_with(project, results, project.config), whole)
    ]
    for remedy in remedies:
        config = applied(remedy, project.config)
        if config is not None and config.needs_histograms:
            results = with_histograms(project, results)
        if config is not None:
            cases.append((remedy, config, plan_with(project, results, config), whole))
        elif isinstance(remedy, CutConcat):
            plan = _cut_plan(project, results, remedy)
            left = Judge(plan.graph, shown, programs)
            cases.append((remedy, restricted(project.config, plan.graph), plan, left))
    tried: list[Tried] = []
    for number, (remedy, config, plan, judge) in enumerate(cases):
        part = part_of(progress, number / len(cases), (number + 1) / len(cases))
        parts = part_errors(plan, judge, part)
        tried.append(Tried(remedy, parts, total_cost(plan, target).milliseconds, config))
    return tuple(tried)


def _cut_plan(project: Project, results: Results, remedy: CutConcat) -> QuantPlan:
    """The plan of the network that ends in front of the concat."""
    target = target_named(project.target)
    if results.repaired is not None:
        done = results.repaired
        left = replace(done, graph=without_concat(done.graph, remedy))
        return left.plan(restricted(project.config, left.graph), target)
    graph = without_concat(graph_of(results), remedy)
    return build_plan(graph, stats_of(results), restricted(project.config, graph), target)


def _first(project: Project, results: Results, images: int) -> Samples:
    """The first `images` pictures of the calibration."""
    graph, dataset = graph_of(results), dataset_of(results)
    count = min(images, limited(dataset, project.calibration_images))
    return Samples(
        lambda: (feeds_of(project, graph, dataset, number) for number in range(count)), count
    )


def _quality(
    request: SearchRequest,
    graph: Graph,
    names: Sequence[str],
    stats: CalibrationStats,
    stack: ExitStack,
) -> Quality:
    own = _OWN.fullmatch(request.quality)
    if own is not None:
        return stack.enter_context(OwnQuality(Path(own["file"]), own["function"]))
    labels = None
    if request.quality == "labels":
        if request.labels is None:
            raise ConfigError("Quality by labels needs a labels file; name one.")
        labels = labels_of(read_labels(request.labels), names)
    return quality_named(request.quality, graph, labels, stats.tensors)

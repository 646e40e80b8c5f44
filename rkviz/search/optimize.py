"""optimize: effects, the Pareto curve, real emulation of its best points, and single swaps."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rkviz.analyse.head_rules import boxes_with_scores
from rkviz.emulate.compiled.float_layers import FloatLayers
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.cost import total_cost
from rkviz.errors import ConfigError
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.progress import Progress, part_of, silent
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.groups import shared_groups, tail
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.layers import Samples
from rkviz.search.effect import Effects, measure_effects
from rkviz.search.judge import Judge
from rkviz.search.options import Options, in_scheme, make_options
from rkviz.search.points import Found, Goal, SearchPoint, best_of, quality_of
from rkviz.search.quality import Quality
from rkviz.target import Target

Keep = Callable[[Found], None]

MOST_ON_CURVE = 160
_ALONG_CURVE = 6
"""Points measured when the user set no goal, and below a limit of time."""
_STEPS_OF_BISECTION = 33
_SWAPS = 10
"""Single swaps tried around the best point."""
_EFFECT_SHARE = 0.5
"""Share of the whole work that goes into the effects, for progress."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is searched, and on which pictures.

    `plan_of` builds the plan of a configuration; `config` is where the search begins; `locked`
    layers keep their type. `types` are those a layer may have. `samples` are the pictures for the
    effects, `judge` has others, on which `quality` counts.
    """

    plan_of: Callable[[HybridConfig], QuantPlan]
    config: HybridConfig
    target: Target
    judge: Judge
    quality: Quality
    samples: Samples
    goal: Goal = field(default_factory=Goal)
    locked: frozenset[str] = frozenset()
    types: tuple[QuantScheme, ...] = (QuantScheme.U8, QuantScheme.I16, QuantScheme.FLOAT)
    by_part: bool = False
    """Whether noise is predicted for every part of an output alike (a worst slice is wanted)."""


def optimize(task: Task, progress: Progress = silent, keep: Keep = lambda found: None) -> Found:
    """Search the best hybrid plan.

    `keep` is given what is known after every step, so that a search that is cancelled (`progress`
    may raise Cancelled) leaves its results. Raises ConfigError when no layer has a choice or no
    network at all could reach the goal, ModelError, UnsupportedOpError, DatasetError.
    """
    floor, limit, quality = task.goal.min_quality, task.goal.max_ms, task.quality
    if not all(math.isfinite(number) for number in (floor, limit) if number is not None) or (
        limit is not None and limit < 0
    ):
        raise ConfigError(
            "The goal of a search is a number: a quality, or milliseconds that are not below 0."
        )
    if floor is not None and floor > quality.perfect:
        raise ConfigError(
            f"No network has more than {quality.perfect:g} as {quality.title}; ask for less than "
            f"{floor:g}."
        )
    return _Search(task, progress, keep).run()


def variants(graph: Graph, locked: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Concats taken out of their groups: none at first, then those that join scores to boxes."""
    heads = tuple(
        finding.layer for finding in boxes_with_scores(graph) if finding.layer not in locked
    )
    return ((), heads) if heads else ((),)


class _Search:
    def __init__(self, task: Task, progress: Progress, keep: Keep) -> None:
        self.task, self.progress, self.keep = task, progress, keep
        self.start_plan = task.plan_of(task.config)
        self.graph = self.start_plan.graph
        self.programs, self.net = Programs(), FloatLayers(self.graph)
        self.tried: dict[HybridConfig, SearchPoint] = {}
        self.found: Found | None = None
        self.evaluations = 0

    def run(self) -> Found:
        task = self.task
        cases = variants(self.graph, task.locked)
        points: list[SearchPoint] = []
        first: Options | None = None
        for number, apart in enumerate(cases):
            options = self._options(apart, number, len(cases))
            began = first or options
            if all(before >= 0 for before in began.base):
                options = replace(options, begun=began.choices.total(began.base))
            first = first or options
            points += [SearchPoint(options, p.types, p.time, p.noise) for p in options.curve]
        assert first is not None
        curve = thinned(points, MOST_ON_CURVE)
        if not curve:
            raise ConfigError("No layer has a choice of type; unlock some, or allow more types.")
        self._keep(curve=curve)
        self._start(first)
        self._verify(curve)
        self._swap()
        self.progress(1, 1)
        self._keep(complete=True)
        assert self.found is not None
        return self.found

    def _options(self, apart: tuple[str, ...], number: int, cases: int) -> Options:
        """Effects and choices with the concats `apart` in float, what they join in own ranges."""
        task, graph = self.task, self.graph
        loose = {head for layer in apart for head in tail(graph, layer)} - task.locked
        config = in_scheme(task.config, graph, sorted(loose), QuantScheme.FLOAT)
        fixed = {h: self.start_plan.scheme[h] for h in graph.heads if graph_locked(graph, h, task)}
        fixed |= dict.fromkeys(loose, QuantScheme.FLOAT)
        plans = uniform_plans(task.plan_of, config, graph, fixed, task.types)
        for scheme, plan in plans.items():
            given = [h for h in graph.heads if h not in fixed and plan.scheme[h] is not scheme]
            fixed |= {head: plan.scheme[head] for head in given}
        fixed |= dict.fromkeys(self.start_plan.skipped, QuantScheme.FLOAT)
        base = next(iter(plans))
        shown = part_of(
            self.progress, _EFFECT_SHARE * number / cases, _EFFECT_SHARE * (number + 1) / cases
        )

        def seen(effects: Effects) -> None:
            if number == 0:
                self._keep(effects=effects)

        effects = measure_effects(plans, base, task.samples, shown, self.programs, self.net, seen)
        if not np.isfinite(effects.reference).all():
            raise ConfigError(
                "The float outputs hold NaN or infinity, so that no plan can be compared with "
                "them; look at mean, std and the weights first."
            )
        schemes = {head: self.start_plan.scheme[head] for head in graph.heads}
        groups = [*_free(shared_groups(graph, apart), fixed)]
        return make_options(
            task.config, plans, effects, groups, fixed, schemes, task.target, task.by_part
        )

    def _start(self, options: Options) -> None:
        """Measure where the search begins."""
        point = self._measured(SearchPoint(options, options.base, *options.begun), self.task.config)
        self._keep(start=point)

    def _verify(self, curve: Sequence[SearchPoint]) -> None:
        goal = self.task.goal
        if goal.min_quality is not None:
            self._bisect(curve, goal.min_quality)
            return
        if goal.max_ms is not None:
            curve = [point for point in curve if point.time_ms <= goal.max_ms] or curve[:1]
            # The nearer to the limit the more points: there the best ones are.
            places = {len(curve) - 1 - (len(curve) - 1) * n // 12 for n in range(_ALONG_CURVE)}
        else:
            places = {round(n * (len(curve) - 1) / (_ALONG_CURVE - 1)) for n in range(_ALONG_CURVE)}
        for place in sorted(places, reverse=True):
            self._measured(curve[place])

    def _bisect(self, curve: Sequence[SearchPoint], floor: float) -> None:
        """Find the fastest point of the curve that reaches `floor`, faster than the start if that
        does."""
        start = self.found.start if self.found else None
        if start is not None and quality_of(start) >= floor:
            curve = [point for point in curve if point.time_ms < start.time_ms]
        steps = thinned(curve, _STEPS_OF_BISECTION)
        low, high = -1, len(steps)
        while high - low > 1:
            middle = (low + high) // 2
            if quality_of(self._measured(steps[middle])) >= floor:
                high = middle
            else:
                low = middle

    def _swap(self) -> None:
        """Improve the best point by giving single groups another type, as long as it helps."""
        goal, left = self.task.goal, _SWAPS
        if goal == Goal():
            return
        while left:
            now = self.found.best if self.found else None
            if now is None or (goal.max_ms is not None and self._is_perfect(now)):
                return
            candidates = self._neighbours(now)
            for candidate in candidates:
                if not left:
                    return
                left -= 1
                self._measured(candidate)
                if self.found and self.found.best is not now:
                    break
            else:
                return

    def _is_perfect(self, point: SearchPoint) -> bool:
        return quality_of(point) >= self.task.quality.perfect

    def _neighbours(self, point: SearchPoint) -> list[SearchPoint]:
        """Points one swap away that may serve the goal better and are not measured, the most
        promising first."""
        goal, options = self.task.goal, point.options
        time, noise = options.choices.total(point.types)
        faster = goal.min_quality is not None and self.found is not None and self.found.reached
        limit = np.inf if goal.max_ms is None else goal.max_ms
        ranked: list[tuple[float, SearchPoint]] = []
        for row in range(len(options.groups)):
            for kind in range(len(options.types)):
                types = (*point.types[:row], kind, *point.types[row + 1 :])
                total = options.choices.total(types)
                if kind == point.types[row] or not np.isfinite(total[1]):
                    continue
                other = SearchPoint(options, types, *total)
                if faster and total[0] < time:
                    ranked.append(((total[1] - noise) / (time - total[0]), other))
                elif not faster and total[0] <= limit and (total[1] < noise or np.isfinite(limit)):
                    ranked.append((total[1], other))
        ranked.sort(key=lambda item: item[0])
        return [other for _, other in ranked if other.config not in self.tried]

    def _measured(self, point: SearchPoint, config: HybridConfig | None = None) -> SearchPoint:
        """`point` emulated on the judging pictures, with the time of its real plan."""
        config = point.config if config is None else config
        if config in self.tried:
            return self.tried[config]
        try:
            plan = self.task.plan_of(config)
        except ConfigError:
            known = replace(point, measured=None)
            self.tried[config] = known
            return known
        title = f"{self.task.quality.title}, plan {self.evaluations + 1}"

        def shown(done: float, total: float, text: str = "") -> None:
            # How many plans there will be is not known: every one takes a part of what is left.
            part = 0.9**self.evaluations * (1 - 0.1 * done / max(1, total))
            self.progress(1 - (1 - _EFFECT_SHARE) * part, 1, title)

        quality = self.task.judge.measure(plan, self.task.quality, shown)
        self.evaluations += 1
        time = total_cost(plan, self.task.target).milliseconds
        done = replace(point, time_ms=time, measured=quality)
        self.tried[config] = done
        points = tuple(p for p in self.tried.values() if p.measured is not None)
        best, reached = best_of(points, self.task.goal)
        self._keep(measured=points, best=best, reached=reached)
        return done

    def _keep(self, **changes: object) -> None:
        """Tell what is known now."""
        if self.found is None:
            effects = changes.pop("effects")
            assert isinstance(effects, Effects)
            quality = self.task.quality
            self.found = Found(effects, quality.title, quality.unit, self.task.goal)
        self.found = replace(self.found, **changes)  # pyright: ignore[reportArgumentType]
        self.keep(self.found)


def uniform_plans(
    plan_of: Callable[[HybridConfig], QuantPlan],
    config: HybridConfig,
    graph: Graph,
    fixed: Collection[str],
    types: Sequence[QuantScheme],
) -> dict[QuantScheme, QuantPlan]:
    """A plan for every type, in which all heads but the `fixed` ones have it.

    Types that would be a third quantised one beside those of fixed layers are left out. Raises
    ConfigError when nothing is left to choose.
    """
    heads = [head for head in graph.heads if head not in fixed]
    plans: dict[QuantScheme, QuantPlan] = {}
    for scheme in types if heads else ():
        try:
            plans[scheme] = plan_of(in_scheme(config, graph, heads, scheme))
        except ConfigError:
            continue
    if not plans:
        raise ConfigError("No layer has a choice of type; unlock some, or allow more types.")
    return plans


def graph_locked(graph: Graph, head: str, task: Task) -> bool:
    """Whether the user locked `head` or what is fused into it."""
    return not task.locked.isdisjoint(graph.members[head])


def _free(
    groups: Iterable[tuple[str, ...]], fixed: Mapping[str, QuantScheme]
) -> Iterator[tuple[str, ...]]:
    """`groups` without the heads whose type is given, which are groups of their own."""
    for group in groups:
        yield from ((head,) for head in group if head in fixed)
        if free := tuple(head for head in group if head not in fixed):
            yield free


def thinned(points: Sequence[SearchPoint], most: int) -> tuple[SearchPoint, ...]:
    """The points no other beats, by rising time; at most `most`, evenly along the curve, the
    fastest and the best among them."""
    by_time = sorted(points, key=lambda point: (point.time_ms, point.noise))
    kept: list[SearchPoint] = []
    for point in by_time:
        if not kept or point.noise < kept[-1].noise:
            kept.append(point)
    if len(kept) <= most:
        return tuple(kept)
    places = np.unique(np.linspace(0, len(kept) - 1, most).round().astype(int))
    return tuple(kept[place] for place in places)

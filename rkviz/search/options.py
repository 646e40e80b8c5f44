"""What there is to choose from: groups of layers, their types, what each costs and disturbs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from rkviz.emulate.cost import layer_costs
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.engines import copies
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.search.effect import Effects, Vector
from rkviz.search.knapsack import Choices, Pair, Point, pareto
from rkviz.target import Engine, Target

MOST_QUANTIZED = 2
"""Quantised types the chip takes in one network."""
_WORST = 1e30
"""Noise over signal where the numbers overflow: no choice is forbidden for it."""


@dataclass(frozen=True, eq=False)
class Options:
    """The choices of one search: `groups` of heads that move together, `types` they may have.

    `base` is the type (index) each group has now, -1 where its layers differ. `choices` has a row
    for each group and a column for each type; time is in ms, noise over signal at the outputs.
    """

    config: HybridConfig
    graph: Graph
    groups: tuple[tuple[str, ...], ...]
    types: tuple[QuantScheme, ...]
    base: tuple[int, ...]
    choices: Choices
    begun: tuple[float, float] = (math.nan, math.nan)

    @cached_property
    def curve(self) -> tuple[Point, ...]:
        """The choices not beaten in both time and noise, by rising time, over all pairs of
        quantised types."""
        found: list[Point] = []
        for columns in _columns(self.types):
            masked = self.choices.noise.copy()
            masked[:, [i for i in range(len(self.types)) if i not in columns]] = np.inf
            found += pareto(replace(self.choices, noise=masked))
        return not_beaten(found)

    def config_of(self, types: Sequence[int]) -> HybridConfig:
        """The configuration in which every group has its type; ranges stay as they are."""
        config = self.config
        for group, now, before in zip(self.groups, types, self.base, strict=True):
            if now != before:
                config = in_scheme(config, self.graph, group, self.types[now])
        return config


def in_scheme(
    config: HybridConfig, graph: Graph, heads: Iterable[str], scheme: QuantScheme
) -> HybridConfig:
    """`config` with all `heads` in `scheme`, and what is fused into them following again."""
    chosen = list(heads)
    config = config.with_scheme(chosen, scheme)
    overrides = dict(config.overrides)
    for name in (name for head in chosen for name in graph.members[head][1:]):
        if name in overrides:
            overrides[name] = overrides[name].in_scheme(None, scheme)
    return replace(config, overrides=overrides)


def not_beaten(points: Iterable[Point]) -> tuple[Point, ...]:
    """Those of `points` no other beats in both time and noise, by rising time."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda point: (point.time, point.noise)):
        if not kept or point.noise < kept[-1].noise:
            kept.append(point)
    return tuple(kept)


def make_options(
    config: HybridConfig,
    plans: Mapping[QuantScheme, QuantPlan],
    effects: Effects,
    groups: Sequence[tuple[str, ...]],
    fixed: Mapping[str, QuantScheme],
    schemes: Mapping[str, QuantScheme],
    target: Target,
    by_part: bool = False,
) -> Options:
    """The choices for `groups`, from uniform `plans` by type and the `effects` measured on them.

    `fixed` heads have only the type given; `schemes` are the types all heads have now. With
    `by_part` every part of the outputs counts alike, else every output.
    """
    graph = next(iter(plans.values())).graph
    types = tuple(dict.fromkeys((*plans, *schemes.values(), *fixed.values())))
    weights = effects.part_weights if by_part else effects.weights
    noise = np.full((len(groups), len(types)), np.inf)
    time = np.zeros_like(noise)
    milliseconds = {scheme: _head_ms(plan, target) for scheme, plan in plans.items()}
    for row, group in enumerate(groups):
        kept = {fixed[head] for head in group if head in fixed}
        for column, scheme in enumerate(types):
            known = scheme if scheme in plans else next(iter(plans))
            if (kept and kept != {scheme}) or (not kept and scheme not in plans):
                continue
            time[row, column] = sum(milliseconds[known].get(head, 0.0) for head in group)
            noise[row, column] = sum(
                _known(float(effects.layers[head].at_outputs(known) @ weights))
                for head in group
                if head in effects.layers
            )
    base = tuple(_common([types.index(schemes[head]) for head in group]) for group in groups)
    pairs = _pairs(graph, plans, effects, groups, types, weights, target)
    return Options(config, graph, tuple(groups), types, base, Choices(time, noise, pairs))


def _common(types: Sequence[int]) -> int:
    return types[0] if len(set(types)) == 1 else -1


def _columns(types: Sequence[QuantScheme]) -> list[tuple[int, ...]]:
    """The columns that may stand together: two quantised types at most, and float."""
    quantized = [i for i, scheme in enumerate(types) if scheme.is_quantized]
    others = tuple(i for i, scheme in enumerate(types) if not scheme.is_quantized)
    most = min(MOST_QUANTIZED, len(quantized))
    return [(*chosen, *others) for chosen in combinations(quantized, most)]


def _head_ms(plan: QuantPlan, target: Target) -> dict[str, float]:
    """Head -> milliseconds of the steps that compute it and what is fused into it."""
    costs = layer_costs(plan, target)
    spent: dict[str, float] = {}
    for step in plan.steps:
        if step.layers:
            head = plan.graph.head(step.name)
            spent[head] = spent.get(head, 0.0) + costs[step.name].milliseconds
    return spent


def _pairs(
    graph: Graph,
    plans: Mapping[QuantScheme, QuantPlan],
    effects: Effects,
    groups: Sequence[tuple[str, ...]],
    types: Sequence[QuantScheme],
    weights: Vector,
    target: Target,
) -> dict[tuple[int, int], Pair]:
    """What converters between groups cost, and what they round off, by the types of the two."""
    place = {head: row for row, group in enumerate(groups) for head in group}
    borders = {
        (value, place[graph.head(node.name)])
        for node in graph.nodes
        for value in graph.data_inputs(node)
        if graph.values[value].dtype == "float32"
        and graph.head(node.name) in place
        and place[graph.head(graph.producer[value].name)] != place[graph.head(node.name)]
    }
    spent = _converter_ms(plans, sorted({value for value, _ in borders}), target)
    pairs: dict[tuple[int, int], Pair] = {}
    count = len(types)
    for value, reader in sorted(borders):
        source = place[graph.head(graph.producer[value].name)]
        time, noise = np.zeros((count, count)), np.zeros((count, count))
        for i, one in enumerate(types):
            for j, other in enumerate(types):
                if i != j and one in plans and other in plans:
                    time[i, j] = spent.get((value, one, other), 0.0)
                    noise[i, j] = _rounded(graph, effects, value, other, weights)
        if source > reader:
            time, noise = time.T, noise.T
        key = (min(source, reader), max(source, reader))
        known = pairs.get(key)
        pairs[key] = Pair(time, noise) if known is None else Pair(
            known.time + time, known.noise + noise
        )  # fmt: skip
    return pairs


def _rounded(
    graph: Graph, effects: Effects, value: str, scheme: QuantScheme, weights: Vector
) -> float:
    """The noise at the outputs of a converter of `value` to `scheme`."""
    node = graph.producer[value]
    if node.op == "Concat" or copies(node):
        # What moves codes was rounded where they were computed.
        sources = graph.data_inputs(node)
        moved = sources if node.op == "Concat" else sources[:1]
        return sum(_rounded(graph, effects, name, scheme, weights) for name in moved)
    known = effects.layers.get(graph.head(node.name))
    return 0.0 if known is None else _known(float(known.converted(scheme) @ weights))


def _known(noise: float) -> float:
    """`noise`; 0 where NaN inside the float network leaves it unknown."""
    return 0.0 if math.isnan(noise) else min(noise, _WORST)


def _converter_ms(
    plans: Mapping[QuantScheme, QuantPlan], values: Sequence[str], target: Target
) -> dict[tuple[str, QuantScheme, QuantScheme], float]:
    """(value, from, to) -> milliseconds of a converter, by the rule of all other steps."""
    some = next(iter(plans.values()))
    steps: list[Step] = []
    tensors = dict(some.tensors)
    named: dict[str, tuple[str, QuantScheme, QuantScheme]] = {}
    for value in values:
        for one, other in ((a, b) for a in plans for b in plans if a is not b):
            if value not in plans[one].value_tensor or value not in plans[other].value_tensor:
                continue
            name = f"{value}:{one.short}:{other.short}"
            held = [plans[s].tensors[plans[s].value_tensor[value]] for s in (one, other)]
            given = f"{name}:given"
            tensors[given] = replace(held[0], name=given)
            tensors[name] = replace(held[1], name=name)
            steps.append(Step(given, "Input", Engine.TP, (), (given,)))
            steps.append(Step(name, "Convert", Engine.TP, (given,), (name,)))
            named[name] = (value, one, other)
    costs = layer_costs(replace(some, steps=tuple(steps), tensors=tensors), target)
    return {key: costs[name].milliseconds for name, key in named.items()}

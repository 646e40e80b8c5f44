"""Named plans of one project, and runs: what a plan measured. Imports nothing heavy."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rkviz.digest import digest
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.repair.choice import Repairs

FIRST_PLAN = "main"
"""The name of a plan nobody named."""
MOST_RUNS = 60
_MOST_CHOICES = 60_000
"""Single layers' choices that all kept runs may hold together: they lie in the project file."""


@dataclass(frozen=True)
class Plan:
    """A branch of the project: the choices two plans of one project can differ in."""

    name: str
    config: HybridConfig
    repairs: Repairs

    @property
    def sort_key(self) -> tuple[tuple[int, int, str], ...]:
        """By name, numbers in it by their value."""
        parts = re.findall(r"[0-9]{1,15}|[^0-9]+", self.name.casefold())
        return tuple((0, int(p), "") if p.isascii() and p.isdigit() else (1, 0, p) for p in parts)


@dataclass(frozen=True)
class OutputNumbers:
    """The accumulated error of one output over all pictures.

    `worst_part` is the slice with the lowest SNR, "" for an output without parts; `dead_parts`
    counts those that quantization made one number of.
    """

    layer: str
    snr_db: float
    cosine: float
    worst_part: str = ""
    worst_cosine: float = 1.0
    dead_parts: int = 0


@dataclass(frozen=True)
class Run:
    """What `plan` measured: on `images` pictures, `when` in local time (ISO 8601).

    `basis` is the digest of all the project held beside the plan: numbers with another one are of
    other pictures or another network. `milliseconds` is the estimate for the chip, `megabytes`
    the size of the weights.
    """

    plan: Plan
    when: str
    basis: str
    images: int
    milliseconds: float
    megabytes: float
    outputs: tuple[OutputNumbers, ...]

    @cached_property
    def key(self) -> str:
        """Equal for two runs of the same choices, whatever the plan is called."""
        return run_key(self.plan, self.basis)

    @property
    def fps(self) -> float:
        return 1000 / self.milliseconds if self.milliseconds else math.inf

    @property
    def snr_db(self) -> float:
        """Of the worst output."""
        return min((_rated(output.snr_db) for output in self.outputs), default=math.nan)

    @property
    def cosine(self) -> float:
        """Of the worst output."""
        return min((_rated(output.cosine) for output in self.outputs), default=math.nan)

    @property
    def worst(self) -> OutputNumbers | None:
        """The output with the worst part, a dead one before all others."""
        return min(
            (output for output in self.outputs if output.worst_part),
            key=lambda output: (not output.dead_parts, _rated(output.worst_cosine)),
            default=None,
        )

    @property
    def dead_parts(self) -> int:
        return sum(output.dead_parts for output in self.outputs)


def run_key(plan: Plan, basis: str) -> str:
    return digest(plan.config, plan.repairs, basis)


def with_run(history: Sequence[Run], run: Run) -> tuple[Run, ...]:
    """`history` with `run` at its end: an older run of the same choices goes, and the oldest go
    where there are more than `MOST_RUNS` or they hold too many choices of single layers."""
    key = run.key
    kept = [*(other for other in history if other.key != key), run][-MOST_RUNS:]
    choices = [len(other.plan.config.overrides) for other in kept]
    while len(kept) > 1 and sum(choices) > _MOST_CHOICES:
        kept, choices = kept[1:], choices[1:]
    return tuple(kept)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, with a number behind it where that name is taken."""
    names = set(taken)
    stem = re.sub(r" [0-9]{1,6}$", "", wanted)
    number, name = 1, wanted
    while name in names:
        number += 1
        name = f"{stem} {number}"
    return name


@dataclass(frozen=True)
class Difference:
    """One layer two plans choose differently for; `before` and `after` are what holds for it,
    defaults filled in."""

    layer: str
    before: LayerConfig
    after: LayerConfig


def differences(
    layers: Iterable[str], before: HybridConfig, after: HybridConfig
) -> list[Difference]:
    """The layers of `layers` whose type, range, parameters or methods differ, in that order."""
    found: list[Difference] = []
    for layer in layers:
        one, other = _effective(before, layer), _effective(after, layer)
        if one != other:
            found.append(Difference(layer, one, other))
    return found


def _effective(config: HybridConfig, layer: str) -> LayerConfig:
    own = config.for_layer(layer)
    scheme: QuantScheme = own.scheme or config.default
    return LayerConfig(
        scheme,
        own.range,
        own.params,
        own.range_method or config.range_method,
        own.weights_method or config.weights_method,
        weights_params=own.weights_params,
    )


def _rated(value: float) -> float:
    """NaN is worse than any number."""
    return -math.inf if math.isnan(value) else value

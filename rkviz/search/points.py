"""What a search finds: points of accuracy and time, each a configuration that says why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from rkviz.search.effect import Effects, snr_db
from rkviz.search.options import Options


@dataclass(frozen=True)
class Goal:
    """Best quality within `max_ms`, or least time with at least `min_quality`.

    Without either, points all along the curve are measured and the user chooses.
    """

    max_ms: float | None = None
    min_quality: float | None = None


@dataclass(frozen=True)
class LayerChoice:
    """A group of layers that a point gives another type than the plan it began with.

    `bought_db`: how much lower the predicted SNR of the outputs would be with the noise it has in
    its former type, all else as chosen. `cost_us`: how much more time it takes, converters included
    (half of one whose other side was chosen too): the costs add up to those of the plan.
    """

    layers: tuple[str, ...]
    scheme: QuantScheme
    bought_db: float
    cost_us: float


@dataclass(frozen=True, eq=False)
class SearchPoint:
    """One choice of types.

    `time_ms` is the estimate for the chip, of the whole plan where the point was measured, else
    the sum over its layers. `measured` is the quality on the judging pictures, None as long as
    nobody measured it.
    """

    options: Options
    types: tuple[int, ...]
    time_ms: float
    noise: float
    measured: float | None = None

    @property
    def predicted_db(self) -> float:
        """The SNR of the outputs that the effects of all layers add up to."""
        return snr_db(self.noise)

    @cached_property
    def config(self) -> HybridConfig:
        """What to apply."""
        return self.options.config_of(self.types)

    @cached_property
    def choices(self) -> tuple[LayerChoice, ...]:
        """Why this point: what differs from the start, what buys most first."""
        found: list[LayerChoice] = []
        options, choices = self.options, self.options.choices
        for row, (now, before) in enumerate(zip(self.types, options.base, strict=True)):
            if now == before or before < 0:
                continue
            more = float(choices.noise[row, before] - choices.noise[row, now])
            spent = float(choices.time[row, now] - choices.time[row, before])
            for (i, j), pair in choices.pairs.items():
                if row in (i, j):
                    other = j if row == i else i
                    share = 0.5 if self.types[other] != options.base[other] else 1.0
                    is_known = options.base[other] >= 0
                    was = pair.time[options.base[i], options.base[j]] if is_known else 0.0
                    spent += share * float(pair.time[self.types[i], self.types[j]] - was)
            if not math.isfinite(more):
                # This choice opens the others: beside it stands where the search began.
                more = options.begun[1] - self.noise
            bought = snr_db(self.noise) - snr_db(self.noise + more) if self.noise > 0 else 0.0
            found.append(
                LayerChoice(
                    options.groups[row],
                    options.types[now],
                    bought if math.isfinite(bought) else 0.0,
                    1000.0 * spent,
                )
            )
        return tuple(sorted(found, key=lambda choice: -choice.bought_db))


@dataclass(frozen=True, eq=False)
class Found:
    """What a search knows so far: a cancelled one keeps the last.

    `start` is the configuration it began with, measured; `curve` the predicted Pareto curve by
    rising time; `measured` all points that were emulated, in the order it happened. `best` fulfils
    the goal as far as possible, and `reached` says whether it does (always, without a goal).
    """

    effects: Effects
    quality_title: str
    quality_unit: str
    goal: Goal
    curve: tuple[SearchPoint, ...] = ()
    start: SearchPoint | None = None
    measured: tuple[SearchPoint, ...] = ()
    best: SearchPoint | None = None
    reached: bool = False
    complete: bool = False


def best_of(points: Sequence[SearchPoint], goal: Goal) -> tuple[SearchPoint | None, bool]:
    """The measured point that serves `goal` best, and whether it reaches it.

    Out of reach, the nearest: the fastest, or the one of highest quality.
    """
    known = [point for point in points if point.measured is not None]
    if not known:
        return None, False
    if goal.max_ms is not None:
        inside = [point for point in known if point.time_ms <= goal.max_ms]
        if not inside:
            return min(known, key=lambda point: point.time_ms), False
        return max(inside, key=lambda point: (quality_of(point), -point.time_ms)), True
    if goal.min_quality is not None:
        good = [point for point in known if quality_of(point) >= goal.min_quality]
        if not good:
            return max(known, key=lambda point: (quality_of(point), -point.time_ms)), False
        return min(good, key=lambda point: (point.time_ms, -quality_of(point))), True
    return max(known, key=lambda point: (quality_of(point), -point.time_ms)), True


def quality_of(point: SearchPoint) -> float:
    """The measured quality; -inf where nobody measured it."""
    return point.measured if point.measured is not None else float("-inf")

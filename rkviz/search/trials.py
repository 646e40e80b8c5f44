"""What repairs are worth: the emulated outputs against the opened network's, on other pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.errors import ConfigError
from rkviz.graph.model import Graph
from rkviz.progress import Progress, part_of, silent
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.choice import ALL_CHOICES, Repairs
from rkviz.repair.layers import Samples
from rkviz.repair.workbench import Workbench
from rkviz.search.judge import Judge
from rkviz.search.quality import NOTHING_TO_JUDGE, Outputs, best_classes

FEW = 16
"""Fewer pictures than this judge by chance."""
_SIMPLER_DB = 0.1
"""So much has another repair to gain to be worth it."""


@dataclass(frozen=True, eq=False)
class OutputErrors:
    """Error of every output, picture by picture, and on how many the best class is the same.

    `agreeing` is None where no output is a vector of classes.
    """

    outputs: Mapping[str, tuple[ErrorSums, ...]]
    agreeing: int | None

    @property
    def pictures(self) -> int:
        return max((len(sums) for sums in self.outputs.values()), default=0)

    @cached_property
    def snr_db(self) -> float:
        """Of the worst output, over all pictures."""
        return min((_total(sums).snr_db for sums in self.outputs.values()), default=math.nan)

    @cached_property
    def mean_db(self) -> float:
        """Mean SNR of all outputs, each from -100 to 100 dB: what tells repairs apart where one
        output is at its worst whatever is done."""
        each = [_number(_total(sums).snr_db) for sums in self.outputs.values()]
        return sum(min(max(db, -100.0), 100.0) for db in each) / max(1, len(each))

    @cached_property
    def cosine(self) -> float:
        """Of the worst output, over all pictures."""
        return min((_total(sums).cosine for sums in self.outputs.values()), default=math.nan)

    @property
    def agreement(self) -> float | None:
        """Share 0..1 of the pictures whose best class is that of the float network."""
        return None if self.agreeing is None else self.agreeing / max(self.pictures, 1)

    def better_on(self, other: OutputErrors) -> int:
        """On how many pictures the worst output is nearer to the float network than `other`."""
        own, others = self._by_picture, other._by_picture
        return sum(mine > theirs for mine, theirs in zip(own, others, strict=True))

    @cached_property
    def _by_picture(self) -> tuple[float, ...]:
        return tuple(
            min(sums[index].snr_db for sums in self.outputs.values())
            for index in range(self.pictures)
        )


@dataclass(frozen=True, eq=False)
class Trial:
    """One choice of repairs and what it measured."""

    repairs: Repairs
    quality: OutputErrors
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Trials:
    """What was tried, in that order; the first is the network without repairs.

    `calibrated` and `judged` count pictures; no picture is in both. `source` is the digest of all
    that it was measured with; `note` a sentence on pictures that were left out, or "".
    """

    rows: tuple[Trial, ...]
    calibrated: int
    judged: int
    source: str = ""
    note: str = ""

    @property
    def plain(self) -> Trial:
        return self.rows[0]

    @property
    def best(self) -> Trial:
        """What measured best at the worst output; of choices as good as equal there the best over
        all outputs, and of these the one with the fewest repairs."""
        most = max(_number(row.quality.snr_db) for row in self.rows)
        good = [r for r in self.rows if _number(r.quality.snr_db) >= most - _SIMPLER_DB]
        most = max(row.quality.mean_db for row in good)
        good = [row for row in good if row.quality.mean_db >= most - _SIMPLER_DB]
        return min(good, key=lambda row: len(row.repairs.names))

    def gain_db(self, row: Trial) -> float:
        """By how much `row` is better than no repair."""
        ours, plain = row.quality.snr_db, self.plain.quality.snr_db
        return 0.0 if ours == plain else ours - plain  # both may be infinite

    @property
    def warning(self) -> str:
        """A sentence where nothing can be told, or the pictures are too few to tell."""
        if math.isnan(self.plain.quality.snr_db):
            return "The float outputs hold NaN or infinity: nothing can be compared with them."
        if self.judged >= FEW:
            return ""
        return (
            f"Only {self.judged} picture(s) judged the repairs: the figures say little; "
            f"leave at least {FEW} out of the calibration."
        )


def try_repairs(
    bench: Workbench,
    config: HybridConfig,
    judging: Samples,
    choices: Sequence[Repairs] = ALL_CHOICES,
    source: str = "",
    progress: Progress = silent,
    publish: Callable[[Trials], None] | None = None,
) -> Trials:
    """Measure every choice on `judging`, pictures the calibration did not see.

    The plan is that of `config`, single layers' types included. The network without repairs is
    measured first. `publish` is told of every finished trial. Raises RkvizError; `progress` may
    raise Cancelled.
    """
    order = [Repairs(), *(choice for choice in choices if choice.any)]
    judge = Judge(bench.opened, judging)
    made = Trials((), bench.samples.count, judging.count, source)
    for number, choice in enumerate(order):
        part = part_of(progress, number / len(order), (number + 1) / len(order))
        row = _same_as_before(made.rows, choice, bench, part_of(part, 0.0, 0.2))
        if row is None:
            repaired = bench.repaired(choice, part_of(part, 0.2, 0.6))
            plan = repaired.plan(config, bench.target)
            quality = output_errors(plan, judge, part_of(part, 0.6, 1.0))
            row = Trial(choice, quality, repaired.notes)
        made = Trials((*made.rows, row), made.calibrated, made.judged, source)
        if publish is not None:
            publish(made)
    return made


def _same_as_before(
    rows: Sequence[Trial], choice: Repairs, bench: Workbench, progress: Progress
) -> Trial | None:
    """The trial of `choice` where equalization is left out and the rest is measured already."""
    rest = replace(choice, equalize=False)
    known = next((row for row in rows if choice.equalize and row.repairs == rest), None)
    notes = () if known is None else bench.not_equalized(progress)
    return Trial(choice, known.quality, notes) if known is not None and notes else None


def output_errors(plan: QuantPlan, judge: Judge, progress: Progress = silent) -> OutputErrors:
    """The emulated outputs of `plan` against the float network, on the pictures of `judge`.

    Raises ConfigError where no output holds real numbers.
    """
    outputs = [
        name
        for name in judge.graph.outputs
        if judge.graph.values[name].dtype == "float32" and name in plan.value_tensor
    ]
    if not outputs:
        raise ConfigError(NOTHING_TO_JUDGE)
    classes = [name for name in outputs if _is_classes(judge.graph, name)]

    def look(_index: int, held: Outputs, real: Outputs) -> tuple[list[ErrorSums], bool]:
        sums = [
            error_sums(np.asarray(real[name], np.float32), np.asarray(held[name], np.float32))
            for name in outputs
        ]
        same = all(np.array_equal(best_classes(held[n]), best_classes(real[n])) for n in classes)
        return sums, same

    rows = judge.each(plan, look, progress)
    errors = {name: tuple(sums[at] for sums, _ in rows) for at, name in enumerate(outputs)}
    return OutputErrors(errors, sum(same for _, same in rows) if classes else None)


def _is_classes(graph: Graph, output: str) -> bool:
    """Whether the output is one vector of more than two numbers."""
    shape = graph.values[output].shape or ()
    return max(shape, default=0) > 2 and max(shape) == graph.values[output].size


def _number(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _total(sums: Sequence[ErrorSums]) -> ErrorSums:
    return sum(sums, ErrorSums())

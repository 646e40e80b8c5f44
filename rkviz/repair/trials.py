"""What repairs are worth: the emulated outputs against the opened network's, on other pictures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.graph.model import Graph
from rkviz.progress import Progress, part_of, silent
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.choice import ALL_CHOICES, Repairs
from rkviz.repair.layers import Feeds, Samples
from rkviz.repair.workbench import Workbench

Array = NDArray[np.generic]

FEW = 16
"""Fewer pictures than this judge by chance."""
_CACHED_BYTES = 128 << 20
_SIMPLER_DB = 0.1
"""So much has another repair to gain to be worth it."""


@dataclass(frozen=True, eq=False)
class Quality:
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
    def cosine(self) -> float:
        """Of the worst output, over all pictures."""
        return min((_total(sums).cosine for sums in self.outputs.values()), default=math.nan)

    @property
    def agreement(self) -> float | None:
        """Share 0..1 of the pictures whose best class is that of the float network."""
        return None if self.agreeing is None else self.agreeing / max(self.pictures, 1)

    def better_on(self, other: Quality) -> int:
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
    quality: Quality
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
        """What measured best; of choices as good as equal the one with the fewest repairs."""
        most = max(_number(row.quality.snr_db) for row in self.rows)
        good = [r for r in self.rows if _number(r.quality.snr_db) >= most - _SIMPLER_DB]
        return min(good, key=lambda row: len(row.repairs.names))

    def gain_db(self, row: Trial) -> float:
        """By how much `row` is better than no repair."""
        return row.quality.snr_db - self.plain.quality.snr_db

    @property
    def warning(self) -> str:
        """A sentence where the pictures are too few to tell."""
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
    reference = Reference(bench.opened, judging.count)
    made = Trials((), bench.samples.count, judging.count, source)
    for number, choice in enumerate(order):
        start, middle, end = ((number + share) / len(order) for share in (0.0, 0.6, 1.0))
        repaired = bench.repaired(choice, part_of(progress, start, middle))
        quality = judge(
            repaired.plan(config, bench.target), reference, judging, part_of(progress, middle, end)
        )
        row = Trial(choice, quality, repaired.notes)
        made = Trials((*made.rows, row), made.calibrated, made.judged, source)
        if publish is not None:
            publish(made)
    return made


class Reference:
    """Outputs of the float network, picture by picture, kept where they are small."""

    def __init__(self, graph: Graph, pictures: int) -> None:
        self.graph = graph
        self.outputs = [name for name in graph.outputs if graph.values[name].dtype == "float32"]
        self._net = FloatNet(graph, self.outputs)
        size = 4 * pictures * sum(graph.values[name].size for name in self.outputs)
        self._keep = size <= _CACHED_BYTES
        self._kept: dict[int, dict[str, Array]] = {}

    def of(self, index: int, feeds: Feeds) -> Mapping[str, Array]:
        """Output value -> array for picture `index`, whose inputs are `feeds`."""
        if index in self._kept:
            return self._kept[index]
        made = self._net.run(feeds)
        if self._keep:
            self._kept[index] = made
        return made


def judge(
    plan: QuantPlan, reference: Reference, samples: Samples, progress: Progress = silent
) -> Quality:
    """The emulated outputs of `plan` against `reference` over `samples`, one at a time."""
    names = [n for n in reference.outputs if n in plan.value_tensor]
    sums: dict[str, list[ErrorSums]] = {name: [] for name in names}
    classes = [name for name in names if _is_classes(reference.graph, name)]
    agreeing, programs = 0, Programs()
    readers = Counter(name for step in plan.steps for name in set(step.inputs))
    readers.update(plan.value_tensor[name] for name in names)
    for index, feeds in enumerate(samples.open()):
        part = part_of(progress, index / samples.count, (index + 1) / samples.count)
        codes = _outputs(plan, feeds, programs, Counter(readers), part)
        floats = reference.of(index, feeds)
        agrees = True
        for name in names:
            tensor = plan.value_tensor[name]
            held = as_real(plan, tensor, codes[tensor])
            real = np.asarray(floats[name], np.float32)
            sums[name].append(error_sums(real, held))
            agrees &= name not in classes or bool(held.argmax() == real.argmax())
        agreeing += agrees
    done = {name: tuple(entries) for name, entries in sums.items()}
    return Quality(done, agreeing if classes else None)


def _outputs(
    plan: QuantPlan, feeds: Feeds, programs: Programs, readers: Counter[str], progress: Progress
) -> dict[str, Array]:
    """Codes of what is still to be read at the end: the outputs."""
    codes: dict[str, Array] = dict(feeds)
    for number, step in enumerate(plan.steps):
        progress(number, len(plan.steps), step.name)
        codes.update(programs.run_step(plan, step, codes))
        for name in {*step.inputs, *step.outputs}:
            readers[name] -= name in step.inputs
            if readers[name] <= 0:
                codes.pop(name, None)
    return codes


def _is_classes(graph: Graph, output: str) -> bool:
    """Whether the output is one vector of more than two numbers."""
    shape = graph.values[output].shape or ()
    return max(shape, default=0) > 2 and max(shape) == graph.values[output].size


def _number(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _total(sums: Sequence[ErrorSums]) -> ErrorSums:
    return sum(sums, ErrorSums())

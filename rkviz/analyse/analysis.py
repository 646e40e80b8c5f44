"""analyse: the float and the integer network side by side, one picture at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.float_tensors import FloatTensors
from rkviz.analyse.metrics import ErrorSums
from rkviz.analyse.notes import NEAR, notes
from rkviz.analyse.output_slices import OutputSlices
from rkviz.analyse.piece_errors import Array, Codes, PieceErrors
from rkviz.analyse.report import AnalysisReport, LayerError
from rkviz.analyse.schedule import schedule
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.progress import Progress, part_of, silent
from rkviz.quantize.plan import QuantPlan, Step

Feeds = Mapping[str, NDArray[np.float32]]

HELD_BYTES = 48 << 20
"""One picture through YOLOv5s at 640 gives 62 MB of codes in u8: those of its first layers go. With
72 MB held the peak of 16 pictures was 37 MB higher."""


class CodeCache:
    """Codes of tensors already emulated, by sample and by all they depend on; least used go first.

    A memory of pure results, and of the programs that gave them: with it a change of one layer
    recomputes only what follows it. The float network of the last graph is kept too.
    """

    def __init__(self, limit_bytes: int = HELD_BYTES) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._entries: OrderedDict[tuple[str, str], Mapping[str, Array]] = OrderedDict()
        self.net: FloatPieces | None = None
        self.programs = Programs()
        self.fillings: dict[tuple[str, str], float] = {}
        """As the codes: how full the few accumulators became that came near their limit."""

    def get(self, sample: str, chain_key: str) -> Mapping[str, Array] | None:
        entry = self._entries.get((sample, chain_key))
        if entry is not None:
            self._entries.move_to_end((sample, chain_key))
        return entry

    def put(self, sample: str, chain_key: str, codes: Mapping[str, Array]) -> None:
        key = (sample, chain_key)
        if key in self._entries:
            return
        self._entries[key] = codes
        self._held += _bytes(codes)
        while self._held > self._limit and self._entries:
            _, dropped = self._entries.popitem(last=False)
            self._held -= _bytes(dropped)

    def float_net(self, plan: QuantPlan, progress: Progress = silent) -> FloatPieces:
        """The float network of `plan` with all values its tensors stand for."""
        wanted = {tensor.value for tensor in plan.tensors.values()} - {""}
        if self.net is None or self.net.graph.digest != plan.graph.digest:
            self.net = FloatPieces(plan.graph, asked=wanted, progress=progress)
        elif not wanted <= self.net.asked:
            asked = self.net.asked | wanted
            self.net = FloatPieces(plan.graph, asked=asked, progress=progress)
        return self.net


def analyse(
    plan: QuantPlan,
    samples: Iterable[Feeds],
    names: Sequence[str],
    samples_digest: str,
    previous: AnalysisReport | None = None,
    cache: CodeCache | None = None,
    progress: Progress = silent,
) -> AnalysisReport:
    """Own and accumulated error of every layer that runs, per picture.

    `samples` yields the float inputs (NCHW) of the pictures called `names`. What an earlier
    report over the same samples already holds for unchanged layers is taken over. One picture is
    in memory at a time; two threads work on it. Raises UnsupportedOpError; `progress` is called
    from the caller's thread and may raise Cancelled, which takes effect between two layers.
    """
    todo = _Todo.of(plan, previous if _same(previous, samples_digest) else None)
    own: dict[str, list[ErrorSums]] = {step.name: [] for step in todo.own}
    accumulated: dict[str, list[ErrorSums]] = {step.name: [] for step in todo.accumulated}
    fillings: dict[str, float] = {}
    judged = OutputSlices(plan)
    if own or accumulated:
        with ThreadPoolExecutor(1) as beside:
            work = _Work(plan, todo, cache or CodeCache(0), progress, len(names), beside, judged)
            for index, feeds in enumerate(samples):
                work.picture(index, f"{samples_digest}:{index}", feeds, own, accumulated)
            fillings = work.fillings
    layers: dict[str, LayerError] = {}
    for step in plan.steps:
        for layer in step.layers:
            kept = previous.layers.get(layer) if previous else None
            layers[layer] = LayerError(
                own=tuple(own[step.name]) if step.name in own else _of(kept).own,
                accumulated=(
                    tuple(accumulated[step.name])
                    if step.name in accumulated
                    else _of(kept).accumulated
                ),
                own_key=plan.own_key[step.name],
                chain_key=plan.chain_key[step.name],
                accumulator=(
                    fillings.get(step.name, 0.0)
                    if step.name in accumulated
                    else _of(kept).accumulator
                ),
            )
    return AnalysisReport(
        layers=layers,
        images=tuple(names),
        outputs=tuple(
            dict.fromkeys(
                plan.graph.producer[name].name
                for name in plan.graph.outputs
                if name in plan.graph.producer
            )
        ),
        samples_digest=samples_digest,
        notes=notes(plan, layers),
        output_slices=judged.by_layer(previous),
    )


def _same(previous: AnalysisReport | None, samples_digest: str) -> bool:
    return previous is not None and previous.samples_digest == samples_digest


def _of(kept: LayerError | None) -> LayerError:
    if kept is None:  # _Todo lists every layer without a usable earlier result
        raise AssertionError("a layer was neither computed nor known")
    return kept


@dataclass(frozen=True)
class _Todo:
    """The steps whose own or accumulated error has to be computed."""

    own: tuple[Step, ...]
    accumulated: tuple[Step, ...]

    @staticmethod
    def of(plan: QuantPlan, previous: AnalysisReport | None) -> _Todo:
        known = previous.layers if previous else {}

        def changed(step: Step, key: Callable[[LayerError], str], now: str) -> bool:
            return any(name not in known or key(known[name]) != now for name in step.layers)

        steps = [step for step in plan.steps if step.layers]
        return _Todo(
            tuple(s for s in steps if changed(s, lambda e: e.own_key, plan.own_key[s.name])),
            tuple(s for s in steps if changed(s, lambda e: e.chain_key, plan.chain_key[s.name])),
        )


class _Work:
    """One analysis: what is to be done for every picture, and how far it is."""

    def __init__(
        self,
        plan: QuantPlan,
        todo: _Todo,
        cache: CodeCache,
        progress: Progress,
        pictures: int,
        beside: ThreadPoolExecutor,
        judged: OutputSlices,
    ) -> None:
        self.judged = judged
        self.plan, self.todo, self.cache = plan, todo, cache
        self.net = cache.float_net(plan, part_of(progress, 0.0, 0.0))
        self.programs = cache.programs
        self.schedule = schedule(plan, self.net.pieces)
        self.progress = progress
        self.beside = beside
        self.total = max(1, pictures * (len(todo.own) + len(todo.accumulated)))
        self.done = 0
        self.fillings: dict[str, float] = {}
        """Step -> how full its accumulator became, of those that came near their limit."""
        self.text = ""

    def picture(
        self,
        index: int,
        sample: str,
        feeds: Feeds,
        own: dict[str, list[ErrorSums]],
        accumulated: dict[str, list[ErrorSums]],
    ) -> None:
        self.text = f"picture {index + 1}"
        self._report()
        floats, chain = FloatTensors(dict(feeds)), self._chain(sample, feeds)
        for piece, values in enumerate(self.net.run(feeds)):
            floats.of.update(values)
            del values  # floats alone decides how long they are held
            errors = self._piece(piece, floats, chain)
            for all_sums, found in ((own, errors.own), (accumulated, errors.accumulated)):
                for name, sums in found.items():
                    all_sums[name].append(sums)
            floats.forget_after(piece, self.schedule.last_piece)

    def _piece(self, piece: int, floats: FloatTensors, chain: _Chain) -> PieceErrors:
        """Judge the steps whose last float tensor this piece of the float network gave."""
        alone = self.schedule.of_piece(self.todo.own, piece)
        errors = PieceErrors(self.plan, self.programs, floats, alone, self.beside)
        before = self.done

        def report() -> None:
            self.done = before + errors.done
            self._report()

        try:
            for step, codes in self._accumulated(piece, chain):
                errors.take(step, codes)
                if codes is not None:
                    self.judged.take(step, codes, floats.of)
                report()
            errors.finish(report)
        finally:
            # Whatever ends this picture early ends the other thread too.
            errors.stop()
        return errors

    def _report(self) -> None:
        self.progress(self.done, self.total, self.text)

    def _chain(self, sample: str, feeds: Feeds) -> _Chain:
        """The whole network in integers, from the deepest tensors that are still known."""
        needed = self._needed(sample, {step.name for step in self.todo.accumulated})
        last_use = {name: step.name for step in needed for name in step.inputs if name}
        return _Chain(sample, needed, last_use, dict(feeds))

    def _accumulated(self, piece: int, chain: _Chain) -> Iterator[tuple[Step, Codes | None]]:
        """Take the chain through the steps of one piece: each with its codes, where wanted."""
        sample, codes = chain.sample, chain.codes
        wanted = {step.name for step in self.todo.accumulated}
        for step in self.schedule.of_piece(chain.needed, piece):
            key = self.plan.chain_key[step.name]
            result = self.cache.get(sample, key)
            if result is None:
                result = self._run(step, codes, (sample, key))
                self.cache.put(sample, key, result)
            codes.update(result)
            filling = self.cache.fillings.get((sample, key), 0.0)
            if filling > self.fillings.get(step.name, 0.0):
                self.fillings[step.name] = filling
            yield step, result if step.name in wanted else None
            for name in step.inputs:
                if chain.last_use.get(name) == step.name:
                    codes.pop(name, None)

    def _run(
        self, step: Step, codes: Mapping[str, Array], key: tuple[str, str]
    ) -> dict[str, Array]:
        def observe(_: Step, filling: float) -> None:
            if filling >= NEAR:
                self.cache.fillings[key] = filling

        return self.programs.run_step(self.plan, step, codes, observe)

    def _needed(self, sample: str, wanted: set[str]) -> list[Step]:
        """`wanted` and the steps before them whose codes are not in the cache, in order."""
        needed: set[str] = set()
        for step in reversed(self.plan.steps):
            asked = step.name in wanted or step.name in needed
            if not asked:
                continue
            needed.add(step.name)
            if self.cache.get(sample, self.plan.chain_key[step.name]) is None:
                for name in step.inputs:
                    if name in self.plan.producer:
                        needed.add(self.plan.producer[name].name)
        return [step for step in self.plan.steps if step.name in needed]


@dataclass
class _Chain:
    """Where the integer network of one picture stands: the steps to run, the codes still read."""

    sample: str
    needed: list[Step]
    last_use: Mapping[str, str]
    codes: dict[str, Array]


def _bytes(codes: Mapping[str, Array]) -> int:
    return sum(array.nbytes for array in codes.values())

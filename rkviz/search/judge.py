"""The judge: emulates a plan on the judging pictures and gives its quality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.graph.model import Graph
from rkviz.progress import Progress, silent
from rkviz.quantize.plan import QuantPlan
from rkviz.repair.layers import Samples
from rkviz.search.quality import Outputs, Quality

Array = NDArray[np.generic]
Feeds = Mapping[str, NDArray[np.float32]]

HELD_BYTES = 256 << 20
"""Prepared pictures kept, so that they are read once."""
_LOOK_S = 0.05
_WORKERS = 2


class Judge:
    """Measures plans on pictures that took no part in calibration.

    `graph` is the float network the outputs are compared with. Two threads work on two pictures.
    """

    def __init__(
        self,
        graph: Graph,
        samples: Samples,
        quality: Quality,
        programs: Programs | None = None,
    ) -> None:
        self.quality, self.count = quality, samples.count
        self._graph, self._samples = graph, samples
        self._programs = programs or Programs()
        self._real: list[Outputs] = []
        self._fed: list[Feeds] | None = None

    def measure(self, plan: QuantPlan, progress: Progress = silent) -> float:
        """The quality of `plan`. `progress` counts pictures and may raise Cancelled."""
        results: dict[int, object] = {}
        waiting: set[Future[tuple[int, object]]] = set()

        def take(done: set[Future[tuple[int, object]]]) -> None:
            for future in done:
                index, found = future.result()
                results[index] = found
            progress(len(results), self.count)

        with ThreadPoolExecutor(_WORKERS) as pool:
            try:
                for index, (feeds, real) in enumerate(self._pictures()):
                    waiting.add(pool.submit(self._one, index, plan, feeds, real))
                    while len(waiting) > _WORKERS:
                        done, waiting = wait(waiting, _LOOK_S, FIRST_COMPLETED)
                        take(done)
                while waiting:
                    done, waiting = wait(waiting, _LOOK_S, FIRST_COMPLETED)
                    take(done)
            finally:
                for future in waiting:
                    future.cancel()
        return self.quality.total([results[index] for index in sorted(results)])

    def _one(self, index: int, plan: QuantPlan, feeds: Feeds, real: Outputs) -> tuple[int, object]:
        return index, self.quality.one(index, emulated(plan, feeds, self._programs), real)

    def _pictures(self) -> Iterator[tuple[Feeds, Outputs]]:
        """Pictures with the float outputs, which are computed the first time."""
        known = len(self._real) == self.count
        net = None if known else FloatPieces(self._graph, asked=self._graph.outputs)
        source = self._samples.open() if self._fed is None else self._fed
        kept: list[Feeds] = []
        held = 0
        for index, feeds in enumerate(source):
            if net is not None and index == len(self._real):
                self._real.append(_outputs(net, feeds))
            held += sum(array.nbytes for array in feeds.values())
            if self._fed is None and held <= HELD_BYTES:
                kept.append(feeds)
            yield feeds, self._real[index]
        if self._fed is None and len(kept) == self.count:
            self._fed = kept


def emulated(plan: QuantPlan, feeds: Feeds, programs: Programs) -> dict[str, Array]:
    """The outputs of the integer network for one picture, as real numbers by name."""
    graph = plan.graph
    wanted = {name: plan.value_tensor[name] for name in graph.outputs if name in plan.value_tensor}
    needed, steps = set(wanted.values()), []
    for step in reversed(plan.steps):
        if not needed.isdisjoint(step.outputs):
            steps.append(step)
            needed.update(step.inputs)
    steps.reverse()
    last = {name: step.name for step in steps for name in step.inputs if name}
    codes: dict[str, Array] = dict(feeds)
    for step in steps:
        codes.update(programs.run_step(plan, step, codes))
        for name in step.inputs:
            if last.get(name) == step.name and name not in wanted.values():
                codes.pop(name, None)
    return {
        name: as_real(plan, tensor, codes[tensor])
        if codes[tensor].dtype.kind == "f" or plan.tensors[tensor].params.scheme.is_quantized
        else codes[tensor]
        for name, tensor in wanted.items()
    }


def _outputs(net: FloatPieces, feeds: Feeds) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for values in net.run(feeds):
        found.update({name: values[name] for name in net.graph.outputs if name in values})
    found.update({name: feeds[name] for name in net.graph.outputs if name in feeds})
    return found

"""The judge: emulates plans on the judging pictures, beside the float network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

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
Seen = TypeVar("Seen")

HELD_BYTES = 256 << 20
"""Prepared pictures and their float outputs kept, so that they are computed once."""
_LOOK_S = 0.05
_WORKERS = 2


class Judge:
    """Runs plans on pictures that took no part in calibration.

    `graph` is the float network the outputs are compared with. Two threads work on two pictures.
    """

    def __init__(self, graph: Graph, samples: Samples, programs: Programs | None = None) -> None:
        self.graph, self.count = graph, samples.count
        self._samples = samples
        self._programs = programs or Programs()
        self._held: list[tuple[Feeds, Outputs]] = []
        self._bytes = 0

    def each(
        self,
        plan: QuantPlan,
        look: Callable[[int, Outputs, Outputs], Seen],
        progress: Progress = silent,
    ) -> list[Seen]:
        """What `look` makes of every picture: its number, the outputs of `plan`, those in float.

        `progress` counts pictures and may raise Cancelled.
        """
        results: dict[int, Seen] = {}
        waiting: set[Future[tuple[int, Seen]]] = set()

        def work(index: int, feeds: Feeds, real: Outputs) -> tuple[int, Seen]:
            return index, look(index, emulated(plan, feeds, self._programs), real)

        def take(done: set[Future[tuple[int, Seen]]]) -> None:
            for future in done:
                index, found = future.result()
                results[index] = found
            progress(len(results), self.count)

        with ThreadPoolExecutor(_WORKERS) as pool:
            try:
                for index, (feeds, real) in enumerate(self._pictures()):
                    waiting.add(pool.submit(work, index, feeds, real))
                    while len(waiting) > _WORKERS:
                        done, waiting = wait(waiting, _LOOK_S, FIRST_COMPLETED)
                        take(done)
                while waiting:
                    done, waiting = wait(waiting, _LOOK_S, FIRST_COMPLETED)
                    take(done)
            finally:
                for future in waiting:
                    future.cancel()
        return [results[index] for index in sorted(results)]

    def measure(self, plan: QuantPlan, quality: Quality, progress: Progress = silent) -> float:
        """The `quality` of `plan`."""
        return quality.total(self.each(plan, quality.one, progress))

    def _pictures(self) -> Iterator[tuple[Feeds, Outputs]]:
        """Pictures with the float outputs, computed the first time and where memory ends."""
        yield from tuple(self._held)
        known = len(self._held)
        if known == self.count:
            return
        net = FloatPieces(self.graph, asked=self.graph.outputs)
        for index, feeds in enumerate(self._samples.open()):
            if index < known:
                continue
            real = _outputs(net, feeds)
            size = sum(array.nbytes for array in (*feeds.values(), *real.values()))
            if index == len(self._held) and self._bytes + size <= HELD_BYTES:
                self._held.append((feeds, real))
                self._bytes += size
            yield feeds, real


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

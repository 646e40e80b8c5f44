"""Own and accumulated errors of one picture's steps, taken by two threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, wait

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.float_tensors import FloatTensors
from rkviz.analyse.metrics import ErrorSums
from rkviz.emulate.compiled.programs import Programs
from rkviz.quantize.engines import copies
from rkviz.quantize.plan import QuantPlan, Step

Array = NDArray[np.generic]
Codes = Mapping[str, Array]

_MAY_CHANGE = frozenset({"Resize", "Pad"})
"""Moves with an error of their own: pixels the chip takes elsewhere, a number that is no code."""
_LOOK_S = 0.05
"""How often a waiting analysis looks whether it is cancelled."""


class PieceErrors:
    """The errors of those steps that one piece of the float network lets be judged.

    The caller's thread runs the network and hands over each step's codes (`take`). It runs a step
    alone right behind that, while the weights are in the cache, and leaves the sums to the other
    thread, which in turn runs steps alone, the last one first, when no sums wait. Kernels need the
    interpreter once, sums at every block: divided like this, the two seldom wait for each other.
    """

    def __init__(
        self,
        plan: QuantPlan,
        programs: Programs,
        floats: FloatTensors,
        alone: Sequence[Step],
        beside: Executor,
    ) -> None:
        self.own: dict[str, ErrorSums] = {}
        self.accumulated: dict[str, ErrorSums] = {}
        self._plan, self._programs, self._floats = plan, programs, floats
        self._alone = deque(alone)
        """Steps nobody has begun to run alone: the first is next here, the last beside."""
        self._ready: deque[tuple[dict[str, ErrorSums], Step, Codes]] = deque()
        """Codes whose sums are to be taken, and where those go."""
        self._inputs: dict[str, Array] = {}
        """Float tensors that are quantized already, by tensor."""
        self._stopped = threading.Event()
        self._executor = beside
        self._beside: Future[None] = beside.submit(self._work_beside)

    @property
    def done(self) -> int:
        """How many errors are known."""
        return len(self.own) + len(self.accumulated)

    def take(self, step: Step, codes: Codes | None) -> None:
        """Judge `codes` of `step` in the whole network, if any; run it alone when it is next."""
        if codes is not None:
            self._ready.append((self.accumulated, step, codes))
        if self._is_next(step):
            self._run_alone(step)
        if self._beside.done() and self._ready:
            self._beside.result()
            self._beside = self._executor.submit(self._work_beside)

    def finish(self, report: Callable[[], None]) -> None:
        """Do what is left, in both threads; `report` is called in between and may raise."""
        while self._work(self._alone.popleft):
            report()
        while not self._beside.done():
            wait([self._beside], timeout=_LOOK_S)
            report()
        self._beside.result()
        report()

    def stop(self) -> None:
        """Let the other thread end with what it is at."""
        self._stopped.set()

    def _work_beside(self) -> None:
        while not self._stopped.is_set() and self._work(self._alone.pop):
            pass

    def _work(self, next_alone: Callable[[], Step]) -> bool:
        """Take the sums that wait longest, else run a step alone; False when nothing is left."""
        try:
            found, step, codes = self._ready.popleft()
        except IndexError:
            pass
        else:
            found[step.name] = self._sums(step, codes)
            return True
        try:
            step = next_alone()
        except IndexError:
            return False
        self._run_alone(step)
        return True

    def _is_next(self, step: Step) -> bool:
        """Whether `step` is the first not begun alone, which it then is."""
        try:
            if self._alone[0] is not step:
                return False
            self._alone.popleft()
        except IndexError:  # the other thread was quicker
            return False
        return True

    def _run_alone(self, step: Step) -> None:
        """Run the step fed with the float tensors."""
        plan, floats = self._plan, self._floats
        node = plan.graph.by_name[step.layers[0]]
        value = plan.tensors[step.outputs[0]].value
        doubtful = node.op in _MAY_CHANGE and copies(node)
        if (copies(node) and not doubtful) or floats.of[value].dtype.kind != "f":
            # Codes that are only moved carry their producer's error, none of their own.
            self.own[step.name] = floats.sums(value).unchanged
            return
        result = self._programs.run_step(plan, step, self._given(step))
        if doubtful and self._only_moved(result):
            self.own[step.name] = floats.sums(value).unchanged
        else:
            self._ready.append((self.own, step, result))

    def _given(self, step: Step) -> Codes:
        """The float tensors `step` reads, as codes."""
        floats = self._floats.of
        if step.op == "Input":
            return {name: floats[name] for name in step.outputs}
        for name in step.inputs:
            if name and name not in self._inputs and self._plan.tensors[name].codes is None:
                real = floats[self._plan.tensors[name].value]
                self._inputs[name] = self._programs.as_codes(self._plan, name, real)
        return self._inputs

    def _only_moved(self, result: Codes) -> bool:
        """Whether the codes are those of what the float network has in their places."""
        return all(
            np.array_equal(codes, self._programs.as_codes(self._plan, name, self._floats.of[name]))
            for name, codes in result.items()
        )

    def _sums(self, step: Step, codes: Codes) -> ErrorSums:
        total = ErrorSums()
        for name in step.outputs:
            total += self._floats.against(self._plan.tensors[name], codes[name])
        return total

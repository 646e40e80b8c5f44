"""Through the network layer by layer, all pictures at once: what integers and float give there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real
from rkviz.numerics.arithmetic import Float64
from rkviz.progress import Progress, silent
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.repair.layers import Feeds, Float32, Samples, Weighted, patch_sums

Array = NDArray[np.generic]

_HELD_BYTES = 768 << 20
"""What all pictures have between two layers; what does not fit leaves pictures out."""


class Walk:
    """The codes of all pictures at one place of the network, and on through it.

    `sources` are the values whose float numbers are asked for besides. As many pictures are used
    as fit into memory between two layers, at least one.
    """

    def __init__(self, plan: QuantPlan, samples: Samples, sources: Collection[str] = ()) -> None:
        self.plan = plan
        self.readers = Counter(name for step in plan.steps for name in set(step.inputs))
        most = _most_bytes(plan, self.readers, with_floats=bool(sources))
        count = min(samples.count, max(1, _HELD_BYTES // max(most, 1)))
        floats = FloatPieces(plan.graph, piece_bytes=1, asked=sources) if sources else None
        self._programs = Programs()
        self._pictures: list[_Picture] = []
        for _, feeds in zip(range(count), samples.open(), strict=False):
            self._pictures.append(_Picture(feeds, floats, frozenset(sources)))

    @property
    def count(self) -> int:
        """Pictures that go along."""
        return len(self._pictures)

    def inputs(
        self, step: Step, source: str, progress: Progress = silent
    ) -> Iterator[tuple[Float32, Float32]]:
        """What `step` reads first, of every picture: `source` in float, and as it is held."""
        for number, picture in enumerate(self._pictures):
            progress(number, self.count, step.name)
            yield picture.real(source), self._held(step, picture)

    def mean_patch(self, step: Step, layer: Weighted, progress: Progress = silent) -> Float64:
        """Mean (G, n) of the patches `layer` sees in codes."""
        out = self.plan.tensors[step.outputs[0]].shape
        total, count = 0.0, 0
        for number, picture in enumerate(self._pictures):
            progress(number, self.count, step.name)
            summed, seen = patch_sums(layer, self._held(step, picture), out)
            total, count = total + summed, count + seen
        return np.asarray(total / count)

    def run(self, alone: QuantPlan, step: Step, progress: Progress = silent) -> None:
        """Run `step`, as `alone` has it, for all pictures and forget what nobody reads any more."""
        for name in set(step.inputs):
            self.readers[name] -= 1
        for number, picture in enumerate(self._pictures):
            progress(number, self.count, step.name)
            codes = picture.codes
            made = self._programs.run_step(alone, alone.steps[0], codes)
            for name in (*step.inputs, *made):
                if self.readers[name] <= 0:
                    codes.pop(name, None)
                    made.pop(name, None)
            codes.update(made)

    def forget(self, source: str) -> None:
        """The float numbers of `source` are not asked for again."""
        for picture in self._pictures:
            picture.floats.pop(source, None)

    def _held(self, step: Step, picture: _Picture) -> Float32:
        name = step.inputs[0]
        return np.asarray(as_real(self.plan, name, picture.codes[name]), np.float32)


class _Picture:
    """One picture's codes, and its float values as far as they were asked for."""

    def __init__(self, feeds: Feeds, network: FloatPieces | None, sources: frozenset[str]) -> None:
        self.codes: dict[str, Array] = dict(feeds)
        self.floats: dict[str, Array] = {n: a for n, a in feeds.items() if n in sources}
        self._pieces = iter(()) if network is None else network.run(feeds)
        self._sources = sources

    def real(self, source: str) -> Float32:
        while source not in self.floats:
            piece = next(self._pieces)
            self.floats.update((n, a) for n, a in piece.items() if n in self._sources)
        return np.asarray(self.floats[source], np.float32)


def _most_bytes(plan: QuantPlan, readers: Mapping[str, int], with_floats: bool) -> int:
    """Bytes of one picture where most are held."""
    left, held, most = dict(readers), set[str](), 0
    now = sum(4 * plan.graph.values[name].size for name in plan.graph.inputs)

    def taken(name: str) -> int:
        tensor = plan.tensors[name]
        each = tensor.params.scheme.dtype.itemsize + 4 * with_floats
        return int(np.prod(tensor.shape, dtype=np.int64)) * each

    for step in plan.steps:
        fresh = [name for name in step.outputs if name not in held]
        held.update(fresh)
        now += sum(taken(name) for name in fresh)
        most = max(most, now)
        for name in set(step.inputs):
            left[name] -= 1
            if not left[name] and name in held:
                held.remove(name)
                now -= taken(name)
    return most

"""Statistics of every tensor, gathered while the samples stream through the float network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.histogram import Histogram, observe_histogram
from rkviz.calibrate.stats import CalibrationStats, TensorStats
from rkviz.errors import DatasetError, ModelError
from rkviz.graph.model import Graph
from rkviz.progress import Progress, silent

Feeds = Mapping[str, NDArray[np.float32]]
Tensors = Mapping[str, NDArray[np.generic]]


def calibrate(
    graph: Graph,
    samples: Iterable[Feeds],
    run: Callable[[Feeds], Iterable[Tensors]],
    source: str,
    progress: Progress = silent,
    total: int = 0,
    *,
    histograms: bool = False,
) -> CalibrationStats:
    """Statistics of every tensor of `graph` over `samples`, in one pass.

    `run` computes the float tensors of one sample by name, piece by piece; `source` is the
    digest of what the result is made from; `total` is the number of samples where it is known,
    for `progress`, which may raise Cancelled after every piece. Minimum and maximum over all
    samples are what the toolkit's `normal` algorithm uses; with `histograms` the pass takes two to
    three times as long and serves all others. Only one sample is held at a time, and of its
    tensors one piece; histograms take 128 kB a tensor at most. Raises DatasetError when there is
    no sample, ModelError when a tensor never has a finite value.
    """
    seen = _Seen(histograms)
    images = 0
    for feeds in samples:
        for _ in seen.take(feeds, run):
            progress(images, max(total, images + 1), f"picture {images + 1}")
        images += 1
        del feeds  # before the iterator makes the next sample: memory holds one, not two
    if not images:
        raise DatasetError("There is no sample to calibrate with; add pictures to the dataset.")
    _check_finite(graph, seen.tensors, images)
    progress(images, images)
    bounds = {name: np.array(rows) for name, rows in seen.bounds.items()}
    return CalibrationStats(seen.tensors, images, source, bounds, seen.histograms)


class _Seen:
    """What the tensors of the samples so far add up to."""

    def __init__(self, with_histograms: bool) -> None:
        self._with_histograms = with_histograms
        self.tensors: dict[str, TensorStats] = {}
        self.bounds: dict[str, list[tuple[float, float]]] = {}
        self.histograms: dict[str, Histogram] = {}

    def take(self, feeds: Feeds, run: Callable[[Feeds], Iterable[Tensors]]) -> Iterator[None]:
        """Add one sample, pausing after its inputs and after every piece."""
        self._add(feeds)
        yield
        for piece in run(feeds):
            # An input counts once, whether or not `run` gives it as well.
            self._add({name: array for name, array in piece.items() if name not in feeds})
            yield

    def _add(self, arrays: Tensors) -> None:
        for name, array in arrays.items():
            if array.dtype.kind not in "buif":
                continue
            stats, before = observe(array), self.tensors.get(name)
            self.tensors[name] = before.merge(stats) if before else stats
            self.bounds.setdefault(name, []).append((stats.low, stats.high))
            if self._with_histograms:
                spread, known = observe_histogram(array), self.histograms.get(name)
                self.histograms[name] = known.merge(spread) if known else spread


def observe(array: NDArray[np.generic]) -> TensorStats:
    """Statistics of the numbers in `array`; sums are taken in float64.

    Without a finite value the range is empty (low +inf, high -inf), which merging leaves out.
    An array without elements has the range 0 to 0, which every quantized range includes anyway.
    """
    if not array.size:
        return TensorStats(0.0, 0.0, 0.0, 0)
    low, high = float(array.min()), float(array.max())
    if np.isfinite(low) and np.isfinite(high):  # NaN and infinities always show in one of them
        return TensorStats(low, high, _sum(array), array.size)
    finite = array[np.isfinite(array)]
    bad = array.size - finite.size
    if not finite.size:
        return TensorStats(np.inf, -np.inf, 0.0, 0, bad)
    return TensorStats(float(finite.min()), float(finite.max()), _sum(finite), finite.size, bad)


def _sum(array: NDArray[np.generic]) -> float:
    return float(np.sum(array, dtype=np.float64))


def _check_finite(graph: Graph, tensors: Mapping[str, TensorStats], images: int) -> None:
    dead = {name for name, stats in tensors.items() if stats.bad and not stats.count}
    if not dead:
        return
    first = next((node.name for node in graph.nodes if dead.intersection(node.outputs)), min(dead))
    raise ModelError(
        f"Layer {first!r} gives nothing but NaN or infinity on all {images} sample(s); check mean, "
        "std and the arrays of the dataset, or the weights of the layer."
    )

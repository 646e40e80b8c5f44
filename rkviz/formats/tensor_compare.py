"""Dumped tensors against the emulator's activations of the same picture, code by code."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.metrics import error_sums
from rkviz.emulate.activations import Activation, activations
from rkviz.errors import FormatError
from rkviz.formats.accuracy_tensors import Dumped, read_tensor
from rkviz.numerics.arithmetic import quantize
from rkviz.progress import Progress, silent
from rkviz.quantize.plan import QuantPlan

PART_OF = {
    "fp32": "float",
    "entire_qnt": "entire",
    "individual_qnt": "individual",
    "qnt_npu_dump": "board",
}
"""Folder of tensors -> what they are called in a comparison. The board's are "board entire" where
they are closer to the whole quantized network than to each layer alone: no document tells."""
_ALONE = ("individual", "board")


@dataclass(frozen=True)
class TensorComparison:
    """One tensor of a layer: the toolkit's (or the board's) against the emulator's.

    `codes_apart` is the largest difference in codes of the type the emulator has there, and
    `equal_share` (0..1) the elements whose codes are equal; both are None for a float tensor.
    """

    layer: str
    part: str
    cosine: float
    codes_apart: int | None = None
    equal_share: float | None = None


@dataclass(frozen=True)
class ComparedTensors:
    """All tensors that could be compared, by layer and part; `problems` tells of the others."""

    rows: tuple[TensorComparison, ...]
    picture: str = ""
    """The picture the emulator was given."""
    problems: tuple[str, ...] = ()

    def of_layer(self, layer: str) -> tuple[TensorComparison, ...]:
        return tuple(row for row in self.rows if row.layer == layer)


def compare_tensors(
    plan: QuantPlan,
    feeds: Mapping[str, NDArray[np.generic]],
    dumps: Sequence[Dumped],
    picture: str = "",
    progress: Progress = silent,
) -> ComparedTensors:
    """Compare `dumps` with what the emulator computes from `feeds` (float32, NCHW), the picture
    the toolkit had.

    Two passes at most (the whole network, each layer alone), one dumped tensor in memory at a
    time. A tensor that cannot be read is a problem of its own. Raises DatasetError for feeds that
    do not fit.
    """
    passes = (False, True)
    wanted = [list(_of_pass(plan, dumps, alone)) for alone in passes]
    problems: list[str] = []
    rows: list[TensorComparison] = []
    for alone, pairs in zip(passes, wanted, strict=True):
        by_value: dict[str, list[tuple[str, Dumped]]] = defaultdict(list)
        for part, dumped in pairs:
            by_value[dumped.value].append((part, dumped))
        if by_value:
            step = activations(plan, feeds, tuple(by_value), alone, progress=progress)
            for value, activation in step:
                rows += _rows(plan, by_value[value], activation, problems)
    order = {node.name: place for place, node in enumerate(plan.graph.nodes)}
    kept = _one_board(rows)
    kept.sort(key=lambda row: order[row.layer])
    return ComparedTensors(tuple(kept), picture, tuple(dict.fromkeys(problems)))


def _of_pass(plan: QuantPlan, dumps: Sequence[Dumped], alone: bool) -> Iterator[tuple[str, Dumped]]:
    """What is compared with the network as a whole, or with each layer alone."""
    for dumped in dumps:
        if dumped.value not in plan.value_tensor or dumped.layer not in plan.step_of:
            continue
        part = PART_OF[dumped.part]
        if part == "board":
            yield part if alone else "board entire", dumped
        # What a convolution gives to a relu in the same operation is no tensor on the NPU.
        elif (part in _ALONE) is alone and (part != "float" or _is_held(plan, dumped)):
            yield part, dumped


def _is_held(plan: QuantPlan, dumped: Dumped) -> bool:
    return plan.tensors[plan.value_tensor[dumped.value]].value == dumped.value


def _rows(
    plan: QuantPlan,
    pairs: Sequence[tuple[str, Dumped]],
    activation: Activation,
    problems: list[str],
) -> Iterator[TensorComparison]:
    for part, dumped in pairs:
        try:
            theirs = read_tensor(dumped, plan.graph)
        except FormatError as error:
            problems.append(str(error))
            continue
        ours = activation.real if part == "float" else activation.emulated
        if theirs.shape != ours.shape:
            problems.append(f"{dumped.path} has another size than the emulator computes.")
            continue
        cosine = error_sums(ours.astype(np.float32), theirs).cosine
        if part == "float" or not activation.params.scheme.is_quantized:
            yield TensorComparison(dumped.layer, part, cosine)
            continue
        codes = quantize(theirs, activation.params)
        apart = np.abs(codes.astype(np.int64) - activation.codes.astype(np.int64))
        equal = float(np.count_nonzero(apart == 0)) / max(apart.size, 1)
        yield TensorComparison(dumped.layer, part, cosine, int(apart.max(initial=0)), equal)


def _one_board(rows: Sequence[TensorComparison]) -> list[TensorComparison]:
    """`rows` with the board's tensors compared once: with what they are closer to."""

    def closeness(part: str) -> float:
        shares = [row.cosine for row in rows if row.part == part and math.isfinite(row.cosine)]
        return fmean(shares) if shares else -math.inf

    entire = closeness("board entire") > closeness("board")
    dropped = "board" if entire else "board entire"
    return [row for row in rows if row.part != dropped]

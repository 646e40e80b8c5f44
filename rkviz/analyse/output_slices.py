"""Slices of the outputs, gathered while an analysis runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.report import AnalysisReport
from rkviz.analyse.slices import Slice, SliceError, SliceSums, output_slices, slice_sums
from rkviz.numerics.arithmetic import dequantize
from rkviz.quantize.plan import QuantPlan, Step

Array = NDArray[np.generic]


class OutputSlices:
    """Error sums of the slices of every output of `plan`, picture after picture."""

    def __init__(self, plan: QuantPlan) -> None:
        self._plan = plan
        self._parts: dict[str, tuple[Slice, ...]] = {}
        """Tensor of an output -> its slices."""
        self._value: dict[str, str] = {}
        for value in plan.graph.outputs:
            parts = output_slices(plan.graph, value)
            if parts and value in plan.value_tensor:
                tensor = plan.value_tensor[value]
                self._parts[tensor], self._value[tensor] = parts, value
        self._taken: dict[str, list[tuple[SliceSums, ...]]] = {name: [] for name in self._parts}

    def take(self, step: Step, codes: Mapping[str, Array], floats: Mapping[str, Array]) -> None:
        """Judge what `step` gave for one picture, where it is an output."""
        for name in step.outputs:
            parts = self._parts.get(name, ())
            real = floats.get(self._value.get(name, ""))
            if not parts or real is None or real.size != codes[name].size:
                continue
            t = real.astype(np.float32, copy=False)
            q = dequantize(codes[name], self._plan.tensors[name].params).reshape(t.shape)
            self._taken[name].append(slice_sums(parts, t, q))

    def by_layer(self, previous: AnalysisReport | None) -> dict[str, tuple[SliceError, ...]]:
        """Output layer -> its slices; of outputs that did not change, those of `previous`."""
        found: dict[str, tuple[SliceError, ...]] = {}
        for name, parts in self._parts.items():
            layer = self._plan.graph.producer[self._value[name]].name
            pictures = self._taken[name]
            if pictures:
                ends = (abs(end) for sums in pictures for entry in sums for end in entry.real)
                beside = max(ends, default=0.0)
                found[layer] = tuple(
                    SliceError(part, sums, beside)
                    for part, sums in zip(parts, zip(*pictures, strict=True), strict=True)
                )
            elif previous is not None and previous.slices(layer):
                found[layer] = previous.slices(layer)
        return found

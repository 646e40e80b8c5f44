"""QuantPlan: everything decided. Emulator, exporters and window decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rkviz.digest import digest
from rkviz.graph.model import Attr, Graph
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.range_method import RangeKind
from rkviz.target import Engine


class Reason(Enum):
    """Why a tensor has the range it has. The window and the report translate these."""

    MEASURED = "smallest and largest value over the calibration pictures"
    AVERAGED = "moving average of minimum and maximum over the calibration pictures"
    PERCENTILE = "range that holds the chosen share of all values (percentile)"
    KL_DIVERGENCE = "clipped where the codes keep the distribution best (kl_divergence)"
    MMSE = "clipped where the squared error is least (mmse)"
    ACTIVATION = "taken from the activation that runs in the same operation ({layer})"
    RELU6 = "0 to 6: the bounds of relu6"
    CONCAT = "joined by concat {layer}: its inputs and output share one range"
    COPIED = "copied from {layer}: the operation only moves or selects codes"
    SIGMOID = "clipped to -6.3 .. 6.3 in front of sigmoid {layer}"
    WEIGHTS = "smallest and largest weight"
    BIAS = "scale of input times scale of weights"
    GIVEN = "parameters stated by the model file"
    EXPLICIT_RANGE = "range set by you"
    EXPLICIT_PARAMS = "parameters set by you"
    CONVERTED = "converted for {layer}, which runs in another type"
    FLOAT = "fp16 on the device: no range needed"


MEASURED_BY: Mapping[RangeKind, Reason] = {
    RangeKind.NORMAL: Reason.MEASURED,
    RangeKind.MOVING_AVERAGE: Reason.AVERAGED,
    RangeKind.PERCENTILE: Reason.PERCENTILE,
    RangeKind.KL_DIVERGENCE: Reason.KL_DIVERGENCE,
    RangeKind.MMSE: Reason.MMSE,
}
"""Range method -> the reason of a range that it chose."""


@dataclass(frozen=True, eq=False)
class TensorPlan:
    """One tensor the NPU holds.

    `value` is the graph value it represents ("" for a weight or bias); several tensors stand for
    one value where converters sit at a border. `codes` are the integers of a constant. `low` and
    `high` are the range the parameters were derived from (0, 0 for FLOAT and bias).
    """

    name: str
    value: str
    params: QuantParams
    shape: tuple[int, ...]
    low: float = 0.0
    high: float = 0.0
    reason: Reason = Reason.MEASURED
    because_of: str = ""
    """The layer named in the reason."""
    shared_with: tuple[str, ...] = ()
    """Other values that are forced to the same parameters."""
    codes: NDArray[np.generic] | None = None
    alone: tuple[float, float] = (0.0, 0.0)
    """The range the tensor would have if it shared none: (0, 0) for constants and converters."""

    @cached_property
    def digest(self) -> str:
        return digest(self.params, self.shape, self.codes)

    def why(self) -> str:
        return self.reason.value.format(layer=self.because_of)


@dataclass(frozen=True, eq=False)
class Step:
    """One operation of the NPU: the graph nodes `layers` at once (a conv with its relu).

    Inputs and outputs name tensors of the plan. A converter has op "Convert" and belongs to the
    layer that needs it, with `layers` empty.
    """

    name: str
    op: str
    engine: Engine
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    layers: tuple[str, ...] = ()
    attrs: Mapping[str, Attr] = field(default_factory=dict[str, Attr])
    activation: str = ""
    """"", "Relu" or "Relu6", run in the same operation."""
    note: str = ""
    """What the user should know of it, e.g. that the NPU does not have the operator."""


@dataclass(frozen=True, eq=False)
class QuantPlan:
    """A program for the NPU: steps in execution order over tensors with parameters.

    `value_tensor` maps a graph value to the tensor that carries it as its producer left it.
    `skipped` maps layers that cannot be run at all (an operator nobody knows, or behind one) to
    the reason. `scheme` is the effective type of every layer.
    """

    graph: Graph
    steps: tuple[Step, ...]
    tensors: Mapping[str, TensorPlan]
    value_tensor: Mapping[str, str]
    scheme: Mapping[str, QuantScheme]
    accumulator_bits: Mapping[int, int]
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def step_of(self) -> Mapping[str, Step]:
        """Layer -> the step that computes it (skipped layers have none)."""
        return {layer: step for step in self.steps for layer in step.layers}

    @cached_property
    def producer(self) -> Mapping[str, Step]:
        return {name: step for step in self.steps for name in step.outputs}

    @cached_property
    def own_key(self) -> Mapping[str, str]:
        """Step name -> digest of all that its own result on given inputs depends on."""
        return {
            step.name: digest(
                step.op,
                step.engine,
                step.attrs,
                step.activation,
                [self.tensors[name] if name else None for name in (*step.inputs, *step.outputs)],
            )
            for step in self.steps
        }

    @cached_property
    def chain_key(self) -> Mapping[str, str]:
        """Step name -> digest of the step and of everything before it."""
        keys: dict[str, str] = {}
        for step in self.steps:
            before = [
                keys[self.producer[name].name] if name in self.producer else ""
                for name in step.inputs
            ]
            keys[step.name] = digest(self.own_key[step.name], before, step.outputs)
        return keys

    @cached_property
    def digest(self) -> str:
        return digest(self.graph.digest, list(self.chain_key.values()), self.skipped)

    def tensor_of(self, layer: str) -> TensorPlan | None:
        """The first output tensor of `layer` as its step leaves it; None when skipped."""
        step = self.step_of.get(layer)
        return self.tensors[step.outputs[0]] if step else None

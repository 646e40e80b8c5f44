"""What a compiled step is: a function from the codes of its inputs to those of its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rkviz.emulate.compiled.onnx_nodes import Emission, to_model
from rkviz.graph.model import NODE_OPSET, Value
from rkviz.graph.ort_session import open_session
from rkviz.quantize.plan import Step, TensorPlan

Codes = NDArray[np.generic]
Program = Callable[[Sequence[Codes | None]], list[Codes]]
"""Codes of every input (constants too, None where absent) -> codes of every output."""
Maker = Callable[[Step, Sequence[TensorPlan | None], Sequence[TensorPlan]], Program | None]
"""Step, tensors of its inputs and outputs -> program; None where only the reference will do."""


class OnnxProgram:
    """A few ONNX nodes as one session of a single thread.

    One thread: the analysis runs two steps at a time, and hundreds of sessions with threads of
    their own would crowd a laptop. Nothing is fused: what was emitted is what is computed, and
    a session costs half a millisecond.
    """

    def __init__(self, out: Emission, inputs: Mapping[str, DTypeLike], *outputs: str) -> None:
        values = {name: Value(name, None, np.dtype(dtype).name) for name, dtype in inputs.items()}
        self._names, self._outputs = tuple(inputs), list(outputs)
        self._session = open_session(to_model(out, values, self._outputs), 1, optimize=False)

    def __call__(self, *arrays: Codes) -> list[NDArray[np.generic]]:
        """The outputs for one array per input, in the order of the inputs."""
        feeds = {
            name: np.asarray(array, order="C")
            for name, array in zip(self._names, arrays, strict=True)
        }
        return [np.asarray(made) for made in self._session.run(self._outputs, feeds)]

    def one(self, *arrays: Codes) -> Codes:
        """The first output."""
        return self(*arrays)[0]


def emission() -> Emission:
    """An empty Emission in the operator set of a Graph."""
    return Emission(NODE_OPSET)


def given(inputs: Sequence[Codes | None], index: int) -> Codes:
    """The codes at a required input; raises ValueError when they are absent."""
    codes = inputs[index]
    if codes is None:
        raise ValueError(f"input {index} is absent")
    return codes

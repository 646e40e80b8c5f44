"""The float network of a Graph as one onnxruntime session; single layers for the CPU side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from rkviz.emulate.compiled.onnx_nodes import (
    Emission,
    constant_initializers,
    emit,
    to_model,
    why_not,
)
from rkviz.errors import DatasetError, ModelError, UnsupportedOpError, close_matches
from rkviz.graph.model import NODE_OPSET, Attr, Graph, Node, Value
from rkviz.graph.ort_session import ORT_ERRORS, open_session

Array = NDArray[np.generic]

_CACHED_NODES = 256
_AT_NODE = re.compile(r"[Nn]ode(?: with name|:)? ?[('](?:\()?'?([^')]+)")
"""Where onnxruntime names the node it stumbles over."""


class FloatNet:
    """Computes values of `graph` in float32, as the trained network does.

    `wanted` are the values `run` returns (default: every output of every layer that can run).
    `skipped` maps the layers that cannot run, because nobody knows the operator or because they
    are behind such a one, to the reason; their values are not in `wanted`.
    Raises ModelError when `wanted` names no value of the graph.
    """

    def __init__(self, graph: Graph, wanted: Sequence[str] | None = None) -> None:
        self.graph = graph
        _check_names(graph, wanted or ())
        self.skipped: dict[str, str] = {}
        for node in graph.nodes:
            reason = why_not(node, graph.opset)
            if reason:
                self.skipped[node.name] = reason
        self._session: ort.InferenceSession | None = None
        while True:
            self._skip_readers()
            self.wanted = self._runnable(wanted)
            try:
                self._open()
                return
            except ORT_ERRORS as error:
                self._blame(error)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """The wanted values for one array per graph input, of the shape the graph states.

        Raises DatasetError when an input is missing or has another shape, ModelError when the
        network cannot be computed on it.
        """
        arrays = {name: self._fed(name, feeds) for name in self.graph.inputs}
        results: dict[str, Array] = {n: arrays[n] for n in self.wanted if n in arrays}
        if self._session is None:
            return results
        computed = [name for name in self.wanted if name not in arrays]
        used = {info.name for info in self._session.get_inputs()}
        try:
            got = self._session.run(computed, {n: a for n, a in arrays.items() if n in used})
        except ORT_ERRORS as error:
            raise ModelError(f"The float network cannot be computed: {error}") from None
        results.update(zip(computed, (np.asarray(array) for array in got), strict=True))
        return {name: results[name] for name in self.wanted}

    def _fed(self, name: str, feeds: Mapping[str, Array]) -> Array:
        if name not in feeds:
            raise DatasetError(f"No data for input {name!r}{close_matches(name, feeds)}.")
        value = self.graph.values[name]
        array = np.asarray(feeds[name], np.dtype(value.dtype), order="C")
        if value.shape is not None and array.shape != value.shape:
            raise DatasetError(
                f"Input {name!r} has shape {_by(value.shape)}, the data has {_by(array.shape)}."
            )
        return array

    def _skip_readers(self) -> None:
        """Skip everything that reads a value nobody computes."""
        lost = {n: name for name in self.skipped for n in self.graph.by_name[name].outputs if n}
        for node in self.graph.nodes:
            behind = next((lost[n] for n in node.inputs if n in lost), None)
            if behind is not None and node.name not in self.skipped:
                self.skipped[node.name] = f"behind {behind}, which cannot be computed"
                lost.update({name: behind for name in node.outputs if name})

    def _runnable(self, wanted: Sequence[str] | None) -> tuple[str, ...]:
        made = [
            name
            for node in self.graph.nodes
            if node.name not in self.skipped
            for name in node.outputs
            if name
        ]
        if wanted is None:
            return tuple(made)
        possible = set(made)
        return tuple(name for name in dict.fromkeys(wanted) if name in possible)

    def _open(self) -> None:
        """Open a session of the layers the wanted values depend on; raises one of ORT_ERRORS."""
        computed = [name for name in self.wanted if name not in self.graph.inputs]
        if not computed:
            return
        needed, nodes = set(computed), list[Node]()
        for node in reversed(self.graph.nodes):
            if node.op != "Input" and not needed.isdisjoint(node.outputs):
                nodes.append(node)
                needed.update(name for name in node.inputs if name)
        shapes = {n: v.shape for n, v in self.graph.values.items() if v.shape is not None}
        out = Emission(self.graph.opset, shapes)
        for node in reversed(nodes):
            emit(node, out)
        constant_initializers(needed, self.graph.constants, out)
        inputs = {n: self.graph.values[n] for n in self.graph.inputs if n in needed}
        self._session = open_session(to_model(out, inputs, computed))

    def _blame(self, error: Exception) -> None:
        """Skip the layer `error` speaks of; raises ModelError when it names none or one twice."""
        found = _AT_NODE.search(str(error))
        name = found[1] if found else ""
        name = name if name in self.graph.by_name else name.rpartition("/")[0]
        if name not in self.graph.by_name or name in self.skipped:
            raise ModelError(f"The float network cannot be built: {error}") from None
        self.skipped[name] = "onnxruntime cannot compute it"


def run_node(
    node: Node, inputs: Sequence[Array | None], opset: int = NODE_OPSET
) -> tuple[Array, ...]:
    """The outputs of one layer in float for the arrays at its inputs (None where absent).

    Constants are given as inputs like all others. Sessions are kept for layers and shapes seen
    before. Raises UnsupportedOpError when the layer cannot be computed.
    """
    reason = why_not(node, opset)
    if reason:
        raise UnsupportedOpError(f"Layer {node.name!r} cannot be computed: {reason}.")
    arrays = {
        name: np.asarray(array, order="C")
        for name, array in zip(node.inputs, inputs, strict=True)
        if name and array is not None
    }
    key = tuple((name, array.dtype.name, array.shape) for name, array in arrays.items())
    try:
        session = _node_session(
            node.op, node.inputs, node.outputs, tuple(sorted(node.attrs.items())), key, opset
        )
        got = session.run([name for name in node.outputs if name], arrays)
    except ORT_ERRORS as error:
        raise UnsupportedOpError(f"Layer {node.name!r} cannot be computed: {error}") from None
    return tuple(np.asarray(array) for array in got)


@lru_cache(maxsize=_CACHED_NODES)
def _node_session(
    op: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    attrs: tuple[tuple[str, Attr], ...],
    given: tuple[tuple[str, str, tuple[int, ...]], ...],
    opset: int,
) -> ort.InferenceSession:
    out = Emission(opset, {name: shape for name, _, shape in given})
    emit(Node("layer", op, inputs, outputs, dict(attrs)), out)
    values = {name: Value(name, shape, dtype) for name, dtype, shape in given}
    return open_session(to_model(out, values, [name for name in outputs if name]), threads=1)


def _check_names(graph: Graph, wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in graph.values]
    if missing:
        raise ModelError(
            "The network has no such values.",
            [f"{name!r}{close_matches(name, graph.values)}" for name in missing],
        )


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))

"""A TensorFlow Lite file becomes a Graph: float, or with the parameters it states for each tensor.

Pictures are NHWC in the file and NCHW in the Graph, weights are turned likewise. A tensor that the
Graph needs in the file's order of elements gets a Transpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rkviz.errors import ModelError, UntakenParamsError, close_matches
from rkviz.graph.model import Graph, Value
from rkviz.graph.onnx_nodes import draft_of, graph_of
from rkviz.graph.simplify import simplify
from rkviz.graph.stated_limits import refuse_untaken
from rkviz.graph.tflite_import_lowering import Call, Lowering, NotInOnnxError, nchw
from rkviz.graph.tflite_import_moves import MOVES
from rkviz.graph.tflite_import_ops import ARITHMETIC
from rkviz.graph.tflite_import_reader import FileNetwork, FileOperator, read_tflite

_OPERATORS = {**ARITHMETIC, **MOVES}
_DATA_INPUTS: Mapping[str, tuple[int, ...]] = {
    "RESHAPE": (0,), "SQUEEZE": (0,), "EXPAND_DIMS": (0,), "RESIZE_BILINEAR": (0,),
    "RESIZE_NEAREST_NEIGHBOR": (0,), "TRANSPOSE_CONV": (1, 2, 3),
}  # fmt: skip
"""Operators whose other inputs only repeat a size that the file states for the result."""
_FED = frozenset({"float32", "int8", "uint8", "int16", "int32", "int64", "bool"})


def open_tflite(
    path: Path,
    input_shapes: Mapping[str, tuple[int, ...]] | None = None,
    requantize: bool = False,
) -> Graph:
    """The network in the TensorFlow Lite file `path` as it is, operator by operator (no fusing).

    Its sizes are fixed in the file; `input_shapes` (NCHW) may only repeat them. Codes become the
    real numbers they stand for, their parameters are stated in `Graph.given`; with `requantize`
    those the NPU cannot take are left out, so that rkviz chooses others. Operators ONNX cannot say
    are kept. Raises ModelError.
    """
    network = read_tflite(path)
    try:
        lowering = Lowering(network)
        _check_producers(network)
        for operator in _needed(network):
            _lower(lowering, operator)
        refuse_untaken(lowering.per_channel, lowering.untaken, requantize)
        inputs = _inputs(lowering, input_shapes or {})
        outputs = [lowering.names[index] for index in dict.fromkeys(network.outputs)]
        draft = draft_of(lowering.nodes, lowering.constants, inputs, outputs, lowering.declared)
        draft.given = lowering.given
        simplify(draft)
        return graph_of(draft, path.stem)
    except UntakenParamsError as error:
        raise UntakenParamsError(f"{path}: {error.message}", error.details) from None
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}", error.details) from None


def _check_producers(network: FileNetwork) -> None:
    """Every tensor that is read is a constant, an input or computed; none is computed twice."""
    made = [index for operator in network.operators for index in operator.outputs]
    made += network.inputs
    constant = {i for i, tensor in enumerate(network.tensors) if tensor.data is not None}
    for index, count in Counter(made).items():
        if count > 1 or index in constant:
            raise ModelError(f"tensor {network.tensors[index].name!r} is computed twice.")
    known = constant.union(made)
    read = [i for operator in _needed(network) for i in _data_inputs(operator) if i >= 0]
    for index in (*read, *network.outputs):
        if index not in known:
            raise ModelError(f"tensor {network.tensors[index].name!r} is computed by no operator.")


def _data_inputs(operator: FileOperator) -> tuple[int, ...]:
    places = _DATA_INPUTS.get(operator.op)
    if places is None:
        return operator.inputs
    return tuple(operator.inputs[place] for place in places if place < len(operator.inputs))


def _needed(network: FileNetwork) -> list[FileOperator]:
    """The operators an output depends on, in the file's order."""
    producer = {i: operator for operator in network.operators for i in operator.outputs}
    waiting, seen = list(network.outputs), set(network.outputs)
    kept: set[int] = set()
    while waiting:
        operator = producer.get(waiting.pop())
        if operator is None:
            continue
        kept.add(id(operator))
        for index in _data_inputs(operator):
            if index >= 0 and index not in seen:
                seen.add(index)
                waiting.append(index)
    return [operator for operator in network.operators if id(operator) in kept]


def _lower(lowering: Lowering, operator: FileOperator) -> None:
    call = Call(operator, lowering.names[operator.outputs[0]])
    lower = _OPERATORS.get(operator.op)
    lowering.layer = call.layer
    try:
        if lower is None:
            lowering.unknown(call)
        else:
            lower(lowering, call)
    except NotInOnnxError:
        lowering.unknown(call)
    except (ValueError, IndexError, KeyError, TypeError, ArithmeticError) as error:
        raise ModelError(f"{operator.op} {call.layer!r} is damaged: {error}.") from None


def _inputs(lowering: Lowering, given: Mapping[str, tuple[int, ...]]) -> list[Value]:
    """The inputs as values, pictures NCHW; raises ModelError where `given` says another size."""
    network = lowering.network
    values: list[Value] = []
    for index in network.inputs:
        tensor = network.tensors[index]
        dtype = "float32" if tensor.affine or tensor.dtype.startswith("float") else tensor.dtype
        if dtype not in _FED:
            raise ModelError(f"input {tensor.name!r} is of type {dtype}, which rkviz cannot feed.")
        values.append(Value(lowering.names[index], nchw(tensor.shape), dtype))
    names = [value.name for value in values]
    if "" in given and len(names) == 1:
        given = {names[0]: given[""]}
    shapes = {value.name: value.shape for value in values}
    problems = [
        f"{name!r} is not an input{close_matches(name, names)}; the inputs are {', '.join(names)}"
        for name in given
        if name not in shapes
    ]
    problems += [
        f"input {name!r} is fixed at {shapes[name]}, {tuple(shape)} was given"
        for name, shape in given.items()
        if name in shapes and shapes[name] != tuple(shape)
    ]
    if problems:
        raise ModelError(
            "the sizes of a TensorFlow Lite file are fixed; convert it for others.", problems
        )
    return values

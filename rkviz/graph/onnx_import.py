"""An ONNX file becomes a Graph: read, checked, sizes fixed, constants folded, attributes explicit.

The file is a stranger's until it is parsed: every way it can be damaged ends in a ModelError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnx.inliner
from google.protobuf.message import DecodeError
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper
from onnx.checker import ValidationError
from onnx.external_data_helper import load_external_data_for_model

from rkviz.errors import ModelError, UnknownSizeError, UntakenParamsError, close_matches
from rkviz.graph.model import NODE_OPSET, Graph
from rkviz.graph.onnx_nodes import graph_of
from rkviz.graph.onnx_quantized import lower_quantized
from rkviz.graph.simplify import (
    Draft,
    is_known,
    known_type,
    read_tensor,
    reads,
    simplify,
    subgraphs,
)

OLDEST_OPSET = 7
_LARGEST_FILE = 2**31 - 1
_HALVES = (TensorProto.FLOAT16, TensorProto.BFLOAT16)


def open_onnx(
    path: Path,
    input_shapes: Mapping[str, tuple[int, ...]] | None = None,
    requantize: bool = False,
) -> Graph:
    """The network in the ONNX file `path` as it is, operator by operator (no fusing).

    `input_shapes` gives whole shapes of inputs whose sizes the file leaves open; an open batch
    is 1 without asking. Half floats become float32. Operators nobody knows are kept; values
    behind them have no shape. Outputs that depend on no input are left out. A quantized network
    is opened as the float one it stands for, what it states in `Graph.given`; `requantize` leaves
    out of that what the NPU cannot take.

    Raises ModelError when the file is missing, damaged or empty, states what the NPU cannot take,
    or a name or rank in `input_shapes` does not fit; UnknownSizeError when sizes stay open.
    """
    model = read_onnx(path)
    graph = model.graph
    opset = _checked(model, path)
    try:
        constants = {tensor.name: read_tensor(tensor) for tensor in graph.initializer}
        nodes = named_nodes(graph.node)
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}") from None
    inputs = _sized_inputs(graph, constants, input_shapes or {}, path)
    produced = {name for node in graph.node for name in node.output}
    outputs = list(dict.fromkeys(o.name for o in graph.output if o.name not in constants))
    for name in outputs:
        if name not in produced and name not in {i.name for i in inputs}:
            raise ModelError(f"{path}: output {name!r} is computed by no node.")
    available = {*produced, *constants, *(info.name for info in inputs)}
    for node in nodes:
        if lost := reads(node) - available:
            raise ModelError(f"{path}: node {node.name!r} reads {min(lost)!r}, which is not there.")
    draft = Draft(nodes, constants, inputs, outputs, opset)
    try:
        lower_quantized(draft, requantize)
        draft.declared = _declared(graph, draft.nodes, opset)
        simplify(draft)
        return graph_of(draft, graph.name or path.stem)
    except UntakenParamsError as error:
        raise UntakenParamsError(f"{path}: {error.message}", error.details) from None
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}", error.details) from None


def read_onnx(path: Path) -> ModelProto:
    """The parsed file with its external data; raises ModelError."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ModelError(f"{path} is not a file; choose an ONNX file.")
        if size > _LARGEST_FILE:
            raise ModelError(f"{path} is larger than 2 GB, more than an ONNX file can be.")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from None
    if not data:
        raise ModelError(f"{path} is empty; copy or download it again.")
    model = ModelProto()
    try:
        model.ParseFromString(data)
        damaged = not all(isinstance(text, str) for text in _texts(model))
    except (DecodeError, ValueError, RecursionError):
        damaged = True
    if damaged:
        raise ModelError(
            f"{path} is not an ONNX file, or it is cut off or damaged; copy or download it again."
        )
    if not model.HasField("graph") or not model.opset_import:
        raise ModelError(f"{path} holds no ONNX network (no graph or no operator set).")
    if not model.graph.node:
        raise ModelError(f"{path} holds a network without any operator.")
    try:
        load_external_data_for_model(model, str(path.parent))
        if model.functions:
            model = onnx.inliner.inline_local_functions(model)
    except (ValidationError, OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path}: weights kept outside the file cannot be read: {error}") from None
    except (RuntimeError, DecodeError) as error:
        raise ModelError(f"{path}: its functions cannot be expanded: {error}") from None
    return model


def _texts(model: ModelProto) -> Iterator[object]:
    """Every name in `model`; protobuf hands out bytes where one is not UTF-8."""
    yield model.graph.name
    yield from (opset.domain for opset in model.opset_import)
    for function in model.functions:
        yield from (function.name, function.domain, *function.input, *function.output)
        yield from _node_texts(function.node)
    yield from _graph_texts(model.graph)


def _graph_texts(graph: onnx.GraphProto) -> Iterator[object]:
    for named in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        yield named.name
    yield from _node_texts(graph.node)


def _node_texts(nodes: Iterable[NodeProto]) -> Iterator[object]:
    for node in nodes:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attr in node.attribute:
            yield attr.name
            yield attr.ref_attr_name
        for body in subgraphs(node):
            yield from _graph_texts(body)


def _checked(model: ModelProto, path: Path) -> int:
    """The opset of `model`; raises ModelError for what rkviz does not open."""
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)
    newest = onnx.defs.onnx_opset_version()
    if opset == 0:
        opset = NODE_OPSET
    if not OLDEST_OPSET <= opset <= newest:
        raise ModelError(
            f"{path} uses operator set {opset}; rkviz opens {OLDEST_OPSET} to {newest}. "
            "Export the model again with one of these."
        )
    for node in model.graph.node:
        if not node.op_type:
            raise ModelError(f"{path} is damaged: node {node.name!r} has no operator.")
    if model.graph.sparse_initializer:
        raise ModelError(f"{path} has sparse weights; export it again with dense ones.")
    seen = {info.name for info in (*model.graph.input, *model.graph.initializer)}
    for node in model.graph.node:
        for name in filter(None, node.output):
            if name in seen:
                raise ModelError(f"{path} is damaged: value {name!r} is computed twice.")
            seen.add(name)
    return opset


def _sized_inputs(
    graph: onnx.GraphProto,
    constants: Mapping[str, object],
    given: Mapping[str, tuple[int, ...]],
    path: Path,
) -> list[ValueInfoProto]:
    """The inputs (initializers listed as inputs left out) with every size a number.

    A size given for "" is meant for the only input.
    """
    real = [info for info in graph.input if info.name not in constants]
    if not real:
        raise ModelError(f"{path} has no input: what it computes is constant.")
    names = [info.name for info in real]
    if "" in given and len(names) == 1:
        given = {names[0]: given[""]}
    problems = [
        f"{name!r} is not an input{close_matches(name, names)}; the inputs are {', '.join(names)}"
        for name in given
        if name not in names
    ]
    sized: list[ValueInfoProto] = []
    unknown: dict[str, tuple[int | None, ...]] = {}
    for info in real:
        elem_type, dims = _stated(info, path)
        shape = given.get(info.name)
        if shape is not None:
            problems.extend(_misfits(info.name, shape, dims))
        elif dims is None or None in (dims := _batch_of_one(dims)):
            unknown[info.name] = dims or ()
            continue
        else:
            shape = tuple(size for size in dims if size is not None)
        sized.append(helper.make_tensor_value_info(info.name, elem_type, shape))
    if problems:
        raise ModelError(f"{path}: the sizes given do not fit the model.", problems)
    if unknown:
        listed = ", ".join(
            f"{name} ({'x'.join('?' if d is None else str(d) for d in dims) or 'any rank'})"
            for name, dims in unknown.items()
        )
        raise UnknownSizeError(
            f"{path} leaves sizes of its inputs open: {listed}. Give the sizes to use.", unknown
        )
    return sized


def _stated(info: ValueInfoProto, path: Path) -> tuple[int, list[int | None] | None]:
    """Element type and sizes (None where open; None as a whole without rank) of an input."""
    if info.type.WhichOneof("value") != "tensor_type":
        raise ModelError(f"{path}: input {info.name!r} is not a tensor.")
    tensor = info.type.tensor_type
    elem_type = TensorProto.FLOAT if tensor.elem_type in _HALVES else tensor.elem_type
    try:
        helper.tensor_dtype_to_np_dtype(elem_type)
    except (KeyError, ValueError):
        raise ModelError(f"{path}: input {info.name!r} has no number type rkviz knows.") from None
    if not tensor.HasField("shape"):
        return elem_type, None
    return elem_type, [
        dim.dim_value if dim.WhichOneof("value") == "dim_value" and dim.dim_value > 0 else None
        for dim in tensor.shape.dim
    ]


def _batch_of_one(dims: Sequence[int | None]) -> tuple[int | None, ...]:
    if len(dims) > 1 and dims[0] is None:
        return (1, *dims[1:])
    return tuple(dims)


def _misfits(name: str, shape: tuple[int, ...], dims: Sequence[int | None] | None) -> list[str]:
    if any(size < 1 for size in shape):
        return [f"input {name!r}: the size {shape} is not positive"]
    if dims is not None and len(shape) != len(dims):
        return [f"input {name!r} has {len(dims)} dimensions, {len(shape)} were given"]
    if dims is not None and any(d not in (None, s) for d, s in zip(dims, shape, strict=True)):
        fixed = "x".join("?" if d is None else str(d) for d in dims)
        return [f"input {name!r} is fixed at {fixed}, {'x'.join(map(str, shape))} was given"]
    return []


def named_nodes(nodes: Sequence[NodeProto]) -> list[NodeProto]:
    """Copies of `nodes` with unique names ({op}_{index} where the file gives none), halves as
    float32."""
    taken = {node.name for node in nodes}
    used: set[str] = set()
    named: list[NodeProto] = []
    for index, node in enumerate(nodes):
        name = node.name or f"{node.op_type}_{index}"
        if name in used or (not node.name and name in taken):
            number = 2
            while f"{name}_{number}" in used | taken:
                number += 1
            name = f"{name}_{number}"
        used.add(name)
        copy = NodeProto()
        copy.CopyFrom(node)
        copy.name = name
        _widen(copy)
        named.append(copy)
    return named


def _widen(node: NodeProto) -> None:
    """Turn half floats in the attributes of `node` and of its subgraphs into float32."""
    for attr in node.attribute:
        if attr.name in ("to", "dtype") and attr.i in _HALVES:
            attr.i = TensorProto.FLOAT
        if attr.type == AttributeProto.TENSOR and attr.t.data_type in _HALVES:
            attr.t.CopyFrom(onnx.numpy_helper.from_array(read_tensor(attr.t), attr.t.name))
    for body in subgraphs(node):
        for tensor in body.initializer:
            if tensor.data_type in _HALVES:
                tensor.CopyFrom(onnx.numpy_helper.from_array(read_tensor(tensor), tensor.name))
        for inner in body.node:
            _widen(inner)


def _declared(
    graph: onnx.GraphProto, nodes: Sequence[NodeProto], opset: int
) -> list[ValueInfoProto]:
    """Sizes the file states for what unknown operators compute; only if no size was open."""
    stated = [known_type(info) for info in graph.input]
    if any(known is None or known[0] is None or 0 in known[0] for known in stated):
        return []
    unknown = {name for node in nodes if not is_known(node, opset) for name in node.output}
    infos = [info for info in (*graph.value_info, *graph.output) if info.name in unknown]
    declared = [(info.name, known_type(info)) for info in infos]
    return [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(np.dtype(known[1])), known[0]
        )
        for name, known in declared
        if known is not None and known[0] is not None
    ]

"""Sizes and constants of an ONNX network: what can be known before it runs is computed here.

Sizes come from onnx's own inference, constants from onnxruntime, both of which rkviz carries
anyway (docs/decisions/003). The two alternate until nothing new is learnt: a size makes a Shape
node constant, a constant makes a Reshape's size known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import AttributeProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
from onnx.shape_inference import InferenceError

from rkviz.errors import ModelError
from rkviz.graph.model import Array
from rkviz.graph.ort_session import ORT_ERRORS, open_session
from rkviz.numerics import QuantParams

Shape = tuple[int, ...] | None

FOLD_LIMIT = 1 << 26
"""Elements of the largest constant that is computed; a larger one stays a layer."""
_INLINE_LIMIT = 1 << 12
"""Elements up to which a constant is shown to the inference with its content."""
_RANDOM = frozenset(
    {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial",
     "Bernoulli", "Dropout"}
)  # fmt: skip
_SAME_SIZE = frozenset({"GroupNormalization"})
_POOLS = frozenset({"AveragePool", "MaxPool", "LpPool"})
_BOUNDED_BY_INPUT = frozenset({"NonZero", "Compress", "Unique"})


@dataclass
class Draft:
    """A network on its way to a Graph; only the opening step holds one, and edits it."""

    nodes: list[NodeProto]
    constants: dict[str, Array]
    inputs: list[ValueInfoProto]
    outputs: list[str]
    opset: int
    declared: list[ValueInfoProto] = field(default_factory=list[ValueInfoProto])
    """Sizes the file states for outputs of operators nobody can infer."""
    types: dict[str, tuple[Shape, str]] = field(default_factory=dict[str, tuple[Shape, str]])
    """Value -> (shape or None, numpy type name), as far as inferred."""
    given: dict[str, QuantParams] = field(default_factory=dict[str, QuantParams])
    """Parameters the file states for values and constants."""

    def shape(self, value: str) -> Shape:
        if value in self.constants:
            return tuple(self.constants[value].shape)
        return self.types.get(value, (None, ""))[0]

    def dtype(self, value: str) -> str:
        if value in self.constants:
            return self.constants[value].dtype.name
        return self.types.get(value, (None, "float32"))[1]


def simplify(draft: Draft) -> None:
    """Infer every size, fold what is constant, take constant branches, drop what nobody reads.

    Edits `draft`. Raises ModelError when the nodes form a loop.
    """
    draft.nodes = sorted_nodes(draft.nodes)
    lift_constants(draft)
    changed = True
    while changed:
        infer_types(draft)
        changed = _take_constant_branches(draft)
        changed |= _fold(draft)
    _drop_dead(draft)


def subgraphs(node: NodeProto) -> list[onnx.GraphProto]:
    """The branches and bodies inside `node`."""
    found = [a.g for a in node.attribute if a.type == AttributeProto.GRAPH]
    return found + [g for a in node.attribute if a.type == AttributeProto.GRAPHS for g in a.graphs]


def reads(node: NodeProto) -> set[str]:
    """The values `node` depends on, those its subgraphs capture included."""
    names = {name for name in node.input if name}
    for inner in subgraphs(node):
        own = {i.name for i in inner.input} | {i.name for i in inner.initializer}
        own |= {name for n in inner.node for name in n.output}
        for n in inner.node:
            names |= reads(n) - own
        names |= {o.name for o in inner.output} - own
    return names


def sorted_nodes(nodes: list[NodeProto]) -> list[NodeProto]:
    """`nodes` in an order in which every producer precedes its readers, stable where it is one."""
    producer = {name: i for i, node in enumerate(nodes) for name in node.output if name}
    before = [{producer[n] for n in reads(node) if n in producer} for node in nodes]
    if all(i > max(needed, default=-1) for i, needed in enumerate(before)):
        return nodes
    readers: list[list[int]] = [[] for _ in nodes]
    for i, needed in enumerate(before):
        for j in needed:
            readers[j].append(i)
    missing = [len(needed) for needed in before]
    ready = [i for i, count in enumerate(missing) if count == 0]
    order: list[int] = []
    while ready:
        order.append(ready.pop(0))
        for j in readers[order[-1]]:
            missing[j] -= 1
            if missing[j] == 0:
                ready.append(j)
    if len(order) < len(nodes):
        stuck = [nodes[i].name or nodes[i].op_type for i, count in enumerate(missing) if count]
        raise ModelError(f"The nodes {', '.join(stuck[:5])} feed each other in a loop.")
    return [nodes[i] for i in order]


def lift_constants(draft: Draft) -> None:
    """Move the tensors of Constant nodes into `draft.constants`."""
    kept: list[NodeProto] = []
    for node in draft.nodes:
        if node.op_type != "Constant" or node.domain not in ("", "ai.onnx"):
            kept.append(node)
            continue
        array = _constant_value(node)
        if array is None or not node.output:
            raise ModelError(f"The constant {node.name or list(node.output)} cannot be read.")
        draft.constants[node.output[0]] = array
    draft.nodes = kept


def _constant_value(node: NodeProto) -> Array | None:
    for attr in node.attribute:
        if attr.name == "value" and attr.type == AttributeProto.TENSOR:
            return read_tensor(attr.t)
        if attr.name in ("value_float", "value_floats"):
            return np.array(helper.get_attribute_value(attr), np.float32)
        if attr.name in ("value_int", "value_ints"):
            return np.array(helper.get_attribute_value(attr), np.int64)
    return None


def read_tensor(tensor: TensorProto) -> Array:
    """The array of `tensor`, halves as float32; raises ModelError when it is damaged."""
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise ModelError(f"The constant {tensor.name!r} is damaged: {error}.") from None
    if array.dtype == object or array.dtype.kind in "US":
        raise ModelError(f"The constant {tensor.name!r} holds text, which no layer can compute.")
    if array.dtype.name in ("float16", "bfloat16"):
        return array.astype(np.float32)
    return np.array(array)


def infer_types(draft: Draft) -> None:
    """Fill `draft.types` with what onnx's inference derives from inputs and constants."""
    inputs = list(draft.inputs)
    initializers: list[TensorProto] = []
    for name, array in draft.constants.items():
        if array.size <= _INLINE_LIMIT:
            initializers.append(numpy_helper.from_array(array, name))
        else:
            kind = helper.np_dtype_to_tensor_dtype(array.dtype)
            inputs.append(helper.make_tensor_value_info(name, kind, array.shape))
    outputs = [helper.make_empty_tensor_value_info(name) for name in draft.outputs]
    graph = helper.make_graph(draft.nodes, "sizes", inputs, outputs, initializers)
    graph.value_info.extend(draft.declared)
    model = helper.make_model(graph, opset_imports=_opsets(draft), ir_version=10)
    try:
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except (InferenceError, ValueError, RuntimeError, TypeError) as error:
        raise ModelError(f"The sizes inside the network cannot be derived: {error}.") from None
    for info in (*draft.inputs, *inferred.value_info, *inferred.output):
        known = known_type(info)
        if known is not None:
            draft.types[info.name] = known
    if _declare_missed_sizes(draft):
        infer_types(draft)


def _declare_missed_sizes(draft: Draft) -> bool:
    """State the sizes onnx's inference loses or gets wrong; whether there was one."""
    stated = {info.name for info in draft.declared}
    before = len(stated)
    for node in draft.nodes:
        if not node.input or not node.output or not is_known(node, draft.opset):
            continue
        name, shape = node.output[0], _missed_size(draft, node)
        if shape is not None and draft.shape(name) != shape and name not in stated:
            kind = helper.np_dtype_to_tensor_dtype(np.dtype(draft.dtype(node.input[0])))
            draft.declared.append(helper.make_tensor_value_info(name, kind, shape))
            stated.add(name)
    return len(stated) > before


def _missed_size(draft: Draft, node: NodeProto) -> Shape:
    """What onnxruntime makes of the first output of `node`; None where onnx's inference knows.

    A pool that rounds its size up has no window that begins behind the data; onnx counts those.
    """
    source, shape = draft.shape(node.input[0]), draft.shape(node.output[0])
    if node.op_type in _SAME_SIZE:
        return source
    attrs = {attr.name: attr for attr in node.attribute}
    if node.op_type not in _POOLS or shape is None or source is None or "strides" not in attrs:
        return None
    if "ceil_mode" not in attrs or attrs["ceil_mode"].i != 1:
        return None
    lengths = list(shape)
    pads = attrs["pads"].ints if "pads" in attrs else [0] * len(shape)
    for axis, (stride, pad) in enumerate(zip(attrs["strides"].ints, pads, strict=False), 2):
        if axis < len(shape) and (shape[axis] - 1) * stride >= source[axis] + pad:
            lengths[axis] -= 1
    return tuple(lengths)


def _opsets(draft: Draft) -> list[onnx.OperatorSetIdProto]:
    domains = sorted({node.domain for node in draft.nodes} - {"", "ai.onnx"})
    main = [helper.make_opsetid("", draft.opset)]
    return main + [helper.make_opsetid(domain, 1) for domain in domains]


def known_type(info: ValueInfoProto) -> tuple[Shape, str] | None:
    """(shape or None when a size is open, numpy type name) of a tensor; None for other types."""
    if info.type.WhichOneof("value") != "tensor_type" or not info.type.tensor_type.elem_type:
        return None
    try:
        dtype = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type).name
    except (KeyError, ValueError):
        return None
    if not info.type.tensor_type.HasField("shape"):
        return None, dtype
    dims = info.type.tensor_type.shape.dim
    if any(dim.WhichOneof("value") != "dim_value" or dim.dim_value < 0 for dim in dims):
        return None, dtype
    return tuple(dim.dim_value for dim in dims), dtype


def is_known(node: NodeProto, opset: int) -> bool:
    """Whether ONNX itself defines the operator of `node`."""
    return node.domain in ("", "ai.onnx") and onnx.defs.has(node.op_type, opset, "")


def _fold(draft: Draft) -> bool:
    """Compute every node whose result is known; whether there was one."""
    known: set[str] = set(draft.constants) | {""}
    foldable: list[NodeProto] = []
    kept: list[NodeProto] = []
    folded = False
    for node in draft.nodes:
        if node.op_type in ("Shape", "Size") and is_known(node, draft.opset):
            shape = draft.shape(node.input[0]) if node.input else None
            if shape is not None and node.output:
                draft.constants[node.output[0]] = _shape_value(node, shape)
                known.add(node.output[0])
                folded = True
                continue
        if _is_foldable(draft, node, known):
            foldable.append(node)
            known.update(node.output)
        else:
            kept.append(node)
    computed = _evaluate(draft, foldable)
    unfolded = [node for node in foldable if any(n and n not in computed for n in node.output)]
    draft.constants.update(computed)
    stay = {id(node) for node in (*kept, *unfolded)}
    draft.nodes = [node for node in draft.nodes if id(node) in stay]
    return folded or len(unfolded) < len(foldable)


def _shape_value(node: NodeProto, shape: tuple[int, ...]) -> Array:
    if node.op_type == "Size":
        return np.array(np.prod(shape, dtype=np.int64), np.int64)
    bounds = {a.name: a.i for a in node.attribute if a.name in ("start", "end")}
    return np.array(shape[bounds.get("start", 0) : bounds.get("end")], np.int64)


def _is_foldable(draft: Draft, node: NodeProto, known: set[str]) -> bool:
    if node.op_type in _RANDOM or not is_known(node, draft.opset) or subgraphs(node):
        return False
    if not all(name in known for name in node.input):
        return False
    if node.op_type in _BOUNDED_BY_INPUT:
        return all(name in draft.constants for name in node.input)
    # A size that is not known yet might be any size: wait for the next round of inference.
    for name in node.output:
        shape = draft.shape(name)
        if name and (shape is None or np.prod(shape, dtype=np.float64) > FOLD_LIMIT):
            return False
    return True


def _evaluate(draft: Draft, nodes: list[NodeProto]) -> dict[str, Array]:
    """Results of `nodes`, all at once; one by one where that fails, leaving out what cannot."""
    if not nodes:
        return {}
    try:
        return _run(draft.opset, nodes, draft.constants)
    except ORT_ERRORS:
        computed: dict[str, Array] = {}
    for node in nodes:
        available = {n: computed.get(n, draft.constants.get(n)) for n in node.input if n}
        feeds = {n: array for n, array in available.items() if array is not None}
        if len(feeds) == len(available):
            try:
                computed |= _run(draft.opset, [node], feeds)
            except ORT_ERRORS:
                continue
    return computed


def _run(opset: int, nodes: list[NodeProto], constants: Mapping[str, Array]) -> dict[str, Array]:
    made = [name for node in nodes for name in node.output if name]
    needed = {name for node in nodes for name in node.input if name} - set(made)
    feeds = {name: constants[name] for name in sorted(needed)}
    inputs = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
        for n, a in feeds.items()
    ]
    outputs = [helper.make_empty_tensor_value_info(name) for name in made]
    graph = helper.make_graph(nodes, "constants", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    session = open_session(model.SerializeToString(), threads=1, optimize=False)
    results = session.run(made, feeds)
    return {n: np.asarray(array) for n, array in zip(made, results, strict=True)}


def _take_constant_branches(draft: Draft) -> bool:
    """Put the branch that is taken in the place of every If whose condition is constant."""
    nodes: list[NodeProto] = []
    taken = False
    for index, node in enumerate(draft.nodes):
        condition = draft.constants.get(node.input[0]) if node.input else None
        if node.op_type == "If" and condition is not None and condition.size == 1:
            branch = "then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"
            body = next((a.g for a in node.attribute if a.name == branch), None)
            if body is not None and len(body.output) == len(node.output):
                nodes.extend(_inlined(draft, node, body, node.name or f"If_{index}"))
                taken = True
                continue
        nodes.append(node)
    draft.nodes = nodes
    if taken:
        lift_constants(draft)
    return taken


def _inlined(
    draft: Draft, node: NodeProto, body: onnx.GraphProto, prefix: str
) -> Iterator[NodeProto]:
    """The nodes of `body` with its values renamed so that two branches never share a name."""
    own = [name for n in body.node for name in n.output if name]
    own += [tensor.name for tensor in body.initializer]
    renamed = {name: f"{prefix}/{name}" for name in own}
    for tensor in body.initializer:
        draft.constants[renamed[tensor.name]] = read_tensor(tensor)
    for inner in body.node:
        copy = NodeProto()
        copy.CopyFrom(inner)
        _rename(copy, renamed)
        yield copy
    for result, name in zip(body.output, node.output, strict=True):
        if name:
            source = renamed.get(result.name, result.name)
            yield helper.make_node("Identity", [source], [name], name=f"{prefix}/{name}")


def _rename(node: NodeProto, renamed: Mapping[str, str]) -> None:
    """Rename what `node` reads and writes, and what its subgraphs capture."""
    for names in (node.input, node.output):
        for i, name in enumerate(names):
            names[i] = renamed.get(name, name)
    for inner in subgraphs(node):
        for n in inner.node:
            _rename(n, renamed)


def _drop_dead(draft: Draft) -> None:
    """Leave only nodes and constants on which an output depends."""
    needed = set(draft.outputs)
    kept: list[NodeProto] = []
    for node in reversed(draft.nodes):
        if not needed.isdisjoint(node.output):
            kept.append(node)
            needed |= reads(node)
    draft.nodes = kept[::-1]
    draft.constants = {n: a for n, a in draft.constants.items() if n in needed}

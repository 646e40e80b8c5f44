"""A simplified draft becomes the Graph: ONNX nodes as Nodes, every setting explicit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import AttributeProto, NodeProto, ValueInfoProto, helper

from rkviz.errors import ModelError
from rkviz.graph.attributes import RawNode, explicit
from rkviz.graph.model import NODE_OPSET, Array, Attr, Graph, Node, Value
from rkviz.graph.simplify import Draft, is_known, reads


def draft_of(
    nodes: Sequence[Node],
    constants: Mapping[str, Array],
    inputs: Sequence[Value],
    outputs: Sequence[str],
    declared: Sequence[Value] = (),
) -> Draft:
    """A network that did not come from an ONNX file, its `nodes` in ONNX's vocabulary.

    They mean what operator set 21 says, with settings where that has them; `declared` are sizes
    of what operators ONNX does not know compute.
    """
    protos = [
        helper.make_node(
            node.op, node.inputs, node.outputs, name=node.name, doc_string="", domain=node.domain,
            overload="", **node.attrs,
        )
        for node in nodes
    ]  # fmt: skip
    infos = [[_info(value) for value in values] for values in (inputs, declared)]
    return Draft(protos, dict(constants), infos[0], list(outputs), NODE_OPSET, infos[1])


def _info(value: Value) -> ValueInfoProto:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(value.dtype))
    return helper.make_tensor_value_info(value.name, kind, value.shape)


def graph_of(draft: Draft, name: str) -> Graph:
    """The Graph of a simplified draft."""
    outputs = tuple(output for output in draft.outputs if output not in draft.constants)
    if not outputs:
        raise ModelError("what the network computes does not depend on its inputs.")
    taken = {node.name for node in draft.nodes}
    nodes: list[Node] = []
    for info in draft.inputs:
        layer = info.name if info.name not in taken else f"{info.name}_input"
        nodes.append(Node(layer, "Input", (), (info.name,), {}, (info.name,)))
    constants, given = dict(draft.constants), dict(draft.given)
    names = {name for proto in draft.nodes for name in proto.output if name}
    names |= {info.name for info in draft.inputs}
    values = {name: Value(name, draft.shape(name), draft.dtype(name)) for name in names}
    for proto in draft.nodes:
        nodes.extend(explicit(_raw(draft, proto), constants, values, given))
    graph = Graph(
        name, tuple(nodes), values, constants, tuple(i.name for i in draft.inputs), outputs,
        max(NODE_OPSET, draft.opset), given,
    )  # fmt: skip
    return graph.with_nodes(graph.nodes)


def _raw(draft: Draft, proto: NodeProto) -> RawNode:
    """What `proto` says, with the schema's defaults for what it does not say."""
    known = is_known(proto, draft.opset)
    attrs: dict[str, Attr] = {}
    if known:
        schema = onnx.defs.get_schema(proto.op_type, draft.opset, "")
        _require_form(proto, schema)
        for key, meaning in schema.attributes.items():
            if meaning.default_value.type:
                _add_attr(attrs, key, meaning.default_value)
    for attr in proto.attribute:
        _add_attr(attrs, attr.name, attr)
    inputs = tuple(proto.input)
    while inputs and not inputs[-1]:
        inputs = inputs[:-1]
    # What a subgraph captures is read as well, though ONNX does not list it.
    inputs += tuple(sorted(reads(proto) - set(inputs)))
    node = Node(
        proto.name, proto.op_type, inputs, tuple(proto.output), attrs, (proto.name,),
        "" if known else proto.domain, proto.op_type,
    )  # fmt: skip
    shapes = {name: draft.shape(name) for name in (*inputs, *proto.output) if name}
    return RawNode(node, draft.opset, shapes, {n: draft.dtype(n) for n in shapes}, known)


def _require_form(proto: NodeProto, schema: onnx.defs.OpSchema) -> None:
    """Raise ModelError when `proto` has not the inputs or kinds of attributes of its operator."""
    count, most = len(proto.input), schema.max_input
    wrong = [
        attr.name
        for attr in proto.attribute
        if attr.name in schema.attributes and attr.type != int(schema.attributes[attr.name].type)  # pyright: ignore[reportArgumentType]
    ]
    if not schema.min_input <= count <= most or not proto.output:
        raise ModelError(f"{proto.op_type} {proto.name!r} has {count} inputs, which it cannot.")
    if wrong:
        raise ModelError(
            f"{proto.op_type} {proto.name!r} has settings of the wrong kind: {', '.join(wrong)}."
        )


def _add_attr(attrs: dict[str, Attr], key: str, attr: AttributeProto) -> None:
    """Add what an Attr can hold; tensors, graphs and types belong to operators nobody runs."""
    match attr.type:
        case AttributeProto.INT:
            attrs[key] = int(attr.i)
        case AttributeProto.FLOAT:
            attrs[key] = float(attr.f)
        case AttributeProto.STRING:
            attrs[key] = attr.s.decode("utf-8", "replace")
        case AttributeProto.STRINGS:
            attrs[key] = ",".join(s.decode("utf-8", "replace") for s in attr.strings)
        case AttributeProto.INTS:
            attrs[key] = tuple(int(i) for i in attr.ints)
        case AttributeProto.FLOATS:
            attrs[key] = tuple(float(f) for f in attr.floats)
        case _:
            pass

"""The description inside an `.rknn` file as checked records: nodes, tensors, and how they join."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from rkviz.errors import FormatError
from rkviz.formats.rknn_container import Container
from rkviz.numerics import QuantParams, QuantScheme

AFFINE = "VSI_NN_QNT_TYPE_AFFINE_ASYMMETRIC"
_DFP = "VSI_NN_QNT_TYPE_DFP"
_PLAIN = "VSI_NN_QNT_TYPE_NONE"
UINT8, INT32 = "VSI_NN_TYPE_UINT8", "VSI_NN_TYPE_INT32"
_FIXED = {"VSI_NN_TYPE_INT8": QuantScheme.I8, "VSI_NN_TYPE_INT16": QuantScheme.I16}
_BYTES = {
    UINT8: 1, "VSI_NN_TYPE_INT8": 1, "VSI_NN_TYPE_INT16": 2, "VSI_NN_TYPE_FLOAT16": 2,
    INT32: 4, "VSI_NN_TYPE_FLOAT32": 4, "VSI_NN_TYPE_INT64": 8,
}  # fmt: skip
_MOST_ELEMENTS = 1 << 28
_MOST_AXES = 8
_MOST_NODES = 20_000
_LARGEST_FL = 64


@dataclass(frozen=True)
class Dtype:
    """What the numbers of a tensor are; `params` is None where they are no codes of a layer."""

    vx_type: str
    scale: float = 1.0
    params: QuantParams | None = None


@dataclass(frozen=True)
class StoredTensor:
    """A tensor of the file; `shape` is row-major (the file has the fastest axis first).

    `offset` and `length` are the place of a constant in the body, 0 for inputs and outputs.
    """

    shape: tuple[int, ...]
    dtype: Dtype
    url: str = ""
    offset: int = 0
    length: int = 0


@dataclass(frozen=True)
class Source:
    """Where an input of a node comes from: "norm" or "const" tensor, or port of a "node"."""

    kind: str
    number: int
    port: int = 0


@dataclass(frozen=True)
class StoredNode:
    """One operation; `settings` is its block of parameters, whatever that is called.

    `inputs` maps ports to sources (unused ports are absent), `outputs` ports to their types.
    """

    lid: str
    name: str
    op: str
    settings: Entry
    inputs: Mapping[int, Source]
    outputs: Mapping[int, Dtype]
    output_count: int


@dataclass(frozen=True)
class Tables:
    """Everything the description says of the network itself."""

    nodes: tuple[StoredNode, ...]
    inputs: tuple[StoredTensor, ...]
    """In the order of their ports."""
    input_numbers: tuple[int, ...]
    """Tensor ids of `inputs`, which `Source` refers to."""
    outputs: tuple[tuple[StoredTensor, int, int], ...]
    """Tensor, node index and port that computes it, in the order of their ports."""
    constants: Mapping[int, StoredTensor]


@dataclass(frozen=True)
class Entry:
    """One value of the JSON with its place, so that what is wrong can be named.

    Every method raises FormatError.
    """

    value: object
    place: str
    where: str

    def fail(self, expected: str) -> FormatError:
        if self.value is None:
            return FormatError(f"{self.where}: {self.place} is missing; expected {expected}.")
        shown = repr(self.value)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        return FormatError(f"{self.where}: {self.place} is {shown}; expected {expected}.")

    def get(self, key: str) -> Entry:
        if not isinstance(self.value, dict):
            raise self.fail("a table of names and values")
        return Entry(
            cast(dict[str, object], self.value).get(key), f"{self.place}.{key}", self.where
        )

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def items(self) -> Iterator[Entry]:
        if not isinstance(self.value, list):
            raise self.fail("a list")
        for index, item in enumerate(cast(list[object], self.value)):
            yield Entry(item, f"{self.place}[{index}]", self.where)

    def whole(self, low: int = 0, high: int = (1 << 31) - 1) -> int:
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fail(f"a whole number from {low} to {high}")
        return value

    def number(self) -> float:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail("a number")
        try:
            real = float(value)
        except OverflowError:
            real = math.inf
        if not math.isfinite(real):
            raise self.fail("a finite number")
        return real

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail("a text")
        return self.value

    def wholes(self, count: int | None = None, low: int = 0) -> tuple[int, ...]:
        """A list of whole numbers, `count` of them where that is given."""
        found = tuple(item.whole(low) for item in self.items())
        if count is not None and len(found) != count:
            raise self.fail(f"{count} whole numbers")
        return found


def tables_of(container: Container) -> Tables:
    """The checked records of `container`; raises FormatError at the first thing that is wrong."""
    top = Entry(container.description, "the description", container.where)
    norm = dict(_tensors(top.get("norm_tensor"), None))
    constants = dict(_tensors(top.get("const_tensor"), len(container.body)))
    nodes = list(top.get("nodes").items())
    if len(nodes) > _MOST_NODES:
        raise FormatError(f"{container.where}: {len(nodes)} nodes are more than any network has.")
    inputs: list[dict[int, Source]] = [{} for _ in nodes]
    made: dict[int, tuple[int, int]] = {}
    for edge in top.get("connection").items():
        _join(edge, inputs, made, norm, constants)
    dtypes: list[dict[int, Dtype]] = [{} for _ in nodes]
    for entry in top.get("virtual_tensor").items():
        index = _index(entry.get("node_id"), len(nodes))
        dtypes[index][entry.get("output_port").whole()] = _dtype(entry.get("dtype"))
    for tensor, (index, port) in made.items():
        dtypes[index][port] = norm[tensor].dtype
    read, written = _ports(top.get("graph"), norm)
    lost = [tensor for tensor in written if tensor not in made]
    if lost or not read or not written:
        what = f"output tensor {lost[0]}" if lost else "any input or any output"
        raise FormatError(f"{container.where}: no node is joined to {what}; the file is damaged.")
    return Tables(
        nodes=tuple(
            _node(entry, inputs[index], dtypes[index]) for index, entry in enumerate(nodes)
        ),
        inputs=tuple(norm[tensor] for tensor in read),
        input_numbers=tuple(read),
        outputs=tuple((norm[tensor], *made[tensor]) for tensor in written),
        constants=constants,
    )


def _node(entry: Entry, inputs: Mapping[int, Source], outputs: Mapping[int, Dtype]) -> StoredNode:
    settings = Entry({}, f"{entry.place}.nn", entry.where)
    if entry.has("nn"):
        block = entry.get("nn")
        names = list(block.value) if isinstance(block.value, dict) else []
        if len(names) != 1:
            raise block.fail("one block of parameters")
        settings = block.get(str(names[0]))
        if not isinstance(settings.value, dict):
            raise settings.fail("a table of names and values")
    return StoredNode(
        lid=entry.get("lid").text(),
        name=entry.get("name").text(),
        op=entry.get("op").text(),
        settings=settings,
        inputs=inputs,
        outputs=outputs,
        output_count=entry.get("output_num").whole(1, 1024),
    )


def _tensors(entries: Entry, body: int | None) -> Iterator[tuple[int, StoredTensor]]:
    """Tensors by id; those of a body of so many bytes have a place in it."""
    for entry in entries.items():
        sizes = entry.get("size").wholes(low=1)
        if not 0 < len(sizes) <= _MOST_AXES or math.prod(sizes) > _MOST_ELEMENTS:
            raise entry.get("size").fail("sizes of a tensor this chip could hold")
        dtype = _dtype(entry.get("dtype"))
        offset = length = 0
        if body is not None:
            offset, length = entry.get("offset").whole(), entry.get("len").whole()
            if offset + length > body:
                raise entry.get("len").fail(
                    f"no more than the {body} bytes of constants hold behind byte {offset}"
                )
            if length != math.prod(sizes) * _BYTES[dtype.vx_type]:
                needed = math.prod(sizes) * _BYTES[dtype.vx_type]
                raise entry.get("len").fail(f"{needed}, from its sizes {list(sizes)}")
        url = entry.get("url").text() if entry.has("url") else ""
        tensor = StoredTensor(sizes[::-1], dtype, url, offset, length)
        yield entry.get("tensor_id").whole(), tensor


def _dtype(entry: Entry) -> Dtype:
    vx_type, kind = entry.get("vx_type").text(), entry.get("qnt_type").text()
    if vx_type not in _BYTES:
        raise entry.get("vx_type").fail(f"one of {', '.join(_BYTES)}")
    if kind == _PLAIN:
        # The chip computes in half floats whatever the file keeps.
        is_float = vx_type in ("VSI_NN_TYPE_FLOAT16", "VSI_NN_TYPE_FLOAT32")
        return Dtype(vx_type, 1.0, QuantParams.floating() if is_float else None)
    if kind == _DFP:
        fl = entry.get("fl").whole(-_LARGEST_FL, _LARGEST_FL)
        scheme = _FIXED.get(vx_type)
        params = QuantParams.fixed_point(scheme, fl) if scheme else None
        return Dtype(vx_type, math.ldexp(1.0, -fl), params)
    if kind != AFFINE:
        raise entry.get("qnt_type").fail(f"{AFFINE}, {_DFP} or {_PLAIN}")
    scale, zero_point = entry.get("scale").number(), entry.get("zero_point").whole(0, 255)
    if not 1e-30 < scale < 1e30:
        raise entry.get("scale").fail("a positive scale")
    params = QuantParams.affine(scale, zero_point) if vx_type == UINT8 else None
    return Dtype(vx_type, scale, params)


def _index(entry: Entry, count: int) -> int:
    """The index of one of `count` nodes; there may be none at all."""
    if count == 0:
        raise entry.fail("nothing, as there are no nodes")
    return entry.whole(0, count - 1)


def _join(
    edge: Entry,
    inputs: list[dict[int, Source]],
    made: dict[int, tuple[int, int]],
    norm: Mapping[int, StoredTensor],
    constants: Mapping[int, StoredTensor],
) -> None:
    """Enter one connection: an input of a node, or the node that computes an output."""
    index = _index(edge.get("node_id"), len(inputs))
    side, port = edge.get("left").text(), edge.get("left_tensor_id").whole(0, 1023)
    if edge.has("right_node"):
        right = edge.get("right_node")
        source = Source(
            "node", _index(right.get("node_id"), len(inputs)), right.get("tensor_id").whole()
        )
    else:
        right = edge.get("right_tensor")
        kind, number = right.get("type").text(), right.get("tensor_id").whole()
        known = {"norm_tensor": norm, "const_tensor": constants}.get(kind)
        if known is None:
            raise right.get("type").fail("norm_tensor or const_tensor")
        if number not in known:
            raise right.get("tensor_id").fail(f"the number of a {kind} of the file")
        source = Source(kind.removesuffix("_tensor"), number)
    if side == "input":
        inputs[index][port] = source
    elif side == "output" and source.kind == "norm":
        made[source.number] = (index, port)
    elif side != "output":
        raise edge.get("left").fail("input or output")


def _ports(entries: Entry, norm: Mapping[int, StoredTensor]) -> tuple[list[int], list[int]]:
    """Tensor ids of the network's inputs and of its outputs, in the order of their ports."""
    found: dict[str, dict[int, int]] = {"input": {}, "output": {}}
    for entry in entries.items():
        side = entry.get("left").text()
        if side not in found:
            raise entry.get("left").fail("input or output")
        tensor = entry.get("right_tensor_id").whole()
        if tensor not in norm:
            raise entry.get("right_tensor_id").fail("the number of a norm_tensor of the file")
        found[side][entry.get("left_tensor_id").whole()] = tensor
    read, written = ([ports[port] for port in sorted(ports)] for ports in found.values())
    return read, written

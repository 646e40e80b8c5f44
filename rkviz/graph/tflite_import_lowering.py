"""TensorFlow Lite's tensors (NHWC, codes) as ONNX values (NCHW, real numbers), and steps on them.

A tensor of four axes is taken for a picture: everywhere in rkviz it is NCHW. What an operator does
to the elements in the file's own order (a reshape, say) happens between two transposes, unless the
order is the same either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rkviz.graph.model import Array, Attr, Node, Value
from rkviz.graph.tflite_import_reader import FileNetwork, FileOperator, FileTensor
from rkviz.numerics import QuantParams

TO_NCHW = (0, 3, 1, 2)
TO_NHWC = (0, 2, 3, 1)
_ACTIVATIONS: Mapping[int, str] = {1: "Relu", 2: "Clip", 3: "Relu6", 4: "Tanh"}
_BOUNDS: Mapping[str, tuple[float, float]] = {"Relu6": (0.0, 6.0), "Clip": (-1.0, 1.0)}
_DECLARED = frozenset({"float32", "int32", "int64", "bool", "uint8", "int8"})
Shape = tuple[int, ...]
Step = tuple[str, tuple[str, ...], dict[str, Attr]]
"""Operator, inputs behind the first one, attributes."""


class NotInOnnxError(Exception):
    """An operator, or a setting of one, that ONNX cannot say: the layer stays one nobody knows."""


def nchw(shape: Shape) -> Shape:
    """A shape of the file as rkviz has it."""
    return tuple(shape[axis] for axis in TO_NCHW) if len(shape) == 4 else shape


def same_order(shape: Shape) -> bool:
    """Whether the elements of `shape` have one order in NHWC and in NCHW."""
    return len(shape) != 4 or shape[1] * shape[2] == 1 or shape[3] == 1


@dataclass(frozen=True)
class Call:
    """One operator that is being lowered, and the name of the layer it becomes."""

    operator: FileOperator
    layer: str

    def option(self, name: str, default: int = 0) -> int:
        return int(self.operator.options.get(name, default))

    def number(self, name: str, default: float) -> float:
        return float(self.operator.options.get(name, default))

    def input(self, index: int) -> int:
        """The tensor at input `index`, -1 when absent."""
        inputs = self.operator.inputs
        return inputs[index] if index < len(inputs) else -1

    @property
    def output(self) -> int:
        return self.operator.outputs[0]


class Lowering:
    """Collects the nodes, constants and stated parameters of one network."""

    def __init__(self, network: FileNetwork) -> None:
        self.network = network
        self.layer = ""
        """The layer that is being lowered, to name in what is said of its constants."""
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self.given: dict[str, QuantParams] = {}
        self.per_channel: list[str] = []
        """Layers whose weights have a scale for every channel."""
        self.untaken: list[str] = []
        """Tensors whose stated type the NPU does not have."""
        self.declared: list[Value] = []
        self.names = unique_names(network.tensors)
        self._same_as: dict[int, int] = {}
        self._layers: set[str] = set()
        self._in_file_order: dict[int, str] = {}
        for name, tensor in zip(self.names, network.tensors, strict=True):
            if tensor.data is None:
                self._state(name, tensor)

    def _state(self, name: str, tensor: FileTensor) -> None:
        if tensor.affine is None or not tensor.affine.is_stored:
            return
        params = tensor.affine.params
        if params is not None:
            self.given[name] = params
        else:
            scale = float(tensor.affine.scale[0])
            self.untaken.append(f"{name!r} ({tensor.dtype}, scale {scale:.6g})")

    def tensor(self, index: int) -> FileTensor:
        """The tensor at `index`, or the constant it is a copy of; raises ValueError for -1."""
        if index < 0:
            raise ValueError("an input is missing")
        return self.network.tensors[self._same_as.get(index, index)]

    def shape(self, index: int) -> Shape:
        """The shape in the file."""
        return self.tensor(index).shape

    def is_constant(self, index: int) -> bool:
        return index >= 0 and self.tensor(index).data is not None

    def alias(self, copy: int, constant: int) -> None:
        """Let tensor `copy` stand for a constant (what dequantizes one)."""
        self._same_as[copy] = self._same_as.get(constant, constant)

    def real(self, index: int) -> Array:
        """The constant at `index` in the file's layout: real numbers, or integers without scale.

        Raises ValueError when it is computed.
        """
        tensor = self.tensor(index)
        if tensor.data is None:
            raise ValueError(f"{tensor.name!r} must be a constant")
        if tensor.affine is not None:
            return tensor.affine.real(tensor.data)
        kind = tensor.data.dtype
        return tensor.data.astype(np.float32 if kind.kind == "f" else kind.newbyteorder("="))

    def integers(self, index: int) -> tuple[int, ...]:
        """The integers of a constant list."""
        array = self.real(index)
        if array.dtype.kind not in "iu":
            raise ValueError(f"{self.tensor(index).name!r} must hold integers")
        return tuple(int(item) for item in array.reshape(-1))

    def constant(self, name: str, array: Array, source: int = -1) -> str:
        """Add a constant under a free name; `source` is the tensor whose codes are in it."""
        free = _free(name, self.constants)
        self.constants[free] = np.ascontiguousarray(array).reshape(array.shape)
        if source >= 0:
            tensor = self.tensor(source)
            if tensor.affine is not None and not tensor.affine.is_per_tensor:
                self.per_channel.append(f"{self.layer!r} ({tensor.affine.scale.size} scales)")
            else:
                self._state(free, tensor)
        return free

    def sizes(self, call: Call, suffix: str, numbers: Sequence[int]) -> str:
        """A constant list of integers for a setting of `call`."""
        return self.constant(f"{call.layer}/{suffix}", np.array(numbers, np.int64))

    def value(self, index: int) -> str:
        """The value of a tensor, NCHW where it has four axes; raises ValueError for -1."""
        if self.tensor(index).data is None:
            return self.names[index]
        array = self.real(index)
        turned = array.transpose(TO_NCHW) if array.ndim == 4 else array
        return self.constant(self.names[index], turned, index)

    def in_file_order(self, index: int) -> str:
        """A value whose elements lie as in the file; sizes of 1 may stand elsewhere."""
        if self.is_constant(index):
            return self.constant(f"{self.names[index]}/NHWC", self.real(index), index)
        return self.names[index] if same_order(self.shape(index)) else self.as_in_file(index)

    def as_in_file(self, index: int) -> str:
        """A computed value with the very shape of the file."""
        name = self.names[index]
        if len(self.shape(index)) != 4:
            return name
        if index not in self._in_file_order:
            turned = f"{name}/NHWC"
            self.node("Transpose", (name,), (turned,), turned, {"perm": TO_NHWC})
            if name in self.given:
                self.given[turned] = self.given[name]
            self._in_file_order[index] = turned
        return self._in_file_order[index]

    def node(
        self,
        op: str,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        layer: str,
        attrs: Mapping[str, Attr] | None = None,
        domain: str = "",
    ) -> None:
        """Add a node under a free name like `layer`."""
        name = _free(layer, self._layers)
        self._layers.add(name)
        self.nodes.append(Node(name, op, inputs, outputs, dict(attrs or {}), (name,), domain, op))

    def chain(self, call: Call, source: str, *steps: Step) -> None:
        """Apply `steps` to `source`; the last gives the output of `call`.

        The first step has the layer's name; the activation of `call` follows it.
        """
        output, todo = self.names[call.output], list(steps)
        activation = _ACTIVATIONS.get(call.option("FusedActivationFunction"), "")
        if activation:
            todo.insert(1, self.bounded(call, activation))
        for index, (op, inputs, attrs) in enumerate(todo):
            result = output if index == len(todo) - 1 else f"{output}/{op}_{index}"
            layer = call.layer if index == 0 else f"{call.layer}/{op}"
            self.node(op, (source, *inputs), (result,), layer, attrs)
            if index and op in ("Reshape", "Transpose") and output in self.given:
                # What lies before a move has the parameters stated for what lies behind it.
                self.given[source] = self.given[output]
            source = result

    def bounded(self, call: Call, op: str) -> Step:
        """An activation as a step: Relu6 and Clip (-1..1) are ONNX's Clip with their bounds."""
        if op not in _BOUNDS:
            return op, (), {}
        low, high = (
            self.constant(f"{call.layer}/{side}", np.array(bound, np.float32))
            for side, bound in zip(("low", "high"), _BOUNDS[op], strict=True)
        )
        return "Clip", (low, high), {}

    def arranged(self, call: Call, shape: Shape) -> list[Step]:
        """The steps from elements in the file's order to a tensor the file says is `shape`."""
        if same_order(shape):
            return [("Reshape", (self.sizes(call, "shape", nchw(shape)),), {})]
        return [
            ("Reshape", (self.sizes(call, "shape", shape),), {}),
            ("Transpose", (), {"perm": TO_NCHW}),
        ]

    def unknown(self, call: Call) -> None:
        """Keep an operator nobody knows, with the sizes the file states behind it."""
        inputs = tuple(self.value(i) if i >= 0 else "" for i in call.operator.inputs)
        outputs = tuple(self.names[index] for index in call.operator.outputs)
        for index, name in zip(call.operator.outputs, outputs, strict=True):
            tensor = self.tensor(index)
            dtype = "float32" if tensor.affine else tensor.dtype
            if dtype in _DECLARED:
                self.declared.append(Value(name, nchw(tensor.shape), dtype))
        self.node(call.operator.op, inputs, outputs, call.layer, domain="tflite")


def _free(name: str, taken: Mapping[str, object] | set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def unique_names(tensors: Sequence[FileTensor]) -> list[str]:
    """A name for each tensor, computed ones first.

    Converters join the names of all that became one operator with `;`; the first one is taken.
    """
    names = [""] * len(tensors)
    taken: set[str] = set()
    for index in sorted(range(len(tensors)), key=lambda i: tensors[i].data is not None):
        full = tensors[index].name
        names[index] = _free(full.split(";")[0] or full, taken)
        taken.add(names[index])
    return names

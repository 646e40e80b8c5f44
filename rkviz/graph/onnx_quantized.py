"""Quantized ONNX as the float network it stands for, with the parameters it states.

QuantizeLinear / DequantizeLinear around float operators (QDQ), and the operators on codes
(QLinearConv ...) of ONNX and of onnxruntime. A pair becomes an Identity, which the passes drop
unless its two sides state different parameters: then it is a conversion and stays a layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import NodeProto, TensorProto, helper

from rkviz.errors import ModelError
from rkviz.graph.affine import Affine
from rkviz.graph.model import Array
from rkviz.graph.simplify import Draft, lift_constants, sorted_nodes
from rkviz.graph.stated_limits import refuse_untaken

_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
_HIDES_RELU = frozenset(
    {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "BatchNormalization",
     "InstanceNormalization"}
)  # fmt: skip
_CODES = frozenset({TensorProto.UINT8, TensorProto.INT8, TensorProto.UINT16, TensorProto.INT16})
_ONE_INPUT = {
    "QLinearAveragePool": "AveragePool",
    "QLinearGlobalAveragePool": "GlobalAveragePool",
    "QLinearLeakyRelu": "LeakyRelu",
    "QLinearSigmoid": "Sigmoid",
    "QLinearSoftmax": "Softmax",
}
_TWO_INPUTS = {"QLinearAdd": "Add", "QLinearMul": "Mul", "QLinearMatMul": "MatMul"}
_OTHERS = frozenset(
    {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearConcat",
     "QGemm", "ConvInteger", "MatMulInteger"}
)  # fmt: skip
_NOT_OF_ONNX = frozenset({"channels_last", "opset"})


def lower_quantized(draft: Draft, requantize: bool) -> None:
    """Replace every quantized operator of `draft` by its float one; fill `draft.given`.

    onnxruntime's quantizer drops a Relu whose work the saturation at code 0 does; it is put back,
    or the float network would be another one. Raises ModelError for damaged parameters and, without
    `requantize`, for what the NPU cannot take.
    """
    names = {*_OTHERS, *_ONE_INPUT, *_TWO_INPUTS}
    if not any(node.op_type in names and node.domain in _DOMAINS for node in draft.nodes):
        return
    draft.nodes = sorted_nodes(draft.nodes)
    lift_constants(draft)
    work = _Lowering(draft)
    for node in draft.nodes:
        try:
            work.take(node)
        except (ValueError, IndexError, TypeError, OverflowError) as error:
            raise ModelError(f"{node.op_type} {node.name!r} is damaged: {error}.") from None
    draft.nodes = work.nodes
    refuse_untaken(work.per_channel, work.untaken, requantize)


class _Lowering:
    """Walks the nodes once, in order; gone when the draft is float."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.nodes: list[NodeProto] = []
        self.per_channel: list[str] = []
        self.untaken: list[str] = []
        self._affine: dict[str, Affine] = {}
        self._dtype: dict[str, str] = {}
        """Computed value -> type of its codes, as far as it is stated."""
        self._producer: dict[str, NodeProto] = {}
        self._reader: dict[str, NodeProto] = {}
        for node in reversed(draft.nodes):
            self._reader.update((name, node) for name in node.input)
        self._inputs = {info.name: info for info in draft.inputs}
        self._names = {node.name for node in draft.nodes}

    def take(self, node: NodeProto) -> None:
        """Lower `node`, or keep it as it is."""
        op = node.op_type if node.domain in _DOMAINS else ""
        if op == "QuantizeLinear":
            self._quantize(node)
        elif op == "DequantizeLinear":
            self._dequantize(node)
        elif op == "DynamicQuantizeLinear":
            self._quantize_dynamically(node)
        elif op == "QLinearConv":
            inputs = [self._fed(node, 0), self._weight(node, 3, 0), *self._bias(node, 8)]
            self._emit(node, "Conv", inputs, 6)
        elif op == "QGemm":
            axis = 0 if _integer(node, "transB") else 1
            inputs = [self._fed(node, 0), self._weight(node, 3, axis), *self._bias(node, 6)]
            self._emit(node, "Gemm", inputs, 7)
        elif op in _TWO_INPUTS:
            inputs = [self._fed(node, 0, -1), self._fed(node, 3, -1)]
            self._emit(node, _TWO_INPUTS[op], inputs, 6)
        elif op in _ONE_INPUT:
            if _integer(node, "channels_last"):
                raise ValueError("channels stand last, which rkviz does not open")
            self._emit(node, _ONE_INPUT[op], [self._fed(node, 0)], 3)
        elif op == "QLinearConcat":
            inputs = [self._fed(node, index) for index in range(2, len(node.input), 3)]
            self._emit(node, "Concat", inputs, 0)
        elif op in ("ConvInteger", "MatMulInteger"):
            self._integers(node)
        else:
            self._keep(node)

    def _keep(self, node: NodeProto) -> None:
        """A float operator, or one that moves codes: what it moves keeps its type."""
        dtype = self._dtype.get(node.input[0]) if node.input else None
        for name in node.output:
            self._producer[name] = node
            if dtype is not None and node.op_type != "Cast":
                self._dtype[name] = dtype
        self.nodes.append(node)

    def _constant(self, name: str) -> Array | None:
        return self.draft.constants.get(name) if name else None

    def _stated(self, node: NodeProto, scale: int, of: str, axis: int = 1) -> Affine:
        """The parameters at inputs `scale` and `scale` + 1 of `node`, for the value `of`."""
        names = [node.input[i] if i < len(node.input) else "" for i in (scale, scale + 1)]
        scales, zeros = (self._constant(name) for name in names)
        if scales is None or (names[1] and zeros is None):
            raise ValueError("its scale or zero point is computed at run time")
        codes = self._constant(of)
        kind = zeros if zeros is not None else codes
        dtype = kind.dtype.name if kind is not None else self._dtype.get(of, "uint8")
        if scales.ndim > 1:
            raise ValueError("it has a scale for every block, which rkviz does not open")
        flat = scales.reshape(-1).astype(np.float32)
        zero_point = np.zeros(flat.shape, np.int64)
        if zeros is not None:
            zero_point = zeros.reshape(-1).astype(np.int64)
        if codes is not None and axis < 0:
            axis += codes.ndim
        return Affine(dtype, flat, zero_point, axis)

    def _state(self, name: str, affine: Affine) -> None:
        """Take down what the file says of a computed value, the first time it does."""
        if name in self._affine:
            return
        self._affine[name] = affine
        self._dtype[name] = affine.dtype
        info = self._inputs.get(name)
        if info is not None and info.type.tensor_type.elem_type in _CODES:
            info.type.tensor_type.elem_type = TensorProto.FLOAT
        self._give(name, affine)

    def _give(self, name: str, affine: Affine) -> None:
        if not affine.is_stored:
            return
        if affine.params is not None:
            self.draft.given[name] = affine.params
        else:
            self.untaken.append(f"{name!r} ({affine.dtype}, scale {float(affine.scale[0]):.6g})")

    def _real(self, name: str, affine: Affine, made: str, layer: str) -> str:
        """Put the numbers that the codes of the constant `name` stand for under `made`."""
        self.draft.constants[made] = affine.real(self.draft.constants[name])
        if affine.is_stored and not affine.is_per_tensor:
            self.per_channel.append(f"{layer!r} ({affine.scale.size} scales)")
        else:
            self._give(made, affine)
        return made

    def _fed(self, node: NodeProto, index: int, axis: int = 1) -> str:
        """The real value of the operand at `index`, whose parameters follow it."""
        name = node.input[index]
        affine = self._stated(node, index + 1, name, axis)
        if self._constant(name) is not None:
            return self._real(name, affine, f"{name}/{node.name}", node.name)
        self._state(name, affine)
        return name

    def _weight(self, node: NodeProto, index: int, axis: int) -> str:
        if self._constant(node.input[index]) is None:
            raise ValueError("its weights are computed at run time")
        return self._fed(node, index, axis)

    def _bias(self, node: NodeProto, index: int) -> list[str]:
        """int32 in steps of the input's times the weights' scale."""
        name = node.input[index] if index < len(node.input) else ""
        if not name:
            return []
        codes, scales = self._constant(name), [self._constant(node.input[i]) for i in (1, 4)]
        if codes is None or scales[0] is None or scales[1] is None:
            raise ValueError("its bias is computed at run time")
        with np.errstate(over="ignore", invalid="ignore"):  # Affine refuses what comes of it
            step = scales[0].reshape(-1).astype(np.float32) * scales[1].reshape(-1).astype(
                np.float32
            )
        affine = Affine("int32", step, np.zeros(step.shape, np.int64))
        return [self._real(name, affine, f"{name}/{node.name}", node.name)]

    def _emit(self, node: NodeProto, op: str, inputs: Sequence[str], result: int) -> None:
        """The float operator for `node`; the parameters of its result stand at input `result`."""
        output = node.output[0]
        scale = node.input[result] if result < len(node.input) else ""
        affine = self._stated(node, result, output) if scale else None
        made = helper.make_node(op, inputs, [output], name=node.name)
        made.attribute.extend(a for a in node.attribute if a.name not in _NOT_OF_ONNX)
        if affine is not None and self._hides_relu(made, affine):
            made.output[0] = f"{output}/linear"
            self.nodes.append(made)
            made = self._relu(made, made.output[0], output, affine)
        if affine is not None:
            self._state(output, affine)
        self._keep(made)

    def _hides_relu(self, node: NodeProto, affine: Affine) -> bool:
        """Whether saturation at the lowest code, which is 0, does the work of a Relu."""
        params = affine.params
        if node.op_type not in _HIDES_RELU or params is None or params.low != 0:
            return False
        known = [self._affine.get(name) for name in node.input]
        lows = [a.params.low for a in known if a is not None and a.params is not None]
        # Sums and products of numbers that are never negative need none.
        never_negative = len(lows) == len(known) and min(lows) >= 0
        return node.op_type not in ("Add", "Mul") or not never_negative

    def _relu(self, node: NodeProto, source: str, output: str, affine: Affine) -> NodeProto:
        """The Relu, or Relu6 where the range ends at 6, that the quantizer left out."""
        name, number = f"{node.name}/Relu", 2
        while name in self._names:
            name, number = f"{node.name}/Relu_{number}", number + 1
        self._names.add(name)
        params = affine.params
        # Clip has its bounds as inputs since opset 11.
        if params is None or abs(params.high - 6.0) > 1e-3 or self.draft.opset < 11:
            return helper.make_node("Relu", [source], [output], name=name)
        bounds = {f"{name}/low": 0.0, f"{name}/high": 6.0}
        self.draft.constants.update((key, np.array(b, np.float32)) for key, b in bounds.items())
        return helper.make_node("Clip", [source, *bounds], [output], name=name)

    def _quantize(self, node: NodeProto) -> None:
        x, y = node.input[0], node.output[0]
        affine = self._stated(node, 1, "", _integer(node, "axis", 1))
        array = self._constant(x)
        if array is not None:
            self.draft.constants[y] = affine.codes(array)
            return
        before = self._producer.get(x)
        made = helper.make_node("Identity", [x], [y], name=node.name)
        if before is not None and self._hides_relu(before, affine):
            made = self._relu(before, x, y, affine)
        self._state(y, affine)
        self._keep(made)

    def _dequantize(self, node: NodeProto) -> None:
        codes, out = node.input[0], node.output[0]
        affine = self._stated(node, 1, codes, _integer(node, "axis", 1))
        if self._constant(codes) is not None:
            reader = self._reader.get(out, node)
            self._real(codes, affine, out, reader.name)
            return
        self._state(codes, affine)
        self._give(out, affine)
        self._keep(helper.make_node("Identity", [codes], [out], name=node.name))

    def _quantize_dynamically(self, node: NodeProto) -> None:
        """Its scale is known at run time only: the real numbers go on, with the scale 1."""
        for name, array in zip(
            node.output[1:], (np.array(1, np.float32), np.array(0, np.uint8)), strict=False
        ):
            self.draft.constants[name] = array
        self._keep(helper.make_node("Identity", node.input[:1], node.output[:1], name=node.name))

    def _integers(self, node: NodeProto) -> None:
        """Sums of products in codes: real x over its scale times what the weight codes count."""
        x, w = node.input[0], self._constant(node.input[1])
        if w is None:
            raise ValueError("its weights are computed at run time")
        zero = self._constant(node.input[3]) if len(node.input) > 3 else None
        counted = w.astype(np.int32) - (0 if zero is None else int(zero.reshape(-1)[0]))
        affine = self._affine.get(x)
        step = affine.scale[0] if affine is not None else np.float32(1)
        made = f"{node.input[1]}/{node.name}"
        self.draft.constants[made] = np.asarray(counted.astype(np.float32) / step)
        op = "Conv" if node.op_type == "ConvInteger" else "MatMul"
        kept = helper.make_node(op, [x, made], node.output, name=node.name)
        kept.attribute.extend(node.attribute)
        self._keep(kept)


def _integer(node: NodeProto, name: str, default: int = 0) -> int:
    return next((int(a.i) for a in node.attribute if a.name == name), default)

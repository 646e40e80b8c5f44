"""A plan as QDQ ONNX, which onnxruntime runs and other converters read.

Every tensor the chip holds as integers is a pair QuantizeLinear, DequantizeLinear with the plan's
own parameters (u8: asymmetric; i8 and i16: power-of-two scale, zero point 0), every weight an
initializer of codes behind a DequantizeLinear, every operator the float one between them. Float
islands are plain float32. Inputs, outputs, values and nodes keep the names of the model; what is
in between gets the name of its tensor and "/codes", "/exact", "/scale" or "/zero".

A bias is int32 with the scale of input times weights, as onnxruntime's integer convolution wants
it. ONNX dequantizes no int64, so the bias of an i16 layer is int32 with the finest power-of-two
scale that holds it: better than float32. (Left in float, onnxruntime would quantize it to the
scale of input times weights by itself, and it would saturate.)

What the file computes differs from the emulator where the chip rounds in ways of its own: its
shader's multipliers have 16 bits, its tables of sigmoid or swish steps of their own; fp16 layers
keep float32 here, and accumulators do not wrap. Measured on MobileNet, two detectors and every
operator there is: given the same codes, a layer is within one code of the emulator, in i16 within
eight for what the chip computes by tables or interpolates (hard sigmoid: 60 of 65 536). Through a
whole network such codes travel on: the logits of a classifier end within two, the heads of a
YOLOv5n within seven; a steep sigmoid behind can be off by more in single pixels.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, helper

from rkviz import __version__
from rkviz.atomic import write_atomically
from rkviz.emulate.compiled.onnx_nodes import Emission, emit
from rkviz.errors import FormatError
from rkviz.graph.model import NODE_OPSET, Node
from rkviz.numerics import QuantParams
from rkviz.quantize.plan import QuantPlan, Step, TensorPlan

_IR_VERSION = 10
"""The first that goes with operator set 21, which brings 16-bit QuantizeLinear."""
_LARGEST_FILE = (1 << 31) - (1 << 20)
"""Protobuf ends at 2 GiB; the nodes need some of it."""
_SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)


def qdq_model(plan: QuantPlan) -> ModelProto:
    """The network of `plan` as QDQ ONNX: NCHW float32 in (prepared as for the model) and out.

    Raises FormatError when the plan leaves layers out or does not fit into one ONNX file.
    """
    if plan.skipped:
        raise FormatError(
            "The network cannot be written as QDQ ONNX: these layers cannot be run; replace them "
            "in the model or cut it in front of them.",
            [f"{name}: {reason}" for name, reason in plan.skipped.items()],
        )
    size = sum(t.codes.nbytes for t in plan.tensors.values() if t.codes is not None)
    if size > _LARGEST_FILE:
        raise FormatError(
            f"The weights take {size >> 20} MiB; one ONNX file holds at most 2048: choose u8 for "
            "more layers."
        )
    return _Writer(plan).model()


def write_qdq(plan: QuantPlan, path: Path) -> dict[str, int]:
    """Write `qdq_model` to `path`; returns how many tensors are in each type.

    Raises FormatError when that is not possible.
    """
    write_atomically(path, qdq_model(plan).SerializeToString(), FormatError)
    counts: dict[str, int] = {}
    for step in plan.steps:
        for name in step.outputs:
            word = plan.tensors[name].params.scheme.word
            counts[word] = counts.get(word, 0) + 1
    return counts


class _Writer:
    """Walks the steps once and emits nodes; gone when the model is built."""

    def __init__(self, plan: QuantPlan) -> None:
        self.plan, self.graph = plan, plan.graph
        shapes = {n: v.shape for n, v in plan.graph.values.items() if v.shape is not None}
        self.out = Emission(max(plan.graph.opset, NODE_OPSET), shapes)
        self.real: dict[str, str] = {}
        """Tensor of the plan -> the ONNX value that holds its real numbers."""
        self.taken = {*plan.graph.values, *plan.graph.constants, *plan.tensors}
        self.written: set[str] = set()
        """Constants whose own name is in use."""

    def model(self) -> ModelProto:
        for step in self.plan.steps:
            if step.op == "Input":
                self._input(step)
            elif step.op == "Convert":
                self._converter(step)
            else:
                self._layer(step)
        graph = helper.make_graph(
            self.out.nodes,
            self.graph.name or "rkviz",
            [self._info(name) for name in self.graph.inputs],
            [self._info(name) for name in self.graph.outputs],
            self.out.initializers,
        )
        opsets = [helper.make_opsetid("", self.out.opset)]
        made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        made.producer_name, made.producer_version = "rkviz", __version__
        return made

    def _info(self, value: str) -> onnx.ValueInfoProto:
        known = self.graph.values[value]
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(known.dtype))
        return helper.make_tensor_value_info(value, kind, known.shape)

    def _input(self, step: Step) -> None:
        (name,) = step.outputs
        self.real[name] = name
        if self._is_coded(name):
            self.real[name] = self._fresh(f"{name}/quantized")
            self._round_trip(name, name, self.real[name])

    def _converter(self, step: Step) -> None:
        (source,), (target,) = step.inputs, step.outputs
        if self._is_coded(target):
            self.real[target] = target
            self._round_trip(target, self.real[source], target)
        else:
            self.real[target] = self.real[source]

    def _layer(self, step: Step) -> None:
        """The operator of `step` in float, its activation, and the codes of what they give."""
        node = self.graph.by_name[step.name]
        pairs = list(zip(step.inputs, node.inputs, strict=True))
        inputs = tuple(self._operand(tensor, value) if tensor else "" for tensor, value in pairs)
        parts = [replace(node, inputs=inputs)]
        parts += [self.graph.by_name[name] for name in step.layers[1:]]
        tensors = iter(step.outputs)
        last = parts[-1]
        exact = [self._exact(next(tensors)) if name else "" for name in last.outputs]
        parts[-1] = replace(last, outputs=tuple(exact))
        for part in parts:
            self._emit(part)
        for tensor, source in zip(step.outputs, (name for name in exact if name), strict=True):
            self.real[tensor] = tensor
            if source != tensor:
                self._round_trip(tensor, source, tensor)

    def _emit(self, node: Node) -> None:
        if node.domain:
            raise FormatError(
                f"Layer {node.name!r} ({node.op} of {node.domain}) is no operator of ONNX."
            )
        if node.op == "AveragePool" and set(node.ints_attr("dilations", (1,))) == {1}:
            # onnxruntime's integer form of it does not know the attribute, even at its default.
            node = replace(node, attrs={k: v for k, v in node.attrs.items() if k != "dilations"})
        emit(node, self.out)

    def _exact(self, tensor: str) -> str:
        """Where a layer puts its result before it becomes codes."""
        return self._fresh(f"{tensor}/exact") if self._is_coded(tensor) else tensor

    def _is_coded(self, tensor: str) -> bool:
        known = self.plan.tensors[tensor]
        value = self.graph.values.get(known.value)
        return known.params.scheme.is_quantized and (value is None or value.dtype == "float32")

    def _round_trip(self, tensor: str, source: str, target: str) -> None:
        """Emit source -> codes -> target with the parameters of `tensor`."""
        codes = self._fresh(f"{tensor}/codes")
        params = self.plan.tensors[tensor].params
        parameters = [self._scale(tensor, params), self._zero(tensor, params)]
        self.out.add("QuantizeLinear", [source, *parameters], [codes], f"{tensor}/quantize")
        self.out.add("DequantizeLinear", [codes, *parameters], [target], f"{tensor}/dequantize")

    def _scale(self, tensor: str, params: QuantParams) -> str:
        # An all-zero fixed-point tensor has scale 2**-300; any scale float32 has serves as well.
        scale = np.array(max(params.scale, _SMALLEST_NORMAL), np.float32)
        return self.out.constant(self._fresh(f"{tensor}/scale"), scale)

    def _zero(self, tensor: str, params: QuantParams) -> str:
        zero = np.array(params.zero_point, params.scheme.dtype)
        return self.out.constant(self._fresh(f"{tensor}/zero"), zero)

    def _operand(self, tensor: str, value: str) -> str:
        """The ONNX value of an input of a layer; constants are written at their first use."""
        known = self.plan.tensors[tensor]
        if known.codes is None:
            return self.real[tensor]
        if tensor not in self.real:
            free = value not in self.written
            self.written.add(value)
            self.real[tensor] = self._constant(known, value if free else tensor)
        return self.real[tensor]

    def _constant(self, known: TensorPlan, name: str) -> str:
        codes, params = known.codes, known.params
        assert codes is not None
        if not params.scheme.is_quantized:
            real = codes.astype(np.float32) if codes.dtype == np.float16 else codes
            return self.out.constant(name, real)
        if codes.dtype == np.int64 or (codes.dtype == np.int32 and params.scale < _SMALLEST_NORMAL):
            codes, params = _bias_in_32_bits(codes, params)
        held = self.out.constant(self._fresh(f"{name}/codes"), codes)
        parameters = [self._scale(name, params)]
        if codes.dtype != np.int32:
            # onnxruntime takes no zero point for int32 but one of that type.
            parameters.append(self._zero(name, params))
        return self.out.add("DequantizeLinear", [held, *parameters], [name], f"{name}/dequantize")

    def _fresh(self, wanted: str) -> str:
        """`wanted`, or with a number behind it where the model has that name already."""
        name, number = wanted, 1
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name


def _bias_in_32_bits(
    codes: NDArray[np.generic], params: QuantParams
) -> tuple[NDArray[np.int32], QuantParams]:
    """The numbers of a bias with the smallest power of two as scale that int32 allows."""
    real = codes.astype(np.float64) * params.scale
    _, exponent = math.frexp(float(np.abs(real).max(initial=0)))
    scale = max(math.ldexp(1.0, exponent - 31), _SMALLEST_NORMAL)
    limit = (1 << 31) - 1
    held = np.clip(np.rint(real / scale), -limit, limit).astype(np.int32)
    return held, replace(params, scale=scale)

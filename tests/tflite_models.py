"""TensorFlow Lite files built in code: tensors, operators with options, a whole file as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np
import tflite

_TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "int16": 7, "int8": 9}
_CODES = {name: number for number, name in tflite.BUILTIN_OPCODE2NAME.items()}


class TfliteBuilder:
    """Collects tensors and operators; methods that add one return its index."""

    def __init__(self) -> None:
        self._builder = flatbuffers.Builder(1024)
        self._buffers: list[bytes] = [b""]
        self._tensors: list[int] = []
        self._operators: list[int] = []
        self._codes: list[str] = []

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str = "float32",
        scale: float | Sequence[float] | None = None,
        zero_point: int = 0,
        axis: int = 0,
        buffer: int = 0,
    ) -> int:
        """A computed tensor; with `scale` its codes are quantized, per channel if a list."""
        b = self._builder
        named, sizes = b.CreateString(name), self._integers(shape)
        quantization = None
        if scale is not None:
            scales = np.atleast_1d(np.float32(scale))
            zeros = b.CreateNumpyVector(np.full(scales.size, zero_point, np.int64))
            made = b.CreateNumpyVector(scales)
            tflite.QuantizationParametersStart(b)
            tflite.QuantizationParametersAddScale(b, made)
            tflite.QuantizationParametersAddZeroPoint(b, zeros)
            tflite.QuantizationParametersAddQuantizedDimension(b, axis)
            quantization = tflite.QuantizationParametersEnd(b)
        tflite.TensorStart(b)
        tflite.TensorAddShape(b, sizes)
        tflite.TensorAddType(b, _TYPES[dtype])
        tflite.TensorAddBuffer(b, buffer)
        tflite.TensorAddName(b, named)
        if quantization is not None:
            tflite.TensorAddQuantization(b, quantization)
        self._tensors.append(tflite.TensorEnd(b))
        return len(self._tensors) - 1

    def constant(
        self,
        name: str,
        array: np.ndarray,
        scale: float | Sequence[float] | None = None,
        zero_point: int = 0,
        axis: int = 0,
    ) -> int:
        self._buffers.append(np.ascontiguousarray(array).tobytes())
        dtype, buffer = array.dtype.name, len(self._buffers) - 1
        return self.tensor(name, array.shape, dtype, scale, zero_point, axis, buffer)

    def op(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: int | Sequence[int],
        table: str = "",
        **options: object,
    ) -> int:
        """An operator; `table` and `options` as in the schema. Returns its first output."""
        b = self._builder
        results = [outputs] if isinstance(outputs, int) else list(outputs)
        if name not in self._codes:
            self._codes.append(name)
        stated = None
        if table:
            library: Mapping[str, Any] = vars(tflite)
            library[f"{table}Start"](b)
            for field, value in options.items():
                library[f"{table}Add{field}"](b, value)
            stated = library[f"{table}End"](b)
        read, made = self._integers(inputs), self._integers(results)
        tflite.OperatorStart(b)
        tflite.OperatorAddOpcodeIndex(b, self._codes.index(name))
        tflite.OperatorAddInputs(b, read)
        tflite.OperatorAddOutputs(b, made)
        if stated is not None:
            tflite.OperatorAddBuiltinOptionsType(b, getattr(tflite.BuiltinOptions, table))
            tflite.OperatorAddBuiltinOptions(b, stated)
        self._operators.append(tflite.OperatorEnd(b))
        return results[0]

    def file(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The whole file."""
        b = self._builder
        read, made = self._integers(inputs), self._integers(outputs)
        tensors, operators = self._offsets(self._tensors), self._offsets(self._operators)
        tflite.SubGraphStart(b)
        tflite.SubGraphAddTensors(b, tensors)
        tflite.SubGraphAddInputs(b, read)
        tflite.SubGraphAddOutputs(b, made)
        tflite.SubGraphAddOperators(b, operators)
        graphs = self._offsets([tflite.SubGraphEnd(b)])
        buffers = self._offsets([self._buffer(content) for content in self._buffers])
        codes = self._offsets([self._code(name) for name in self._codes])
        tflite.ModelStart(b)
        tflite.ModelAddVersion(b, 3)
        tflite.ModelAddOperatorCodes(b, codes)
        tflite.ModelAddSubgraphs(b, graphs)
        tflite.ModelAddBuffers(b, buffers)
        b.Finish(tflite.ModelEnd(b), file_identifier=b"TFL3")
        return bytes(b.Output())

    def _integers(self, numbers: Sequence[int]) -> int:
        return self._builder.CreateNumpyVector(np.array(numbers, np.int32))

    def _offsets(self, offsets: Sequence[int]) -> int:
        b = self._builder
        b.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            b.PrependUOffsetTRelative(offset)
        return b.EndVector()

    def _buffer(self, content: bytes) -> int:
        b = self._builder
        data = None
        if content:
            b.StartVector(1, len(content), 16)
            b.head -= len(content)
            b.Bytes[b.Head() : b.Head() + len(content)] = content
            data = b.EndVector()
        tflite.BufferStart(b)
        if data is not None:
            tflite.BufferAddData(b, data)
        return tflite.BufferEnd(b)

    def _code(self, name: str) -> int:
        b, number = self._builder, _CODES.get(name, _CODES["CUSTOM"])
        custom = b.CreateString(name) if number == _CODES["CUSTOM"] else None
        tflite.OperatorCodeStart(b)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(number, 127))
        tflite.OperatorCodeAddBuiltinCode(b, number)
        if custom is not None:
            tflite.OperatorCodeAddCustomCode(b, custom)
        return tflite.OperatorCodeEnd(b)


def quantized_classifier(dtype: str = "uint8", per_channel: bool = False) -> bytes:
    """conv (SAME, stride 2, relu6), depthwise, mean, fully connected, softmax; all quantized."""
    random, b = np.random.default_rng(0), TfliteBuilder()
    shift = 0 if dtype == "uint8" else -128

    def weights(name: str, shape: tuple[int, ...], axis: int) -> int:
        codes = random.integers(0, 256, shape) + shift
        scale: float | list[float] = 0.01
        if per_channel:
            scale = [0.01 * (1 + i) for i in range(shape[axis])]
        zero = 0 if per_channel else 120 + shift
        return b.constant(name, codes.astype(dtype), scale, zero, axis)

    def bias(name: str, size: int, scale: float) -> int:
        return b.constant(name, random.integers(-500, 500, size).astype(np.int32), scale)

    x = b.tensor("input", (1, 8, 8, 3), dtype, 1 / 128, 128 + shift)
    conv = b.tensor("conv;made of;many", (1, 4, 4, 4), dtype, 6 / 255, shift)
    b.op("CONV_2D", [x, weights("conv_w", (4, 3, 3, 3), 0), bias("conv_b", 4, 0.01 / 128)], conv,
         "Conv2DOptions", Padding=0, StrideW=2, StrideH=2, FusedActivationFunction=3)  # fmt: skip
    depthwise = b.tensor("depthwise", (1, 4, 4, 4), dtype, 0.1, 128 + shift)
    b.op("DEPTHWISE_CONV_2D",
         [conv, weights("dw_w", (1, 3, 3, 4), 3), bias("dw_b", 4, 0.06 / 255)], depthwise,
         "DepthwiseConv2DOptions", Padding=0, StrideW=1, StrideH=1, DepthMultiplier=1)  # fmt: skip
    mean = b.tensor("mean", (1, 4), dtype, 0.1, 128 + shift)
    axes = b.constant("axes", np.array([1, 2], np.int32))
    b.op("MEAN", [depthwise, axes], mean, "ReducerOptions", KeepDims=False)
    scores = b.tensor("scores", (1, 5), dtype, 0.2, 100 + shift)
    b.op("FULLY_CONNECTED", [mean, weights("fc_w", (5, 4), 0), bias("fc_b", 5, 0.001)], scores,
         "FullyConnectedOptions", FusedActivationFunction=0)  # fmt: skip
    output = b.tensor("probabilities", (1, 5), dtype, 1 / 256, shift)
    b.op("SOFTMAX", [scores], output, "SoftmaxOptions", Beta=1.0)
    return b.file([x], [output])

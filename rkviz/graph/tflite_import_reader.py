"""A TensorFlow Lite file as plain values: tensors with their codes, operators with their options.

The file is a stranger's: every offset is checked before it is followed, every size before memory
is taken, and the lists together hold no more than the file, so that a small file stays small.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tflite

from rkviz.errors import ModelError
from rkviz.graph.affine import Affine
from rkviz.graph.model import Array

IDENTIFIER = b"TFL3"
_LARGEST_FILE = 2**31 - 1
_LARGEST_SIZE = 2**31 - 1
"""Elements of one tensor."""
_MOST_AXES = 8
_CUSTOM = 32
_DTYPES: Mapping[int, str] = {
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16",
    9: "int8", 10: "float64", 12: "uint64", 15: "uint32", 16: "uint16",
}  # fmt: skip
_OTHER_TYPES: Mapping[int, str] = {
    5: "string", 8: "complex64", 11: "complex128", 13: "resource", 14: "variant", 17: "int4",
    18: "bfloat16",
}  # fmt: skip
_DAMAGED = (struct.error, ValueError, IndexError, TypeError, OverflowError, KeyError)

_FUSED = ("FusedActivationFunction",)
_WINDOW = ("Padding", "StrideW", "StrideH", *_FUSED)
_CONV = (*_WINDOW, "DilationWFactor", "DilationHFactor")
_POOL = ("Pool2DOptions", (*_WINDOW, "FilterWidth", "FilterHeight"))
_RESIZE = ("AlignCorners", "HalfPixelCenters")
_REDUCER = ("ReducerOptions", ("KeepDims",))
_OPTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "CONV_2D": ("Conv2DOptions", _CONV),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", _CONV),
    "TRANSPOSE_CONV": ("TransposeConvOptions", _WINDOW),
    "AVERAGE_POOL_2D": _POOL,
    "MAX_POOL_2D": _POOL,
    "FULLY_CONNECTED": ("FullyConnectedOptions", (*_FUSED, "WeightsFormat")),
    "SOFTMAX": ("SoftmaxOptions", ("Beta",)),
    "CONCATENATION": ("ConcatenationOptions", ("Axis", *_FUSED)),
    "ADD": ("AddOptions", _FUSED),
    "SUB": ("SubOptions", _FUSED),
    "MUL": ("MulOptions", _FUSED),
    "DIV": ("DivOptions", _FUSED),
    "RESIZE_BILINEAR": ("ResizeBilinearOptions", _RESIZE),
    "RESIZE_NEAREST_NEIGHBOR": ("ResizeNearestNeighborOptions", _RESIZE),
    "MEAN": _REDUCER,
    "SUM": _REDUCER,
    "REDUCE_MAX": _REDUCER,
    "REDUCE_MIN": _REDUCER,
    "STRIDED_SLICE": (
        "StridedSliceOptions",
        ("BeginMask", "EndMask", "EllipsisMask", "NewAxisMask", "ShrinkAxisMask"),
    ),
    "SPACE_TO_DEPTH": ("SpaceToDepthOptions", ("BlockSize",)),
    "DEPTH_TO_SPACE": ("DepthToSpaceOptions", ("BlockSize",)),
    "LEAKY_RELU": ("LeakyReluOptions", ("Alpha",)),
    "GELU": ("GeluOptions", ("Approximate",)),
    "MIRROR_PAD": ("MirrorPadOptions", ("Mode",)),
    "CAST": ("CastOptions", ("OutDataType",)),
}
"""Operator -> table of its options and the fields that are read of it."""


@dataclass(frozen=True, eq=False)
class FileTensor:
    """One tensor in the file's own layout (pictures are NHWC). `data` is None when computed."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    data: Array | None
    affine: Affine | None


@dataclass(frozen=True)
class FileOperator:
    """One operator; `inputs` and `outputs` are indices of tensors, -1 is an absent input."""

    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, int | float | bool] = field(default_factory=dict[str, int | float | bool])


@dataclass(frozen=True, eq=False)
class FileNetwork:
    """The first subgraph of a file, which is the network."""

    tensors: tuple[FileTensor, ...]
    operators: tuple[FileOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_tflite(path: Path) -> FileNetwork:
    """The network in `path`; raises ModelError when the file is missing, damaged or too large."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ModelError(f"{path} is larger than 2 GB, more than a .tflite file can be.")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from None
    if data[4:8] != IDENTIFIER:
        raise ModelError(f"{path} is not a TensorFlow Lite file; choose a .tflite or .onnx file.")
    try:
        return _Reader(data).network()
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}", error.details) from None
    except _DAMAGED as error:
        raise ModelError(
            f"{path} is cut off or damaged ({error}); copy or download it again."
        ) from None


class _Reader:
    """Reads one file; `_left` bounds what all lists together may hold."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = len(data)
        self._model: Any = tflite.Model.GetRootAsModel(data, 0)

    def network(self) -> FileNetwork:
        if self._count(self._model.SubgraphsLength()) < 1:
            raise ValueError("it holds no network")
        graph: Any = self._model.Subgraphs(0)
        tensors = tuple(
            self._tensor(index, graph.Tensors(index))
            for index in range(self._count(graph.TensorsLength()))
        )
        codes = [
            self._code(self._model.OperatorCodes(index))
            for index in range(self._count(self._model.OperatorCodesLength()))
        ]
        operators = tuple(
            self._operator(graph.Operators(index), codes, len(tensors))
            for index in range(self._count(graph.OperatorsLength()))
        )
        inputs = self._indices(graph.InputsLength(), graph.Inputs, len(tensors))
        outputs = self._indices(graph.OutputsLength(), graph.Outputs, len(tensors))
        if not (operators and inputs and outputs) or min(*inputs, *outputs) < 0:
            raise ValueError("it names no operators, no inputs or no outputs")
        return FileNetwork(tensors, operators, inputs, outputs)

    def _count(self, length: int) -> int:
        """`length` entries of a list; raises ValueError when the file cannot hold as many."""
        self._left -= length
        if length < 0 or self._left < 0:
            raise ValueError("a list is longer than the file")
        return length

    def _indices(self, length: int, get: Any, tensors: int) -> tuple[int, ...]:
        found = tuple(int(get(index)) for index in range(self._count(length)))
        if any(not -1 <= index < tensors for index in found):
            raise ValueError("an operator uses a tensor that is not there")
        return found

    def _code(self, code: Any) -> str:
        # Files from before 2020 have the number in the old field, which ends at 127.
        number = max(int(code.BuiltinCode()), int(code.DeprecatedBuiltinCode()))
        if number == _CUSTOM:
            return (code.CustomCode() or b"CUSTOM").decode("utf-8", "replace")
        names: Mapping[int, str] = tflite.BUILTIN_OPCODE2NAME
        return names.get(number, f"OPERATOR_{number}")

    def _operator(self, operator: Any, codes: list[str], tensors: int) -> FileOperator:
        op = codes[int(operator.OpcodeIndex())]
        inputs = self._indices(operator.InputsLength(), operator.Inputs, tensors)
        outputs = self._indices(operator.OutputsLength(), operator.Outputs, tensors)
        if not outputs or min(outputs) < 0:
            raise ValueError(f"an operator {op} computes nothing")
        table, fields = _OPTIONS.get(op, ("", ()))
        options: dict[str, int | float | bool] = {}
        stated = operator.BuiltinOptions() if table else None
        if stated is not None:
            reader: Any = getattr(tflite, table)()
            reader.Init(stated.Bytes, stated.Pos)
            options = {name: getattr(reader, name)() for name in fields}
        return FileOperator(op, inputs, outputs, options)

    def _tensor(self, index: int, tensor: Any) -> FileTensor:
        name = (tensor.Name() or b"").decode("utf-8", "replace") or f"tensor_{index}"
        rank = self._count(tensor.ShapeLength())
        if rank > _MOST_AXES:
            raise ValueError(f"tensor {name!r} has {rank} axes")
        shape = tuple(int(tensor.Shape(axis)) for axis in range(rank))
        if min(shape, default=0) < 0 or math.prod(shape) > _LARGEST_SIZE:
            raise ValueError(f"tensor {name!r} has the size {shape}")
        kind = int(tensor.Type())
        dtype = _DTYPES.get(kind) or _OTHER_TYPES[kind]
        if tensor.Sparsity() is not None:
            raise ModelError(f"tensor {name!r} is sparse; convert the model with dense weights.")
        data = self._content(name, dtype, shape, int(tensor.Buffer()))
        return FileTensor(name, shape, dtype, data, self._affine(name, dtype, tensor))

    def _content(self, name: str, dtype: str, shape: tuple[int, ...], index: int) -> Array | None:
        """The numbers of a constant, a view of the file; None for a computed tensor."""
        if not 0 <= index < self._model.BuffersLength():
            raise ValueError(f"tensor {name!r} has no buffer")
        buffer: Any = self._model.Buffers(index)
        offset, size = int(buffer.Offset()), int(buffer.Size())
        if buffer.DataLength():
            raw = np.asarray(buffer.DataAsNumpy(), np.uint8)
        elif offset > 1 and size:
            if offset + size > len(self._data):
                raise ValueError(f"tensor {name!r} lies outside the file")
            raw = np.frombuffer(self._data, np.uint8, size, offset)
        else:
            return None
        if dtype in _OTHER_TYPES.values():
            raise ModelError(f"the constant {name!r} is of type {dtype}, which rkviz cannot read.")
        if raw.size != math.prod(shape) * np.dtype(dtype).itemsize:
            raise ValueError(f"tensor {name!r} has {raw.size} bytes for the size {shape}")
        return raw.view(np.dtype(dtype).newbyteorder("<")).reshape(shape)

    def _affine(self, name: str, dtype: str, tensor: Any) -> Affine | None:
        stated: Any = tensor.Quantization()
        if stated is None or not stated.ScaleLength() or dtype.startswith("float"):
            return None
        count = self._count(stated.ScaleLength())
        zeros = self._count(stated.ZeroPointLength())
        scale = np.array([stated.Scale(i) for i in range(count)], np.float32)
        zero_point = np.array([stated.ZeroPoint(i) for i in range(zeros)], np.int64)
        if not zeros:
            zero_point = np.zeros(count, np.int64)
        try:
            return Affine(dtype, scale, zero_point, int(stated.QuantizedDimension()))
        except ValueError as error:
            raise ValueError(f"tensor {name!r}: {error}") from None

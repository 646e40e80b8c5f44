"""The measured vectors of the core: what goes in, which steps, what must come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.operation import run_operation
from rkviz.emulate.reference import KERNELS, Operand
from rkviz.graph.model import Attr
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.plan import Step
from rkviz.target import Engine

CodesOf = Callable[[Mapping[str, Any]], NDArray[np.generic]]
FOLDER = Path(__file__).parent / "golden" / "npu_vectors"

_SCHEME = {
    "uint8": QuantScheme.U8,
    "int8": QuantScheme.I8,
    "int16": QuantScheme.I16,
    "float16": QuantScheme.FLOAT,
    "float32": QuantScheme.FLOAT,
    # A bias: its scale is that of the accumulator, only its codes matter.
    "int32": QuantScheme.U8,
}
_TABLE_OPS = {
    "elu": "Elu",
    "leaky_relu": "LeakyRelu",
    "relu6": "Relu6",
    "sigmoid": "Sigmoid",
    "swish": "Swish",
    "tanh": "Tanh",
}
_TWO_INPUT_OPS = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "max": "Max", "min": "Min",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Vector:
    """One measured operation (or a small graph of them)."""

    file: str
    id: str
    op: str
    settings: Mapping[str, Any]
    inputs: tuple[Operand, ...]
    expected: Operand
    between: tuple[QuantParams, ...]
    """Parameters of the tensors inside a small graph."""

    def computed(self, compiled: bool = False) -> NDArray[np.generic]:
        """What the emulator gives for the inputs, on the engine a plan would choose."""
        if self.op.startswith("two_conv_add"):
            return self._two_convolutions_and_their_sum(compiled)
        what, inputs = self._step(), self.onnx_inputs()
        (codes,) = run_operation(
            what.op,
            inputs,
            [self.expected.params],
            activation=what.activation,
            compiled=compiled,
            **what.attrs,
        )
        return codes

    def onnx_inputs(self) -> tuple[Operand, ...]:
        """The inputs with weights in ONNX order."""
        if self.op in ("depthwise_conv2d", "deconv2d"):
            x, w, bias = self.inputs
            return x, Operand(w.codes.swapaxes(0, 1), w.params), bias
        return self.inputs

    def _step(self) -> Step:
        s = self.settings
        if "conv2d" in self.op:
            relu6 = s.get("activation") == "relu6"
            op = "ConvTranspose" if self.op == "deconv2d" else "Conv"
            geometry = ("strides", "pads", "dilations", "group")
            attrs = {key: s[key] for key in geometry if key in s}
            return step(op, Engine.NN, "Relu6" if relu6 else "", **attrs)
        if self.op == "fully_connected":
            return step("Gemm", Engine.NN, transB=1)
        if self.op in _TABLE_OPS:
            alpha = {"alpha": s["alpha"]} if "alpha" in s else {}
            return step(_TABLE_OPS[self.op], Engine.TP, **alpha)
        if self.op in _TWO_INPUT_OPS:
            return step(_TWO_INPUT_OPS[self.op], Engine.SHADER)
        if self.op == "requantize":
            return step("Convert", Engine.TP)
        if self.op == "softmax":
            return step("Softmax", Engine.SHADER, axis=1)
        if self.op.startswith("resize"):
            return self._resize()
        return self._pool()

    def _resize(self) -> Step:
        s = self.settings
        system = "half_pixel" if s["half_pixel"] else "asymmetric"
        return step(
            "Resize",
            Engine.SHADER,
            mode="linear",
            coordinate_transformation_mode="align_corners" if s["align_corners"] else system,
            sizes=s["out"],
        )

    def _pool(self) -> Step:
        s = self.settings
        if "key" in s:
            _, kernel, stride, pad, _ = s["key"]
            kernels, strides, pads = [int(kernel)] * 2, [int(stride)] * 2, [int(pad)] * 4
            counts = self.op != "avgpool_exclude_pad"
        else:
            kernels, strides, pads = s["kernel"], s["strides"], s["pads"]
            counts = s["count_include_pad"] == 1
        op = "MaxPool" if self.op == "max_pool" else "AveragePool"
        engine = Engine.NN if counts and kernels[0] < 16 else Engine.SHADER
        return step(
            op,
            engine,
            kernel_shape=kernels,
            strides=strides,
            pads=pads,
            count_include_pad=int(counts),
        )

    def _two_convolutions_and_their_sum(self, compiled: bool) -> NDArray[np.generic]:
        x, *constants = self.inputs
        pads = self.settings.get("pad", [0] * 4)
        branches: list[Operand] = []
        for at, params in zip((0, 2), self.between[:2], strict=True):
            inputs = (x, *constants[at : at + 2])
            (codes,) = run_operation("Conv", inputs, [params], compiled=compiled, pads=pads)
            branches.append(Operand(codes, params))
        activation = "Relu" if self.op.endswith("relu") else ""
        (codes,) = run_operation(
            "Add",
            branches,
            [self.expected.params],
            engine=Engine.NN,
            activation=activation,
            compiled=compiled,
        )
        return codes


def step(op: str, engine: Engine, activation: str = "", **attrs: object) -> Step:
    """A step without names, its lists of numbers as tuples."""
    plain: dict[str, Attr] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in attrs.items()
    }
    return Step(op.lower(), op, engine, (), (), attrs=plain, activation=activation)


def run(
    what: Step, inputs: list[Operand] | tuple[Operand | None, ...], out: QuantParams
) -> NDArray[np.generic]:
    """The one output of a step."""
    (codes,) = KERNELS[what.op](what, inputs, [out])
    assert codes.dtype == out.scheme.dtype
    return codes


def vectors() -> list[Vector]:
    """Every vector of every file."""
    return [vector for path in sorted(FOLDER.glob("*.npz")) for vector in _read(path)]


def _read(path: Path) -> list[Vector]:
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}

    def read(number: int, entry: Mapping[str, Any]) -> Vector:
        return vector_of(path.stem, entry, lambda tensor: arrays[f"{number}.{tensor['name']}"])

    described = json.loads(arrays["vectors.json"].tobytes())
    return [read(number, entry) for number, entry in enumerate(described)]


def vector_of(file: str, entry: Mapping[str, Any], codes: CodesOf) -> Vector:
    """The vector that `entry` describes; `codes` finds those of a tensor without `data_range`."""

    def operand(tensor: Mapping[str, Any]) -> Operand:
        if "data_range" in tensor:
            drawn = np.arange(*tensor["data_range"]).astype(tensor["dtype"])
            held = drawn.reshape(tensor["shape"])
        else:
            held = codes(tensor)
        return Operand(held, _params(tensor["dtype"], tensor["quant"]))

    return Vector(
        file,
        entry["id"],
        entry["op"],
        entry["params"],
        tuple(operand(tensor) for tensor in entry["inputs"]),
        operand(entry["expected"]),
        tuple(_params("uint8", quant) for quant in entry.get("intermediate_quant", ())),
    )


def _params(dtype: str, quant: Mapping[str, Any] | None) -> QuantParams:
    scheme = _SCHEME[dtype]
    if quant is None:
        return QuantParams.floating()
    if quant.get("type") == "dfp":
        return QuantParams.fixed_point(scheme, quant["fl"])
    return QuantParams.affine(quant["scale"], quant["zero_point"])

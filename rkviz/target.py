"""Facts of the chips as data: which engine runs which operator, accumulators, clocks, memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from rkviz.errors import TargetError, close_matches


class Engine(Enum):
    """The part of the chip that runs an operation; the arithmetic depends on it."""

    NN = "NN"
    """Convolution engine."""
    TP = "TP"
    """Tensor processor: conversions, tables, data moves, pooling."""
    SHADER = "SH"
    """Programmable shader: float32 maths, serial."""
    CPU = "CPU"
    """Not on the NPU: the host computes it in float."""


@dataclass(frozen=True)
class Target:
    """One chip, as far as the arithmetic depends on it."""

    name: str
    engines: Mapping[str, Engine]
    """Operator -> engine, where nothing but the operator decides (see quantize/engines.py)."""
    accumulator_bits: Mapping[int, int]
    """Bits of a code -> bits of the accumulator; it wraps."""


_NN_OPS: tuple[str, ...] = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_TP_OPS: tuple[str, ...] = (
    "Input", "Convert", "Concat", "MaxPool", "Relu", "Relu6", "Clip", "LeakyRelu", "Sigmoid",
    "Tanh", "Swish", "HardSwish", "HardSigmoid", "Mish", "Elu", "Gelu", "Abs",
    "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Pad",
    "SpaceToDepth", "DepthToSpace", "ReduceMax", "ReduceMin",
)  # fmt: skip
_SHADER_OPS: tuple[str, ...] = (
    "Add", "Sub", "Mul", "Div", "Max", "Min", "Softmax", "ReduceMean", "ReduceSum", "PRelu",
    "LayerNormalization", "InstanceNormalization", "AveragePool", "GlobalAveragePool", "Resize",
)  # fmt: skip
_ENGINES: Mapping[str, Engine] = {
    op: engine
    for engine, ops in (
        (Engine.NN, _NN_OPS),
        (Engine.TP, _TP_OPS),
        (Engine.SHADER, _SHADER_OPS),
    )
    for op in ops
}
TARGETS: Mapping[str, Target] = {
    name: Target(name, _ENGINES, {8: 32, 16: 48}) for name in ("rv1126", "rv1109")
}


def target_named(name: str) -> Target:
    """The chip called `name`; raises TargetError."""
    try:
        return TARGETS[name.lower()]
    except KeyError:
        raise TargetError(
            f"Target {name!r} is not known{close_matches(name.lower(), TARGETS)}; "
            f"choose one of {', '.join(TARGETS)}."
        ) from None

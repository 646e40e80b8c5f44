"""Facts of the chips as data: which engine runs which operator, accumulators, clocks, memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
class Speed:
    """What one chip does in a cycle of its NPU's top clock: facts and fitted constants.

    The 8-bit figures fit published frame rates. The 16-bit figure makes a whole network in i16
    five times slower than in u8, which users report; the fp16 figure is the order of magnitude of
    published fp16 networks. For those two no model has been validated.
    """

    clock_mhz: float
    nn_cores: int
    """Output channels are spread over them, so their number is rounded up to a multiple."""
    macs: Mapping[int, float]
    """Bits of a code -> multiply-accumulates of the NN engine."""
    fp16_macs: float
    depthwise_macs: float | None
    """None: a depthwise convolution runs as a full one."""
    tp_elements: float
    """8-bit elements through the tensor processor."""
    shader_elements: float
    ddr_bytes: float
    sram_bytes: int
    """Tensors up to this size stay in the core."""
    rate: float = 1.0
    """Frame rate over what the figures above give."""
    validated: bool = True
    """Whether u8 networks were compared with published rates and agree within 12 %."""


@dataclass(frozen=True)
class Target:
    """One chip, as far as arithmetic and cost depend on it."""

    name: str
    engines: Mapping[str, Engine]
    """Operator -> engine, where nothing but the operator decides (see quantize/engines.py)."""
    accumulator_bits: Mapping[int, int]
    """Bits of a code -> bits of the accumulator; it wraps."""
    speed: Speed


_NN_OPS: tuple[str, ...] = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_TP_OPS: tuple[str, ...] = (
    "Input", "Convert", "Concat", "MaxPool", "Relu", "Relu6", "Clip", "LeakyRelu", "Sigmoid",
    "Tanh", "Swish", "HardSwish", "HardSigmoid", "Mish", "Elu", "Gelu", "Abs",
    "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Pad",
    "SpaceToDepth", "DepthToSpace", "ReduceMax", "ReduceMin", "GlobalMaxPool", "Neg", "Gather",
    "Expand", "Tile", "Identity",
)  # fmt: skip
_SHADER_OPS: tuple[str, ...] = (
    "Add", "Sub", "Mul", "Div", "Max", "Min", "Softmax", "ReduceMean", "ReduceSum", "PRelu",
    "LayerNormalization", "InstanceNormalization", "AveragePool", "GlobalAveragePool", "Resize",
    "Exp", "Log", "Sqrt", "Floor", "Pow", "Softplus", "LogSoftmax", "GroupNormalization", "LSTM",
    "GRU", "Round", "ReduceProd", "CumSum",
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
_RV1126 = Speed(
    clock_mhz=934,
    nn_cores=4,
    macs={8: 768, 16: 105},
    fp16_macs=4,
    depthwise_macs=45,
    tp_elements=2,
    shader_elements=1,
    ddr_bytes=8,
    sram_bytes=256 * 1024,
)
_RK1808 = Speed(
    clock_mhz=800,
    nn_cores=10,
    macs={8: 1920, 16: 192},
    fp16_macs=64,
    depthwise_macs=None,
    tp_elements=2,
    shader_elements=1,
    ddr_bytes=8,
    sram_bytes=512 * 1024,
    validated=False,
)
_ACCUMULATORS: Mapping[int, int] = {8: 32, 16: 48}
TARGETS: Mapping[str, Target] = {
    "rv1126": Target("rv1126", _ENGINES, _ACCUMULATORS, _RV1126),
    # The same core; published rates are 0.68 of the RV1126's throughout.
    "rv1109": Target("rv1109", _ENGINES, _ACCUMULATORS, replace(_RV1126, rate=0.68)),
}
COST_TARGETS: Mapping[str, Target] = {
    **TARGETS,
    # Its requantisation keeps 15 bits of the multiplier, which the emulation does not do.
    "rk1808": Target("rk1808", _ENGINES, _ACCUMULATORS, _RK1808),
}
"""The chips whose cost can be estimated; only those in TARGETS are emulated."""


def target_named(name: str) -> Target:
    """The chip called `name`; raises TargetError."""
    try:
        return TARGETS[name.lower()]
    except KeyError:
        raise TargetError(
            f"Target {name!r} is not known{close_matches(name.lower(), TARGETS)}; "
            f"choose one of {', '.join(TARGETS)}."
        ) from None

"""What a plan costs on the chip: an estimate from layer shapes and types, no board needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from rkviz.emulate.cycles import FREE_OPS, Cycles, is_8bit, run_time, step_cycles
from rkviz.numerics import QuantScheme
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.target import Engine, Speed, Target

_OVERHEAD = 1.3
_HIDDEN = 0.25
"""Share of the faster engine's time that hides behind the slower one's."""
_STORED = 0.95
"""Bytes in memory per byte of weights: they are stored compressed."""
_ALIGNMENT = 64
_BIASED = frozenset({"Conv", "ConvTranspose", "Gemm"})
"""Operators whose third input is a bias."""
_ON_THE_WAY = frozenset(
    {
        "Relu", "Relu6", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "Swish", "HardSwish",
        "HardSigmoid", "Mish", "Elu", "Gelu", "Abs",
    }
)  # fmt: skip
"""Tables the tensor processor applies to a convolution's results before they are stored."""


@dataclass(frozen=True)
class LayerCost:
    """One step of the plan. Cycles are of the NPU's top clock, bytes are moved to and from DDR.

    `rough`: no published frame rate tests a figure of this kind (16-bit, fp16, a recurrent layer,
    another chip).
    """

    nn_cycles: float
    tp_cycles: float
    shader_cycles: float
    ddr_bytes: float
    milliseconds: float
    weight_bytes: int
    rough: bool


@dataclass(frozen=True)
class NetworkCost:
    """The whole network, one picture at a time."""

    milliseconds: float
    ddr_bytes: float
    model_bytes: int
    peak_activation_bytes: int
    rough: bool

    @property
    def fps(self) -> float:
        return 1000 / self.milliseconds if self.milliseconds else math.inf

    @property
    def note(self) -> str:
        """How far to trust the figures; belongs beside every one that is shown."""
        return "rough estimate" if self.rough else "estimate, ±12 %"

    @property
    def figures(self) -> str:
        """Time, rate and size of the weights."""
        megabytes = self.model_bytes / 1e6
        return f"{self.milliseconds:.2f} ms, {self.fps:.1f} fps, {megabytes:.2f} MB"


def layer_costs(plan: QuantPlan, target: Target) -> Mapping[str, LayerCost]:
    """Step name -> its cost, in the order of the plan; the milliseconds sum to the network's.

        DDR = (0.95 * weight bytes + inputs and outputs larger than the SRAM) / 8 bytes per cycle
        A = max(NN, DDR), B = TP,   t = max(A, B) + 0.75 * min(A, B) + shader
        milliseconds = 1.3 * t / clock / rate

    A table behind a convolution works on its results as they come and adds what it prolongs the
    pair by. Computed on the board's CPU: 0, and rough.
    """
    speed = target.speed
    cycles = {step.name: step_cycles(plan, step, speed) for step in plan.steps}
    fused = _fused_tables(plan)
    costs: dict[str, LayerCost] = {}
    for step in plan.steps:
        own = cycles[step.name]
        ddr = 0.0 if step.name in fused else _ddr_bytes(plan, step, speed)
        time = _time(own, ddr, speed)
        if step.name in fused:
            head = fused[step.name]
            beside = _ddr_bytes(plan, head, speed)
            before = cycles[head.name]
            both = Cycles(before.nn, before.tp + own.tp, before.shader)
            time = _time(both, beside, speed) - _time(before, beside, speed)
        costs[step.name] = LayerCost(
            nn_cycles=own.nn,
            tp_cycles=own.tp,
            shader_cycles=own.shader,
            ddr_bytes=ddr,
            milliseconds=_OVERHEAD * time / (speed.clock_mhz * 1e3) / speed.rate,
            weight_bytes=_weight_bytes(plan, step),
            rough=own.unknown or not speed.validated or not is_8bit(plan, step),
        )
    return costs


def total_cost(plan: QuantPlan, target: Target) -> NetworkCost:
    """The sum of `layer_costs`, the weights, and the most memory tensors take at one moment.

    Layers the plan skips are not in it: then it is rough.
    """
    costs = layer_costs(plan, target)
    return NetworkCost(
        milliseconds=math.fsum(cost.milliseconds for cost in costs.values()),
        ddr_bytes=math.fsum(cost.ddr_bytes for cost in costs.values()),
        model_bytes=sum(cost.weight_bytes for cost in costs.values()),
        peak_activation_bytes=_peak_bytes(plan),
        rough=bool(plan.skipped) or any(cost.rough for cost in costs.values()),
    )


def _time(cycles: Cycles, ddr_bytes: float, speed: Speed) -> float:
    main = max(cycles.nn, ddr_bytes / speed.ddr_bytes)
    low, high = sorted((main, cycles.tp))
    return high + (1 - _HIDDEN) * low + cycles.shader


def _fused_tables(plan: QuantPlan) -> dict[str, Step]:
    """Table step -> the convolution whose results nobody but it reads."""
    readers: dict[str, int] = {}
    for step in plan.steps:
        for name in run_time(plan, step):
            readers[name] = readers.get(name, 0) + 1
    outputs = {plan.value_tensor.get(name, name) for name in plan.graph.outputs}
    fused: dict[str, Step] = {}
    for step in plan.steps:
        if step.op not in _ON_THE_WAY or step.engine is not Engine.TP:
            continue
        source = step.inputs[0]
        head = plan.producer.get(source)
        if head is None or head.engine is not Engine.NN or source in outputs:
            continue
        if head.op in {*_BIASED, "MatMul"} and readers[source] == 1:
            fused[step.name] = head
    return fused


def _ddr_bytes(plan: QuantPlan, step: Step, speed: Speed) -> float:
    """Weights, and the tensors too large to stay in the core."""
    if step.op in FREE_OPS or step.engine is Engine.CPU:
        return 0.0
    if step.op == "Concat" and step_cycles(plan, step, speed).tp == 0:
        return 0.0
    weights = _STORED * sum(_constants(plan, step))
    moved = (tensor_bytes(plan, name) for name in (*run_time(plan, step), *step.outputs))
    return weights + sum(size for size in moved if size > speed.sram_bytes)


def tensor_bytes(plan: QuantPlan, name: str) -> int:
    """Bytes of a tensor on the device; fp16 takes two an element."""
    tensor = plan.tensors[name]
    return math.prod(tensor.shape) * tensor.params.scheme.bits // 8


def _constants(plan: QuantPlan, step: Step) -> list[int]:
    """Bytes of the constants of `step` before packing, without its bias."""
    return [
        tensor_bytes(plan, name)
        for position, name in enumerate(step.inputs)
        if name and name not in plan.producer and not (position == 2 and step.op in _BIASED)
    ]


def _weight_bytes(plan: QuantPlan, step: Step) -> int:
    """Bytes in the model file: 0.95 per byte of weights, biases of 4 bytes (i16: 8), aligned."""
    if step.engine is Engine.CPU:
        return 0
    size = math.ceil(_STORED * sum(_constants(plan, step)))
    if step.op in _BIASED and len(step.inputs) > 2 and step.inputs[2]:
        wide = plan.tensors[step.outputs[0]].params.scheme is QuantScheme.I16
        size += (8 if wide else 4) * math.prod(plan.tensors[step.inputs[2]].shape)
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _peak_bytes(plan: QuantPlan) -> int:
    """The largest sum of tensors alive at once; what a free move joins is one piece of memory."""
    memory: dict[str, str] = {}
    for step in reversed(plan.steps):
        if step.op == "Concat" or (step.op in FREE_OPS and step.op != "Input"):
            for name in run_time(plan, step):
                memory.setdefault(name, memory.get(step.outputs[0], step.outputs[0]))
    tables = _fused_tables(plan)
    for step in plan.steps:
        if step.name in tables:
            result = step.outputs[0]
            memory[tables[step.name].outputs[0]] = memory.get(result, result)
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    size: dict[str, int] = {}
    kept = {plan.value_tensor.get(name, name) for name in plan.graph.outputs}
    for moment, step in enumerate(plan.steps):
        for name in (*run_time(plan, step), *step.outputs):
            place = memory.get(name, name)
            first.setdefault(place, moment)
            last[place] = len(plan.steps) - 1 if name in kept else moment
            size[place] = max(size.get(place, 0), tensor_bytes(plan, name))
    change = [0] * (len(plan.steps) + 1)
    for place, start in first.items():
        change[start] += size[place]
        change[last[place] + 1] -= size[place]
    return max(accumulate(change), default=0)

"""How many cycles of which engine one step of a plan takes.

The form and its constants fit published frame rates of whole networks; per-layer timings of
boards are not public, so the figure of a single step is a share of the network's, no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rkviz.quantize.plan import QuantPlan, Step
from rkviz.target import Engine, Speed

FREE_OPS = frozenset({"Input", "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze"})
"""Operators that only name the same memory anew."""

_REDUCTIONS = frozenset({"GlobalMaxPool", "ReduceMax", "ReduceMin"})
_TILE_OUTPUTS = 64
"""Outputs of a channel computed at once: rows of up to 64, several where a row is shorter."""
_EFFICIENCY_WINDOW, _EFFICIENCY_POINT = 0.80, 0.50
"""Share of the multipliers at work in convolutions of k > 1 and of k = 1."""
_ADDS_8BIT = 48
"""Inputs of an add taken in per cycle."""


@dataclass(frozen=True)
class Cycles:
    """Cycles of the three engines; `unknown` where nothing published says what it costs."""

    nn: float = 0.0
    tp: float = 0.0
    shader: float = 0.0
    unknown: bool = False


def step_cycles(plan: QuantPlan, step: Step, speed: Speed) -> Cycles:
    """Cycles of `step` alone, before engines overlap and before memory is counted.

        NN      positions * tile * channels * k * k * inputs / macs / efficiency; an add 2 N / 48
        TP      elements / 2 for tables, pools, upsampling, moves and the reshuffle of stride 2
        shader  one element per cycle; fp16 convolutions at their own rate

    16-bit elements count twice. Concat is free: its inputs are written in place, unless their
    parameters differ from its own. A recurrent layer is counted as products on the shader.
    """
    if step.engine is Engine.CPU:
        return Cycles(unknown=True)
    if step.op in FREE_OPS:
        return Cycles()
    match step.op:
        case "Conv" | "ConvTranspose":
            return _convolution(plan, step, speed)
        case "Gemm" | "MatMul":
            return _product(plan, step, speed)
        case "Add" if _is_sum_of_two(plan, step):
            return Cycles(nn=2 * _elements(plan, step.outputs) * _width(plan, step) / _ADDS_8BIT)
        case "AveragePool" | "GlobalAveragePool" if step.engine is Engine.NN:
            return _average_pool(plan, step, speed)
        case "Concat":
            target = plan.tensors[step.outputs[0]].params
            other = [name for name in step.inputs if plan.tensors[name].params != target]
            return Cycles(tp=_elements(plan, other) * _width(plan, step) / speed.tp_elements)
        case "LSTM" | "GRU":
            weights = sum(math.prod(_shape(plan, name)) for name in step.inputs[1:3])
            steps = math.prod(_shape(plan, step.inputs[0])[:2])
            return Cycles(shader=steps * weights / speed.fp16_macs, unknown=True)
        case _ if step.engine is Engine.SHADER and step.op != "Resize":
            most = max(_elements(plan, run_time(plan, step)), _elements(plan, step.outputs))
            return Cycles(shader=most / speed.shader_elements)
        case _:
            seen = run_time(plan, step) if step.op in _REDUCTIONS else step.outputs
            return Cycles(tp=_elements(plan, seen) * _width(plan, step) / speed.tp_elements)


def run_time(plan: QuantPlan, step: Step) -> tuple[str, ...]:
    """The inputs of `step` that are computed, each once."""
    return tuple(dict.fromkeys(name for name in step.inputs if name in plan.producer))


def is_8bit(plan: QuantPlan, step: Step) -> bool:
    """Whether all that the step reads and writes at run time are 8-bit codes."""
    names = (*run_time(plan, step), *step.outputs)
    return all(plan.tensors[name].params.scheme.bits == 8 for name in names)


@dataclass(frozen=True)
class _Work:
    """A convolution as the NN engine sees it."""

    positions: int
    outputs: int
    inputs: int
    kernel: tuple[int, ...]

    @property
    def macs(self) -> int:
        return self.positions * self.outputs * self.inputs * math.prod(self.kernel)


def _convolution(plan: QuantPlan, step: Step, speed: Speed) -> Cycles:
    """Stride s with k > 1 runs as stride 1 with kernel ceil(k / s) on s * s times the channels,
    behind a reshuffle; 1x1 and depthwise of stride s as stride 1, dropping what is not wanted.
    """
    source, result = _shape(plan, step.inputs[0]), _shape(plan, step.outputs[0])
    weight = _shape(plan, step.inputs[1])
    group = _int(step, "group", 1)
    strides = _ints(step, "strides") or (1,) * len(weight[2:])
    if step.op == "ConvTranspose":
        # Every phase of the result is a convolution of its own over the source, interleaved.
        kernel = tuple(-(-k // s) for k, s in zip(weight[2:], strides, strict=True))
        outputs = weight[1] * group * math.prod(strides)
        work = _Work(math.prod(source[2:]), outputs, weight[0] // group, kernel)
        interleave = math.prod(result) * _width(plan, step) / speed.tp_elements
        return replace(_engine_cycles(plan, step, work, source[0], speed), tp=interleave)
    work = _Work(math.prod(result[2:]), weight[0], weight[1], weight[2:])
    if not plan.tensors[step.outputs[0]].params.scheme.is_quantized:
        return _engine_cycles(plan, step, work, result[0], speed)
    depthwise = group > 1 and weight[1] == 1
    if depthwise and max(work.kernel) == 1:
        # A scale per channel, left of a normalization nothing takes in: ResNet50 v2's published
        # rate is met when it passes the tensor processor.
        return Cycles(tp=math.prod(result) * _width(plan, step) / speed.tp_elements)
    phases = math.prod(strides)
    if depthwise and speed.depthwise_macs is not None:
        rate = speed.depthwise_macs / _width(plan, step)
        return Cycles(nn=result[0] * work.macs * phases / rate)
    if depthwise:
        work = replace(work, inputs=source[1])
    if phases == 1:
        return _engine_cycles(plan, step, work, result[0], speed)
    if max(work.kernel) == 1:
        return _engine_cycles(plan, step, work, result[0] * phases, speed)
    kernel = tuple(-(-k // s) for k, s in zip(work.kernel, strides, strict=True))
    work = replace(work, kernel=kernel, inputs=work.inputs * phases)
    reshuffle = math.prod(source) * _width(plan, step) / speed.tp_elements
    return replace(_engine_cycles(plan, step, work, result[0], speed), tp=reshuffle)


def _engine_cycles(plan: QuantPlan, step: Step, work: _Work, times: int, speed: Speed) -> Cycles:
    scheme = plan.tensors[step.outputs[0]].params.scheme
    if not scheme.is_quantized:
        return Cycles(shader=times * work.macs / speed.fp16_macs)
    positions = work.positions
    if positions > 1:  # one position is a product of a vector and a matrix: no tile to fill
        positions = _rounded_up(positions, _TILE_OUTPUTS)
    whole = replace(work, positions=positions, outputs=_rounded_up(work.outputs, speed.nn_cores))
    efficiency = _EFFICIENCY_WINDOW if max(work.kernel) > 1 else _EFFICIENCY_POINT
    return Cycles(nn=times * whole.macs / speed.macs[scheme.bits] / efficiency)


def _product(plan: QuantPlan, step: Step, speed: Speed) -> Cycles:
    source, result = _shape(plan, step.inputs[0]), _shape(plan, step.outputs[0])
    scheme = plan.tensors[step.outputs[0]].params.scheme
    inner = source[0] if _int(step, "transA", 0) else source[-1]
    macs = math.prod(result) * inner
    if not scheme.is_quantized:
        return Cycles(shader=macs / speed.fp16_macs)
    return Cycles(nn=macs / speed.macs[scheme.bits] / _EFFICIENCY_POINT)


def _average_pool(plan: QuantPlan, step: Step, speed: Speed) -> Cycles:
    """A depthwise convolution of weights 1 / (k * k)."""
    window = _ints(step, "kernel_shape")
    if step.op == "GlobalAveragePool":
        taps = _elements(plan, step.inputs)
    else:
        taps = _elements(plan, step.outputs) * math.prod(window)
    rate = speed.depthwise_macs or speed.macs[8] / 16
    return Cycles(nn=taps * _width(plan, step) / rate)


def _is_sum_of_two(plan: QuantPlan, step: Step) -> bool:
    """Two computed tensors of one shape, not in fp16."""
    shapes = {_shape(plan, name) for name in step.inputs}
    quantized = plan.tensors[step.outputs[0]].params.scheme.is_quantized
    return quantized and len(shapes) == 1 and all(name in plan.producer for name in step.inputs)


def _width(plan: QuantPlan, step: Step) -> float:
    """Bytes of the widest element the step reads or writes at run time."""
    return 1.0 if is_8bit(plan, step) else 2.0


def _elements(plan: QuantPlan, names: Sequence[str]) -> int:
    return sum(math.prod(_shape(plan, name)) for name in names)


def _shape(plan: QuantPlan, name: str) -> tuple[int, ...]:
    return plan.tensors[name].shape


def _int(step: Step, name: str, default: int) -> int:
    value = step.attrs.get(name, default)
    return value if isinstance(value, int) else default


def _ints(step: Step, name: str) -> tuple[int, ...]:
    value = step.attrs.get(name, ())
    return tuple(int(item) for item in value) if isinstance(value, tuple) else ()


def _rounded_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple

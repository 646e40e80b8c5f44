"""Runs the steps of a plan with the reference kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.float_net import run_node
from rkviz.emulate.reference import ACCUMULATORS, KERNELS
from rkviz.emulate.reference.accumulate import filling, stored
from rkviz.emulate.reference.operand import Operand, present
from rkviz.errors import UnsupportedOpError
from rkviz.numerics.arithmetic import dequantize, quantize
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.target import Engine

Array = NDArray[np.generic]
Observer = Callable[[Step, float], None]
"""Is told how full the accumulator of a step became: its largest number over the limit."""


def run_step(
    plan: QuantPlan, step: Step, codes: Mapping[str, Array], observe: Observer | None = None
) -> dict[str, Array]:
    """Output tensors of one step as codes.

    `codes` holds the computed input tensors; constants come from the plan. "Input" steps take
    the float feed under the name of their output. `observe` is told of accumulators, which cost
    nothing extra. Raises UnsupportedOpError when there is no kernel for the operator.
    """
    if step.op == "Input":
        (name,) = step.outputs
        return {name: as_codes(plan, name, codes[name])}
    if step.engine is Engine.CPU:
        return _on_cpu(plan, step, codes)
    try:
        kernel = KERNELS[step.op]
    except KeyError:
        raise UnsupportedOpError(
            f"Layer {step.name!r}: the emulator has no arithmetic for operator {step.op!r}."
        ) from None
    inputs = [_operand(plan, name, codes) if name else None for name in step.inputs]
    outputs = [plan.tensors[name].params for name in step.outputs]
    if observe is not None and step.op in ACCUMULATORS:
        acc = ACCUMULATORS[step.op](step, inputs)
        observe(step, filling(acc, present(inputs, 0)))
        return {step.outputs[0]: stored(step, acc, inputs, outputs[0])}
    return dict(zip(step.outputs, kernel(step, inputs, outputs), strict=True))


def run_plan(plan: QuantPlan, feeds: Mapping[str, Array]) -> dict[str, Array]:
    """Codes of every tensor of the plan for one sample; `feeds` are float32 NCHW by input name."""
    codes: dict[str, Array] = dict(feeds)
    for step in plan.steps:
        codes.update(run_step(plan, step, codes))
    return {name: codes[name] for step in plan.steps for name in step.outputs}


def as_codes(plan: QuantPlan, tensor: str, real: Array) -> Array:
    """A float tensor as the NPU would hold it; integers (indices, sizes) stay as they are."""
    if real.dtype.kind != "f":
        return real
    return quantize(real, plan.tensors[tensor].params)


def as_real(plan: QuantPlan, tensor: str, codes: Array) -> NDArray[np.float32]:
    """The real values `codes` of `tensor` stand for."""
    return dequantize(codes, plan.tensors[tensor].params)


def _operand(plan: QuantPlan, name: str, codes: Mapping[str, Array]) -> Operand:
    tensor = plan.tensors[name]
    return Operand(codes[name] if tensor.codes is None else tensor.codes, tensor.params)


def _on_cpu(plan: QuantPlan, step: Step, codes: Mapping[str, Array]) -> dict[str, Array]:
    node = plan.graph.by_name[step.name]
    inputs = [_host_array(_operand(plan, name, codes)) if name else None for name in step.inputs]
    computed = run_node(node, inputs, plan.graph.opset)
    return {
        tensor: as_codes(plan, tensor, array)
        for tensor, array in zip(step.outputs, computed, strict=True)
    }


def _host_array(held: Operand) -> Array:
    """What the board's CPU reads: real numbers, or integers (indices, sizes) as they are."""
    is_code = held.codes.dtype.kind == "f" or held.params.scheme.is_quantized
    return dequantize(held.codes, held.params) if is_code else held.codes

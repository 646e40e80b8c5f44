"""What is a matrix product in float64: FLOAT layers, and products of two computed tensors.

The accumulators are the reference's; only the product itself is taken on one thread of
onnxruntime. The threads of numpy's BLAS wait for each other, and beside a second thread of the
analysis, a window or another program they take several times as long.

Codes of whole numbers give the same sums in any order. A product of two fp16 values has 22
significant bits of the 53 of float64: what the order of summing changes lies 2**30 times below
the half step of fp16 that rounding looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rkviz.emulate.compiled.program import Codes, OnnxProgram, Program, emission
from rkviz.emulate.reference import ACCUMULATORS
from rkviz.emulate.reference.accumulate import ACCUMULATOR_BITS, stored
from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import Operand
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64
from rkviz.quantize.plan import Step, TensorPlan


def product(left: Float64, right: Float64) -> Float64:
    """`np.matmul` of float64 arrays of at least two axes, on one thread."""
    return _session().one(left, right).view(np.float64)


@lru_cache(maxsize=1)
def _session() -> OnnxProgram:
    nodes = emission()
    made = nodes.add("MatMul", ["left", "right"], ["product"], "matmul")
    return OnnxProgram(nodes, {"left": np.float64, "right": np.float64}, made)


def accumulated(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """Conv, ConvTranspose, Gemm and MatMul in FLOAT, and a quantized MatMul that cannot wrap."""
    x, w = inputs[0], inputs[1]
    if x is None or w is None or min(len(x.shape), len(w.shape)) < 2:
        return None
    quantized = x.params.scheme.is_quantized
    if quantized and not (step.op == "MatMul" and _stays_below_half(inputs)):
        return None
    accumulate, out = ACCUMULATORS[step.op], outputs[0].params
    low, high = activated(np.array([-np.inf, np.inf]), out, step.activation).astype(np.float64)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        operands = [
            Operand(held, tensor.params) if tensor is not None and held is not None else None
            for tensor, held in zip(inputs, codes, strict=True)
        ]
        acc = accumulate(step, operands, product)
        if quantized or out.scheme.is_quantized:
            return [stored(step, acc, operands, out)]
        return [np.clip(acc, low, high, out=acc).astype(np.float16)]

    return program


def _stays_below_half(inputs: Sequence[TensorPlan | None]) -> bool:
    """Whether the largest sum a MatMul can lead to fills less than half of its accumulator."""
    x, w, bias = (*inputs, None)[:3]
    if x is None or w is None or (bias is not None and bias.codes is None):
        return False
    largest = x.shape[-1] * _largest(x.params) * _largest(w.params)
    if bias is not None and bias.codes is not None:
        largest += float(np.abs(bias.codes.astype(np.float64)).max(initial=0))
    return largest < 2.0 ** (ACCUMULATOR_BITS[x.params.scheme.bits] - 2)


def _largest(params: QuantParams) -> float:
    """Largest magnitude of code - zero point; unbounded for FLOAT."""
    if not params.scheme.is_quantized:
        return np.inf
    return float(
        max(params.scheme.qmax - params.zero_point, params.zero_point - params.scheme.qmin)
    )

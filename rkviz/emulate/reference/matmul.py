"""Matrix products: fully connected (Gemm) and MatMul, with constant or computed right side.

The rule is that of a convolution (4.1.1): q = clip(RNE(acc * M) + zo). For 16-bit codes M is
2**-(flx + flw - flo). A product of two computed tensors was not measured: the same rule is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.accumulate import from_accumulator
from rkviz.emulate.reference.operand import Codes, Operand, integer, number, optional, present
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams
from rkviz.quantize.plan import Step


def gemm(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX Gemm: x' w' + bias, x' and w' transposed where transA, transB say so.

    Raises UnsupportedOpError when alpha or beta is not 1: they have to be folded into constants.
    """
    if number(step.attrs, "alpha", 1.0) != 1.0 or number(step.attrs, "beta", 1.0) != 1.0:
        raise UnsupportedOpError(
            f"Layer {step.name!r} is a Gemm with alpha or beta other than 1; "
            "fold them into its weights and bias."
        )
    x, w, bias = present(inputs, 0), present(inputs, 1), optional(inputs, 2)
    left = x.shifted.T if integer(step.attrs, "transA") else x.shifted
    right = w.shifted.T if integer(step.attrs, "transB") else w.shifted
    acc = left @ right
    if bias is not None:
        acc = acc + bias.codes.astype(np.float64)
    return [from_accumulator(acc, x, w, outputs[0], step.activation)]


def matmul(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX MatMul with numpy's rules for more than two axes; an optional third input is a bias."""
    x, w, bias = present(inputs, 0), present(inputs, 1), optional(inputs, 2)
    acc = np.asarray(np.matmul(x.shifted, w.shifted))
    if bias is not None:
        acc = acc + bias.codes.astype(np.float64)
    return [from_accumulator(acc, x, w, outputs[0], step.activation)]

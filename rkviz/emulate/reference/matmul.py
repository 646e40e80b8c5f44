"""Matrix products: fully connected (Gemm) and MatMul, with constant or computed right side.

The rule is that of a convolution (4.1.1): q = clip(RNE(acc * M) + zo). For 16-bit codes M is
2**-(flx + flw - flo). A product of two computed tensors was not measured: the same rule is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.accumulate import Product, accumulating, with_bias
from rkviz.emulate.reference.operand import Operand, integer, number, optional, present
from rkviz.errors import UnsupportedOpError
from rkviz.numerics.arithmetic import Float64
from rkviz.quantize.plan import Step


def gemm_accumulator(
    step: Step, inputs: Sequence[Operand | None], product: Product = np.matmul
) -> Float64:
    """ONNX Gemm: x' w' + bias, x' and w' transposed where transA, transB say so.

    Raises UnsupportedOpError when alpha or beta is not 1: they have to be folded into constants.
    """
    if number(step.attrs, "alpha", 1.0) != 1.0 or number(step.attrs, "beta", 1.0) != 1.0:
        raise UnsupportedOpError(
            f"Layer {step.name!r} is a Gemm with alpha or beta other than 1; "
            "fold them into its weights and bias."
        )
    x, w = present(inputs, 0), present(inputs, 1)
    left = x.shifted.T if integer(step.attrs, "transA") else x.shifted
    right = w.shifted.T if integer(step.attrs, "transB") else w.shifted
    return with_bias(product(left, right), optional(inputs, 2), -1)


def matmul_accumulator(
    step: Step, inputs: Sequence[Operand | None], product: Product = np.matmul
) -> Float64:
    """ONNX MatMul with numpy's rules for more than two axes; an optional third input is a bias."""
    del step
    x, w, bias = present(inputs, 0), present(inputs, 1), optional(inputs, 2)
    return with_bias(np.asarray(product(x.shifted, w.shifted)), bias, -1)


gemm = accumulating(gemm_accumulator)
matmul = accumulating(matmul_accumulator)

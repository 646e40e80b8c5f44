"""PRelu and Pow: one table for every slope or exponent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.compiled.lookup import every_code, looked_up, patterns
from rkviz.emulate.compiled.program import Codes, Program, given
from rkviz.emulate.reference import KERNELS
from rkviz.emulate.reference.operand import Operand
from rkviz.quantize.plan import Step, TensorPlan


def by_constant(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """A step whose second operand is one constant number; for 8 bits also one for every channel."""
    x, constant = inputs[0], inputs[1]
    if x is None or constant is None or constant.codes is None or len(inputs) != 2:
        return None
    shape = (1,) * (len(x.shape) - constant.codes.ndim) + constant.codes.shape
    if len(shape) != len(x.shape) or constant.codes.size not in (1, (*shape, 1, 1)[1]):
        return None
    if constant.codes.size > 1 and x.params.scheme.bits != 8:
        return None
    every = Operand(every_code(x.params.scheme), x.params)
    by_row = Operand(constant.codes.reshape(-1, 1), constant.params)
    with np.errstate(all="ignore"):
        (tables,) = KERNELS[step.op](step, [every, by_row], [outputs[0].params])
    tables = tables.reshape(-1, every.codes.size)
    if len(tables) == 1:
        return lambda codes: [looked_up(tables[0], patterns(given(codes, 0)))]

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        index = patterns(given(codes, 0))
        result = np.empty(index.shape, tables.dtype)
        for channel, table in enumerate(tables):
            result[:, channel] = looked_up(table, index[:, channel])
        return [result]

    return program

"""Pow with one constant exponent: the square by table in the TP, others in float."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.operand import Codes, Operand, present
from rkviz.emulate.reference.tables import looked_up, table
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import round_to_codes
from rkviz.quantize.plan import Step
from rkviz.target import Engine


def power(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """x ** e with the exponent e as second input, one number.

    On the TP the table of x * x (4.3). Other exponents are open: float, RNE; where the result
    is not real (a root of a negative number) 0.
    """
    x, exponent, out = present(inputs, 0), present(inputs, 1), outputs[0]
    if step.engine is Engine.TP:
        return [looked_up(x, table("Square", (), x.params, out))]
    with np.errstate(all="ignore"):
        real = np.power(x.real, exponent.real.reshape(()))
        return [round_to_codes(np.where(np.isnan(real), 0.0, real) / out.scale, out)]

"""The bounds an activation sets that runs in the same operation as what feeds it."""

from __future__ import annotations

import numpy as np

from rkviz.emulate.reference.operand import Codes
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, quantize, round_to_codes


def activated(values: Float64, params: QuantParams, activation: str) -> Codes:
    """Codes of `values` (in steps of the scale; FLOAT: real), bounded by `activation`.

    Relu: q = clip(RNE(v) + zo, zo..). Relu6: clip to zo .. zo + RNE(6 / so).
    `params` are those of the activation's output, whatever the tensor before it would carry.
    """
    codes = round_to_codes(values, params)
    if activation in ("Relu", "Relu6"):
        low = quantize(np.zeros(1), params)
        high = quantize(np.full(1, 6.0), params) if activation == "Relu6" else None
        return np.clip(codes, low, high).astype(codes.dtype)
    return codes

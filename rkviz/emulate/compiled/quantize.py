"""float32 tensors to codes by onnxruntime, the integers of `arithmetic.quantize`."""

from __future__ import annotations

import numpy as np

from rkviz.emulate.compiled.program import Codes, OnnxProgram, emission
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import FP16_LARGEST, quantize

_SMALLEST_SCALE = float(np.finfo(np.float32).tiny)


class Quantizer:
    """q = clip(RNE(x / scale) + zero point) in the type of `params`; FLOAT: saturating fp16."""

    def __init__(self, params: QuantParams) -> None:
        self._params = params
        self._session = _session(params)

    def __call__(self, real: Codes) -> Codes:
        """Codes of a float32 tensor of any shape."""
        if self._session is None or not real.size:
            return quantize(real, self._params)
        codes, total = self._session(real)
        # Hosts and onnxruntime disagree on what no number becomes; one makes the sum NaN.
        return quantize(real, self._params) if np.isnan(total) else codes


def _session(params: QuantParams) -> OnnxProgram | None:
    """x -> codes and the sum of x, in one run: each wait for the interpreter is dear."""
    nodes = emission()
    total = nodes.add("ReduceSum", ["x"], ["total"], "sum", keepdims=0)
    if params.scheme.is_quantized:
        # Scales below float32 (of a tensor of zeros) are left to the definition.
        if not _SMALLEST_SCALE <= params.scale <= 2.0**100:
            return None
        scale = nodes.constant("scale", np.array(params.scale, np.float32))
        zero = nodes.constant("zero", np.array(params.zero_point, params.scheme.dtype))
        made = nodes.add("QuantizeLinear", ["x", scale, zero], ["y"], "quantize")
        return OnnxProgram(nodes, {"x": np.float32}, made, total)
    limits = [
        nodes.constant(name, np.array(value, np.float32))
        for name, value in (("low", -FP16_LARGEST), ("high", FP16_LARGEST))
    ]
    inside = nodes.add("Clip", ["x", *limits], ["inside"], "saturate")
    made = nodes.add("Cast", [inside], ["y"], "round", to=10)
    return OnnxProgram(nodes, {"x": np.float32}, made, total)

"""The float tensors of one picture, and what their twins in codes are judged by."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.analyse.sums import FloatSums
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import dequantize
from rkviz.quantize.plan import TensorPlan

Array = NDArray[np.generic]


class FloatTensors:
    """The float tensors of one picture that are still looked at, and their sums once taken."""

    def __init__(self, of: dict[str, Array]) -> None:
        self.of = of
        self._sums: dict[tuple[str, float, float], FloatSums] = {}

    def sums(self, value: str, low: float = -math.inf, high: float = math.inf) -> FloatSums:
        key = (value, low, high)
        if key not in self._sums:
            self._sums[key] = FloatSums.of(_f32(self.of[value]), low, high)
        return self._sums[key]

    def forget_after(self, piece: int, last_piece: Mapping[str, int]) -> None:
        """Let go of the tensors no step of a later piece looks at."""
        self.of = {n: array for n, array in self.of.items() if last_piece.get(n, -1) > piece}

    def against(self, tensor: TensorPlan, codes: Array) -> ErrorSums:
        """The sums of a tensor and its codes; integers (indices, sizes) stand for themselves."""
        reference = self.of[tensor.value]
        if reference.size != codes.size:
            return error_sums(_f32(reference), dequantize(codes, tensor.params))
        if reference.dtype.kind != "f":
            return self.sums(tensor.value).against(_f32(codes), QuantParams.floating())
        half = tensor.params.scale / 2 if tensor.params.scheme.is_quantized else 0.0
        known = self.sums(tensor.value, tensor.params.low - half, tensor.params.high + half)
        return known.against(codes, tensor.params)


def _f32(array: Array) -> NDArray[np.float32]:
    return array.astype(np.float32, copy=False)

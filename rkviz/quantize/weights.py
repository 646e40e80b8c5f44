"""Constants of a layer as codes: weights, biases, operands."""

from __future__ import annotations

import weakref

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.histogram import Histogram, observe_histogram
from rkviz.graph.model import Graph, Node
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.numerics.arithmetic import quantize
from rkviz.quantize.plan import MEASURED_BY, Reason, TensorPlan
from rkviz.quantize.range_method import NORMAL, RangeMethod
from rkviz.quantize.range_search import spread_range

WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_WITH_OPERAND = frozenset({"Add", "Sub", "Mul", "Div", "Max", "Min"})
Array = NDArray[np.generic]


def has_weights(graph: Graph, node: Node) -> bool:
    """Whether the second input of `node` are its weights, which are constant."""
    return node.op in WEIGHTED and graph.is_constant(node.inputs[1])


def own_constant(graph: Graph, node: Node) -> int | None:
    """The input of `node` whose parameters can be given: its weights, or what it adds, multiplies
    by and so on, where that is its one constant. None where there is no such input."""
    if has_weights(graph, node):
        return 1
    constant = [place for place, name in enumerate(node.inputs) if graph.is_constant(name)]
    return constant[0] if node.op in _WITH_OPERAND and len(constant) == 1 else None


def weight_tensor(
    name: str, array: Array, scheme: QuantScheme, method: RangeMethod = NORMAL
) -> TensorPlan:
    """Weights or a constant operand in `scheme`, range from its own values by `method`.

    u8 weights are asymmetric per tensor like activations; fixed point takes the largest magnitude.
    """
    low, high = weights_range(array, scheme, method)
    params = params_from_range(scheme, low, high)
    reason = MEASURED_BY[method.kind] if method.needs_histogram else Reason.WEIGHTS
    return _constant(name, array, params, low, high, reason)


def weights_range(array: Array, scheme: QuantScheme, method: RangeMethod) -> tuple[float, float]:
    """(low, high) of the finite values of `array` by `method`; 0 lies inside."""
    if method.needs_histogram and scheme.is_quantized:
        return spread_range(_histogram_of(array), method, scheme)
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    return min(float(finite.min(initial=0)), 0.0), max(float(finite.max(initial=0)), 0.0)


_HISTOGRAMS: dict[int, Histogram] = {}
"""By identity of an array that lives and cannot change."""


def _histogram_of(array: Array) -> Histogram:
    if array.flags.writeable:
        return observe_histogram(array)
    found = _HISTOGRAMS.get(id(array))
    if found is None:
        found = _HISTOGRAMS[id(array)] = observe_histogram(array)
        weakref.finalize(array, _HISTOGRAMS.pop, id(array), None)
    return found


def operand_tensor(name: str, array: Array, params: QuantParams) -> TensorPlan:
    """A constant operand in parameters that something else decides (a concat's, say)."""
    return _constant(name, array, params, params.low, params.high, Reason.COPIED)


def stated_tensor(
    name: str, array: Array, params: QuantParams, reason: Reason = Reason.GIVEN
) -> TensorPlan:
    """A constant in the parameters that the user gives or the model file states."""
    return _constant(name, array, params, params.low, params.high, reason)


def real_tensor(name: str, array: Array) -> TensorPlan:
    """A constant the shader takes as float32 (slopes, scales of a norm); integers as they are."""
    codes = array.astype(np.float32) if array.dtype.kind == "f" else array
    return TensorPlan(
        name, "", QuantParams.floating(), tuple(array.shape), reason=Reason.FLOAT, codes=codes
    )


def bias_tensor(
    name: str, array: Array, x: QuantParams, w: QuantParams, scheme: QuantScheme
) -> TensorPlan:
    """Bias codes RNE(b / f32(sx * sw)), zero point 0.

    i32 for u8 and i8; i64 for i16; fixed point has fl = fl_x + fl_w. fp16 layers keep fp16.
    """
    shape = tuple(array.shape)
    if not scheme.is_quantized:
        codes = quantize(array, QuantParams.floating())
        return TensorPlan(name, "", QuantParams.floating(), shape, reason=Reason.FLOAT, codes=codes)
    if scheme is QuantScheme.U8:
        params = QuantParams(scheme, float(np.float32(x.scale * w.scale)))
    else:
        params = QuantParams.fixed_point(scheme, (x.fl or 0) + (w.fl or 0))
    wide = scheme is QuantScheme.I16
    low, high = (-(1 << 62), 1 << 62) if wide else (-(1 << 31), (1 << 31) - 1)
    rounded = np.rint(np.nan_to_num(array.astype(np.float64)) / params.scale)
    codes = np.clip(rounded, low, high).astype(np.int64 if wide else np.int32)
    return TensorPlan(name, "", params, shape, reason=Reason.BIAS, codes=codes)


def _constant(
    name: str, array: Array, params: QuantParams, low: float, high: float, reason: Reason
) -> TensorPlan:
    codes = quantize(array, params)
    if not params.scheme.is_quantized:
        low, high, reason = 0.0, 0.0, Reason.FLOAT
    return TensorPlan(name, "", params, tuple(array.shape), low, high, reason=reason, codes=codes)

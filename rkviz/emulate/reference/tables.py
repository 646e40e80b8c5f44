"""Activations by table in the TP (4.3), one rule for u8, i8, i16 and fp16.

The table lives on v = x - zx (fp16: the value), the input scale folded in. Segments are like
floating-point numbers: 16 an octave for each sign (tanh 32, on |v|, the sign put back). Between
two nodes the TP interpolates in 16 significant bits. Results are computed once for every code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from rkviz.emulate.reference.convert import tp_multiplier, tp_store
from rkviz.emulate.reference.functions import CHORD_FUNCTIONS, NODE_FUNCTIONS, Real
from rkviz.emulate.reference.operand import Codes, Kernel, Operand, number, present, text
from rkviz.errors import UnsupportedOpError
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import FP16_SMALLEST_NORMAL, Float64, f32_ratio, r16, r16h
from rkviz.quantize.plan import Step

_LARGEST_NODE = 65534.0
_SEGMENTS = 16
_TANH_SEGMENTS = 32


def interpolated(v: Float64, node: Callable[[Float64], Float64], segments: int) -> Float64:
    """y = r16(r16(node(lo) (1 - t)) + r16(node(lo + w) t)).

    w = 2**floor(log2|v|) / segments, lo = floor(|v| / w) w, t = (|v| - lo) / w; negative v carry
    their sign into lo and lo + w. |v| below 2**-14 counts as 0, where y = node(0).
    """
    lo, width, t = _segment(v, segments)
    sign = np.where(v < 0, -1.0, 1.0)
    left, right = node(sign * lo), node(sign * (lo + width))
    y = r16(r16(left * (1 - t)) + r16(right * t))
    return np.where(np.abs(v) < FP16_SMALLEST_NORMAL, node(np.zeros(1)), y)


def _segment(v: Float64, segments: int) -> tuple[Float64, Float64, Float64]:
    magnitude = np.maximum(np.abs(v), FP16_SMALLEST_NORMAL)
    _, exponent = np.frexp(magnitude)
    width = np.ldexp(1.0, exponent - 1) / segments
    lo = np.floor(magnitude / width) * width
    return lo, width, (magnitude - lo) / width


def stored_node(values: Float64) -> Float64:
    """What a node of the table holds: r16h, clipped to +-65534, magnitudes below 2**-14 as 0."""
    rounded = np.clip(r16h(values), -_LARGEST_NODE, _LARGEST_NODE)
    return np.where(np.abs(rounded) < FP16_SMALLEST_NORMAL, 0.0, rounded)


def chord(real: Float64, function: Real) -> Float64:
    """`function` sampled at 16 points an octave of the real axis, straight lines in between."""
    lo, width, t = _segment(real, _SEGMENTS)
    sign = np.where(real < 0, -1.0, 1.0)
    left, right = function(sign * lo), function(sign * (lo + width))
    between = left + (right - left) * t
    return np.where(np.abs(real) < FP16_SMALLEST_NORMAL, function(np.zeros(1)), between)


def _f32(values: Float64) -> Float64:
    return values.astype(np.float32).astype(np.float64)


def _scaled(v: Float64, op: str, args: tuple[float | str, ...], source: QuantParams) -> Float64:
    """y of an operator whose table contains the input scale."""
    if op == "Tanh":
        y = interpolated(
            np.abs(v), lambda u: stored_node(np.tanh(u * source.scale)), _TANH_SEGMENTS
        )
        return np.copysign(y, v)
    if op in NODE_FUNCTIONS:
        function = NODE_FUNCTIONS[op]
        return interpolated(v, lambda u: stored_node(_f32(function(u * source.scale))), _SEGMENTS)
    function = CHORD_FUNCTIONS[op](*args)
    return interpolated(
        v, lambda u: stored_node(_f32(chord(u * source.scale, function))), _SEGMENTS
    )


def _unscaled(v: Float64, alpha: float) -> Float64:
    """y of relu, leaky relu and abs: node(u) = u for u > 0, else u f32(alpha)."""
    slope = float(np.float32(alpha))
    return interpolated(v, lambda u: stored_node(np.where(u > 0, u, _f32(u * slope))), _SEGMENTS)


def _written(y: Float64, out: QuantParams) -> Codes:
    """y in the output's type: DFP r16(y 2**fl); u8 r16(y r16(f32(1 / so))); fp16 as it is."""
    if out.scheme.is_fixed_point or not out.scheme.is_quantized:
        return tp_store(r16(y / out.scale), out)
    inverse = float(r16(np.array(f32_ratio(1.0, out.scale))))
    return tp_store(r16(y * inverse), out)


@lru_cache(maxsize=512)
def table(op: str, args: tuple[float | str, ...], source: QuantParams, out: QuantParams) -> Codes:
    """The result of `op` for every code of `source` from the lowest to the highest.

    FLOAT: for every bit pattern of fp16 from 0 to 65535.
    """
    scheme = source.scheme
    if scheme.is_quantized:
        v = np.arange(scheme.qmin, scheme.qmax + 1, dtype=np.float64) - source.zero_point
    else:
        v = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        if op in UNSCALED_SLOPES:
            alpha = UNSCALED_SLOPES[op]
            y = _unscaled(v, float(args[0]) if alpha is None else alpha)
            result = tp_store(r16(y * tp_multiplier(source, out)), out)
        else:
            result = _written(_scaled(v, op, args, source), out)
    result.flags.writeable = False
    return result


UNSCALED_SLOPES: dict[str, float | None] = {"Relu": 0.0, "Abs": -1.0, "LeakyRelu": None}
"""Operators of the unscaled table and their slope below 0 (None: the attribute alpha)."""


def looked_up(x: Operand, values: Codes) -> Codes:
    """`values` [codes] indexed by the codes of `x`."""
    if x.params.scheme.is_quantized:
        return values[x.codes.astype(np.int64) - x.params.scheme.qmin]
    return values[np.asarray(x.codes, np.float16, order="C").view(np.uint16)]


_ARGUMENTS: dict[str, tuple[tuple[str, float | str], ...]] = {
    "LeakyRelu": (("alpha", 0.01),),
    "Elu": (("alpha", 1.0),),
    "HardSigmoid": (("alpha", 0.2), ("beta", 0.5)),
    "Clip": (("min", -np.inf), ("max", np.inf)),
    "Gelu": (("approximate", "none"),),
}
"""The attributes a function depends on, with ONNX's defaults."""


def _kernel(op: str) -> Kernel:
    def kernel(
        step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]:
        x = present(inputs, 0)
        if any(operand is not None for operand in inputs[1:]):
            raise UnsupportedOpError(
                f"Layer {step.name!r} ({op}) gets its bounds only at run time; "
                "the NPU needs them constant."
            )
        args = tuple(
            text(step.attrs, name, default)
            if isinstance(default, str)
            else number(step.attrs, name, default)
            for name, default in _ARGUMENTS.get(op, ())
        )
        return [looked_up(x, table(op, args, x.params, outputs[0]))]

    return kernel


TABLE_KERNELS: dict[str, Kernel] = {
    op: _kernel(op)
    for op in (*UNSCALED_SLOPES, "Tanh", *NODE_FUNCTIONS, *CHORD_FUNCTIONS)
    if op != "Square"
}
"""The square is no operator of its own but a Pow."""

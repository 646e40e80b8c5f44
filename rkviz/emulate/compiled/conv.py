"""Convolutions and what can be written as one: integer convolutions of onnxruntime.

8-bit codes are convolved unsigned (i8: the code + 128, the zero point too), or where u8 x s8 is
exact one of the two as the code - 128, the zero point too: the weights of QLinearConv, the input
of ConvInteger, which is what onnxruntime multiplies quickest. QLinearConv where its float32
rounding is proven right, else ConvInteger and float64. 16-bit codes are cut into bytes: four
integer convolutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rkviz.emulate.compiled.mixed_signs import mixed_signs_are_exact
from rkviz.emulate.compiled.onnx_nodes import Emission
from rkviz.emulate.compiled.program import Codes, OnnxProgram, Program, emission, given
from rkviz.emulate.compiled.requantise import Requantiser, float32_multiplier
from rkviz.emulate.reference.accumulate import ACCUMULATOR_BITS, multiplier
from rkviz.emulate.reference.activation import activated
from rkviz.emulate.reference.operand import integer
from rkviz.emulate.reference.windows import Windows, planes
from rkviz.graph.model import Attr
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.plan import Step, TensorPlan

_SIGN = np.uint8(128)
_INT32 = 2**31


@dataclass(frozen=True, eq=False)
class Filter:
    """acc = bias + sum((x - zx) * (w - zw)) over windows; weights [O, C / group, kh, kw]."""

    x: QuantParams
    weights: Codes
    weight_params: QuantParams
    bias: NDArray[np.int64]
    windows: Windows
    group: int = 1

    def reach(self) -> tuple[int, int]:
        """Smallest and largest accumulator any input can lead to."""
        rows = self.weights.reshape(len(self.weights), -1)
        shifted = rows.astype(np.int32) - self.weight_params.zero_point
        total, both = (part.sum(axis=1, dtype=np.int64) for part in (shifted, np.abs(shifted)))
        above, below = (total + both) // 2, (total - both) // 2
        low = self.x.scheme.qmin - self.x.zero_point
        high = self.x.scheme.qmax - self.x.zero_point
        lows = above * low + below * high + self.bias
        highs = above * high + below * low + self.bias
        return min(0, int(lows.min())), max(0, int(highs.max()))

    @property
    def geometry(self) -> dict[str, Attr]:
        return {
            "kernel_shape": self.windows.kernel,
            "strides": self.windows.strides,
            "dilations": self.windows.dilations,
            "pads": self.windows.pads,
            "group": self.group,
        }


def unsigned(codes: Codes) -> NDArray[np.uint8]:
    """8-bit codes as u8: the code, or the code + 128 for i8."""
    view = codes.view(np.uint8)
    return np.bitwise_xor(view, _SIGN) if codes.dtype == np.int8 else view


def unsigned_zero(params: QuantParams) -> int:
    """The zero point of `unsigned` codes."""
    return params.zero_point - params.scheme.qmin


def convolution(filters: Filter, out: QuantParams, activation: str) -> Program | None:
    """Planes of codes [N, C, H, W] -> [N, O, H', W'], requantised and activated."""
    scheme = filters.x.scheme
    if not (scheme is out.scheme is filters.weight_params.scheme) or not scheme.is_quantized:
        return None
    low, high = filters.reach()
    # What may come near wrapping is left to the reference, which tells how near it came.
    if max(-low, high) >= 2 ** (ACCUMULATOR_BITS[scheme.bits] - 2):
        return None
    if scheme is QuantScheme.I16:
        return _sixteen_bits(filters, out, activation, low, high)
    return _eight_bits(filters, out, activation, low, high)


def _eight_bits(
    filters: Filter, out: QuantParams, activation: str, low: int, high: int
) -> Program | None:
    if np.abs(filters.bias).max(initial=0) >= _INT32:
        return None
    scale = multiplier(filters.x.scale, filters.weight_params.scale, out.scale)
    zero = unsigned_zero(out)
    proven = float32_multiplier(scale, zero, low, high)
    if proven is None:
        return _by_float64(filters, scale, out, activation, low, high)
    nodes = emission()
    made = _qlinear_conv(nodes, filters, proven, zero)
    bounds = unsigned(activated(np.array([-np.inf, np.inf]), out, activation))
    if (int(bounds[0]), int(bounds[1])) != (0, 255):
        limits = [nodes.constant(f"limit{i}", np.array(b, np.uint8)) for i, b in enumerate(bounds)]
        made = nodes.add("Clip", [made, *limits], ["bounded"], "clip")
    session = OnnxProgram(nodes, {"x": np.uint8}, made)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        result = session.one(unsigned(given(codes, 0)))
        return [unsigned_back(result, out)]

    return program


def unsigned_back(codes: Codes, params: QuantParams) -> Codes:
    """The inverse of `unsigned`, to the type of `params`."""
    if params.scheme is QuantScheme.U8:
        return codes
    return np.bitwise_xor(codes.view(np.uint8), _SIGN).view(np.int8)


def _mixed(codes: Codes) -> Codes:
    """Bytes as the signed one of two factors: u8 codes - 128 where that is exact."""
    return np.bitwise_xor(codes, _SIGN).view(np.int8) if mixed_signs_are_exact() else codes


def _mixed_type() -> DTypeLike:
    return np.int8 if mixed_signs_are_exact() else np.uint8


def _zero(params: QuantParams) -> NDArray[np.uint8]:
    return np.array(unsigned_zero(params), np.uint8)


def _qlinear_conv(nodes: Emission, filters: Filter, scale: np.float32, zero: int) -> str:
    w = nodes.constant("w", _mixed(unsigned(filters.weights)))
    wz = nodes.constant("wz", _mixed(_zero(filters.weight_params)))
    one = nodes.constant("one", np.array(1, np.float32))
    inputs = [
        "x",
        nodes.constant("m", np.array(scale)),
        nodes.constant("xz", _zero(filters.x)),
        w, one, wz, one,
        nodes.constant("oz", np.array(zero, np.uint8)),
        nodes.constant("bias", filters.bias.astype(np.int32)),
    ]  # fmt: skip
    return nodes.add("QLinearConv", inputs, ["y"], "conv", **filters.geometry)


def _by_float64(
    filters: Filter, scale: float, out: QuantParams, activation: str, low: int, high: int
) -> Program:
    """The sums in integers, then the definition in float64, a few channels at a time."""
    nodes = emission()
    inputs = [
        "x",
        nodes.constant("w", unsigned(filters.weights)),
        nodes.constant("xz", _mixed(_zero(filters.x))),
        nodes.constant("wz", _zero(filters.weight_params)),
    ]
    made = nodes.add("ConvInteger", inputs, ["sum"], "conv", **filters.geometry)
    session = OnnxProgram(nodes, {"x": _mixed_type()}, made)
    requantise = Requantiser(filters.bias, scale, out, activation, low, high)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        return [requantise(session.one(_mixed(unsigned(given(codes, 0)))))]

    return program


def _bytes_of(codes: Codes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """High byte + 128 and low byte of i16 codes: code = 256 (high - 128) + low."""
    high = (codes.astype(np.int16) >> 8).astype(np.int8).view(np.uint8)
    return np.bitwise_xor(high, _SIGN), np.ascontiguousarray(codes).astype(np.uint8)


def _sixteen_bits(
    filters: Filter, out: QuantParams, activation: str, low: int, high: int
) -> Program | None:
    per_output = int(np.prod(filters.weights.shape[1:]))
    if 2 * per_output * 255 * 255 >= _INT32:
        return None
    nodes = emission()
    zeros = {"high": np.array(_SIGN), "low": np.array(0, np.uint8)}
    for (part, zero), codes in zip(zeros.items(), _bytes_of(filters.weights), strict=True):
        nodes.constant(f"w_{part}", codes)
        nodes.constant(f"wz_{part}", zero)
        nodes.constant(f"xz_{part}", _mixed(zero))
    sums = {
        (a, b): nodes.add(
            "ConvInteger",
            [f"x_{a}", f"w_{b}", f"xz_{a}", f"wz_{b}"],
            [f"sum_{a}_{b}"],
            f"conv_{a}_{b}",
            **filters.geometry,
        )
        for a in zeros
        for b in zeros
    }
    cross = nodes.add("Add", [sums["high", "low"], sums["low", "high"]], ["cross"], "cross")
    session = OnnxProgram(
        nodes,
        dict.fromkeys(("x_high", "x_low"), _mixed_type()),
        *(sums["high", "high"], cross, sums["low", "low"]),
    )
    scale = multiplier(filters.x.scale, filters.weight_params.scale, out.scale)
    requantise = Requantiser(filters.bias, scale, out, activation, low, high, (65536, 256, 1))

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        return [requantise(*session(*map(_mixed, _bytes_of(given(codes, 0)))))]

    return program


def conv(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX Conv of one or two spatial axes with constant weights."""
    filters = _filter(step, inputs)
    if filters is None:
        return None
    program = convolution(filters, outputs[0].params, step.activation)
    if program is None or len(_shape(inputs[1])) == 4:
        return program

    def along_one_axis(codes: Sequence[Codes | None]) -> list[Codes]:
        (result,) = program([planes(given(codes, 0))])
        return [result[:, :, 0]]

    return along_one_axis


def gemm(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX Gemm with constant weights, as a 1x1 convolution."""
    if any(step.attrs.get(key, 1.0) != 1.0 for key in ("alpha", "beta")):
        return None
    if integer(step.attrs, "transA"):
        return None
    return _fully_connected(step, inputs, outputs[0].params, bool(integer(step.attrs, "transB")))


def matmul(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX MatMul with a constant matrix on the right, as a 1x1 convolution."""
    return _fully_connected(step, inputs, outputs[0].params, False)


def _fully_connected(
    step: Step, inputs: Sequence[TensorPlan | None], out: QuantParams, transposed: bool
) -> Program | None:
    x, w = inputs[0], inputs[1]
    if x is None or w is None or w.codes is None or w.codes.ndim != 2:
        return None
    weights = w.codes if transposed else w.codes.T
    bias = bias_codes(inputs, weights.shape[0])
    if bias is None or len(x.shape) < 2:
        return None
    ones = np.ascontiguousarray(weights)[:, :, np.newaxis, np.newaxis]
    filters = Filter(x.params, ones, w.params, bias, Windows((1, 1)))
    program = convolution(filters, out, step.activation)
    if program is None:
        return None

    def on_rows(codes: Sequence[Codes | None]) -> list[Codes]:
        rows = given(codes, 0)
        flat = rows.reshape(-1, rows.shape[-1], 1, 1)
        (result,) = program([flat])
        return [result.reshape(*rows.shape[:-1], -1)]

    return on_rows


def _filter(step: Step, inputs: Sequence[TensorPlan | None]) -> Filter | None:
    x, w = inputs[0], inputs[1]
    if x is None or w is None or w.codes is None or w.codes.ndim not in (3, 4):
        return None
    bias = bias_codes(inputs, w.codes.shape[0])
    if bias is None:
        return None
    windows = Windows.of(step.attrs, w.codes.shape[2:])
    return Filter(
        x.params, planes(w.codes), w.params, bias, windows, integer(step.attrs, "group", 1)
    )


def bias_codes(inputs: Sequence[TensorPlan | None], channels: int) -> NDArray[np.int64] | None:
    """One integer per channel; None when it is computed at run time or has other axes."""
    tensor = inputs[2] if len(inputs) > 2 else None
    if tensor is None:
        return np.zeros(channels, np.int64)
    if tensor.codes is None or tensor.codes.dtype.kind not in "iu":
        return None
    if tensor.codes.size not in (1, channels) or tensor.codes.shape[-1:] not in (
        (),
        (1,),
        (channels,),
    ):
        return None
    return np.broadcast_to(tensor.codes.reshape(-1).astype(np.int64), (channels,))


def _shape(tensor: TensorPlan | None) -> tuple[int, ...]:
    return () if tensor is None or tensor.codes is None else tensor.codes.shape

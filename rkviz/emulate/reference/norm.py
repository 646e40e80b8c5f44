"""Layer, instance and group normalization on the shader: float maths, RNE.

Instance norm in i16 is off by one code in half of the values on the chip (open).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rkviz.emulate.reference.operand import Codes, Operand, integer, number, optional, present
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64, round_to_codes
from rkviz.quantize.plan import Step


def layer_normalization(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX LayerNormalization: over all axes from `axis` on, then scale and bias."""
    x = present(inputs, 0)
    axis = integer(step.attrs, "axis", -1) % x.codes.ndim
    axes = tuple(range(axis, x.codes.ndim))
    values = _normalized(x.real, axes, number(step.attrs, "epsilon", 1e-5))
    scale, bias = optional(inputs, 1), optional(inputs, 2)
    values = values * scale.real if scale is not None else values
    values = values + bias.real if bias is not None else values
    return [round_to_codes(values / outputs[0].scale, outputs[0])]


def instance_normalization(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX InstanceNormalization: every channel of every sample by itself, then scale and bias."""
    x, scale, bias = (present(inputs, index) for index in range(3))
    axes = tuple(range(2, x.codes.ndim))
    values = _normalized(x.real, axes, number(step.attrs, "epsilon", 1e-5))
    channels = (-1,) + (1,) * len(axes)
    values = values * scale.real.reshape(channels) + bias.real.reshape(channels)
    return [round_to_codes(values / outputs[0].scale, outputs[0])]


def group_normalization(
    step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
) -> list[Codes]:
    """ONNX GroupNormalization: `num_groups` groups of channels, then scale and bias a channel.

    Open: float, RNE, as layer normalization.
    """
    x, scale, bias = (present(inputs, index) for index in range(3))
    samples, channels, *size = x.codes.shape
    groups = integer(step.attrs, "num_groups", 1)
    grouped = x.real.reshape(samples, groups, -1)
    values = _normalized(grouped, (2,), number(step.attrs, "epsilon", 1e-5))
    by_channel = (channels,) + (1,) * len(size)
    values = values.reshape(x.codes.shape) * scale.real.reshape(by_channel)
    values = values + bias.real.reshape(by_channel)
    return [round_to_codes(values / outputs[0].scale, outputs[0])]


def _normalized(real: Float64, axes: tuple[int, ...], epsilon: float) -> Float64:
    """(x - mean) / sqrt(variance + epsilon)"""
    centred = real - real.mean(axis=axes, keepdims=True)
    variance = np.square(centred).mean(axis=axes, keepdims=True)
    return centred / np.sqrt(variance + epsilon)

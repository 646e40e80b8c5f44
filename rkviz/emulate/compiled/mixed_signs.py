"""Whether onnxruntime multiplies u8 by s8 exactly on this processor.

Where it does (VNNI, AMX, ARM) that is three times as quick as u8 by u8. Older processors add two
products in 16 bits first, which saturates: large codes then come out wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.program import Codes, OnnxProgram, emission
from rkviz.graph.ort_session import ORT_ERRORS

Convolve = Callable[[Codes, Codes, int], Codes]
"""x [1, C, 1, W], w [O, C / group, 1, 3], zero point of w -> sum x * (w - zero) as the kernel's
output type holds it: int32, or the codes clip(RNE(sum / 2**14) + 128)."""

_POSITIONS = (1, 3, 64)
"""Sizes of the output: single vectors, a few, and many are multiplied by different code."""
_CHANNELS = 80
_UNSIGNED = np.array([0, 1, 254, 255], np.uint8)
_SIGNED = np.array([-128, -127, 126, 127], np.int8)
_STEP = 2.0**14


@lru_cache(maxsize=1)
def mixed_signs_are_exact() -> bool:
    """Tried once, in some milliseconds, on numbers that would saturate."""
    return is_exact(_qlinear_conv, _UNSIGNED, _SIGNED) and is_exact(
        _conv_integer, _SIGNED, _UNSIGNED
    )


def is_exact(convolve: Convolve, x_codes: Codes, w_codes: Codes) -> bool:
    """Whether `convolve` gives the exact sums of large codes, dense and by channel."""
    rng = np.random.default_rng(1)
    for positions in _POSITIONS:
        for inner in (1, _CHANNELS):
            x = rng.choice(x_codes, (1, _CHANNELS, 1, positions + 2))
            w = rng.choice(w_codes, (_CHANNELS, inner, 1, 3))
            for zero in (0, 9):
                exact = _sums(x, w, zero)
                try:
                    found = convolve(x, w, zero)
                except ORT_ERRORS:
                    return False
                if found.dtype == np.uint8:
                    exact = np.clip(np.rint(exact / _STEP) + 128, 0, 255).astype(np.int64)
                if not np.array_equal(found, exact):
                    return False
    return True


def _sums(x: Codes, w: Codes, zero: int) -> NDArray[np.int64]:
    """sum x * (w - zero) over windows of three, the group as `w` has it."""
    windows = np.lib.stride_tricks.sliding_window_view(x[0, :, 0].astype(np.int64), 3, axis=1)
    shifted = w[:, :, 0].astype(np.int64) - zero
    by_channel = w.shape[1] == 1
    sums = np.einsum("cpk,cok->cp" if by_channel else "ipk,cik->cp", windows, shifted)
    return sums[np.newaxis, :, np.newaxis]


def _qlinear_conv(x: Codes, w: Codes, zero: int) -> Codes:
    nodes = emission()
    one = nodes.constant("one", np.array(1, np.float32))
    inputs = [
        "x",
        nodes.constant("m", np.array(1 / _STEP, np.float32)),
        nodes.constant("xz", np.array(0, x.dtype)),
        nodes.constant("w", w), one, nodes.constant("wz", np.array(zero, w.dtype)),
        one, nodes.constant("oz", np.array(128, x.dtype)),
    ]  # fmt: skip
    group = x.shape[1] // w.shape[1]
    made = nodes.add("QLinearConv", inputs, ["y"], "conv", kernel_shape=w.shape[2:], group=group)
    return OnnxProgram(nodes, {"x": x.dtype}, made).one(x)


def _conv_integer(x: Codes, w: Codes, zero: int) -> Codes:
    nodes = emission()
    inputs = [
        "x", nodes.constant("w", w),
        nodes.constant("xz", np.array(0, x.dtype)), nodes.constant("wz", np.array(zero, w.dtype)),
    ]  # fmt: skip
    group = x.shape[1] // w.shape[1]
    made = nodes.add("ConvInteger", inputs, ["y"], "conv", kernel_shape=w.shape[2:], group=group)
    return OnnxProgram(nodes, {"x": x.dtype}, made).one(x)

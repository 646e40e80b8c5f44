"""Deconvolutions as one integer convolution: every phase of the stride is a channel of its own.

Output m = s q + r of the uncut result reads the inputs q - t through the taps r + s t. So phase r
is a convolution with the taps r, r + s, r + 2 s ... in reverse order; the phases lie beside each
other as channels, are interleaved afterwards, and the pads are cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rkviz.emulate.compiled.conv import Filter, bias_codes, convolution
from rkviz.emulate.compiled.program import Codes, Program, given
from rkviz.emulate.reference.operand import integer, ints
from rkviz.emulate.reference.windows import Windows, planes
from rkviz.quantize.plan import Step, TensorPlan


def conv_transpose(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX ConvTranspose of one or two spatial axes with constant weights, not dilated."""
    x, w = inputs[0], inputs[1]
    if x is None or w is None or w.codes is None or w.codes.ndim not in (3, 4):
        return None
    windows = Windows.of(step.attrs, w.codes.shape[2:])
    group = integer(step.attrs, "group", 1)
    bias = bias_codes(inputs, w.codes.shape[1] * group)
    if windows.dilations != (1, 1) or bias is None:
        return None
    interleaved = _Interleaved.of(step, windows, (1, *x.shape[2:])[-2:])
    rank = w.codes.ndim
    filters = Filter(
        x.params,
        _phases(planes(w.codes), windows, group, w.params.zero_point),
        w.params,
        np.repeat(bias, windows.strides[0] * windows.strides[1]),
        interleaved.windows,
        group,
    )
    program = convolution(filters, outputs[0].params, step.activation)
    if program is None:
        return None

    def deconvolution(codes: Sequence[Codes | None]) -> list[Codes]:
        (phases,) = program([planes(given(codes, 0))])
        result = interleaved.joined(phases)
        return [result if rank == 4 else result[:, :, 0]]

    return deconvolution


def _phases(w: Codes, windows: Windows, group: int, zero_point: int) -> Codes:
    """w [C, O/group, kh, kw] -> [O * phases, C/group, taps of a phase]; zeros where one ends."""
    (rows, columns), (high, wide) = _taps(windows), windows.strides
    channels, per_group = w.shape[:2]
    whole = np.full((channels, per_group, rows * high, columns * wide), zero_point, w.dtype)
    whole[:, :, : w.shape[2], : w.shape[3]] = w
    split = whole.reshape(group, channels // group, per_group, rows, high, columns, wide)
    turned = split[:, :, :, ::-1, :, ::-1].transpose(0, 2, 4, 6, 1, 3, 5)
    return np.ascontiguousarray(turned).reshape(-1, channels // group, rows, columns)


def _taps(windows: Windows) -> tuple[int, int]:
    """Rows and columns of taps one phase has at most."""
    (high, wide), (rows, columns) = windows.strides, windows.kernel
    return -(-rows // high), -(-columns // wide)


@dataclass(frozen=True)
class _Interleaved:
    """The convolution that gives all phases, and how they become the result."""

    windows: Windows
    strides: tuple[int, int]
    rows: slice
    columns: slice

    @staticmethod
    def of(step: Step, windows: Windows, size: Sequence[int]) -> _Interleaved:
        extra = (0, *ints(step.attrs, "output_padding", (0,) * len(size)))[-2:]
        full = [
            (size[axis] - 1) * windows.strides[axis] + windows.kernel[axis] + extra[axis]
            for axis in (0, 1)
        ]
        taps = _taps(windows)
        # Every phase is as long as the longest; what is too much is cut off with the pads.
        after = [-(-full[axis] // windows.strides[axis]) - size[axis] for axis in (0, 1)]
        pads = (taps[0] - 1, taps[1] - 1, after[0], after[1])
        top, left, bottom, right = windows.pads
        return _Interleaved(
            Windows(taps, pads=pads),
            windows.strides,
            slice(top, full[0] - bottom),
            slice(left, full[1] - right),
        )

    def joined(self, phases: Codes) -> Codes:
        """[N, O * phases, H, W] -> [N, O, rows, columns]"""
        n, _, rows, columns = phases.shape
        high, wide = self.strides
        blocks = phases.reshape(n, -1, high, wide, rows, columns).transpose(0, 1, 4, 2, 5, 3)
        whole = blocks.reshape(n, -1, rows * high, columns * wide)
        return np.ascontiguousarray(whole[:, :, self.rows, self.columns])

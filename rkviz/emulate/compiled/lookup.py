"""Steps as tables: the reference kernel is run once on every code there is, and looked up.

Exact by construction, for one operand of any type (256 or 65 536 entries) and for two of 8 bits.
Large tensors of 8 bits are looked up two neighbours at a time, in a table of all pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rkviz.emulate.compiled.program import Codes, Program, given
from rkviz.emulate.reference import KERNELS
from rkviz.emulate.reference.convert import requantise
from rkviz.emulate.reference.operand import Operand, integer
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.plan import Step, TensorPlan

Patterns = NDArray[np.uint8] | NDArray[np.uint16]

_AT_ONCE = 1 << 16
"""Elements looked up at once, so that the indices stay in the cache."""
_WORTH_PAIRS = 1 << 15
"""Codes from which on the table of all pairs is worth its making."""


def every_code(scheme: QuantScheme) -> Codes:
    """All codes of `scheme` in the order of their bit patterns, 256 or 65 536."""
    unsigned = np.uint8 if scheme.bits == 8 else np.uint16
    return np.arange(1 << scheme.bits).astype(unsigned).view(scheme.dtype)


def patterns(codes: Codes) -> Patterns:
    """The bit patterns of `codes` as unsigned integers; no copy."""
    return codes.view(np.uint8) if codes.dtype.itemsize == 1 else codes.view(np.uint16)


def looked_up(table: Codes, index: Patterns) -> Codes:
    """table[index] for unsigned indices that are all inside the table."""
    flat = np.ascontiguousarray(index).reshape(-1)
    result = np.empty(flat.shape, table.dtype)
    for at in range(0, flat.size, _AT_ONCE):
        part = slice(at, at + _AT_ONCE)
        # "clip" is the mode that neither checks nor buffers.
        np.take(table, flat[part], out=result[part], mode="clip")
    return result.reshape(index.shape)


class Table:
    """All codes of one type to those they become: `codes` in the order of `every_code`."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._pairs: Codes | None = None

    def __call__(self, codes: Codes) -> Codes:
        """The entry of every code, in the shape of `codes`."""
        index = patterns(np.asarray(codes, order="C"))
        if len(self._codes) != 256 or index.size % 2 or index.size < _WORTH_PAIRS:
            return looked_up(self._codes, index)
        if self._pairs is None:
            self._pairs = _pairs(self._codes)
        found = looked_up(self._pairs, index.reshape(-1).view(np.uint16))
        return found.view(self._codes.dtype).reshape(index.shape)


def _pairs(table: Codes) -> Codes:
    """Entries of two neighbouring codes as one number each, in the order of memory."""
    both = patterns(every_code(QuantScheme.I16)).view(np.uint8)
    return table[both].view(np.uint16 if table.dtype.itemsize == 1 else np.uint32)


def converter(source: QuantParams, target: QuantParams) -> Callable[[Codes], Codes]:
    """`requantise` from `source` to `target`."""
    if source == target:
        return lambda codes: codes
    with np.errstate(all="ignore"):
        return Table(requantise(every_code(source.scheme), source, target))


def unary(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """A step that treats every code of its one operand by itself."""
    x = inputs[0]
    if x is None or any(inputs[1:]) or len(outputs) != 1:
        return None
    with np.errstate(all="ignore"):
        (table,) = KERNELS[step.op](
            step, [Operand(every_code(x.params.scheme), x.params)], [outputs[0].params]
        )
    look_up = Table(table)
    return lambda codes: [look_up(given(codes, 0))]


def binary(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """A step that treats every pair of two 8-bit codes by itself; shapes as numpy joins them."""
    pair = [tensor for tensor in inputs if tensor is not None]
    if len(pair) != 2 or len(inputs) != 2 or any(t.params.scheme.bits != 8 for t in pair):
        return None
    left, right = (Operand(every_code(t.params.scheme), t.params) for t in pair)
    with np.errstate(all="ignore"):
        (table,) = KERNELS[step.op](
            step, [Operand(left.codes[:, np.newaxis], left.params), right], [outputs[0].params]
        )
    for position, tensor in enumerate(pair):
        if tensor.codes is not None and tensor.codes.size == 1:
            code = patterns(tensor.codes.reshape(1))[0]
            alone = table[:, code] if position else table[code]
            look_up = Table(np.ascontiguousarray(alone).reshape(-1))
            return _with_scalar(look_up, 1 - position, tensor.codes.ndim)
    table = table.reshape(-1)

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        index = np.multiply(patterns(given(codes, 0)), np.uint16(256), dtype=np.uint16)
        return [looked_up(table, index + patterns(given(codes, 1)))]

    return program


def _with_scalar(table: Table, index: int, rank: int) -> Program:
    """A program that looks up the operand at `index`; the other, of `rank` axes, is constant."""

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        x = given(codes, index)
        return [table(x.reshape((1,) * (rank - x.ndim) + x.shape))]

    return program


def move(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """A step that moves or selects codes: moved by the reference kernel, converted by table."""
    x = inputs[0]
    if x is None or any(inputs[1:]):
        return None
    kernel = KERNELS[step.op]
    unchanged = [x.params] * len(outputs)
    convert = [converter(x.params, tensor.params) for tensor in outputs]

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        moved = kernel(step, [Operand(given(codes, 0), x.params)], unchanged)
        return [to(part) for to, part in zip(convert, moved, strict=True)]

    return program


def concat(
    step: Step, inputs: Sequence[TensorPlan | None], outputs: Sequence[TensorPlan]
) -> Program | None:
    """ONNX Concat: every input converted to the output's parameters by table, then joined."""
    axis, out = integer(step.attrs, "axis", 1), outputs[0].params
    convert = [converter(tensor.params, out) if tensor else None for tensor in inputs]

    def program(codes: Sequence[Codes | None]) -> list[Codes]:
        parts = [
            to(part)
            for to, part in zip(convert, codes, strict=True)
            if to is not None and part is not None
        ]
        return [np.concatenate(parts, axis=axis)]

    return program

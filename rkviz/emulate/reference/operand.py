"""What a kernel works on: codes with their parameters, and the settings of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import UnsupportedOpError
from rkviz.graph.model import Attr
from rkviz.numerics import QuantParams
from rkviz.numerics.arithmetic import Float64
from rkviz.quantize.plan import Step

Codes = NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Operand:
    """Codes of one tensor (FLOAT: fp16 values; a bias: int32 or int64) and what they mean."""

    codes: Codes
    params: QuantParams

    @property
    def shifted(self) -> Float64:
        """codes - zero point, the A of the formulas; exact in float64. FLOAT: the values."""
        values = self.codes.astype(np.float64)
        if self.params.zero_point:
            values -= self.params.zero_point
        return values

    @property
    def real(self) -> Float64:
        """The real values, (q - zero point) * scale in float64."""
        return self.shifted * self.params.scale


class Kernel(Protocol):
    """One operator: codes of all its inputs in, codes of all its outputs out."""

    def __call__(
        self, step: Step, inputs: Sequence[Operand | None], outputs: Sequence[QuantParams]
    ) -> list[Codes]: ...


def present(inputs: Sequence[Operand | None], index: int) -> Operand:
    """The required input `index`; raises ValueError when it is absent."""
    operand = inputs[index] if index < len(inputs) else None
    if operand is None:
        raise ValueError(f"input {index} is absent")
    return operand


def optional(inputs: Sequence[Operand | None], index: int) -> Operand | None:
    """The input `index`, or None when it is absent."""
    return inputs[index] if index < len(inputs) else None


def ints(attrs: Mapping[str, Attr], name: str, default: Sequence[int] = ()) -> tuple[int, ...]:
    """The list of integers `name`; one integer counts as a list of one."""
    value = attrs.get(name, tuple(default))
    if isinstance(value, tuple):
        return tuple(int(item) for item in value)
    return (int(value),)


def required_ints(step: Step, name: str) -> tuple[int, ...]:
    """The list of integers `name`; raises UnsupportedOpError where it is not a constant."""
    if name not in step.attrs:
        raise UnsupportedOpError(
            f"Layer {step.name!r} ({step.op}) gets its {name} only at run time; "
            "export the model with constant sizes."
        )
    return ints(step.attrs, name)


def integer(attrs: Mapping[str, Attr], name: str, default: int = 0) -> int:
    """The integer `name` (the first one of a list)."""
    return ints(attrs, name, (default,))[0]


def number(attrs: Mapping[str, Attr], name: str, default: float) -> float:
    """The number `name`; raises TypeError for a text or a list."""
    value = attrs.get(name, default)
    if not isinstance(value, int | float):
        raise TypeError(f"attribute {name} is not a number")
    return float(value)


def text(attrs: Mapping[str, Attr], name: str, default: str = "") -> str:
    """The text `name`; `default` where it is absent or no text."""
    value = attrs.get(name, default)
    return value if isinstance(value, str) else default

"""One value's range, and the values that must have one range together."""

from __future__ import annotations

from dataclasses import dataclass

from rkviz.numerics import QuantParams
from rkviz.quantize.plan import Reason


@dataclass(frozen=True)
class ValueRange:
    """The range of one graph value and where it comes from."""

    low: float
    high: float
    reason: Reason
    because_of: str = ""
    shared_with: tuple[str, ...] = ()
    params: QuantParams | None = None
    """Parameters from the user or the model file, used as they are."""
    alone: tuple[float, float] = (0.0, 0.0)
    """The range before any sharing, clipping or choice of the user."""


class RangeGroups:
    """Union-find over values that must have the same parameters."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self.concat: dict[str, str] = {}
        """Root -> the first concat of the group."""
        self.stated: dict[str, QuantParams] = {}
        """Root -> the parameters the model file states for the group."""

    def root(self, value: str) -> str:
        parent = self._parent.setdefault(value, value)
        if parent != value:
            parent = self._parent[value] = self.root(parent)
        return parent

    def join(self, one: str, other: str) -> None:
        """One group of two, unless the file states different parameters for them."""
        first, second = self.root(one), self.root(other)
        stated = [self.stated[root] for root in (first, second) if root in self.stated]
        if first != second and len(set(stated)) < 2:
            self._parent[second] = first
            self.stated.pop(second, None)
            self.stated.update((first, params) for params in stated)
            concat = self.concat.pop(second, "")
            if concat:
                self.concat.setdefault(first, concat)

    def mark_concat(self, value: str, layer: str) -> None:
        self.concat.setdefault(self.root(value), layer)

    def concat_of(self, value: str) -> str:
        return self.concat.get(self.root(value), "")

"""Where the shape of a tensor is written on its line: beside it, where no line runs through it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from rkviz.picture.layout import LayoutEdge

HEIGHT = 10.0
"""Of the words, in units of the layout."""
_AWAY = 4.0
_SHORT = 60.0
"""Longest line whose far end is still near the box."""
_BELOW_STACK = 6.5
"""How much lower the words of a folded stage begin: edges of further boxes are in the way."""


class LabelPlace(NamedTuple):
    """Left and base of a word on a line, in units of the layout."""

    x: float
    base: float


def label_place(
    edge: LayoutEdge,
    near: Iterable[LayoutEdge],
    width: float,
    is_stacked: bool = False,
    taken: Sequence[tuple[LabelPlace, float]] = (),
) -> LabelPlace | None:
    """Where `width` units of words stand free of the lines `near`, None where they cannot.

    `taken` are other words that are near, with their widths.

    Right below the box that gives the tensor, to the right or left of the line, or, behind a fork,
    at the straight line's end.
    """
    x, top = (float(number) for number in edge.points[0])
    top += 2.5 + (_BELOW_STACK if is_stacked else 0.0)
    end = float(edge.points[-1][1])
    spots = [(x + _AWAY, top), (x - _AWAY - width, top)]
    if is_straight(edge) and end - top < _SHORT:
        spots.append((x + _AWAY, end - HEIGHT - 2.5))
    lines = [_pieces(line) for line in near]
    for left, high in spots:
        base = high + HEIGHT - 2.0
        if any(
            abs(other.base - base) < HEIGHT and other.x < left + width and other.x + wide > left
            for other, wide in taken
        ):
            continue
        if not any(
            low_x < left + width and high_x > left and low_y < high + HEIGHT and high_y > high
            for pieces in lines
            for low_x, high_x, low_y, high_y in pieces
        ):
            return LabelPlace(left, base)
    return None


def is_straight(edge: LayoutEdge) -> bool:
    """Whether a line goes straight down."""
    return len(edge.points) == 2


def _pieces(line: LayoutEdge) -> list[tuple[float, float, float, float]]:
    """(left, right, top, bottom) of every straight piece."""
    xy = line.points.tolist()
    return [
        (min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1]))
        for a, b in pairwise(xy)
    ]

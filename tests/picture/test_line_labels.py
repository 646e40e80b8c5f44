"""The shape on a line is never struck through by a line."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rkviz.picture.layout import LayoutEdge, layout
from rkviz.picture.line_labels import HEIGHT, LabelPlace, is_straight, label_place
from tests.drawings import branches, pyramid, residual_net

WIDTH = 60.0


def line(*points: tuple[float, float], source: str = "a") -> LayoutEdge:
    return LayoutEdge(source, "b", "v", np.array(points, np.float32))


STRAIGHT = line((0, 0), (0, 26))
TO_THE_RIGHT = line((0, 0), (0, 11), (200, 11), (200, 26))
TO_THE_LEFT = line((0, 0), (0, 11), (-200, 11), (-200, 26))


def test_the_right_of_a_line_comes_first() -> None:
    place = label_place(STRAIGHT, [STRAIGHT], WIDTH)
    assert place is not None
    assert place.x > 0
    assert place.base <= 1.2 * HEIGHT  # near its box, clear of the frame of a selected one


def test_a_fork_to_the_right_leaves_the_left() -> None:
    place = label_place(STRAIGHT, [STRAIGHT, TO_THE_RIGHT], WIDTH)
    assert place is not None
    assert place.x + WIDTH < 0


def test_behind_a_fork_to_both_sides_it_is_at_the_end() -> None:
    place = label_place(STRAIGHT, [STRAIGHT, TO_THE_RIGHT, TO_THE_LEFT], WIDTH)
    assert place is not None
    assert place.x > 0
    assert 11 < place.base - HEIGHT + 2.0 < place.base < 26


def test_without_room_there_is_none() -> None:
    assert label_place(TO_THE_LEFT, [TO_THE_RIGHT, TO_THE_LEFT], WIDTH) is None


@pytest.mark.parametrize("make", [residual_net, branches, pyramid])
def test_no_line_runs_through_a_word(make) -> None:
    drawn = layout(make())
    placed = 0
    for edge in drawn.edges:
        place = label_place(edge, drawn.edges, WIDTH)
        if place is not None:
            placed += 1
            assert not any(_strikes(place, other) for other in drawn.edges)
    assert placed >= sum(map(is_straight, drawn.edges)) / 2


def _strikes(place: LabelPlace, other: LayoutEdge) -> bool:
    left, right = place.x, place.x + WIDTH
    top, bottom = place.base - HEIGHT + 2.0, place.base + 2.0
    for (x0, y0), (x1, y1) in itertools.pairwise(other.points.tolist()):
        if (
            min(x0, x1) < right
            and max(x0, x1) > left
            and min(y0, y1) < bottom
            and max(y0, y1) > top
        ):
            return True
    return False


def test_words_keep_clear_of_other_words() -> None:
    first = label_place(STRAIGHT, [STRAIGHT], WIDTH)
    assert first is not None
    second = label_place(STRAIGHT, [STRAIGHT], WIDTH, taken=[(first, WIDTH)])
    assert second is not None
    assert second.x + WIDTH <= 0  # on the other side
    taken = [(first, WIDTH), (second, WIDTH)]
    third = label_place(STRAIGHT, [STRAIGHT], WIDTH, taken=taken)
    assert third is not None
    assert third.base >= first.base + HEIGHT  # at the head
    assert label_place(STRAIGHT, [STRAIGHT], WIDTH, taken=[*taken, (third, WIDTH)]) is None

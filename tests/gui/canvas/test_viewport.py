"""Moves of the view."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from rkviz.gui.canvas.viewport import MAX_LEVEL, Viewport

BOUNDS = QRectF(-400, -20, 800, 6000)


def viewport() -> Viewport:
    return Viewport(BOUNDS, 900.0, 600.0, left=-450.0, top=1000.0)


@given(st.integers(-6, 6), st.floats(300, 600), st.floats(200, 400))
def test_zoom_keeps_the_point_under_the_cursor(steps: int, x: float, y: float) -> None:
    view = viewport()
    before = view.to_scene(QPointF(x, y))
    view.zoom(steps, QPointF(x, y))
    after = view.to_scene(QPointF(x, y))
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1e-6)


def test_zoom_stops_at_both_ends() -> None:
    view = viewport()
    view.zoom(1000, QPointF(0, 0))
    assert view.level == MAX_LEVEL
    view.zoom(-1000, QPointF(0, 0))
    assert view.area.height() < 4 * BOUNDS.height()


def test_fit_shows_everything() -> None:
    view = viewport()
    view.fit()
    assert view.area.contains(BOUNDS)
    assert view.area.height() < 1.3 * BOUNDS.height()


def test_a_jump_keeps_a_picture_that_fits_in_the_middle() -> None:
    view = viewport()
    assert view.reveal(QRectF(-390, 4000, 196, 68))
    assert view.area.center().x() == pytest.approx(BOUNDS.center().x())
    view.zoom(8, QPointF(450, 300))
    assert view.reveal(QRectF(-390, 2000, 196, 68))
    assert view.area.center().x() == pytest.approx(-390 + 98)


def test_a_window_is_filled_where_the_picture_ends() -> None:
    view = viewport()
    before = view.top
    view.fill()
    assert view.top == before  # in the middle of it
    view.top = BOUNDS.bottom() - 100
    view.fill()
    assert view.area.bottom() - BOUNDS.bottom() == pytest.approx(0.25 * 600)
    small = Viewport(QRectF(0, 0, 200, 400), 900.0, 600.0, top=350.0)
    small.fill()
    assert small.area.top() <= 0
    assert small.area.bottom() >= 400


def test_a_small_picture_is_never_blown_up() -> None:
    view = Viewport(QRectF(0, 0, 200, 100), 900.0, 600.0)
    view.fit()
    assert view.scale == 1.0


def test_what_can_be_read_as_a_whole_is_known() -> None:
    assert Viewport(QRectF(0, 0, 600, 2300), 900.0, 600.0).fits_legibly
    assert not viewport().fits_legibly


def column(across: float, rows: int = 60) -> np.ndarray:
    """Boxes below one another, and one beside the third."""
    tops = BOUNDS.top() + 94.0 * np.arange(rows)
    trunk = np.stack([np.zeros(rows), tops, np.full(rows, 196.0), np.full(rows, 68.0)], axis=1)
    return np.concatenate([trunk, [[across - 196.0, trunk[2, 1], 196.0, 68.0]]])


@pytest.mark.parametrize(("across", "scale"), [(500, 2**-0.5), (1400, 2**-0.75), (9000, 0.5)])
def test_the_start_shows_rows_of_names_over_the_full_width(across: float, scale: float) -> None:
    view = viewport()
    view.begin(column(across), 98.0)
    assert view.top == BOUNDS.top()
    assert view.scale == pytest.approx(scale)


def test_the_start_of_a_wide_picture_is_around_the_trunk() -> None:
    view = Viewport(QRectF(-10_000, 0, 40_000, 6000), 900.0, 600.0)
    view.begin(column(20_000), 50.0)
    assert view.area.center().x() == 50.0


@pytest.mark.parametrize(("margin", "moves"), [(0.0, False), (300.0, False), (600.0, True)])
def test_the_whole_keeps_clear_of_a_margin(margin: float, moves: bool) -> None:
    view = viewport()
    view.fit(margin)
    left = view.to_window(BOUNDS.topLeft()).x()
    assert left >= margin
    assert (left > (900.0 - BOUNDS.width() * view.scale) / 2 + 1) is moves


def test_a_picture_as_wide_as_the_window_ignores_the_margin() -> None:
    view = Viewport(QRectF(0, 0, 3400, 600), 900.0, 600.0)
    view.fit(300.0)
    assert view.area.contains(view.bounds)


@given(st.lists(st.tuples(st.floats(-9e3, 9e3), st.floats(-9e3, 9e3)), max_size=5))
def test_the_picture_cannot_be_lost(moves: list[tuple[float, float]]) -> None:
    view = viewport()
    for dx, dy in moves:
        view.pan(dx, dy)
        assert view.area.intersects(BOUNDS)


def test_pan_moves_by_pixels() -> None:
    view = viewport()
    view.zoom(4, QPointF(0, 0))
    left = view.left
    view.pan(-10, 0)
    assert view.left - left == pytest.approx(10 / view.scale)


@pytest.mark.parametrize("top", [-20.0, 980.0, 1590.0, 5900.0])
def test_reveal_brings_a_box_into_sight(top: float) -> None:
    view = viewport()
    box = QRectF(-98, top, 196, 58)
    view.reveal(box)
    assert view.area.contains(box)


def test_reveal_leaves_a_visible_box_where_it_is() -> None:
    view = viewport()
    assert not view.reveal(QRectF(0, 1200, 196, 58))
    assert (view.left, view.top) == (-450.0, 1000.0)

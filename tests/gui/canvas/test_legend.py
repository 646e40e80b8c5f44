"""The legend explains, and its handles move the thresholds."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from rkviz.analyse.metrics import METRICS
from rkviz.gui.canvas.legend import Legend
from rkviz.gui.language import apply_language
from rkviz.picture.colour_scale import ColourScale

RAMP_Y = 39


@pytest.fixture
def legend(qtbot: QtBot) -> Legend:
    widget = Legend()
    qtbot.addWidget(widget)
    widget.set_scale(ColourScale(METRICS["snr_db"]), "Signal to noise")
    widget.resize(widget.sizeHint())
    widget.show()
    return widget


def drag(qtbot: QtBot, legend: Legend, handle: int, pixels: int) -> None:
    start = QPoint(round(legend.handle_x(handle)), RAMP_Y)
    qtbot.mousePress(legend, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(legend, start + QPoint(pixels, 0))
    qtbot.mouseRelease(legend, Qt.MouseButton.LeftButton, pos=start + QPoint(pixels, 0))


def test_dragging_a_handle_moves_its_threshold(legend: Legend, qtbot: QtBot) -> None:
    with qtbot.waitSignal(legend.thresholds_changed) as moved:
        drag(qtbot, legend, 1, 20)
    ((good, middle, bad),) = moved.args
    assert (good, bad) == (30.0, 10.0)
    assert 10.0 < middle < 20.0
    assert legend.scale.thresholds == (good, middle, bad)


def test_handles_do_not_pass_one_another(legend: Legend, qtbot: QtBot) -> None:
    drag(qtbot, legend, 0, 500)
    drag(qtbot, legend, 2, -500)
    good, middle, bad = legend.scale.thresholds
    assert good > middle > bad


def test_a_double_click_resets(legend: Legend, qtbot: QtBot) -> None:
    drag(qtbot, legend, 0, 15)
    qtbot.mouseDClick(legend, Qt.MouseButton.LeftButton, pos=QPoint(100, RAMP_Y))
    assert legend.scale.thresholds == METRICS["snr_db"].thresholds


def test_moved_thresholds_offer_a_reset(legend: Legend, qtbot: QtBot) -> None:
    assert legend._picture().reset_area.isEmpty()
    drag(qtbot, legend, 0, 15)
    spot = legend._picture().reset_area.center().toPoint()
    with qtbot.waitSignal(legend.thresholds_chosen):
        qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=spot)
    assert legend.scale.thresholds == METRICS["snr_db"].thresholds
    assert legend._picture().reset_area.isEmpty()


def test_escape_puts_a_dragged_handle_back(legend: Legend, qtbot: QtBot) -> None:
    start = QPoint(round(legend.handle_x(1)), RAMP_Y)
    qtbot.mousePress(legend, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(legend, start + QPoint(20, 0))
    assert legend.scale.thresholds != METRICS["snr_db"].thresholds
    qtbot.keyClick(legend, Qt.Key.Key_Escape)
    qtbot.mouseMove(legend, start + QPoint(30, 0))
    qtbot.mouseRelease(legend, Qt.MouseButton.LeftButton, pos=start + QPoint(30, 0))
    assert legend.scale.thresholds == METRICS["snr_db"].thresholds


def test_the_cursor_tells_what_can_be_dragged(legend: Legend, qtbot: QtBot) -> None:
    qtbot.mouseMove(legend, QPoint(round(legend.handle_x(1)), RAMP_Y))
    assert legend.cursor().shape() == Qt.CursorShape.SplitHCursor
    qtbot.mouseMove(legend, QPoint(100, 120))
    assert legend.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_the_bars_in_boxes_are_explained_where_there_are_any(legend: Legend) -> None:
    before = legend.sizeHint().height()
    legend.set_scale(legend.scale, has_gauges=True)
    assert legend.sizeHint().height() > before


def test_a_press_beside_the_handles_does_nothing(legend: Legend, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(legend.thresholds_changed):
        qtbot.mousePress(legend, Qt.MouseButton.LeftButton, pos=QPoint(100, 120))
        qtbot.mouseMove(legend, QPoint(150, 120))
        qtbot.mouseRelease(legend, Qt.MouseButton.LeftButton, pos=QPoint(150, 120))


def test_keys_move_the_handles_too(legend: Legend, qtbot: QtBot) -> None:
    qtbot.keyClick(legend, Qt.Key.Key_Down)
    qtbot.keyClick(legend, Qt.Key.Key_Right)
    assert legend.scale.thresholds == (30.0, 19.5, 10.0)
    qtbot.keyClick(legend, Qt.Key.Key_Up)
    qtbot.keyClick(legend, Qt.Key.Key_Left)
    assert legend.scale.thresholds == (30.5, 19.5, 10.0)


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_can_be_explained_and_dragged(
    legend: Legend, qtbot: QtBot, metric: str
) -> None:
    legend.set_scale(ColourScale(METRICS[metric]), stale=True)
    legend.resize(legend.sizeHint())
    before = legend.scale.thresholds
    for handle in range(3):
        drag(qtbot, legend, handle, 6)
    assert all(a != b for a, b in zip(before, legend.scale.thresholds, strict=True))
    assert not legend.grab().isNull()


def test_ranges_are_numbers_in_every_language(legend: Legend, qapp) -> None:
    apply_language(qapp, "zh_CN")
    words = [legend.words(entry) for entry in legend.scale.legend()]
    assert words[:4] == ["≥ 30 dB", "30 … 20 dB", "20 … 10 dB", "< 10 dB"]
    assert len(words) == 6

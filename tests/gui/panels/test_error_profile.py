"""The error along the depth."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from rkviz.gui.panels.error_profile import ErrorProfile
from rkviz.gui.session import Session
from rkviz.numerics import QuantScheme


@pytest.fixture
def profile(qtbot, session: Session) -> ErrorProfile:
    profile = ErrorProfile(session)
    qtbot.addWidget(profile)
    profile.resize(900, 320)
    profile.show()
    return profile


def test_both_curves_run_from_input_to_output(profile: ErrorProfile) -> None:
    assert profile.plot is not None
    own, accumulated = profile.plot._curves
    assert len(own.values) == len(accumulated.values) == 12
    assert accumulated.values[7] == pytest.approx(1 - 0.958775)
    assert math.isnan(own.values[2]), "a pool has no error of its own"
    assert math.isnan(accumulated.values[11]), "what did not run has no place on the scale"


def test_a_layer_without_a_number_is_marked(profile: ErrorProfile) -> None:
    assert profile.plot is not None
    assert profile.plot._broken == (10,)


def test_a_click_selects_the_layer_below(profile: ErrorProfile, session: Session) -> None:
    assert profile.plot is not None
    box = profile.plot.plot.getViewBox()
    scene = box.mapViewToScene(QPointF(7.2, -2.0))
    place = profile.plot.widget.mapFromScene(scene)
    QTest.mouseClick(profile.plot.widget.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.selection == ("scores",)
    assert profile.plot._marked == (7,)


def test_the_selection_is_marked(profile: ErrorProfile, session: Session) -> None:
    session.select(["stem", "head"])
    assert profile.plot is not None
    assert profile.plot._marked == (1, 9)


def test_the_layer_below_the_mouse_is_named(profile: ErrorProfile) -> None:
    assert profile.plot is not None
    profile.plot.hovered.emit(7)
    assert profile.readout.text().startswith("scores — own 0.9978")
    profile.plot.hovered.emit(-1)
    assert "scores" not in profile.readout.text()


@pytest.mark.parametrize("metric", ["snr_db", "euclidean_norm", "max_abs", "saturated_share"])
def test_every_metric_can_be_drawn(
    profile: ErrorProfile, session: Session, metric: str, qtbot
) -> None:
    drawn = profile.plot._items
    session.set_view(metric=metric)
    qtbot.waitUntil(lambda: profile.plot._items is not drawn)
    assert len(profile.plot._items) == 2
    assert not profile.grab().isNull()


def test_stale_curves_fade(profile: ErrorProfile, session: Session, qtbot) -> None:
    session.set_scheme(["body1"], QuantScheme.I16)
    assert profile.plot is not None
    qtbot.waitUntil(lambda: profile.plot._is_faded)


def test_without_a_report_there_is_a_sentence(qtbot, nothing_open: Session) -> None:
    profile = ErrorProfile(nothing_open)
    qtbot.addWidget(profile)
    profile.show()
    assert profile.plot is None
    assert profile.empty.isVisible()


def test_the_plot_library_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys; import rkviz.gui.panels.error_profile, rkviz.gui.panels.layer_panel, "
        "rkviz.gui.panels.input_panel, rkviz.gui.panels.layer_table, rkviz.gui.panels.log; "
        "print([name for name in ('pyqtgraph', 'onnx', 'onnxruntime') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

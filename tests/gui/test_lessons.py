"""Tool tips teach what the numbers mean."""

from __future__ import annotations

from PySide6.QtCore import Qt

from rkviz.analyse.metrics import METRICS
from rkviz.gui.lessons import lesson


def test_every_metric_is_taught():
    for metric in METRICS:
        assert len(lesson(metric)) > 60


def test_the_choice_of_a_metric_teaches_it(analysed, qtbot):
    box = analysed.graph.bar.metric_box
    assert box.toolTip() == lesson("cosine")
    tips = [box.itemData(box.findData(metric), Qt.ItemDataRole.ToolTipRole) for metric in METRICS]
    assert tips == [lesson(metric) for metric in METRICS]
    analysed.session.set_view(metric="snr_db")
    assert box.toolTip() == lesson("snr_db")


def test_parameters_teach_what_they_are(analysed, qtbot):
    analysed.session.select(["stem"])
    params = analysed.docks.layer_panel.layer.range.params
    assert [field.toolTip() for field in params.fields] == [
        lesson(word) for word in ("scale", "zero_point", "fl")
    ]

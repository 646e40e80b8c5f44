"""The outputs: parts judged apart, dead ones shouted, one picture's numbers side by side."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from rkviz.gui.language import apply_language
from rkviz.gui.panels.output_grids import grids_of, places_of
from rkviz.gui.panels.output_values import (
    OutputValue,
    largest_differences,
    on_grids,
    read_labels,
    top_classes,
    with_maps,
)
from rkviz.gui.panels.output_views import OutputMaps, TopClasses, ValueTable
from rkviz.gui.panels.outputs import OutputsPanel
from rkviz.gui.panels.plan_words import part_name
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from tests import models
from tests.graphs import Sketch
from tests.gui.user import settle


def f32(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def test_the_best_classes_of_both_networks_are_listed():
    output = OutputValue("fc", f32(1, 5, 3, 2), f32(1, 3, 3, 4))
    rows = top_classes(output, ["cat", "dog"], count=2)
    assert [(row.index, row.label, row.real_rank, row.emulated_rank) for row in rows] == [
        (1, "dog", 1, 2),
        (2, "", 2, 3),
        (3, "", 3, 1),
    ]
    assert output.kind == "classes"


def test_values_that_differ_most_come_first_and_nan_before_them():
    output = OutputValue("x", f32(1, 2, 3), f32(1.5, 2, float("nan")))
    assert [where for where, *_ in largest_differences(output, 2)] == [(0, 2), (0, 0)]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [((1, 1000, 1, 1), "classes"), ((1, 6, 8, 8), "maps"), ((1, 100, 85), "values"),
     ((1, 2), "values")],
)  # fmt: skip
def test_the_shape_decides_how_an_output_is_shown(shape: tuple[int, ...], kind: str):
    array = np.zeros(shape, np.float32)
    assert OutputValue("x", array, array).kind == kind


def test_places_of_a_detector_are_put_back_on_its_grids():
    assert grids_of(2100, 320, 320) == ((40, 40), (20, 20), (10, 10))
    assert grids_of(1600, 320, 320) == ((40, 40),)
    assert grids_of(1000, 320, 320) == ()
    real = np.arange(2 * 2100, dtype=np.float32).reshape(1, 2, 2100)
    whole, fine, middle, coarse = on_grids(OutputValue("head", real, -real), (320, 320))
    assert (whole.kind, fine.kind) == ("values", "maps")
    assert [v.title for v in (whole, fine, coarse)] == ["head", "head  40×40", "head  10×10"]
    assert fine.real[0, 0, 1, 0] == real[0, 0, 40]
    assert middle.real[0, 1, 0, 0] == real[0, 1, 1600]
    assert (coarse.emulated == -coarse.real).all()
    turned = on_grids(OutputValue("head", real.transpose(0, 2, 1), -real.transpose(0, 2, 1)),
                      (320, 320))  # fmt: skip
    assert all(
        (a.real == b.real).all() for a, b in zip(turned[1:], (fine, middle, coarse), strict=True)
    )
    scores = np.ones((1, 1600, 1), np.float32)
    (alone,) = on_grids(OutputValue("scores", scores, scores), (320, 320))
    assert (alone.kind, alone.title) == ("maps", "scores"), "no classifier"
    assert on_grids(OutputValue("y", scores, scores), None)[0].kind == "classes"


def test_a_list_of_places_is_put_back_on_the_maps_it_was_made_from():
    """Two levels of three anchors with two numbers each, place by place, as SSD lists them."""
    sketch = Sketch()
    for level, side in (("a", 8), ("b", 4)):
        sketch.add(f"map_{level}", "Conv", "x", shape=(1, 6, side, side))
        sketch.add(f"last_{level}", "Transpose", f"map_{level}", shape=(1, side, side, 6),
                   perm=(0, 2, 3, 1))  # fmt: skip
        sketch.constants[f"sizes_{level}"] = np.array([1, side * side * 3, 2])
        sketch.add(f"flat_{level}", "Reshape", f"last_{level}", f"sizes_{level}",
                   shape=(1, side * side * 3, 2))  # fmt: skip
    sketch.add("all", "Concat", "flat_a", "flat_b", shape=(1, 240, 2), axis=1)
    sketch.add("scores", "Softmax", "all", shape=(1, 240, 2), axis=2)
    fine, coarse = places_of(sketch.graph("scores"), "scores")
    assert (fine.shape, coarse.shape) == ((1, 6, 8, 8), (1, 6, 4, 4))
    real = np.arange(480, dtype=np.float32).reshape(1, 240, 2)
    value = OutputValue("scores", real, -real)
    whole, first, second = with_maps(value, (fine, coarse))
    assert whole is value
    assert (first.title, second.title, first.kind) == ("scores  8×8", "scores  4×4", "maps")
    anchor, number, row, column = 2, 1, 3, 5
    place = (row * 8 + column) * 3 + anchor
    assert first.real[0, anchor * 2 + number, row, column] == real[0, place, number]
    assert second.emulated[0, 0, 0, 1] == -real[0, 192 + 3, 0]
    assert places_of(sketch.graph("map_a"), "map_a") == (), "a map already"


def opened(window, model, folder, pictures, qtbot) -> OutputsPanel:
    """The window with `model` run on the pictures, the outputs in front."""
    path = models.save(model, folder / "model.onnx")
    window.session.open_document(Project(path, (pictures,)), None)
    qtbot.waitUntil(lambda: window.session.results.graph is not None)
    window.session.run()
    settle(window, qtbot)
    window.docks.bring_up("outputs")
    panel = window.docks.outputs
    qtbot.waitUntil(lambda: panel.outputs is not None, timeout=20_000)
    return panel


def test_a_classifier_has_its_best_classes_with_names(window, tmp_path, pictures, qtbot):
    panel = opened(window, models.classifier(), tmp_path, pictures, qtbot)
    view = panel._stack.currentWidget()
    assert isinstance(view, TopClasses)
    assert view.table.rowCount() >= 5
    assert view.verdict.text()[0] in "✓✗"
    names = tmp_path / "names.txt"
    names.write_text("\n".join(f"class number {n}" for n in range(10)))
    panel._set_labels([names])
    qtbot.waitUntil(lambda: "class number" in view.table.item(0, 0).text())
    assert window.session.project.labels == names
    assert not window.session.is_stale
    assert not panel.thumbnail.pixmap().isNull()


@pytest.mark.parametrize(
    ("names", "first", "said"),
    [
        (4, "0 a", ""),
        (3, "0 background", "3 names, 4 classes: the first is taken as background."),
        (2, "0 a", "The file names 2, the network has 4 classes."),
        (0, "0", ""),
    ],
)
def test_names_are_held_against_the_number_of_classes(qtbot, names, first, said):
    view = TopClasses()
    qtbot.addWidget(view)
    view.retranslate()
    view.show_output(OutputValue("fc", f32(4, 3, 2, 1), f32(4, 3, 2, 1)), "abcd"[:names])
    assert view.table.item(0, 0).text() == first
    assert (view.counted.text() if view.counted.isVisibleTo(view) else "") == said


def test_numbers_of_wordnet_are_no_names(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("n01440764 tench, Tinca tinca\nn01443537 goldfish\n", encoding="utf-8")
    assert read_labels(file) == ("tench, Tinca tinca", "goldfish")
    file.write_text("n01440764 tench\nplain\n", encoding="utf-8")
    assert read_labels(file) == ("n01440764 tench", "plain")


def test_channels_are_called_so_in_the_users_language(qapp):
    assert part_name("anchor 0, channel 7") == "anchor 0, channel 7"
    apply_language(qapp, "zh_CN")
    assert part_name("channel 7") == "通道 7"
    assert part_name("anchor 0, channel 7") == "锚框 0 通道 7"
    assert part_name("Conv_86") == "Conv_86"


def test_pictures_are_stepped_through_and_the_graph_follows(window, tmp_path, pictures, qtbot):
    panel = opened(window, models.classifier(), tmp_path, pictures, qtbot)
    assert [panel.picture.itemText(row) for row in (1, 2, 3)] == list(
        window.session.results.report.images
    )
    qtbot.mouseClick(panel.on, Qt.MouseButton.LeftButton)
    assert window.session.view.image == 1
    qtbot.waitUntil(lambda: panel.outputs.image == 1)
    assert panel.picture.currentIndex() == 2
    panel.picture.activated.emit(0)
    assert window.session.view.image is None


def test_maps_of_a_detector_channel_by_channel(window, tmp_path, pictures, qtbot):
    panel = opened(window, models.detector_with_concat(), tmp_path, pictures, qtbot)
    assert panel.output.count() == 2
    view = panel._stack.currentWidget()
    assert isinstance(view, OutputMaps)
    before = view.views[0].image
    view.number.setValue(3)
    assert view.views[0].image != before
    assert "Largest difference" in view.reading.text()
    view.views[0].hovered.emit(1, 1)
    assert "→" in view.reading.text()
    row = next(r for r in range(panel.parts.rowCount())
               if panel.parts.item(r, 0).text() == panel.output.itemText(1))  # fmt: skip
    panel.parts.setCurrentCell(row, 0)
    assert panel.output.currentIndex() == 1
    row = next(r for r in range(panel.parts.rowCount())
               if panel.parts.item(r, 0).text().strip().endswith("channel 2"))  # fmt: skip
    panel.parts.setCurrentCell(row, 0)
    assert panel.output.currentText() == panel.parts.item(row, 0).data(Qt.ItemDataRole.UserRole)
    assert view.number.value() == 2, "the channel of the row"


def test_a_part_that_died_is_shouted_everywhere(window, tmp_path, pictures, qtbot):
    panel = opened(window, models.boxes_with_scores(), tmp_path, pictures, qtbot)
    session = window.session
    (layer,) = session.results.report.outputs
    assert any(part.is_dead for part in session.results.report.slices(layer))
    assert panel.shout.isVisible()
    assert panel.shout.text().startswith("⚠ Dead after quantization")
    texts = [panel.parts.item(row, 5).text() for row in range(panel.parts.rowCount())]
    assert any(text.startswith("⚠ all") for text in texts)
    assert window.statusBar()._output.text().startswith("⚠")
    session.select(())
    assert window.docks.layer_panel.findChildren(type(panel.shout))
    assert session.project.history[-1].dead_parts > 0
    assert isinstance(panel._stack.currentWidget(), ValueTable | OutputMaps)
    shown = panel.outputs
    session.edit_config(session.project.config.with_scheme([], None), "nothing")
    session.edit_project(
        session.project.with_plan(
            type(session.project.plan)(
                "float",
                type(session.project.config)(QuantScheme.FLOAT),
                session.project.repairs,
            )
        ),
        "all float",
    )
    settle(window, qtbot)
    qtbot.waitUntil(lambda: not panel.shout.isVisible(), timeout=20_000)
    qtbot.waitUntil(lambda: panel.outputs is not shown)
    changes = [panel.parts.item(row, 3).text() for row in range(panel.parts.rowCount())]
    assert any(change.startswith("+") for change in changes), "against the run before"


def test_nothing_is_computed_while_nobody_looks(analysed, qtbot):
    panel = analysed.docks.outputs
    assert panel.visibleRegion().isEmpty(), "behind another tab"
    assert panel.outputs is None

"""The graph in the window: stages, selecting along lines, colours, pictures."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rkviz.gui import pictures
from rkviz.gui.graph_area import GraphArea
from rkviz.gui.line_words import line_words
from rkviz.gui.main_window import MainWindow
from rkviz.gui.measures import MEASURES, is_known, worst_of
from rkviz.gui.session import Session, ViewState
from rkviz.numerics import QuantScheme
from rkviz.picture.colour_scale import TypeScale
from tests.gui.canvas.handling import middle_of
from tests.gui.sample_results import sample_project, sample_results
from tests.gui.user import Button, Key, choose_file, chosen_type, press, settle

Modifier = Qt.KeyboardModifier


@pytest.fixture
def area(qtbot: QtBot) -> GraphArea:
    session = Session()
    made = GraphArea(session)
    session.setParent(made)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    session.show_document(sample_project(), None, sample_results())
    qtbot.waitUntil(lambda: made.is_settled)
    yield made
    session.close()


def wait(area: GraphArea, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: area.is_settled)


# --- stages


def test_a_stage_folds_into_one_box_and_opens_again(area: GraphArea, qtbot: QtBot) -> None:
    stage = next(s for s in area._drawing.stages if "body1" in s.layers)
    area._session.select(["body1"])
    area.toggle_stage()
    wait(area, qtbot)
    scene = area.view.scene
    assert scene.box_of("body1") == stage.name
    assert set(scene.layers_of(stage.name)) == set(stage.layers)
    assert scene.paint.lines[stage.name][0].startswith(f"{len(stage.layers)} layers · mean ")
    assert scene.paint.lines[stage.name][1].startswith("worst ")
    assert area._session.selection == ("body1",)
    area.toggle_stage()
    wait(area, qtbot)
    assert area.view.scene.box_of("body1") == "body1"


def test_a_click_on_a_folded_stage_selects_its_layers(area: GraphArea, qtbot: QtBot) -> None:
    stage = next(s for s in area._drawing.stages if "body1" in s.layers)
    area._fold(frozenset({stage.name}), stage.name)
    wait(area, qtbot)
    spot = middle_of(area.view, stage.name).toPoint()
    qtbot.mouseClick(area.view, Button.LeftButton, pos=spot)
    assert set(area._session.selection) == set(stage.layers)
    qtbot.mouseDClick(area.view, Button.LeftButton, pos=spot)
    wait(area, qtbot)
    assert area.view.scene.box_of("body1") == "body1"


def test_the_sign_at_the_margin_folds(area: GraphArea, qtbot: QtBot) -> None:
    rail = area.view._overlay.rail
    band, pill = rail.pills(area.view._viewport)[0]
    qtbot.mouseClick(area.view, Button.LeftButton, pos=pill.center().toPoint())
    wait(area, qtbot)
    assert area._folded == {band.name}
    (now,) = [b for b in area.view.scene.paint.bands if b.name == band.name]
    assert now.is_folded


def test_all_stages_fold_and_open(area: GraphArea, qtbot: QtBot) -> None:
    area.fold_all()
    wait(area, qtbot)
    assert all(s.name in area.view.scene.layout.index for s in area._drawing.stages)
    area.open_all()
    wait(area, qtbot)
    assert set(area.view.scene.layout.names) == set(area._drawing.graph.heads)


# --- selecting


def test_a_rubber_band_selects_and_control_adds(area: GraphArea, qtbot: QtBot) -> None:
    view = area.view
    view.show_all()
    wait(area, qtbot)
    x, y, width, height = view.scene.layout.rect("stem")
    seen, scale = view.visible_area, view.scale
    start = QPoint(round((x - seen.left()) * scale) - 4, round((y - seen.top()) * scale) - 1)
    end = start + QPoint(round(width * scale) + 8, round(height * scale) + 2)
    shift = Modifier.ShiftModifier
    for modifiers, wanted in (
        (shift, ("stem",)),
        (shift | Modifier.ControlModifier, ("stem", "join")),
    ):
        qtbot.mousePress(view, Button.LeftButton, modifiers, start)
        qtbot.mouseMove(view, end)
        assert view._overlay.rubber is not None
        qtbot.mouseRelease(view, Button.LeftButton, modifiers, end)
        assert area._session.selection == wanted
        area._session.select(["join"])
    assert view._overlay.rubber is None


def test_upstream_and_downstream_are_edited_at_once(analysed: MainWindow, qtbot: QtBot) -> None:
    session = analysed.session
    heads = session.results.graph.heads
    session.select([heads[-1]])
    press(analysed, Key.Key_U, qtbot)
    assert session.selection == heads
    session.select(["stem"])
    press(analysed, Key.Key_D, qtbot)
    assert "images" not in session.selection
    assert len(session.selection) > 3
    press(analysed, Key.Key_3, qtbot)
    assert {chosen_type(analysed, name) for name in session.selection} == {QuantScheme.I16}
    session.undo_stack.undo()
    assert {chosen_type(analysed, name) for name in session.selection} == {None}


def test_space_folds_on_the_graph_and_presses_buttons_elsewhere(
    analysed: MainWindow, qtbot: QtBot
) -> None:
    area = analysed.graph
    analysed.session.select(area._drawing.stages[0].layers[:1])
    analysed.graph.view.setFocus()
    press(analysed, Key.Key_Space, qtbot)
    settle(analysed, qtbot)
    assert area._folded == {area._drawing.stages[0].name}
    area.bar.kinds["own"].setFocus()
    qtbot.keyClick(area.bar.kinds["own"], Key.Key_Space)
    assert analysed.session.view.kind == "own"
    assert len(area._folded) == 1


# --- colours


@pytest.mark.parametrize("measure", [id for id in MEASURES if is_known(id, sample_results())])
def test_the_graph_can_be_coloured_by_every_measure(
    area: GraphArea, qtbot: QtBot, measure: str
) -> None:
    box = area.bar.metric_box
    box.setCurrentIndex(box.findData(measure))
    box.activated.emit(box.currentIndex())
    wait(area, qtbot)
    view = area._session.view
    assert (view.colour or view.metric) == measure
    assert box.currentData() == measure
    assert area.legend.scale.metric.id == measure
    assert isinstance(area.legend.scale, TypeScale) is MEASURES[measure].is_type
    assert area.bar.kinds["own"].isVisible() is MEASURES[measure].is_error
    assert "stem" in area.view.scene.paint.texts
    assert area.legend.grab().height() > 0


def test_costs_of_layers_add_up_to_those_of_the_network() -> None:
    from rkviz.emulate.cost import total_cost
    from rkviz.target import TARGETS

    results = sample_results()
    total = total_cost(results.plan, TARGETS["rv1126"])
    times = MEASURES["time"].values(results, ViewState(), "rv1126")
    assert sum(times.values()) == pytest.approx(total.milliseconds)
    assert sum(MEASURES["ddr"].values(results, ViewState(), "rv1126").values()) == pytest.approx(
        total.ddr_bytes
    )
    slowest = worst_of(results, ViewState(colour="time"), "rv1126")
    assert times[slowest[0]] == max(times.values())


def test_stepping_through_pictures_recolours(analysed: MainWindow, qtbot: QtBot) -> None:
    session = analysed.session
    images = len(session.results.report.images)
    seen = []
    for _ in range(images + 1):
        press(analysed, Key.Key_Period, qtbot)
        settle(analysed, qtbot)
        seen.append(session.view.image)
    assert seen == [*range(images), None]
    press(analysed, Key.Key_Comma, qtbot)
    assert session.view.image == images - 1


def test_the_worst_picture_follows_the_selection(area: GraphArea, qtbot: QtBot) -> None:
    box, session = area.bar.picture_box, area._session
    box.setCurrentIndex(1)
    box.activated.emit(1)
    session.select(["body1"])
    report = session.results.report
    worst = min((0, 1), key=lambda image: report.sums("body1_act", "accumulated", image).cosine)
    assert session.view.image == worst
    assert box.currentIndex() == 1
    session.set_view(image=1 - worst)
    assert box.currentIndex() == 2 + 1 - worst


def test_colours_for_every_eye_are_kept(analysed: MainWindow, qtbot: QtBot) -> None:
    before = analysed.graph.view.scene.shades
    analysed.actions_by_id.by_id["colours_cividis"].trigger()
    settle(analysed, qtbot)
    assert analysed.graph.legend.scale.palette == "cividis"
    assert analysed.graph.view.scene.shades != before
    assert analysed._settings.palette == "cividis"


# --- lines


def test_a_line_tells_range_scale_and_zero_point(area: GraphArea) -> None:
    results = area._session.results
    (line,) = [e for e in area.view.scene.layout.edges if e.target == "body1"]
    words = line_words(results, line)
    assert "range 0 … 4.1" in words
    assert "zero point 0" in words
    assert "1x16x16x16" in words


def test_a_box_tells_its_type_range_and_both_errors(area: GraphArea) -> None:
    words = area.view.box_words("body1")
    assert "Conv 3×3" in words
    assert "1x16x16x16" in words
    assert "u8 · scale" in words
    assert "range 0 … 6" in words, "of what is fused into it, too"
    assert "own 0.9544, accumulated 0.9539" in words


def test_a_box_tells_why_it_did_not_run(area: GraphArea) -> None:
    assert "no operator NonMaxSuppression" in area.view.box_words("nms")


def test_a_folded_stage_tells_what_its_box_says(area: GraphArea, qtbot: QtBot) -> None:
    area.fold_all()
    wait(area, qtbot)
    stage = next(name for name in area.view.scene.layout.names if name.startswith("stage "))
    assert "layers" in area.view.box_words(stage)
    assert area.view.box_words("") == ""


def test_a_line_tells_what_converts_it(analysed: MainWindow, qtbot: QtBot) -> None:
    session = analysed.session
    session.set_scheme(["conv2"], QuantScheme.FLOAT)
    press(analysed, Key.Key_F5, qtbot)
    settle(analysed, qtbot)
    texts = [
        line_words(session.results, line)
        for line in analysed.graph.view.scene.layout.edges
        if line.target == "conv2"
    ]
    assert any("converted u8→F" in text for text in texts)


# --- pictures


@pytest.mark.parametrize("suffix", [".png", ".svg"])
@pytest.mark.parametrize("id", ["export_visible", "export_whole"])
def test_the_graph_is_exported(
    analysed: MainWindow, qtbot: QtBot, tmp_path, id: str, suffix: str
) -> None:
    analysed.actions_by_id.by_id[id].trigger()
    choose_file(analysed, tmp_path / f"graph{suffix}")
    qtbot.waitUntil(lambda: not analysed.session.runner.is_busy)
    path = tmp_path / f"graph{suffix}"
    if suffix == ".svg":
        root = ET.parse(path).getroot()
        texts = [found.text for found in root.iter("{http://www.w3.org/2000/svg}text")]
        assert "net" in texts, "the file that was opened"
        assert "Cosine similarity · accumulated" in texts
    else:
        image = QImage(str(path))
        assert image.width() > 300
        assert image.height() > 100


def test_the_legend_names_metric_kind_and_picture(analysed: MainWindow) -> None:
    session, legend = analysed.session, analysed.graph.legend
    session.set_view(kind="own", image=1)
    assert legend.title == f"Cosine similarity · own · {session.results.report.images[1]}"
    session.set_view(colour="time")
    assert legend.title == "Estimated time"
    session.set_view(colour="", metric="cosine", kind="accumulated", image=None)
    narrow = legend.image(1.0).width()
    session.set_view(image=0)
    assert legend.image(1.0).width() >= narrow, "no word is cut off in an exported legend"


def test_a_copy_can_be_pasted_as_png_and_svg(analysed: MainWindow, qtbot: QtBot) -> None:
    analysed.actions_by_id.by_id["copy_whole"].trigger()
    qtbot.waitUntil(lambda: not analysed.session.runner.is_busy)
    data = QApplication.clipboard().mimeData()
    assert data.hasImage()
    assert ET.fromstring(bytes(data.data("image/svg+xml").data())).tag.endswith("svg")


def test_the_picture_of_a_huge_graph_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for width, height in ((500, 4_000_000), (90_000, 90_000), (300, 300)):
        scale = pictures.image_scale(width, height)
        assert width * scale * height * scale <= pictures.MOST_PIXELS * 1.01
        assert max(width, height) * scale <= 32_001
    assert pictures.image_scale(300, 300) > 1


def test_thresholds_and_colours_are_those_of_the_panels_too(
    analysed: MainWindow, qtbot: QtBot
) -> None:
    table = analysed.docks.layer_table
    analysed.session.set_view(thresholds={"cosine": (0.5, 0.4, 0.3)}, palette="viridis")
    settle(analysed, qtbot)
    scale = analysed.graph.legend.scale
    assert (scale.thresholds, scale.palette) == ((0.5, 0.4, 0.3), "viridis")
    assert table.model._scale == scale


def test_a_dragged_threshold_recolours_and_is_kept_when_let_go(
    area: GraphArea, qtbot: QtBot
) -> None:
    legend, session = area.legend, area._session
    legend.resize(legend.sizeHint())
    legend.show()
    qtbot.addWidget(legend)
    ramp = legend._picture().ramp.center().toPoint()
    start = QPoint(round(legend.handle_x(1)), ramp.y())
    qtbot.mousePress(legend, Button.LeftButton, pos=start)
    qtbot.mouseMove(legend, start + QPoint(12, 0))
    assert session.view.thresholds == {}
    wait(area, qtbot)
    assert legend.scale.thresholds[1] < 0.99
    qtbot.mouseRelease(legend, Button.LeftButton, pos=start + QPoint(12, 0))
    assert session.view.thresholds["cosine"] == legend.scale.thresholds


def test_escape_drops_a_frame_and_then_the_selection(area: GraphArea, qtbot: QtBot) -> None:
    view, session = area.view, area._session
    session.select(["body1"])
    left, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(view, left, shift, QPoint(5, 5))
    qtbot.mouseMove(view, QPoint(300, 300))
    assert view._overlay.rubber is not None
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view, left, shift, QPoint(300, 300))
    assert view._overlay.rubber is None
    assert session.selection == ("body1",)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert session.selection == ()


def test_everything_is_selected_at_once(analysed: MainWindow, qtbot: QtBot) -> None:
    press(analysed, Qt.Key.Key_A, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert analysed.session.selection == analysed.session.results.graph.heads


# --- focus


@pytest.mark.parametrize("selected", [(), ("stem",)])
def test_the_focus_frames_the_picture_and_leaves_the_rest(
    area: GraphArea, qtbot: QtBot, selected: tuple[str, ...]
) -> None:
    area._session.select(selected)
    area.view.clearFocus()
    wait(area, qtbot)
    before = area.view.grab().toImage()
    area.view.setFocus()
    qtbot.waitUntil(area.view.hasFocus)
    after = area.view.grab().toImage()
    inside = area.view.rect().adjusted(2, 2, -2, -2)
    assert after != before
    assert after.copy(inside) == before.copy(inside)

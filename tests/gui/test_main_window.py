"""The window as a user meets it: a real model, real pictures, keys, mouse, drops and closing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton

from rkviz.gui.app import prepare
from rkviz.gui.dialogs import SizesDialog
from rkviz.gui.main_window import MainWindow
from rkviz.gui.notices import Notice
from rkviz.gui.screenshot import save_screenshot
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.numerics import QuantScheme
from rkviz.project import Project, load_project, save_project
from tests import models
from tests.gui.sample_results import sample_project, sample_results
from tests.pictures import save_pictures

Key, Button = Qt.Key, Qt.MouseButton


@pytest.fixture
def model(tmp_path) -> Path:
    return models.save(models.residual(), tmp_path / "net.onnx")


@pytest.fixture
def pictures(tmp_path) -> Path:
    return save_pictures(tmp_path / "pictures", count=3)


@pytest.fixture
def window(qtbot, qapp, tmp_path):
    settings = Settings(tmp_path / "rkviz.ini")
    settings.language, settings.theme = "en", "light"
    prepare(qapp, settings)
    made = MainWindow(Session(), settings, tmp_path / "recovery")
    qtbot.addWidget(made)
    made.resize(1300, 850)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made._may_close = True
    made.close()


@pytest.fixture
def analysed(window, model, pictures, qtbot) -> MainWindow:
    """Opened, given pictures and run, as the three steps of the welcome page say."""
    drop(window, [model])
    qtbot.waitUntil(lambda: window.session.project is not None)
    drop(window, [pictures])
    qtbot.waitUntil(lambda: window.session.results.dataset is not None)
    press(window, Key.Key_F5, qtbot)
    settle(window, qtbot)
    assert window.session.results.report is not None
    window.session.undo_stack.setClean()  # as if it were saved
    return window


def drop(window: MainWindow, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, Button.LeftButton, none)
    window.dropEvent(event)
    assert event.isAccepted()


def press(window: MainWindow, key: Qt.Key, qtbot, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(window.graph.view, key, modifier)


def settle(window: MainWindow, qtbot) -> None:
    """Wait until nothing runs, nothing is stale and everything is painted."""
    session = window.session
    qtbot.waitUntil(
        lambda: not session.runner.is_busy and not session.is_stale and window.graph.is_settled,
        timeout=20_000,
    )


def notices(window: MainWindow) -> list[str]:
    return [notice.text for notice in window.notices.notices]


def button(notice: Notice, text: str) -> QPushButton:
    return next(found for found in notice.findChildren(QPushButton) if found.text() == text)


def answer(window: MainWindow, which: QMessageBox.StandardButton, qtbot) -> None:
    (box,) = [box for box in window.findChildren(QMessageBox, "unsaved") if box.isVisible()]
    qtbot.mouseClick(box.button(which), Button.LeftButton)


def chosen_type(window: MainWindow, layer: str) -> QuantScheme | None:
    return window.session.project.config.for_layer(layer).scheme


# -- the three steps ------------------------------------------------------------------------------


def test_the_window_begins_with_a_page_and_without_a_dialog(window):
    assert window.pages.currentWidget() is window.welcome
    assert QApplication.activeModalWidget() is None
    assert window.windowTitle() == "rkviz"
    assert not window.actions_by_id.by_id["run"].isEnabled()


def test_from_a_drop_to_colours(analysed):
    assert analysed.pages.currentWidget() is analysed.graph
    assert "net.onnx" in analysed.windowTitle()
    paint = analysed.graph.view.scene.paint
    heads = analysed.session.results.graph.heads
    assert set(paint.shades) == set(paint.texts) == set(heads)
    assert all(paint.badges[head] == "u8" for head in heads)
    assert not paint.stale
    assert notices(analysed) == []
    assert analysed.hints.notices == []


def test_until_the_first_run_a_bar_says_what_comes_next(window, model, pictures, qtbot):
    drop(window, [model])
    qtbot.waitUntil(lambda: bool(window.hints.notices))
    assert "pictures" in window.hints.notices[0].text
    drop(window, [pictures])
    assert "run" in window.hints.notices[0].text
    qtbot.mouseClick(button(window.hints.notices[0], "Run (F5)"), Button.LeftButton)
    settle(window, qtbot)
    assert window.hints.notices == []


def test_a_model_opens_through_the_menu(window, model, qtbot):
    window.actions_by_id.by_id["open"].trigger()
    dialog = window.findChild(QFileDialog)
    with qtbot.waitSignal(window.session.opened):
        dialog.filesSelected.emit([str(model)])
        dialog.done(1)
    assert window.session.project.model == model


def test_a_file_that_is_no_model_is_told_in_a_bar(window, tmp_path, qtbot):
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"no model at all")
    drop(window, [wrong])
    qtbot.waitUntil(lambda: bool(notices(window)))
    assert "wrong.onnx" in notices(window)[0]
    assert "Traceback" not in notices(window)[0]
    assert window.pages.currentWidget() is window.welcome


# -- select, edit, undo ---------------------------------------------------------------------------


def test_a_row_of_the_table_is_a_box_of_the_graph(analysed, qtbot):
    table = analysed.docks.layer_table.view
    table.selectRow(2)
    (head,) = analysed.session.selection
    assert analysed.graph.view._overlay.selection == (head,)
    press(analysed, Key.Key_N, qtbot)
    assert len(table.selectionModel().selectedRows()) == 1
    row = table.selectionModel().selectedRows()[0]
    texts = [row.siblingAtColumn(column).data() for column in range(3)]
    assert analysed.session.selection[0] in texts


def test_a_click_on_a_box_selects_it_and_the_ground_clears(analysed, qtbot):
    view = analysed.graph.view
    head = analysed.session.results.graph.heads[1]
    x, y, width, height = view.scene.layout.rect(head)
    point = view._viewport.to_window(QPointF(x + width / 2, y + height / 2)).toPoint()
    qtbot.mouseClick(view, Button.LeftButton, pos=point)
    assert analysed.session.selection == (head,)
    qtbot.mouseClick(view, Button.LeftButton, pos=view.rect().bottomLeft())
    assert analysed.session.selection == ()


def test_key_3_makes_it_i16_and_the_colours_follow(analysed, qtbot):
    session = analysed.session
    press(analysed, Key.Key_N, qtbot)
    (worst,) = session.selection
    before = session.results.report
    press(analysed, Key.Key_3, qtbot)
    assert chosen_type(analysed, worst) is QuantScheme.I16
    assert analysed.isWindowModified()
    settle(analysed, qtbot)
    assert session.results.report is not before
    assert analysed.graph.view.scene.paint.badges[worst] == "i16"
    press(analysed, Key.Key_Z, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert chosen_type(analysed, worst) is None
    assert not analysed.isWindowModified()
    press(analysed, Key.Key_Y, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert chosen_type(analysed, worst) is QuantScheme.I16
    press(analysed, Key.Key_0, qtbot)
    assert chosen_type(analysed, worst) is None
    settle(analysed, qtbot)


def test_n_goes_through_the_layers_from_worst_to_best(analysed, qtbot):
    session = analysed.session
    seen = []
    for _ in session.results.graph.heads:
        press(analysed, Key.Key_N, qtbot)
        seen += session.selection
    assert sorted(seen) == sorted(session.results.graph.heads)
    press(analysed, Key.Key_N, qtbot, Qt.KeyboardModifier.ShiftModifier)
    assert session.selection == (seen[-2],)


def test_old_colours_stay_pale_until_the_new_ones_are_there(analysed, qtbot):
    session = analysed.session
    analysed.actions_by_id.by_id["live"].setChecked(False)
    session.set_scheme([session.results.graph.heads[1]], QuantScheme.I16)
    assert analysed.graph.view.scene.paint.stale
    press(analysed, Key.Key_F5, qtbot)
    settle(analysed, qtbot)
    assert not analysed.graph.view.scene.paint.stale


def test_another_metric_recolours_at_once(analysed, qtbot):
    box = analysed.graph.bar.metric_box
    box.setCurrentIndex(box.findData("snr_db"))
    box.activated.emit(box.currentIndex())
    qtbot.mouseClick(analysed.graph.bar.kinds["own"], Button.LeftButton)
    settle(analysed, qtbot)
    assert (analysed.session.view.metric, analysed.session.view.kind) == ("snr_db", "own")
    assert analysed.graph.legend.scale.metric.id == "snr_db"


def test_escape_cancels_in_the_middle_of_a_run(analysed, qtbot):
    session = analysed.session
    session.set_scheme([session.results.graph.heads[1]], QuantScheme.I16)
    with qtbot.waitSignal(session.runner.started, check_params_cb=lambda job: job.lane == "work"):
        pass
    press(analysed, Key.Key_Escape, qtbot)
    assert not session.runner.is_running("work")
    assert session.is_stale
    press(analysed, Key.Key_F5, qtbot)
    settle(analysed, qtbot)


# -- files ----------------------------------------------------------------------------------------


def test_save_and_reopen(analysed, tmp_path, qtbot):
    press(analysed, Key.Key_N, qtbot)
    press(analysed, Key.Key_4, qtbot)
    config = analysed.session.project.config
    press(analysed, Key.Key_S, qtbot, Qt.KeyboardModifier.ControlModifier)
    dialog = analysed.findChild(QFileDialog)
    dialog.filesSelected.emit([str(tmp_path / "work.rkviz")])
    dialog.done(1)
    assert analysed.windowTitle().startswith("work.rkviz")
    assert not analysed.isWindowModified()
    with qtbot.waitSignal(analysed.session.opened):
        drop(analysed, [tmp_path / "work.rkviz"])
    assert analysed.session.project.config == config
    assert analysed._settings.recent_files[0] == tmp_path / "work.rkviz"


def test_a_folder_that_cannot_be_written_offers_another(analysed, tmp_path, qtbot):
    analysed.session.select(analysed.session.results.graph.heads[1:2])
    press(analysed, Key.Key_4, qtbot)
    analysed.session.save(tmp_path / "gone" / "work.rkviz")
    notice = analysed.notices.notices[0]
    assert "cannot be written" in notice.text
    qtbot.mouseClick(button(notice, "Save as…"), Button.LeftButton)
    dialog = analysed.findChild(QFileDialog)
    dialog.filesSelected.emit([str(tmp_path / "work.rkviz")])
    dialog.done(1)
    assert load_project(tmp_path / "work.rkviz").config == analysed.session.project.config
    settle(analysed, qtbot)


def test_a_moved_model_is_asked_for_in_a_bar(window, model, tmp_path, qtbot):
    save_project(Project(tmp_path / "old.onnx"), tmp_path / "work.rkviz")
    drop(window, [tmp_path / "work.rkviz"])
    qtbot.waitUntil(lambda: bool(notices(window)))
    assert "old.onnx" in notices(window)[0]
    qtbot.mouseClick(button(window.notices.notices[0], "Show where it is…"), Button.LeftButton)
    dialog = window.findChild(QFileDialog)
    with qtbot.waitSignal(window.session.opened):
        dialog.filesSelected.emit([str(model)])
        dialog.done(1)
    assert window.session.project.model == model
    assert window.session.path == tmp_path / "work.rkviz"
    assert window.isWindowModified()


def test_a_project_of_a_newer_rkviz_is_refused_in_words(window, model, tmp_path, qtbot):
    file = tmp_path / "work.rkviz"
    save_project(Project(model), file)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"version": 1', '"version": 99'), encoding="utf-8")
    drop(window, [file])
    qtbot.waitUntil(lambda: bool(notices(window)))
    assert "newer rkviz" in notices(window)[0]


def test_open_sizes_are_asked_for_once(window, tmp_path, qtbot):
    builder = models.Builder()
    image = builder.input("images", ("N", 3, "height", 16))
    builder.output(builder.conv(image, "conv", 3, 4))
    drop(window, [models.save(builder.model(), tmp_path / "open.onnx")])
    qtbot.waitUntil(lambda: window.findChild(SizesDialog) is not None)
    dialog = window.findChild(SizesDialog)
    dialog.boxes["images", 2].setValue(24)
    with qtbot.waitSignal(window.session.opened):
        dialog.accept()
    assert window.session.project.input_shapes == {"images": (1, 3, 24, 16)}


def test_export_writes_the_cfg_and_the_report(analysed, tmp_path, qtbot):
    for action, name in (("export_cfg", "net.quantization.cfg"), ("export_report", "net.html")):
        analysed.actions_by_id.by_id[action].trigger()
        dialog = analysed.findChild(QFileDialog)
        with qtbot.waitSignal(analysed.session.runner.ended):
            dialog.filesSelected.emit([str(tmp_path / name)])
            dialog.done(1)
        assert (tmp_path / name).stat().st_size > 500
        qtbot.waitUntil(lambda: analysed.findChild(QFileDialog) is None)
    assert notices(analysed) == []


# -- closing --------------------------------------------------------------------------------------


def test_closing_with_changes_asks_and_cancel_stays(analysed, qtbot):
    analysed.session.select(analysed.session.results.graph.heads[1:2])
    press(analysed, Key.Key_4, qtbot)
    assert not analysed.close()
    answer(analysed, QMessageBox.StandardButton.Cancel, qtbot)
    assert analysed.isVisible()
    assert not analysed.close()
    answer(analysed, QMessageBox.StandardButton.Discard, qtbot)
    assert not analysed.isVisible()


def test_closing_while_running_just_closes(analysed, qtbot):
    analysed.session.run()
    assert analysed.close()
    assert not analysed.session.runner.is_busy


# -- looks ----------------------------------------------------------------------------------------


def test_language_and_theme_switch_at_once(analysed, qtbot):
    by_id = analysed.actions_by_id.by_id
    by_id["language_zh_CN"].trigger()
    qtbot.waitUntil(lambda: by_id["run"].text() == "运行(&R)")
    assert analysed.docks.layer_table.windowTitle() == "层列表"
    by_id["theme_dark"].trigger()
    settle(analysed, qtbot)
    ground = analysed.graph.view.grab().toImage().pixelColor(2, 2)
    assert ground.lightness() < 60
    by_id["theme_light"].trigger()
    by_id["language_en"].trigger()
    qtbot.waitUntil(lambda: by_id["run"].text() == "&Run")
    assert (analysed._settings.language, analysed._settings.theme) == ("en", "light")


def test_every_dialog_opens_in_both_languages(window, qtbot):
    for language in ("en", "zh_CN"):
        window.actions_by_id.by_id[f"language_{language}"].trigger()
        for id in ("shortcuts", "about", "open"):
            window.actions_by_id.by_id[id].trigger()
            dialog = QApplication.activeModalWidget()
            assert dialog is not None, id
            assert dialog.windowTitle()
            dialog.close()


def test_the_arrangement_comes_back(analysed, qtbot, tmp_path):
    docks = {dock.objectName(): dock for dock in analysed.docks._areas}
    docks["legend"].hide()
    analysed.close()
    again = MainWindow(Session(), Settings(tmp_path / "rkviz.ini"), tmp_path / "recovery")
    qtbot.addWidget(again)
    again.show()
    project = sample_project()
    again.session.show_document(project, None, sample_results(project))
    docks = {dock.objectName(): dock for dock in again.docks._areas}
    assert not docks["legend"].isVisible()
    assert docks["layers"].isVisible()
    again.actions_by_id.by_id["reset_panels"].trigger()
    assert docks["legend"].isVisible()
    again.close()


def test_work_left_behind_is_offered_in_a_bar(window, model, tmp_path, qtbot):
    folder = tmp_path / "recovery"
    folder.mkdir()
    left = Project(model, analysis_images=7)
    save_project(left, folder / "1-dead.rkviz")
    window.questions.offer_recovery()
    qtbot.mouseClick(button(window.notices.notices[0], "Restore"), Button.LeftButton)
    qtbot.waitUntil(lambda: window.session.project is not None)
    assert window.session.project == left
    assert window.isWindowModified()
    qtbot.waitUntil(lambda: not window.session.runner.is_busy)


def test_a_screenshot_needs_no_screen(tmp_path, qapp):
    project = replace(sample_project(), dataset=())
    save_screenshot(project, sample_results(), tmp_path / "shot.png", "zh_CN", True, (1000, 700))
    assert (tmp_path / "shot.png").read_bytes()[:4] == b"\x89PNG"

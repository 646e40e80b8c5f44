"""Documents and the end of the day: saving, moving, newer files, closing, languages, themes."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from rkviz.gui.dialogs import SizesDialog
from rkviz.gui.main_window import MainWindow
from rkviz.gui.panels.layer_model import Column
from rkviz.gui.screenshot import save_screenshot
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.widgets.chips import CHOSEN_ROLE, SUGGESTED_ROLE
from rkviz.numerics import QuantScheme
from rkviz.project import Project, load_project, save_project
from tests import models
from tests.gui.sample_results import sample_project, sample_results
from tests.gui.user import (
    Button,
    Key,
    answer,
    button,
    choose_file,
    chosen_type,
    drop,
    notices,
    press,
    settle,
)

# -- files ----------------------------------------------------------------------------------------


def test_save_and_reopen(analysed, tmp_path, qtbot):
    press(analysed, Key.Key_N, qtbot)
    press(analysed, Key.Key_4, qtbot)
    config = analysed.session.project.config
    press(analysed, Key.Key_S, qtbot, Qt.KeyboardModifier.ControlModifier)
    choose_file(analysed, tmp_path / "work.rkviz")
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
    choose_file(analysed, tmp_path / "work.rkviz")
    assert load_project(tmp_path / "work.rkviz").config == analysed.session.project.config
    settle(analysed, qtbot)


def test_a_moved_model_is_asked_for_in_a_bar(window, model, tmp_path, qtbot):
    save_project(Project(tmp_path / "old.onnx"), tmp_path / "work.rkviz")
    drop(window, [tmp_path / "work.rkviz"])
    qtbot.waitUntil(lambda: bool(notices(window)))
    assert "old.onnx" in notices(window)[0]
    qtbot.mouseClick(button(window.notices.notices[0], "Show where it is…"), Button.LeftButton)
    with qtbot.waitSignal(window.session.opened):
        choose_file(window, model)
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


def test_every_export_writes_its_file_or_folder(analysed, tmp_path, qtbot):
    analysed.session.select(["stem"])
    for action, name in (
        ("export_cfg", "net.quantization.cfg"),
        ("export_quant_params", "net_quant_param.yml"),
        ("export_script", "net_rknn.py"),
        ("export_qdq", "net.qdq.onnx"),
        ("export_report", "net.html"),
        ("export_accuracy", "texts"),
        ("export_tensors", "tensors"),
        ("export_histograms", "histograms"),
    ):
        analysed.actions_by_id.by_id[action].trigger()
        choose_file(analysed, tmp_path / name)
        settle(analysed, qtbot)  # jobs of the panels end as well
        written = tmp_path / name
        files = [written] if written.is_file() else list(written.rglob("*.*"))
        assert sum(file.stat().st_size for file in files) > 500
        qtbot.waitUntil(lambda: analysed.findChild(QFileDialog) is None)
    assert notices(analysed) == []


def test_a_repaired_model_needs_a_repair(analysed, tmp_path, qtbot):
    analysed.actions_by_id.by_id["export_repaired"].trigger()
    choose_file(analysed, tmp_path / "net.onnx")
    qtbot.waitUntil(lambda: bool(notices(analysed)))
    assert "No repair is turned on" in notices(analysed)[0]


def test_an_rknn_is_written_only_after_a_warning(window, pictures, tmp_path, qtbot):
    drop(window, [models.save(models.conv_relu(), tmp_path / "small.onnx")])
    qtbot.waitUntil(lambda: window.session.project is not None)
    drop(window, [pictures])
    press(window, Key.Key_F5, qtbot)
    settle(window, qtbot)

    def caution() -> QMessageBox:
        (box,) = [b for b in window.findChildren(QMessageBox, "caution") if b.isVisible()]
        assert "no such file was ever tried on a board" in box.text()
        return box

    export = window.actions_by_id.by_id["export_rknn"]
    export.trigger()
    caution().button(QMessageBox.StandardButton.Cancel).click()
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox, "caution"))
    assert not window.findChildren(QFileDialog)
    export.trigger()
    box = caution()
    (go_on,) = [b for b in box.buttons() if b.text() == "Write it anyway…"]
    go_on.click()
    with qtbot.waitSignal(window.session.runner.ended):
        choose_file(window, tmp_path / "net.rknn")
    qtbot.waitUntil(lambda: bool(notices(window)))
    assert (tmp_path / "net.rknn").stat().st_size > 500
    assert notices(window)[0].splitlines()[1].startswith("Experimental: ")


def test_a_dropped_cfg_sets_the_types_in_one_step(analysed, tmp_path, qtbot):
    file = tmp_path / "step1.quantization.cfg"
    file.write_text(
        "# mine\ncustomized_quantize_layers:\n    Conv_stem_9: float32\n    Gone_3: float32\n",
        encoding="utf-8",
    )
    before = analysed.session.project
    drop(analysed, [file])
    qtbot.waitUntil(lambda: chosen_type(analysed, "stem") is QuantScheme.FLOAT)
    (said,) = notices(analysed)
    assert said.splitlines()[0].endswith("step1.quantization.cfg now.")
    assert "'Gone_3' is no layer of this network" in said
    settle(analysed, qtbot)
    analysed.session.set_scheme(["conv1"], QuantScheme.FLOAT)
    settle(analysed, qtbot)
    analysed.actions_by_id.by_id["export_cfg"].trigger()
    with qtbot.waitSignal(analysed.session.runner.ended):
        choose_file(analysed, tmp_path / "out.cfg")
    written = (tmp_path / "out.cfg").read_text(encoding="utf-8")
    assert written.startswith(file.read_text(encoding="utf-8"))
    assert "conv1" in written.removeprefix(file.read_text(encoding="utf-8"))
    analysed.session.undo_stack.undo()
    analysed.session.undo_stack.undo()
    assert analysed.session.project == before
    settle(analysed, qtbot)


def test_what_step_1_suggests_is_told_from_what_was_chosen(analysed, tmp_path, qtbot):
    file = tmp_path / "net.quantization.cfg"
    text = "customized_quantize_layers:\n    Conv_stem_9: dynamic_fixed_point-i16\n"
    file.write_text(text, encoding="utf-8")
    session, model = analysed.session, analysed.docks.layer_table.model
    place = model.index(model.row_of("stem"), Column.TYPE)

    def shown() -> tuple[bool, bool, str]:
        badge = analysed.graph.view.scene.paint.badges["stem"]
        return place.data(CHOSEN_ROLE), place.data(SUGGESTED_ROLE), badge

    drop(analysed, [file])  # nothing beside it says that step 1 left it so
    qtbot.waitUntil(lambda: chosen_type(analysed, "stem") is QuantScheme.I16)
    settle(analysed, qtbot)
    assert shown() == (True, False, "i16")
    for end in (".json", ".data"):
        (tmp_path / f"net{end}").touch()
    drop(analysed, [file])
    qtbot.waitUntil(lambda: session.project.config.for_layer("stem").suggested)
    settle(analysed, qtbot)
    assert shown() == (True, True, "i16?")
    session.select(["stem"])
    assert "Suggested by step 1" in analysed.docks.layer_panel.layer.type_note.text()
    session.save(tmp_path / "net.rkviz")
    assert load_project(tmp_path / "net.rkviz") == session.project
    analysed.actions_by_id.by_id["type_i16"].trigger()  # i16 it shall be
    settle(analysed, qtbot)
    assert shown() == (True, False, "i16")
    session.undo_stack.undo()
    settle(analysed, qtbot)
    assert shown() == (True, True, "i16?")
    file.write_text(text.replace("i16", "i8"), encoding="utf-8")
    analysed.actions_by_id.by_id["import_step1"].trigger()
    choose_file(analysed, file)
    qtbot.waitUntil(lambda: chosen_type(analysed, "stem") is QuantScheme.I8)
    settle(analysed, qtbot)
    assert shown() == (True, True, "i8?")


def test_a_cfg_with_three_types_is_refused(analysed, tmp_path, qtbot):
    file = tmp_path / "three.cfg"
    kinds = "{stem: dynamic_fixed_point-i8, conv1: dynamic_fixed_point-i16}"
    file.write_text(f"customized_quantize_layers: {kinds}\n", encoding="utf-8")
    before = analysed.session.project
    analysed.actions_by_id.by_id["import_cfg"].trigger()
    choose_file(analysed, file)
    qtbot.waitUntil(lambda: bool(notices(analysed)))
    assert "at most two quantised types" in notices(analysed)[0]
    assert analysed.session.project == before


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


def test_the_next_dialog_begins_where_the_last_one_was(window, model, pictures, qtbot):
    by_id = window.actions_by_id.by_id
    by_id["open"].trigger()
    with qtbot.waitSignal(window.session.opened):
        choose_file(window, model)
    by_id["add_pictures"].trigger()
    choose_file(window, sorted(pictures.iterdir())[0])
    qtbot.waitUntil(lambda: window.session.results.dataset is not None)
    by_id["add_pictures"].trigger()
    (dialog,) = [found for found in window.findChildren(QFileDialog) if found.isVisible()]
    assert dialog.directory().absolutePath() == str(pictures)
    dialog.reject()


def test_the_arrangement_comes_back(analysed, qtbot, tmp_path):
    docks = {dock.objectName(): dock for dock in analysed.docks._areas}
    docks["legend"].hide()
    analysed.docks.layer_table.view.setColumnWidth(0, 173)
    analysed.close()
    again = MainWindow(Session(), Settings(tmp_path / "rkviz.ini"), tmp_path / "recovery")
    qtbot.addWidget(again)
    again.show()
    project = sample_project()
    again.session.show_document(project, None, sample_results(project))
    docks = {dock.objectName(): dock for dock in again.docks._areas}
    assert not docks["legend"].isVisible()
    assert docks["layers"].isVisible()
    assert again.docks.layer_table.view.columnWidth(0) == 173
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

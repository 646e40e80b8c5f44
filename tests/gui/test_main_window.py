"""The window as a user meets it: a real model, real pictures, keys, mouse and drops."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLabel

from rkviz.numerics import QuantScheme
from tests.gui.user import (
    Button,
    Key,
    button,
    choose_file,
    chosen_type,
    drop,
    notices,
    press,
    settle,
)

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
    with qtbot.waitSignal(window.session.opened):
        choose_file(window, model)
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
    qtbot.waitUntil(lambda: analysed.graph.view.scene.paint.stale)
    assert analysed.graph.view.scene.paint.badges[session.results.graph.heads[1]] == "i16"
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


def test_the_status_bar_estimates_time_and_says_how_far_to_trust_it(analysed, qtbot):
    cost = analysed.statusBar().findChild(QLabel, "cost")
    in_u8 = cost.text()
    assert "fps" in in_u8
    assert "±12 %" in cost.toolTip()
    layer = next(head for head in analysed.session.results.graph.heads if "conv" in head)
    analysed.session.set_scheme([layer], QuantScheme.FLOAT)
    settle(analysed, qtbot)
    assert cost.text() != in_u8
    assert "Rough" in cost.toolTip()

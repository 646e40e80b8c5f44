"""Whole sessions as a user has them, from the first drop to the closed window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from rkviz.gui.language import current_language
from rkviz.numerics import QuantScheme
from rkviz.project import load_project
from tests.gui.user import (
    Key,
    answer,
    choose_file,
    chosen_type,
    drop,
    notices,
    press,
    settle,
)

_CTRL = Qt.KeyboardModifier.ControlModifier


def test_open_run_cancel_change_undo_compare_export_and_close(
    window, model, pictures, tmp_path, qtbot
):
    session, by_id = window.session, window.actions_by_id.by_id
    drop(window, [model, pictures])  # together: the pictures come along
    qtbot.waitUntil(lambda: session.project is not None)
    press(window, Key.Key_F5, qtbot)
    press(window, Key.Key_Escape, qtbot)
    assert not session.runner.is_running("work")
    press(window, Key.Key_F5, qtbot)
    settle(window, qtbot)
    first = session.results.report
    assert first is not None
    layers = []
    for key in (Key.Key_4, Key.Key_3, Key.Key_4):
        press(window, Key.Key_N, qtbot)
        layers += session.selection
        press(window, key, qtbot)
        settle(window, qtbot)
    wanted = [QuantScheme.FLOAT, QuantScheme.I16, QuantScheme.FLOAT]
    assert [chosen_type(window, layer) for layer in layers] == wanted
    assert by_id["undo"].text() == f"&Undo: {layers[2]} to float"
    press(window, Key.Key_Z, qtbot, _CTRL)
    settle(window, qtbot)
    assert chosen_type(window, layers[2]) is None
    assert by_id["redo"].text() == f"&Redo: {layers[2]} to float"
    assert session.runs.now != session.runs.before  # what the difference of plans compares
    assert session.runs.before is not None
    by_id["export_cfg"].trigger()
    choose_file(window, tmp_path / "out.quantization.cfg")
    qtbot.waitUntil(lambda: (tmp_path / "out.quantization.cfg").is_file())
    qtbot.waitUntil(lambda: not session.runner.is_busy)
    assert not window.close()
    answer(window, QMessageBox.StandardButton.Save, qtbot)
    choose_file(window, tmp_path / "work.rkviz")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert load_project(tmp_path / "work.rkviz").config == session.project.config
    assert notices(window) == []


def test_the_language_changes_while_a_job_runs(analysed, qtbot):
    session = analysed.session
    session.set_scheme([session.results.graph.heads[1]], QuantScheme.I16)
    with qtbot.waitSignal(session.runner.started, check_params_cb=lambda job: job.lane == "work"):
        pass
    analysed.actions_by_id.by_id["language_zh_CN"].trigger()
    settle(analysed, qtbot)
    assert current_language() == "zh_CN"
    assert session.results.report is not None
    assert analysed.docks.layer_table.windowTitle() == "层列表"
    heads = session.results.graph.heads
    session.set_scheme([heads[1]], QuantScheme.FLOAT)
    assert analysed.actions_by_id.by_id["undo"].text() == f"撤销(&U)：{heads[1]} 改为 浮点"
    press(analysed, Key.Key_Z, qtbot, _CTRL)
    assert analysed.actions_by_id.by_id["redo"].text().startswith("重做(&R)：")
    settle(analysed, qtbot)


def test_every_edit_has_a_text_in_undo_and_goes_back(analysed, pictures, qtbot):
    """All that goes through the session is one step, named, and undone whole."""
    session, by_id = analysed.session, analysed.actions_by_id.by_id
    by_id["live"].setChecked(False)
    session.select(["stem"])
    before = session.project
    edits = {
        "stem to i16": lambda: by_id["type_i16"].trigger(),
        "Lock stem": lambda: by_id["lock"].trigger(),
        "Choose pictures": lambda: session.set_dataset(sorted(pictures.iterdir())[:1]),
    }
    seen = []
    for act in edits.values():
        act()
        seen.append(session.undo_stack.undoText())
    assert seen == list(edits)
    for text in reversed(edits):
        assert by_id["undo"].text() == f"&Undo: {text}"
        press(analysed, Key.Key_Z, qtbot, _CTRL)
    assert session.project == before
    settle(analysed, qtbot)

"""The board in the window: absent without the toolkit, else beside the emulator."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QInputDialog

from rkviz.board import PYTHON_VARIABLE, find_toolkit
from rkviz.gui import board_run
from tests import toolkit_double
from tests.gui.user import choose_file, notices, settle


def test_without_the_toolkit_there_is_no_such_action(analysed, monkeypatch):
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    analysed._update_actions()
    assert not analysed.actions_by_id.by_id["board"].isVisible()


@pytest.fixture
def with_toolkit(tmp_path, monkeypatch, analysed):
    toolkit_double.install(tmp_path, monkeypatch)
    analysed._update_actions()
    action = analysed.actions_by_id.by_id["board"]
    assert action.isVisible()
    assert action.isEnabled()
    return analysed


def test_a_board_is_chosen_and_its_numbers_are_shown(with_toolkit, tmp_path, qtbot):
    window = with_toolkit
    window.actions_by_id.by_id["board"].trigger()
    qtbot.waitUntil(lambda: window.findChild(QInputDialog) is not None, timeout=20_000)
    dialog = window.findChild(QInputDialog)
    assert dialog.comboBoxItems() == ["1126board", "ntb7"]
    dialog.setTextValue("ntb7")
    dialog.accept()
    choose_file(window, tmp_path / "out")
    qtbot.waitUntil(lambda: window.session.comparing.value is not None, timeout=20_000)
    assert (tmp_path / "out" / "rkviz_board_out" / "snapshot" / "asked.txt").read_text(
        encoding="utf-8"
    ).split()[:2] == ["rv1126", "ntb7"]
    of_layer = window.session.comparing.value.of_layer
    assert of_layer["stem"]["board"].theirs == 0.99995
    settle(window, qtbot)


def test_a_toolkit_that_fails_says_why_and_one_that_hangs_can_be_cancelled(
    with_toolkit, tmp_path, qtbot, monkeypatch
):
    window = with_toolkit
    monkeypatch.setenv("DOUBLE_FAILS", "1")
    window.actions_by_id.by_id["board"].trigger()
    qtbot.waitUntil(lambda: window.findChild(QInputDialog) is not None, timeout=20_000)
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("ntb7")
    dialog.accept()
    choose_file(window, tmp_path / "out")
    qtbot.waitUntil(lambda: bool(notices(window)), timeout=20_000)
    assert "no such operator" in notices(window)[0]
    monkeypatch.delenv("DOUBLE_FAILS")
    monkeypatch.setenv("DOUBLE_HANGS", "1")
    board_run._run(window.session, find_toolkit(), "ntb7", tmp_path / "again")
    qtbot.waitUntil(lambda: (tmp_path / "again" / "rkviz_board_out" / "dataset.txt").exists())
    window.session.cancel()
    qtbot.waitUntil(lambda: not window.session.runner.is_busy)
    assert window.session.comparing.value is None

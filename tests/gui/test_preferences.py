"""Preferences work at once, agree with the menus, and are there at the next start."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from rkviz.gui.language import current_language
from rkviz.gui.main_window import MainWindow
from rkviz.gui.preferences import Preferences
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.theme import current_theme
from rkviz.threads import USUAL, VARIABLE, choose_threads, thread_count
from tests.gui.user import Key, press


@pytest.fixture
def preferences(window, qtbot) -> Preferences:
    press(window, Key.Key_Comma, qtbot, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = window.findChildren(Preferences)
    assert dialog.isVisible()
    assert not dialog.isModal()
    return dialog


def choose(box, text: str) -> None:
    at = box.findText(text)
    box.setCurrentIndex(at)
    box.activated.emit(at)


def test_each_choice_works_at_once_and_is_kept(window, preferences, tmp_path):
    choose(preferences.boxes["theme"], "Dark")
    assert current_theme().is_dark
    choose(preferences.boxes["colours"], "Cividis: for every eye")
    assert window.session.view.palette == "cividis"
    choose(preferences.boxes["language"], "简体中文")
    assert current_language() == "zh_CN"
    window._settings.write()
    kept = Settings(tmp_path / "rkviz.ini")
    assert (kept.theme, kept.palette, kept.language) == ("dark", "cividis", "zh_CN")


def test_threads_are_chosen_for_the_networks_opened_from_now_on(
    window, preferences, tmp_path, monkeypatch
):
    monkeypatch.setenv(VARIABLE, str(USUAL))  # set back after the test
    assert preferences.boxes["threads"].currentText() == "2 threads"
    choose(preferences.boxes["threads"], "4 threads")
    assert thread_count() == 4
    window._settings.write()
    choose_threads(USUAL)
    again = MainWindow(Session(), Settings(tmp_path / "rkviz.ini"), tmp_path / "recovery")
    assert thread_count() == 4
    assert again.actions_by_id.by_id["threads_4"].isChecked()
    again.close()
    again.deleteLater()


def test_the_dialog_itself_speaks_the_new_language(preferences, qtbot):
    choose(preferences.boxes["language"], "简体中文")
    qtbot.waitUntil(lambda: preferences.windowTitle() == "首选项")
    assert preferences.boxes["theme"].currentText() == "浅色"
    assert preferences.switches["motion"].text() == "动画效果"


def test_who_leaves_the_language_to_the_system_gets_that_of_the_system(window, preferences):
    choose(preferences.boxes["language"], "What the system speaks")
    assert window._settings.language == ""
    assert window.actions_by_id.by_id["language_system"].isChecked()


def test_dialog_and_menus_are_two_faces_of_one_choice(window, preferences, qtbot):
    window.actions_by_id.by_id["theme_dark"].trigger()
    assert preferences.boxes["theme"].currentText() == "Dark"
    preferences.switches["live"].click()
    assert not window.actions_by_id.by_id["live"].isChecked()
    assert not window.session.live
    window.actions_by_id.by_id["live"].trigger()
    assert preferences.switches["live"].isChecked()


def test_without_animations_boxes_jump(window, preferences, qtbot):
    assert not window.graph.view.is_calm
    preferences.switches["motion"].setChecked(False)
    assert window.graph.view.is_calm
    assert not window.isAnimated()
    assert not window._settings.moves


def test_a_second_call_shows_the_same_dialog(window, preferences, qtbot):
    window.actions_by_id.by_id["preferences"].trigger()
    assert window.findChildren(Preferences) == [preferences]


def test_every_control_teaches(preferences):
    for control in (*preferences.boxes.values(), *preferences.switches.values()):
        assert len(control.toolTip()) > 40
        assert control.accessibleDescription() == control.toolTip()

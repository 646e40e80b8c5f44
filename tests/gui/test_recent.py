"""Recent files stand in the menu and on the first page; what is gone is grey until it is back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QPushButton

from rkviz.gui.main_window import MainWindow
from rkviz.gui.recent import missing_of
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings


def state_of(window: MainWindow) -> dict[str, tuple[bool, bool]]:
    """Name -> can it be chosen in the menu, on the page."""
    menu = {
        Path(action.text()).name: action.isEnabled()
        for action in window.menus._recent.actions()[:-2]
    }
    page = {
        button.text().split()[0]: button.isEnabled()
        for button in window.welcome.findChildren(QPushButton, "recent")
        if button.isVisible()
    }
    return {name: (menu[name], page[name]) for name in menu}


def test_a_file_that_is_gone_is_grey(model, tmp_path, qtbot):
    settings = Settings(tmp_path / "rkviz.ini")
    gone = tmp_path / "gone.onnx"
    settings.add_recent_file(gone)
    settings.add_recent_file(model)
    window = MainWindow(Session(), settings, tmp_path / "recovery")
    qtbot.addWidget(window)
    window.show()
    wanted = {"net.onnx": (True, True), "gone.onnx": (False, False)}
    qtbot.waitUntil(lambda: state_of(window) == wanted)
    gone.touch()
    window.menus._recent.aboutToShow.emit()
    qtbot.waitUntil(lambda: state_of(window)["gone.onnx"] == (True, True))
    window.menus._recent.actions()[-1].trigger()
    assert settings.recent_files == ()
    assert not window.menus._recent.isEnabled()
    window.close()


def test_a_name_no_file_can_have_is_missing():
    strange = Path("/nowhere" + "x" * 5000)
    assert missing_of((strange, Path(__file__))) == {strange}

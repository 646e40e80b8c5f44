"""The demo opens by a click, wherever rkviz is installed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QPushButton

from rkviz import places
from rkviz.gui import files
from tests.gui.user import settle


def test_the_welcome_page_opens_it_with_its_pictures(window, qtbot):
    window.findChild(QPushButton, "welcome_demo").click()
    settle(window, qtbot)
    project = window.session.project
    assert project.model == places.DEMO_NETWORK
    assert len(project.dataset) == 12
    assert all(path.parent.parent == places.demo_folder() for path in project.dataset)
    assert window.session.path is None
    # By itself, without pictures and sizes, the network would be of no use there.
    assert places.DEMO_NETWORK not in window._settings.recent_files


def test_a_cache_that_cannot_be_written_is_a_sentence(window, qtbot):
    places.demo_folder().parent.mkdir(parents=True)
    places.demo_folder().write_text("a file where the folder should be")
    window.commands.open_demo()
    qtbot.waitUntil(lambda: bool(window.notices.notices))
    (notice,) = window.notices.notices
    assert notice.text.startswith("The pictures of the demo cannot be written to ")
    assert window.session.project is None


def test_what_lies_where_nothing_can_be_written_is_saved_at_home(window, monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) == tmp_path)
    files.ask_where(window, "Save", places.DEMO_NETWORK.with_suffix(".html"), "*.html", print)
    dialog = window.findChild(QFileDialog)
    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.reject()

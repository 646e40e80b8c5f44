"""F1: the right page of the manual, in the user's language."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

import rkviz
from rkviz import places
from rkviz.gui.dialogs import ShortcutsDialog
from rkviz.gui.language import apply_language
from rkviz.gui.manual import PAGES, page_file
from tests.gui.sample_results import sample_project, sample_results

ROOT = Path(rkviz.__file__).parent


@pytest.fixture
def opened(monkeypatch, tmp_path) -> list[Path]:
    """What a browser was asked to show; every page exists."""
    monkeypatch.setattr(places, "MANUAL", tmp_path)
    for page in {"index", *PAGES.values()}:
        for language in ("en", "zh_CN"):
            file = page_file(page, language)
            file.parent.mkdir(exist_ok=True)
            file.touch()
    shown: list[Path] = []

    def show(url: QUrl) -> bool:
        shown.append(Path(url.toLocalFile()).relative_to(tmp_path))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    return shown


def test_what_has_the_keyboard_decides_the_page(window, qtbot, opened):
    project = sample_project()
    window.session.show_document(project, None, sample_results(project))
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    table = window.docks.layer_table
    table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    table.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert opened == [Path("en/errors.html")]


def test_in_chinese_and_in_a_dialog(window, qtbot, opened, qapp):
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    apply_language(qapp, "zh_CN")
    try:
        window.actions_by_id.by_id["shortcuts"].trigger()
        dialog = window.findChild(ShortcutsDialog)
        qtbot.waitUntil(dialog.isActiveWindow)
        qtbot.keyClick(dialog, Qt.Key.Key_F1)
        assert opened == [Path("zh/window.html")]
        dialog.reject()
    finally:
        apply_language(qapp, "en")


def test_a_manual_that_cannot_be_shown_says_so(window, monkeypatch, tmp_path, qtbot, opened):
    said: list[str] = []
    window.session.message.connect(lambda _level, text: said.append(text))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    window.actions_by_id.by_id["manual"].trigger()
    assert str(tmp_path) in said[-1]
    monkeypatch.setattr(places, "MANUAL", tmp_path / "nowhere")
    window.actions_by_id.by_id["manual"].trigger()
    assert "make manual" in said[-1]


def test_the_table_names_classes_and_pages_that_exist():
    classes = {
        node.name
        for path in (ROOT / "gui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    assert set(PAGES) <= classes
    for folder in ("en", "zh"):
        pages = {path.stem for path in (ROOT.parent / "docs" / "manual" / folder).glob("*.md")}
        assert set(PAGES.values()) <= pages

"""F1: the right page of the manual, in the user's language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

import rkviz
from rkviz import places
from rkviz.analyse.finding_texts import TEXTS
from rkviz.formats.report_finding_words import CHINESE
from rkviz.gui.action_spec import translated, without_marks
from rkviz.gui.actions import ACTIONS, MENUS, SUBMENUS
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


def pages(folder: str) -> list[Path]:
    return sorted((ROOT.parent / "docs" / "manual" / folder).glob("*.md"))


def as_shown(text: str) -> str:
    """A text of the program as it reads in the language that is on."""
    return without_marks(translated(text))


@pytest.mark.parametrize(
    ("folder", "code", "path"),
    [
        ("en", "en", r"\b((?:File|Edit|Layer|Graph|Run|View|Help)(?: > [A-Z][\w .]+)+)"),
        ("zh", "zh_CN", r"“([^”]+ > [^”]+)”"),
    ],
)
def test_menus_that_pages_name_are_there(folder, code, path, qapp):
    apply_language(qapp, code)
    try:
        below: dict[str, set[str]] = {}
        names = {id: as_shown(text) for id, text in MENUS}
        names |= {id: as_shown(text) for id, _menu, text in SUBMENUS}
        for id, menu, _text in SUBMENUS:
            below.setdefault(names[menu], set()).add(names[id])
        for spec in ACTIONS:
            below.setdefault(names[spec.menu], set()).add(as_shown(spec.text))
    finally:
        apply_language(qapp, "en")
    found = 0
    for page in pages(folder):
        text = " ".join(page.read_text(encoding="utf-8").split())
        for steps in re.findall(path, text):
            menu, *entries = steps.split(" > ")
            for entry in entries:
                # In running text nothing tells where the English name of an entry ends.
                named = [name for name in below[menu] if entry.startswith(name)]
                assert named, f"{page.name}: {menu} has no {entry}"
                menu = max(named, key=len)
                found += 1
    assert found > 5


@pytest.mark.parametrize("folder", ["en", "zh"])
def test_keys_that_pages_name_do_something(folder):
    known = {key for spec in ACTIONS for key in spec.keys}
    for page in pages(folder):
        text = page.read_text(encoding="utf-8")
        for key in re.findall(r"(?:Ctrl|Shift)\+(?:Shift\+)?(?:[A-Z]\b|,)|\bF\d\b", text):
            assert key in known, f"{page.name} names {key}"


def test_sentences_that_troubleshooting_quotes_are_said():
    for folder, texts, quoted in (("en", TEXTS, '"([^"]+)"'), ("zh", CHINESE, "“([^”>]+)”")):
        page = ROOT.parent / "docs" / "manual" / folder / "troubleshooting.md"
        text = page.read_text(encoding="utf-8")
        said = [re.sub(r"\{[^}]*\}|\d+", "#", entry.sentence).lower() for entry in texts.values()]
        quotes = re.findall(quoted, text)
        assert len(quotes) > 5
        for quote in quotes:
            wanted = re.sub(r"\d+", "#", " ".join(quote.split())).lower()
            assert any(wanted in sentence for sentence in said), f"{folder}: {quote}"

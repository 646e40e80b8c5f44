"""The action table: one place for ids, texts and keys, and nothing is in it twice."""

from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QKeySequence

from rkviz.gui.actions import ACTIONS, MENUS, SUBMENUS, TOOLBAR, translated, without_marks
from rkviz.gui.language import apply_language
from rkviz.gui.resources import icon


def twice(items) -> list:
    return [item for item, count in Counter(items).items() if count > 1]


def test_ids_texts_and_keys_are_unique():
    assert twice(spec.id for spec in ACTIONS) == []
    assert twice(spec.text for spec in ACTIONS) == []
    keys = [QKeySequence(key).toString() for spec in ACTIONS for key in spec.keys]
    assert twice(keys) == []
    assert "" not in keys


def test_the_letters_of_a_menu_are_unique_in_both_languages(qapp):
    for language in ("en", "zh_CN"):
        apply_language(qapp, language)
        for menu in ["", *dict(MENUS), *(name for name, _parent, _text in SUBMENUS)]:
            texts = [spec.text for spec in ACTIONS if spec.menu == menu]
            texts += [text for _name, parent, text in SUBMENUS if parent == menu]
            texts += [text for _name, text in MENUS if menu == ""]
            shown = [translated(text) for text in texts]
            letters = [text[text.index("&") + 1].lower() for text in shown if "&" in text]
            assert twice(letters) == [], (language, menu)


def test_every_action_has_a_menu_and_every_icon_a_file(qapp):
    menus = {*dict(MENUS), *(name for name, _parent, _text in SUBMENUS)}
    assert {spec.menu for spec in ACTIONS} <= menus
    for spec in ACTIONS:
        assert not spec.icon or not icon(spec.icon).isNull()


def test_the_toolbar_names_actions_that_have_an_icon():
    by_id = {spec.id: spec for spec in ACTIONS}
    for id in TOOLBAR:
        assert not id or by_id[id].icon, id


def test_the_keys_are_those_the_papers_promise():
    keys = {spec.id: spec.keys for spec in ACTIONS}
    promised = {
        "open": "Ctrl+O",
        "save": "Ctrl+S",
        "save_as": "Ctrl+Shift+S",
        "undo": "Ctrl+Z",
        "redo": "Ctrl+Y",
        "run": "F5",
        "cancel": "Esc",
        "type_u8": "1",
        "type_i8": "2",
        "type_i16": "3",
        "type_float": "4",
        "type_default": "0",
        "next_worst": "N",
        "previous_worst": "Shift+N",
        "fit": "F",
        "export_cfg": "Ctrl+E",
        "shortcuts": "?",
    }
    assert {id: keys[id][0] for id in promised} == promised


def test_a_text_reads_well_outside_a_menu():
    assert without_marks("&Open…") == "Open"
    assert without_marks("打开(&O)…") == "打开"

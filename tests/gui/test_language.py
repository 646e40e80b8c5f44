"""Every string of the window has its Chinese, and switching needs no restart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QObject
from PySide6.QtWidgets import QMessageBox

from rkviz.gui import language
from rkviz.gui.language import LANGUAGES, apply_language, read_translations, system_language
from rkviz.gui.resources import translation_file
from tests.gui.source_strings import source_strings

KNOWN = read_translations(translation_file("zh_CN"))
_TERMS = {"Toolkit", "concat {layer}", "relu6", "sigmoid {layer}"}
_PLACEHOLDER = re.compile(r"\{\w*\}")


def test_no_string_is_untranslated():
    assert sorted(source_strings() - KNOWN.keys()) == []


def test_no_translation_is_left_of_a_string_that_is_gone():
    assert sorted(KNOWN.keys() - source_strings()) == []


def test_every_entry_of_the_file_is_finished():
    entries = ET.parse(translation_file("zh_CN")).getroot().iter("translation")
    assert all(entry.text and entry.get("type") is None for entry in entries)


def test_placeholders_survive_translation():
    for (context, source), translation in KNOWN.items():
        wanted, found = _PLACEHOLDER.findall(source), _PLACEHOLDER.findall(translation)
        assert sorted(wanted) == sorted(found), (context, source)


def test_menu_texts_keep_a_letter_to_press():
    for (context, source), translation in KNOWN.items():
        if context in ("Actions", "Menus"):
            assert ("&" in source) == ("(&" in translation), source


def test_only_terms_of_the_toolkit_stay_english():
    same = {source for (_context, source), text in KNOWN.items() if source == text}
    assert {source for source in same if re.search(r"[a-z]{4}", source)} <= _TERMS


class Speaker(QObject):
    """Stands for any class of the window."""


def test_a_switch_is_heard_at_once(qapp, monkeypatch, tmp_path):
    file = tmp_path / "made.ts"
    file.write_text(
        "<TS><context><name>Speaker</name><message><source>Hello</source>"
        "<translation>你好</translation></message></context></TS>",
        encoding="utf-8",
    )
    monkeypatch.setattr(language, "translation_file", lambda code: file)
    speaker = Speaker()
    apply_language(qapp, "zh_CN")
    assert speaker.tr("Hello") == "你好"
    assert speaker.tr("Unknown") == "Unknown"
    apply_language(qapp, "en")
    assert speaker.tr("Hello") == "Hello"


def test_buttons_of_qt_speak_chinese_too(qapp, qtbot):
    apply_language(qapp, "zh_CN")
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setStandardButtons(QMessageBox.StandardButton.Cancel)
    assert "取消" in box.buttons()[0].text()


def test_switching_often_leaves_nothing_behind(qapp):
    for _ in range(5):
        apply_language(qapp, "zh_CN")
        apply_language(qapp, "en")
    assert QCoreApplication.translate("Session", "Open") == "Open"


def test_an_unknown_language_is_a_mistake(qapp):
    with pytest.raises(KeyError):
        apply_language(qapp, "tlh")


@pytest.mark.parametrize(
    ("spoken", "chosen"),
    [(["zh-CN", "en"], "zh_CN"), (["zh-Hans-CN"], "zh_CN"), (["de-DE", "zh-CN"], "en"), ([], "en")],
)
def test_the_first_start_speaks_like_the_system(monkeypatch, spoken, chosen):
    class System:
        def uiLanguages(self):
            return spoken

    monkeypatch.setattr(QLocale, "system", staticmethod(System))
    assert system_language() == chosen
    assert chosen in LANGUAGES

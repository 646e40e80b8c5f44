"""Every string of the window has its Chinese, and switching needs no restart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QObject
from PySide6.QtWidgets import QMessageBox

from rkviz.gui import language
from rkviz.gui.error_words import SENTENCES
from rkviz.gui.format_sentences import FORMATS
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


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (r"quanti[sz](?!ation\.cfg)", "量化"),
        (r"zero points?\b", "零点"),
        (r"\bcalibrat", "校准"),
        (r"\bscale \{|\bscales and\b|the scale\b", "缩放因子"),
        (r"cosine similarity", "余弦相似度"),
        (r"\baccumulated\b", "累积"),
        (r"\bemulator\b", "仿真器"),
        (r"\btoolkit\b", "工具链|RKNN-Toolkit|Toolkit"),
        (r"\bchannels?\b", "通道"),
        (r"\bplans?\b", "方案"),
        (r"\bprojects?\b", "工程"),
        (r"\bundo\b", "撤销"),
        (r"\bcodes\b", "量化值|量化后|分布|截断"),
        (r"\bweights\b", "权重"),
        (r"\bhistograms?\b", "直方图"),
        (r"\bsaturat", "饱和"),
    ],
)
def test_a_term_is_one_word(english, chinese):
    pattern = re.compile(rf"(?<!\{{)(?:{english})", re.IGNORECASE)
    others = [
        (source, text)
        for (_context, source), text in KNOWN.items()
        if pattern.search(source) and not re.search(chinese, text)
    ]
    assert others == []


def test_no_other_word_stands_for_a_term_and_the_tone_is_the_same():
    strange = (
        "工具包|模拟器|标定|图层|缩放系数|比例因子|尺度|项目|计划|累计|运算符|偏移量|定点数|阀值|你"
    )
    said = [*KNOWN.values(), *(chinese for _english, chinese in (*FORMATS, *SENTENCES))]
    assert [text for text in said if re.search(strange, text)] == []
    half_width = r"[\u4e00-\u9fff][,;!?:](?![0-9])|[\u4e00-\u9fff]\.(?![.a-z])"
    assert [text for text in said if re.search(half_width, text)] == []


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

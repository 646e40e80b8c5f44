"""Errors of the core read as Chinese in the Chinese window, and stay with the core's sentences."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import rkviz
from rkviz.gui.error_words import SENTENCES, error_words
from rkviz.gui.format_sentences import FORMATS
from rkviz.gui.language import apply_language
from rkviz.gui.note_sentences import NOTES
from tests.gui.user import drop, notices

ALL = (*NOTES, *FORMATS, *SENTENCES)
_PACKAGE = Path(rkviz.__file__).parent


def texts_of_the_core() -> set[str]:
    """Every text in the source outside the window, with {} for what is filled in."""
    found: set[str] = set()
    for path in _PACKAGE.rglob("*.py"):
        if "gui" in path.relative_to(_PACKAGE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
                found.add("".join(str(part) for part in parts))
    return found


def test_every_pattern_is_a_sentence_of_the_core():
    known = texts_of_the_core()
    made_of_two = {"{} has shape {}, but input {} takes {}; save the array in that shape."}
    missing = [english for english, _ in ALL if english not in known | made_of_two]
    assert missing == []


def test_every_part_appears_in_the_chinese():
    for english, chinese in ALL:
        count = english.count("{}")
        assert sorted(re.findall(r"\{(\d)\}", chinese)) == [str(n) for n in range(count)], english


@pytest.fixture
def chinese(qapp):
    apply_language(qapp, "zh_CN")


def test_english_stays_english():
    assert error_words("/a.onnx cannot be read: Permission denied.").endswith("denied.")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("/a b/网.onnx cannot be read: Permission denied.",
         "无法读取 /a b/网.onnx：没有访问权限。"),
        ("/a.rkviz cannot be written: the disk is full; free some space or choose another disk.",
         "无法写入 /a.rkviz：磁盘已满；请清理空间，或换一个磁盘。"),
        ("/m.onnx: The nodes 'a', 'b' feed each other in a loop.",
         "/m.onnx：节点 'a', 'b' 互为输入，形成了环。"),
        ("None of the 2 sample(s) can be used:\n  /p.png does not exist.\n  strange: words",
         "2 个样本全部不可用：\n  /p.png 不存在。\n  strange: words"),
        ("'Conv_a' is no layer of this network (did you mean 'b' or 'c'?); what the cfg says of it "
         "has no effect here and stays in the file.",
         "网络中没有层 'Conv_a'（是否指 'b' or 'c'？）；cfg 中与它有关的内容在这里不起作用，"
         "但会保留在文件中。"),
        ("'x' is no layer of this network; what the cfg says of it has no effect here and stays in "
         "the file.",
         "网络中没有层 'x'；cfg 中与它有关的内容在这里不起作用，但会保留在文件中。"),
        ("/a.cfg, line 3, column 5: 'b' is there twice, first in line 2; keep one of the two.",
         "/a.cfg，第 3 行第 5 列：'b' 出现了两次，第一次在第 2 行；请只保留一个。"),
        ("/a.cfg, line 5, column 2: this is not YAML (mapping values are not allowed here); a "
         "space is missing after the colon: write 'c: float32' in line 5.",
         "/a.cfg，第 5 行第 2 列：不是有效的 YAML（mapping values are not allowed here）；"
         "见第 5 行：冒号后缺少空格，应写成“c: float32”。"),
        ("line 5, column 24: layer 'a' has the unknown type 'int16'; choose one of b.",
         "第 5 行第 24 列：层 'a' 的类型 'int16' 无法识别；可选 b。"),
        ("line 5, column 24: layer 'a' has the unknown type 'in' (did you mean 'x'?); choose one "
         "of b.", "第 5 行第 24 列：层 'a' 的类型 'in' 无法识别（是否指 'x'？）；可选 b。"),
        ("None of the 1 sample(s) can be used:\n  /d.txt, line 2: there is no file a.png in /d; "
         "correct the name.", "1 个样本全部不可用：\n  /d.txt 第 2 行：/d 中没有文件 a.png；"
         "请更正文件名。"),
        ("  stem, head: padding that differs between the sides was never seen",
         "  stem, head：从未见过两侧不对称的填充"),
        ("A sentence nobody translated.", "A sentence nobody translated."),
        ("a: b", "a: b"),
    ],
)  # fmt: skip
def test_sentences_are_said_in_chinese_with_what_was_filled_in(chinese, said, shown):
    assert error_words(said) == shown


def test_bar_and_log_speak_chinese_and_follow_the_language(window, tmp_path, qtbot):
    window.actions_by_id.by_id["language_zh_CN"].trigger()
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"no model at all")
    drop(window, [wrong])
    qtbot.waitUntil(lambda: bool(notices(window)))
    (notice,) = window.notices.notices
    assert "不是 ONNX 文件" in notice.shown_text
    assert "不是 ONNX 文件" in window.docks.log.text
    window.actions_by_id.by_id["language_en"].trigger()
    qtbot.waitUntil(lambda: "is not an ONNX file" in window.docks.log.text)
    assert "is not an ONNX file" in notice.shown_text

"""The report on findings: both languages say the same things with the same numbers."""

from __future__ import annotations

import re

import pytest

from rkviz.analyse.finding import Finding
from rkviz.analyse.finding_texts import TEXTS
from rkviz.formats.report_finding_words import CHINESE, finding_text
from rkviz.formats.report_search import findings_section
from rkviz.formats.report_words import Words


def fields(*patterns: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", " ".join(patterns)))


@pytest.mark.parametrize("rule", TEXTS)
def test_every_rule_speaks_chinese_with_the_same_numbers(rule: str) -> None:
    english, chinese = TEXTS[rule], CHINESE[rule]
    assert fields(chinese.sentence) == fields(english.sentence)
    assert fields(chinese.advice) == fields(english.advice)
    assert chinese.sentence.endswith("。")
    assert chinese.advice.endswith("。")


def test_no_chinese_text_is_left_over() -> None:
    assert CHINESE.keys() == TEXTS.keys()


def test_findings_are_written_with_names_made_harmless() -> None:
    finding = Finding("<b>conv</b>", "large-kernel", {"kernel": "13x13", "largest": 11})
    english = findings_section({"conv": (finding,)}, Words("en"))
    assert "&lt;b&gt;conv" in english
    assert "13x13" in english
    assert "卷积核 13x13" in findings_section({"conv": (finding,)}, Words("zh_CN"))
    assert findings_section({}, Words("en")) == ""
    assert finding_text(finding, "en") == f"{finding.sentence} {finding.advice}"

"""What the program said, to read again."""

from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QApplication

from rkviz.gui.jobs import Job
from rkviz.gui.language import apply_language
from rkviz.gui.panels.log import KEPT, LogPanel
from rkviz.gui.session import Session


@pytest.fixture
def log(qtbot, nothing_open: Session) -> LogPanel:
    log = LogPanel(nothing_open)
    qtbot.addWidget(log)
    return log


def test_messages_stand_with_level_and_details(log: LogPanel, nothing_open: Session) -> None:
    nothing_open.message.emit("error", "Two pictures are missing:\na.jpg\nb.jpg")
    assert "Error  Two pictures are missing:" in log.text
    assert "    b.jpg" in log.text
    assert log.entries[0].level == "error"


def test_the_level_hides_and_does_not_forget(log: LogPanel) -> None:
    for level in ("info", "warning", "error"):
        log.add(level, f"this is {level}")
    log.set_level("warning")
    assert "this is info" not in log.text
    assert "this is error" in log.text
    log.set_level("info")
    assert "this is info" in log.text


def test_work_that_was_asked_for_is_told_with_its_time(log, nothing_open, qtbot):
    runner = nothing_open.runner
    for title in ("Exporting", ""):
        with qtbot.waitSignal(runner.ended):
            runner.submit(Job("test", title, lambda _progress, _publish: None))
    assert re.fullmatch(r"Exporting: done in \d+\.\d s", log.entries[0].text)
    assert len(log.entries) == 1, "nobody asked for the other"


def test_everything_can_be_copied_and_cleared(log: LogPanel) -> None:
    log.add("info", "first")
    log.add("info", "second")
    log.copy()
    assert "first" in QApplication.clipboard().text()
    assert "second" in QApplication.clipboard().text()
    log.clear()
    assert log.text == ""
    assert log.entries == ()


def test_it_does_not_grow_for_ever(log: LogPanel) -> None:
    for number in range(KEPT + 1):
        log.add("info", f"message {number}.")
    assert len(log.entries) <= KEPT
    assert "message 0." not in log.text
    assert f"message {KEPT}." in log.text
    assert log.text.count("message") == len(log.entries)


def test_markup_is_text(log: LogPanel) -> None:
    log.add("warning", "<b>bold</b> &amp;")
    assert "<b>bold</b> &amp;" in log.text


def test_the_level_is_a_word_in_both_languages(qapp: QApplication, log: LogPanel) -> None:
    log.add("warning", "x")
    apply_language(qapp, "zh_CN")
    QApplication.sendPostedEvents()
    assert "警告" in log.text

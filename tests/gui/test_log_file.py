"""The log tells what happened, stays small, and is shared by several windows."""

from __future__ import annotations

import errno
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

import rkviz
from rkviz import places
from rkviz.gui import log_file
from rkviz.gui.log_file import SharedLogFile, start_log


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(log_file, "_LARGEST", 400)
    return tmp_path / "rkviz.log"


def say(handler: SharedLogFile, text: str) -> None:
    handler.emit(logging.LogRecord("rkviz", logging.ERROR, "", 0, text, None, None))


def test_every_line_carries_the_version(monkeypatch):
    added = []
    monkeypatch.setattr(log_file._log, "addHandler", added.append)
    start_log()
    say(added[0], "went wrong")
    added[0].close()
    text = places.log_file().read_text(encoding="utf-8")
    assert f"[rkviz {rkviz.__version__}, Python 3." in text
    assert text.endswith("ERROR rkviz: went wrong\n")


def test_a_quiet_start_makes_no_file(monkeypatch):
    monkeypatch.setattr(log_file._log, "addHandler", lambda _handler: None)
    start_log()
    assert not places.log_file().exists()


def test_it_never_holds_more_than_two_small_files(file):
    handler = SharedLogFile(file)
    for number in range(100):
        say(handler, f"line {number} " + "x" * 40)
    handler.close()
    assert sorted(path.name for path in file.parent.iterdir()) == ["rkviz.log", "rkviz.log.1"]
    assert all(path.stat().st_size <= 400 for path in file.parent.iterdir())
    assert "line 99 " in file.read_text(encoding="utf-8")


def test_two_windows_write_to_the_same_file_also_after_it_was_rotated(file):
    one, other = SharedLogFile(file), SharedLogFile(file)
    say(one, "first")
    say(other, "second")
    for number in range(12):
        say(one, f"one {number} " + "x" * 40)
    say(other, "other again")
    text = file.read_text(encoding="utf-8")
    assert "other again" in text
    assert "one 11 " in text
    one.close()
    other.close()


def test_a_file_that_cannot_be_renamed_goes_on(file, monkeypatch):
    def refuse(_self, _source, _target):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(RotatingFileHandler, "rotate", refuse)
    handler = SharedLogFile(file)
    for number in range(20):
        say(handler, f"line {number} " + "x" * 40)
    handler.close()
    assert "line 19 " in file.read_text(encoding="utf-8")


def test_what_cannot_be_written_is_lost_without_a_word(file, capsys):
    file.mkdir()
    handler = SharedLogFile(file)
    say(handler, "nobody will read this")
    handler.close()
    assert capsys.readouterr() == ("", "")

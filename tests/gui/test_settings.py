"""Settings survive a restart, and a damaged file costs nothing but the memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from rkviz.gui.settings import Settings


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "rkviz.ini"


def test_what_is_set_is_there_after_a_restart(file):
    first = Settings(file)
    first.language, first.theme, first.live = "zh_CN", "dark", False
    first.add_recent_file(Path("/models/a.onnx"))
    first.keep_layout("docks", b"\x00\xff bytes")
    first.write()
    second = Settings(file)
    assert (second.language, second.theme, second.live) == ("zh_CN", "dark", False)
    assert second.recent_files == (Path("/models/a.onnx"),)
    assert second.layout("docks") == b"\x00\xff bytes"


def test_the_first_start_follows_the_system(file):
    fresh = Settings(file)
    assert (fresh.language, fresh.theme, fresh.live) == ("", "system", True)
    assert fresh.recent_files == ()
    assert fresh.layout("docks") == b""


def test_recent_files_have_the_latest_first_each_once_and_not_too_many(file):
    settings = Settings(file)
    for number in range(14):
        settings.add_recent_file(Path(f"/m/{number}.onnx"))
    settings.add_recent_file(Path("/m/8.onnx"))
    names = [path.stem for path in settings.recent_files]
    assert names == ["8", "13", "12", "11", "10", "9", "7", "6", "5", "4"]


def test_names_of_every_language_come_back_unchanged(file):
    settings = Settings(file)
    path = Path('/模型/a, b; [c] = "d" %20 & é.onnx')
    settings.add_recent_file(path)
    settings.write()
    assert Settings(file).recent_files == (path,)


def test_two_windows_keep_what_each_of_them_set(file):
    one, other = Settings(file), Settings(file)
    one.theme, other.language = "dark", "zh_CN"
    one.add_recent_file(Path("/m/one.onnx"))
    one.write()
    other.add_recent_file(Path("/m/other.onnx"))
    other.write()
    again = Settings(file)
    assert (again.theme, again.language) == ("dark", "zh_CN")
    assert again.recent_files == (Path("/m/other.onnx"), Path("/m/one.onnx"))


@pytest.mark.qt_log_ignore("QVariant::load: unknown user type")
@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02\xff\xfe garbage",
        b"[General]\nlanguage=klingon\ntheme=\nlive=7\nrecent_files={\n",
        b'[General]\nlanguage=a, b\ntheme=@ByteArray(dark)\nrecent_files=[1, null, "\\0"]\n',
        b"[General]\nrecent_files=" + b"[" * 100_000 + b"\n[layout]\ndocks=%%%\n",
        b"[layout]\ndocks=@Variant(\\0\\0\\0\\x7f)\n",
    ],
)
def test_a_damaged_file_reads_as_a_first_start(file, content):
    file.write_bytes(content)
    damaged = Settings(file)
    assert (damaged.language, damaged.theme, damaged.live) == ("", "system", True)
    assert damaged.recent_files == ()
    assert damaged.layout("docks") == b""
    damaged.theme = "light"
    assert damaged.theme == "light"

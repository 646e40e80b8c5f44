"""A file is replaced as a whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import pytest

from rkviz.atomic import write_atomically
from rkviz.errors import FormatError, ProjectError


def test_writes_text_as_utf8_and_bytes_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "量化 配置.cfg"
    write_atomically(path, "名字\r\n", FormatError)
    assert path.read_bytes() == "名字\r\n".encode()
    write_atomically(path, b"\x00\xff", FormatError)
    assert path.read_bytes() == b"\x00\xff"


def test_nothing_but_the_file_is_left_in_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.cfg"
    write_atomically(path, "1", FormatError)
    write_atomically(path, "2", FormatError)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.cfg"]


def test_a_full_disk_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.cfg"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectError, match=r"a\.cfg cannot be written: the disk is full; free"):
        write_atomically(path, "new", ProjectError)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.cfg"]


def test_a_failing_rename_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(FormatError, match="close the program that has the file open"):
        write_atomically(tmp_path / "a.cfg", "new", FormatError)
    assert list(tmp_path.iterdir()) == []


def test_a_protected_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.cfg"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda target, mode: False)
    with pytest.raises(FormatError, match="not permitted"):
        write_atomically(path, "new", FormatError)
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing/a.cfg", "its folder does not exist"),
        ("file/a.cfg", "its folder does not exist"),
        (".", "it is a folder"),
        ("x" * 300, "the name is too long"),
        ("nul\0.cfg", "no file name may hold that character"),
    ],
)
def test_impossible_names_are_told_in_a_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(FormatError, match=sentence):
        write_atomically(tmp_path / name, "text", FormatError)


def test_text_that_no_encoding_knows_is_refused_before_writing(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="rename what carries it"):
        write_atomically(tmp_path / "a.cfg", "bad \udc80 name", FormatError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")
def test_permissions_and_links_survive(tmp_path: Path) -> None:
    path, link = tmp_path / "a.cfg", tmp_path / "link.cfg"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_atomically(link, "new", FormatError)
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640

"""Text files come in the encodings people's editors write."""

from pathlib import Path

import pytest

from rkviz.errors import DatasetError
from rkviz.textfile import read_encoded, read_readings, read_text

TEXT = "图片/猫 1.jpg\r\n狗.jpg\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert read_text(path, DatasetError, 1 << 20) == TEXT
    text, found = read_encoded(path, DatasetError, 1 << 20)
    assert text.encode(found) == path.read_bytes()


def test_bytes_of_no_encoding_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"a.jpg\n\xff\xff\xff\n")
    with pytest.raises(DatasetError, match=r"list\.txt, line 2: this is neither UTF-8 nor GBK"):
        read_text(path, DatasetError, 1 << 20)


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(DatasetError, match=r"larger than 1 MiB"):
        read_text(path, DatasetError, 1 << 20)
    path.write_bytes(b"x" * (1 << 20))
    assert len(read_text(path, DatasetError, 1 << 20)) == 1 << 20


@pytest.mark.parametrize("name", ["missing.txt", ".", "nul\0.txt"])
def test_what_is_no_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_text(tmp_path / name, DatasetError, 1 << 20)


def test_gbk_that_could_be_utf8_is_given_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("校准".encode("gbk"))
    readings = read_readings(path, DatasetError, 1 << 20)
    assert len(readings) == 2
    assert readings[1] == "校准"
    path.write_bytes(b"plain.jpg")
    assert read_readings(path, DatasetError, 1 << 20) == ("plain.jpg",)

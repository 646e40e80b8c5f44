"""The bytes of an .rknn file: taken apart and packed again they are the same; lies are refused."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.errors import FormatError
from rkviz.formats.rknn_container import (
    Container,
    container_of,
    is_rknn,
    pack,
    read_container,
    unpack,
    write_container,
)
from tests.rknn_files import every_operation, tiny


def test_the_layout_is_magic_version_body_and_json() -> None:
    data = pack(container_of({"a": [1, 0.5]}, b"body"))
    assert data == (
        b"RKNN\0\0\0\0" + struct.pack("<QQ", 1, 4) + b"body" + struct.pack("<Q", 15)
        + b'{"a": [1, 0.5]}'
    )  # fmt: skip


def test_a_file_is_the_same_after_reading_and_writing_it(tmp_path: Path) -> None:
    path = tmp_path / "net.rknn"
    path.write_bytes(every_operation().data())
    container = read_container(path)
    write_container(container, tmp_path / "copy.rknn")
    assert (tmp_path / "copy.rknn").read_bytes() == path.read_bytes()
    assert container_of(container.description, container.body).text == container.text


@given(st.binary(), st.binary(), st.binary(), st.sampled_from([1, 2]))
def test_packing_is_the_inverse_of_unpacking(
    body: bytes, text: bytes, rest: bytes, version: int
) -> None:
    taken = unpack(pack(Container(body, text, version, rest)))
    assert (taken.body, taken.text, taken.version, taken.rest) == (body, text, version, rest)


def test_a_file_cut_off_anywhere_says_so() -> None:
    data = tiny().data()
    for length in range(len(data)):
        with pytest.raises(FormatError, match=r"cut off|does not begin"):
            unpack(data[:length])


def test_a_length_beyond_the_file_is_named_with_its_place() -> None:
    data = bytearray(tiny().data())
    data[16:24] = struct.pack("<Q", (1 << 64) - 1)
    with pytest.raises(FormatError, match=r"net is cut off: at byte 16 .* constants 184467"):
        unpack(bytes(data), "net")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not JSON"),
        (b"[1]", "not a table"),
        (b"\xff\xfe", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
        (b'{"a": ' + (b'{"a": ' + b" " * 40) * 100_000, "not JSON"),
        (b'{"a": [' + b"[]," * 100_000 + b"1]}", "heap of empty lists"),
    ],
)
def test_a_description_that_is_none_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        _ = Container(b"", text).description


def test_a_zero_behind_the_description_is_tolerated_and_kept() -> None:
    data = pack(Container(b"", b'{"a": 1}\0'))
    assert unpack(data).description == {"a": 1}
    assert pack(unpack(data)) == data


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "net.rknn"
    assert not is_rknn(path)
    path.write_bytes(b"RKNN\x01\0\0\0")
    assert not is_rknn(path)
    with pytest.raises(FormatError, match="does not begin"):
        read_container(path)
    path.write_bytes(tiny().data())
    assert is_rknn(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read: No such file"):
        read_container(tmp_path / "net.rknn")


def test_another_version_is_refused() -> None:
    data = bytearray(tiny().data())
    data[8] = 7
    with pytest.raises(FormatError, match="version 7"):
        unpack(bytes(data))

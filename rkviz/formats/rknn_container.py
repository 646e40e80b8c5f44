"""The bytes of an `.rknn` file of RKNN-Toolkit 1.x: a body of constants and a JSON description.

    8 bytes   "RKNN" and four zeros
    u64       1, or 2 with descriptions of custom operators behind the JSON
    u64, body      constants; begins with "VPMN" where the network is compiled already
    u64, JSON      everything else, in ASCII

All numbers are little-endian. Written from observation: packing what was taken apart gives the
same bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn, cast

from rkviz.atomic import write_atomically
from rkviz.errors import FormatError

MAGIC = b"RKNN\0\0\0\0"
_VERSIONS = (1, 2)
_LENGTH = struct.Struct("<Q")
_LARGEST_FILE = 1 << 31
_LEAST_BYTES_PER_LIST = 32
"""A description with more brackets than one in so many bytes would take much more memory than
the file; real ones have one in 64."""
_FREE_LISTS = 64


@dataclass(frozen=True, eq=False)
class Container:
    """One file taken apart. `text` is the JSON as it stands there, `rest` what follows it."""

    body: bytes
    text: bytes
    version: int = 1
    rest: bytes = b""
    where: str = "the file"

    @cached_property
    def description(self) -> Mapping[str, object]:
        """The JSON as plain values; raises FormatError."""
        return _parsed(self.text, self.where)


def container_of(description: Mapping[str, object], body: bytes) -> Container:
    """A version-1 file: JSON as Python writes it by default, as the toolkit's is."""
    return Container(body, json.dumps(description).encode("ascii"))


def unpack(data: bytes, where: str = "the file") -> Container:
    """Take `data` apart; `where` names it in errors.

    Every length is held against the data before anything is taken. Raises FormatError.
    """
    if not data.startswith(MAGIC):
        raise FormatError(
            f"{where} is no .rknn file of RKNN-Toolkit 1.x: it does not begin with 'RKNN' and "
            "four zeros."
        )
    version = _number(data, 8, where)
    if version not in _VERSIONS:
        raise FormatError(
            f"{where} is an .rknn file of version {version}; rkviz reads version 1, which "
            "RKNN-Toolkit 1.x writes for RV1126, RV1109 and RK1808."
        )
    body_end = _end_of(data, 16, "the constants", where)
    text_end = _end_of(data, body_end, "the description", where)
    return Container(
        body=data[24:body_end],
        text=data[body_end + 8 : text_end],
        version=version,
        rest=data[text_end:],
        where=where,
    )


def pack(container: Container) -> bytes:
    """The bytes of the file; the inverse of `unpack`."""
    return b"".join(
        (
            MAGIC,
            _LENGTH.pack(container.version),
            _LENGTH.pack(len(container.body)),
            container.body,
            _LENGTH.pack(len(container.text)),
            container.text,
            container.rest,
        )
    )


def is_rknn(path: Path) -> bool:
    """Whether the file begins like an `.rknn` file; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def read_container(path: Path) -> Container:
    """Read and take apart a file; raises FormatError."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise FormatError(f"{path} is larger than 2 GB, more than any network for this chip.")
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    return unpack(data, str(path))


def write_container(container: Container, path: Path) -> None:
    """Write the file, all or nothing; raises FormatError."""
    write_atomically(path, pack(container), FormatError)


def _number(data: bytes, offset: int, where: str) -> int:
    if offset + _LENGTH.size > len(data):
        raise FormatError(
            f"{where} is cut off: at byte {offset} a length of 8 bytes should stand, the file "
            f"ends at byte {len(data)}; copy it again."
        )
    return int(_LENGTH.unpack_from(data, offset)[0])


def _end_of(data: bytes, offset: int, what: str, where: str) -> int:
    """Where the block ends whose length stands at `offset`."""
    length = _number(data, offset, where)
    end = offset + _LENGTH.size + length
    if end > len(data):
        raise FormatError(
            f"{where} is cut off: at byte {offset} it gives {what} {length} bytes, the file has "
            f"{len(data) - offset - _LENGTH.size} left; copy it again."
        )
    return end


def _parsed(text: bytes, where: str) -> Mapping[str, object]:
    lists = text.count(b"[") + text.count(b"{")
    if lists > len(text) // _LEAST_BYTES_PER_LIST + _FREE_LISTS:
        raise FormatError(f"{where}: its description is no network but a heap of empty lists.")
    try:
        # Some files end their text with a zero, as C does.
        parsed = json.loads(text.rstrip(b"\0").decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise FormatError(f"{where}: its description is not JSON ({reason}).") from None
    if not isinstance(parsed, dict):
        raise FormatError(f"{where}: its description is not a table of names and values.")
    return cast(dict[str, object], parsed)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")

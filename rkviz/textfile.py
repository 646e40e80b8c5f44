"""Reading text files made by strangers: by size first, then by encoding."""

from __future__ import annotations

import codecs
from pathlib import Path

from rkviz.errors import RkvizError


def read_text(path: Path, error: type[RkvizError], largest: int) -> str:
    """The text of `path`: UTF-8 with or without a mark, UTF-16 with one, or else GB18030 (GBK).

    Line ends are kept. Raises `error` when the file is missing, larger than `largest` bytes or
    in none of these encodings.
    """
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        raise error(f"{path} cannot be read: {reason}.") from None
    if len(data) > largest:
        raise error(
            f"{path} is larger than {largest >> 20} MiB, which no such file needs; "
            "choose the right file."
        )
    try:
        return decode_text(data)
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise error(
            f"{path}, line {line}: this is neither UTF-8 nor GBK text; choose the right file, or "
            "save it as UTF-8."
        ) from None


def decode_text(data: bytes) -> str:
    """`data` as text (see `read_text`); raises UnicodeDecodeError."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")

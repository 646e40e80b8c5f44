"""Reading text files made by strangers: by size first, then by encoding."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from rkviz.errors import RkvizError


def read_text(path: Path, error: type[RkvizError], largest: int) -> str:
    """The likeliest of `read_readings`."""
    return read_readings(path, error, largest)[0]


def read_encoded(path: Path, error: type[RkvizError], largest: int) -> tuple[str, str]:
    """The likeliest text of `path` and the encoding that gives its bytes back, mark included."""
    return _readings(path, error, largest)[0]


def read_readings(path: Path, error: type[RkvizError], largest: int) -> tuple[str, ...]:
    """The possible texts of `path`, the likeliest first; line ends are kept.

    UTF-16 with a mark; otherwise UTF-8 with or without one, or GB18030 (GBK). Short Chinese names
    in GBK can be valid UTF-8 of other characters: then both are given, and the caller who knows
    what the text should say decides. Raises `error` when the file is missing, larger than
    `largest` bytes or in none of these encodings.
    """
    return tuple(text for text, _ in _readings(path, error, largest))


def _readings(path: Path, error: type[RkvizError], largest: int) -> list[tuple[str, str]]:
    """The possible texts, each with its encoding."""
    try:
        with path.open("rb") as file:
            # read() takes the memory it is asked for before it knows how much there is
            data = file.read(min(largest, os.fstat(file.fileno()).st_size) + 1)
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        raise error(f"{path} cannot be read: {reason}.") from None
    if len(data) > largest:
        raise error(
            f"{path} is larger than {largest >> 20} MiB, which no such file needs; "
            "choose the right file."
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    elif data.startswith(codecs.BOM_UTF8):
        encodings = ("utf-8-sig",)
    else:
        encodings = ("utf-8",) if data.isascii() else ("utf-8", "gb18030")
    readings: list[tuple[str, str]] = []
    stopped_at = 0
    for encoding in encodings:
        try:
            readings.append((data.decode(encoding), encoding))
        except UnicodeDecodeError as cause:
            stopped_at = max(stopped_at, cause.start)
    if not readings:
        line = data.count(b"\n", 0, stopped_at) + 1
        raise error(
            f"{path}, line {line}: this is neither UTF-8 nor GBK text; choose the right file, or "
            "save it as UTF-8."
        )
    return readings

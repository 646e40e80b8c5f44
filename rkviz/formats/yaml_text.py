"""Texts and plain values written so that any reader of YAML 1.2 gives them back."""

from __future__ import annotations

import re

from rkviz.errors import FormatError
from rkviz.formats.yaml_tree import Plain

# A reader of YAML need not accept a longer name in front of a colon.
_LONGEST_NAME = 1000
_YAML_WORDS = frozenset(
    {"None", "none", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"}
)
_ESCAPES = {'"': '\\"', "\\": "\\\\"}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def double_quoted(text: str) -> str:
    """`text` in double quotes; what a terminal could not show is escaped."""
    return '"' + "".join(_ESCAPES.get(char) or _shown(char) for char in text) + '"'


def single_quoted(text: str) -> str:
    """`text` in single quotes as the toolkit writes keys, unless only double ones can hold it."""
    if any(_shown(char) != char for char in text):
        return double_quoted(text)
    return "'" + text.replace("'", "''") + "'"


def _shown(char: str) -> str:
    return char if char.isprintable() else f"\\U{ord(char):08X}"


def key_text(quoted: str) -> str:
    """`quoted` where it may stand in front of a colon; raises FormatError when it is too long."""
    if len(quoted) > _LONGEST_NAME:
        raise FormatError(
            f"The name {quoted[:60]}... is too long for a cfg ({len(quoted)} characters); rename "
            "the layer in the model."
        )
    return quoted


def flow(value: Plain) -> str:
    """`value` on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return double_quoted(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return (
        "{" + ", ".join(f"{key_text(double_quoted(k))}: {flow(v)}" for k, v in value.items()) + "}"
    )


def word(text: str) -> str:
    """`text` as it is where YAML reads it as that text, quoted otherwise."""
    spelt = _WORD.fullmatch(text) and text not in _YAML_WORDS
    return text if spelt else double_quoted(text)

"""YAML from strangers as a tree of texts with their places; nothing in it is constructed or run."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rkviz.errors import FormatError

_DEEPEST = 12
_FREE_PARTS = 2000
_LEAST_BYTES_PER_ENTRY = 32
_LEAST_BYTES_PER_PART = 64
"""A text of nothing but commas would take a hundred times its size; a toolkit's file has 40 bytes
and more for an entry, and what is kept of the rest is short."""
_ENTRY_DEPTH = 3
"""The document, its table, a table in that."""
_DAMAGED = (ValueError, OverflowError, IndexError, TypeError, AttributeError, AssertionError)
"""What the parser raises on damaged escapes and directives, besides its own errors."""
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {word: word[0] in "tT" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_INDENTING_TAB = re.compile(r"^(?P<before>[^\S\n\t]*)\t", re.MULTILINE)
_COLON_WITHOUT_SPACE = re.compile(r"^\s*(?P<name>\S+):(?P<type>[A-Za-z_]+[-_a-z0-9]*)\s*(#.*)?$")

Plain = bool | int | float | str | tuple["Plain", ...] | dict[str, "Plain"] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


Span = tuple[int, int]
"""Where something stands in the text, from the first character to behind the last; an absent value
stands behind the colon of its name."""


@dataclass(frozen=True, slots=True)
class Scalar:
    place: Place
    text: str
    quoted: bool = False
    span: Span = field(default=(0, 0), compare=False)

    @property
    def is_null(self) -> bool:
        return not self.quoted and self.text in _NULLS

    def plain(self) -> bool | int | float | str | None:
        """The value by the core rules of YAML 1.2; numbers beyond all measure stay text."""
        if self.quoted:
            return self.text
        if self.is_null:
            return None
        if self.text in _BOOLS:
            return _BOOLS[self.text]
        number = number_in(self.text)
        return self.text if number is None else number


@dataclass(frozen=True, slots=True)
class Items:
    place: Place
    items: tuple[Tree, ...]
    span: Span = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Entries in the order of the file; no name occurs twice."""

    place: Place
    entries: tuple[tuple[Scalar, Tree], ...]
    span: Span = field(default=(0, 0), compare=False)
    is_flow: bool = field(default=False, compare=False)
    """Whether it is written in braces."""


Tree = Scalar | Items | Table
Take = Callable[[Scalar, Scalar, Tree], bool]
"""Is given an entry with the name of its table, and says whether it has taken it."""


def number_in(text: str) -> int | float | None:
    """The finite number `text` spells, or None."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _REAL.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    return None


def plain(tree: Tree) -> Plain:
    """`tree` as None, bool, int, float, str, tuples and dicts."""
    if isinstance(tree, Scalar):
        return tree.plain()
    if isinstance(tree, Items):
        return tuple(plain(item) for item in tree.items)
    return {name.text: plain(value) for name, value in tree.entries}


def parse_yaml(text: str, source: str, take: Take | None = None) -> Tree:
    """The only document in `text`.

    `take` gets the entries of the tables in the document's own table as they are read, with the
    table's name; what it takes is not in the tree, so that a large file needs little memory. A
    `%YAML` line may stand without the `---` the standard asks for. Anchors, aliases and tags, with
    which a small file can grow without bounds or name classes, are refused. Raises
    FormatError with `source`, line and column.
    """
    _refuse_tabs(text, source)
    # Blanked, not removed: lines keep their numbers.
    body = re.sub(r"\A(\ufeff?)%YAML[^\r\n]*", r"\1", text)
    try:
        events = YAML(typ="safe", pure=True).parse(body)
        return _build(events, source, len(text) - len(body), take, len(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        what = str(error.problem or "it cannot be read")
        if "'\\t'" in what:
            what = "a tab where only spaces may stand"
        raise FormatError(
            f"{source}, {place}: this is not YAML ({what}){_hint(text, place.line)}."
        ) from None
    except (YAMLError, *_DAMAGED) as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        raise FormatError(
            f"{source}, line {line}, column 1: this is not YAML (a character or escape that it "
            "does not allow); save the file as plain text."
        ) from None


def _refuse_tabs(text: str, source: str) -> None:
    found = _INDENTING_TAB.search(text)
    if found is not None:
        place = Place(text.count("\n", 0, found.start()) + 1, len(found["before"]) + 1)
        raise FormatError(
            f"{source}, {place}: the line is indented with a tab; YAML takes only spaces."
        )


class _Open:
    """A list or table whose end has not been seen yet."""

    def __init__(self, place: Place, is_table: bool, start: int, is_flow: bool) -> None:
        self.place, self.is_table = place, is_table
        self.start, self.is_flow = start, is_flow
        self.children: list[Tree] = []
        self.first_line: dict[str, int] = {}

    def add(self, child: Tree, source: str) -> None:
        if self.awaits_name:
            self._check_name(child, source)
        if isinstance(child, Scalar) and not child.quoted and not child.text:
            # An absent value is reported where the next thing begins, maybe lines below.
            before = (self.children[-1].span[1] if self.children else self.start) + 1
            child = Scalar(child.place, "", span=(before, before))
        self.children.append(child)

    def _check_name(self, name: Tree, source: str) -> None:
        if not isinstance(name, Scalar):
            raise FormatError(f"{source}, {name.place}: a name is expected here, not a list.")
        if name.text in self.first_line:
            raise FormatError(
                f"{source}, {name.place}: {name.text!r} is there twice, first in line "
                f"{self.first_line[name.text]}; keep one of the two."
            )
        self.first_line[name.text] = name.place.line

    @property
    def awaits_name(self) -> bool:
        """Whether a table is between two entries."""
        return self.is_table and len(self.children) % 2 == 0

    def close(self, end: int) -> Items | Table:
        # The end of a block is reported only where the next thing begins, behind all comments.
        if not self.is_flow and self.children:
            end = max(child.span[1] for child in self.children)
        span = self.start, end
        if not self.is_table:
            return Items(self.place, tuple(self.children), span)
        names = (child for child in self.children[::2] if isinstance(child, Scalar))
        entries = tuple(zip(names, self.children[1::2], strict=True))
        return Table(self.place, entries, span, self.is_flow)


class _Measure:
    """Hands entries to `take` and counts what stays in memory of a text of `size` characters."""

    def __init__(self, take: Take, size: int, source: str) -> None:
        self.take, self.size, self.source = take, size, source
        self.parts = self.entries = self.before_entry = 0

    def added(self, stack: list[_Open], place: Place) -> None:
        """Something was added to the last of `stack`; raises FormatError when it is too much."""
        self.parts += 1
        if len(stack) == _ENTRY_DEPTH and stack[-1].is_table:
            self._entry(stack[-2].children, stack[-1])
        if (
            self.parts > _FREE_PARTS + self.size // _LEAST_BYTES_PER_PART
            or self.entries > _FREE_PARTS + self.size // _LEAST_BYTES_PER_ENTRY
        ):
            raise FormatError(
                f"{self.source}, {place}: this is a heap of short values, no file of the "
                "toolkit's; choose the right file."
            )

    def _entry(self, above: list[Tree], table: _Open) -> None:
        if not table.awaits_name:
            self.before_entry = self.parts - 1
            return
        name, value = table.children[-2:]
        if not (above and isinstance(above[-1], Scalar) and isinstance(name, Scalar)):
            return
        if self.take(above[-1], name, value):
            del table.children[-2:]
            self.parts = self.before_entry
            self.entries += 1


def _build(events: Iterator[Event], source: str, shift: int, take: Take | None, size: int) -> Tree:
    """The tree of `events`, without recursion: depth is the file's choice, not ours.

    `shift` characters of the text, `size` long, were taken out in front of what was parsed.
    """
    root = _Open(Place(1, 1), is_table=False, start=0, is_flow=False)
    stack = [root]
    measure = _Measure(take, size, source) if take is not None else None
    documents = 0
    for event in events:
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        start, end = _offset(event.start_mark) + shift, _offset(event.end_mark) + shift
        if isinstance(event, NodeEvent):
            _refuse_machinery(event, place, source)
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise FormatError(
                    f"{source}, {place}: a second document begins; remove the `---` in front of it."
                )
        elif isinstance(event, ScalarEvent):
            quoted = event.style is not None
            stack[-1].add(Scalar(place, str(event.value), quoted, (start, end)), source)
            if measure is not None:
                measure.added(stack, place)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(stack) > _DEEPEST:
                raise FormatError(
                    f"{source}, {place}: lists and tables are nested more than {_DEEPEST} deep; "
                    "choose the right file."
                )
            is_table, is_flow = isinstance(event, MappingStartEvent), bool(event.flow_style)
            stack.append(_Open(place, is_table, start, is_flow))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            closed = stack.pop().close(end)
            stack[-1].add(closed, source)
            if measure is not None:
                measure.added(stack, place)
    return root.children[0] if root.children else Scalar(Place(1, 1), "")


def _offset(mark: object) -> int:
    index = getattr(mark, "index", 0)
    return index if isinstance(index, int) else 0


def _refuse_machinery(event: NodeEvent, place: Place, source: str) -> None:
    if isinstance(event, AliasEvent) or event.anchor is not None:
        raise FormatError(
            f"{source}, {place}: anchors (&) and aliases (*) are not used in such files; write the "
            "values out, or quote the name."
        )
    if getattr(event, "tag", None) is not None:
        raise FormatError(
            f"{source}, {place}: tags (!) are not used in such files; remove it, or quote the name."
        )


def _hint(text: str, line: int) -> str:
    """What was probably meant, judged by the line of an error and the one before it."""
    for number in (line, line - 1):
        written = _line(text, number)
        slip = _COLON_WITHOUT_SPACE.match(written)
        if slip:
            return f"; {missing_space(slip['name'], slip['type'])} in line {number}"
        if written.lstrip().startswith("@"):
            return f"; put the name in line {number} into quotes"
    return ""


def _line(text: str, number: int) -> str:
    """The line `number`, counted from 1; nothing where there is none."""
    start = 0
    for _ in range(number - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return ""
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


def missing_space(name: str, value: str) -> str:
    """The advice for `name:value` written without a space."""
    return f"a space is missing after the colon: write '{name}: {value}'"

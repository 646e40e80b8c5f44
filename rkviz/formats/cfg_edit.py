"""Changing a `.quantization.cfg` as a careful hand would: only the lines of what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rkviz.errors import FormatError
from rkviz.formats.quantization_cfg import (
    LAYERS,
    PARAMETERS,
    CfgFile,
    CfgTensor,
    parse_cfg,
    tensor_lines,
)
from rkviz.formats.yaml_text import double_quoted, flow, key_text, single_quoted
from rkviz.formats.yaml_tree import Items, Scalar, Table, Tree, parse_yaml, plain
from rkviz.numerics import QuantScheme

_INDENT = "    "
_FIELDS = {
    "max_value": "high", "min_value": "low", "zero_point": "zero_point", "scale": "scale",
    "fl": "fl", "dtype": "dtype", "method": "method", "qtype": "qtype",
}  # fmt: skip


def update_cfg_text(original: str, before: CfgFile, after: CfgFile) -> str:
    """`original`, which says `before`, so changed that it says `after`.

    Header, order, comments, quoting, line ends and every entry that is equal in both stay as they
    are, letter by letter. New layers come behind the last of their table. Raises FormatError when
    the text cannot be edited in place, or when a name is too long for a cfg.
    """
    if before == after:
        return original
    editor = _Editor(original)
    editor.layers(before.customized, after.customized)
    editor.parameters(before.parameters, after.parameters)
    changed = editor.result()
    try:
        reached = parse_cfg(changed, "the changed cfg") == after
    except FormatError:
        reached = False
    if not reached:
        raise FormatError(
            "The cfg is laid out in a way that cannot be changed in place; export without it to "
            "write a new one."
        )
    return changed


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


class _Editor:
    """Collects edits of one text; places are those of the text before any of them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        root = parse_yaml(text, "the cfg")
        self.root = root if isinstance(root, Table) else Table(root.place, (), root.span)
        self.edits: list[_Edit] = []

    def result(self) -> str:
        pieces: list[str] = []
        position = 0
        for edit in sorted(self.edits, key=lambda edit: (edit.start, edit.end)):
            pieces += (self.text[position : edit.start], edit.text)
            position = edit.end
        return "".join((*pieces, self.text[position:]))

    def layers(self, old: Mapping[str, QuantScheme], new: Mapping[str, QuantScheme]) -> None:
        """Edit the table of layers."""
        table = self._table(LAYERS)
        gone = [name for name in old if name not in new]
        added = {name: scheme.value for name, scheme in new.items() if name not in old}
        if isinstance(table, Table):
            for name, value in table.entries:
                kept = new.get(name.text)
                if kept is not None and kept is not old.get(name.text):
                    self._replace(value, kept.value)
            self._remove(table, gone, refill=not added)
        entries = [(key_text(double_quoted(name)), [value]) for name, value in added.items()]
        self._add(LAYERS, table, entries, len(gone) == len(old))

    def parameters(self, old: Mapping[str, CfgTensor], new: Mapping[str, CfgTensor]) -> None:
        """Edit the table of parameters; entries are changed and added, never removed."""
        table = self._table(PARAMETERS)
        if isinstance(table, Table):
            for name, value in table.entries:
                was, now = old.get(name.text), new.get(name.text)
                if was is not None and now is not None and was != now:
                    self._change_tensor(value, was, now)
        entries = [
            (key_text(single_quoted(name)), list(tensor_lines(tensor)))
            for name, tensor in new.items()
            if name not in old
        ]
        self._add(PARAMETERS, table, entries, False)

    def _table(self, name: str) -> Tree | None:
        return next((value for key, value in self.root.entries if key.text == name), None)

    def _replace(self, tree: Tree, text: str) -> None:
        self.edits.append(_Edit(*tree.span, text))

    def _change_tensor(self, tree: Tree, was: CfgTensor, now: CfgTensor) -> None:
        """Put new numbers where the old ones stand; without such places, the whole entry anew."""
        changed = {
            field: getattr(now, name)
            for field, name in _FIELDS.items()
            if getattr(now, name) != getattr(was, name)
        }
        places = dict(_single_values(tree))
        if was.extra == now.extra and all(
            field in places and isinstance(value, int | float) for field, value in changed.items()
        ):
            for field, value in changed.items():
                self._replace(places[field], repr(value))
            return
        lines = list(tensor_lines(now))
        if isinstance(tree, Table) and not tree.is_flow and not self.root.is_flow:
            indent = self._indent_at(tree.span[0])
            self._replace(tree, self._block(lines, indent).lstrip(" "))
        else:
            self._replace(tree, _braces(lines))

    def _remove(self, table: Table, gone: Iterable[str], refill: bool) -> None:
        """Take the entries `gone` out; an emptied table becomes {} if it is to stay empty."""
        names = set(gone)
        if names and all(key.text in names for key, _ in table.entries):
            if table.is_flow:
                self._replace(table, "{}")
                return
            if refill:
                self._put_behind(LAYERS, " {}")
        for position, (key, value) in enumerate(table.entries):
            if key.text not in names:
                continue
            if not table.is_flow:
                start, end = self._whole_lines(key.span[0], value.span[1])
            elif position + 1 < len(table.entries):
                start, end = self._up_to(key, value, table.entries[position + 1][0])
            else:
                last_kept = [v for k, v in table.entries if k.text not in names][-1]
                start, end = last_kept.span[1], value.span[1]
                self.edits = [edit for edit in self.edits if edit.start < start or edit.end > end]
            self.edits.append(_Edit(start, end, ""))

    def _up_to(self, key: Scalar, value: Tree, following: Scalar) -> tuple[int, int]:
        """An entry in braces with its comma: its own lines, or what it has of a line."""
        start, end = key.span[0], following.span[0]
        if "\n" not in self.text[value.span[1] : end]:
            return start, end
        line = self.text.rfind("\n", 0, start) + 1
        if not self.text[line:start].strip():
            return line, self.text.rfind("\n", 0, end) + 1
        comma = self.text.find(",", value.span[1]) + 1
        return start, comma + len(self.text[comma:]) - len(self.text[comma:].lstrip(" "))

    def _add(
        self,
        name: str,
        table: Tree | None,
        entries: list[tuple[str, list[str]]],
        is_emptied: bool,
    ) -> None:
        """New entries (key, lines of its value) behind those of `table`, or a table of them."""
        if not entries:
            return
        filled = isinstance(table, Table) and bool(table.entries)
        if self.root.is_flow or (filled and isinstance(table, Table) and table.is_flow):
            self._add_in_braces(name, table, entries, is_emptied)
        elif filled and isinstance(table, Table):
            indent = self._indent_at(table.entries[0][0].span[0])
            self._insert_lines(table.span[1], self._entries(entries, indent))
        elif table is None:
            text = f"{name}:{self.newline}{self._entries(entries, _INDENT)}"
            self.edits.append(_Edit(self.root.span[0], self.root.span[0], text))
        else:
            start, end = table.span
            if start == end:
                start = end = self._behind_colon(end - 1)
            while start and self.text[start - 1] == " ":
                start -= 1
            self.edits.append(_Edit(start, end, ""))
            self._insert_lines(end, self._entries(entries, _INDENT))

    def _add_in_braces(
        self,
        name: str,
        table: Tree | None,
        entries: list[tuple[str, list[str]]],
        is_emptied: bool,
    ) -> None:
        written = ", ".join(
            f"{key}: {lines[0] if len(lines) == 1 else _braces(lines)}" for key, lines in entries
        )
        if isinstance(table, Table) and table.entries and not is_emptied:
            start = table.span[0] + 1
            self.edits.append(_Edit(start, start, f"{written}, "))
        elif table is None:
            start = self.root.span[0] + 1
            self.edits.append(_Edit(start, start, f"{name}: {{{written}}}, "))
        else:
            self.edits = [edit for edit in self.edits if edit.start != table.span[0]]
            space = "" if self.text[table.span[0] - 1 : table.span[0]] == " " else " "
            self._replace(table, f"{space}{{{written}}}")

    def _entries(self, entries: list[tuple[str, list[str]]], indent: str) -> str:
        written = ""
        for key, lines in entries:
            if len(lines) == 1 and ":" not in lines[0]:
                written += f"{indent}{key}: {lines[0]}{self.newline}"
            else:
                block = self._block(lines, indent + _INDENT)
                written += f"{indent}{key}:{self.newline}{block}{self.newline}"
        return written

    def _block(self, lines: list[str], indent: str) -> str:
        return self.newline.join(indent + line for line in lines)

    def _insert_lines(self, behind: int, lines: str) -> None:
        """Insert whole `lines` below the line in which `behind` stands; a text that ends without
        the end of a line goes on doing so."""
        end = self.text.find("\n", behind)
        if end < 0:
            added = self.newline + lines.removesuffix(self.newline)
            self.edits.append(_Edit(len(self.text), len(self.text), added))
        else:
            self.edits.append(_Edit(end + 1, end + 1, lines))

    def _put_behind(self, name: str, text: str) -> None:
        """Write `text` behind the colon of the key `name`."""
        key = next(key for key, _ in self.root.entries if key.text == name)
        place = self._behind_colon(key.span[1])
        self.edits.append(_Edit(place, place, text))

    def _behind_colon(self, start: int) -> int:
        return self.text.find(":", start) + 1

    def _whole_lines(self, start: int, end: int) -> tuple[int, int]:
        behind = self.text.find("\n", end)
        return self.text.rfind("\n", 0, start) + 1, len(self.text) if behind < 0 else behind + 1

    def _indent_at(self, start: int) -> str:
        """The spaces in front of `start`, as many as its column."""
        return " " * (start - (self.text.rfind("\n", 0, start) + 1))


def _single_values(tree: Tree) -> Iterator[tuple[str, Scalar]]:
    """The fields of a tensor that hold one value, and where it stands."""
    for key, value in tree.entries if isinstance(tree, Table) else ():
        if isinstance(value, Items) and len(value.items) == 1:
            value = value.items[0]
        if isinstance(value, Scalar) and not value.is_null:
            yield key.text, value


def _braces(lines: list[str]) -> str:
    """A table of block lines on one line."""
    tree = parse_yaml("\n".join(lines), "the entry")
    entries = tree.entries if isinstance(tree, Table) else ()
    return (
        "{"
        + ", ".join(f"{key_text(double_quoted(k.text))}: {_leaf(value)}" for k, value in entries)
        + "}"
    )


def _leaf(value: Tree) -> str:
    is_word = isinstance(value, Scalar) and not value.quoted and not value.is_null
    return value.text if is_word and isinstance(value, Scalar) else flow(plain(value))

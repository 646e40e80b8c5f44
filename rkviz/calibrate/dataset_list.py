"""dataset.txt of the toolkit: one sample a line, the files of several inputs side by side."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rkviz.atomic import write_atomically
from rkviz.errors import DatasetError
from rkviz.textfile import read_readings

_LARGEST_LIST = 16 << 20
_MOST_BAD_LINES = 1000
_MOST_WORDS = 24
"""Words of a line that are tried to be parts of names with spaces."""
_MOST_ABOVE = 4
"""Folders above that of the list in which names are looked for."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_WORD = re.compile(r"""(?P<double>"[^"]*"(?!\S))|(?P<single>'[^']*'(?!\S))|(?P<plain>\S+)""")


@dataclass(frozen=True)
class ListedFiles:
    """One good line: the files of one sample, in the order of the inputs."""

    line: int
    files: tuple[Path, ...]


def read_dataset_list(
    path: Path, input_names: Sequence[str]
) -> tuple[tuple[ListedFiles, ...], tuple[str, ...]]:
    """The good lines of `path`, and a sentence with file and line for every bad one.

    Names are relative to the folder of `path` (see `_exists` for others); `\\` may separate
    folders. A line that starts with `#` and is no file's name is a comment. Names with spaces may
    be quoted; without quotes they are found where the words of a line can be joined to exactly one
    existing file an input.
    Raises DatasetError when the file itself cannot be read.
    """
    parsed: list[tuple[list[ListedFiles], list[str]]] = []
    for text in read_readings(path, DatasetError, _LARGEST_LIST):
        parsed.append(_parse(text, path, input_names))
        if not parsed[-1][1]:
            break
    # Where the bytes allow several encodings, the right one names files that exist.
    good, bad = min(parsed, key=lambda rows_and_problems: len(rows_and_problems[1]))
    if len(bad) > _MOST_BAD_LINES:
        more = len(bad) - _MOST_BAD_LINES
        bad[_MOST_BAD_LINES:] = [f"{path}: {more} more bad lines; is this a list of pictures?"]
    return tuple(good), tuple(bad)


def _parse(
    text: str, path: Path, input_names: Sequence[str]
) -> tuple[list[ListedFiles], list[str]]:
    good: list[ListedFiles] = []
    bad: list[str] = []
    for number, line in enumerate(_LINE_END.split(text), start=1):
        stripped = line.strip()
        if not stripped or (stripped.startswith("#") and not _exists(stripped, path.parent)):
            continue
        try:
            good.append(ListedFiles(number, _files_of(stripped, path.parent, input_names)))
        except DatasetError as problem:
            bad.append(f"{path}, line {number}: {problem.message}")
    return good, bad


def write_dataset_list(rows: Sequence[Sequence[Path]], path: Path) -> tuple[str, ...]:
    """Write one line a row to `path`, UTF-8; names are relative where a file lies below it.

    Returns a sentence for every name with a space: it is quoted, which rkviz reads but the
    toolkit, which splits at every space, does not. Raises DatasetError.
    """
    folder = path.absolute().parent
    notes: list[str] = []
    lines: list[str] = []
    for row in rows:
        words = [_word_for(file, folder) for file in row]
        lines.append(" ".join(words))
        notes += [
            f"{word} holds a space, at which the toolkit splits the line; rename the file before "
            "using the list there."
            for word in words
            if re.search(r"\s", word)
        ]
    write_atomically(path, "".join(f"{line}\n" for line in lines), DatasetError)
    return tuple(notes)


def _files_of(line: str, folder: Path, input_names: Sequence[str]) -> tuple[Path, ...]:
    """The existing files `line` names; raises DatasetError with what is wrong with it."""
    words = [_unquoted(match) for match in _WORD.finditer(line)]
    count = len(input_names)
    found = [_exists(word, folder) for word in words]
    files = tuple(file for file in found if file is not None)
    if len(words) == count == len(files):
        return files
    joined = _joined(line, folder, count)
    if joined is not None:
        return joined
    missing = [word for word, file in zip(words, found, strict=True) if file is None]
    if count == 1 and len(missing) == len(words):
        missing = [line if len(words) > 1 else words[0]]
    elif len(words) != count:
        raise DatasetError(
            f"the line names {len(words)} files, but the network has {count} input(s) "
            f"({', '.join(input_names)}); write one file for each."
        )
    names = ", ".join(repr(name) for name in missing)
    raise DatasetError(f"there is no file {names} in {folder}; correct the name.")


def _joined(line: str, folder: Path, count: int) -> tuple[Path, ...] | None:
    """`count` existing files whose names, separated by spaces, make up the whole `line`."""
    spans = [match.span() for match in re.finditer(r"\S+", line)]
    if not count <= len(spans) <= _MOST_WORDS:
        return None
    # reached[i]: the files that use up the words before word i, by how many they are
    reached: list[dict[int, tuple[Path, ...]]] = [{} for _ in range(len(spans) + 1)]
    reached[0][0] = ()
    for first, before in enumerate(reached[:-1]):
        for last in range(first, len(spans)) if before else ():
            file = _exists(line[spans[first][0] : spans[last][1]], folder)
            if file is None:
                continue
            for number, files in before.items():
                if number < count:
                    reached[last + 1].setdefault(number + 1, (*files, file))
    return reached[-1].get(count)


def _unquoted(match: re.Match[str]) -> str:
    word = match.group()
    return word if match.lastgroup == "plain" else word[1:-1]


def _exists(name: str, folder: Path) -> Path | None:
    """The file `name` seen from `folder`, whichever way its folders are separated.

    Where it is not there: seen from the folders above, for names with folders, and from the
    working folder, for lists that were written to be read there.
    """
    for spelling in dict.fromkeys((name, name.replace("\\", "/"))):
        has_folder = "/" in spelling.removeprefix("./")
        above = folder.absolute().parents[:_MOST_ABOVE] if has_folder else ()
        for start in (folder, *above):
            if spelling and os.path.isfile(start / spelling):
                return start / spelling
        if os.path.isfile(spelling):
            return Path(spelling).absolute()
    return None


def _word_for(file: Path, folder: Path) -> str:
    absolute = file.absolute()
    name = (
        absolute.relative_to(folder).as_posix()
        if absolute.is_relative_to(folder)
        else absolute.as_posix()
    )
    if name.startswith("#"):
        name = f"./{name}"
    if not re.search(r"\s", name) and name[0] not in "\"'":
        return name
    quote = next((mark for mark in "\"'" if mark not in name), None)
    if quote is None or _LINE_END.search(name):
        raise DatasetError(f"{name!r} cannot stand in a dataset.txt; rename the file.")
    return f"{quote}{name}{quote}"

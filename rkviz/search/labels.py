"""The right classes of pictures, from a text file the user names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rkviz.errors import DatasetError
from rkviz.textfile import read_text

_SHOWN = 10
_LARGEST = 64 << 20


def read_labels(path: Path) -> dict[str, int]:
    """File name of a picture -> index of its class, from lines `name class`.

    The name may hold folders, only its last part counts; empty lines and lines that begin with #
    are left out. Raises DatasetError naming every line that does not read so.
    """
    labels: dict[str, int] = {}
    wrong: list[str] = []
    for number, line in enumerate(read_text(path, DatasetError, _LARGEST).splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, _, index = text.replace("\t", " ").replace(",", " ").rpartition(" ")
        if not name.strip() or not index.isdecimal():
            wrong.append(f"line {number}: {text[:60]!r}")
            continue
        labels[Path(name.strip()).name] = int(index)
    if wrong or not labels:
        more = [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        raise DatasetError(
            f"{path}: every line has to read `picture.jpg 17`; these do not:"
            if wrong
            else f"{path} holds no labels; write lines like `picture.jpg 17`.",
            [*wrong[:_SHOWN], *more],
        )
    return labels


def labels_of(labels: Mapping[str, int], pictures: Sequence[str]) -> tuple[int, ...]:
    """The class of each of `pictures` (names or paths); raises DatasetError for those without."""
    names = [Path(name).name for name in pictures]
    missing = [name for name in names if name not in labels]
    if missing:
        more = [f"and {len(missing) - _SHOWN} more"] if len(missing) > _SHOWN else []
        raise DatasetError(f"{len(missing)} picture(s) have no label:", [*missing[:_SHOWN], *more])
    return tuple(labels[name] for name in names)

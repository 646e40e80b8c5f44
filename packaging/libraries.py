"""Which of the collected shared libraries a package needs: those that something in it names."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import PurePath

Entry = tuple[str, str, str]
"""(place in the package, file it comes from, kind), as PyInstaller keeps them."""


def needed_libraries(entries: Sequence[Entry]) -> list[Entry]:
    """`entries` less the libraries that no module, plugin or needed library is linked to.

    On Linux only, where a library is loaded by the name another file carries; elsewhere programs
    also load libraries by themselves.
    """
    if not sys.platform.startswith("linux"):
        return list(entries)
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(PurePath(entry[0]).name, []).append(entry)
    wanted = {entry for entry in entries if _is_loaded_by_name(entry)}
    waiting = list(wanted)
    while waiting:
        _place, file, kind = waiting.pop()
        names = {PurePath(file).name} if kind == "SYMLINK" else _linked_to(file)
        for name in names:
            found = [entry for entry in by_name.get(name, ()) if entry not in wanted]
            wanted.update(found)
            waiting += found
    return [entry for entry in entries if entry in wanted]


def _is_loaded_by_name(entry: Entry) -> bool:
    place, _file, kind = entry
    by_hand = ("libpython", "onnxruntime/capi/")
    return kind == "EXTENSION" or "/plugins/" in place or place.startswith(by_hand)


def _linked_to(file: str) -> set[str]:
    """The names a library carries of those it is linked to, not what those need in turn."""
    shown = subprocess.run(["objdump", "-p", file], capture_output=True, text=True, check=True)
    lines = (line.split() for line in shown.stdout.splitlines())
    return {words[1] for words in lines if len(words) == 2 and words[0] == "NEEDED"}

"""What rkviz is built on: read from the lock files and from what is installed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent

_LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|thirdpartynotices)[^/]*$", re.IGNORECASE)
_SPDX = {
    # What distributions without a licence expression say of themselves -> SPDX.
    "MIT License": "MIT",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "GPLv2-or-later with a special exception which allows to use PyInstaller to build and "
    "distribute non-free programs (including commercial ones)": "GPL-2.0-or-later "
    "WITH Bootloader-exception",
}


@dataclass(frozen=True)
class Component:
    """A distribution of the package index as it is installed here."""

    name: str
    version: str
    licence: str
    """An SPDX expression, or the distribution's own words."""
    homepage: str
    licence_files: tuple[Path, ...]
    needs: tuple[str, ...]
    """Names of distributions, as they are written in its metadata."""
    bills: tuple[Path, ...]
    """CycloneDX files it carries of what was compiled into it."""


def locked(file: str) -> list[str]:
    """Names in a lock file of this folder, without those of files it includes, sorted."""
    names: list[str] = []
    for line in (HERE / file).read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text and not text.startswith("-"):
            names.append(re.split(r"[=\[]", text)[0])
    return sorted(names, key=str.lower)


def components(names: Sequence[str]) -> list[Component]:
    """The installed distributions; raises metadata.PackageNotFoundError."""
    return [_component(metadata.distribution(name)) for name in names]


def bundled(*builders: str) -> list[Component]:
    """What every installation holds, and the `builders` that leave a part of them in a package."""
    names = [name for name in locked("requirements.txt") if name != "setuptools"]
    return components([*names, *builders])


def _component(distribution: metadata.Distribution) -> Component:
    facts = distribution.metadata
    files = [
        Path(str(distribution.locate_file(file)))
        for file in distribution.files or ()
        if _LICENCE_FILE.search(str(file)) and file.suffix not in (".py", ".pyc")
    ]
    bills = [
        Path(str(distribution.locate_file(file)))
        for file in distribution.files or ()
        if "sboms" in file.parts and file.suffix == ".json"
    ]
    return Component(
        name=facts["Name"],
        version=facts["Version"],
        licence=_licence(facts),
        homepage=_homepage(facts),
        licence_files=tuple(sorted(files)),
        needs=tuple(
            re.split(r"[^\w.-]", requirement)[0]
            for requirement in distribution.requires or ()
            if "extra ==" not in requirement
        ),
        bills=tuple(sorted(bills)),
    )


def _licence(facts: metadata.PackageMetadata) -> str:
    expression = facts.get("License-Expression")
    if expression:
        return expression
    said = (facts.get("License") or "").strip().partition("\n")[0]
    classifiers = [c for c in facts.get_all("Classifier") or () if c.startswith("License ::")]
    for words in (said, *classifiers):
        if words in _SPDX:
            return _SPDX[words]
    return said or ", ".join(words.rpartition(":: ")[2] for words in classifiers)


def _homepage(facts: metadata.PackageMetadata) -> str:
    for entry in facts.get_all("Project-URL") or ():
        label, _, address = entry.partition(", ")
        if label.lower() in ("homepage", "home", "source", "repository"):
            return address
    return facts.get("Home-page") or ""

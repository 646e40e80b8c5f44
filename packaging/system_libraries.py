"""What a package holds of the Linux it was built on: Debian packages its libraries come from."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

WHEELS = frozenset(("site-packages", "dist-packages"))
"""Folders of what the package index brought."""
_OWNED = re.compile(r"^([a-z0-9][a-z0-9.+-]*)(?::[a-z0-9-]+)?: /", re.MULTILINE)


@dataclass(frozen=True)
class SystemPackage:
    """A Debian package with at least one library inside a package of rkviz."""

    name: str
    version: str
    distribution: str
    """`debian`, `ubuntu`: the ID of /etc/os-release."""

    @property
    def copyright(self) -> Path:
        return Path("/usr/share/doc") / self.name / "copyright"


def system_packages(files: Sequence[str]) -> list[SystemPackage]:
    """The packages that own any of `files`, sorted by name; none where there is no dpkg.

    Files of wheels, and of a Python that is no Debian package, have no owner.
    """
    # dpkg knows a file by /lib or by /usr/lib, whichever it came with.
    places = {
        place
        for file in files
        if WHEELS.isdisjoint(PurePath(file).parts)
        for place in (file, f"/usr{file}", file.removeprefix("/usr"))
    }
    if not places or shutil.which("dpkg-query") is None:
        return []
    owned = subprocess.run(
        ["dpkg-query", "-S", *sorted(places)], capture_output=True, text=True, check=False
    )  # it ends with 1 where one of them has no owner
    names = sorted(set(_OWNED.findall(owned.stdout)))
    return [SystemPackage(name, _version(name), _distribution()) for name in names]


def _version(name: str) -> str:
    command = ["dpkg-query", "-W", "-f", "${Version}\n", name]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return shown.stdout.splitlines()[0]


def _distribution() -> str:
    found = re.search(r'^ID="?(\w+)', Path("/etc/os-release").read_text(encoding="utf-8"), re.M)
    return found[1] if found else "debian"

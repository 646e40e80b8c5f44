"""Writes THIRD-PARTY.md, and for packages the texts of the licences.

python packaging/notices.py           THIRD-PARTY.md anew
python packaging/notices.py FOLDER    licences/ of a package, into FOLDER
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from system_libraries import SystemPackage
from third_party import HERE, Component, bundled, components, locked

ROOT = HERE.parent
TABLE = ROOT / "THIRD-PARTY.md"

_INTRODUCTION = """\
# What rkviz builds on

Written by `packaging/notices.py` from the lock files and from what the distributions say of
themselves; a test holds it up to date. Packages of rkviz carry the texts in `licences/`.

## In every installation

"""
_INSIDE = """
## Inside packages of rkviz, besides these

| what | where from | licence |
|---|---|---|
| Python, its library | the Python that built the package | PSF-2.0 |
| Qt 6 (see NOTICE) | PySide6-Essentials | LGPL-3.0-only |
| ICU | PySide6-Essentials | Unicode-3.0 |
| OpenBLAS | numpy | BSD-3-Clause |
| libgfortran | numpy | GPL-3.0-or-later WITH GCC-exception-3.1 |
| libquadmath | numpy | LGPL-2.1-or-later |
| abseil, protobuf, nanobind | onnx | Apache-2.0; BSD-3-Clause; BSD-3-Clause |
| libjpeg-turbo, FreeType, libtiff, libwebp and others, named in its licence | pillow | permissive |
| libraries named in its ThirdPartyNotices | onnxruntime | permissive |
| libxcb-cursor and -util family, libxkbcommon-x11, libffi (Linux) | Debian | MIT |
| zstd (Linux) | Debian | BSD-3-Clause |
| the start of the program | PyInstaller | GPL-2.0-or-later WITH Bootloader-exception |
| the network of the demo: PP-OCRv4 text detector (see NOTICE) | rapidocr-onnxruntime | Apache-2.0 |

## For development only

"""


def third_party() -> str:
    """The text of THIRD-PARTY.md."""
    used = bundled()
    tools = components(
        ["setuptools", *locked("requirements-docs.txt"), *locked("requirements-dev.txt")]
    )
    return _INTRODUCTION + _table(used) + _INSIDE + _table(sorted(tools, key=_by_name))


def write_licences(
    folder: Path, builders: Sequence[str] = (), system: Sequence[SystemPackage] = ()
) -> None:
    """The texts of everything in a package, a folder each; replaces what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    for component in bundled(*builders):
        place = folder / component.name
        place.mkdir(parents=True)
        for number, file in enumerate(component.licence_files):
            name = file.name if not (place / file.name).exists() else f"{number}-{file.name}"
            shutil.copyfile(file, place / name)
        if not component.licence_files:
            text = f"{component.name} {component.version}: {component.licence}\n"
            (place / "LICENCE.txt").write_text(text + component.homepage + "\n", encoding="utf-8")
    for package in system:
        (folder / package.name).mkdir()
        shutil.copyfile(package.copyright, folder / package.name / "copyright")
    for text in sorted((HERE / "licences").iterdir()):
        shutil.copyfile(text, folder / text.name)
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if python.exists():  # not in Debian's python3
        shutil.copyfile(python, folder / "Python-LICENSE.txt")


def _table(parts: Sequence[Component]) -> str:
    names = (f"[{c.name}]({c.homepage})" if c.homepage else c.name for c in parts)
    rows = (f"| {n} | {c.version} | {c.licence} |\n" for n, c in zip(names, parts, strict=True))
    return "| package | version | licence |\n|---|---|---|\n" + "".join(rows)


def _by_name(component: Component) -> str:
    return component.name.lower()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_licences(Path(sys.argv[1]))
    else:
        TABLE.write_text(third_party(), encoding="utf-8")

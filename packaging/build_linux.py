"""`make package`: dist/rkviz_VERSION_ARCH.deb, dist/rkviz-VERSION-linux-ARCH.tar.gz, their SBOM.

Builds with PyInstaller, drops what nobody reaches, runs the result to see that nothing is missing,
and prints the sizes and the time from start to window.
"""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import icu_data
from check_package import check
from contents import ROOT, version
from deb import build_deb
from steps import DIST, ICONS, PAPERS, PROGRAM, collect_program, gather_papers
from virtual_screen import seconds_to_window

UNIT_MB = 1e6


def main() -> int:
    """Build, check and measure; returns the exit code."""
    collect_program()
    _make_smaller()
    gather_papers()
    problems = check(PROGRAM)
    for problem in problems:
        print(f"package: {problem}", file=sys.stderr)
    if problems:
        return 1
    archive = _archive()
    package = build_deb(PROGRAM, ICONS, PAPERS, DIST)
    installed = _size(PROGRAM) + _size(PAPERS)
    print(f"installed  {installed / UNIT_MB:6.1f} MB")
    for file in (package, archive):
        print(f"{file.name}  {file.stat().st_size / UNIT_MB:6.1f} MB")
    if shutil.which("Xvfb"):
        print(f"start to window  {seconds_to_window(PROGRAM / 'rkviz'):.2f} s")
    return 0


def _make_smaller() -> None:
    """Take symbols out of the Python that built this and of Pillow's modules, languages out of ICU.

    Other libraries of wheels stay as they came: some do not survive it (numpy's OpenBLAS does not).
    """
    inside = PROGRAM / "_internal"
    full = [
        *inside.glob("libpython*"),
        *inside.glob("python3*/lib-dynload/*.so"),
        *inside.glob("PIL/*.so"),
    ]
    subprocess.run(["strip", "-p", "--strip-unneeded", *map(str, full)], check=True)
    (data,) = (inside / "PySide6" / "Qt" / "lib").glob("libicudata.so.*")
    icu_data.shrink(data)


def _archive() -> Path:
    """The program to unpack anywhere, with its papers beside it."""
    name = f"rkviz-{version()}-linux-{platform.machine()}"
    file = DIST / f"{name}.tar.gz"
    seconds = int(os.environ["SOURCE_DATE_EPOCH"])

    def same_everywhere(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = seconds
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        gzip.GzipFile(file, "wb", compresslevel=6, mtime=seconds) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        tar.add(PROGRAM, name, filter=same_everywhere)
        tar.add(PAPERS, f"{name}/doc", filter=same_everywhere)
        for extra in ("rkviz.desktop", "rkviz-mime.xml"):
            tar.add(ROOT / "packaging" / "linux" / extra, f"{name}/{extra}", filter=same_everywhere)
        tar.add(ICONS / "256x256.png", f"{name}/rkviz.png", filter=same_everywhere)
    return file


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    raise SystemExit(main())

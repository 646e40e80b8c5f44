"""Steps that the packages of all systems share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from contents import ROOT, version
from notices import write_licences

BUILD, DIST = ROOT / "build" / "package", ROOT / "dist"
PROGRAM = BUILD / "rkviz"
ICONS, PAPERS = ROOT / "build" / "icons", ROOT / "build" / "papers"
HERE = Path(__file__).resolve().parent


def run(*command: str) -> None:
    """Run `command` at the top of the project; raises subprocess.CalledProcessError."""
    subprocess.run(command, check=True, cwd=ROOT)


def collect_program() -> None:
    """PyInstaller: the program in PROGRAM (on macOS rkviz.app beside it)."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", _last_commit())
    os.environ["PYTHONHASHSEED"] = "0"
    DIST.mkdir(exist_ok=True)
    run(sys.executable, str(HERE / "build_manual.py"))
    run(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN",
        "--distpath", str(BUILD), "--workpath", str(ROOT / "build" / "pyinstaller"),
        str(HERE / "rkviz.spec"))  # fmt: skip


def gather_papers() -> None:
    """What goes beside the program into PAPERS, and the bill of materials into DIST too."""
    bill = DIST / f"rkviz-{version()}-{sys.platform}.cdx.json"
    run(sys.executable, str(HERE / "sbom.py"), str(bill))
    shutil.rmtree(PAPERS, ignore_errors=True)
    PAPERS.mkdir(parents=True)
    for name in ("README.md", "CHANGELOG.md", "NOTICE", "THIRD-PARTY.md"):
        shutil.copyfile(ROOT / name, PAPERS / name)
    shutil.copyfile(ROOT / "LICENSE", PAPERS / "copyright")
    shutil.copyfile(bill, PAPERS / "sbom.cdx.json")
    write_licences(PAPERS / "licences")


def _last_commit() -> str:
    """When the sources were last changed; 0 outside a git checkout."""
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "0"

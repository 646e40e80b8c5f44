"""Steps that the packages of all systems share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from contents import COLLECTED, ROOT, version
from notices import write_licences
from sbom import bill
from system_libraries import system_packages

BUILD, DIST = ROOT / "build" / "package", ROOT / "dist"
PROGRAM = BUILD / "rkviz"
ICONS, PAPERS = ROOT / "build" / "icons", ROOT / "build" / "papers"
HERE = Path(__file__).resolve().parent
BUILDERS = ("pyinstaller",)
"""Distributions of which a part is inside a package: here the start of the program."""


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
    system = system_packages(COLLECTED.read_text(encoding="utf-8").splitlines())
    shutil.rmtree(PAPERS, ignore_errors=True)
    PAPERS.mkdir(parents=True)
    text = json.dumps(bill(BUILDERS, system), indent=2, ensure_ascii=False) + "\n"
    for file in (DIST / f"rkviz-{version()}-{sys.platform}.cdx.json", PAPERS / "sbom.cdx.json"):
        file.write_text(text, encoding="utf-8")
    for name in ("README.md", "CHANGELOG.md", "NOTICE", "THIRD-PARTY.md"):
        shutil.copyfile(ROOT / name, PAPERS / name)
    shutil.copyfile(ROOT / "LICENSE", PAPERS / "copyright")
    write_licences(PAPERS / "licences", BUILDERS, system)


def _last_commit() -> str:
    """When the sources were last changed; 0 outside a git checkout."""
    # Built by root, as packages are, git would not trust a checkout of another user.
    command = ["git", "-c", f"safe.directory={ROOT}", "log", "-1", "--format=%ct"]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "0"

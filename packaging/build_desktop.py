"""Windows and macOS: dist/rkviz-VERSION-setup.exe with Inno Setup, or dist/rkviz-VERSION.dmg.

    python packaging/build_desktop.py

Needs what packaging/requirements-package.txt lists, and on Windows Inno Setup 6 (iscc on PATH).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from contents import version
from steps import BUILD, DIST, HERE, PAPERS, PROGRAM, collect_program, gather_papers, run


def main() -> int:
    """Build for the system this runs on; returns the exit code."""
    collect_program()
    gather_papers()
    if sys.platform == "win32":
        papers = PROGRAM / "doc"
        shutil.copytree(PAPERS, papers, dirs_exist_ok=True)
        _try(PROGRAM / "rkviz.exe")
        run("iscc", f"/DVersion={version()}", f"/O{DIST}", str(HERE / "windows" / "rkviz.iss"))
    elif sys.platform == "darwin":
        application = BUILD / "rkviz.app"
        resources = application / "Contents" / "Resources" / "doc"
        shutil.copytree(PAPERS, resources, dirs_exist_ok=True)
        _try(application / "Contents" / "MacOS" / "rkviz")
        script = HERE / "macos" / "make_dmg.sh"
        run("bash", str(script), str(application), str(DIST / f"rkviz-{version()}.dmg"))
    else:
        print("On Linux: make package.", file=sys.stderr)
        return 2
    return 0


def _try(executable: Path) -> None:
    """The package loads all its modules; raises subprocess.CalledProcessError."""
    subprocess.run([str(executable), "doctor"], check=True)


if __name__ == "__main__":
    raise SystemExit(main())

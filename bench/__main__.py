"""`make bench`: the times of every step on the network of the demo. Judges nothing.

Each bench runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from rkviz.demo import demo_project
from rkviz.project import save_project

BENCH = Path(__file__).resolve().parent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo.rkviz"
        save_project(demo_project(Path(folder)), project)
        command = [sys.executable, str(BENCH / "steps.py"), str(project)]
        return subprocess.run(command, cwd=BENCH.parent, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())

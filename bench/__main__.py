"""`make bench`: the times of every step on the network of the demo, and how far estimated frame
rates are from published ones. Judges nothing.

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
        commands = (
            [sys.executable, str(BENCH / "steps.py"), str(project)],
            [sys.executable, "-m", "bench.cost"],
        )
        return max(
            subprocess.run(command, cwd=BENCH.parent, check=False).returncode
            for command in commands
        )


if __name__ == "__main__":
    raise SystemExit(main())

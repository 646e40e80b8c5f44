"""`make bench`: everything docs/benchmarks.md records that needs nothing but the demo's network.

Steps, passes, what-if and memory; onnxruntime's debugger beside the report; start and opening,
beside Netron where it is installed; frames; frame rates estimated and published. Judges nothing.
Each bench runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from rkviz import __version__
from rkviz.demo import demo_project
from rkviz.project import save_project

BENCH = Path(__file__).resolve().parent
_SHOWN = ("numpy", "onnx", "onnxruntime", "PySide6-Essentials")


def main() -> int:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _SHOWN)
    print(f"rkviz {__version__}, Python {platform.python_version()}, {versions}")
    print(f"{platform.platform()}, {_processor()}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo.rkviz"
        save_project(demo_project(Path(folder)), project)
        commands = (
            ("bench.start",),
            ("bench.opening",),
            ("bench.canvas", "1000", "10000"),
            ("bench.steps", str(project)),
            ("bench.engines", str(project), "--images", "2"),
            ("bench.cost",),
        )
        worst = 0
        for command in commands:
            print(f"\n-- python -m {command[0]}", flush=True)
            done = subprocess.run([sys.executable, "-m", *command], cwd=BENCH.parent, check=False)
            worst = max(worst, done.returncode)
        return worst


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


if __name__ == "__main__":
    raise SystemExit(main())

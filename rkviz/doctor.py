"""`rkviz doctor`: what is installed here and whether it is whole, as text for a bug report.

It names no file but rkviz's own, writes the home folder as ~, and sends nothing anywhere.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import locale
import os
import pkgutil
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

import rkviz
from rkviz import places
from rkviz.board import find_toolkit

_PACKAGES = (
    "numpy", "onnx", "onnxruntime", "PySide6_Essentials", "pyqtgraph", "pillow", "tflite",
    "ruamel.yaml", "platformdirs",
)  # fmt: skip
_DISPLAY_VARIABLES = (
    "QT_QPA_PLATFORM", "XDG_SESSION_TYPE", "DISPLAY", "WAYLAND_DISPLAY", "QT_SCALE_FACTOR",
)  # fmt: skip
_MEMORY_UNIT_GB = 1e9


@dataclass(frozen=True)
class Examination:
    """Sections of (what, value), and what is wrong in a sentence each."""

    sections: MappingProxyType[str, MappingProxyType[str, str]]
    problems: tuple[str, ...]

    @property
    def text(self) -> str:
        """To paste: a heading a section, one fact a line."""
        lines: list[str] = []
        for title, facts in self.sections.items():
            width = max(map(len, facts), default=0)
            lines += [title, *(f"  {name:<{width}}  {value}" for name, value in facts.items())]
        lines += ["problems", *(f"  {problem}" for problem in self.problems or ("none",))]
        return "\n".join(lines)

    @property
    def json(self) -> str:
        """{"sections": {title: {name: value}}, "problems": [sentence]}"""
        sections = {title: dict(facts) for title, facts in self.sections.items()}
        document = {"sections": sections, "problems": self.problems}
        return json.dumps(document, indent=2, ensure_ascii=False)


def examine() -> Examination:
    """Look at the program, the machine and rkviz's own files; imports all of rkviz."""
    modules, problems = _load_all_modules()
    program = {
        "rkviz": rkviz.__version__,
        "installed as": "package" if getattr(sys, "frozen", False) else "Python environment",
        "in": _shown(Path(rkviz.__file__).parent),
        "modules": modules,
        "manual": "there" if (places.MANUAL / "en").is_dir() else "not built; `make manual` does",
        "demo": "there" if places.DEMO_NETWORK.is_file() else "its network was not fetched",
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
    }
    packages = {name.replace("_", "-"): _version(name) for name in _PACKAGES}
    problems += [f"{name} is not installed" for name, got in packages.items() if got == "missing"]
    toolkit, wanted = find_toolkit(), "not found; rkviz does not need it"
    display = {name: os.environ[name] for name in _DISPLAY_VARIABLES if name in os.environ}
    files, unwritable = _own_files()
    sections = {
        "program": program,
        "packages": packages,
        "machine": _machine(),
        "display": display or {"variables": "none set"},
        "vendor's toolkit": {"Python with rknn": _shown(toolkit.python) if toolkit else wanted},
        "files": files,
    }
    frozen = {title: MappingProxyType(facts) for title, facts in sections.items()}
    return Examination(MappingProxyType(frozen), tuple(problems + unwritable))


def _load_all_modules() -> tuple[str, list[str]]:
    """Import every module, so that one that was left out or cannot be loaded is named."""
    loaded, problems = 0, list[str]()
    for name in _module_names():
        try:
            importlib.import_module(name)
            loaded += 1
        except (ImportError, OSError) as error:
            problems.append(f"{name} cannot be loaded: {error}")
    return f"{loaded} loaded, {len(problems)} failed", problems


def _module_names() -> Iterator[str]:
    """Names of all modules; only packages that can be imported are entered."""
    found = pkgutil.walk_packages(rkviz.__path__, "rkviz.", onerror=lambda _name: None)
    return (module.name for module in found if not module.name.endswith("__main__"))


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "missing"


def _machine() -> dict[str, str]:
    return {
        "system": platform.platform(),
        "language": ", ".join(filter(None, locale.getlocale())) or "C",
        "file names": sys.getfilesystemencoding(),
        "processor": _processor(),
        "instructions": " ".join(_instructions()) or "not known",
        "kernels": _kernels(),
        "threads": f"{_usable_threads()} of {os.cpu_count() or '?'}",
        "memory": _memory(),
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n"):
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _instructions() -> list[str]:
    """Vector instructions of this processor, of those numpy looks for."""
    # Not a promised part of numpy, hence the care; there is no other way without a dependency.
    core = importlib.import_module("numpy._core._multiarray_umath")
    known: dict[str, bool] = getattr(core, "__cpu_features__", {})
    return [name for name, there in known.items() if there]


def _kernels() -> str:
    """Which integer products the emulator takes here."""
    from rkviz.emulate.compiled.mixed_signs import mixed_signs_are_exact

    if mixed_signs_are_exact():
        return "u8 by s8: exact on this processor, taken"
    return "u8 by s8: saturates on this processor; wider ones are taken"


def _usable_threads() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> str:
    if sys.platform == "win32":
        return "not known"
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{size / _MEMORY_UNIT_GB:.1f} GB"


def _own_files() -> tuple[dict[str, str], list[str]]:
    """Where rkviz's own files lie, and those it cannot write."""
    shown: dict[str, str] = {}
    problems: list[str] = []
    for name, place in (
        ("settings", places.settings_file()),
        ("log", places.log_file()),
        ("recovery", places.recovery_folder()),
        ("demo", places.demo_folder()),
    ):
        there = place if place.exists() else next(up for up in place.parents if up.exists())
        state = "" if there == place else " (not there yet)"
        is_blocked = there != place and not there.is_dir()  # a file where a folder should be
        if is_blocked or not os.access(there, os.W_OK):
            state = " (cannot be written)"
            problems.append(f"{_shown(place)} cannot be written; rkviz goes on without it")
        shown[name] = _shown(place) + state
    return shown, problems


def _shown(path: Path) -> str:
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)

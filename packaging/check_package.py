"""Runs a packaged rkviz to find out whether something it needs was left out.

    python packaging/check_package.py build/package/rkviz

On Linux. Everything that the sources load while the demo runs is held against the package, the
package loads all its modules, and runs the demo.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from contents import COLLECTED, ROOT, UNUSED_MODULES
from PyInstaller.archive.readers import CArchiveReader
from system_libraries import WHEELS, system_packages
from third_party import bundled

PLUGINS = (
    "platforms/libqxcb.so", "platforms/libqwayland.so", "platforms/libqoffscreen.so",
    "imageformats/libqsvg.so", "imageformats/libqjpeg.so", "iconengines/libqsvgicon.so",
    "platforminputcontexts/libcomposeplatforminputcontextplugin.so",
    "platforminputcontexts/libibusplatforminputcontextplugin.so",
    "xcbglintegrations/libqxcb-glx-integration.so",
)  # fmt: skip
_PYTHON = Path(sys.base_prefix)
_LOADED_BY_THE_DEMO = """
import json, sys

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if name in left_out or name.partition(".")[0] in left_out:
            raise ModuleNotFoundError("left out of packages", name=name)

left_out = set(sys.argv[2:])
sys.meta_path.insert(0, LeftOut())
from rkviz import cli
from rkviz.doctor import examine
code = cli.main(["demo", "--output", sys.argv[1]])
examine()
maps = open("/proc/self/maps").read().split("\\n")
files = sorted({line.split(None, 5)[5] for line in maps if ".so" in line and "/" in line})
print(json.dumps([code, sorted(sys.modules), files]))
"""


def check(program: Path) -> list[str]:
    """Sentences on what is missing in the folder `program`; none when it is whole."""
    return [
        *_missing_plugins(program),
        *_unresolved_libraries(program),
        *_not_in_the_notices(program),
        *_dropped_but_loaded(program),
        *_incomplete(program / "rkviz"),
        *_demo_fails(program / "rkviz"),
    ]


def _offscreen() -> dict[str, str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH", "LD_LIBRARY_PATH")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"QT_QPA_PLATFORM": "offscreen"}


def _missing_plugins(program: Path) -> list[str]:
    folder = program / "_internal" / "PySide6" / "Qt" / "plugins"
    return [f"the Qt plugin {name} is missing" for name in PLUGINS if not (folder / name).exists()]


def _unresolved_libraries(program: Path) -> list[str]:
    """Libraries nothing on this machine, and nothing in the package, offers."""
    inside = program / "_internal"
    environment = os.environ | {"LD_LIBRARY_PATH": str(inside)}
    missing: set[str] = set()
    for file in inside.rglob("*.so*"):
        shown = subprocess.run(
            ["ldd", str(file)], capture_output=True, text=True, env=environment, check=False
        )
        missing |= {
            f"{file.relative_to(inside)} needs {line.split()[0]}"
            for line in shown.stdout.splitlines()
            if "not found" in line
        }
    return sorted(missing)


def _not_in_the_notices(program: Path) -> list[str]:
    """Distributions and libraries inside that no notice and no bill of materials names."""
    named = {part.name.lower() for part in bundled()} | {"rkviz", "pyinstaller"}
    of_module = metadata.packages_distributions()
    modules = {name.partition(".")[0] for name in _packed_modules(program)}
    folders = {path.name for path in (program / "_internal").iterdir() if path.is_dir()}
    inside = {owner.lower() for name in modules | folders for owner in of_module.get(name, ())}
    problems = [f"{name} is inside, but in no lock file" for name in sorted(inside - named)]
    for file in COLLECTED.read_text(encoding="utf-8").splitlines():
        is_known = not WHEELS.isdisjoint(Path(file).parts) or Path(file).is_relative_to(_PYTHON)
        if not is_known and not system_packages([file]):
            problems.append(f"{file} is inside, but nobody knows whose it is")
    return problems


def _dropped_but_loaded(program: Path) -> list[str]:
    """Modules and libraries the sources load during the demo that the package does not hold."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _LOADED_BY_THE_DEMO, folder, *UNUSED_MODULES]
        done = subprocess.run(
            command, cwd=ROOT, env=_offscreen(), capture_output=True, text=True, check=False
        )
    if done.returncode:
        return [f"the demo of the sources fails: {done.stderr[-1000:]}"]
    code, modules, files = json.loads(done.stdout.splitlines()[-1])
    if code:
        return [f"the demo of the sources ends with {code}"]
    inside = program / "_internal"
    held = {path.name for path in inside.rglob("*.so*")}
    problems = [
        f"{file} is loaded, but was dropped"
        for file in files
        if "site-packages" in file and Path(file).name not in held
    ]
    packed = _packed_modules(program)
    for name in modules:
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top.startswith("__editable__") or name in packed:
            continue
        if not any(inside.glob(name.replace(".", "/") + ".*so")) and _has_a_file(name):
            problems.append(f"the module {name} is loaded, but was dropped")
    return problems


def _packed_modules(program: Path) -> set[str]:
    return set(CArchiveReader(str(program / "rkviz")).open_embedded_archive("PYZ.pyz").toc)


def _has_a_file(module: str) -> bool:
    """Some modules exist in memory only, such as those a library makes up."""
    place = Path(*module.split("."))
    roots = [Path(entry) for entry in sys.path if entry] + [ROOT]
    return any((root / place).with_suffix(".py").exists() for root in roots)


def _incomplete(executable: Path) -> list[str]:
    done = subprocess.run(
        [str(executable), "doctor", "--json"], env=_offscreen(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    try:
        document = json.loads(done.stdout)
    except ValueError:
        return [f"rkviz doctor fails: {done.stderr[-1000:]}"]
    count = int(re.match(r"\d+", document["sections"]["program"]["modules"])[0])  # type: ignore
    sources = sum(path.stem != "__main__" for path in (ROOT / "rkviz").rglob("*.py")) - 1
    few = [f"{count} modules of {sources} are inside"] if count < sources else []
    return few + document["problems"]


def _demo_fails(executable: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(executable), "demo", "--output", folder], env=_offscreen(), capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        wanted = ("window_en_light.png", "window_zh_CN_dark.png", "report.html")
        missing = [name for name in wanted if not (Path(folder) / name).exists()]
    if done.returncode or missing:
        return [f"the demo of the package leaves no {missing}: {done.stderr[-1000:]}"]
    return []


if __name__ == "__main__":
    found = check(Path(sys.argv[1]))
    print("\n".join(found) or "nothing is missing")
    raise SystemExit(bool(found))

"""The house rules, counted: each failure says what to do.

They are rules of this project and nothing more; where one of them stands in the way of clear
code, change the rule here and say why in docs/decisions.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from importlinter.cli import lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PySide6.QtGui import QPainterPath

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rkviz"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PYTHON_FILES = sorted(
    path for top in ("rkviz", "tests", "bench", "packaging") for path in (ROOT / top).rglob("*.py")
)
LARGEST = {"file": 400, "function": 60, "class": 250}
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers"}
CATCH_ALL_ALLOWED = {
    "rkviz/gui/jobs.py",
    "rkviz/gui/crash.py",
    "rkviz/search/judge_process.py",  # runs a function the user wrote, in a process of its own
}
UNSAFE_CALLS = {"eval", "exec", "compile"}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "shelve", "marshal"}
# Split, so that this file does not find itself.
LEFT_OPEN = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def report(findings: list[str], advice: str) -> None:
    """Fails with every finding and what to do about them."""
    if findings:
        pytest.fail("\n".join([advice, *(f"  {finding}" for finding in findings)]), pytrace=False)


def found_in(paths: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for path in paths:
        for node in ast.walk(tree_of(path)):
            yield path, node


def test_every_file_is_one_idea() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON_FILES}
    report(
        [f"{name_of(path)}: {n} lines" for path, n in lengths.items() if n > LARGEST["file"]],
        f"Split these files into ideas of at most {LARGEST['file']} lines:",
    )


def test_functions_and_classes_can_be_read_at_once() -> None:
    findings: list[str] = []
    for path, node in found_in(PYTHON_FILES):
        if isinstance(node, ast.ClassDef):
            kind = "class"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            kind = "function"
        else:
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > LARGEST[kind]:
            findings.append(f"{name_of(path)}:{node.lineno}: {kind} {node.name}, {lines} lines")
    report(
        findings,
        f"Split what is longer than {LARGEST['function']} lines (functions) or "
        f"{LARGEST['class']} (classes):",
    )


def test_names_say_what_a_file_is_for() -> None:
    parts = {path: {*path.relative_to(ROOT).with_suffix("").parts} for path in PYTHON_FILES}
    report(
        [
            name_of(path)
            for path, names in parts.items()
            if any(VAGUE_NAMES & set(name.lower().split("_")) for name in names)
        ],
        f"Name these after what they do (none of {', '.join(sorted(VAGUE_NAMES))}):",
    )


def test_only_the_job_runner_and_the_crash_report_catch_everything() -> None:
    findings: list[str] = []
    for path, node in found_in(SOURCES):
        if not isinstance(node, ast.ExceptHandler) or name_of(path) in CATCH_ALL_ALLOWED:
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {getattr(kind, "id", "everything" if kind is None else "") for kind in caught}
        if names & {"Exception", "BaseException", "everything"}:
            findings.append(f"{name_of(path)}:{node.lineno}")
    report(findings, "Catch the exceptions that can happen here, by name:")


def test_files_from_strangers_are_never_executed() -> None:
    findings: list[str] = []
    for path, node in found_in(SOURCES):
        unsafe = ""
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            unsafe = called if called in UNSAFE_CALLS else ""
            for keyword in node.keywords:
                value = keyword.value
                if keyword.arg == "allow_pickle" and getattr(value, "value", True) is not False:
                    unsafe = "allow_pickle"
        elif isinstance(node, ast.Import):
            unsafe = ", ".join(alias.name for alias in node.names if alias.name in UNSAFE_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in UNSAFE_MODULES:
            unsafe = node.module or ""
        if unsafe:
            findings.append(f"{name_of(path)}:{getattr(node, 'lineno', 0)}: {unsafe}")
    report(findings, "Parse data instead; these run what a file says:")


def test_nothing_is_left_open() -> None:
    findings = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in PYTHON_FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if LEFT_OPEN.search(line)
    ]
    report(findings, "Finish these, or open an issue and remove the mark:")


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Module-level functions and classes' methods whose names promise something to others."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_public_functions_say_what_they_promise() -> None:
    """A function of one statement may speak for itself; methods are left to the reviewer."""
    findings = [
        f"{name_of(path)}:{function.lineno}: {function.name}"
        for path in SOURCES
        if PACKAGE / "gui" not in path.parents
        for function in public_functions(tree_of(path))
        if ast.get_docstring(function) is None and len(function.body) > 1
    ]
    report(findings, "Give these public functions a docstring (shapes, units, errors, formula):")


def test_modules_say_what_they_are() -> None:
    findings = [
        name_of(path)
        for path in SOURCES
        if ast.get_docstring(tree_of(path)) is None and path.read_text(encoding="utf-8").strip()
    ]
    report(findings, "Begin these modules with a sentence on what they are for:")


def test_tests_mirror_the_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    findings = [
        name_of(folder)
        for folder in sorted(folders)
        if folder != ROOT / "tests" and not (PACKAGE / folder.relative_to(ROOT / "tests")).is_dir()
    ]
    report(findings, "Put tests in the folder named like the package they test:")


def test_test_folders_are_no_packages() -> None:
    """Two tests of one name in different folders would otherwise shadow each other."""
    findings = [name_of(path) for path in (ROOT / "tests").rglob("__init__.py")]
    report(findings, "Delete these files; shared builders are imported as tests.models:")


def test_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"), is_debug_mode=False, no_cache=True
    )
    if status:
        pytest.fail(
            "Move the import or place the new module among the layers in pyproject.toml:\n"
            + capsys.readouterr().out,
            pytrace=False,
        )


def test_the_page_on_architecture_names_every_module_in_the_order_of_the_contracts() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    lines = text.partition("rkviz/\n")[2].partition("```")[0].splitlines()
    told = [name.strip("/") for line in lines for name in line.strip().split("  ")[0].split()]
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert set(told) - {"manual"} == {name for name in there - {"manual"} if name[0] != "_"}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    rank = {name: -at for at, layer in enumerate(layers) for name in re.findall(r"\w+", layer)}
    order = [rank[name] for name in told if name in rank]
    assert order == sorted(order), "the lowest first"


def test_everything_outside_the_window_runs_without_qt() -> None:
    """In a process of its own: the tests around it have loaded Qt long ago."""
    modules = [
        name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in SOURCES
        if PACKAGE / "gui" not in path.parents and path.stem != "__main__"
    ]
    code = f"import sys, {', '.join(modules)}; print('PySide6' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"a module cannot be imported by itself:\n{done.stderr}"
    assert done.stdout.strip() == "False", "outside rkviz.gui, import Qt inside a function"


def test_qt_calls_keep_the_reference_count_of_none() -> None:
    """PySide6 6.12.0 on Python 3.11 loses one reference to None per call and then aborts."""
    path = QPainterPath()
    before = sys.getrefcount(None)
    for _ in range(200):
        path.moveTo(0.0, 0.0)
        path.lineTo(1.0, 1.0)
    lost = before - sys.getrefcount(None)
    assert abs(lost) < 50, f"400 Qt calls lost {lost} references to None; pin another PySide6"


def project_table() -> dict[str, list[str]]:
    """Dependencies of the program ("") and of each extra, as written in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def locked(*names: str) -> dict[str, str]:
    """Package -> exact version, from lock files in packaging/."""
    pins: dict[str, str] = {}
    for name in names:
        for line in (ROOT / "packaging" / name).read_text(encoding="utf-8").splitlines():
            text = line.split("#")[0].strip()
            if text and not text.startswith("-"):
                requirement = Requirement(text)
                pins[canonicalize_name(requirement.name)] = str(requirement.specifier)
    return pins


def needed(requirements: list[str]) -> set[str]:
    """Everything `requirements` draw in on this machine, themselves included."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for text in metadata.requires(name) or []:
                child = Requirement(text)
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    waiting.append(child)
    return {name for name, _ in seen}


def test_the_lock_covers_everything_the_program_needs() -> None:
    table = project_table()
    for group, files in (
        ("", ["requirements.txt"]),
        ("dev", ["requirements.txt", "requirements-docs.txt", "requirements-dev.txt"]),
    ):
        pins = locked(*files)
        report(
            sorted(needed(table[group]) - set(pins)),
            f"Add these with their exact version to packaging/{files[-1]}:",
        )
        loose = sorted(name for name, pin in pins.items() if not re.fullmatch(r"==[\w.]+", pin))
        report(loose, f"Pin these to one version in packaging/{files[-1]}:")


def test_what_is_installed_is_what_is_locked_and_fits_together() -> None:
    pins = locked("requirements.txt", "requirements-docs.txt", "requirements-dev.txt")
    wrong = [
        f"{name} {metadata.version(name)}, locked {pin}"
        for name, pin in sorted(pins.items())
        if f"=={metadata.version(name)}" != pin
    ]
    report(wrong, "Install the locked versions (make dev):")
    clashes = [
        f"{name} wants {requirement}, here is {metadata.version(requirement.name)}"
        for name in sorted(pins)
        for requirement in map(Requirement, metadata.requires(name) or [])
        if (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
        and not requirement.specifier.contains(metadata.version(requirement.name), True)
    ]
    report(clashes, "Choose versions in packaging/ that fit together:")


def test_the_lock_allows_what_pyproject_asks_for() -> None:
    pins = locked("requirements.txt", "requirements-docs.txt", "requirements-dev.txt")
    wrong = [
        f"{requirement} but {pins[canonicalize_name(requirement.name)]}"
        for requirements in project_table().values()
        for requirement in map(Requirement, requirements)
        if not requirement.specifier.contains(
            pins[canonicalize_name(requirement.name)].removeprefix("==")
        )
    ]
    report(wrong, "Let packaging/ and pyproject.toml say the same:")

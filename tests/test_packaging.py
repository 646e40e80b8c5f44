"""The recipes of the packages agree with the program, as far as can be told without building."""

from __future__ import annotations

import configparser
import re
import struct
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import contents
import deb
import few_colours
import icu_data
import libraries
import notices
import numpy as np
import pytest
import sbom
import system_libraries
import third_party
from PIL import Image
from ruamel.yaml import YAML

import rkviz
from rkviz.project import SUFFIX

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"


def sections(file: str) -> dict[str, list[str]]:
    """Sections of an Inno Setup script: name -> lines that say something."""
    found: dict[str, list[str]] = {}
    for line in (PACKAGING / "windows" / file).read_text(encoding="utf-8-sig").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = []
        elif found and line.strip() and not line.startswith(";"):
            found[name].append(line)
    return found


@pytest.fixture(scope="module")
def setup() -> dict[str, list[str]]:
    return sections("rkviz.iss")


def test_the_version_stands_in_one_place() -> None:
    assert contents.version() == rkviz.__version__ == metadata.version("rkviz")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "rkviz.__version__"}
    elsewhere = [
        path.name
        for path in PACKAGING.rglob("*")
        if path.suffix in (".py", ".spec", ".iss", ".sh", ".desktop", ".xml")
        and rkviz.__version__ in path.read_text(encoding="utf-8")
    ]
    assert elsewhere == []


def test_every_file_that_a_recipe_names_is_there() -> None:
    """Except what the build itself makes."""
    named = re.compile(r"packaging/[\w./-]*\w\.(?:py|sh|spec|txt|iss)")
    recipes = [ROOT / "Makefile", ROOT / ".github" / "workflows" / "package.yml"]
    recipes += [*PACKAGING.glob("*.py"), *PACKAGING.glob("*.sh"), *PACKAGING.glob("*.md")]
    for recipe in recipes:
        for name in named.findall(recipe.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), f"{recipe.name} names {name}"
    script = "\n".join(line for lines in sections("rkviz.iss").values() for line in lines)
    in_script = re.findall(r'(?:File=|Source: ")(\.\.[^"*\n]*)', script)
    assert in_script
    for name in in_script:
        path = (PACKAGING / "windows" / name.replace("\\", "/")).resolve()
        assert path.exists() or ROOT / "build" in path.parents, name


@pytest.mark.parametrize(
    ("system", "programs", "is_bundled"),
    [
        ("linux", [("rkviz", True)], False),
        ("win32", [("rkviz", True), ("rkviz-window", False)], False),
        ("darwin", [("rkviz", False)], True),
    ],
)
def test_the_spec_runs_for_all_systems(
    system: str, programs: list[tuple[str, bool]], is_bundled: bool,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What PyInstaller gives a spec is stood in for; the rest of the spec is run."""
    calls: dict[str, list[dict[str, Any]]] = {}

    def noted(name: str) -> Callable[..., SimpleNamespace]:
        def call(*arguments: Any, **options: Any) -> SimpleNamespace:
            calls.setdefault(name, []).append({"": arguments} | options)
            dropped = ("PySide6/Qt/qml/QtQuick/qmldir", "qmldir", "DATA")
            kept = ("rkviz/manual/index.html", "index.html", "DATA")
            return SimpleNamespace(
                binaries=[("numpy/a.so", "a.so", "EXTENSION")], datas=[dropped, kept],
                pure=[], scripts=[],
            )  # fmt: skip

        return call

    hooks = SimpleNamespace(
        collect_submodules=lambda name: [name], copy_metadata=lambda name: [(name, name)]
    )
    monkeypatch.setitem(sys.modules, "PyInstaller", ModuleType("PyInstaller"))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils", ModuleType("PyInstaller.utils"))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", hooks)
    monkeypatch.setitem(sys.modules, "draw_icons", SimpleNamespace(main=lambda _folder: 0))
    monkeypatch.setattr(libraries, "_linked_to", lambda _file: set())
    monkeypatch.setattr(contents, "COLLECTED", tmp_path / "collected.txt")
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names = ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")
    given = {"SPECPATH": str(PACKAGING), **{name: noted(name) for name in names}}
    text = (PACKAGING / "rkviz.spec").read_text(encoding="utf-8")
    exec(compile(text, "rkviz.spec", "exec"), given)
    assert [(made["name"], made["console"]) for made in calls["EXE"]] == programs
    assert calls["COLLECT"][0][""][-1] == [("rkviz/manual/index.html", "index.html", "DATA")]
    assert (tmp_path / "collected.txt").read_text() == "a.so"
    (analysis,) = calls["Analysis"]
    assert all(Path(file).is_file() for file in analysis[""][0])
    assert ("BUNDLE" in calls) == is_bundled
    if is_bundled:
        assert calls["BUNDLE"][0]["version"] == rkviz.__version__
    assert "freeze_support()" in (PACKAGING / "start.py").read_text(encoding="utf-8")


def test_the_windows_installer_needs_no_rights_and_cleans_up(setup: dict[str, list[str]]) -> None:
    assert "PrivilegesRequired=lowest" in setup["Setup"]
    assert "ChangesAssociations=yes" in setup["Setup"]
    assert any(line.startswith("AppVersion={#Version}") for line in setup["Setup"])
    registry = "\n".join(setup["Registry"])
    assert f"Classes\\{SUFFIX}" in registry
    assert (
        'shell\\open\\command"; ValueType: string; ValueName: ""; ValueData: """{app}' in registry
    )
    assert "Root: HKLM" not in registry
    programs = [line for line in setup["Registry"] if 'Classes\\rkviz.Project"' in line]
    assert all("uninsdeletekey" in line for line in programs)
    deleted = setup["UninstallDelete"] + setup["InstallDelete"]
    assert all(line.endswith('Name: "{app}\\_internal"') for line in deleted), "nothing of others"


def test_the_windows_installer_speaks_english_and_chinese(setup: dict[str, list[str]]) -> None:
    assert [line.split('"')[1] for line in setup["Languages"]] == ["english", "chinese"]
    texts = [line.partition("=")[0].split(".") for line in setup["CustomMessages"]]
    names = {name: {text for spoken, text in texts if spoken == name} for name, _ in texts}
    assert names["english"] == names["chinese"]
    used = set(re.findall(r"\{cm:(\w+)\}", "\n".join(map("\n".join, setup.values()))))
    assert used == names["english"]
    messages = sections("chinese.isl")["Messages"]
    keys = [line.partition("=")[0] for line in messages]
    assert len(keys) == len(set(keys))
    for line in messages:
        assert re.search(r"[\u4e00-\u9fff%]", line), line
    # Without a mark Inno Setup reads the machine's own encoding.
    for file in ("rkviz.iss", "chinese.isl"):
        assert (PACKAGING / "windows" / file).read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_workflow_builds_on_all_three_systems() -> None:
    text = (ROOT / ".github" / "workflows" / "package.yml").read_text(encoding="utf-8")
    jobs = YAML(typ="safe").load(text)["jobs"]
    systems = [jobs["linux"]["runs-on"]]
    systems += [entry["os"] for entry in jobs["desktop"]["strategy"]["matrix"]["include"]]
    assert {name.partition("-")[0] for name in systems} == {"ubuntu", "windows", "macos"}


def test_resources_travel_with_the_package() -> None:
    places = {Path(file).name: folder for file, folder in contents.resources()}
    assert places["rkviz_zh_CN.ts"] == "rkviz/gui/resources/i18n"
    assert places["ch_PP-OCRv4_det_infer.onnx"] == places["CREDIT.txt"] == "rkviz/demo/network"
    assert all(contents.is_wanted(f"{folder}/{name}") for name, folder in places.items())


@pytest.mark.parametrize(
    ("place", "stays"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6\\translations\\qtbase_de.qm", False),
        ("PySide6/Qt/qml/QtQuick/qmldir", False),
        ("libpython3.11.so.1.0", True),
        ("libstdc++.so.6", False),
        ("libxcb-cursor.so.0", True),
        ("libxcb.so.1", False),
        ("onnxruntime/capi/onnxruntime_pybind11_state.cpython-311-x86_64-linux-gnu.so", True),
        ("onnxruntime/capi/libonnxruntime.so.1.32.0", False),
    ],
)
def test_the_list_of_what_is_dropped(place: str, stays: bool) -> None:
    assert contents.is_wanted(place) is stays


def test_libraries_nobody_is_linked_to_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    links = {"module": {"libused.so.1"}, "libused.so.1": {"libdeep.so"}, "plugin": {"libc.so.6"}}
    monkeypatch.setattr(libraries, "_linked_to", lambda file: links.get(file, set()))
    monkeypatch.setattr(sys, "platform", "linux")
    kept = [
        ("pkg/module.so", "module", "EXTENSION"),
        ("libused.so.1", "real/libused.so.1.2", "SYMLINK"),
        ("real/libused.so.1.2", "libused.so.1", "BINARY"),
        ("libdeep.so", "libdeep.so", "BINARY"),
        ("Qt/plugins/platforms/libqxcb.so", "plugin", "BINARY"),
    ]
    dropped = [("libalone.so", "libalone.so", "BINARY"), ("libold.so", "x/libold.so.1", "SYMLINK")]
    assert libraries.needed_libraries([*kept, *dropped]) == kept


def test_languages_leave_icu_and_the_rest_stays() -> None:
    items = [
        ("icudt73l/coll/de.res", b"D" * 40),
        ("icudt73l/coll/root.res", b"R" * 33),
        ("icudt73l/de.res", b"d" * 16),
        ("icudt73l/gb18030.cnv", b"G" * 20),
        ("icudt73l/zh_Hans.res", b"Z" * 16),
        ("icudt73l/zu.res", b"z" * 16),
    ]
    names, table, text, body = 4 + 8 * len(items), b"", b"", b""
    first = -(-(names + sum(len(name) + 1 for name, _ in items)) // 16) * 16
    for name, item in items:
        table += struct.pack("<2I", names + len(text), first + len(body))
        text += name.encode() + b"\0"
        body += item.ljust(-(-len(item) // 16) * 16, b"\0")
    header = struct.pack("<H", 32) + b"\xda\x27".ljust(10, b"\0") + b"CmnD".ljust(20, b"\0")
    whole = header + (struct.pack("<I", len(items)) + table + text).ljust(first, b"\0") + body
    made = icu_data.reduced(whole)
    (count,) = struct.unpack_from("<I", made, 32)
    pairs = [struct.unpack_from("<2I", made, 36 + 8 * index) for index in range(count)]
    read = {
        made[32 + name : made.index(b"\0", 32 + name)].decode(): made[32 + at :][:1]
        for name, at in pairs
    }
    assert list(read) == [items[at][0] for at in (1, 3, 4)]
    assert all(first == dict(items)[name][:1] for name, first in read.items())


def test_the_deb_depends_on_what_the_set_up_installs() -> None:
    depends, recommends = deb.requirements()
    assert {"libegl1", "libgl1", "libdbus-1-3", "libglib2.0-0t64 | libglib2.0-0"} <= set(depends)
    assert not any(name.startswith("libxcb-cursor") for name in depends), "the package brings it"
    assert all(name.startswith("fonts-") for name in recommends)
    assert len(recommends) == 2


def test_the_desktop_knows_the_program_and_its_projects() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment]
    entry.read(PACKAGING / "linux" / "rkviz.desktop", encoding="utf-8")
    mime = ElementTree.parse(PACKAGING / "linux" / "rkviz-mime.xml").getroot()[0]
    pattern = next(child for child in mime if child.tag.endswith("glob"))
    assert pattern.get("pattern") == f"*{SUFFIX}"
    assert entry["Desktop Entry"]["MimeType"] == f"{mime.get('type')};"
    # The name the window gives the desktop, so that both are one in the task bar.
    assert entry["Desktop Entry"]["StartupWMClass"] == "rkviz"
    assert {"Name", "GenericName[zh_CN]", "Comment[zh_CN]"} <= set(entry["Desktop Entry"])


def test_third_party_notices_are_those_of_what_is_installed() -> None:
    text = (ROOT / "THIRD-PARTY.md").read_text(encoding="utf-8")
    assert text == notices.third_party(), "run packaging/notices.py"


def test_licences_of_everything_in_a_package_are_gathered(tmp_path: Path) -> None:
    notices.write_licences(tmp_path / "licences")
    folders = {path.name for path in (tmp_path / "licences").iterdir() if path.is_dir()}
    names = {part.name for part in third_party.components(third_party.locked("requirements.txt"))}
    assert folders == names - {"setuptools"}
    assert all(any((tmp_path / "licences" / name).iterdir()) for name in folders)
    assert "GNU LESSER GENERAL PUBLIC" in (tmp_path / "licences" / "LGPL-3.0.txt").read_text()


def test_the_bill_of_materials_is_cyclonedx_and_complete() -> None:
    bill = sbom.bill()
    assert bill == sbom.bill()
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    assert bill["metadata"]["component"]["version"] == rkviz.__version__
    kinds = {"library", "platform", "framework", "machine-learning-model"}
    assert {entry["type"] for entry in bill["components"]} == kinds
    for entry in bill["components"]:
        assert {"bom-ref", "name", "version", "licenses"} <= set(entry)
    places = [entry["bom-ref"] for entry in bill["components"]]
    assert len(places) == len(set(places))
    known = {*places, bill["metadata"]["component"]["bom-ref"]}
    assert all({part["ref"], *part["dependsOn"]} <= known for part in bill["dependencies"])
    listed = {place.partition("@")[0] for place in places}
    for name in third_party.locked("requirements.txt"):
        if name != "setuptools":
            assert f"pkg:pypi/{name.lower().replace('_', '-')}" in listed


def test_libraries_of_the_building_system_are_named_with_their_licences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def dpkg(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        asked.extend(command[2:])
        said = "3.4.4-1\n" if "-W" in command else "libffi8:amd64: /lib/x86/libffi.so.8\n"
        return subprocess.CompletedProcess(command, 0, said, "")

    monkeypatch.setattr(system_libraries.shutil, "which", lambda _name: "/usr/bin/dpkg-query")
    monkeypatch.setattr(system_libraries.subprocess, "run", dpkg)
    files = ["/lib/x86/libffi.so.8", "/venv/lib/python3.12/site-packages/numpy.libs/libblas.so"]
    (package,) = system_libraries.system_packages(files)
    assert (package.name, package.version) == ("libffi8", "3.4.4-1")
    assert "/usr/lib/x86/libffi.so.8" in asked, "dpkg may know it by its other name"
    assert not any("numpy" in place for place in asked)
    (entry,) = (e for e in sbom.bill(system=[package])["components"] if e["name"] == "libffi8")
    assert entry["purl"].startswith("pkg:deb/")
    (tmp_path / "copyright").write_text("MIT\n")
    monkeypatch.setattr(
        system_libraries.SystemPackage, "copyright", tmp_path / "copyright", raising=True
    )
    notices.write_licences(tmp_path / "licences", system=[package])
    assert (tmp_path / "licences" / "libffi8" / "copyright").read_text() == "MIT\n"


def test_what_wheels_say_was_compiled_into_them_is_in_the_bill() -> None:
    entries = {entry["name"]: entry for entry in sbom.bill()["components"]}
    assert {"abseil-cpp", "protobuf"} <= {part["name"] for part in entries["onnx"]["components"]}
    assert all("bom-ref" not in part for part in entries["pillow"]["components"])


def test_pictures_of_few_colours_keep_those_of_large_areas() -> None:
    """Grounds that differ by a few steps stay what they are, whatever else is in the picture."""
    grounds = np.asarray([(242, 244, 247), (247, 248, 250), (255, 255, 255)], np.uint8)
    pixels = np.random.default_rng(0).integers(0, 256, (300, 200, 3)).astype(np.uint8)
    pixels[:240] = np.repeat(grounds, 80, axis=0)[:, None]
    small = few_colours.reduced(Image.fromarray(pixels))
    assert small.mode == "P"
    assert len(small.getcolors()) <= few_colours.COLOURS
    shown = np.asarray(small.convert("RGB"))
    assert np.array_equal(shown[:240], pixels[:240])
    assert np.abs(shown[240:].astype(int) - pixels[240:]).mean() < 25

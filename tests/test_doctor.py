"""`rkviz doctor` says what is here, and names what is broken."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

import rkviz
from rkviz import cli, doctor
from rkviz.board import PYTHON_VARIABLE
from rkviz.cli import exit_codes


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("config", "state", "log", "cache"):
        monkeypatch.setattr(
            f"platformdirs.user_{name}_dir", lambda *_a, name=name, **_k: str(tmp_path / name)
        )
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def test_the_text_names_versions_machine_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == exit_codes.OK
    said = capsys.readouterr().out
    for part in (
        "onnxruntime",
        "PySide6-Essentials",
        "threads",
        "u8 by s8: ",
        "not found; rkviz does not need",
    ):
        assert part in said
    assert f"rkviz         {rkviz.__version__}\n" in said
    assert said.endswith("problems\n  none\n")


def test_json_holds_the_same_facts(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == exit_codes.OK
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == []
    assert found["sections"]["program"]["rkviz"] == rkviz.__version__
    assert all(isinstance(fact, str) for facts in found["sections"].values() for fact in facts)


def test_the_home_folder_is_not_told() -> None:
    files = doctor.examine().sections["files"]
    assert files["log"] == str(Path("~/log/rkviz.log")) + " (not there yet)"


def test_a_part_that_cannot_be_loaded_is_a_problem_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = importlib.import_module

    def without_svg(name: str) -> object:
        if name == "rkviz.gui.resources":
            raise ImportError("libEGL.so.1: cannot open shared object file")
        return whole(name)

    monkeypatch.setattr(importlib, "import_module", without_svg)
    assert cli.main(["doctor"]) == exit_codes.ERROR
    assert "rkviz.gui.resources cannot be loaded: libEGL.so.1: cannot" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_told(home: Path) -> None:
    (home / "log").write_text("a file where the folder should be")
    found = doctor.examine()
    assert found.sections["files"]["log"].endswith("(cannot be written)")
    assert found.problems == ("~/log/rkviz.log cannot be written; rkviz goes on without it",)


def test_a_toolkit_is_found_without_being_loaded(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "rknn").mkdir()
    (home / "rknn" / "__init__.py").write_text("raise SystemExit('loaded')")
    monkeypatch.syspath_prepend(home)
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    found = doctor.examine().sections["vendor's toolkit"]
    assert found == {"Python with rknn": sys.executable}
    assert "rknn" not in sys.modules
    other = home / "python3.6"
    other.touch()
    monkeypatch.setenv(PYTHON_VARIABLE, str(other))
    assert doctor.examine().sections["vendor's toolkit"] == {"Python with rknn": "~/python3.6"}

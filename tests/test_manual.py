"""Manual and readme: every command runs, every link leads somewhere, both languages agree."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from rkviz import cli
from rkviz.analyse.query import parse_query
from rkviz.cli.options import COMMANDS, parser
from rkviz.rknn_api import RKNN
from tests import models
from tests.pictures import save_pictures
from tests.rknn_files import every_operation

ROOT = Path(__file__).resolve().parent.parent
MANUAL = ROOT / "docs" / "manual"
PAGES = sorted(MANUAL.glob("*/*.md"))
PAPERS = [*PAGES, ROOT / "README.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
REACHED = {0, 3}
"""3: a limit that a tiny network with random weights does not reach."""
SHOWN_ELSEWHERE = {"demo", "doctor"}
"""Tested by tests/demo and tests/test_doctor.py; the demo's own network takes its time."""


@dataclass(frozen=True)
class Command:
    """One line of a page, its comment gone."""

    page: Path
    words: tuple[str, ...]


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [code for name, code in FENCE.findall(text) if name == language]


def commands(page: Path) -> list[Command]:
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [Command(page, tuple(line)) for line in words if line]


def every_command() -> list[tuple[str, ...]]:
    """Each once, whatever page it is on; those that export need what others wrote, so in order."""
    found = dict.fromkeys(command.words for page in PAPERS for command in commands(page))
    return list(found)


def make_targets() -> set[str]:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    rules = [line.partition(":")[0] for line in lines if re.match(r"[a-z][\w -]*:(?!=)", line)]
    return {name for rule in rules for name in rule.split()}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages take for granted: a model, a detector, pictures, a project, an analysis."""
    folder = tmp_path_factory.mktemp("manual")
    save_pictures(folder / "pictures", 3)
    names = [f"pictures/picture{index}.png" for index in range(3)]
    (folder / "dataset.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    (folder / "one_picture.txt").write_text(names[0] + "\n", encoding="utf-8")
    models.save(models.chain(), folder / "model.onnx")
    models.save(models.boxes_with_scores(), folder / "detector.onnx")
    (folder / "model.rknn").write_bytes(every_operation().data())
    given = [str(folder / "model.onnx"), "--dataset", str(folder / "pictures"), "--quiet"]
    saved = ["--save", str(folder / "project.rkviz")]
    cfg = str(folder / "model.quantization.cfg")
    assert cli.main(["export-cfg", *given, *saved, "-o", cfg]) == 0
    assert cli.main(["accuracy-analysis", *given, "-o", str(folder / "snapshot")]) == 0
    return folder


def test_there_are_commands_to_try() -> None:
    named = {words[1] for words in every_command() if words[0] == "rkviz" and len(words) > 1}
    assert named - {"--version", "model.onnx"} <= set(COMMANDS)
    assert set(COMMANDS) <= named, "the papers show every command of rkviz"
    assert len(PAGES) == 2 * 14
    fences = {name for page in PAPERS for name, _code in FENCE.findall(page.read_text("utf-8"))}
    assert fences == {"sh", "python"}, "what these tests run"


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_runs(
    words: tuple[str, ...], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, arguments = words[0].removeprefix(".venv/bin/"), list(words[1:])
    if program == "make":
        assert set(arguments) <= make_targets()
        return
    if program == "pip":
        assert arguments == ["install", "rkviz-*.whl"]
        return
    assert program == "rkviz", f"say in this test how to try {program}"
    monkeypatch.chdir(work)
    if not arguments or arguments[0] not in COMMANDS:  # the window
        assert arguments in ([], ["--version"]) or Path(arguments[0]).exists()
        return
    if arguments[0] in SHOWN_ELSEWHERE:
        parser().parse_args(arguments)
        return
    split = "--calibration-images"
    if split in arguments:  # 48 of the reader's pictures, 2 of the 3 here
        arguments[arguments.index(split) + 1] = "2"
    assert cli.main(arguments) in REACHED


@pytest.mark.parametrize(
    "page", [page for page in PAPERS if blocks(page, "python")], ids=lambda page: page.parent.name
)
def test_every_python_example_runs(
    page: Path, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(work)
    monkeypatch.setattr(RKNN, "release", lambda self: None)
    for code in blocks(page, "python"):
        exec(compile(code, str(page), "exec"), {"__name__": "manual"})
    said = capsys.readouterr().out.splitlines()
    assert not [line for line in said if line.startswith("E ")]


def test_options_in_running_text_exist() -> None:
    known = {
        option
        for command in parser()._subparsers._group_actions[0].choices.values()  # type: ignore
        for action in command._actions
        for option in action.option_strings
    }
    elsewhere = {"--no-index", "--find-links", "--version"}
    for page in PAPERS:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for code in INLINE.findall(text):
            options = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", code))
            assert options <= known | elsewhere, f"{page.name}: `{code}`"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_terms_of_a_search_are_understood(language: str) -> None:
    text = (MANUAL / language / "window.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^|]+)` \| [^`\n]*(.*)$", text, re.MULTILINE)
    named = [term for row in rows for term in (row[0], *INLINE.findall(row[1]))]
    assert len(named) > 12
    for term in named:
        # Fields that are named alone take a number.
        is_field = re.fullmatch(r"(own|acc|cos|snr|max)(\.\w+)?", term)
        is_word = term in ("op", "engine", "name")
        parse_query(f"{term} < 1" if is_field else f"{term} = x" if is_word else term)


def test_links_and_pictures_are_there() -> None:
    for page in PAPERS:
        for target, _place in LINK.findall(page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_both_languages_have_the_same_pages_with_the_same_commands() -> None:
    english = {page.name: page for page in PAGES if page.parent.name == "en"}
    chinese = {page.name: page for page in PAGES if page.parent.name == "zh"}
    assert english.keys() == chinese.keys()
    for name, page in english.items():
        other = chinese[name]
        assert [c.words for c in commands(page)] == [c.words for c in commands(other)], name
        plain = [re.sub(r"#.*", "", code) for code in blocks(page, "python")]
        assert plain == [re.sub(r"#.*", "", code) for code in blocks(other, "python")], name
        rows = [page.read_text(encoding="utf-8").count("\n|") for page in (page, other)]
        headings = [len(re.findall(r"^#+ ", p.read_text("utf-8"), re.M)) for p in (page, other)]
        assert rows[0] == rows[1], name
        assert headings[0] == headings[1], name
        assert re.search(r"[\u4e00-\u9fff]", other.read_text(encoding="utf-8"))


def test_the_manual_is_built_without_a_warning_and_stays_small(tmp_path: Path) -> None:
    config = ROOT / "docs" / "mkdocs.yml"
    command = [sys.executable, "-m", "mkdocs", "build", "-f", str(config), "-d", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*/*.html"))) == len(PAGES)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size < 1_000_000
    text = (tmp_path / "zh" / "types.html").read_text(encoding="utf-8")
    assert 'href="../en/types.html"' in text, "each page leads to the other language"
    assert "http" not in re.sub(r"<main>.*</main>", "", text, flags=re.DOTALL)
    listed = YAML(typ="safe").load(config.read_text(encoding="utf-8"))["nav"]
    assert [len(*part.values()) for part in listed] == [14, 14]

"""`rkviz optimize`: files, exit codes and words of a search without a window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rkviz import cli
from rkviz.cli import exit_codes, optimize
from rkviz.plan_search import search_plan
from rkviz.project import load_project
from rkviz.search.points import Found
from tests import models
from tests.pictures import save_pictures


@pytest.fixture
def work(tmp_path: Path) -> Path:
    models.save(models.depthwise_net(), tmp_path / "net.onnx")
    save_pictures(tmp_path / "pictures", 6)
    return tmp_path


def run(work: Path, *options: str) -> int:
    return cli.main(
        [
            "optimize", str(work / "net.onnx"), "--dataset", str(work / "pictures"),
            "--calibration-images", "3", "--quiet", "-o", str(work / "out"), *options,
        ]
    )  # fmt: skip


def test_a_goal_within_reach_writes_cfg_project_and_report(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, "--min-quality", "0.9", "--quality", "cosine") == exit_codes.OK
    out = capsys.readouterr().out
    assert "lowest cosine of the outputs" in out
    assert out.count(" written.") == 3
    project = load_project(work / "out" / "net.rkviz")
    assert project.calibration_images == 3
    assert (work / "out" / "net.quantization.cfg").stat().st_size > 0
    report = (work / "out" / "net.html").read_text(encoding="utf-8")
    assert "Search for the best hybrid plan" in report
    assert "<polyline" in report


def test_a_floor_out_of_reach_is_an_exit_code_and_the_best_is_written(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, "--min-quality", "300", "--json") == exit_codes.BELOW_LIMIT
    captured = capsys.readouterr()
    found = json.loads(captured.out, parse_constant=lambda name: pytest.fail(name))
    assert not found["reached"]
    assert found["unit"] == "dB"
    assert len(found["written"]) == 3
    assert found["best"]["measured"] >= found["start"]["measured"]
    assert found["choices"]
    assert "No plan reached 300.00 dB" in captured.err


def test_locked_layers_and_types(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    locked = ("--lock", "dw1", "--types", "u8,i16")
    assert run(work, "--min-quality", "300", *locked) == exit_codes.BELOW_LIMIT
    project = load_project(work / "out" / "net.rkviz")
    assert project.locked == {"dw1"}
    assert project.config.for_layer("dw1").scheme is None
    assert {own.scheme.short for own in project.config.overrides.values()} == {"i16"}
    capsys.readouterr()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--min-quality", "inf"), "goal of a search is a number"),
        (("--min-quality", "nan"), "goal of a search is a number"),
        (("--lock", "dw9"), "did you mean 'dw"),
        (("--types", "u8,bf16"), "u8, i8, i16 and float"),
        (("--quality", "best"), "worst-slice"),
        (("--quality", "labels"), "labels file"),
        (("--quality", "none.py:f"), "is not there"),
        (("--quality", "cosine", "--min-quality", "1.5"), "No network has more than 1"),
    ],
)
def test_mistakes_are_one_sentence(
    work: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], sentence: str
) -> None:
    assert run(work, "--min-quality", "1", *options) == exit_codes.ERROR
    assert sentence in capsys.readouterr().err
    assert not (work / "out").exists()


@pytest.mark.parametrize("limit", ["nan", "inf", "-5"])
def test_a_limit_of_time_is_a_number(
    work: Path, limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(work, f"--max-ms={limit}") == exit_codes.ERROR
    assert "milliseconds that are not below 0" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told_before_the_search(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "file").write_text("in the way", encoding="utf-8")
    place = str(work / "file" / "out")
    assert run(work, "--min-quality", "1", "-o", place, "--quality", "best") == exit_codes.ERROR
    assert "is no folder" in capsys.readouterr().err


def test_what_a_stopped_search_has_found_is_written_and_said(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(project, results, request, progress, keep):
        def hand_on(found: Found) -> None:
            keep(found)
            if found.best is not None:
                raise KeyboardInterrupt

        return search_plan(project, results, request, progress, hand_on)

    monkeypatch.setattr(optimize, "search_plan", stopped)
    assert run(work, "--min-quality", "300") == exit_codes.CANCELLED
    error = capsys.readouterr().err
    assert "the best plan until then (SNR of the outputs" in error
    assert "net.rkviz" in error
    load_project(work / "out" / "net.rkviz")


def test_half_of_the_pictures_judge_where_none_would_be_left(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(work, "--min-quality", "0.5", "--quality", "cosine", "--calibration-images", "0") == 0
    )
    assert "3 of the 6 pictures calibrate" in capsys.readouterr().err
    assert load_project(work / "out" / "net.rkviz").calibration_images == 3


def test_a_quality_of_the_users_own(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "mine.py").write_text(
        "def near(q, t):\n    return -max(abs(q[n] - t[n]).max() for n in t)\n"
    )
    own = f"{work / 'mine.py'}:near"
    assert run(work, "--min-quality=-1e9", "--quality", own) == exit_codes.OK
    assert "mine.py:near" in capsys.readouterr().out

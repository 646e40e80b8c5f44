"""Qualities by name, by labels, and by a function the user wrote."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from rkviz.errors import ConfigError, DatasetError
from rkviz.graph.model import Graph
from rkviz.search.labels import labels_of, read_labels
from rkviz.search.own_quality import OwnQuality
from rkviz.search.quality import QUALITIES, Quality, quality_named
from tests.graphs import Sketch


def graph() -> Graph:
    sketch = Sketch((1, 4, 2, 2))
    sketch.conv("boxes", "x")
    sketch.conv("scores", "x", seed=1)
    sketch.add("out", "Concat", "boxes", "scores", shape=(1, 8, 2, 2), axis=1)
    return sketch.graph("out")


def judged(quality: Quality, *pairs: tuple[np.ndarray, np.ndarray], name: str = "out") -> float:
    rows = [quality.one(i, {name: q}, {name: t}) for i, (q, t) in enumerate(pairs)]
    return quality.total(rows)


REAL = np.arange(32, dtype=np.float32).reshape(1, 8, 2, 2) + 1


def test_snr_is_of_all_pictures_together() -> None:
    quality = quality_named("snr", graph())
    noisy = REAL + np.float32(1)
    signal, noise = 2 * float((REAL**2).sum()), 32.0
    expected = 10 * np.log10(signal / noise)
    assert judged(quality, (noisy, REAL), (REAL, REAL)) == pytest.approx(expected)
    assert judged(quality, (REAL, REAL)) == np.inf


def test_the_worst_slice_is_not_hidden_by_the_rest() -> None:
    dead = REAL.copy()
    dead[:, 4:] = 0
    dead[:, :4] *= 1000
    real = REAL.copy()
    real[:, :4] *= 1000
    assert judged(quality_named("cosine", graph()), (dead, real)) > 0.99
    assert judged(quality_named("worst-slice", graph()), (dead, real)) == 0.0


def test_top_one_by_float_and_by_labels() -> None:
    sketch = Sketch((1, 10))
    net = sketch.graph(sketch.add("y", "Relu", "x"))
    right, wrong = np.eye(10, dtype=np.float32)[[3]], np.eye(10, dtype=np.float32)[[5]]
    top = quality_named("top1", net)
    assert judged(top, (right, right), (wrong, right), name="y") == 0.5
    labels = quality_named("labels", net, [3, 5])
    assert judged(labels, (right, wrong), (wrong, right), name="y") == 1.0


def test_unknown_qualities_and_missing_labels_are_refused() -> None:
    with pytest.raises(ConfigError, match="worst-slice"):
        quality_named("best", graph())
    with pytest.raises(ConfigError, match="labels file"):
        quality_named("labels", graph())
    assert all(quality_named(name, graph(), [0]).title for name in QUALITIES)


def test_labels_by_file_name(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("# classes\na.jpg 3\nfolder/b c.jpg,\t7\n\n")
    assert labels_of(read_labels(file), ["b c.jpg", "/elsewhere/a.jpg"]) == (7, 3)
    with pytest.raises(DatasetError, match="no label"):
        labels_of(read_labels(file), ["a.jpg", "missing.jpg"])


def test_all_bad_lines_of_labels_are_told(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("a.jpg 3\nb.jpg\nc.jpg cat\n")
    with pytest.raises(DatasetError) as raised:
        read_labels(file)
    assert [detail.split(":")[0] for detail in raised.value.details] == ["line 2", "line 3"]
    file.write_text("\n")
    with pytest.raises(DatasetError, match="holds no labels"):
        read_labels(file)


FILE = """
import os, time

def distance(outputs, real):
    (name,) = outputs
    return -abs(outputs[name] - real[name]).max()

def other_process(outputs, real):
    return os.getpid()

def fails(outputs, real):
    raise KeyError("boxes")

def endless(outputs, real):
    time.sleep(60)

def nan(outputs, real):
    return float("nan")

def leaves(outputs, real):
    os._exit(1)

def word(outputs, real):
    return "good"

def nothing(outputs, real):
    pass

def interrupted(outputs, real):
    os.kill(os.getpid(), 2)

def talks(outputs, real):
    print("half", flush=True)
    os.write(1, b" and half")
    return 0.5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


def test_a_function_of_the_user_runs_in_another_process(file: Path) -> None:
    with OwnQuality(file, "distance") as quality:
        assert quality.title == "mine.py:distance"
        assert judged(quality, (REAL + 2, REAL), (REAL, REAL)) == pytest.approx(-1.0)
    with OwnQuality(file, "other_process") as quality:
        assert judged(quality, (REAL, REAL)) != os.getpid()


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        ("fails", "KeyError: 'boxes' .line 12"),
        ("nan", "finite number"),
        ("leaves", "ended without an answer"),
        ("word", "it gave 'good' instead of a number;"),
        ("nothing", "it gave None instead of a number;"),
        ("interrupted", "ended without an answer"),
        ("endless", "took more than 0.5 s"),
    ],
)
def test_what_goes_wrong_there_is_told_here(file: Path, function: str, sentence: str) -> None:
    with (
        OwnQuality(file, function, picture_s=0.5) as quality,
        pytest.raises(ConfigError, match=sentence),
    ):
        judged(quality, (REAL, REAL))


def test_what_it_prints_does_not_mix_with_the_answers_of_rkviz(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with OwnQuality(file, "talks") as quality:
        assert judged(quality, (REAL, REAL)) == 0.5
    with OwnQuality(file, "interrupted") as quality, pytest.raises(ConfigError):
        judged(quality, (REAL, REAL))
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err == "half\n and half"


def test_a_file_that_cannot_be_used_is_refused_at_once(file: Path) -> None:
    with pytest.raises(ConfigError, match="AttributeError"):
        OwnQuality(file, "missing")
    with pytest.raises(ConfigError, match="is not there"):
        OwnQuality(file.with_name("none.py"), "f")
    file.write_text("def broken(:\n")
    with pytest.raises(ConfigError, match=r"SyntaxError: .*line 1\); mend it"):
        OwnQuality(file, "broken")

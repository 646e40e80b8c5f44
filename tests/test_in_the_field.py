"""What users' machines do to a program: no network, odd names, full disks, several at once."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rkviz import cli
from rkviz.cli import exit_codes
from rkviz.project import load_project
from tests import models
from tests.pictures import save_pictures

ROOT = Path(__file__).resolve().parents[1]

WATCHED = """
import json, os, sys
package, home = sys.argv[1], sys.argv[2]
seen = []
WRITING = os.O_WRONLY | os.O_RDWR

def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.")):
        seen.append([event, repr(arguments)])
    elif event == "open" and isinstance(arguments[0], str) and arguments[2] & WRITING:
        path = os.path.abspath(arguments[0])
        if not path.startswith((home, "/dev/", "/proc/")):
            seen.append([event, path])
    elif event in ("os.mkdir", "os.rename", "os.remove"):
        if os.path.abspath(os.fsdecode(arguments[0])).startswith(package):
            seen.append([event, repr(arguments)])

sys.addaudithook(watch)
"""
WORK = """
from rkviz import cli
code = cli.main(["report", *sys.argv[3:], "--quiet"])
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from rkviz.gui import app

application = QApplication(["rkviz"])
QTimer.singleShot(500, lambda: [w.close() for w in QApplication.topLevelWidgets() if w.isVisible()])
print(json.dumps([code, app.main([]), seen]))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home as it may be called."""
    made = tmp_path / "家 目录 with space, & 'quote'"
    made.mkdir()
    return made


def test_nothing_is_sent_and_nothing_is_written_outside_of_home(home: Path) -> None:
    """The command line and the window, watched by Python itself, as in a read-only installation."""
    model = models.save(models.residual(), home / "网络 net.onnx")
    pictures = save_pictures(home / "图片", count=2)
    report = home / "报告.html"
    # onnxruntime keeps quiet by itself where it believes to be tested.
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH", "CI", "ORT_DISABLE_TELEMETRY")
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith(("XDG_", "PYTEST"))
    }
    environment |= {
        "HOME": str(home), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", WATCHED + WORK, str(ROOT), str(home), str(model),
         "--dataset", str(pictures), "--output", str(report)],
        env=environment, cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    command_line, window, seen = json.loads(done.stdout.splitlines()[-1])
    assert (command_line, window, seen) == (0, 0, [])
    assert report.read_text(encoding="utf-8").startswith("<!")
    # What Qt and onnxruntime write, they do not tell Python.
    assert not (home / ".cache" / "Microsoft").exists(), "onnxruntime numbered this machine"
    assert (home / ".config" / "rkviz" / "rkviz.ini").is_file()


def test_no_module_of_ours_knows_the_network() -> None:
    words = ("socket", "urllib", "http.client", "http.server", "ftplib", "QtNetwork", "requests")
    findings = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in (ROOT / "rkviz").rglob("*.py")
        for word in words
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("import ", "from ")) and word in line.split()
    ]
    assert findings == []


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("models\\net.onnx", "models/net.onnx"),
        (".\\models\\net.onnx", "models/net.onnx"),
        ("..\\elsewhere\\net.onnx", "../elsewhere/net.onnx"),
        ("C:\\Users\\李\\net.onnx", "C:/Users/李/net.onnx"),
        ("\\\\server\\share\\net.onnx", "//server/share/net.onnx"),
    ],
)
def test_paths_written_on_windows_keep_their_parts(tmp_path: Path, entry: str, found: str) -> None:
    file = tmp_path / "a.rkviz"
    document = {"format": "rkviz-project", "version": 1, "model": entry, "dataset": [entry]}
    file.write_text(json.dumps(document), encoding="utf-8")
    project = load_project(file)
    assert project.model.name == "net.onnx"
    assert project.model == tmp_path / found
    assert project.dataset == (project.model,)


def test_paths_longer_than_windows_once_allowed(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*(f"a folder with a long name, number {n}" for n in range(9)))
    folder.mkdir(parents=True)
    model = models.save(models.residual(), folder / ("net" * 30 + ".onnx"))
    pictures = save_pictures(folder / "pictures", count=1)
    assert len(str(model)) > 400
    saved, report = folder / ("p" * 200 + ".rkviz"), folder / "report.html"
    options = ["--dataset", str(pictures), "--save", str(saved), "--output", str(report), "--quiet"]
    assert cli.main(["report", str(model), *options]) == exit_codes.OK
    assert load_project(saved).model == model
    assert report.stat().st_size > 1000


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("export-cfg", "a.quantization.cfg"),
        ("export-qdq", "a.onnx"),
        ("export-rknn", "a.rknn"),
        ("export-script", "a.py"),
        ("export-quant-params", "a.yml"),
        ("report", "a.html"),
        ("histograms", "folder"),
        ("accuracy-analysis", "folder"),
    ],
)
def test_a_full_disk_is_one_sentence_from_every_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    command: str, output: str,
) -> None:  # fmt: skip
    model = models.save(models.conv_relu(), tmp_path / "net.onnx")
    pictures = save_pictures(tmp_path / "pictures", count=1)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    target = tmp_path / output
    options = ["--dataset", str(pictures), "--output", str(target), "--quiet"]
    assert cli.main([command, str(model), *options]) == exit_codes.ERROR
    said = capsys.readouterr()
    assert "cannot be written: the disk is full; free some space" in said.err
    assert "Traceback" not in said.err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert set(files) == {model, *pictures.iterdir()}, "something is left half written"

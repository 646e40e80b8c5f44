"""The vendor's toolkit in a child process: found, asked, too slow, failing, cancelled."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from rkviz import board
from rkviz.board import MARK, PYTHON_VARIABLE, Timing, Toolkit, find_toolkit, run_script
from rkviz.errors import TargetError
from rkviz.progress import Cancelled
from tests import toolkit_double

HERE = Toolkit(Path(sys.executable))


@pytest.fixture
def toolkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolkit:
    toolkit_double.install(tmp_path, monkeypatch)
    found = find_toolkit()
    assert found is not None
    return found


def test_without_the_toolkit_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    assert find_toolkit() is None
    monkeypatch.setenv(PYTHON_VARIABLE, "/no/such/python")
    assert find_toolkit() is None


def test_it_is_found_where_it_can_be_imported_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolkit_double.install(tmp_path, monkeypatch)
    monkeypatch.delenv(PYTHON_VARIABLE)
    monkeypatch.syspath_prepend(tmp_path / "double")
    assert find_toolkit() == HERE
    assert "rknn" not in sys.modules


def test_answers_are_told_from_messages(tmp_path: Path) -> None:
    script = (
        "import json, sys\nasked = json.load(sys.stdin)\nprint('I hello')\n"
        f"print({MARK!r} + json.dumps(asked))\n"
    )
    said: list[str] = []

    def hear(_done: float, _total: float, text: str = "") -> None:
        said.append(text)

    answers = run_script(HERE, script, tmp_path, {"a": [1]}, hear)
    assert answers == [{"a": [1]}]
    assert said[0] == ""


def test_what_the_board_says(toolkit: Toolkit, tmp_path: Path) -> None:
    model = tmp_path / "net.rknn"
    model.touch()
    assert board.list_devices(toolkit, tmp_path / "a") == ("1126board", "ntb7")
    timing = board.measure(toolkit, model, "rv1126", tmp_path / "b")
    assert timing == Timing(5438.98, (("stem", "CONVOLUTION", 361.0),))
    array = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    (output,) = board.infer(toolkit, model, "rv1126", [array], tmp_path / "c")
    assert output.dtype == np.float32
    assert np.array_equal(output, array * 2)


def test_a_failure_ends_with_its_last_lines(toolkit: Toolkit, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="exit code 1") as caught:
        board.measure(toolkit, tmp_path / "gone.rknn", "rv1126", tmp_path / "a")
    assert caught.value.details[-1] == "load_rknn failed; the lines above say why."
    with pytest.raises(TargetError, match="cannot be started"):
        run_script(Toolkit(tmp_path / "no-python"), "", tmp_path / "a")
    with pytest.raises(TargetError, match="cannot be read"):
        run_script(HERE, f"print({MARK!r} + '[')", tmp_path / "a")
    with pytest.raises(TargetError, match="times cannot be read"):
        board.measure(Toolkit(_python_that_answers(tmp_path, "3")), tmp_path, "", tmp_path / "a")
    with pytest.raises(TargetError, match="outputs cannot be read"):
        board.infer(Toolkit(_python_that_answers(tmp_path, "3")), tmp_path, "", [], tmp_path / "a")


def _python_that_answers(folder: Path, answer: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\ncat > /dev/null\necho '{MARK}{answer}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


SLEEPING = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('pid', child.pid)\nchild.wait()\n"
)


def _ends(pid: int) -> bool:
    """Whether the process ends soon: a kill is sent, and its end not waited for, by a stranger."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return True
        if status.rpartition(")")[2].split()[0] in "ZX":
            return True
        time.sleep(0.01)
    return False


def test_a_child_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="more than 4 s") as caught:
        run_script(HERE, SLEEPING, tmp_path, timeout_s=4.0)
    assert _ends(int(caught.value.details[-1].split()[1]))


def test_cancelling_ends_the_child_with_its_children(tmp_path: Path) -> None:
    pids: list[int] = []

    def stop(_done: float, _total: float, text: str = "") -> None:
        if text.startswith("pid"):
            pids.append(int(text.split()[1]))
            raise Cancelled

    with pytest.raises(Cancelled):
        run_script(HERE, SLEEPING, tmp_path, progress=stop)
    assert _ends(pids[0])


def test_a_hostile_child_cannot_fill_the_memory(tmp_path: Path) -> None:
    script = "import sys\nsys.stdout.write('x' * (3 << 20))\nsys.exit(3)\n"
    with pytest.raises(TargetError) as caught:
        run_script(HERE, script, tmp_path)
    assert max(map(len, caught.value.details)) <= 1 << 20


def test_the_scripts_are_those_of_old_pythons() -> None:
    """The toolkit needs Python 3.6 to 3.8: none of the newer syntax."""
    import ast

    for script in (board._DEVICES, board._CHILD + board._MEASURE, board._CHILD + board._INFER):
        ast.parse(script, feature_version=(3, 6))


def test_nothing_of_the_toolkit_is_imported_by_rkviz() -> None:
    code = "import sys, rkviz.board; sys.exit('rknn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

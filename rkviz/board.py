"""The vendor's toolkit and, through it, a board: scripts in a child process, answers as lines.

The toolkit is never imported here: it wants a Python of its own (3.6 to 3.8), pins old packages
and may crash. It is found where it can be imported in this Python, or in the one the environment
variable `RKVIZ_TOOLKIT_PYTHON` names. A script gets its arguments as JSON on standard input; a
line that begins with `MARK` is an answer in JSON, any other line is a message.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from rkviz.atomic import write_atomically
from rkviz.errors import TargetError
from rkviz.progress import Progress, silent

MARK = "@rkviz "
PYTHON_VARIABLE = "RKVIZ_TOOLKIT_PYTHON"
ANALYSIS_S, QUESTION_S = 7200.0, 600.0
"""How long a whole analysis may take, and one question, before the child is ended."""
SCRIPT = Path("rkviz_board.py")
"""What a script is called in its folder."""
_POLL_S = 0.1
_LAST_LINES = 12
_LARGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Toolkit:
    """Where the toolkit is: `python` can import `rknn`."""

    python: Path


@dataclass(frozen=True)
class Timing:
    """What a board took, microseconds; `layers` is (name, operator, microseconds) in order."""

    total_us: float
    layers: tuple[tuple[str, str, float], ...] = ()


def find_toolkit() -> Toolkit | None:
    """The toolkit of this machine, None where there is none; nothing is imported or run."""
    named = os.environ.get(PYTHON_VARIABLE, "")
    if named:
        return Toolkit(Path(named)) if Path(named).is_file() else None
    try:
        found = find_spec("rknn")
    except (ImportError, ValueError):
        return None
    # A folder of that name without code is not the toolkit.
    return Toolkit(Path(sys.executable)) if found is not None and found.origin else None


def run_script(
    toolkit: Toolkit,
    script: str,
    folder: Path,
    arguments: Mapping[str, object] | None = None,
    progress: Progress = silent,
    timeout_s: float = ANALYSIS_S,
) -> list[object]:
    """Run `script` with the toolkit's Python in `folder`; returns its answers.

    `progress` is given the last line and may raise Cancelled; then, and after `timeout_s`, the
    child and all it started are ended. Raises TargetError with its last lines where it fails.
    """
    file = folder / SCRIPT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(file, script, TargetError)
        child = subprocess.Popen(
            [str(toolkit.python), "-u", str(file)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise TargetError(f"The toolkit cannot be started in {folder}: {reason}.") from None
    try:
        return _Conversation(child, json.dumps(arguments or {})).run(progress, timeout_s)
    finally:
        _end(child)


class _Conversation:
    """One run of a child: its lines come through a queue, so that waiting can be interrupted."""

    def __init__(self, child: subprocess.Popen[bytes], question: str) -> None:
        self._child = child
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._talk, args=(question,), daemon=True).start()
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._answers: list[object] = []

    def run(self, progress: Progress, timeout_s: float) -> list[object]:
        until = time.monotonic() + timeout_s
        while True:
            progress(0, 0, self._last[-1] if self._last else "")
            if time.monotonic() > until:
                raise TargetError(
                    f"The toolkit was ended: it took more than {timeout_s:.0f} s.",
                    tuple(self._last),
                )
            try:
                line = self._lines.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if line is None:
                break
            self._hear(line.decode("utf-8", "replace").rstrip())
        code = self._child.wait()
        if code != 0:
            raise TargetError(
                f"The toolkit failed (exit code {code}); its last lines say why:",
                tuple(self._last),
            )
        return self._answers

    def _talk(self, question: str) -> None:
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        with contextlib.suppress(OSError, ValueError):  # it ended, or was ended, meanwhile
            stdin.write(question.encode())
            stdin.close()
            while line := stdout.readline(_LARGEST_LINE):
                self._lines.put(line)
        self._lines.put(None)

    def _hear(self, line: str) -> None:
        if not line.startswith(MARK):
            if line:
                self._last.append(line)
            return
        try:
            self._answers.append(json.loads(line.removeprefix(MARK)))
        except (ValueError, RecursionError):
            raise TargetError("The toolkit's answer cannot be read.", (line[:200],)) from None


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child with all it started, and close its pipes."""
    if child.poll() is None:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                child.kill()
            else:
                os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def list_devices(toolkit: Toolkit, folder: Path, progress: Progress = silent) -> tuple[str, ...]:
    """The ids of the boards the toolkit sees; raises TargetError."""
    answers = run_script(toolkit, _DEVICES, folder, {}, progress, QUESTION_S)
    listed = answers[0] if answers and isinstance(answers[0], list) else []
    return tuple(str(entry) for entry in cast(list[object], listed))


def measure(
    toolkit: Toolkit,
    model: Path,
    target: str,
    folder: Path,
    device: str | None = None,
    progress: Progress = silent,
) -> Timing:
    """How long the `.rknn` file `model` takes on the board, layer by layer; raises TargetError."""
    given = {"model": str(model), "target": target, "device": device}
    answers = run_script(toolkit, _CHILD + _MEASURE, folder, given, progress, QUESTION_S)
    found = answers[0] if answers and isinstance(answers[0], dict) else {}
    table = cast(dict[str, object], found)
    try:
        rows = cast(Sequence[tuple[object, object, float]], table.get("layers", ()))
        layers = tuple((str(name), str(kind), float(time_us)) for name, kind, time_us in rows)
        return Timing(float(cast(float, table["total_time"])), layers)
    except (KeyError, TypeError, ValueError):
        raise TargetError("The board's times cannot be read.", (str(found)[:200],)) from None


def infer(
    toolkit: Toolkit,
    model: Path,
    target: str,
    inputs: Sequence[NDArray[np.generic]],
    folder: Path,
    device: str | None = None,
    options: Mapping[str, object] | None = None,
    progress: Progress = silent,
) -> list[NDArray[np.float32]]:
    """The outputs of `model` on the board for `inputs`, in the toolkit's layouts.

    `options` go to its `inference`. Raises TargetError.
    """
    files = [folder / f"input{number}.npy" for number in range(len(inputs))]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, array in zip(files, inputs, strict=True):
            np.save(file, np.asarray(array), allow_pickle=False)
    except OSError as error:
        raise TargetError(f"{folder} cannot be written: {error.strerror or error}.") from None
    given: dict[str, object] = {
        "model": str(model),
        "target": target,
        "device": device,
        "options": dict(options or {}),
        "inputs": [str(file) for file in files],
    }
    answers = run_script(toolkit, _CHILD + _INFER, folder, given, progress, QUESTION_S)
    try:
        names = cast(Sequence[str], answers[0])
        outputs = [np.load(folder / Path(name).name, allow_pickle=False) for name in names]
        return [np.asarray(array, np.float32) for array in outputs]
    except (IndexError, TypeError, ValueError, OSError) as error:
        raise TargetError(f"The board's outputs cannot be read: {error}.") from None


_DEVICES = f"""\
import json, sys
sys.stdin.read()
from rknn.api import RKNN
found = RKNN().list_devices()
names = [str(name) for group in found if group for name in group]
print({MARK!r} + json.dumps(names))
"""

_CHILD = f"""\
import json, sys
import numpy as np
asked = json.loads(sys.stdin.read())
from rknn.api import RKNN

def need(code, step):
    if code != 0:
        sys.exit('%s failed; the lines above say why.' % step)

def answer(value):
    print({MARK!r} + json.dumps(value))

def runtime(**options):
    rknn = RKNN()
    need(rknn.load_rknn(asked['model']), 'load_rknn')
    need(rknn.init_runtime(target=asked['target'], device_id=asked['device'], **options),
         'init_runtime')
    return rknn

"""

_MEASURE = """\
rknn = runtime(perf_debug=True)
found = rknn.eval_perf() or {}
layers = found.get('layers') or {}
rows = layers.values() if isinstance(layers, dict) else layers
answer({'total_time': found.get('total_time'), 'layers': [
    [row.get('name', ''), row.get('operation', ''), row.get('time', 0)] for row in rows]})
rknn.release()
"""

_INFER = """\
rknn = runtime()
outputs = rknn.inference(inputs=[np.load(name) for name in asked['inputs']], **asked['options'])
if outputs is None:
    sys.exit('inference failed; the lines above say why.')
names = []
for number, array in enumerate(outputs):
    names.append('output%d.npy' % number)
    np.save(names[-1], np.asarray(array, np.float32))
answer(names)
rknn.release()
"""

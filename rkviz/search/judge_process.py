"""The other side of a quality the user wrote: their function, in a process of its own.

Arrays come as .npz without objects, answers go back as JSON: nothing of the user's file is ever
run in rkviz itself, and nothing it sends is more than a number or a sentence.
"""

from __future__ import annotations

import importlib.util
import io
import json
import math
import os
import signal
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np

MOST_BYTES = 1 << 30
"""A message larger than this is not taken."""


def packed(arrays: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    """Arrays by name as one message."""
    room = io.BytesIO()
    np.savez(room, allow_pickle=False, **dict(arrays))
    return room.getvalue()


def serve(channel: Connection, file: str, function: str) -> None:
    """Answer every message (two arrays by name for each output: "q:NAME" and "t:NAME") with the
    number that `function` of the Python file gives for it, until the channel closes.

    What it prints goes to the error stream: on the other one rkviz may be writing JSON.
    """
    os.dup2(2, 1)
    # Ctrl-C in a terminal reaches both processes; rkviz says what there is to say.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(1))
    try:
        judge = _loaded(Path(file), function)
    except Exception as error:  # whatever the user's file does, the answer says it
        _answer(channel, error=_last_line(error, file))
        return
    _answer(channel, number=0.0)
    while True:
        try:
            message = channel.recv_bytes(MOST_BYTES)
        except (EOFError, OSError):
            return
        try:
            with np.load(io.BytesIO(message), allow_pickle=False) as arrays:
                quantized = {n[2:]: arrays[n] for n in arrays.files if n.startswith("q:")}
                real = {n[2:]: arrays[n] for n in arrays.files if n.startswith("t:")}
            given = judge(quantized, real)
        except Exception as error:
            _answer(channel, error=_last_line(error, file))
            continue
        try:
            _answer(channel, number=float(given))
        except (TypeError, ValueError):
            _answer(channel, error=f"it gave {given!r:.60} instead of a number")


def _loaded(file: Path, function: str) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location("rkviz_quality", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Callable[..., Any], getattr(module, function))


def _answer(channel: Connection, number: float = math.nan, error: str = "") -> None:
    answer = {"number": number if math.isfinite(number) else None, "error": error}
    channel.send_bytes(json.dumps(answer).encode())


def _last_line(error: BaseException, file: str) -> str:
    """The error, and the last line of the user's file it came through."""
    where = [at for at in traceback.extract_tb(error.__traceback__) if at.filename == file]
    line = f" (line {where[-1].lineno})" if where else ""
    return f"{type(error).__name__}: {error}{line}"[:500]

"""A quality the user wrote: a Python function of the outputs, run in a child process."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from rkviz.errors import ConfigError
from rkviz.search.judge_process import packed, serve
from rkviz.search.quality import Outputs

START_S = 30.0
"""How long the file may take to load,"""
PICTURE_S = 20.0
"""and its function for one picture."""


class OwnQuality:
    """The mean over all pictures of `function(outputs, float_outputs)` of the file `path`.

    Both are dictionaries of arrays by the name of the output; the function returns a number, more
    is better. A context manager: the child ends with it. Raises ConfigError when the file or the
    function fails, or takes too long.
    """

    def __init__(self, path: Path, function: str, picture_s: float = PICTURE_S) -> None:
        self._path, self._function, self._limit = path, function, picture_s
        if not path.is_file():
            raise ConfigError(f"{path} is not there; name a Python file with your function.")
        ours, theirs = get_context("spawn").Pipe()
        self._channel: Connection = ours
        self._process = get_context("spawn").Process(
            target=serve, args=(theirs, str(path), function), daemon=True
        )
        self._lock = threading.Lock()
        self._process.start()
        theirs.close()
        try:
            self._answer(START_S)
        except ConfigError:
            self.close()
            raise

    @property
    def title(self) -> str:
        return f"{self._path.name}:{self._function}"

    @property
    def unit(self) -> str:
        return ""

    @property
    def perfect(self) -> float:
        return math.inf

    def one(self, index: int, quantized: Outputs, real: Outputs) -> object:
        arrays = {f"q:{name}": array for name, array in quantized.items()}
        arrays |= {f"t:{name}": array for name, array in real.items()}
        with self._lock:
            try:
                self._channel.send_bytes(packed(arrays))
            except (OSError, ValueError):
                raise ConfigError(self._sentence("has ended")) from None
            return self._answer(self._limit)

    def total(self, pictures: Sequence[object]) -> float:
        numbers = [number for number in pictures if isinstance(number, float)]
        return math.fsum(numbers) / max(1, len(numbers))

    def _answer(self, limit_s: float) -> float:
        """The next answer of the child; raises ConfigError."""
        try:
            if not self._channel.poll(limit_s):
                self._process.terminate()
                raise ConfigError(self._sentence(f"took more than {limit_s:g} s"))
            answer = json.loads(self._channel.recv_bytes(1 << 16))
        except (EOFError, OSError, ValueError):
            raise ConfigError(self._sentence("has ended without an answer")) from None
        if answer["error"]:
            raise ConfigError(self._sentence(f"failed: {answer['error']}"))
        if answer["number"] is None:
            raise ConfigError(self._sentence("did not give a finite number"))
        return float(answer["number"])

    def _sentence(self, what: str) -> str:
        return f"Your function {self._function!r} of {self._path} {what}; mend it and try again."

    def close(self) -> None:
        """End the child."""
        self._channel.close()
        self._process.terminate()
        self._process.join()
        self._process.close()

    def __enter__(self) -> OwnQuality:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

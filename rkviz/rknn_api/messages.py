"""What the calls say: lines that begin with I, W or E, on standard output and in a file."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from rkviz.errors import RkvizError

_Call = TypeVar("_Call", bound=Callable[..., object])


class Messages:
    """Writes lines; I lines reach standard output only when `verbose`, the file takes all.

    Nothing is said twice by `once`.
    """

    def __init__(self, verbose: bool = False, file: object = None) -> None:
        self._verbose = verbose
        self._file: Path | None = None
        self._said: set[str] = set()
        if isinstance(file, str | Path):
            self._file = Path(file)
        elif file is not None:
            self.warn(f"verbose_file is {file!r}, no name of a file; messages only appear here.")

    def info(self, text: str) -> None:
        self._write("I", text, self._verbose)

    def warn(self, text: str) -> None:
        self._write("W", text)

    def once(self, text: str) -> None:
        """A warning, unless it was given before."""
        if text not in self._said:
            self._said.add(text)
            self.warn(text)

    def error(self, text: str) -> None:
        self._write("E", text)

    def _write(self, level: str, text: str, shown: bool = True) -> None:
        lines = "".join(f"{level} {line}\n" for line in text.splitlines())
        if shown:
            print(lines, end="")
        if self._file is None:
            return
        try:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(lines)
        except (OSError, ValueError) as error:
            lost, self._file = self._file, None
            self.warn(f"{lost} cannot be written ({error}); messages only appear here.")


class Speaker(Protocol):
    """Whose calls can be guarded: it has `messages`."""

    messages: Messages


def guarded(failure: object = -1) -> Callable[[_Call], _Call]:
    """A call that says a user's mistake as an E line and returns `failure`: no traceback.

    Also arguments it does not have are such a mistake.
    """

    def wrap(call: _Call) -> _Call:
        signature = inspect.signature(call)
        name = call.__name__

        @functools.wraps(call)
        def said(self: Speaker, *args: Any, **named: Any) -> object:
            try:
                signature.bind(self, *args, **named)
            except TypeError as error:
                known = ", ".join(list(signature.parameters)[1:])
                self.messages.error(f"{name}(): {error}; its arguments are {known}.")
                return failure
            try:
                return call(self, *args, **named)
            except RkvizError as error:
                self.messages.error(f"{name}(): {error}")
                return failure

        return cast(_Call, said)

    return wrap

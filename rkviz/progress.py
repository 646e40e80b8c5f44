"""Progress and cancellation: the one thing a long function takes from its caller."""

from __future__ import annotations

from typing import Protocol


class Cancelled(BaseException):
    """Raised by a `Progress` when the user cancelled.

    It derives from BaseException so that no `except Exception` on the way up swallows it.
    """


class Progress(Protocol):
    def __call__(self, done: float, total: float, text: str = "") -> None:
        """Report that `done` of `total` units are finished; may raise `Cancelled`."""
        ...


def silent(done: float, total: float, text: str = "") -> None:
    """A `Progress` for callers that do not want to know."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """A `Progress` for a piece of work that is the share `start` to `end` (0..1) of the whole."""

    def part(done: float, total: float, text: str = "") -> None:
        share = done / total if total > 0 else 0.0
        progress(start + (end - start) * min(share, 1.0), 1.0, text)

    return part

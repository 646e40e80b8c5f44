"""How many threads compute the float network: a choice for the computer, not for a project."""

from __future__ import annotations

import os

VARIABLE = "RKVIZ_THREADS"
"""The environment variable that chooses; the window's preferences set it."""
USUAL = 2
"""Beside them another thread works on the integer network, and one draws the window."""
_MOST = 64


def thread_count() -> int:
    """The number chosen, 1 to 64; USUAL where none is, or something that is no such number."""
    text = os.environ.get(VARIABLE, "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return count if 1 <= count <= _MOST else USUAL


def choose_threads(count: int) -> None:
    """Let networks that are opened from now on have `count` threads."""
    os.environ[VARIABLE] = str(count)

"""Arguments as scripts give them: Python's and numpy's numbers, lists, tuples and arrays."""

from __future__ import annotations

import math
import operator
import os
from pathlib import Path
from typing import SupportsFloat, SupportsIndex, cast

import numpy as np

from rkviz.errors import ConfigError


def whole_number(value: object) -> int | None:
    """The integer `value` is, of Python or numpy; None for anything else (True and False too)."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return None
    try:
        return operator.index(value)
    except TypeError:  # an array of several
        return None


def real_number(value: object) -> float | None:
    """The finite number `value` is; None for anything else."""
    if isinstance(value, bool | np.ndarray) or not isinstance(value, SupportsFloat):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def items(value: object) -> list[object] | None:
    """The entries of a list, tuple or array; None where `value` is none of these."""
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else None
    return list(cast(list[object], value)) if isinstance(value, list | tuple) else None


def count(name: str, value: object) -> int:
    """A number of things, 1 or more; raises ConfigError naming the argument."""
    number = whole_number(value)
    if number is None or not 1 <= number <= 1 << 16:
        raise ConfigError(f"{name} is {value!r}; give a whole number from 1.")
    return number


def named_file(name: str, value: object) -> Path:
    """The file a text or path names; raises ConfigError naming the argument."""
    text = str(value) if isinstance(value, str | Path) else ""
    try:
        if text and b"\0" not in os.fsencode(text):
            return Path(text)
    except UnicodeEncodeError:
        pass
    raise ConfigError(f"{name} is {value!r}; give the name of a file.")


def text(name: str, value: object) -> str:
    """A word that is not empty; raises ConfigError naming the argument."""
    if isinstance(value, str) and value:
        return value
    raise ConfigError(f"{name} is {value!r}; give a name.")


def flag(name: str, value: object) -> bool:
    """True or False, also as 1 or 0; raises ConfigError naming the argument."""
    if isinstance(value, bool | np.bool_) or whole_number(value) in (0, 1):
        return bool(value)
    raise ConfigError(f"{name} is {value!r}; give True or False.")

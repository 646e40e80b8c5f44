"""Digests: the identity of a value, so that "stale" is a comparison."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from enum import Enum

import numpy as np


def digest(*parts: object) -> str:
    """A short hash of nested plain values, enums, arrays and frozen dataclasses.

    A part that has a `digest` attribute is taken by it. Mappings are taken in key order.
    Raises TypeError for anything whose identity is not its content.
    """
    hasher = hashlib.blake2b(digest_size=12)
    for part in parts:
        _feed(hasher, part)
    return hasher.hexdigest()


def _feed(hasher: hashlib.blake2b, part: object) -> None:
    known = getattr(part, "digest", None)
    if isinstance(known, str):
        hasher.update(b"D" + known.encode())
    elif part is None or isinstance(part, bool | int | float | str | bytes):
        hasher.update(f"{type(part).__name__}:{part!r};".encode())
    elif isinstance(part, Enum):
        hasher.update(f"E{part.name};".encode())
    elif isinstance(part, np.ndarray):
        hasher.update(f"A{part.dtype.str}{part.shape};".encode())
        hasher.update(np.ascontiguousarray(part).data)
    elif isinstance(part, np.generic):
        _feed(hasher, part.item())
    elif isinstance(part, Mapping):
        hasher.update(b"{")
        for key in sorted(part, key=str):
            _feed(hasher, key)
            _feed(hasher, part[key])
        hasher.update(b"}")
    elif isinstance(part, tuple | list):
        hasher.update(b"(")
        for item in part:
            _feed(hasher, item)
        hasher.update(b")")
    elif isinstance(part, frozenset):
        _feed(hasher, sorted(part, key=str))
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        hasher.update(type(part).__name__.encode())
        for field in dataclasses.fields(part):
            _feed(hasher, getattr(part, field.name))
    else:
        raise TypeError(f"no digest for {type(part).__name__}")

"""Reading npy files: the header is judged before memory is taken, and nothing is unpickled."""

from __future__ import annotations

import io
import math
import os
import tokenize
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rkviz.calibrate.preprocess import array_shapes
from rkviz.errors import DatasetError

_LARGEST_HEADER = 4096
_DAMAGED = (
    ValueError, TypeError, SyntaxError, EOFError, KeyError, IndexError, AttributeError,
    OverflowError, RecursionError, MemoryError, tokenize.TokenError,
)  # fmt: skip
"""What numpy's header parser raises on damaged files."""


def verify_array(path: Path, shape: tuple[int, ...], name: str) -> None:
    """Raise DatasetError where `read_array` would, from the header and the size of the file."""
    with _opened(path) as file:
        _check_header(file, path, shape, name)


def read_array(path: Path, shape: tuple[int, ...], name: str) -> NDArray[np.generic]:
    """The array of numbers in the npy file `path`, in one of `array_shapes(shape)`.

    Raises DatasetError when the file is damaged, holds anything but numbers, or its shape does
    not fit input `name` of `shape`.
    """
    with _opened(path) as file:
        _check_header(file, path, shape, name)
        return _body(file, path)


def read_numbers(path: Path, shape: tuple[int, ...]) -> NDArray[np.generic]:
    """The array of numbers of exactly `shape` in the npy file `path`, which is no dataset's.

    Raises DatasetError when it is damaged, holds anything but numbers or another shape.
    """
    with _opened(path) as file:
        found, is_whole = _numbers_header(file, path)
        if found != shape:
            raise DatasetError(f"{path} has shape {found}, not {shape}; write it again.")
        if not is_whole:
            raise _damaged(path)
        return _body(file, path)


def _body(file: io.BufferedReader, path: Path) -> NDArray[np.generic]:
    file.seek(0)
    try:
        return npy.read_array(file, allow_pickle=False)
    except OSError as cause:
        raise DatasetError(f"{path} cannot be read: {cause.strerror or cause}.") from None
    except _DAMAGED:
        raise _damaged(path) from None


def _opened(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise DatasetError(f"{path} is not there (any more); take it out of the dataset.") from None
    except OSError as cause:
        raise DatasetError(f"{path} cannot be read: {cause.strerror or cause}.") from None


def _check_header(file: io.BufferedReader, path: Path, shape: tuple[int, ...], name: str) -> None:
    found, is_whole = _numbers_header(file, path)
    if found not in array_shapes(shape):
        raise DatasetError(_wrong_shape(path, found, shape, name))
    if not is_whole:
        raise _damaged(path)


def _numbers_header(file: io.BufferedReader, path: Path) -> tuple[tuple[int, ...], bool]:
    """The shape, and whether the file holds as many numbers; raises DatasetError for others."""
    try:
        found, dtype = _header(file)
        remaining = os.fstat(file.fileno()).st_size - file.tell()
    except OSError as cause:
        raise DatasetError(f"{path} cannot be read: {cause.strerror or cause}.") from None
    except _DAMAGED:
        raise _damaged(path) from None
    if dtype.kind not in "buif":
        raise DatasetError(
            f"{path} holds {dtype}, not plain numbers; save it again from a numpy array of "
            "uint8 or float32."
        )
    return found, remaining == math.prod(found) * dtype.itemsize


def _header(file: io.BufferedReader) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    shape, _, dtype = readers[version](file, max_header_size=_LARGEST_HEADER)
    return tuple(shape), dtype


def _wrong_shape(path: Path, found: tuple[int, ...], shape: tuple[int, ...], name: str) -> str:
    wanted = array_shapes(shape)[0]
    text = f"{path} has shape {found}, but input {name!r} takes {wanted}"
    if len(shape) != 4:
        return f"{text}; save the array in that shape."
    if wanted != shape and found in (shape, shape[1:]):
        axes = (0, 2, 3, 1) if len(found) == 4 else (1, 2, 0)
        return f"{text}, channels last as in the toolkit; save array.transpose{axes} instead."
    return f"{text}, channels last; resize the array before saving it (only pictures are fitted)."


def _damaged(path: Path) -> DatasetError:
    return DatasetError(
        f"{path} is not a whole npy file of numbers (damaged or cut short); save it again with "
        "numpy.save."
    )

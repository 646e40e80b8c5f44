"""Tensors that accuracy_analysis dumped: found in its folders, read by size, laid out as ours.

`{layer}_out{port}_nhwc_{d0}_{d1}...` with `.tensor` (text, one number a line) or `.npy`, in
`fp32`, `entire_qnt`, `individual_qnt` and, from a board, `qnt_npu_dump`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.arrays import read_numbers
from rkviz.errors import DatasetError, FormatError
from rkviz.formats.accuracy_snapshot import DUMPS, layer_of
from rkviz.graph.model import Graph

_NAME = re.compile(r".+_out(?P<port>\d{1,3})_n(hwc|chw)(?P<sizes>(_\d{1,9})+)", re.DOTALL)
_MOST_FILES = 200_000
_LONGEST_NUMBER = 48
"""Bytes of one line: `%.6f` of the largest float32 is 47 long, with its end."""


@dataclass(frozen=True)
class Dumped:
    """One tensor: the file `path` in the folder `part` holds `value` of the network."""

    part: str
    layer: str
    value: str
    path: Path


def find_tensors(folder: Path, graph: Graph) -> tuple[Dumped, ...]:
    """The tensors of `graph` that lie dumped in the folders of `folder`, each value once a part.

    Files that are none of the network (a converter, another name) are left out. Raises FormatError
    where a folder cannot be read.
    """
    found: dict[tuple[str, str], Dumped] = {}
    for part in DUMPS:
        for path in _files(folder / part):
            match = _NAME.fullmatch(path.stem)
            layer = layer_of(graph, path.name) if match else None
            if match is None or layer is None:
                continue
            port, outputs = int(match["port"]), graph.by_name[layer].outputs
            # What is attached to an output repeats its producer, under a later name.
            if port < len(outputs):
                dumped = Dumped(part, layer, outputs[port], path)
                found.setdefault((part, outputs[port]), dumped)
    return tuple(found.values())


def read_tensor(dumped: Dumped, graph: Graph) -> NDArray[np.float32]:
    """The numbers of `dumped`, float32 in the shape `graph` gives the value (NCHW).

    Shape and size of the file are compared before memory is taken. Raises FormatError.
    """
    shape = graph.values[dumped.value].shape
    path = dumped.path
    if shape is None or graph.values[dumped.value].dtype != "float32":
        raise FormatError(f"{path}: layer {dumped.layer!r} has no fixed size to compare with.")
    stored = (shape[0], *shape[2:], shape[1]) if len(shape) == 4 else shape
    match = _NAME.fullmatch(path.stem)
    named = tuple(int(size) for size in match["sizes"].split("_")[1:]) if match else ()
    if named != stored and not _same_order(named, stored):
        raise FormatError(
            f"{path} is of shape {'x'.join(map(str, named))}, layer {dumped.layer!r} gives "
            f"{'x'.join(map(str, stored))} (NHWC); analyse the same network at the same size."
        )
    read = _from_npy if path.suffix == ".npy" else _from_text
    array = read(path, named).reshape(stored)
    return np.ascontiguousarray(array.transpose(0, 3, 1, 2)) if len(shape) == 4 else array


def _same_order(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two shapes differ in sizes of 1 alone, so that their elements follow each other."""
    return [size for size in one if size != 1] == [size for size in other if size != 1]


def _files(folder: Path) -> Iterator[Path]:
    """The dumped tensors of one folder, those that are attached to outputs last."""
    if not folder.is_dir():
        return
    try:
        files = sorted(
            (path for path in folder.iterdir() if path.suffix in (".tensor", ".npy")),
            key=lambda path: (path.name.startswith("attach_"), path.name),
        )
    except OSError as error:
        raise FormatError(f"{folder} cannot be read: {error.strerror or error}.") from None
    yield from files[:_MOST_FILES]


def _from_text(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    count = math.prod(shape)
    try:
        size = path.stat().st_size
        if not 2 * count - 1 <= size <= count * _LONGEST_NUMBER:
            raise FormatError(
                f"{path} has {size} bytes, which {count} numbers do not take; it is damaged or cut "
                "short, dump it again."
            )
        text = path.read_bytes().decode("ascii")
        numbers = np.fromstring(text, np.float32, sep="\n")
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, DeprecationWarning):  # numpy's way to say that it stopped in the middle
        numbers = np.zeros(0, np.float32)
    if numbers.size != count:
        raise FormatError(
            f"{path} does not hold one number a line, {count} of them; it is damaged or cut "
            "short, dump it again."
        )
    return numbers


def _from_npy(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    try:
        array = read_numbers(path, shape)
    except DatasetError as error:
        raise FormatError(str(error)) from None
    with np.errstate(over="ignore"):
        return array.astype(np.float32)

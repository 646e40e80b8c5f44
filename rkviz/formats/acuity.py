"""The network as step 1 of the toolkit leaves it: `.json` (structure) and `.data` (weights).

`.json`: {"MetaData": {"Name", "AcuityVersion", "Platform"}, "Layers": {name: {"name", "op",
"parameters", "inputs": ["@layer:out0"], "outputs": ["out0"]}}}; the layout inside is NHWC.
`.data`: a .npy file of one object, the dictionary {layer: {"weight": array, "bias": array}}, which
is a pickle and is read by `rkviz.formats.pickled_arrays`, without running it. No file of a 1.7
toolkit was at hand: this follows its documents and what other readers of the format accept.
"""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import FormatError, close_matches
from rkviz.formats.pickled_arrays import plain, read_pickled, shown
from rkviz.textfile import read_text

Array = NDArray[np.generic]

_LARGEST_JSON = 64 << 20
_LARGEST_DATA = 2 << 30
_LARGEST_NPY_HEADER = 10_000
_FREE_PARTS = 4000
_LEAST_BYTES_PER_PART = 12
"""A text of nothing but commas and brackets would take a hundred times its size."""
_MOST_SHOWN = 20
_MOST_COMPARED = 5000
"""Layers a lost name is compared with: more are none of a real network and take minutes."""
_FREE_BYTES = 16 << 20
_BYTES_PER_ENTRY = 100
_PORT = re.compile(r"@(?P<layer>.+):(?P<output>[^:]+)", re.DOTALL)
_NPY_MAGIC = b"\x93NUMPY"
_NPY_OBJECT = re.compile(
    rb"\{'descr': '\|O', 'fortran_order': (?:True|False), 'shape': \((?:1,)?\), \}\s*"
)


@dataclass(frozen=True)
class AcuityLayer:
    """One layer: operator in lower case, its inputs as (layer, output) and its settings."""

    name: str
    op: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class AcuityNetwork:
    """The layers by name, in the order of the file."""

    name: str
    version: str
    platform: str
    layers: Mapping[str, AcuityLayer]


def read_structure(path: Path) -> AcuityNetwork:
    """Read the `.json` of step 1.

    Raises FormatError when it is none, or lists every layer that is wrong.
    """
    text = read_text(path, FormatError, _LARGEST_JSON)
    parts = sum(text.count(mark) for mark in "[{,")
    if parts > _FREE_PARTS + len(text) // _LEAST_BYTES_PER_PART:
        raise FormatError(f"{path} is no network but a heap of brackets; choose the right file.")
    try:
        parsed = json.loads(text, object_pairs_hook=_table, parse_constant=_no_number)
    except RecursionError:
        raise FormatError(f"{path} is nested deeper than any network.") from None
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{path}, line {error.lineno}: this is not JSON ({error.msg}); choose the .json that "
            "hybrid_quantization_step1 wrote."
        ) from None
    except ValueError as error:
        raise FormatError(f"{path} is not JSON of a network: {error}.") from None
    return _network(parsed, path)


def read_weights(path: Path) -> dict[str, dict[str, Array]]:
    """Read the `.data` of step 1: layer -> role ("weight", "bias" ...) -> array (read-only).

    Entries that are nothing (None) are left out. Raises FormatError, naming the byte or the entry,
    for anything but arrays and numbers under names. Nothing in the file is executed.
    """
    data = _bytes_of(path)
    content = read_pickled(data, str(path), _after_npy_header(data, path))
    if isinstance(content, list) and len(cast(list[object], content)) == 1:
        content = plain(cast(list[object], content)[0])
    if not isinstance(content, dict):
        raise FormatError(f"{path} holds no table of layers; choose the .data of step 1.")
    weights: dict[str, dict[str, Array]] = {}
    wrong: list[str] = []
    left = _FREE_BYTES + 2 * len(data)
    for layer, entries in cast(dict[object, object], content).items():
        if not isinstance(layer, str) or not isinstance(entries, dict):
            wrong.append(f"{shown(layer)!r} holds no table of arrays")
            continue
        weights[layer] = {}
        for role, value in cast(dict[object, object], entries).items():
            entry = plain(value)
            left -= _BYTES_PER_ENTRY + _copied(entry)
            if left < 0:
                raise FormatError(f"{path} repeats its entries until they fill the memory.")
            array = _numbers(entry)
            if array is not None and isinstance(role, str):
                weights[layer][role] = array
            elif entry is not None:
                wrong.append(f"{shown(layer)!r}: {shown(role)!r} is no array of numbers")
    _refuse(wrong, f"{path} holds more than weights:")
    return weights


def _copied(entry: object) -> int:
    """Bytes that reading a list of numbers as an array takes."""
    return 8 * len(cast(Sequence[object], entry)) if isinstance(entry, list | tuple) else 0


def _table(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the name {twice[:80]!r} stands there twice")
    return table


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _network(parsed: object, path: Path) -> AcuityNetwork:
    top = cast(dict[str, Any], parsed) if isinstance(parsed, dict) else {}
    entries, facts = top.get("Layers"), top.get("MetaData")
    if not isinstance(entries, dict) or not isinstance(facts, dict):
        raise FormatError(
            f"{path} has no tables 'MetaData' and 'Layers'; choose the .json that "
            "hybrid_quantization_step1 wrote."
        )
    layers: dict[str, AcuityLayer] = {}
    wrong: list[str] = []
    for name, entry in cast(dict[str, object], entries).items():
        try:
            layers[name] = _layer(name, entry)
        except ValueError as error:
            wrong.append(f"{name[:80]!r}: {error}")
    if not wrong:
        known_names = layers if len(layers) <= _MOST_COMPARED else ()
        lost = (
            f"{layer.name[:80]!r} reads {source[:80]!r}, which is not there"
            + close_matches(source[:80], known_names)
            for layer in layers.values()
            for source, _ in layer.inputs
            if source not in layers
        )
        wrong = list(islice(lost, _MOST_SHOWN + 1))
    _refuse(wrong, f"{path}: these layers are not as step 1 writes them:")
    known = cast(dict[str, object], facts)
    name, version, platform = (
        str(known.get(key, ""))[:200] for key in ("Name", "AcuityVersion", "Platform")
    )
    return AcuityNetwork(name, version, platform, layers)


def _layer(name: str, entry: object) -> AcuityLayer:
    """Raises ValueError saying what is wrong."""
    if not isinstance(entry, dict):
        raise ValueError("it is no table")
    known = cast(dict[str, object], entry)
    op, parameters = known.get("op"), known.get("parameters") or {}
    if not isinstance(op, str) or not op:
        raise ValueError("it names no operator ('op')")
    if not isinstance(parameters, dict):
        raise ValueError("its 'parameters' are no table")
    ports: list[tuple[str, str]] = []
    for source in _texts(known.get("inputs"), "inputs"):
        match = _PORT.fullmatch(source)
        if match is None:
            raise ValueError(f"its input {source[:80]!r} does not read @layer:out0")
        ports.append((match["layer"], match["output"]))
    outputs = _texts(known.get("outputs"), "outputs")
    return AcuityLayer(name, op, tuple(ports), outputs, cast(dict[str, object], parameters))


def _texts(value: object, what: str) -> tuple[str, ...]:
    items = cast(list[object], value) if isinstance(value, list) else None
    if value is None:
        return ()
    if items is None or not all(isinstance(item, str) for item in items):
        raise ValueError(f"its {what!r} are no list of names")
    return tuple(cast(list[str], items))


def _refuse(wrong: list[str], sentence: str) -> None:
    if wrong:
        more = len(wrong) - _MOST_SHOWN
        raise FormatError(sentence, wrong[:_MOST_SHOWN] + (["and more"] if more > 0 else []))


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_DATA:
            raise FormatError(f"{path} is larger than 2 GiB, more than any network for this chip.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FormatError(f"{path} cannot be read: {reason}.") from None


def _after_npy_header(data: bytes, path: Path) -> int:
    """Where the pickle of an .npy file of one object begins."""
    sentence = (
        f"{path} is no .npy file of one object, as hybrid_quantization_step1 writes its .data; "
        "choose the right file."
    )
    if not data.startswith(_NPY_MAGIC) or len(data) < 12:
        raise FormatError(sentence)
    short = data[6] == 1
    begin = 10 if short else 12
    (length,) = struct.unpack_from("<H" if short else "<I", data, 8)
    header = data[begin : begin + length]
    if length > _LARGEST_NPY_HEADER or not _NPY_OBJECT.fullmatch(header):
        raise FormatError(sentence)
    return begin + length


def _numbers(value: object) -> Array | None:
    """An array, or a list of numbers as one; None for anything else."""
    if isinstance(value, np.ndarray):
        return cast(Array, value)
    items = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(item, int | float) for item in cast(Sequence[object], items)):
        return None
    try:
        array = np.array(value, np.float64)
    except OverflowError:
        return None
    array.flags.writeable = False
    return array

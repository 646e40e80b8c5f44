"""What the toolkits' accuracy_analysis wrote: errors of every layer, from a folder or one text.

RKNN-Toolkit 1.4 to 1.7.5 write one text a part, fields separated by TABs, in two generations (with
a type column, or with raw errors at the end). RKNN-Toolkit 2 writes `error_analysis.txt`, a table
of fixed columns in colours. All of them become rows of the same kind.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from rkviz.errors import FormatError
from rkviz.graph.model import Graph
from rkviz.graph.naming import find_layer
from rkviz.textfile import read_text

PARTS = ("entire", "individual", "board", "board entire", "board against simulator")
"""The whole network quantized; every layer alone; every layer alone on the board; then what only
toolkit 2 tells: the whole network on the board, and the board against its own simulator."""
DUMPS = ("fp32", "entire_qnt", "individual_qnt", "qnt_npu_dump")
"""The folders of tensors: the float network, all of it quantized, each layer alone, the board."""
_FILES = {
    "entire_qnt_error_analysis.txt": "entire",
    "individual_qnt_error_analysis.txt": "individual",
    "individual_qnt_error_analysis_on_npu.txt": "board",
}
_TOOLKIT2 = "error_analysis.txt"
_LARGEST_FILE = 16 << 20
_MOST_WRONG = 200
_MOST_COLUMNS = 6
_LONGEST_SHOWN = 120
_LONGEST_TOP = 200
"""Lines in which a table names its columns."""
_DUMP_NAME = re.compile(r"_out\d+_n(hwc|chw)[_\d]*$")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_NUMBER = re.compile(
    r"[-+]?([0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,4})?|((q|s|rt)_)?(nan|inf))"
)
_COLUMNS = {
    "eculidean_norm": "euclidean_norm",
    "cosine_norm": "cosine_norm",
    "eculidean": "euclidean",
    "cosine": "cosine",
}
_TYPES = re.compile(r"(u8|i8|i16|fp\d+|float\d+|None)")
_ROW2 = re.compile(r"\[(?P<op>[^\]]{1,100})\]\s+(?P<name>\S+)(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One line. Metrics that the file does not give are None; NaN is what it calls nan.

    `dtype` is the type column, which names the input's type and None for all else. `layer` is the
    layer of the open network that is meant, None where there is none.
    """

    name: str
    line: int
    layer: str | None = None
    dtype: str | None = None
    euclidean_norm: float | None = None
    cosine_norm: float | None = None
    euclidean: float | None = None
    cosine: float | None = None

    @property
    def similarity(self) -> float | None:
        """The cosine, of whichever column has it."""
        return self.cosine_norm if self.cosine_norm is not None else self.cosine


@dataclass(frozen=True)
class Snapshot:
    """`parts` maps names of `PARTS` to their rows in the order of the file.

    `tensors` counts the dumped tensors of each folder beside them. `blank` are layers a table
    lists without numbers: they run in the operation of another.
    """

    parts: Mapping[str, tuple[SnapshotRow, ...]]
    tensors: Mapping[str, int] = field(default_factory=dict[str, int])
    blank: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))
        object.__setattr__(self, "tensors", MappingProxyType(dict(self.tensors)))

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Names without a layer in the network, each once."""
        rows = (row for part in self.parts.values() for row in part)
        return tuple(dict.fromkeys(row.name for row in rows if row.layer is None))


def read_snapshot(path: Path, graph: Graph | None = None) -> Snapshot:
    """The reports in the folder `path`, or the one text `path`; layers are those of `graph`.

    Raises FormatError with file and line, all wrong lines of a file at once.
    """
    if not path.is_dir():
        return _named(_read_file(path), graph)
    known = _texts_in(path)
    tensors = {name: count for name in DUMPS if (count := _tensors_in(path / name))}
    if not known and not tensors:
        raise FormatError(
            f"{path} holds no accuracy analysis: none of {', '.join((*_FILES, _TOOLKIT2))} is "
            "there; choose the output_dir of accuracy_analysis."
        )
    parts: dict[str, tuple[SnapshotRow, ...]] = {}
    blank: list[str] = []
    for file in known:
        read = _read_file(file)
        blank += read.blank
        for part, rows in read.parts.items():
            parts.setdefault(part, rows)
    return _named(Snapshot(parts, tensors, tuple(dict.fromkeys(blank))), graph)


def is_snapshot(path: Path) -> bool:
    """Whether `path` looks like what accuracy_analysis writes: its folder, or one of its texts."""
    if path.is_dir():
        return bool(_texts_in(path)) or any(_tensors_in(path / name) for name in DUMPS)
    return path.name in (*_FILES, _TOOLKIT2) or path.name.endswith("_error_analysis.txt")


def _texts_in(folder: Path) -> list[Path]:
    return [folder / name for name in (*_FILES, _TOOLKIT2) if (folder / name).is_file()]


def parse_report(text: str, source: str, part: str | None = None) -> Snapshot:
    """The report `text`, called `source` in errors.

    `part` is taken from the names where it is None: those of dumped files are the entire ones.
    """
    top = islice(io.StringIO(text), _LONGEST_TOP)
    if any(line.lstrip().startswith("layer_name") for line in top):
        return _parse_table(text, source)
    wrong: list[str] = []
    rows = tuple(_rows(text, wrong))
    if wrong or not rows:
        raise FormatError(
            f"{source} is not an accuracy report: lines of a name, a TAB and eculidean_norm=... "
            "are expected; choose a file that accuracy_analysis wrote.",
            wrong,
        )
    if part is None:
        part = "entire" if _DUMP_NAME.search(_stem(rows[0].name)) else "individual"
    return Snapshot({part: rows})


def _read_file(path: Path) -> Snapshot:
    text = read_text(path, FormatError, _LARGEST_FILE)
    return parse_report(text, str(path), _FILES.get(path.name))


def _rows(text: str, wrong: list[str]) -> Iterator[SnapshotRow]:
    for number, line in enumerate(io.StringIO(text), start=1):
        fields = [entry.strip() for entry in line.split("\t", _MOST_COLUMNS)]
        if fields == [""]:
            continue
        dtype = fields.pop(1) if len(fields) > 1 and _TYPES.fullmatch(fields[1]) else None
        numbers: dict[str, float] = {}
        for entry in fields[1:]:
            name, _, value = entry.partition("=")
            if name in _COLUMNS and _NUMBER.fullmatch(value):
                numbers[_COLUMNS[name]] = float(value.rpartition("_")[2])
        if not fields[0] or len(numbers) != len(fields) - 1 or "cosine_norm" not in numbers:
            _refuse(wrong, number, line, "no row of errors")
            continue
        yield SnapshotRow(
            fields[0], number, None, None if dtype in (None, "None") else dtype, **numbers
        )


def _refuse(wrong: list[str], number: int, line: str, what: str) -> None:
    """Note a wrong line; of many the first will do."""
    if len(wrong) < _MOST_WRONG:
        wrong.append(f"line {number}: {line.strip()[:_LONGEST_SHOWN]!r} is {what}.")


def _parse_table(text: str, source: str) -> Snapshot:
    """Toolkit 2: `[Op] name   cos | euc   cos | euc`, entire then single, then those of the board.

    Its euc is the raw Euclidean distance.
    """
    parts: dict[str, list[SnapshotRow]] = {}
    blank: list[str] = []
    wrong: list[str] = []
    in_table, named = False, _parts2(text)
    for number, line in enumerate(io.StringIO(text), start=1):
        plain = _COLOUR.sub("", line).strip()
        if plain.startswith("---"):
            in_table = True
        elif in_table and plain:
            match = _ROW2.fullmatch(plain)
            values = match["rest"].replace("|", " ").split() if match else [""]
            if match is None or len(values) % 2 or not all(map(_NUMBER.fullmatch, values)):
                _refuse(wrong, number, plain, "no row of the table")
                continue
            if not values:
                blank.append(match["name"])
            numbers = [float(value.rpartition("_")[2]) for value in values]
            columns = zip(numbers[::2], numbers[1::2], strict=True)
            for part, (cosine, euclidean) in zip(named, columns, strict=False):
                row = SnapshotRow(match["name"], number, cosine=cosine, euclidean=euclidean)
                parts.setdefault(part, []).append(row)
    if wrong or not parts:
        raise FormatError(
            f"{source} is not an accuracy table: rows '[Conv] name   cosine | distance' below a "
            "line of dashes are expected; choose the error_analysis.txt of RKNN-Toolkit 2.",
            wrong,
        )
    return Snapshot({part: tuple(rows) for part, rows in parts.items()}, blank=tuple(blank))


def _parts2(text: str) -> tuple[str, ...]:
    """Which part each pair of columns is."""
    heading = next((line for line in io.StringIO(text) if "layer_name" in line), "")
    simulated, on_board = PARTS[:2], PARTS[3:]
    if "simulator_error" not in heading and "runtime_error" in heading:
        return on_board
    return (*simulated, *on_board)


def _named(snapshot: Snapshot, graph: Graph | None) -> Snapshot:
    """`snapshot` with the layers of `graph`."""
    if graph is None:
        return snapshot
    found: dict[str, str | None] = {}

    def named(row: SnapshotRow) -> SnapshotRow:
        if row.name not in found:
            found[row.name] = layer_of(graph, row.name)
        return SnapshotRow(
            row.name, row.line, found[row.name], row.dtype, row.euclidean_norm, row.cosine_norm,
            row.euclidean, row.cosine,
        )  # fmt: skip

    parts = {part: tuple(map(named, rows)) for part, rows in snapshot.parts.items()}
    return Snapshot(parts, snapshot.tensors, snapshot.blank)


def layer_of(graph: Graph, name: str) -> str | None:
    """The layer a report of either toolkit means: a layer, a dumped file, or (toolkit 2) the
    tensor it computes. What a toolkit put beside the network's layers has none."""
    stem = _stem(name)
    producer = graph.producer.get(stem)
    if producer is not None:
        return producer.name
    for candidate in (_DUMP_NAME.sub("", stem), stem.removesuffix("_output_0")):
        layer = find_layer(graph, candidate)
        if layer is not None:
            return layer
    return None


def _stem(name: str) -> str:
    return name.removesuffix(".npy").removesuffix(".tensor")


def _tensors_in(folder: Path) -> int:
    try:
        return sum(file.suffix in (".npy", ".tensor") for file in folder.iterdir())
    except OSError:
        return 0

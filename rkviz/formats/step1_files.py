"""What lies beside a cfg of step 1: the toolkit's own network, and whether it is the open one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import FormatError
from rkviz.formats.acuity import read_structure, read_weights
from rkviz.graph.model import Graph
from rkviz.graph.naming import find_layer

_SUFFIX = ".quantization.cfg"
_PICKLED = b"\x93NUMPY"
_CLOSE = 1e-3
"""How far the ends of two weights may be apart, as a share of their range: folding and printing
round differently."""


@dataclass(frozen=True)
class Step1Files:
    """`operators` maps the layers of the toolkit's network to what they do, in its words; `notes`
    are sentences for the user."""

    operators: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()


def read_step1_files(cfg: Path, graph: Graph) -> Step1Files:
    """The `.json` and `.data` that step 1 wrote beside `cfg`, as far as they are there.

    Weights are compared with those of `graph` by their ends: a cfg of another training fits by
    name, but not by numbers. Files that cannot be read are a note, because the cfg does not need
    them. `.data` is parsed without being executed.
    """
    if not cfg.name.endswith(_SUFFIX):
        return Step1Files()
    stem = cfg.with_name(cfg.name.removesuffix(_SUFFIX))
    structure, data = (stem.with_name(f"{stem.name}{end}") for end in (".json", ".data"))
    operators: dict[str, str] = {}
    notes: list[str] = []
    try:
        if structure.is_file():
            layers = read_structure(structure).layers
            operators = {name: layer.op for name, layer in layers.items()}
        if data.is_file() and _begins_with(data, _PICKLED):
            different = list(_different(read_weights(data), graph))
            if different:
                notes.append(
                    f"{len(different)} layer(s) have other weights in {data.name} than in the "
                    f"open model, so the cfg is of another training: {', '.join(different)}."
                )
    except FormatError as error:
        notes.append(str(error))
    return Step1Files(operators, tuple(notes))


def _begins_with(path: Path, mark: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(mark)) == mark
    except OSError:
        return False


def _different(
    weights: Mapping[str, Mapping[str, NDArray[np.generic]]], graph: Graph
) -> Iterator[str]:
    for name, arrays in weights.items():
        layer, theirs = find_layer(graph, name), arrays.get("weight")
        node = graph.by_name[layer] if layer is not None else None
        ours = graph.constants.get(node.inputs[1]) if node and len(node.inputs) > 1 else None
        if node is None or theirs is None or ours is None or theirs.dtype.kind != "f":
            continue
        if theirs.size != ours.size or not theirs.size:
            yield node.name
            continue
        ends = [(float(array.min()), float(array.max())) for array in (theirs, ours)]
        allowed = _CLOSE * (ends[1][1] - ends[1][0])
        if any(not abs(a - b) <= allowed for a, b in zip(*ends, strict=True)):
            yield node.name

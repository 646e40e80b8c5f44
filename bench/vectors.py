"""Measured vectors of the core, as JSON, through both engines: how many codes differ.

    python -m bench.vectors FOLDER_OR_FILE ...

A file holds one vector or a list of them: `op`, `params`, `inputs` and `expected`, every tensor
with dtype, shape, quant and its codes (`data`, or `data_range` [a, b) for all codes a .. b - 1), as
the vectors were from which tests/golden/npu_vectors was made.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rkviz.errors import RkvizError
from tests.npu_vectors import Vector, vector_of

Codes = NDArray[np.generic]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", type=Path, nargs="+")
    for path in parser.parse_args().paths:
        files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        for file in files:
            for vector in _vectors(file):
                print(f"{file.name:<40} {vector.id:<32} {_compared(vector)}")


def _vectors(file: Path) -> Iterator[Vector]:
    read = json.loads(file.read_text())
    entries = read if isinstance(read, list) else [read]
    if not all(isinstance(entry, dict) and "expected" in entry for entry in entries):
        print(f"{file.name:<40} holds no vectors")
        return
    for entry in entries:
        yield vector_of(file.stem, entry, _codes)


def _codes(tensor: Mapping[str, Any]) -> Codes:
    """fp16 comes as bit patterns where "encoding" says so, else as decimals."""
    data = tensor["data"]
    if tensor["dtype"] == "float16" and "encoding" in tensor:
        return np.array(data, np.uint16).view(np.float16).reshape(tensor["shape"])
    return np.array(data, tensor["dtype"]).reshape(tensor["shape"])


def _compared(vector: Vector) -> str:
    """What the definition and what analyses run give, beside what the core gave."""
    expected, told = vector.expected.codes, list[str]()
    for name, compiled in (("reference", False), ("compiled", True)):
        try:
            found = vector.computed(compiled)
        except (RkvizError, KeyError, ValueError) as error:
            return f"not run: {error}"
        if found.shape != expected.shape:
            return f"of another shape: {found.shape}, not {expected.shape}"
        apart = np.abs(found.astype(np.float64) - expected.astype(np.float64))
        most = f", by {apart.max():g}" if apart.any() else ""
        told.append(f"{name} {np.count_nonzero(apart)} of {expected.size} differ{most}")
    return "; ".join(told)


if __name__ == "__main__":
    main()

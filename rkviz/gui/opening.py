"""What a dropped, named or chosen file is: one function decides, and says what cannot be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from rkviz.calibrate.dataset import LIST_SUFFIX, SAMPLE_SUFFIXES
from rkviz.gui import imports
from rkviz.project import MODEL_SUFFIXES, SUFFIX

_FOREIGN_MODELS = frozenset(
    {".pt", ".pth", ".pb", ".h5", ".keras", ".caffemodel", ".prototxt", ".weights", ".pdmodel"}
)
_STEP_1 = frozenset({".json", ".data"})
_ARCHIVES = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz"})


class Kind(Enum):
    """What can be done with a file or folder."""

    DOCUMENT = "document"
    """A model or a project."""
    CFG = "cfg"
    SNAPSHOT = "snapshot"
    """What accuracy_analysis wrote."""
    PICTURES = "pictures"
    """Pictures, arrays, a folder of them, a dataset.txt."""
    NOTHING = "nothing"


@dataclass(frozen=True)
class Found:
    """Paths by what they are; `refused` has a sentence for each of the others."""

    documents: tuple[Path, ...]
    cfgs: tuple[Path, ...]
    snapshots: tuple[Path, ...]
    pictures: tuple[Path, ...]
    refused: tuple[str, ...]


def sort_out(paths: Sequence[Path]) -> Found:
    """Decide for all of them; looks at names, and into folders."""
    kinds = {path: kind_of(path) for path in paths}

    def of(wanted: Kind) -> tuple[Path, ...]:
        return tuple(path for path, kind in kinds.items() if kind is wanted)

    refused = tuple(refusal(path) for path in of(Kind.NOTHING))
    return Found(of(Kind.DOCUMENT), of(Kind.CFG), of(Kind.SNAPSHOT), of(Kind.PICTURES), refused)


def left_over(found: Found) -> tuple[str, ...]:
    """A sentence for each kind of which there was more than one can be opened."""
    text = QCoreApplication.translate(
        "Opening", "{taken} was taken; only one of its kind at a time, so not {others}."
    )
    groups = (found.documents, found.cfgs, found.snapshots)
    return tuple(
        text.format(taken=group[0].name, others=", ".join(path.name for path in group[1:]))
        for group in groups
        if len(group) > 1
    )


def kind_of(path: Path) -> Kind:
    """By its suffix; a text by its name, a folder by what lies in it."""
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            if imports.is_snapshot(path):
                return Kind.SNAPSHOT
            return Kind.PICTURES if _has_samples(path) else Kind.NOTHING
        if not path.exists():
            return Kind.NOTHING
    except OSError:
        return Kind.NOTHING
    if suffix in (*MODEL_SUFFIXES, SUFFIX):
        return Kind.DOCUMENT
    if suffix == ".cfg":
        return Kind.CFG
    if imports.is_snapshot(path):
        return Kind.SNAPSHOT
    return Kind.PICTURES if suffix in {*SAMPLE_SUFFIXES, LIST_SUFFIX} else Kind.NOTHING


def refusal(path: Path) -> str:
    """Why `path` cannot be opened and what to do instead, a sentence for the user."""
    translate, suffix = QCoreApplication.translate, path.suffix.lower()
    if path.is_dir():
        text = translate(
            "Opening",
            "{file} holds neither pictures nor an accuracy analysis; drop the folder in which "
            "they lie.",
        )
    elif not path.exists():
        text = translate("Opening", "There is no {file}; was it moved or renamed?")
    elif suffix in _FOREIGN_MODELS:
        text = translate(
            "Opening", "{file} is a model of another framework; export it to ONNX and open that."
        )
    elif suffix in _STEP_1:
        text = translate(
            "Opening",
            "{file} is not read; of what hybrid step 1 writes, drop the .quantization.cfg.",
        )
    elif suffix in _ARCHIVES:
        text = translate("Opening", "{file} is packed; unpack it and drop what is inside.")
    else:
        text = translate(
            "Opening",
            "{file} is nothing rkviz can open: it takes models (.onnx, .tflite, .rknn), .rkviz "
            "projects, pictures, .npy arrays, a dataset.txt, a .quantization.cfg, and the "
            "output folder of accuracy_analysis.",
        )
    return text.format(file=path)


def _has_samples(folder: Path) -> bool:
    return any(entry.suffix.lower() in SAMPLE_SUFFIXES for entry in folder.iterdir())

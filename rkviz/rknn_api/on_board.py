"""A board behind the calls: the vendor's toolkit, where it is installed, runs the model there."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import numpy as np
from numpy.typing import NDArray

from rkviz import exchange
from rkviz.board import PYTHON_VARIABLE, Timing, Toolkit, find_toolkit, infer, measure
from rkviz.errors import ConfigError, FormatError
from rkviz.project import Project
from rkviz.results import Results
from rkviz.rknn_api.arguments import text


@dataclass
class OnBoard:
    """A model ready to run on a board; its files are gone when nobody holds this any more."""

    toolkit: Toolkit
    model: Path
    target: str
    device: str | None
    folder: Path

    def infer(
        self, inputs: Sequence[NDArray[np.generic]], **options: object
    ) -> list[NDArray[np.float32]]:
        return infer(
            self.toolkit, self.model, self.target, inputs, self.folder, self.device, options
        )

    def measure(self) -> Timing:
        return measure(self.toolkit, self.model, self.target, self.folder, self.device)


def toolkit_for(target: str) -> Toolkit:
    """The vendor's toolkit; raises ConfigError where it is not installed."""
    toolkit = find_toolkit()
    if toolkit is None:
        raise ConfigError(
            f"target={target!r} is a board, which only the vendor's toolkit reaches, and that is "
            f"not installed here ({PYTHON_VARIABLE} can name the Python that has it); leave "
            "target out for the emulator."
        )
    return toolkit


def open_board(project: Project, results: Results, target: object, device: object) -> OnBoard:
    """The built model for a board: an `.rknn` file as it is, others built by the toolkit.

    Raises ConfigError, TargetError and FormatError.
    """
    chip, id = text("target", target), None if device is None else text("device_id", device)
    toolkit = toolkit_for(chip)
    folder, model = Path(mkdtemp(prefix="rkviz_board_")), project.model.absolute()
    board = OnBoard(toolkit, model, chip, id, folder)
    weakref.finalize(board, shutil.rmtree, folder, ignore_errors=True)
    if model.suffix.lower() == ".rknn":
        return board
    _snapshot, made = exchange.run_toolkit(project, results, toolkit, folder, analysed=())
    board.model = made
    return board


def analyse_on_board(
    project: Project,
    results: Results,
    sample: Sequence[Path],
    output: Path,
    target: object,
    device: object,
) -> None:
    """Let the toolkit analyse `sample` on the board, into the folder `output`.

    Raises ConfigError, TargetError and FormatError.
    """
    chip, id = text("target", target), None if device is None else text("device_id", device)
    toolkit = toolkit_for(chip)
    with TemporaryDirectory(prefix="rkviz_board_") as name:
        snapshot, _model = exchange.run_toolkit(
            project, results, toolkit, Path(name), board=chip, device=id, analysed=sample
        )
        try:
            shutil.copytree(snapshot, output, dirs_exist_ok=True)
        except (OSError, shutil.Error) as error:
            raise FormatError(f"{output} cannot be written: {error}") from None

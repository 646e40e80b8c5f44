"""Asking for files: window-modal dialogs without an event loop of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

Chosen = Callable[[list[Path]], None]


def ask_which(
    window: QWidget, title: str, folder: Path, filters: str, chosen: Chosen, many: bool = False
) -> None:
    """Ask for a file that is there, or for several."""
    dialog = QFileDialog(window, title, str(folder))
    mode = QFileDialog.FileMode
    dialog.setFileMode(mode.ExistingFiles if many else mode.ExistingFile)
    all_files = QCoreApplication.translate("Commands", "All files")
    dialog.setNameFilters([filters, f"{all_files} (*)"])
    _show(dialog, chosen)


def ask_folder(window: QWidget, title: str, folder: Path, chosen: Chosen) -> None:
    """Ask for a folder."""
    dialog = QFileDialog(window, title, str(folder))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    _show(dialog, chosen)


def ask_new_folder(
    window: QWidget, title: str, proposed: Path, chosen: Callable[[Path], None]
) -> None:
    """Ask for the name of a folder to write to; it need not be there yet."""
    dialog = QFileDialog(window, title, str(_writable(proposed.parent)))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.selectFile(proposed.name)
    _show(dialog, lambda paths: chosen(paths[0]))


def ask_where(
    window: QWidget, title: str, proposed: Path, filters: str, chosen: Callable[[Path], None]
) -> None:
    """Ask where to write a file."""
    dialog = QFileDialog(window, title, str(_writable(proposed.parent)))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(filters)
    dialog.setDefaultSuffix(proposed.suffix.removeprefix("."))
    dialog.selectFile(proposed.name)
    _show(dialog, lambda paths: chosen(paths[0]))


def _writable(folder: Path) -> Path:
    """`folder`, or home where nothing can be written to it: the demo's lies in the package."""
    return folder if os.access(folder, os.W_OK) else Path.home()


def _show(dialog: QFileDialog, chosen: Chosen) -> None:
    def finished(_result: int) -> None:
        dialog.deleteLater()

    dialog.filesSelected.connect(lambda names: chosen([Path(name) for name in names]))
    dialog.finished.connect(finished)
    dialog.open()

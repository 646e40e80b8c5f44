"""What is dropped or named together is taken together: a document, then what belongs to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from rkviz.gui import imports, opening
from rkviz.gui.session import Session
from rkviz.project import MODEL_SUFFIXES, Project


class Arrivals(QObject):
    """Opens a document, and adds what came along with it once the window shows it."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._along: tuple[Path, opening.Found] | None = None
        session.opened.connect(self._opened)

    def open(self, found: opening.Found) -> None:
        """Open the first document of `found`; a model with the pictures that came along."""
        path, pictures = found.documents[0].absolute(), found.pictures
        if pictures and path.suffix.lower() in MODEL_SUFFIXES:
            dataset = tuple(picture.absolute() for picture in pictures)
            self._along = path, replace(found, pictures=())
            self._session.open_document(Project(path, dataset), None)
        else:
            self._along = path, found
            self._session.open_path(path)

    def add(self, found: opening.Found) -> None:
        """Give the open document pictures, a cfg, an analysis, one step to undo each; tell of
        what is not taken."""
        if found.pictures:
            self._session.set_dataset(found.pictures)
        if found.cfgs:
            imports.import_cfg(self._session, found.cfgs[0])
        if found.snapshots:
            imports.import_snapshot(self._session, found.snapshots[0])
        not_taken = (*found.refused, *opening.left_over(found))
        if not_taken:
            self._session.message.emit("warning", "\n".join(not_taken))

    def _opened(self, project: Project) -> None:
        along, self._along = self._along, None
        if along is not None and along[0] in (project.model, self._session.path):
            QTimer.singleShot(0, self, lambda: self.add(along[1]))

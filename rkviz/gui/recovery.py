"""Autosave: unsaved work lies in a file of its own and is offered at the next start."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer

from rkviz import places
from rkviz.errors import ProjectError
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session
from rkviz.project import SUFFIX, Project, load_project, save_project

_LANE = "recovery"
_AFTER_EDIT_MS = 2000


@dataclass(frozen=True)
class Abandoned:
    """Work another rkviz left behind. `original` is the project file it belongs to, if any."""

    file: Path
    project: Project
    original: Path | None


class Recovery(QObject):
    """Keeps a copy of the session's project while it has unsaved changes.

    A lock file tells a running rkviz from one that ended badly. Where the folder cannot be
    written there is no recovery, and nothing else suffers.
    """

    def __init__(self, session: Session, folder: Path | None = None) -> None:
        super().__init__(session)
        self._folder = folder or places.recovery_folder()
        self._session = session
        self._file = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        self._lock: QLockFile | None = None
        self._adopted: Abandoned | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_EDIT_MS)
        self._timer.timeout.connect(self.write)
        session.undo_stack.indexChanged.connect(self._edited)
        session.undo_stack.cleanChanged.connect(self._clean_changed)
        session.opened.connect(self._opened)

    @property
    def file(self) -> Path:
        return self._file

    def write(self) -> None:
        """Start the job that writes the copy."""
        project = self._session.project
        if project is None or not self._session.is_modified:
            return
        original = str(self._session.path or "")
        if self._lock is None:
            with contextlib.suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._file)
        job = Job(_LANE, "", lambda progress, publish: _write(project, self._file, original))
        self._session.runner.submit(job)

    def discard(self) -> None:
        """Remove the copy: the work is saved, or the user does not want it.

        A job of the same lane, so that it comes after a copy that is being written.
        """
        self._timer.stop()
        if self._lock is not None:
            job = Job(_LANE, "", lambda progress, publish: _remove(self._file))
            self._session.runner.submit(job)

    def release(self) -> None:
        """After the last job: remove the copy and the lock."""
        self._timer.stop()
        _remove(self._file)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def abandoned(self) -> list[Abandoned]:
        """What instances that are gone left behind, the latest first; damaged copies are removed.

        Reads the folder; call it once, after the window is shown.
        """
        found: list[tuple[float, Abandoned]] = []
        try:
            files = [file for file in self._folder.iterdir() if file.suffix == SUFFIX]
        except OSError:
            return []
        for file in files:
            lock = QLockFile(str(_lock_file(file)))
            lock.setStaleLockTime(0)
            if file == self._file or not lock.tryLock(0):
                continue
            lock.unlock()
            try:
                found.append((file.stat().st_mtime, _read(file)))
            except (OSError, ProjectError):
                _remove(file)
        return [entry for _time, entry in sorted(found, key=lambda pair: -pair[0])]

    def adopt(self, work: Abandoned) -> None:
        """Open abandoned work as an unsaved document."""
        self._adopted = work
        self._session.open_document(work.project, work.original, modified=True)

    def forget(self, work: Abandoned) -> None:
        _remove(work.file)

    def _edited(self, _index: int) -> None:
        """Write soon; edits that follow each other quickly do not put it off."""
        if self._session.is_modified and not self._timer.isActive():
            self._timer.start()

    def _clean_changed(self, clean: bool) -> None:
        if clean:
            self.discard()

    def _opened(self, project: Project) -> None:
        if not self._session.is_modified:
            self.discard()
            return
        self.write()
        work, self._adopted = self._adopted, None
        if work is not None and work.project == project:
            _remove(work.file)


def _locked(file: Path) -> QLockFile | None:
    lock = QLockFile(str(_lock_file(file)))
    lock.setStaleLockTime(0)
    return lock if lock.tryLock(0) else None


def _lock_file(file: Path) -> Path:
    return file.with_suffix(".lock")


def _origin_file(file: Path) -> Path:
    return file.with_suffix(".origin")


def _write(project: Project, file: Path, original: str) -> None:
    with contextlib.suppress(OSError, ProjectError):
        _origin_file(file).write_text(original, encoding="utf-8")
        save_project(project, file)


def _read(file: Path) -> Abandoned:
    try:
        original = _origin_file(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        original = ""
    known = original and "\0" not in original
    return Abandoned(file, load_project(file), Path(original) if known else None)


def _remove(file: Path) -> None:
    for path in (file, _origin_file(file)):
        with contextlib.suppress(OSError):
            path.unlink()

"""Files of others that change the open document, each read in a job of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session
from rkviz.project import Project


def is_snapshot(path: Path) -> bool:
    """Whether `path` looks like what the toolkit's accuracy_analysis writes."""
    from rkviz.formats import accuracy_snapshot

    return accuracy_snapshot.is_snapshot(path)


def import_snapshot(session: Session, path: Path) -> None:
    """Show what accuracy_analysis wrote beside the emulator's numbers: one step to undo."""
    project, graph = session.project, session.results.graph
    if project is None or graph is None:
        text = QCoreApplication.translate("Imports", "Open a model first, then import its report.")
        session.message.emit("warning", text)
        return

    def read() -> object:
        from rkviz.formats.accuracy_snapshot import read_snapshot

        return read_snapshot(path, graph)

    def done(_snapshot: object) -> None:
        now = session.project
        if now is None or now.model != project.model:
            return  # another document was opened meanwhile
        text = QCoreApplication.translate("Imports", "Import {file}").format(file=path.name)
        session.edit_project(replace(now, snapshot=path.absolute()), text)
        session.comparing.announce()

    _submit(session, read, done)


def import_cfg(session: Session, path: Path, untouched: bool = False) -> None:
    """Take types and parameters from the toolkit's cfg in `path`: one step to undo.

    `untouched` says that it is as step 1 wrote it.
    """
    project, results = session.project, session.results
    if project is None or results.graph is None:
        text = QCoreApplication.translate("Imports", "Open a model first, then import its cfg.")
        session.message.emit("warning", text)
        return

    def read() -> tuple[Project, tuple[str, ...]]:
        from rkviz import exchange  # by the worker: it loads the engines

        return exchange.import_cfg(project, results, path, untouched)

    def done(imported: tuple[Project, tuple[str, ...]]) -> None:
        made, notes = imported
        now = session.project
        if now is None or now.model != made.model:
            return  # another document was opened meanwhile
        text = QCoreApplication.translate("Imports", "Import {file}").format(file=path.name)
        session.edit_project(replace(now, config=made.config, cfg=made.cfg), text)
        said = QCoreApplication.translate(
            "Imports", "Types and parameters are those of {file} now."
        ).format(file=path)
        session.message.emit("warning" if notes else "info", "\n".join((said, *notes)))

    _submit(session, read, done)


def _submit(session: Session, read: Callable[[], Any], done: Callable[[Any], None]) -> None:
    def failed(error: RkvizError) -> None:
        session.message.emit("error", str(error))

    title = QCoreApplication.translate("Imports", "Importing")
    job = Job("import", title, lambda _progress, _publish: read(), done, failed)
    session.runner.submit(job)

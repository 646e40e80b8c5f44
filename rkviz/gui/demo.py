"""Opens the demo: its pictures are drawn first, by a job."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from rkviz import places
from rkviz.errors import DatasetError, RkvizError
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session
from rkviz.project import Project


def open_demo(session: Session) -> None:
    """Open the demo as a project without a file; the caller has asked about unsaved work."""

    def draw() -> Project:
        from rkviz.demo import demo_project  # by the worker: it loads numpy and Pillow

        folder = places.demo_folder()
        try:
            return demo_project(folder)
        except OSError as error:
            said = QCoreApplication.translate(
                "Demo", "The pictures of the demo cannot be written to {folder}: {reason}."
            )
            reason = error.strerror or str(error)
            raise DatasetError(said.format(folder=folder, reason=reason)) from None

    def failed(error: RkvizError) -> None:
        session.message.emit("error", str(error))

    title = QCoreApplication.translate("Demo", "Drawing the pictures of the demo")
    job = Job(
        "demo",
        title,
        lambda _progress, _publish: draw(),
        lambda project: session.open_document(project, None),
        failed,
    )
    session.runner.submit(job)

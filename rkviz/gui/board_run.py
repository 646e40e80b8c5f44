"""The board's own numbers: the vendor's toolkit analyses the project with a board on USB."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QInputDialog, QWidget

from rkviz.board import Toolkit, find_toolkit, list_devices
from rkviz.errors import RkvizError
from rkviz.gui import exports, files, imports
from rkviz.gui.jobs import Job, Publish
from rkviz.gui.session import Session
from rkviz.progress import Progress

_LANE = "board"


def analyse_on_board(window: QWidget, session: Session) -> None:
    """Ask which board and where to, let the toolkit work, then show its numbers."""
    toolkit = find_toolkit()
    if toolkit is None or not exports.is_current(session, session.has_current_plan):
        return

    def look(progress: Progress, _publish: Publish) -> tuple[str, ...]:
        with TemporaryDirectory(prefix="rkviz_board_") as folder:
            return list_devices(toolkit, Path(folder), progress)

    def done(devices: tuple[str, ...]) -> None:
        if not devices:
            session.message.emit("error", _no_board())
        elif len(devices) == 1:
            _ask_where(window, session, toolkit, devices[0])
        else:
            _ask_which(window, session, toolkit, devices)

    title = QCoreApplication.translate("BoardRun", "Looking for boards")
    session.runner.submit(Job(_LANE, title, look, done, partial(_failed, session)))


def _no_board() -> str:
    return QCoreApplication.translate(
        "BoardRun", "The toolkit sees no board; connect one by USB and switch it on."
    )


def _ask_which(
    window: QWidget, session: Session, toolkit: Toolkit, devices: tuple[str, ...]
) -> None:
    dialog = QInputDialog(window)
    dialog.setWindowTitle(QCoreApplication.translate("BoardRun", "Analyse on the board"))
    dialog.setLabelText(QCoreApplication.translate("BoardRun", "Several boards are connected:"))
    dialog.setComboBoxItems(list(devices))
    dialog.textValueSelected.connect(lambda name: _ask_where(window, session, toolkit, name))
    dialog.finished.connect(lambda _result: dialog.deleteLater())
    dialog.open()


def _ask_where(window: QWidget, session: Session, toolkit: Toolkit, device: str) -> None:
    project = session.project
    if project is not None:
        title = QCoreApplication.translate("BoardRun", "Folder for what the toolkit writes")
        proposed = project.model.with_name(f"{project.model.stem}_board")
        chosen = partial(_run, session, toolkit, device)
        files.ask_new_folder(window, title, proposed, chosen)


def _run(session: Session, toolkit: Toolkit, device: str, folder: Path) -> None:
    project, results = session.project, session.results
    if project is None:
        return

    def work(progress: Progress, _publish: Publish) -> Path:
        from rkviz import exchange

        snapshot, _model = exchange.run_toolkit(
            project,
            results,
            toolkit,
            folder.absolute(),
            board=project.target,
            device=device,
            progress=progress,
        )
        return snapshot

    title = QCoreApplication.translate("BoardRun", "The toolkit analyses on the board")
    done = partial(imports.import_snapshot, session)
    session.runner.submit(Job(_LANE, title, work, done, partial(_failed, session)))


def _failed(session: Session, error: RkvizError) -> None:
    session.message.emit("error", str(error))

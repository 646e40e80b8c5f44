"""Start: application, looks, window. Engines are loaded later, by the worker that needs them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from rkviz import __version__
from rkviz.gui import crash
from rkviz.gui.jobs import Job
from rkviz.gui.language import apply_language, system_language
from rkviz.gui.log_file import start_log
from rkviz.gui.main_window import MainWindow
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.steps import load_engines
from rkviz.gui.theme import apply_theme
from rkviz.project import Project
from rkviz.results import Results

_SWITCH_INTERVAL_S = 0.0005
"""A worker in pure Python gives the window its turn after this long, not after 5 ms."""


class Application(QApplication):
    """Tells of files the desktop asks for: macOS names them in an event, no command line."""

    file_asked_for = Signal(Path)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_asked_for.emit(Path(event.file()))
            return True
        return super().event(event)


def run(
    project: Project | None = None,
    results: Results | None = None,
    argv: Sequence[str] | None = None,
) -> int:
    """Show the window until it is closed; returns the exit code.

    `argv` may name a model, project or pictures to open. A `project` is shown with `results`
    where they are given, or opened.
    """
    app = QApplication.instance() or Application(["rkviz"])
    assert isinstance(app, QApplication)
    settings = Settings()
    prepare(app, settings)
    session = Session()
    window = MainWindow(session, settings)

    def tell(error: crash.UnexpectedError) -> None:
        session.message.emit("error", str(error))
        session.runner.crashed.emit(error)

    crash.install(tell)
    if isinstance(app, Application):
        app.file_asked_for.connect(lambda path: window.commands.open_paths([path]))
    window.show()
    if project is not None and results is not None and results.graph is not None:
        session.show_document(project, None, results)
    elif project is not None:
        session.open_document(project, None)
    elif argv:
        window.commands.open_paths([Path(name) for name in argv])
    QTimer.singleShot(0, window.questions.offer_recovery)
    QTimer.singleShot(0, lambda: warm_up(session))
    code = app.exec()
    crash.uninstall()
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """The `rkviz` command without a subcommand; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    start_log()
    return run(argv=list(sys.argv[1:] if argv is None else argv))


def prepare(app: QApplication, settings: Settings) -> None:
    """Name, looks and language of the application, as the user left them."""
    app.setApplicationName("rkviz")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("rkviz")
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    apply_theme(app, {"light": False, "dark": True}.get(settings.theme))
    apply_language(app, settings.language or system_language())
    hints = app.styleHints()

    def follow_system() -> None:
        if settings.theme == "system":
            apply_theme(app, None)

    hints.colorSchemeChanged.connect(follow_system)


def warm_up(session: Session) -> None:
    """Import in the background, once the window is there, what the first run will need."""
    session.runner.submit(Job("warm up", "", lambda progress, _publish: load_engines(progress)))

"""A picture of the window without a screen, for demos, papers and reviews."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from rkviz.errors import ProjectError
from rkviz.gui.language import apply_language
from rkviz.gui.main_window import MainWindow
from rkviz.gui.ranking import worst_first
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.theme import apply_theme
from rkviz.project import Project
from rkviz.results import Results

_TURNS = 4
_PATIENCE_MS = 60_000


@contextmanager
def drawn_window(
    project: Project,
    results: Results,
    layers: Sequence[str] = (),
    language: str = "en",
    dark: bool = False,
    size: tuple[int, int] = (1600, 1000),
) -> Iterator[MainWindow]:
    """The window as it shows `results`, `layers` (or the worst one) selected, all of it painted.

    Starts an application on the offscreen platform when there is none and no display. `size` is
    in pixels. Raises ProjectError when nothing was drawn in time.
    """
    app = _application()
    apply_theme(app, dark)
    apply_language(app, language)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "rkviz.ini")
        session = Session()
        window = MainWindow(session, settings, Path(folder) / "recovery")
        window.resize(*size)
        window.show()
        session.show_document(project, None, results)
        session.select(layers or worst_first(results, session.view)[:1])
        drawn = wait_until_drawn(window)
        if drawn:
            yield window
        window.close()
        window.deleteLater()
    if not drawn:
        raise ProjectError("The window was not drawn in time; try again on a less busy machine.")


def save_screenshot(
    project: Project,
    results: Results,
    path: Path,
    language: str = "en",
    dark: bool = False,
    size: tuple[int, int] = (1600, 1000),
) -> None:
    """Write the window as it shows `results`, the worst layer selected, to a PNG file.

    Raises ProjectError when the file cannot be written or nothing was drawn in time.
    """
    with drawn_window(project, results, (), language, dark, size) as window:
        picture = window.grab()
    if not picture.save(str(path), "PNG"):
        raise ProjectError(
            f"{path} was not made: the folder cannot be written; choose another place or try again."
        )


def _application() -> QApplication:
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not display:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QApplication(["rkviz"])


def wait_until_drawn(window: MainWindow) -> bool:
    """Let the window work until its last job is done and all is painted; False when late.

    There is no other event loop here: this is the whole program while the picture is made.
    """
    loop = QEventLoop()
    watch = QTimer()
    done_in_a_row = 0

    def look() -> None:
        # What was drawn last may still want another size for its words: a few turns more.
        nonlocal done_in_a_row
        done_in_a_row = done_in_a_row + 1 if _is_done(window) else 0
        if done_in_a_row == _TURNS:
            loop.quit()

    watch.timeout.connect(look)
    watch.start(20)
    patience = QTimer()
    patience.setSingleShot(True)
    patience.timeout.connect(loop.quit)
    patience.start(_PATIENCE_MS)
    loop.exec()
    return _is_done(window)


def _is_done(window: MainWindow) -> bool:
    return window.graph.is_settled and not window.session.runner.is_busy

"""How the window looks, speaks and computes: theme, language, colours, movement, threads."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QMainWindow

from rkviz.gui.graph_area import GraphArea
from rkviz.gui.language import apply_language, system_language
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.theme import apply_theme
from rkviz.threads import USUAL, choose_threads


class Looks(QObject):
    """Applies a choice at once, and keeps it for the next start."""

    def __init__(
        self, window: QMainWindow, session: Session, settings: Settings, graph: GraphArea
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._graph = graph
        self._move(settings.moves)
        if settings.threads:
            self._compute_with(settings.threads)

    def set_theme(self, name: str) -> None:
        """One of settings.THEMES."""
        self._settings.theme = name
        apply_theme(_application(), None if name == "system" else name == "dark")

    def set_language(self, code: str) -> None:
        """A code of LANGUAGES, or "" for what the system speaks."""
        self._settings.language = code
        apply_language(_application(), code or system_language())

    def set_palette(self, name: str) -> None:
        """A key of PALETTES."""
        self._settings.palette = name
        self._session.set_view(palette=name)

    def set_moves(self, moves: bool) -> None:
        """Whether boxes and panels slide to their places, where the system has them do so."""
        self._settings.moves = moves
        self._move(moves)

    def set_threads(self, name: str) -> None:
        """One of settings.THREADS, for networks that are opened from now on."""
        self._settings.threads = name
        self._compute_with(name)

    def _compute_with(self, name: str) -> None:
        choose_threads((os.cpu_count() or USUAL) if name == "all" else int(name))

    def _move(self, moves: bool) -> None:
        self._graph.view.is_calm = not moves
        self._window.setAnimated(moves)


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application

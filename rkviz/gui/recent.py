"""The files of late, in the menu and on the welcome page; those that are gone are grey."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from rkviz.gui.jobs import Job, JobRunner
from rkviz.gui.menus import Menus
from rkviz.gui.settings import Settings
from rkviz.gui.welcome import WelcomePage

_LANE = "recent files"


class RecentFiles(QObject):
    """Looks for the files in a job: one on a server that does not answer would stop the window."""

    def __init__(
        self, settings: Settings, menus: Menus, welcome: WelcomePage, runner: JobRunner
    ) -> None:
        super().__init__(runner)
        self._settings = settings
        self._menus = menus
        self._welcome = welcome
        self._runner = runner
        menus.recent_opened.connect(self._look)

    def add(self, path: Path) -> None:
        self._settings.add_recent_file(path)
        self.show()

    def show(self) -> None:
        paths = self._settings.recent_files
        self._welcome.set_recent(paths)
        self._menus.set_recent(paths, self._forget)
        self._look()

    def _forget(self) -> None:
        self._settings.forget_recent_files()
        self.show()

    def _look(self) -> None:
        paths = self._settings.recent_files
        job = Job(_LANE, "", lambda _progress, _publish: missing_of(paths), self._show_missing)
        self._runner.submit(job)

    def _show_missing(self, missing: frozenset[Path]) -> None:
        self._menus.set_missing(missing)
        self._welcome.set_missing(missing)


def missing_of(paths: tuple[Path, ...]) -> frozenset[Path]:
    """Those of `paths` that are not there."""
    return frozenset(path for path in paths if not _exists(path))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False

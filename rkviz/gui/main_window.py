"""The window: puts graph, panels, bars and menus together and decides nothing itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from rkviz.gui.about import AboutDialog
from rkviz.gui.actions import ActionSet
from rkviz.gui.commands import Commands
from rkviz.gui.dialogs import ShortcutsDialog
from rkviz.gui.docks import Docks
from rkviz.gui.doctor_dialog import DoctorDialog
from rkviz.gui.graph_area import GraphArea
from rkviz.gui.menus import Menus
from rkviz.gui.notices import NoticeStack
from rkviz.gui.preferences import Preferences
from rkviz.gui.questions import Questions
from rkviz.gui.recent import RecentFiles
from rkviz.gui.recovery import Recovery
from rkviz.gui.resources import application_icon
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.status_bar import StatusBar
from rkviz.gui.welcome import WelcomePage
from rkviz.gui.widgets.adapting import Adapting
from rkviz.places import DEMO_NETWORK
from rkviz.project import Project
from rkviz.threads import USUAL

_SIZE = (1440, 900)


class MainWindow(Adapting, QMainWindow):
    """One window, one session. It owns the session and ends its threads when it closes."""

    def __init__(
        self, session: Session, settings: Settings, recovery_folder: Path | None = None
    ) -> None:
        super().__init__()
        self.session = session
        session.setParent(self)
        self._settings = settings
        self._may_close = False
        session.set_live(settings.live)
        session.set_view(palette=settings.palette)
        self.recovery = Recovery(session, recovery_folder)
        self.graph = GraphArea(session)
        self.commands = Commands(self, session, settings, self.graph)
        self.actions_by_id = ActionSet(self.commands, self)
        self.graph.view.addActions(self.actions_by_id.on_graph)
        self.notices, self.hints = NoticeStack(), NoticeStack()
        self._build_centre()
        self.docks = Docks(self, session, self.graph.legend)
        self.menus = Menus(
            self,
            self.actions_by_id,
            self.docks.toggle_actions,
            lambda path: self.commands.open_paths([path]),
        )
        self._recent = RecentFiles(settings, self.menus, self.welcome, session.runner)
        self.setStatusBar(StatusBar(session, self))
        self.questions = Questions(
            self, session, self.commands, self.recovery, self.notices, self.hints
        )
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self._connect()
        self._check_choices()
        self._restore()
        self._recent.show()
        self._update_title()
        self._update_actions()

    # -- building -----------------------------------------------------------------------------

    def _build_centre(self) -> None:
        self.welcome = WelcomePage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.graph)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.hints)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        session, commands = self.session, self.commands
        self.welcome.open_clicked.connect(commands.open)
        self.welcome.recent_clicked.connect(lambda path: commands.open_paths([path]))
        self.statusBar().cancel_clicked.connect(commands.cancel)
        commands.panels_reset.connect(self.docks.reset)
        commands.on_plans.panel_wanted.connect(self.docks.bring_up)
        commands.shortcuts_wanted.connect(lambda: self._show(ShortcutsDialog(self)))
        commands.preferences_wanted.connect(self._show_preferences)
        commands.about_wanted.connect(lambda: self._show(AboutDialog(self)))
        commands.doctor_wanted.connect(lambda: self._show(DoctorDialog(session.runner, self)))
        self.welcome.demo_clicked.connect(commands.open_demo)
        self.questions.inputs_wanted.connect(self.docks.show_inputs)
        session.live_changed.connect(self.actions_by_id.by_id["live"].setChecked)
        session.selection_changed.connect(self.docks.show_layer)
        session.opened.connect(self._opened)
        session.path_changed.connect(self._path_changed)
        session.message.connect(self._message)
        session.undo_stack.cleanChanged.connect(self._update_title)
        for changed in (
            session.project_changed,
            session.results_changed,
            session.selection_changed,
            session.undo_stack.indexChanged,
            session.runner.started,
            session.runner.ended,
        ):
            changed.connect(self._update_actions)

    def _check_choices(self) -> None:
        by_id = self.actions_by_id.by_id
        by_id["live"].setChecked(self.session.live)
        by_id[f"theme_{self._settings.theme}"].setChecked(True)
        by_id[f"colours_{self._settings.palette}"].setChecked(True)
        by_id[f"language_{self._settings.language or 'system'}"].setChecked(True)
        by_id[f"threads_{self._settings.threads or USUAL}"].setChecked(True)
        by_id["motion"].setChecked(self._settings.moves)

    def _restore(self) -> None:
        self.resize(QSize(*_SIZE).boundedTo(self.screen().availableSize()))
        geometry = self._settings.layout("geometry")
        if geometry:
            self.restoreGeometry(QByteArray(geometry))
        self._docks_are_shown = False
        self.docks.hide()

    # -- following the session ----------------------------------------------------------------

    def _opened(self, project: Project) -> None:
        self.notices.clear()
        self.pages.setCurrentWidget(self.graph)
        if not self._docks_are_shown:
            self._docks_are_shown = True
            self.docks.restore(self._settings)
        self.graph.setFocus()

    def _path_changed(self, path: Path | None) -> None:
        project = self.session.project
        if path is not None or (project is not None and project.model != DEMO_NETWORK):
            self._recent.add(path or project.model)
        self._update_title()

    def _message(self, level: str, text: str) -> None:
        if level in ("warning", "error"):
            self.notices.show_message(level, text)

    def _show_preferences(self) -> None:
        """Beside the window, so that a choice is seen at once; one is enough."""
        shown = self.findChild(Preferences) or Preferences(self.actions_by_id, self)
        shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown.addAction(self.actions_by_id.by_id["manual"])
        shown.show()
        shown.activateWindow()

    def _update_actions(self, *_values: object) -> None:
        self.menus.update(self.session)

    def _update_title(self, *_values: object) -> None:
        project, path = self.session.project, self.session.path
        if project is None:
            self.setWindowTitle("rkviz")
        else:
            self.setWindowTitle(f"{(path or project.model).name}[*] — rkviz")
        self.setWindowModified(self.session.is_modified)

    def _show(self, dialog: QDialog) -> None:
        dialog.addAction(self.actions_by_id.by_id["manual"])  # a modal dialog has keys of its own
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # -- events -------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self.menus.retranslate()
        self._recent.show()
        self._update_actions()

    def recolour(self) -> None:
        self.actions_by_id.recolour()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _local_paths(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = _local_paths(event)
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.commands.open_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.session.is_modified and not self._may_close:
            event.ignore()
            self.commands.unless_kept(self._close_now)
            return
        self._settings.keep_layout("geometry", self.saveGeometry().data())
        if self._docks_are_shown:
            self.docks.keep(self._settings)
        self._settings.write()
        self.session.close()
        self.recovery.release()
        event.accept()

    def _close_now(self) -> None:
        self._may_close = True
        self.close()


def _local_paths(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]

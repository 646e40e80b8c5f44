"""What the actions do: asks for files where needed, then calls the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMainWindow, QMessageBox

from rkviz import places
from rkviz.gui import board_run, demo, exports, files, imports, manual, opening
from rkviz.gui.action_spec import translated, without_marks
from rkviz.gui.arrivals import Arrivals
from rkviz.gui.graph_area import GraphArea
from rkviz.gui.graph_commands import GraphCommands
from rkviz.gui.language import system_language
from rkviz.gui.looks import Looks
from rkviz.gui.plan_commands import PlanCommands
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.numerics import QuantScheme
from rkviz.project import MODEL_SUFFIXES, SUFFIX

_MODELS = " ".join(f"*{suffix}" for suffix in MODEL_SUFFIXES)
_PICTURES = "*.jpg *.jpeg *.png *.bmp *.webp *.ppm *.npy *.txt"


class Commands(QObject):
    """Handlers of the action table; `window` is the parent of every dialog."""

    panels_reset = Signal()
    shortcuts_wanted = Signal()
    about_wanted = Signal()
    doctor_wanted = Signal()
    preferences_wanted = Signal()

    def __init__(
        self, window: QMainWindow, session: Session, settings: Settings, graph: GraphArea
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._graph = graph
        self.on_plans = PlanCommands(session, self)
        self.on_graph = GraphCommands(window, session, graph)
        self.looks = Looks(window, session, settings, graph)
        self._arrivals = Arrivals(session, self)

    # -- files --------------------------------------------------------------------------------

    def open(self) -> None:
        filters = self.tr("Models and projects") + f" ({_MODELS} *{SUFFIX})"
        self._ask_which(self.tr("Open"), filters, lambda paths: self.open_paths(paths))

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what is dropped, named or chosen: a document, with what lies beside it, or what
        changes the open one. Asks first when work would be lost."""
        found = opening.sort_out(paths)
        if found.documents:
            self.unless_kept(lambda: self._arrivals.open(found))
        else:
            self._arrivals.add(found)

    def save(self) -> None:
        if self._session.path is None:
            self.save_as()
        else:
            self._session.save()

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file and save; `then` runs when that succeeded."""
        project = self._session.project
        if project is None:
            return
        proposed = self._session.path or project.model.with_suffix(SUFFIX)

        def chosen(path: Path) -> None:
            if self._session.save(path) and then is not None:
                then()

        filters = self.tr("rkviz projects") + f" (*{SUFFIX})"
        self._ask_where(self.tr("Save project as"), proposed, filters, chosen)

    def choose_pictures(self) -> None:
        filters = self.tr("Pictures, arrays and dataset.txt") + f" ({_PICTURES})"
        self._ask_which(self.tr("Choose pictures"), filters, self._session.set_dataset, True)

    def choose_folder(self) -> None:
        title = self.tr("Choose picture folder")
        chosen = self._kept(self._session.set_dataset)
        files.ask_folder(self._window, title, self._folder(), chosen)

    def import_cfg(self) -> None:
        self._ask_which(
            self.tr("Import quantization.cfg"),
            self.tr("Quantization configuration") + " (*.cfg)",
            lambda paths: imports.import_cfg(self._session, paths[0]),
        )

    def import_step1(self) -> None:
        self._ask_which(
            self.tr("Import quantization.cfg as step 1 wrote it"),
            self.tr("Quantization configuration") + " (*.cfg)",
            lambda paths: imports.import_cfg(self._session, paths[0], untouched=True),
        )

    def import_analysis(self) -> None:
        title = self.tr("Import the output_dir of accuracy_analysis")
        files.ask_folder(self._window, title, self._folder(), self._kept(self._import_snapshot))

    def import_report(self) -> None:
        filters = self.tr("Accuracy reports") + " (*.txt)"
        self._ask_which(self.tr("Import an accuracy report"), filters, self._import_snapshot)

    def _import_snapshot(self, paths: Sequence[Path]) -> None:
        imports.import_snapshot(self._session, paths[0])

    def compare_tensors(self) -> None:
        self._session.comparing.compare_tensors()

    def export(self, id: str, title: str) -> None:
        """Write one of `exports.EXPORTS`; `title` is the text of its action."""
        title = without_marks(translated(title))
        language = self._settings.language or system_language()
        exports.ask_and_export(self._window, self._session, exports.EXPORTS[id], title, language)

    def quit(self) -> None:
        self._window.close()

    def unless_kept(self, go_on: Callable[[], None]) -> None:
        """Call `go_on`, after asking what to do with unsaved changes if there are any."""
        if not self._session.is_modified:
            go_on()
            return
        box = QMessageBox(self._window)
        box.setObjectName("unsaved")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("The project has unsaved changes."))
        box.setInformativeText(self.tr("Save them first?"))
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)

        def answered(answer: int) -> None:
            box.deleteLater()
            if answer == button.Discard:
                go_on()
            elif answer == button.Save:
                if self._session.path is None:
                    self.save_as(then=go_on)
                elif self._session.save():
                    go_on()

        box.finished.connect(answered)
        box.open()

    # -- edits, work --------------------------------------------------------------------------

    def undo(self) -> None:
        self._session.undo_stack.undo()

    def redo(self) -> None:
        self._session.undo_stack.redo()

    def set_scheme(self, scheme: QuantScheme | None) -> None:
        self._session.set_scheme(self._session.selection, scheme)

    def run(self) -> None:
        self._session.run()

    def analyse_on_board(self) -> None:
        board_run.analyse_on_board(self._window, self._session)

    def cancel(self) -> None:
        was_busy = self._session.runner.has_told_work
        self._session.cancel()
        if was_busy:
            self._session.message.emit("info", self.tr("Cancelled."))

    def set_live(self, live: bool) -> None:
        self._settings.live = live
        self._session.set_live(live)

    # -- view ---------------------------------------------------------------------------------

    def fit(self) -> None:
        self._graph.fit()

    def zoom_in(self) -> None:
        self._graph.zoom_in()

    def zoom_out(self) -> None:
        self._graph.zoom_out()

    def reset_panels(self) -> None:
        self.panels_reset.emit()

    def open_manual(self) -> None:
        manual.open_page(self._window, self._session)

    def show_shortcuts(self) -> None:
        self.shortcuts_wanted.emit()

    def show_about(self) -> None:
        self.about_wanted.emit()

    def open_demo(self) -> None:
        self.unless_kept(lambda: demo.open_demo(self._session))

    def show_preferences(self) -> None:
        self.preferences_wanted.emit()

    def show_doctor(self) -> None:
        self.doctor_wanted.emit()

    def open_log_folder(self) -> None:
        folder = places.log_file().parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            text = self.tr("The log is in {folder}.").format(folder=folder)
            self._session.message.emit("warning", text)

    # -- asking for files ---------------------------------------------------------------------

    def locate_model(self, proposed: Path, chosen: Callable[[Path], None]) -> None:
        """Ask where a moved model is now."""
        folder = next((up for up in proposed.parents if up.is_dir()), Path.home())
        title, filters = (
            self.tr("Where is the model now?"),
            self.tr("Models") + f" ({_MODELS})",
        )
        files.ask_which(self._window, title, folder, filters, lambda paths: chosen(paths[0]))

    def _folder(self) -> Path:
        """Where dialogs begin: where the last one was, or beside the document."""
        last, project = self._settings.last_folder, self._session.project
        if last is not None and os.access(last, os.R_OK):
            return last
        if project is not None:
            return (self._session.path or project.model).parent
        recent = self._settings.recent_files
        return recent[0].parent if recent else Path.home()

    def _kept(self, chosen: files.Chosen) -> files.Chosen:
        """`chosen`, after the folder was noted for the next time."""

        def note(paths: list[Path]) -> None:
            self._settings.keep_last_folder(paths[0].parent)
            chosen(paths)

        return note

    def _ask_which(
        self, title: str, filters: str, chosen: Callable[[list[Path]], None], many: bool = False
    ) -> None:
        files.ask_which(self._window, title, self._folder(), filters, self._kept(chosen), many)

    def _ask_where(
        self, title: str, proposed: Path, filters: str, chosen: Callable[[Path], None]
    ) -> None:
        files.ask_where(self._window, title, proposed, filters, chosen)

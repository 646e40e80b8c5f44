"""What only the user can answer, asked without stopping anything: bars and one small dialog."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from rkviz.errors import ProjectError, RkvizError, UnknownSizeError
from rkviz.gui.commands import Commands
from rkviz.gui.crash import UnexpectedError
from rkviz.gui.dialogs import SizesDialog
from rkviz.gui.doctor_dialog import DoctorDialog
from rkviz.gui.notices import NoticeStack
from rkviz.gui.recovery import Abandoned, Recovery
from rkviz.gui.session import Session
from rkviz.project import Project


class Questions(QObject):
    """Connects the session's questions to bars, and shows what to do next."""

    inputs_wanted = Signal()
    """The page with the preprocessing is what to look at now."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        commands: Commands,
        recovery: Recovery,
        notices: NoticeStack,
        hints: NoticeStack,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._commands = commands
        self._recovery = recovery
        self._notices = notices
        self._hints = hints
        self._hint_kind = ""
        session.choice_needed.connect(self._ask_choice)
        session.model_missing.connect(self._ask_model)
        session.save_failed.connect(self._offer_save_as)
        session.runner.crashed.connect(self._offer_report)
        session.opened.connect(self._forget_hint)
        session.project_changed.connect(self._update_hint)
        session.results_changed.connect(self._update_hint)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LanguageChange:
            self._forget_hint()
            self._update_hint()
        return super().eventFilter(watched, event)

    def offer_recovery(self) -> None:
        """One bar for every work that was left behind; called once, after the start."""
        for work in self._recovery.abandoned():
            name = (work.original or work.project.model).name
            text = self.tr("rkviz ended with unsaved changes of {name}.").format(name=name)
            notice = self._notices.show_message("warning", text)
            notice.offer(self.tr("Restore"), lambda work=work: self._restore(work))
            notice.offer(self.tr("Discard"), lambda work=work: self._recovery.forget(work))

    def _restore(self, work: Abandoned) -> None:
        self._commands.unless_kept(lambda: self._recovery.adopt(work))

    def _ask_choice(self, error: RkvizError, project: Project, path: Path | None) -> None:
        if isinstance(error, UnknownSizeError):
            self._ask_sizes(error, project, path)
            return
        notice = self._notices.show_message("error", str(error))
        again = replace(project, requantize=True)
        notice.offer(
            self.tr("Choose anew what the NPU cannot take"),
            lambda: self._session.open_document(again, path, modified=path is not None),
        )

    def _ask_sizes(self, error: UnknownSizeError, project: Project, path: Path | None) -> None:
        dialog = SizesDialog(error.inputs, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def chosen(shapes: dict[str, tuple[int, ...]]) -> None:
            known = {**project.input_shapes, **shapes}
            self._session.open_document(replace(project, input_shapes=known), path)

        dialog.chosen.connect(chosen)
        dialog.open()

    def _ask_model(self, project: Project, path: Path) -> None:
        text = self.tr("The model of this project is not where it was: {file}")
        notice = self._notices.show_message("error", text.format(file=project.model))

        def found(model: Path) -> None:
            moved = replace(project, model=model.absolute())
            self._session.open_document(moved, path, modified=True)

        notice.offer(
            self.tr("Show where it is…"),
            lambda: self._commands.locate_model(project.model, found),
        )

    def _offer_save_as(self, error: ProjectError) -> None:
        notice = self._notices.show_message("error", str(error))
        notice.offer(self.tr("Save as…"), self._commands.save_as)

    def _offer_report(self, error: UnexpectedError) -> None:
        """The bar that tells of a mistake gets a button: all that helps to repair it, to copy."""
        if error.report:
            notice = self._notices.show_message("error", str(error))
            notice.offer(self.tr("Report…"), lambda: self._show_report(error.report), closes=False)

    def _show_report(self, story: str) -> None:
        dialog = DoctorDialog(self._session.runner, self._window, story)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # -- the next step ------------------------------------------------------------------------

    def _forget_hint(self, _value: object = None) -> None:
        self._hints.clear()
        self._hint_kind = ""

    def _update_hint(self, _value: object = None) -> None:
        """Until the first run has finished, a bar says what comes next."""
        kind = self._next_step()
        if kind == self._hint_kind:
            return
        self._forget_hint()
        self._hint_kind = kind
        commands = self._commands
        if kind == "pictures":
            text = self.tr("Next: drop pictures to calibrate with, or choose them.")
            hint = self._hints.show_message("info", text)
            hint.offer(self.tr("Folder…"), commands.choose_folder, closes=False)
            hint.offer(self.tr("Pictures…"), commands.choose_pictures, closes=False)
            hint.hide_tools()
        elif kind == "run":
            text = self.tr("Next: check the preprocessing on the Input page, then run.")
            hint = self._hints.show_message("info", text)
            hint.offer(self.tr("Run (F5)"), commands.run, closes=False)
            hint.hide_tools()
            self.inputs_wanted.emit()

    def _next_step(self) -> str:
        project, results = self._session.project, self._session.results
        if project is None or results.report is not None:
            return ""
        return "run" if project.dataset else "pictures"

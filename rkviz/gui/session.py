"""Session: the present values, and the only way for a view to change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from rkviz.calibrate.preprocess import InputSettings
from rkviz.errors import ProjectError, RkvizError, UnknownSizeError, UntakenParamsError
from rkviz.gui import edits, steps
from rkviz.gui.comparing import Comparing
from rkviz.gui.counting import Counting
from rkviz.gui.derived import WORK, Derived
from rkviz.gui.jobs import Job, JobRunner
from rkviz.gui.runs import Runs
from rkviz.gui.searching import Searching
from rkviz.numerics import QuantScheme
from rkviz.project import MODEL_SUFFIXES, SUFFIX, Project, save_project
from rkviz.quantize.config import HybridConfig
from rkviz.results import Results

_RERUN_AFTER_MS = 60
_ASKED = (UnknownSizeError, UntakenParamsError)


@dataclass(frozen=True)
class ViewState:
    """What colours the graph: a metric, own or accumulated, one picture or (None) all.

    `colour` is another measure for the graph alone ("" for the metric). `palette` names the
    colours; `thresholds` are the user's by measure, where they were moved.
    """

    metric: str = "cosine"
    kind: str = "accumulated"
    image: int | None = None
    colour: str = ""
    palette: str = "default"
    thresholds: Mapping[str, tuple[float, ...]] = field(
        default_factory=dict[str, tuple[float, ...]]
    )


class Session(QObject):
    """One open document. Views show its values and call its methods; nothing else is shared."""

    project_changed = Signal(object)  # Project | None
    config_changed = Signal(object)  # HybridConfig
    results_changed = Signal(object)  # Results
    stale_changed = Signal(bool)
    selection_changed = Signal(object)
    """tuple[str, ...]: head layers, in the order of the network"""
    view_changed = Signal(object)
    """ViewState"""
    live_changed = Signal(bool)
    path_changed = Signal(object)
    """Path | None: the project file"""
    message = Signal(str, str)
    """level "info" | "warning" | "error", text; further lines are details"""
    opened = Signal(object)
    """Project: another document is shown now"""
    choice_needed = Signal(object, object, object)
    """RkvizError, Project, project file: only the user can say how the model is to be opened"""
    model_missing = Signal(object, object)
    """Project, project file: the user has to show where the model is now"""
    save_failed = Signal(object)
    """ProjectError"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = JobRunner(self)
        self.undo_stack = QUndoStack(self)
        self.project: Project | None = None
        self.selection: tuple[str, ...] = ()
        self.view = ViewState()
        self.path: Path | None = None
        self.live = True
        self.is_stale = False
        self._derived = Derived(self.runner, self)
        self._derived.changed.connect(self._results_changed)
        self._derived.finished.connect(self._run_finished)
        self._derived.problem.connect(self.message)
        self._rerun = QTimer(self)
        self._rerun.setSingleShot(True)
        self._rerun.setInterval(_RERUN_AFTER_MS)
        self._rerun.timeout.connect(self.run)
        self.comparing, self.runs, self.searching = Comparing(self), Runs(self), Searching(self)
        self.counting = Counting(self.runner, self._derived, self)

    @property
    def results(self) -> Results:
        return self.searching.joined_to(self.comparing.joined_to(self._derived.results))

    @property
    def has_current_plan(self) -> bool:
        """Whether results.plan is what the present settings lead to."""
        return self._derived.has_plan_of(self.project)

    @property
    def is_modified(self) -> bool:
        return not self.undo_stack.isClean()

    # -- what is shown ------------------------------------------------------------------------

    def select(self, layers: Iterable[str]) -> None:
        """Select layers; a fused activation stands for its head, unknown names are left out."""
        graph = self.results.graph
        wanted = {graph.head(name) for name in layers} if graph else set[str]()
        chosen = tuple(name for name in graph.heads if name in wanted) if graph else ()
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit(chosen)

    def set_view(self, **changes: Any) -> None:
        view = replace(self.view, **changes)
        if view != self.view:
            self.view = view
            self.view_changed.emit(view)

    def set_live(self, live: bool) -> None:
        """Whether an edit runs at once what it made stale, after a first run has finished."""
        if live != self.live:
            self.live = live
            self.live_changed.emit(live)
            self._rerun_if_stale()

    # -- edits --------------------------------------------------------------------------------

    def edit_project(self, after: Project, text: str, merge_key: str = "") -> None:
        """One undo step; `text` names it in the menu."""
        if self.project is not None and after != self.project:
            command = edits.EditProject(self._set_project, self.project, after, text, merge_key)
            self.undo_stack.push(command)

    def edit_config(self, after: HybridConfig, text: str, merge_key: str = "") -> None:
        """One undo step; refused with a message when the chip cannot do it."""
        if self.project is None:
            return
        graph = self.results.graph
        refusal = edits.refusal(graph, after) if graph else ""
        if refusal:
            self.message.emit("error", refusal)
        else:
            self.edit_project(replace(self.project, config=after), text, merge_key)

    def set_scheme(self, layers: Iterable[str], scheme: QuantScheme | None) -> None:
        """Give head layers, with what is fused into them, a type; None is back to the default."""
        graph, names = self.results.graph, list(layers)
        if self.project is not None and graph is not None and names:
            after = edits.with_scheme(graph, self.project.config, names, scheme)
            self.edit_config(after, edits.scheme_text(names, scheme))

    def set_inputs(self, inputs: Mapping[str, InputSettings]) -> None:
        if self.project is not None:
            text = edits.inputs_text(self.project.inputs, inputs)
            self.edit_project(replace(self.project, inputs=inputs), text, text)

    def set_dataset(self, paths: Sequence[Path]) -> None:
        if self.project is None:
            self.message.emit("warning", self.tr("Open a model first, then add pictures."))
            return
        after = replace(self.project, dataset=tuple(path.absolute() for path in paths))
        self.edit_project(after, edits.dataset_text(self.project, after))

    def _set_project(self, project: Project) -> None:
        before = self.project
        assert before is not None
        self.project = project = replace(project, history=before.history)  # facts, no choices
        if before.config != project.config:
            self.config_changed.emit(project.config)
        self.project_changed.emit(project)
        self._update_stale()
        is_first = not self._derived.has_report
        if is_first and project.dataset and before.dataset != project.dataset:
            self._derived.update(project, "dataset")
        self._rerun_if_stale()

    # -- documents ----------------------------------------------------------------------------

    def open_path(self, path: Path) -> None:
        """A model or a project opens; anything else is taken as pictures for the open model."""
        suffix = path.suffix.lower()
        if suffix == SUFFIX:
            self._submit_open(partial(steps.open_project, path.absolute()), None, path)
        elif suffix in MODEL_SUFFIXES:
            self.open_document(Project(model=path.absolute()), None)
        else:
            self.set_dataset([path])

    def open_document(self, project: Project, path: Path | None, modified: bool = False) -> None:
        """Open a project value; `path` is the file it belongs to, `modified` if it differs."""
        work = partial(steps.open_document, project, path, modified)
        self._submit_open(work, project, path)

    def show_document(
        self, project: Project, path: Path | None, results: Results, modified: bool = False
    ) -> None:
        """Show a document whose model is already open, instead of the present one."""
        self._rerun.stop()
        self.project, self.path = project, path
        self.selection = ()  # before anybody looks for its layers in the new network
        self._derived.begin(project, results)
        self._update_stale()
        self.view = replace(self.view, image=None)
        self.undo_stack.clear()
        if modified:
            self.undo_stack.resetClean()
        self.opened.emit(project)
        self.project_changed.emit(project)
        self.path_changed.emit(path)
        self.config_changed.emit(project.config)
        self.selection_changed.emit(())
        self.results_changed.emit(results)
        self.view_changed.emit(self.view)

    def save(self, path: Path | None = None) -> bool:
        """Write the project file; on failure the work stays open and `save_failed` tells."""
        target = path or self.path
        if self.project is None or target is None:
            return False
        if target.suffix.lower() != SUFFIX:
            target = target.with_name(target.name + SUFFIX)
        try:
            save_project(self.project, target.absolute())
        except ProjectError as error:
            self.save_failed.emit(error)
            return False
        self.path = target.absolute()
        self.undo_stack.setClean()
        self.path_changed.emit(self.path)
        self.message.emit("info", self.tr("Saved {file}.").format(file=self.path))
        return True

    def close(self) -> None:
        """Stop all work; the session is not used afterwards."""
        self._rerun.stop()
        self.undo_stack.blockSignals(True)  # its destructor would still tell of its clearing
        self.runner.close()

    # -- work ---------------------------------------------------------------------------------

    def run(self) -> None:
        """Derive everything that is stale."""
        if self.project is None:
            self.message.emit("warning", self.tr("Open a model first, then run."))
        elif not self.project.dataset:
            text = self.tr("Add pictures first: a folder, image files or a dataset.txt.")
            self.message.emit("warning", text)
        else:
            self._rerun.stop()
            self._derived.update(self.project)

    def cancel(self) -> None:
        self._rerun.stop()
        self.runner.cancel_told()

    def _submit_open(self, read: Any, project: Project | None, path: Path | None) -> None:
        def failed(error: RkvizError) -> None:
            if isinstance(error, _ASKED) and project is not None:
                self.choice_needed.emit(error, project, path)
            else:
                self.message.emit("error", str(error))

        self._rerun.stop()
        done = self._accept_document
        job = Job(WORK, self.tr("Open"), lambda progress, _publish: read(progress), done, failed)
        self.runner.submit(job)

    def _accept_document(self, opened: steps.Opened) -> None:
        if opened.results is None:
            self.model_missing.emit(opened.project, opened.path)
        else:
            self.show_document(opened.project, opened.path, opened.results, opened.modified)

    def _results_changed(self, results: Results) -> None:
        self.select(self.selection)
        self._update_stale()
        self.results_changed.emit(results)

    def _run_finished(self) -> None:
        self._update_stale()
        self._rerun_if_stale()

    def _update_stale(self) -> None:
        """Compare values only: what changed on disk is noticed by the next run."""
        stale = self._derived.is_stale_for(self.project)
        if stale != self.is_stale:
            self.is_stale = stale
            self.stale_changed.emit(stale)

    def _rerun_if_stale(self) -> None:
        if self.live and self.is_stale and self.project is not None and self.project.dataset:
            self._rerun.start()

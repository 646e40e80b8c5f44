"""What the toolkit and a board said about the open network, held against the emulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job
from rkviz.progress import Progress
from rkviz.results import Results

if TYPE_CHECKING:  # the session owns one of these, and engines are loaded by the workers
    from rkviz.formats.snapshot_compare import Compared
    from rkviz.formats.tensor_compare import ComparedTensors
    from rkviz.gui.session import Session

_LANE = "compare"
_TENSORS = "compare tensors"


class Comparing(QObject):
    """Reads the accuracy analysis the project names, and again when the results change.

    `value` belongs to the graph, the report and the plan it was made from; compared tensors are
    dropped when the plan changes, because they take a pass of the network.
    """

    changed = Signal(object)
    """Compared | None"""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.value: Compared | None = None
        self._made_from: tuple[object, ...] = ()
        self._plan: object = None
        self._announces = False
        self._joined = Results(), Results()
        session.project_changed.connect(self._renew)
        session.results_changed.connect(self._renew)

    def joined_to(self, results: Results) -> Results:
        """`results` with what was compared; the same object for the same values."""
        if self.value is None:
            return results
        before, joined = self._joined
        if before is not results or joined.compared is not self.value:
            joined = replace(results, compared=self.value)
            self._joined = results, joined
        return joined

    def announce(self) -> None:
        """Say what came out the next time something is compared: the user asked for it."""
        self._announces = True
        self._made_from = ()
        self._renew()

    def compare_tensors(self) -> None:
        """Compare the dumped tensors for the picture in view (the first one for all)."""
        session, project = self._session, self._session.project
        results, image = session.results, session.view.image or 0
        if project is None or project.snapshot is None or self.value is None:
            return
        path, plan = project.snapshot, results.plan

        def work(progress: Progress, _publish: object) -> ComparedTensors:
            from rkviz import exchange

            return exchange.compare_dumped(project, results, path, image, progress)

        def done(tensors: ComparedTensors) -> None:
            if self.value is not None and plan is session.results.plan:
                self._plan = plan
                self._set(replace(self.value, tensors=tensors))
                if tensors.problems:
                    text = self.tr("{count} dumped tensors could not be compared:")
                    lines = (text.format(count=len(tensors.problems)), *tensors.problems)
                    session.message.emit("warning", "\n".join(lines))

        title = self.tr("Comparing tensors")
        session.runner.submit(Job(_TENSORS, title, work, done, self._failed))

    def _renew(self, _changed: object = None) -> None:
        session, project = self._session, self._session.project
        results = session.results
        path = project.snapshot if project else None
        made_from = (path, results.graph, results.report)
        if len(made_from) == len(self._made_from) and all(
            new is old or (isinstance(new, Path) and new == old)
            for new, old in zip(made_from, self._made_from, strict=True)
        ):
            return
        self._made_from = made_from
        if path is None or results.report is None or results.graph is None:
            if path is not None and self._announces:
                text = self.tr("Run first (F5); then {file} is shown beside the emulator.")
                session.message.emit("info", text.format(file=path))
            self._set(None)
            return

        def work(_progress: Progress, _publish: object) -> Compared:
            from rkviz import exchange

            return exchange.compare_snapshot(results, path)

        def done(compared: Compared) -> None:
            old, same_plan = self.value, session.results.plan is self._plan
            tensors = old.tensors if old is not None and same_plan else None
            self._set(replace(compared, tensors=tensors))
            self._announce(compared, path)

        session.runner.submit(Job(_LANE, "", work, done, self._failed))

    def _set(self, value: Compared | None) -> None:
        if value is not self.value:
            self.value = value
            self.changed.emit(value)

    def _failed(self, error: RkvizError) -> None:
        self._session.message.emit("error", str(error))

    def _announce(self, compared: Compared, path: Path) -> None:
        if not self._announces:
            return
        self._announces = False
        apart, unmapped = len(compared.disagreeing), compared.snapshot.unmapped
        layers = len(compared.of_layer)
        text = self.tr("{file} beside the emulator: {layers} layers, {apart} disagree.")
        if not layers:
            text = self.tr("{file} holds no layer of this network.")
        lines = [text.format(file=path.name, layers=layers, apart=apart)]
        if unmapped:
            named = self.tr("Not layers of this network ({count}): {names}")
            lines.append(named.format(count=len(unmapped), names=compared.unmapped_shown))
        if compared.is_of_another_network:
            lines.append(
                self.tr(
                    "Most of what was read is of another network: check that the two belong "
                    "together."
                )
            )
        level = "warning" if apart or unmapped else "info"
        self._session.message.emit(level, "\n".join(lines))

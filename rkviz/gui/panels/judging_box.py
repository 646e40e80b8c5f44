"""JudgingBox: which pictures judge plans and repairs, and ways out where none are left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from rkviz.gui import files
from rkviz.gui.session import Session
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import value_label

FEW = 16
"""Fewer pictures than this judge by chance."""


class JudgingBox(QWidget):
    """A line, a warning where there is one, and the buttons that help."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.count, self.warning = value_label(), Banner("warning")
        self.halve, self.choose, self.left_over = QPushButton(), QPushButton(), QPushButton()
        buttons = QVBoxLayout()
        row = QHBoxLayout()
        row.addWidget(self.choose)
        row.addWidget(self.left_over)
        buttons.addWidget(self.halve)
        buttons.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.count)
        layout.addWidget(self.warning)
        layout.addLayout(buttons)
        self.halve.clicked.connect(self._halve)
        self.choose.clicked.connect(self._ask)
        self.left_over.clicked.connect(lambda: self._set(()))
        session.project_changed.connect(self.refresh)
        session.results_changed.connect(self.refresh)

    def retranslate(self) -> None:
        self.halve.setText(self.tr("Calibrate with half of the pictures"))
        self.halve.setToolTip(self.tr("The other half judges; one undo step"))
        self.choose.setText(self.tr("Choose a folder…"))
        self.choose.setToolTip(self.tr("Pictures that judge plans and repairs, and only that"))
        self.left_over.setText(self.tr("Those left over"))
        self.left_over.setToolTip(self.tr("Judge by the pictures that do not calibrate"))
        self.refresh()

    @property
    def is_warning(self) -> bool:
        return not self.warning.isHidden()

    @Slot()
    def refresh(self, _value: object = None) -> None:
        project, dataset = self._session.project, self._session.results.dataset
        if project is None:
            return
        count = len(dataset.samples) if dataset is not None else 0
        used = min(project.calibration_images or count, count)
        left = count - used
        own = bool(project.judging)
        if own:
            names = ", ".join(path.name for path in project.judging)
            self.count.setText(self.tr("Judged on {names}.").format(names=names))
        elif dataset is None:
            self.count.setText(self.tr("Judged on the pictures that calibration leaves over."))
        else:
            judged = min(left, project.judging_images or left)
            text = self.tr("{used} pictures calibrate, {left} others judge.")
            self.count.setText(text.format(used=used, left=judged))
        is_short = dataset is not None and not own and left < FEW
        self.warning.setVisible(is_short)
        if is_short and not left:
            text = self.tr(
                "All pictures calibrate. Before it measures, rkviz keeps half of them to judge by."
            )
            alone = self.tr("The only picture calibrates; choose others to judge by.")
            self.warning.show_text(text if count > 1 else alone)
        elif is_short:
            self.warning.show_text(
                self.tr("Few pictures judge: it may be chance. {few} or more are better.").format(
                    few=FEW
                )
            )
        self.halve.setVisible(is_short and left > 0 and used > count // 2)
        self.left_over.setVisible(own)

    def set_aside(self) -> None:
        """Where all pictures calibrate, keep half of them to judge by: who measures needs them."""
        project, dataset = self._session.project, self._session.results.dataset
        if project is None or dataset is None or project.judging:
            return
        count = len(dataset.samples)
        if count > 1 and (project.calibration_images or count) >= count:
            self._halve()
            text = self.tr(
                "{used} of {count} pictures calibrate now, the others judge; undo takes it back."
            )
            self._session.message.emit("info", text.format(used=count // 2, count=count))

    def _halve(self) -> None:
        project, dataset = self._session.project, self._session.results.dataset
        if project is not None and dataset is not None:
            half = max(1, len(dataset.samples) // 2)
            after = replace(project, calibration_images=half)
            text = self.tr("Calibrate with {count} pictures").format(count=half)
            self._session.edit_project(after, text)

    def _ask(self) -> None:
        project = self._session.project
        if project is not None:
            title = self.tr("Choose pictures to judge by")
            start = project.dataset[0].parent if project.dataset else project.model.parent
            files.ask_folder(self, title, start, self._set)

    def _set(self, paths: list[Path] | tuple[()]) -> None:
        project = self._session.project
        if project is not None:
            after = replace(project, judging=tuple(path.absolute() for path in paths))
            self._session.edit_project(after, self.tr("Choose pictures to judge by"))

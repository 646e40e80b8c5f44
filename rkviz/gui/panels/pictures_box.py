"""PicturesBox: which pictures are used, how many of them, and what is wrong with some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rkviz.calibrate.pictures import PICTURE_SUFFIXES
from rkviz.gui.session import Session

_MOST = 1_000_000


class PicturesBox(QWidget):
    """Each source is a folder, a picture, an npy file or a dataset.txt."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.sources = QListWidget()
        self.sources.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.sources.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.sources.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sources.setFixedHeight(4 * (self.fontMetrics().height() + 6))
        self.add_files, self.add_folder, self.remove = QPushButton(), QPushButton(), QPushButton()
        self.problems = QPlainTextEdit()
        self.problems.setReadOnly(True)
        self.problems.setFixedHeight(5 * (self.fontMetrics().height() + 3))
        self._problems_caption = QLabel()
        self._problems_caption.setBuddy(self.problems)
        self.calibration, self.analysis = _count_field(), _count_field()
        self._set_up_layout()
        self.add_files.clicked.connect(self._ask_files)
        self.add_folder.clicked.connect(self._ask_folder)
        self.remove.clicked.connect(self.remove_selected)
        self.sources.itemSelectionChanged.connect(self._update_buttons)
        self.calibration.editingFinished.connect(self._set_counts)
        self.analysis.editingFinished.connect(self._set_counts)
        session.project_changed.connect(self.refresh)
        session.results_changed.connect(self.refresh)

    def _set_up_layout(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.add_files, self.add_folder, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._counts = QFormLayout()
        self._calibration_caption, self._analysis_caption = QLabel(), QLabel()
        self._calibration_caption.setBuddy(self.calibration)
        self._analysis_caption.setBuddy(self.analysis)
        self._counts.addRow(self._calibration_caption, self.calibration)
        self._counts.addRow(self._analysis_caption, self.analysis)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.summary)
        layout.addWidget(self.sources)
        layout.addLayout(buttons)
        layout.addWidget(self._problems_caption)
        layout.addWidget(self.problems)
        layout.addLayout(self._counts)

    def retranslate(self) -> None:
        self.add_files.setText(self.tr("Add files…"))
        self.add_files.setToolTip(self.tr("Pictures, npy files or a dataset.txt"))
        self.add_folder.setText(self.tr("Add folder…"))
        self.add_folder.setToolTip(self.tr("All pictures and npy files that lie in it"))
        self.remove.setText(self.tr("Remove"))
        self.remove.setToolTip(self.tr("Use what is marked no longer; the files stay"))
        self.sources.setAccessibleName(self.tr("Sources of pictures"))
        self.sources.setToolTip(self.tr("Folders, files and lists in use; drop others here"))
        self.problems.setAccessibleName(self.tr("Samples that were left out"))
        self._calibration_caption.setText(self.tr("To calibrate:"))
        self._analysis_caption.setText(self.tr("To analyse:"))
        self.calibration.setToolTip(
            self.tr("How many pictures set the ranges, taken from the front")
        )
        self.analysis.setToolTip(
            self.tr("How many pictures the errors are measured on, taken from the front")
        )
        for field in (self.calibration, self.analysis):
            field.setSpecialValueText(self.tr("all"))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        project, results = self._session.project, self._session.results
        if project is None:
            return
        listed = [self.sources.item(row).toolTip() for row in range(self.sources.count())]
        wanted = [str(path) for path in project.dataset]
        if listed != wanted:
            self.sources.clear()
            for path in project.dataset:
                item = QListWidgetItem(f"{path.name} — {path.parent}")
                item.setToolTip(str(path))
                self.sources.addItem(item)
        self.summary.setText(self._summary(bool(project.dataset)))
        problems = results.problems
        caption = self.tr("Left out ({count}):").format(count=len(problems))
        self._problems_caption.setText(caption)
        self._problems_caption.setVisible(bool(problems))
        self.problems.setVisible(bool(problems))
        if self.problems.toPlainText() != "\n".join(problems):
            self.problems.setPlainText("\n".join(problems))
        self.calibration.setValue(project.calibration_images)
        self.analysis.setValue(project.analysis_images)
        self._update_buttons()

    def _summary(self, has_sources: bool) -> str:
        dataset = self._session.results.dataset
        if not has_sources:
            return self.tr(
                "No pictures yet. Twenty to a hundred that are typical for the use are a good "
                "start."
            )
        if dataset is None:
            return self.tr("Not read yet.")
        return self.tr("{count} samples can be used.").format(count=len(dataset.samples))

    def _update_buttons(self) -> None:
        self.remove.setEnabled(bool(self.sources.selectedItems()))

    # -- edits -----------------------------------------------------------------------------------

    def add(self, paths: Iterable[Path]) -> None:
        """Use `paths` as well; what is there already is not taken twice."""
        project = self._session.project
        if project is not None:
            self._session.set_dataset(tuple(dict.fromkeys((*project.dataset, *paths))))

    @Slot()
    def remove_selected(self) -> None:
        project = self._session.project
        if project is None:
            return
        gone = {item.toolTip() for item in self.sources.selectedItems()}
        self._session.set_dataset([path for path in project.dataset if str(path) not in gone])

    @Slot()
    def _set_counts(self) -> None:
        project = self._session.project
        if project is None:
            return
        after = replace(
            project,
            calibration_images=self.calibration.value(),
            analysis_images=self.analysis.value(),
        )
        self._session.edit_project(after, self.tr("Number of pictures"), "counts")

    @Slot()
    def _ask_files(self) -> None:
        dialog = self._dialog(self.tr("Add pictures"), QFileDialog.FileMode.ExistingFiles)
        suffixes = " ".join(f"*{suffix}" for suffix in sorted((*PICTURE_SUFFIXES, ".npy", ".txt")))
        kinds = self.tr("Pictures, npy and dataset.txt ({suffixes})").format(suffixes=suffixes)
        dialog.setNameFilters([kinds, self.tr("All files (*)")])
        dialog.open()

    @Slot()
    def _ask_folder(self) -> None:
        self._dialog(self.tr("Add a folder of pictures"), QFileDialog.FileMode.Directory).open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.add(Path(name) for name in names))
        return dialog


def _count_field() -> QSpinBox:
    field = QSpinBox()
    field.setRange(0, _MOST)
    field.setFixedWidth(110)
    return field

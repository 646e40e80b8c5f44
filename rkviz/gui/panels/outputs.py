"""OutputsPanel: what comes out: parts judged apart, and one picture's outputs side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rkviz.errors import RkvizError
from rkviz.gui import files
from rkviz.gui.jobs import Job
from rkviz.gui.panels.input_preview import Preview
from rkviz.gui.panels.output_parts import OutputParts
from rkviz.gui.panels.output_values import PictureOutputs, compute_outputs
from rkviz.gui.panels.output_views import OutputMaps, TopClasses, ValueTable
from rkviz.gui.panels.output_words import shout
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import EmptyNote, Refreshing
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.columns import FittingSplitter
from rkviz.gui.widgets.facts import value_label
from rkviz.progress import Progress

LANE = "outputs"
_THUMBNAIL = 44


class OutputsPanel(Refreshing, QWidget):
    """Computes one picture's outputs in a job, only while somebody sees the panel."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.outputs: PictureOutputs | None = None
        self._wanted: tuple[object, ...] = ()
        self.shout = Banner("bad")
        self.parts = OutputParts()
        self.picture, self.output = QComboBox(), QComboBox()
        self.back, self.on = QToolButton(), QToolButton()
        self.back.setArrowType(Qt.ArrowType.LeftArrow)
        self.on.setArrowType(Qt.ArrowType.RightArrow)
        self.thumbnail, self.problem = QLabel(), value_label()
        self.thumbnail.setFixedSize(_THUMBNAIL, _THUMBNAIL)
        self.views = {"classes": TopClasses(), "maps": OutputMaps(), "values": ValueTable()}
        self._stack = QStackedWidget()
        self._stack.addWidget(self.problem)
        for view in self.views.values():
            self._stack.addWidget(view)
        self._empty = EmptyNote()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._content())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        layout.setSpacing(2)
        layout.addWidget(self.shout)
        layout.addWidget(self._pages, 1)
        self._connect()
        self.retranslate()

    def _content(self) -> QWidget:
        row = QGridLayout()
        row.setSpacing(2)
        for box in (self.picture, self.output):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.addWidget(self.thumbnail, 0, 0, 2, 1)
        row.addWidget(self.back, 0, 1)
        row.addWidget(self.picture, 0, 2)
        row.addWidget(self.on, 0, 3)
        row.addWidget(self.output, 1, 1, 1, 3)
        row.setColumnStretch(2, 1)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
        self._split = FittingSplitter(self.parts, right, self.parts.columns)
        return self._split

    def _connect(self) -> None:
        session = self._session
        self.refresh_on(
            session.results_changed, session.stale_changed, session.view_changed,
            session.runs.changed, session.project_changed,
        )  # fmt: skip
        self.picture.activated.connect(self._choose_picture)
        self.output.activated.connect(self._show_output)
        self.back.clicked.connect(lambda: self._step(-1))
        self.on.clicked.connect(lambda: self._step(1))
        self.parts.chosen.connect(self._choose_output)
        top = self.views["classes"]
        assert isinstance(top, TopClasses)
        top.labels_wanted.connect(self._ask_labels)

    # -- texts --------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Outputs"))
        self._empty.setText(self.tr("After a run: the outputs, float beside quantized."))
        self.picture.setAccessibleName(self.tr("Picture"))
        self.output.setAccessibleName(self.tr("Output"))
        self.picture.setToolTip(
            self.tr("Whose outputs are shown, for all the first; it colours the graph, too")
        )
        self.output.setToolTip(self.tr("Which of the network's outputs is shown below"))
        for button, text in (
            (self.back, self.tr("Picture before (,)")),
            (self.on, self.tr("Next picture (.)")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)
        self.parts.retranslate()
        for view in self.views.values():
            view.retranslate()
        self.refresh()

    # -- what is shown ------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        session, report = self._session, self._session.results.report
        words = shout(report)
        self.shout.show_text(words)
        self.shout.setVisible(bool(words))
        self._pages.setCurrentIndex(0 if report is None else 1)
        if report is None or self.visibleRegion().isEmpty():
            return
        image = self._image
        before = session.runs.report_of(session.runs.before)
        self.parts.show_report(report, before, image, session.is_stale)
        self._split.fit()
        self._fill_pictures(report.images, image)
        self._compute(image or 0)

    @property
    def _image(self) -> int | None:
        report, image = self._session.results.report, self._session.view.image
        return image if report is not None and image is not None and image < len(
            report.images
        ) else None  # fmt: skip

    def _fill_pictures(self, names: tuple[str, ...], image: int | None) -> None:
        texts = [self.tr("All pictures"), *names]
        if [self.picture.itemText(row) for row in range(self.picture.count())] != texts:
            self.picture.clear()
            self.picture.addItems(texts)
        self.picture.setCurrentIndex(0 if image is None else image + 1)
        self.back.setEnabled(image is not None and image > 0)
        self.on.setEnabled((0 if image is None else image) + 1 < len(names))

    def _compute(self, image: int) -> None:
        """Start the job, unless what is wanted is there or on its way."""
        session, project = self._session, self._session.project
        results = session.results
        if project is None or results.dataset is None or not session.has_current_plan:
            return
        wanted = (results.plan, image, project.labels)
        if (
            len(self._wanted) == 3
            and self._wanted[0] is wanted[0]
            and self._wanted[1:] == wanted[1:]
        ):
            return
        self._wanted = wanted

        def work(progress: Progress, _publish: object) -> PictureOutputs:
            return compute_outputs(project, results, image, progress)

        session.runner.submit(Job(LANE, "", work, self._accept, self._refuse))

    def _accept(self, outputs: PictureOutputs) -> None:
        self.outputs = outputs
        names = [value.title for value in outputs.values]
        if [self.output.itemText(row) for row in range(self.output.count())] != names:
            self.output.clear()
            self.output.addItems(names)
        self.output.setVisible(len(names) > 1)
        self._show_thumbnail(outputs.preview)
        self._show_output()

    def _refuse(self, error: RkvizError) -> None:
        self.outputs = None
        self.problem.setText(str(error))
        self._stack.setCurrentWidget(self.problem)

    def _show_thumbnail(self, made: Preview | None) -> None:
        self.thumbnail.setVisible(made is not None)
        if made is None:
            return
        size = (made.width, made.height, 3 * made.width)
        image = QImage(made.pixels, *size, QImage.Format.Format_RGB888)
        keep = Qt.AspectRatioMode.KeepAspectRatio
        smooth = Qt.TransformationMode.SmoothTransformation
        self.thumbnail.setPixmap(
            QPixmap.fromImage(image.copy()).scaled(_THUMBNAIL, _THUMBNAIL, keep, smooth)
        )
        self.thumbnail.setToolTip(made.name)

    @Slot()
    def _show_output(self, _row: int = 0) -> None:
        outputs, row = self.outputs, max(0, self.output.currentIndex())
        if outputs is None or row >= len(outputs.values):
            self.problem.setText(self.tr("No output of real numbers was computed."))
            self._stack.setCurrentWidget(self.problem)
            return
        value = outputs.values[row]
        view = self.views[value.kind]
        if isinstance(view, OutputMaps):
            view.palette_name = self._session.view.palette
        view.show_output(value, outputs.labels)
        self._stack.setCurrentWidget(view)

    # -- choosing -----------------------------------------------------------------------------

    @Slot(int)
    def _choose_picture(self, row: int) -> None:
        self._session.set_view(image=row - 1 if row else None)

    def _step(self, by: int) -> None:
        self._session.set_view(image=(self._image or 0) + by)

    @Slot(str, int)
    def _choose_output(self, layer: str, channel: int) -> None:
        """Show an output; of maps the channel, -1 for the one in front."""
        values = self.outputs.values if self.outputs is not None else ()
        rows = [row for row, value in enumerate(values) if value.layer == layer]
        if rows and self.output.currentIndex() not in rows:
            self.output.setCurrentIndex(rows[0])
            self._show_output()
        maps = self.views["maps"]
        if rows and channel >= 0 and isinstance(maps, OutputMaps):
            if self._stack.currentWidget() is not maps and len(rows) > 1:
                self.output.setCurrentIndex(rows[1])
                self._show_output()
            maps.number.setValue(channel)

    def _ask_labels(self) -> None:
        project = self._session.project
        if project is not None:
            folder = (project.labels or project.model).parent
            kinds = self.tr("Class names") + " (*.txt *.names)"
            files.ask_which(
                self, self.tr("Choose the class names"), folder, kinds, self._set_labels
            )

    def _set_labels(self, paths: list[Path]) -> None:
        project = self._session.project
        if project is not None:
            after = replace(project, labels=paths[0].absolute())
            self._session.edit_project(after, self.tr("Choose class names"))

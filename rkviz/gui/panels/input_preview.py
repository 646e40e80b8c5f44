"""InputPreview: the first sample after preprocessing, so that a wrong setting is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from rkviz.analyse.display import number_text
from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job
from rkviz.gui.session import Session

if TYPE_CHECKING:
    from rkviz.calibrate.dataset import Dataset
    from rkviz.graph.model import Graph
    from rkviz.project import Project

LANE = "preview"
_WIDEST = 260


@dataclass(frozen=True)
class Preview:
    """A picture (H, W, 3) as bytes, and the values the network gets."""

    pixels: bytes
    width: int
    height: int
    name: str
    low: float
    high: float


class InputPreview(QWidget):
    """Reads the sample in a job of its own lane; the newest settings win."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._made_from: tuple[object, ...] = ()
        self._preview: Preview | None = None
        self._failure = ""
        self.picture, self.caption = QLabel(), QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.caption.setWordWrap(True)
        self.caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.picture)
        layout.addWidget(self.caption)
        session.project_changed.connect(self.refresh)
        session.results_changed.connect(self.refresh)

    def retranslate(self) -> None:
        self._show()

    @Slot()
    def refresh(self) -> None:
        """Read the first sample again when it or its settings have changed."""
        project, results = self._session.project, self._session.results
        graph, dataset = results.graph, results.dataset
        if project is None or graph is None or dataset is None or not dataset.samples:
            self._made_from, self._preview, self._failure = (), None, ""
            self._show()
            return
        made_from = (graph, dataset, project.inputs)
        if made_from == self._made_from:
            return
        self._made_from = made_from
        job = Job(
            LANE,
            self.tr("Preview"),
            lambda progress, publish: make_preview(project, graph, dataset),
            done=self._accept,
            failed=self._refuse,
        )
        self._session.runner.submit(job)

    def _accept(self, preview: Preview | None) -> None:
        self._preview, self._failure = preview, ""
        self._show()

    def _refuse(self, error: RkvizError) -> None:
        self._preview, self._failure = None, error.message
        self._show()

    def _show(self) -> None:
        made = self._preview
        self.picture.setVisible(made is not None)
        if made is None:
            self.caption.setText(self._failure or self.tr("Appears when pictures are chosen."))
            return
        stride = 3 * made.width
        image = QImage(made.pixels, made.width, made.height, stride, QImage.Format.Format_RGB888)
        pixmap = QPixmap.fromImage(image.copy())
        if pixmap.width() > _WIDEST or pixmap.height() > _WIDEST:
            how = Qt.TransformationMode.SmoothTransformation
            keep = Qt.AspectRatioMode.KeepAspectRatio
            pixmap = pixmap.scaled(_WIDEST, _WIDEST, keep, how)
        self.picture.setPixmap(pixmap)
        text = self.tr("{name}, {width}×{height}; values after preprocessing: {low} … {high}")
        self.caption.setText(
            text.format(
                name=made.name,
                width=made.width,
                height=made.height,
                low=number_text(made.low),
                high=number_text(made.high),
            )
        )


def make_preview(
    project: Project, graph: Graph, dataset: Dataset, index: int = 0
) -> Preview | None:
    """The first input of a sample as a picture; None where it takes arrays only.

    Mean and std are undone, the order of the channels is not: a network fed with BGR shows
    blue faces, as it sees them. Raises DatasetError and ConfigError.
    """
    import numpy as np

    from rkviz import pipeline
    from rkviz.calibrate.preprocess import picture_layout

    name = graph.inputs[0]
    layout = picture_layout(graph.shape(name))
    if layout is None:
        return None
    fed = pipeline.feeds_of(project, graph, dataset, index)[name][0]
    channels_last = fed if layout.channels_last else fed.transpose(1, 2, 0)
    settings = project.settings_for(name)
    mean, std = np.float32(settings.mean_values), np.float32(settings.std_values)
    pixels = np.clip(np.rint(channels_last * std + mean), 0, 255).astype(np.uint8)
    if pixels.shape[2] == 1:
        pixels = pixels.repeat(3, axis=2)
    return Preview(
        np.ascontiguousarray(pixels).tobytes(),
        layout.width,
        layout.height,
        dataset.samples[index].name,
        float(fed.min()),
        float(fed.max()),
    )

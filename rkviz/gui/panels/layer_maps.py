"""LayerMaps: what a layer gives for one picture: float, quantized, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rkviz.analyse.display import number_text
from rkviz.errors import RkvizError
from rkviz.gui.jobs import Job, Outcome
from rkviz.gui.session import Session
from rkviz.gui.widgets.facts import value_label
from rkviz.gui.widgets.map_view import DIFFERENCE, MapView, plane_image, value_colours
from rkviz.progress import Progress
from rkviz.quantize.plan import QuantPlan

if TYPE_CHECKING:
    from rkviz.emulate.activations import Activation

_LANE = "maps"
_FLOAT, _QUANTIZED, _APART = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Maps:
    """The tensor of one layer for one picture; `planes` of each are (channels, rows, columns)."""

    plan: QuantPlan
    key: tuple[str, int, str]
    """Head layer, picture, kind of error"""
    activation: Activation
    real: NDArray[np.float32]
    emulated: NDArray[np.float32]


def planes(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The first sample of `array` as (channels, rows, columns).

    (n, c, h, w) has c channels; (n, c, l) c rows of l numbers; (n, c) and (n, c, 1, 1) one row;
    what has more axes is cut along its last two.
    """
    if array.ndim <= 2 or array[0].size == array.shape[1]:
        return array.reshape(1, 1, -1)
    if array.ndim == 3:
        return array[0][:, np.newaxis, :]
    sample = array[0]
    return sample.reshape(-1, *sample.shape[-2:])


class LayerMaps(QWidget):
    """A job computes one layer for one picture, and nothing else is kept in memory."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._head = ""
        self.maps: Maps | None = None
        self._wanted: tuple[object, ...] = ()
        self._followed: int | None = None
        self.picture, self.kind = QComboBox(), QComboBox()
        self.channel, self.number = QSlider(Qt.Orientation.Horizontal), QSpinBox()
        self.views = MapView(), MapView(), MapView()
        self.titles = QLabel(), QLabel(), QLabel()
        self.reading = value_label()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        top, middle, grid = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        for box, stretch in ((self.picture, 3), (self.kind, 2)):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            top.addWidget(box, stretch)
            box.activated.connect(self._renew)
        self._caption = QLabel()
        self._caption.setBuddy(self.channel)
        middle.addWidget(self._caption)
        middle.addWidget(self.channel, 1)
        middle.addWidget(self.number)
        for column, (view, title) in enumerate(zip(self.views, self.titles, strict=True)):
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(title, 0, column)
            grid.addWidget(view, 1, column, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(column, 1)
            view.hovered.connect(self._read)
        for part in (top, middle, grid):
            layout.addLayout(part)
        layout.addWidget(self.reading)
        self.channel.valueChanged.connect(self.number.setValue)
        self.number.valueChanged.connect(self.channel.setValue)
        self.channel.valueChanged.connect(self._draw)
        session.runner.ended.connect(self._job_ended)

    def retranslate(self) -> None:
        index = self.kind.currentIndex()
        self.kind.clear()
        self.kind.addItem(self.tr("Whole network"), "accumulated")
        self.kind.addItem(self.tr("This layer alone"), "own")
        self.kind.setCurrentIndex(max(0, index))
        self._caption.setText(self.tr("Channel"))
        self.picture.setAccessibleName(self.tr("Picture"))
        self.kind.setAccessibleName(self.tr("What is quantized"))
        for widget in (self.channel, self.number):
            widget.setAccessibleName(self.tr("Channel"))
        self._draw()

    def show_layer(self, head: str) -> bool:
        """Show `head`; computes only while the section is open. Returns whether it can be."""
        session, results = self._session, self._session.results
        plan, graph, dataset = results.plan, results.graph, results.dataset
        step = plan.step_of.get(head) if plan is not None else None
        if graph is None or dataset is None or step is None or not session.has_current_plan:
            return False
        if graph.values[graph.by_name[graph.members[head][-1]].outputs[0]].dtype != "float32":
            return False
        self._head = head
        names = [sample.name for sample in dataset.samples]
        if [self.picture.itemText(n) for n in range(self.picture.count())] != names:
            self.picture.clear()
            self.picture.addItems(names)
        self._follow(session.view.image)
        self._renew()
        return True

    def _follow(self, image: int | None) -> None:
        """The picture the window steps to; another one can be chosen here until it steps on."""
        if image != self._followed:
            self._followed = image
            self.picture.setCurrentIndex(image or 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._renew()

    # -- the job ------------------------------------------------------------------------------

    @Slot()
    def _renew(self, _index: int = 0) -> None:
        session, results = self._session, self._session.results
        plan, graph, dataset, project = (
            results.plan, results.graph, results.dataset, session.project,
        )  # fmt: skip
        if plan is None or graph is None or dataset is None or project is None:
            return
        if not (self.isVisible() and self._head in graph.members and session.has_current_plan):
            return
        key = self._head, max(0, self.picture.currentIndex()), str(self.kind.currentData())
        if self._wanted and self._wanted[0] is plan and self._wanted[1] == key:
            return
        image, alone = key[1], key[2] == "own"
        value = graph.by_name[graph.members[self._head][-1]].outputs[0]

        def work(progress: Progress, _publish: object) -> Maps:
            from rkviz import pipeline  # by the worker: it loads the engines
            from rkviz.emulate.activations import activations

            feeds = pipeline.feeds_of(project, plan.graph, dataset, image)
            ((_, found),) = activations(plan, feeds, [value], alone, progress=progress)
            real = planes(found.real).astype(np.float32, copy=False)
            return Maps(plan, key, found, real, planes(found.emulated).astype(np.float32))

        self._fade()
        title = self.tr("Computing one layer")
        session.runner.submit(Job(_LANE, title, work, self._accept, self._failed))
        self._wanted = plan, key

    def _job_ended(self, job: Job, outcome: Outcome) -> None:
        if job.lane == _LANE and outcome is Outcome.CANCELLED:
            self._wanted = ()
            self.reading.clear()

    def _accept(self, maps: Maps) -> None:
        self.maps = maps
        count = maps.real.shape[0]
        for widget in (self.channel, self.number):
            widget.blockSignals(True)
            widget.setRange(0, count - 1)
            widget.setValue(min(self.channel.value(), count - 1))
            widget.setEnabled(count > 1)
            widget.blockSignals(False)
        self._draw()

    def _failed(self, error: RkvizError) -> None:
        self.reading.setText(str(error))

    # -- what is shown ------------------------------------------------------------------------

    def _fade(self) -> None:
        for view in self.views:
            view.show_image(view.image, faded=True)
        self.reading.setText(self.tr("Computing…"))

    @Slot()
    def _draw(self, _channel: int = 0) -> None:
        titles = self.tr("Float"), self.tr("Quantized"), self.tr("Difference")
        for label, text in zip(self.titles, titles, strict=True):
            label.setText(text)
        if self.maps is None:
            return
        channel = self.channel.value()
        real, emulated = self.maps.real[channel], self.maps.emulated[channel]
        apart = emulated - real
        together = [each[np.isfinite(each)] for each in (real, emulated)]
        low = min((float(each.min()) for each in together if each.size), default=0.0)
        high = max((float(each.max()) for each in together if each.size), default=1.0)
        largest = float(np.nanmax(np.abs(apart), initial=0.0))
        colours = value_colours(self._session.view.palette)
        self.views[_FLOAT].show_image(plane_image(real, low, high, colours))
        self.views[_QUANTIZED].show_image(plane_image(emulated, low, high, colours))
        self.views[_APART].show_image(plane_image(apart, -largest, largest, DIFFERENCE))
        self._read(-1, -1)

    @Slot(int, int)
    def _read(self, row: int, column: int) -> None:
        """The numbers below the mouse; else what the colours stand for."""
        maps = self.maps
        if maps is None:
            return
        channel = self.channel.value()
        real, emulated = maps.real[channel], maps.emulated[channel]
        if row < 0:
            apart = np.abs(emulated - real)
            step = maps.activation.params
            text = self.tr("{low} … {high}; largest difference {apart}")
            words = text.format(
                low=number_text(float(f"{np.nanmin(real):.4g}")),
                high=number_text(float(f"{np.nanmax(real):.4g}")),
                apart=number_text(float(f"{np.nanmax(apart):.3g}")),
            )
            if step.scheme.is_quantized:
                steps = number_text(float(f"{float(np.nanmax(apart)) / step.scale:.3g}"))
                words += " " + self.tr("({steps} steps)").format(steps=steps)
            self.reading.setText(words)
            return
        text = self.tr("Row {row}, column {column}: {real} → {emulated}")
        self.reading.setText(
            text.format(
                row=row,
                column=column,
                real=number_text(float(real[row, column])),
                emulated=number_text(float(emulated[row, column])),
            )
        )

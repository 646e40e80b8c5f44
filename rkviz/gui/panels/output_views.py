"""One output of one picture: the best classes, maps, or the values that differ most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rkviz.analyse.display import number_text
from rkviz.gui.panels.layer_maps import planes
from rkviz.gui.panels.number_table import number
from rkviz.gui.panels.output_values import OutputValue, largest_differences, top_classes
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.columns import ColumnFitter
from rkviz.gui.widgets.facts import value_label
from rkviz.gui.widgets.map_view import DIFFERENCE, MapView, plane_image, value_colours


class TopClasses(QWidget):
    """The best classes of both networks; a line says whether they agree on the first."""

    labels_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[OutputValue, Sequence[str]] | None = None
        self.verdict, self.choose_labels = value_label(), QPushButton()
        self.counted = value_label()
        self.table = _table(5)
        row = QHBoxLayout()
        row.addWidget(self.verdict, 1)
        row.addWidget(self.choose_labels)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(row)
        layout.addWidget(self.counted)
        layout.addWidget(self.table, 1)
        self.choose_labels.clicked.connect(self.labels_wanted)

    def retranslate(self) -> None:
        self.choose_labels.setText(self.tr("Class names…"))
        self.choose_labels.setToolTip(self.tr("A text file, one name a line"))
        self.table.setAccessibleName(self.tr("Best classes"))
        self.table.setHorizontalHeaderLabels(
            [
                self.tr("Class"), self.tr("Float"), self.tr("Rank"), self.tr("Quantized"),
                self.tr("Rank"),
            ]
        )  # fmt: skip
        if self._shown is not None:
            self.show_output(*self._shown)

    def show_output(self, output: OutputValue, labels: Sequence[str]) -> None:
        self._shown = output, labels
        rows, theme = top_classes(output, self._names(labels, output.real.size)), current_theme()
        agree = rows[0].emulated_rank == 1
        text = self.tr("✓ Both networks see the same class first.")
        apart = self.tr("✗ Quantized, another class comes first; that of float is at rank {rank}.")
        self.verdict.setText(text if agree else apart.format(rank=rows[0].emulated_rank))
        self.verdict.setStyleSheet(f"color: {theme.good if agree else theme.bad};")
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            name = QTableWidgetItem(f"{row.index} {row.label}".strip())
            name.setToolTip(name.text())
            cells = [
                name,
                number(f"{row.real:.4g}"),
                number(str(row.real_rank)),
                number(f"{row.emulated:.4g}"),
                number(str(row.emulated_rank)),
            ]
            for column, cell in enumerate(cells):
                if column == 4 and row.emulated_rank != row.real_rank:
                    cell.setForeground(QColor(theme.bad if row.real_rank == 1 else theme.warning))
                self.table.setItem(place, column, cell)

    def _names(self, labels: Sequence[str], classes: int) -> Sequence[str]:
        """A name for each class; says so where the file has more or fewer."""
        has_ground = classes == len(labels) + 1
        self.counted.setVisible(bool(labels) and classes != len(labels))
        text = self.tr("The file names {names}, the network has {classes} classes.")
        if has_ground:
            text = self.tr("{names} names, {classes} classes: the first is taken as background.")
        self.counted.setText(text.format(names=len(labels), classes=classes))
        return (self.tr("background"), *labels) if has_ground else labels


class ValueTable(QWidget):
    """The values that differ most."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.caption, self.table = value_label(), _table(4)
        self._columns = ColumnFitter(self.table, droppable=(3,))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.caption)
        layout.addWidget(self.table, 1)

    def retranslate(self) -> None:
        self.caption.setText(self.tr("The values that differ most come first."))
        self.table.setAccessibleName(self.tr("Values of the output"))
        self.table.setHorizontalHeaderLabels(
            [self.tr("Place"), self.tr("Float"), self.tr("Quantized"), self.tr("Difference")]
        )

    def show_output(self, output: OutputValue, _labels: Sequence[str]) -> None:
        rows = largest_differences(output)
        self.table.setRowCount(len(rows))
        for place, (where, real, emulated) in enumerate(rows):
            self.table.setItem(place, 0, QTableWidgetItem(", ".join(map(str, where))))
            for column, value in enumerate((real, emulated, emulated - real), 1):
                self.table.setItem(place, column, number(f"{value:.5g}"))
        self._columns.fit()


class OutputMaps(QWidget):
    """One channel: float, quantized and their difference."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_name = "default"
        self._output: OutputValue | None = None
        self.views = MapView(), MapView(), MapView()
        self.titles = QLabel(), QLabel(), QLabel()
        self.channel, self.number = QSlider(Qt.Orientation.Horizontal), QSpinBox()
        self._caption = QLabel()
        self._caption.setBuddy(self.number)
        self.reading = value_label()
        row, grid = QHBoxLayout(), QGridLayout()
        row.addWidget(self._caption)
        row.addWidget(self.channel, 1)
        row.addWidget(self.number)
        for column, (view, title) in enumerate(zip(self.views, self.titles, strict=True)):
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(title, 0, column)
            grid.addWidget(view, 1, column, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(column, 1)
            view.hovered.connect(self._read)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(row)
        layout.addLayout(grid)
        layout.addWidget(self.reading)
        layout.addStretch(1)
        self.channel.valueChanged.connect(self.number.setValue)
        self.number.valueChanged.connect(self.channel.setValue)
        self.channel.valueChanged.connect(self._draw)

    def retranslate(self) -> None:
        self._caption.setText(self.tr("Channel"))
        for widget in (self.channel, self.number):
            widget.setAccessibleName(self.tr("Channel"))
        titles = self.tr("Float"), self.tr("Quantized"), self.tr("Difference")
        for label, text in zip(self.titles, titles, strict=True):
            label.setText(text)
        self._read(-1, -1)

    def show_output(self, output: OutputValue, _labels: Sequence[str]) -> None:
        self._output = output
        count = planes(output.real).shape[0]
        for widget in (self.channel, self.number):
            widget.blockSignals(True)
            widget.setRange(0, count - 1)
            widget.setEnabled(count > 1)
            widget.blockSignals(False)
        self._draw()

    @Slot()
    def _draw(self, _channel: int = 0) -> None:
        if self._output is None:
            return
        real, emulated = self._planes(self._output)
        apart = emulated - real
        both = np.concatenate([real.ravel(), emulated.ravel()])
        both = both[np.isfinite(both)]
        low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
        largest = float(np.nanmax(np.abs(apart), initial=0.0))
        colours = value_colours(self.palette_name)
        images = (
            plane_image(real, low, high, colours),
            plane_image(emulated, low, high, colours),
            plane_image(apart, -largest, largest, DIFFERENCE),
        )
        for view, image in zip(self.views, images, strict=True):
            view.show_image(image)
        self._read(-1, -1)

    def _planes(self, output: OutputValue) -> tuple[np.ndarray, np.ndarray]:
        channel = self.channel.value()
        return planes(output.real)[channel], planes(output.emulated)[channel]

    @Slot(int, int)
    def _read(self, row: int, column: int) -> None:
        """The numbers below the mouse; else the largest difference."""
        if self._output is None:
            return
        real, emulated = self._planes(self._output)
        if row >= 0:
            text = self.tr("Row {row}, column {column}: {real} → {emulated}")
            words = [number_text(float(values[row, column])) for values in (real, emulated)]
            self.reading.setText(
                text.format(row=row, column=column, real=words[0], emulated=words[1])
            )
            return
        apart = float(np.nanmax(np.abs(emulated - real), initial=0.0))
        text = self.tr("Largest difference {apart}")
        self.reading.setText(text.format(apart=number_text(float(f"{apart:.3g}"))))


def _table(columns: int) -> QTableWidget:
    table = QTableWidget(0, columns)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table

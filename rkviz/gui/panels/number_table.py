"""Small tables of numbers in the layer panel: a caption, then numbers with their chips."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
)

from rkviz.gui.widgets.chips import ErrorDelegate


def number(text: str) -> QTableWidgetItem:
    """A cell with a number."""
    item = QTableWidgetItem(text)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def number_table(numbers: int = 2) -> QTableWidget:
    """A table of a caption and as many `numbers` a row; nothing in it can be chosen."""
    table = QTableWidget(0, 1 + numbers)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setAlternatingRowColors(True)
    table.setFrameShape(QTableWidget.Shape.NoFrame)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 7)
    header = table.horizontalHeader()
    header.setSectionsClickable(False)
    header.setHighlightSections(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, 1 + numbers):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        table.setColumnWidth(column, 92 if numbers == 2 else 82)
        table.setItemDelegateForColumn(column, ErrorDelegate(table))
    return table


def fit_height(table: QTableWidget, most: int) -> None:
    """Make `table` as high as its rows, or as `most` of them."""
    rows = min(table.rowCount(), most)
    height = table.horizontalHeader().sizeHint().height()
    table.setFixedHeight(height + rows * table.verticalHeader().defaultSectionSize() + 2)

"""No text is cut off on a small screen or a large one, in both languages.

Labels, buttons, boxes, tabs, hints in fields, headers and cells of tables, captions of plots.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyqtgraph import PlotWidget
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTableView,
    QTableWidget,
    QToolButton,
    QTreeView,
    QTreeWidget,
    QWidget,
)

from rkviz.gui.about import AboutDialog
from rkviz.gui.dialogs import ShortcutsDialog
from rkviz.gui.preferences import Preferences
from rkviz.gui.screenshot import drawn_window
from rkviz.gui.widgets.elided import Readout
from tests.gui.sample_results import sample_project, sample_results

_SIZE = (1366, 768)
_SIZES = (_SIZE, (2560, 1440))
_SLACK = 1
"""Pixels a rounded width may be short."""
_FRAME = 8
"""Pixels left and right of the text of a field."""
_SPACE_BELOW = 3
"""Pixels below the last line that hold no ink."""


def cut_off(root: QWidget) -> Iterator[str]:
    """What of `root` cannot be read in full, one line each."""
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root) or widget.width() <= 0:
            continue
        name = f"{type(widget).__name__} {widget.objectName()} in {_place(widget)}"
        if isinstance(widget, QLabel):
            yield from (f"{name}: {text!r}" for text in _cut_label(widget))
        elif isinstance(widget, QPushButton | QCheckBox | QRadioButton | QToolButton):
            text, needed = _shown_text(widget), _needed_width(widget)
            if text and widget.width() < needed:
                yield f"{name}: {text!r} {widget.width()} of {needed}"
        elif isinstance(widget, QTabBar):
            for at in range(widget.count()):
                text = widget.tabText(at).replace("&", "")
                room = widget.tabRect(at).width()
                if widget.isTabVisible(at) and room < widget.fontMetrics().horizontalAdvance(text):
                    yield f"{name}: tab {text!r} {room}"
        elif isinstance(widget, QComboBox):
            yield from (f"{name}: {text!r}" for text in _cut_choices(widget))
        elif isinstance(widget, QLineEdit):
            text = widget.text() or widget.placeholderText()
            needed = widget.fontMetrics().horizontalAdvance(text)
            if widget.width() - _FRAME < needed:
                yield f"{name}: {text!r} {widget.width()} of {needed}"
        elif isinstance(widget, QHeaderView):
            yield from (f"{name}: {text!r}" for text in _cut_titles(widget))
        elif isinstance(widget, QTableView | QTreeView):
            yield from (f"{name}: {text!r}" for text in _cut_cells(widget))
        elif isinstance(widget, PlotWidget):
            yield from (f"{name}: {text!r}" for text in _cut_captions(widget))
        elif isinstance(widget, QScrollArea) and widget.horizontalScrollBar().maximum() > 0:
            yield f"{name}: has to be moved sideways by {widget.horizontalScrollBar().maximum()}"


def _cut_label(label: QLabel) -> Iterator[str]:
    text = label.text()
    if not text:
        return
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if label.height() + _SPACE_BELOW < needed:
            yield f"{text} height {label.height()} of {needed}"
    elif isinstance(label, Readout):  # of what is below the mouse, in full in its tool tip
        assert label.toolTip() == text
        if label.width() < label.fontMetrics().horizontalAdvance(text):
            yield f"{text} {label.width()}"
    elif label.width() + _SLACK < label.sizeHint().width():
        yield f"{text} {label.width()} of {label.sizeHint().width()}"


def _cut_choices(box: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box).width()
    needed = box.fontMetrics().horizontalAdvance(box.currentText())
    if room + _SLACK < needed:
        yield f"{box.currentText()} {room} of {needed}"


def _cut_titles(header: QHeaderView) -> Iterator[str]:
    if header.orientation() is not Qt.Orientation.Horizontal or header.model() is None:
        return
    for section in range(header.count()):
        text = header.model().headerData(section, header.orientation()) or ""
        needed = header.fontMetrics().horizontalAdvance(str(text))
        if text and not header.isSectionHidden(section) and header.sectionSize(section) < needed:
            yield f"{text} {header.sectionSize(section)} of {needed}"


def _cut_cells(view: QTableView | QTreeView) -> Iterator[str]:
    if view.horizontalScrollBar().maximum() > 0 and isinstance(view, QTableWidget | QTreeWidget):
        yield f"has to be moved sideways by {view.horizontalScrollBar().maximum()}"
    model = view.model()
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            text, room = index.data(), view.visualRect(index).size()
            needed = view.sizeHintForIndex(index)
            is_cut = needed.width() - _SLACK > room.width() > 0
            if view.wordWrap() and " " in str(text):  # on lines below each other
                is_cut = view.fontMetrics().boundingRect(
                    view.visualRect(index), Qt.TextFlag.TextWordWrap, text
                ).height() > room.height()  # fmt: skip
            if isinstance(text, str) and text and is_cut:
                yield f"{text} {room.toTuple()} of {needed.toTuple()}"


def _cut_captions(widget: PlotWidget) -> Iterator[str]:
    """Of a caption that is longer than its axis, or lies where the numbers are."""
    axis = widget.getPlotItem().getAxis("bottom")
    caption = axis.label.boundingRect()
    if axis.label.isVisible() and axis.size().width() < caption.width():
        yield f"{axis.labelText} {axis.size().width()} of {caption.width()}"
    if axis.label.isVisible() and axis.label.pos().y() < axis.size().height() - caption.height():
        yield f"{axis.labelText} lies over the numbers"
    assert not widget.getPlotItem().getAxis("left").label.isVisible(), "its words stand above"


def _shown_text(button: QAbstractButton) -> str:
    style = button.toolButtonStyle() if isinstance(button, QToolButton) else None
    if style is Qt.ToolButtonStyle.ToolButtonIconOnly and not button.icon().isNull():
        return ""
    return button.text()


def _needed_width(button: QAbstractButton) -> int:
    """Text, icon or mark, and a frame around it; a style's wish for wider buttons is no need."""
    text = button.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, button.text()).width()
    has_picture = not button.icon().isNull() or isinstance(button, QCheckBox | QRadioButton)
    return text + (button.iconSize().width() + 4 if has_picture else 0) + 6


def _place(widget: QWidget) -> str:
    names = []
    while widget is not None and len(names) < 3:
        widget = widget.parentWidget()
        if widget is not None and type(widget).__module__.startswith("rkviz"):
            names.append(type(widget).__name__)
    return " < ".join(names)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", _SIZES, ids=["small", "large"])
def test_every_panel_fits_the_screen(qapp, language, size):
    project = sample_project(dataset=())
    with drawn_window(project, sample_results(project), (), language, False, size) as window:
        found: dict[str, None] = {}
        selections = ((), ("body1",), ("boxes",), ("stem", "body2"), ("nms",))
        for dock in window.docks._areas:
            dock.show()
            dock.raise_()
            for selection in selections if dock.objectName() in ("layer", "layers") else ((),):
                window.session.select(selection)
                dock.raise_()
                for _ in range(5):  # texts that wrap push those below them, round by round
                    QApplication.processEvents()
                found.update(dict.fromkeys(cut_off(dock)))
        found.update(dict.fromkeys(cut_off(window)))
    assert "\n".join(found) == ""


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_first_page_and_the_dialogs_fit(window, qtbot, language):
    window.actions_by_id.by_id[f"language_{language}"].trigger()
    window.resize(*_SIZE)
    preferences = Preferences(window.actions_by_id, window)
    dialogs = [AboutDialog(window), ShortcutsDialog(window), preferences]
    for dialog in dialogs:
        dialog.show()
        assert dialog.height() < _SIZE[1] - 60
    QApplication.processEvents()
    found = [line for shown in (window, *dialogs) for line in cut_off(shown)]
    assert "\n".join(found) == ""


def test_what_is_cut_off_is_found(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    label, button = QLabel("a long sentence", page), QPushButton("a long word", page)
    lines = QLabel("many words " * 20, page)
    lines.setWordWrap(True)
    page.resize(300, 600)
    for widget in (label, button, lines):
        widget.resize(300, 200)
    page.show()
    assert not list(cut_off(page))
    for widget in (label, button, lines):
        widget.resize(40, 20)
    assert len(list(cut_off(page))) == 3

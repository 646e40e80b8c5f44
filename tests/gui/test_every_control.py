"""Every control teaches what it does, has a name for those who cannot see it, and shows the focus.

Walks over the whole window, with a layer, several and none selected, and over its dialogs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QToolBar,
    QWidget,
)

from rkviz.gui.about import AboutDialog
from rkviz.gui.dialogs import ShortcutsDialog, SizesDialog
from rkviz.gui.doctor_dialog import DoctorDialog
from rkviz.gui.preferences import Preferences
from rkviz.gui.screenshot import drawn_window
from tests.gui.sample_results import sample_project, sample_results

_CONTROLS = (
    *(QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractSlider, QTabBar),
    *(QAbstractItemView, QPlainTextEdit),
)
_TAUGHT_BY_PARTS = (QAbstractItemView, QPlainTextEdit, QTabBar)
"""Cells, headers and pages have tool tips of their own, or are text to read."""


def controls(root: QWidget) -> Iterator[QWidget]:
    """What can be used in `root`, without the parts a control is made of."""
    for widget in root.findChildren(QWidget):
        is_own = type(widget).__module__.startswith("rkviz")
        can_focus = widget.focusPolicy() is not Qt.FocusPolicy.NoFocus
        is_part = isinstance(
            widget.parent(), QAbstractSpinBox | QComboBox | QAbstractItemView | QTabBar
        )
        if (
            isinstance(widget, QScrollArea | QScrollBar | QLabel)
            or is_part
            or not widget.isVisibleTo(root)
        ):
            continue
        if isinstance(widget, _CONTROLS) or (is_own and can_focus):
            yield widget


def place(widget: QWidget) -> str:
    above, names = widget.parentWidget(), list[str]()
    while above is not None and len(names) < 3:
        names += [type(above).__name__] * type(above).__module__.startswith("rkviz")
        above = above.parentWidget()
    return f"{type(widget).__name__} {widget.objectName()} in {' < '.join(names)}"


def lacks(widget: QWidget) -> Iterator[str]:
    """What `widget` owes those who use it."""
    is_own = type(widget).__module__.startswith("rkviz")
    of_dialog = isinstance(widget.parent(), QDialogButtonBox)  # OK, Cancel and Close say it
    if not (widget.toolTip() or is_own or of_dialog or isinstance(widget, _TAUGHT_BY_PARTS)):
        yield f"{place(widget)} teaches nothing"
    if widget.focusPolicy() is Qt.FocusPolicy.NoFocus:
        return  # nobody gets there with the keyboard: menus do the same
    spoken = QAccessible.queryAccessibleInterface(widget)
    if not spoken.text(QAccessible.Text.Name) and not isinstance(widget, QTabBar):
        yield f"{place(widget)} has no name"
    # of buttons of a dialog, the one that Enter presses is marked: where the focus is, or was
    if widget.isEnabled() and not (isinstance(widget, QPushButton) and widget.autoDefault()):
        before = _seen(widget, has_focus=False)
        if _seen(widget, has_focus=True) == before:
            yield f"{place(widget)} does not show the focus"


def _seen(widget: QWidget, has_focus: bool):
    focused = QApplication.focusWidget()
    if focused is not None:
        focused.clearFocus()
    if has_focus:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        # as after the Tab key: Fusion shows the focus to those who use the keyboard
        widget.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    QApplication.processEvents()
    return widget.grab().toImage()


def test_every_control_of_the_window(qapp):
    project = sample_project(dataset=())
    size = (1366, 3000)  # so that nothing has to be scrolled into sight
    found: dict[str, None] = {}
    with drawn_window(project, sample_results(project), (), "en", False, size) as window:
        window.activateWindow()
        for dock in window.docks._areas:
            dock.show()
            selections = ((), ("body1",), ("boxes",), ("stem", "body2"))
            for selection in selections if dock.objectName() == "layer" else ((),):
                window.session.select(selection)
                dock.raise_()
                for _ in range(4):
                    QApplication.processEvents()
                for widget in controls(dock):
                    found.update(dict.fromkeys(lacks(widget)))
        for widget in controls(window):
            if not isinstance(widget.parent(), QToolBar):
                found.update(dict.fromkeys(lacks(widget)))
    assert "\n".join(found) == ""


@pytest.mark.parametrize(
    "make", [AboutDialog, ShortcutsDialog, SizesDialog, DoctorDialog, Preferences]
)
def test_every_control_of_a_dialog(window, qtbot, make):
    arguments = {
        SizesDialog: ({"images": (None, 3, None, None)},),
        DoctorDialog: (window.session.runner,),
        Preferences: (window.actions_by_id,),
    }
    dialog: QDialog = make(*arguments.get(make, ()), window)
    with qtbot.waitExposed(dialog):
        dialog.show()
    qtbot.waitUntil(lambda: not window.session.runner.is_busy)
    dialog.activateWindow()
    found = [line for widget in controls(dialog) for line in lacks(widget)]
    assert "\n".join(found) == ""
    dialog.close()

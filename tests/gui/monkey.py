"""A user without a plan: seeded random keys, clicks, drags, drops, menu items and answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QInputMethodEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QTabBar,
    QWidget,
)

from rkviz.gui.actions import ACTIONS
from rkviz.gui.main_window import MainWindow
from tests.gui.user import Button, Key, drop

_LEAVES = {"quit", "log_folder", "board"}
"""Actions that end the test or open another program."""
_CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractSlider, QTabBar)
_KEYS = (
    *(Key.Key_Up, Key.Key_Down, Key.Key_Left, Key.Key_Right, Key.Key_Home, Key.Key_End),
    *(Key.Key_PageUp, Key.Key_PageDown, Key.Key_Space, Key.Key_Return, Key.Key_Escape),
    *(Key.Key_Tab, Key.Key_Backtab, Key.Key_Delete, Key.Key_Plus, Key.Key_Minus, Key.Key_Period),
    *(Key.Key_0, Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_4, Key.Key_F, Key.Key_N, Key.Key_U),
    *(Key.Key_D, Key.Key_L, Key.Key_Comma, Key.Key_F3, Key.Key_F5, Key.Key_Z, Key.Key_Y),
)
_MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
_SIZES = ((1300, 850), (1024, 700), (1600, 900), (1366, 768))
_TEXTS = ("conv", "err > 5%", "0.5", "-3", "(", "层", "", "type:i16", "128")


class Monkey(QObject):
    """Acts on `window`; `folder` takes what it saves, `files` are what it drops and opens.

    `diary` holds what it did, so that a failure can be told.
    """

    def __init__(self, window: MainWindow, seed: int, folder: Path, files: Sequence[Path]) -> None:
        super().__init__(window)
        self._window = window
        self._random = random.Random(seed)
        self._folder = folder
        self._files = tuple(files)
        self.diary: list[str] = []
        self._acts: tuple[tuple[int, Callable[[], str]], ...] = (
            (24, self._press_key),
            (26, self._click_control),
            (18, self._trigger),
            (8, self._click_table),
            (12, self._touch_graph),
            (4, self._resize),
            (4, self._undo_or_redo),
            (2, self._switch_looks),
            (2, self._drop),
        )
        # A menu that a click opened has an event loop of its own and would wait for a person.
        self._closer = QTimer(self)
        self._closer.timeout.connect(_close_popup)
        self._closer.start(15)

    def act(self) -> None:
        """One action; a dialog that is open is answered first."""
        dialog = _open_dialog()
        if dialog is not None:
            self.diary.append(self._answer(dialog))
            return
        weights, acts = zip(*self._acts, strict=True)
        (act,) = self._random.choices(acts, weights)
        self.diary.append(act.__name__)
        self.diary[-1] = act()

    def rest(self) -> None:
        """Close what is still open."""
        while (dialog := _open_dialog()) is not None:
            dialog.reject()
            QApplication.processEvents()
        self._closer.stop()

    # -- what it does -------------------------------------------------------------------------

    def _press_key(self) -> str:
        focus = QApplication.focusWidget()
        graph = self._window.graph.view
        target = focus if focus is not None and self._random.random() < 0.5 else graph
        key, modifier = self._random.choice(_KEYS), self._random.choice(_MODIFIERS)
        QTest.keyClick(target, key, modifier)
        return f"key {key.name} {modifier.name} on {_name(target)}"

    def _click_control(self) -> str:
        controls = [
            widget
            for widget in self._window.findChildren(QWidget)
            if isinstance(widget, _CONTROLS)
            and widget.isEnabled()
            and widget.isVisible()
            and not widget.visibleRegion().isEmpty()
            and not isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
        ]
        if not controls:
            return "nothing to click"
        control = self._random.choice(controls)
        said = f"click {_name(control)}"
        if isinstance(control, QComboBox):
            return self._choose(control)
        if isinstance(control, QLineEdit | QAbstractSpinBox):
            control.setFocus()
            text = self._random.choice(_TEXTS)
            QTest.keyClick(control, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
            typed = QInputMethodEvent()  # QTest has keys for ASCII only
            typed.setCommitString(text)
            QApplication.sendEvent(control, typed)
            if self._random.random() < 0.7:
                QTest.keyClick(control, Qt.Key.Key_Return)
            return f"{said}, type {text!r}"
        if isinstance(control, QTabBar):
            control.setCurrentIndex(self._random.randrange(max(1, control.count())))
            return f"{said}, tab {control.currentIndex()}"
        QTest.mouseClick(control, Button.LeftButton, pos=control.rect().center())
        return said

    def _choose(self, box: QComboBox) -> str:
        if not box.count():
            return f"{_name(box)} is empty"
        at = self._random.randrange(box.count())
        box.setCurrentIndex(at)
        box.activated.emit(at)
        return f"choose {at} in {_name(box)}"

    def _trigger(self) -> str:
        by_id = self._window.actions_by_id.by_id
        enabled = [
            by_id[spec.id]
            for spec in ACTIONS
            if spec.id not in _LEAVES and by_id[spec.id].isEnabled()
        ]
        action: QAction = self._random.choice([*enabled, *self._window.docks.toggle_actions])
        said = f"action {action.objectName() or action.text()}"
        self.diary[-1] = said
        action.trigger()
        return said

    def _click_table(self) -> str:
        tables = [
            table
            for table in self._window.findChildren(QAbstractItemView)
            if table.isVisible() and not isinstance(table.parent(), QComboBox)
        ]
        filled = [table for table in tables if table.model() and table.model().rowCount()]
        if not filled:
            return "no table"
        table = self._random.choice(filled)
        row = self._random.randrange(table.model().rowCount())
        is_list = isinstance(table.model(), QAbstractListModel)
        column = 0 if is_list else self._random.randrange(table.model().columnCount())
        place = table.visualRect(table.model().index(row, column)).center()
        act = self._random.choice((QTest.mouseClick, QTest.mouseDClick))
        act(table.viewport(), Button.LeftButton, self._random.choice(_MODIFIERS), place)
        return f"click row {row} column {column} of {_name(table)}"

    def _touch_graph(self) -> str:
        views = (self._window.graph.view, self._window.graph.minimap, self._window.graph.legend)
        view = self._random.choice(views)
        if not view.isVisible():
            return "no graph"
        start, end = self._point(view), self._point(view)
        kind, modifier = self._random.randrange(4), self._random.choice(_MODIFIERS)
        if kind == 0:
            QTest.mouseClick(view, Button.LeftButton, modifier, start)
        elif kind == 1:
            QTest.mouseDClick(view, Button.LeftButton, modifier, start)
        elif kind == 2:
            _turn_wheel(view, start, self._random.choice((120, -120, 960, -960)), modifier)
        else:
            QTest.mousePress(view, Button.LeftButton, modifier, start)
            for share in (0.3, 0.7, 1.0):
                QTest.mouseMove(view, start + (end - start) * share)
            QTest.mouseRelease(view, Button.LeftButton, modifier, end)
        return f"touch {_name(view)} in way {kind} from {start.toTuple()} to {end.toTuple()}"

    def _resize(self) -> str:
        size = self._random.choice(_SIZES)
        self._window.resize(*size)
        return f"resize to {size}"

    def _undo_or_redo(self) -> str:
        stack = self._window.session.undo_stack
        act = self._random.choice((stack.undo, stack.redo))
        for _ in range(self._random.randrange(1, 4)):
            act()
        return f"{act.__name__} to {stack.index()} of {stack.count()}"

    def _switch_looks(self) -> str:
        chosen = self._random.choice(
            ("language_en", "language_zh_CN", "theme_dark", "theme_light", "theme_system")
        )
        self._window.actions_by_id.by_id[chosen].trigger()
        return chosen

    def _drop(self) -> str:
        file = self._random.choice(self._files)
        drop(self._window, [file])
        return f"drop {file.name}"

    # -- answers ------------------------------------------------------------------------------

    def _answer(self, dialog: QDialog) -> str:
        said = f"answer {_name(dialog)}"
        if isinstance(dialog, QFileDialog):
            if self._random.random() < 0.4:
                dialog.reject()
                return f"{said}: no"
            is_new = dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
            name = f"{len(self.diary)}.{dialog.defaultSuffix() or 'out'}"
            file = self._folder / name if is_new else self._random.choice(self._files)
            dialog.filesSelected.emit([str(file)])
            dialog.done(1)
            return f"{said}: {file.name}"
        buttons = [b for b in dialog.findChildren(QAbstractButton) if b.isVisible()]
        if buttons and self._random.random() < 0.7:
            button = self._random.choice(buttons)
            QTest.mouseClick(button, Button.LeftButton)
            return f"{said}: {button.text()}"
        dialog.reject()
        return f"{said}: away"

    def _point(self, widget: QWidget) -> QPoint:
        return QPoint(
            self._random.randrange(max(1, widget.width())),
            self._random.randrange(max(1, widget.height())),
        )


def _open_dialog() -> QDialog | None:
    found = QApplication.activeModalWidget()
    return found if isinstance(found, QDialog) else None


def _close_popup() -> None:
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()


def _turn_wheel(view: QWidget, at: QPoint, by: int, modifier: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.mapToGlobal(at)),
        QPoint(),
        QPoint(0, by),
        Button.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    assert event.type() == QEvent.Type.Wheel
    QApplication.sendEvent(view, event)


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} {widget.objectName() or text}".strip()

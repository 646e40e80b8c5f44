"""Preferences: what the window remembers, each with a word on what it changes.

The choices are those of the menus; here they stand together and are explained.
"""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui.action_spec import without_marks
from rkviz.gui.actions import ACTIONS, ActionSet
from rkviz.gui.widgets.adapting import Adapting

_CHOICES = (
    (
        "theme",
        QT_TRANSLATE_NOOP("Preferences", "Theme"),
        QT_TRANSLATE_NOOP(
            "Preferences", "Light, dark, or whatever the system uses at this time of the day."
        ),
    ),
    (
        "language",
        QT_TRANSLATE_NOOP("Preferences", "Language"),
        QT_TRANSLATE_NOOP(
            "Preferences", "Changes at once; files written for the toolkit stay the same."
        ),
    ),
    (
        "colours",
        QT_TRANSLATE_NOOP("Preferences", "Colours of errors"),
        QT_TRANSLATE_NOOP(
            "Preferences",
            "Green to red needs full colour vision; cividis and viridis do not, and stay in order "
            "when printed in grey.",
        ),
    ),
    (
        "threads",
        QT_TRANSLATE_NOOP("Preferences", "Computing"),
        QT_TRANSLATE_NOOP(
            "Preferences",
            "For the float network, from the next model that is opened. More is faster on a "
            "computer of many cores; fewer leave room for other programs.",
        ),
    ),
)
_SWITCHES = (
    (
        "live",
        QT_TRANSLATE_NOOP(
            "Preferences",
            "After an edit, only what depends on it is computed again. Turn this off on a slow "
            "computer and press F5 yourself.",
        ),
    ),
    (
        "motion",
        QT_TRANSLATE_NOOP(
            "Preferences",
            "Boxes and panels slide to their new places, so that the eye can follow. Turned off, "
            "they jump.",
        ),
    ),
)


class Preferences(Adapting, QDialog):
    """Stands beside the window while its effects are looked at; nothing has to be confirmed."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.boxes: dict[str, QComboBox] = {}
        self.switches: dict[str, QCheckBox] = {}
        self._captions: dict[str, QLabel] = {}
        self._notes: dict[str, QLabel] = {}
        form = QFormLayout()
        form.setVerticalSpacing(4)
        form.setHorizontalSpacing(16)
        for group, _title, _note in _CHOICES:
            self.boxes[group], self._captions[group] = QComboBox(), QLabel()
            self._captions[group].setBuddy(self.boxes[group])
            form.addRow(self._captions[group], self.boxes[group])
            form.addRow("", self._note(group))
            self._follow_group(group)
        for id, _note in _SWITCHES:
            self.switches[id] = QCheckBox()
            form.addRow("", self.switches[id])
            form.addRow("", self._note(id))
            self._follow_switch(id)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addLayout(form)
        column.addWidget(buttons)
        self._show_choices()
        self.retranslate()

    def _note(self, name: str) -> QLabel:
        note = self._notes[name] = QLabel()
        note.setWordWrap(True)
        note.setFixedWidth(380)
        note.setForegroundRole(note.palette().ColorRole.PlaceholderText)
        note.setContentsMargins(0, 0, 0, 8)
        return note

    def _members(self, group: str) -> list[QAction]:
        return [self._actions.by_id[spec.id] for spec in ACTIONS if spec.group == group]

    def _follow_group(self, group: str) -> None:
        """A box that is another face of a group of actions."""
        box, members = self.boxes[group], self._members(group)
        for action in members:
            box.addItem("")
            action.toggled.connect(self._show_choices)
        box.activated.connect(lambda at: members[at].trigger())

    def _follow_switch(self, id: str) -> None:
        action = self._actions.by_id[id]
        self.switches[id].toggled.connect(action.setChecked)
        action.toggled.connect(self._show_choices)

    def _show_choices(self, _checked: bool = False) -> None:
        """What the menus have chosen; a method, so that no action calls a dialog that is gone."""
        for group, box in self.boxes.items():
            chosen = [action.isChecked() for action in self._members(group)]
            box.setCurrentIndex(chosen.index(True) if True in chosen else -1)
        for id, switch in self.switches.items():
            switch.setChecked(self._actions.by_id[id].isChecked())

    def retranslate(self) -> None:
        translate = QCoreApplication.translate
        self.setWindowTitle(self.tr("Preferences"))
        for group, title, note in _CHOICES:
            self._captions[group].setText(translate("Preferences", title))
            for at, action in enumerate(self._members(group)):
                self.boxes[group].setItemText(at, without_marks(action.text()))
            self._explain(group, note, self.boxes[group])
        for id, note in _SWITCHES:
            self.switches[id].setText(without_marks(self._actions.by_id[id].text()))
            self._explain(id, note, self.switches[id])
        self.adjustSize()

    def _explain(self, name: str, note: str, control: QWidget) -> None:
        text = QCoreApplication.translate("Preferences", note)
        self._notes[name].setText(text)
        control.setToolTip(text)
        control.setAccessibleDescription(text)

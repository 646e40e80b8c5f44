"""Typing numbers: one or a list, read forgivingly, refused with the part that is wrong."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from rkviz.analyse.display import number_text
from rkviz.gui.widgets.adapting import Adapting

_WIDEST = 1e38
"""Ranges are float32 numbers on the chip."""
_SEPARATORS = re.compile(r"[\s,;，、；\[\]()]+")


def parse_numbers(text: str) -> tuple[float, ...]:
    """The numbers in `text`, parted by spaces, commas (also Chinese ones) or brackets.

    Raises ValueError with the first part that is no finite number as its only argument.
    """
    numbers: list[float] = []
    for part in filter(None, _SEPARATORS.split(text.replace("−", "-"))):
        try:
            number = float(part)
        except ValueError:
            raise ValueError(part) from None
        if not math.isfinite(number):
            raise ValueError(part)
        numbers.append(number)
    return tuple(numbers)


def numbers_as_text(numbers: tuple[float, ...]) -> str:
    """As `parse_numbers` reads it back, each as short as it is exact."""
    return " ".join(f"{number:g}" if float(f"{number:g}") == number else repr(number)
                    for number in numbers)  # fmt: skip


class RangeEntry(Adapting, QWidget):
    """Two fields for a range, with the sentence that says what is wrong with it."""

    applied = Signal(float, float)
    reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.low, self.high = QLineEdit(), QLineEdit()
        self._dash = QLabel("…")
        self.apply_button, self.reset_button = QPushButton(), QPushButton()
        self._wrong = QLabel()
        self._wrong.setWordWrap(True)
        self._wrong.setForegroundRole(self._wrong.palette().ColorRole.BrightText)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(4)
        for place, widget in enumerate((self.low, self._dash, self.high)):
            layout.addWidget(widget, 0, place)
        layout.addWidget(self.apply_button, 0, 3)
        layout.addWidget(self.reset_button, 0, 4)
        layout.addWidget(self._wrong, 1, 0, 1, 5)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(2, 1)
        for field in (self.low, self.high):
            field.setMinimumWidth(56)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.returnPressed.connect(self.apply)
            field.textEdited.connect(lambda _text: self._say(""))
        for button in (self.apply_button, self.reset_button):
            button.setMinimumWidth(44)  # the style's own is too wide for a narrow panel
            button.setMaximumWidth(60)
        self.apply_button.clicked.connect(self.apply)
        self.reset_button.clicked.connect(self.reset)
        self._say("")
        self.retranslate()

    def show_range(self, low: float, high: float, chosen: bool) -> None:
        """Show a range that is in force; `chosen` says whether the user set it."""
        for field, value in ((self.low, low), (self.high, high)):
            if not (field.hasFocus() and field.isModified()):
                field.setText(number_text(value).replace("−", "-"))
                field.setModified(False)
                field.setCursorPosition(0)
        self.reset_button.setEnabled(chosen)
        self._say("")

    def discard(self) -> None:
        """Forget what was typed and not applied."""
        for field in (self.low, self.high):
            field.setModified(False)

    @property
    def wrong(self) -> str:
        """What is wrong with what was typed; empty when nothing is."""
        return self._wrong.text()

    @Slot()
    def apply(self) -> None:
        """Check both fields and ask for the range."""
        try:
            low, high = self._number(self.low), self._number(self.high)
        except ValueError as error:
            self._say(self.tr("“{part}” is not a number.").format(part=error))
            return
        if low >= high:
            self._say(self.tr("The left end has to be smaller than the right one."))
            return
        if high - low > _WIDEST:
            self._say(self.tr("The range is wider than the chip's numbers reach."))
            return
        self._say("")
        for field in (self.low, self.high):
            field.setModified(False)
        self.applied.emit(low, high)

    def retranslate(self) -> None:
        self.apply_button.setText(self.tr("Apply"))
        self.reset_button.setText(self.tr("Reset"))
        self.apply_button.setToolTip(self.tr("Use this range instead of the measured one"))
        self.reset_button.setToolTip(self.tr("Back to the range that follows from the pictures"))
        self.low.setAccessibleName(self.tr("Smallest value of the range"))
        self.high.setAccessibleName(self.tr("Largest value of the range"))
        for end in (self.low, self.high):
            end.setToolTip(end.accessibleName())

    def _number(self, field: QLineEdit) -> float:
        numbers = parse_numbers(field.text())
        if len(numbers) != 1:
            raise ValueError(field.text())
        return numbers[0]

    def _say(self, text: str) -> None:
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))

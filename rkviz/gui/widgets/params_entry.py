"""ParamsEntry: scale and zero point, or the fraction length, typed instead of following a range."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from rkviz.gui.lessons import lesson
from rkviz.gui.widgets.adapting import Adapting
from rkviz.gui.widgets.number_entry import parse_numbers
from rkviz.numerics import QuantParams, QuantScheme

_LARGEST_FL = 300
_SMALLEST_SCALE, _LARGEST_SCALE = 1e-30, 1e30


class ParamsEntry(Adapting, QWidget):
    """The fields fit the type shown; what cannot be is refused below them."""

    applied = Signal(object)
    """QuantParams"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scheme = QuantScheme.U8
        self.scale, self.zero_point, self.fl = QLineEdit(), QLineEdit(), QLineEdit()
        self._captions = QLabel(), QLabel(), QLabel()
        self.apply_button = QPushButton()
        self._wrong = QLabel()
        self._wrong.setWordWrap(True)
        self._wrong.setForegroundRole(self._wrong.palette().ColorRole.BrightText)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(4)
        for place, (caption, field) in enumerate(zip(self._captions, self.fields, strict=True)):
            layout.addWidget(caption, 0, 2 * place)
            layout.addWidget(field, 0, 2 * place + 1)
            caption.setBuddy(field)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.returnPressed.connect(self.apply)
            field.textEdited.connect(lambda _text: self._say(""))
        layout.addWidget(self.apply_button, 0, 6)
        layout.addWidget(self._wrong, 1, 0, 1, 7)
        layout.setColumnStretch(1, 1)
        self._grid = layout
        for field, digits in ((self.scale, 7), (self.zero_point, 3), (self.fl, 4)):
            field.setMinimumWidth(field.fontMetrics().horizontalAdvance("0" * digits) + 12)
        self.zero_point.setMaximumWidth(self.zero_point.minimumWidth())
        self.apply_button.setMinimumWidth(44)  # the style's own is too wide for a narrow panel
        self.apply_button.setMaximumWidth(60)
        self.apply_button.clicked.connect(self.apply)
        self._say("")
        self.retranslate()

    @property
    def fields(self) -> tuple[QLineEdit, QLineEdit, QLineEdit]:
        return self.scale, self.zero_point, self.fl

    @property
    def wrong(self) -> str:
        """What is wrong with what was typed; empty when nothing is."""
        return self._wrong.text()

    def show_params(self, params: QuantParams) -> None:
        """Show what is in force; what is being typed stays."""
        self._scheme = params.scheme
        fixed = params.scheme.is_fixed_point
        texts = (
            f"{params.scale:.6g}",
            str(params.zero_point),
            str(params.fl if params.fl is not None else ""),
        )
        for caption, field, text, shown in zip(
            self._captions, self.fields, texts, (not fixed, not fixed, fixed), strict=True
        ):
            caption.setVisible(shown)
            field.setVisible(shown)
            if not (field.hasFocus() and field.isModified()):
                field.setText(text)
                field.setModified(False)
                field.setCursorPosition(0)
        self._grid.setColumnStretch(5, int(fixed))
        self._grid.setColumnStretch(1, int(not fixed))
        self._say("")

    def discard(self) -> None:
        """Forget what was typed and not applied."""
        for field in self.fields:
            field.setModified(False)

    @Slot()
    def apply(self) -> None:
        """Check the fields and ask for the parameters."""
        try:
            params = self._typed()
        except ValueError as error:
            self._say(str(error))
            return
        self._say("")
        self.discard()
        self.applied.emit(params)

    def retranslate(self) -> None:
        texts = self.tr("Scale"), self.tr("Zero point"), self.tr("fl (fraction length)")
        words = ("scale", "zero_point", "fl")
        for caption, field, text, word in zip(
            self._captions, self.fields, texts, words, strict=True
        ):
            caption.setText(text)
            field.setAccessibleName(text)
            for taught in (caption, field):
                taught.setToolTip(lesson(word))
        self.apply_button.setText(self.tr("Apply"))
        tip = self.tr("Use these parameters as they are, whatever the range is")
        self.apply_button.setToolTip(tip)

    def _typed(self) -> QuantParams:
        """Raises ValueError with a sentence."""
        if self._scheme.is_fixed_point:
            fl = self._whole(self.fl, -_LARGEST_FL, _LARGEST_FL)
            return QuantParams.fixed_point(self._scheme, fl)
        (scale,) = self._numbers(self.scale)
        if not _SMALLEST_SCALE <= scale <= _LARGEST_SCALE:
            raise ValueError(self.tr("The scale has to be a number above 0."))
        zero_point = self._whole(self.zero_point, self._scheme.qmin, self._scheme.qmax)
        return QuantParams.affine(scale, zero_point)

    def _whole(self, field: QLineEdit, least: int, most: int) -> int:
        (number,) = self._numbers(field)
        if number != math.floor(number) or not least <= number <= most:
            text = self.tr("“{part}” is not a whole number from {least} to {most}.")
            raise ValueError(text.format(part=field.text(), least=least, most=most))
        return int(number)

    def _numbers(self, field: QLineEdit) -> tuple[float, ...]:
        try:
            numbers = parse_numbers(field.text())
        except ValueError:
            numbers = ()
        if len(numbers) != 1:
            raise ValueError(self.tr("“{part}” is not a number.").format(part=field.text()))
        return numbers

    def _say(self, text: str) -> None:
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))

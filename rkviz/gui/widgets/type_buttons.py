"""TypeButtons: the four number types to choose from, and the way back to the default."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting
from rkviz.numerics import QuantScheme


@dataclass(frozen=True)
class SchemeChoice:
    """A type as it is offered: its text and the window's key for it."""

    scheme: QuantScheme
    text: str
    key: str


def scheme_choices() -> tuple[SchemeChoice, ...]:
    """The four types in the order of their keys."""
    return (
        SchemeChoice(QuantScheme.U8, "u8", "1"),
        SchemeChoice(QuantScheme.I8, "i8", "2"),
        SchemeChoice(QuantScheme.I16, "i16", "3"),
        SchemeChoice(QuantScheme.FLOAT, "float", "4"),
    )


class TypeButtons(Adapting, QWidget):
    """Shows which types are in use and asks for others; the owner decides and shows the result."""

    chosen = Signal(object)
    """QuantScheme, or None for the default"""

    def __init__(self, with_default: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: frozenset[QuantScheme] = frozenset()
        self.buttons: dict[QuantScheme, QPushButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for choice in scheme_choices():
            button = QPushButton(choice.text)
            button.setCheckable(True)
            button.setMinimumWidth(40)
            button.clicked.connect(partial(self._choose, choice.scheme))
            self.buttons[choice.scheme] = button
            layout.addWidget(button, 1)
        self.default = QPushButton()
        self.default.setMinimumWidth(52)
        self.default.clicked.connect(partial(self._choose, None))
        self.default.setVisible(with_default)
        layout.addWidget(self.default, 1)
        self._with_keys = with_default
        self.recolour()
        self.retranslate()

    def show_state(self, schemes: Collection[QuantScheme], chosen: bool = False) -> None:
        """Mark `schemes`; `chosen` says whether there is anything to set back to the default."""
        self._shown = frozenset(schemes)
        for scheme, button in self.buttons.items():
            button.setChecked(scheme in self._shown)
        self.default.setEnabled(chosen)

    def retranslate(self) -> None:
        self.default.setText(self.tr("Default"))
        tips = {
            QuantScheme.U8: self.tr("asymmetric_affine-u8: 8 bits with scale and zero point"),
            QuantScheme.I8: self.tr("dynamic_fixed_point-i8: 8 bits, the scale a power of two"),
            QuantScheme.I16: self.tr("dynamic_fixed_point-i16: 16 bits, slower and finer"),
            QuantScheme.FLOAT: self.tr("float32 in the cfg; the device computes fp16, slowly"),
        }
        for choice in scheme_choices():
            tip = tips[choice.scheme]
            if self._with_keys:
                tip += "\n" + self.tr("Key {key}").format(key=choice.key)
            self.buttons[choice.scheme].setToolTip(tip)
            self.buttons[choice.scheme].setAccessibleDescription(tip)
        back = self.tr("Back to the type of the whole network")
        self.default.setToolTip(back + "\n" + self.tr("Key {key}").format(key="0"))

    def recolour(self) -> None:
        """The type in force is filled: the style's own mark is hard to see in the dark."""
        theme = current_theme()
        sheet = f"""
        QPushButton {{ background: {theme.base}; border: 1px solid {theme.outline};
            border-radius: 4px; padding: 4px 6px; }}
        QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}
        QPushButton:pressed {{ background: {theme.hover}; }}
        QPushButton:checked {{ background: {theme.accent}; color: {theme.on_accent};
            border-color: {theme.accent}; font-weight: 600; }}
        QPushButton:checked:focus {{ border-color: {theme.text}; }}
        QPushButton:disabled {{ color: {theme.stale}; background: transparent;
            border-color: {theme.border}; }}
        """
        if sheet != self.styleSheet():  # a style sheet changes the palette, which calls back
            self.setStyleSheet(sheet)

    def _choose(self, scheme: QuantScheme | None, _checked: bool = False) -> None:
        # What is marked is what is in force, not what was clicked: the wish may be refused.
        self.show_state(self._shown, self.default.isEnabled())
        self.chosen.emit(scheme)

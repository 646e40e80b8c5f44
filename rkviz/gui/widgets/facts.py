"""Facts: captions with values beside them, to read, to select and to follow links in."""

from __future__ import annotations

import html
from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget


class Facts(QWidget):
    """Rows by key, in the order they were added. A row without a value is hidden."""

    link_activated = Signal(str)

    def __init__(self, keys: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        self._places: dict[str, int] = {}
        self._controls: dict[str, QWidget] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(10)
        layout.setVerticalSpacing(3)
        layout.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for row, key in enumerate(keys):
            caption, value = QLabel(), value_label()
            caption.setForegroundRole(caption.palette().ColorRole.PlaceholderText)
            value.linkActivated.connect(self.link_activated)
            caption.setBuddy(value)
            layout.addWidget(caption, row, 0, top)
            layout.addWidget(value, row, 1, top)
            self._rows[key] = caption, value
            self._places[key] = row
            self.show_value(key, "")

    def set_caption(self, key: str, text: str) -> None:
        self._rows[key][0].setText(text)

    def show_value(self, key: str, text: str) -> None:
        """Plain text; an empty one hides the row."""
        self._show(key, text, Qt.TextFormat.PlainText)

    def show_links(self, key: str, names: Iterable[str]) -> None:
        """Names that can be clicked; `link_activated` carries the name."""
        self._show(key, links(names), Qt.TextFormat.RichText)

    def show_html(self, key: str, text: str) -> None:
        """Rich text, escaped by the caller."""
        self._show(key, text, Qt.TextFormat.RichText)

    def show_widget(self, key: str, widget: QWidget) -> None:
        """A control in place of the value."""
        layout = self.layout()
        assert isinstance(layout, QGridLayout)
        caption, value = self._rows[key]
        value.hide()
        layout.addWidget(widget, self._places[key], 1)
        if isinstance(widget, QComboBox) or widget.findChild(QComboBox):
            layout.setAlignment(caption, Qt.AlignmentFlag.AlignVCenter)
        caption.setBuddy(widget)
        caption.show()
        self._controls[key] = widget

    def show_row(self, key: str, shown: bool) -> None:
        """Show or hide a control with its caption."""
        self._rows[key][0].setVisible(shown)
        self._controls[key].setVisible(shown)

    def value(self, key: str) -> str:
        return self._rows[key][1].text()

    def _show(self, key: str, text: str, form: Qt.TextFormat) -> None:
        caption, value = self._rows[key]
        value.setTextFormat(form)
        value.setText(text)
        value.setToolTip(text if form is Qt.TextFormat.PlainText else "")
        caption.setVisible(bool(text))
        value.setVisible(bool(text))


def links(names: Iterable[str], most: int = 200) -> str:
    """Names as rich text whose links carry the name itself; broken only between names.

    What is longer than `most` characters loses its middle.
    """
    return ", ".join(
        f'<a href="{html.escape(name)}">{html.escape(_shortened(name, most))}</a>' for name in names
    )


def _shortened(name: str, most: int) -> str:
    half = most // 2
    return name if len(name) <= most else f"{name[:half]}…{name[half - most + 1 :]}"


def value_label(label: QLabel | None = None) -> QLabel:
    """`label`, or a new one, whose text can be selected with the mouse and is wrapped."""
    label = QLabel() if label is None else label
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.LinksAccessibleByMouse
        | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    )  # fmt: skip
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


class NameLine(QLineEdit):
    """A name that may be longer than its place: shown from its start, scrolled and selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setFrame(False)
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        self.setStyleSheet("background: transparent; border: none;")

    def show_name(self, name: str) -> None:
        self.setText(name)
        self.setToolTip(name)
        self.setCursorPosition(0)

"""The few dialogs: sizes a model leaves open, keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui.actions import ACTIONS, MENUS, SUBMENUS, shown_keys, translated, without_marks
from rkviz.gui.graph_actions import GRAPH_KEYS

_LARGEST = 1 << 16
_USUAL_SIDE = 224


class SizesDialog(QDialog):
    """Asks once for the input sizes a model leaves open."""

    chosen = Signal(object)
    """dict[str, tuple[int, ...]]: the full shape of every input that was asked for"""

    def __init__(
        self, inputs: Mapping[str, tuple[int | None, ...]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Input sizes"))
        self._known = dict(inputs)
        self.boxes: dict[tuple[str, int], QSpinBox] = {}
        explanation = QLabel(
            self.tr(
                "The model leaves sizes of its input open. The NPU needs fixed ones; they are kept "
                "in the project."
            )
        )
        explanation.setWordWrap(True)
        form = QFormLayout()
        for name, shape in inputs.items():
            form.addRow(QLabel(name), self._row(name, shape))
        button = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(button.Ok | button.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(explanation)
        column.addLayout(form)
        column.addWidget(buttons)
        self.accepted.connect(lambda: self.chosen.emit(self._shapes()))

    def _row(self, name: str, shape: tuple[int | None, ...]) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        for axis, size in enumerate(shape):
            if axis:
                line.addWidget(QLabel("×"))
            if size is not None:
                line.addWidget(QLabel(str(size)))
                continue
            box = QSpinBox()
            box.setRange(1, _LARGEST)
            box.setValue(_proposed(shape, axis))
            box.setAccessibleName(self.tr("{name}, axis {axis}").format(name=name, axis=axis))
            box.setToolTip(self.tr("The size the network will run with; ask who trained it"))
            self.boxes[name, axis] = box
            line.addWidget(box)
        line.addStretch(1)
        return row

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {
            name: tuple(
                self.boxes[name, axis].value() if size is None else size
                for axis, size in enumerate(shape)
            )
            for name, shape in self._known.items()
        }


def _proposed(shape: tuple[int | None, ...], axis: int) -> int:
    """1 picture, 3 channels, and a square of the side that is known or usual (NCHW)."""
    if axis == 0:
        return 1
    if len(shape) == 4 and axis == 1:
        return 3
    sides = [size for size in shape[2:] if size]
    return sides[0] if sides else _USUAL_SIDE


class ShortcutsDialog(QDialog):
    """The action table as a page to learn from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(5)
        menus = {**dict(MENUS), **{name: text for name, _parent, text in SUBMENUS}}
        row = 0
        for menu, title in menus.items():
            specs = [spec for spec in ACTIONS if spec.menu == menu and spec.keys]
            if not specs:
                continue
            heading = QLabel(f"<b>{without_marks(translated(title))}</b>")
            grid.addWidget(heading, row, 0, 1, 2)
            row += 1
            for spec in specs:
                grid.addWidget(QLabel(without_marks(translated(spec.text))), row, 0)
                keys = QLabel(shown_keys(spec))
                keys.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(keys, row, 1)
                row += 1
            for text, shown in GRAPH_KEYS if menu == "graph" else ():
                grid.addWidget(QLabel(translated(text)), row, 0)
                grid.addWidget(QLabel(translated(shown)), row, 1)
                row += 1
        page = QWidget()
        page.setLayout(grid)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(page.sizeHint().width() + 30)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(scroll)
        column.addWidget(buttons)
        self.resize(self.sizeHint().width(), 620)

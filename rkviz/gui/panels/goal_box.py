"""GoalBox: what the best plan is to reach, and how quality is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from rkviz.gui import files
from rkviz.gui.lessons import lesson
from rkviz.numerics import QuantScheme

if TYPE_CHECKING:
    from rkviz.plan_search import SearchRequest

QUALITIES = {
    "snr": QT_TRANSLATE_NOOP("GoalBox", "SNR of the outputs (dB)"),
    "cosine": QT_TRANSLATE_NOOP("GoalBox", "Lowest cosine of the outputs"),
    "worst-slice": QT_TRANSLATE_NOOP("GoalBox", "Lowest cosine of their parts"),
    "top1": QT_TRANSLATE_NOOP("GoalBox", "Top-1 agreement with float"),
    "labels": QT_TRANSLATE_NOOP("GoalBox", "Top-1 on labels…"),
    "own": QT_TRANSLATE_NOOP("GoalBox", "Function of your own…"),
}
_FLOORS = {
    "snr": 20.0,
    "cosine": 0.99,
    "worst-slice": 0.99,
    "top1": 0.95,
    "labels": 0.7,
    "own": 0.9,
}
_TYPES = (QuantScheme.U8, QuantScheme.I8, QuantScheme.I16, QuantScheme.FLOAT)
_USUAL = (QuantScheme.U8, QuantScheme.I16, QuantScheme.FLOAT)


class GoalBox(QWidget):
    """`request()` is what the fields say."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quality = QComboBox()
        self.quality.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for id in QUALITIES:
            self.quality.addItem("", id)
        self._caption = QLabel()
        self._caption.setBuddy(self.quality)
        self.file, self.browse = QLineEdit(), QPushButton("…")
        self.browse.setFixedWidth(32)
        self.floor_goal, self.limit_goal, self.curve_goal = (QRadioButton() for _ in range(3))
        self.floor, self.limit = QDoubleSpinBox(), QDoubleSpinBox()
        self.floor.setDecimals(4)
        self.floor.setRange(-100, 1000)
        self.limit.setDecimals(3)
        self.limit.setRange(0.0001, 1e6)
        self.limit.setSuffix(" ms")
        self.types = {scheme: QCheckBox(scheme.short) for scheme in _TYPES}
        self._types_caption = QLabel()
        self._lay_out()
        self.floor_goal.setChecked(True)
        for scheme, box in self.types.items():
            box.setChecked(scheme in _USUAL)
            box.toggled.connect(self.edited)
        self.quality.currentIndexChanged.connect(self._turn)
        self.browse.clicked.connect(self._ask)
        self.file.textChanged.connect(self.edited)
        for goal, field in ((self.floor_goal, self.floor), (self.limit_goal, self.limit)):
            goal.toggled.connect(field.setEnabled)
            goal.toggled.connect(self.edited)
        self.limit.setEnabled(False)
        self._turn()

    def _lay_out(self) -> None:
        grid, row, types = QGridLayout(), QHBoxLayout(), QHBoxLayout()
        row.addWidget(self.file, 1)
        row.addWidget(self.browse)
        types.addWidget(self._types_caption)
        for box in self.types.values():
            types.addWidget(box)
        types.addStretch(1)
        grid.addWidget(self._caption, 0, 0)
        grid.addWidget(self.quality, 0, 1)
        grid.addLayout(row, 1, 0, 1, 2)
        grid.addWidget(self.floor_goal, 2, 0)
        grid.addWidget(self.floor, 2, 1)
        grid.addWidget(self.limit_goal, 3, 0)
        grid.addWidget(self.limit, 3, 1)
        grid.addWidget(self.curve_goal, 4, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
        layout.addLayout(types)

    def retranslate(self) -> None:
        self._caption.setText(self.tr("Quality"))
        self.quality.setToolTip(lesson("quality"))
        for row, text in enumerate(QUALITIES.values()):
            self.quality.setItemText(row, self.tr(text))
        self.floor_goal.setText(self.tr("At least"))
        self.floor_goal.setToolTip(self.tr("The fastest plan with this quality"))
        self.limit_goal.setText(self.tr("At most"))
        self.limit_goal.setToolTip(self.tr("The best plan within this estimated time"))
        self.curve_goal.setText(self.tr("No goal: points along the whole curve"))
        self._types_caption.setText(self.tr("Types"))
        self.browse.setAccessibleName(self.tr("Choose the file"))
        self.floor.setAccessibleName(self.tr("Least quality"))
        self.limit.setAccessibleName(self.tr("Most time"))
        self._turn_file()

    @property
    def kind(self) -> str:
        return str(self.quality.currentData())

    @property
    def is_complete(self) -> bool:
        """Whether there is enough to search with."""
        needs_file = self.kind in ("labels", "own")
        some = any(box.isChecked() for box in self.types.values())
        return some and (not needs_file or bool(self.file.text().strip()))

    def propose_limit(self, milliseconds: float) -> None:
        """A limit near the present time, as long as the user chose none."""
        if not self.limit_goal.isChecked():
            self.limit.setDecimals(3 if milliseconds >= 0.1 else 5)
            self.limit.setValue(milliseconds)

    def request(self) -> SearchRequest:
        from rkviz.plan_search import SearchRequest
        from rkviz.search.points import Goal

        goal = Goal()
        if self.floor_goal.isChecked():
            goal = Goal(min_quality=self.floor.value())
        elif self.limit_goal.isChecked():
            goal = Goal(max_ms=self.limit.value())
        file = self.file.text().strip()
        return SearchRequest(
            goal,
            quality=file if self.kind == "own" else self.kind,
            labels=Path(file) if self.kind == "labels" else None,
            types=tuple(scheme for scheme, box in self.types.items() if box.isChecked()),
        )

    def _turn(self, _index: int = 0) -> None:
        self.floor.setDecimals(1 if self.kind == "snr" else 4)
        self.floor.setValue(_FLOORS[self.kind])
        self.floor.setSingleStep(1.0 if self.kind == "snr" else 0.005)
        self._turn_file()
        self.edited.emit()

    def _turn_file(self) -> None:
        is_own = self.kind == "own"
        for widget in (self.file, self.browse):
            widget.setVisible(is_own or self.kind == "labels")
        self.file.setPlaceholderText(
            self.tr("FILE.py:function(outputs, float_outputs)")
            if is_own
            else self.tr("Labels file, lines: picture class")
        )

    def _ask(self) -> None:
        is_own = self.kind == "own"

        def chosen(paths: list[Path]) -> None:
            self.file.setText(f"{paths[0]}:quality" if is_own else str(paths[0]))

        kinds = self.tr("Python files") + " (*.py)" if is_own else self.tr("Labels") + " (*.txt)"
        files.ask_which(self, self.tr("Choose the file"), Path.home(), kinds, chosen)

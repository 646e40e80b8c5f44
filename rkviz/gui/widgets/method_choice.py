"""MethodChoice: how a range is chosen, by the toolkit's names, with what is inherited as such."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QEvent, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QSizePolicy, QWidget

from rkviz.gui.widgets.adapting import Adapting
from rkviz.quantize.range_method import NORMAL, RangeKind, RangeMethod

_WORDS = {
    RangeKind.NORMAL: QT_TRANSLATE_NOOP("MethodChoice", "smallest and largest value"),
    RangeKind.MOVING_AVERAGE: QT_TRANSLATE_NOOP(
        "MethodChoice", "minimum and maximum averaged over the pictures"
    ),
    RangeKind.PERCENTILE: QT_TRANSLATE_NOOP(
        "MethodChoice", "the range that holds a share of all values"
    ),
    RangeKind.KL_DIVERGENCE: QT_TRANSLATE_NOOP(
        "MethodChoice", "the clipping that keeps the distribution best"
    ),
    RangeKind.MMSE: QT_TRANSLATE_NOOP("MethodChoice", "the clipping with the least squared error"),
}
_PARAMETERS = {RangeKind.MOVING_AVERAGE: (0.0001, 1.0, 4), RangeKind.PERCENTILE: (50.1, 100.0, 4)}
"""Kind -> smallest, largest value and decimals of its parameter."""
ACTIVATION_KINDS = tuple(RangeKind)
WEIGHT_KINDS = tuple(kind for kind in RangeKind if kind is not RangeKind.MOVING_AVERAGE)


class MethodChoice(Adapting, QWidget):
    """Asks for a RangeMethod, or None for the inherited one; the owner decides and shows."""

    chosen = Signal(object)

    def __init__(
        self,
        kinds: Sequence[RangeKind] = ACTIVATION_KINDS,
        inherits: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kinds, self._inherits = tuple(kinds), inherits
        self._shown: tuple[RangeMethod | None, RangeMethod] = (None, NORMAL)
        self._differs = False
        self.kinds = QComboBox()
        self.kinds.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.parameter = QDoubleSpinBox()
        self.parameter.setKeyboardTracking(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.kinds, 1)
        layout.addWidget(self.parameter)
        self.kinds.activated.connect(self._choose)
        self.parameter.valueChanged.connect(self._set_parameter)
        for widget in (self.kinds, self.parameter):  # a scrolled panel changes no settings
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            widget.installEventFilter(self)
        self.retranslate()

    def show_methods(self, own: Collection[RangeMethod | None], inherited: RangeMethod) -> None:
        """What was chosen for several layers; nothing is marked where it differs."""
        self.show_method(next(iter(own), None), inherited)
        self._differs = len(set(own)) > 1
        if self._differs:
            self.kinds.setCurrentIndex(-1)
            self.parameter.hide()

    def show_method(self, own: RangeMethod | None, inherited: RangeMethod) -> None:
        """`own` is what was chosen here, None where the `inherited` one is in force."""
        changed = self._shown[1] != inherited
        self._shown, self._differs = (own, inherited), False
        if changed:
            self.retranslate()
        kind = own.kind if own is not None else None
        index = self.kinds.findData(kind)
        self.kinds.setCurrentIndex(index)
        limits = _PARAMETERS.get(kind) if kind else None
        self.parameter.setVisible(limits is not None)
        if limits is not None and own is not None:
            least, most, decimals = limits
            self.parameter.blockSignals(True)
            self.parameter.setDecimals(decimals)
            self.parameter.setRange(least, most)
            self.parameter.setSingleStep(0.01)
            self.parameter.setSuffix(" %" if own.kind is RangeKind.PERCENTILE else "")
            self.parameter.setValue(own.parameter or 0.0)
            self.parameter.blockSignals(False)

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def retranslate(self) -> None:
        own, inherited = self._shown
        self.kinds.clear()
        if self._inherits:
            text = self.tr("Inherited: {method}").format(method=inherited.kind.value)
            self.kinds.addItem(text, None)
        for kind in self._kinds:
            words = QCoreApplication.translate("MethodChoice", _WORDS[kind])
            self.kinds.addItem(f"{kind.value}: {words}", kind)
            self.kinds.setItemData(self.kinds.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        index = self.kinds.findData(own.kind if own is not None else None)
        self.kinds.setCurrentIndex(-1 if self._differs else index)
        self.kinds.setPlaceholderText(self.tr("Different methods"))
        self.kinds.setAccessibleName(self.tr("Range method"))
        self.kinds.setToolTip(
            self.tr("How the range follows from the values seen; all methods stay per tensor")
        )
        self.parameter.setAccessibleName(self.tr("Parameter of the range method"))
        self.parameter.setToolTip(
            self.tr("Percent of the values inside, or the weight of each further picture")
        )

    def _choose(self, index: int) -> None:
        kind, own = self.kinds.itemData(index), self._shown[0]
        is_same = (own.kind if own is not None else None) is kind and not self._differs
        if not is_same:
            self.chosen.emit(RangeMethod(kind) if kind is not None else None)

    def _set_parameter(self, value: float) -> None:
        own = self._shown[0]
        if own is not None and own.parameter != value:
            self.chosen.emit(RangeMethod(own.kind, value))

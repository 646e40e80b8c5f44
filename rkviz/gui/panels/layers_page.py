"""LayersPage: several layers at once, one choice of type and range method for all of them."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from rkviz.gui.panels.layer_list import LayerList
from rkviz.gui.panels.layer_rows import effective_scheme
from rkviz.gui.session import Session
from rkviz.gui.widgets.facts import Facts
from rkviz.gui.widgets.method_choice import WEIGHT_KINDS, MethodChoice
from rkviz.gui.widgets.section import Section
from rkviz.gui.widgets.type_buttons import TypeButtons
from rkviz.quantize.range_method import RangeMethod


class LayersPage(QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.title = QLabel()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.types = TypeButtons()
        self.list = LayerList()
        self._type = Section(self.types)
        self.ranges, self.weights = MethodChoice(), MethodChoice(WEIGHT_KINDS)
        self.methods = Facts(("ranges", "weights"))
        self.methods.show_widget("ranges", self.ranges)
        self.methods.show_widget("weights", self.weights)
        self._methods = Section(self.methods)
        self._layers = Section(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self._type, self._methods, self._layers):
            layout.addWidget(widget)
        self.types.chosen.connect(lambda scheme: session.set_scheme(session.selection, scheme))
        self.ranges.chosen.connect(self._set_ranges)
        self.weights.chosen.connect(self._set_weights)
        self.list.chosen.connect(lambda layer: session.select([layer]))

    def retranslate(self) -> None:
        self._type.set_heading(self.tr("Type of all of them"))
        self.list.setAccessibleName(self.tr("The chosen layers, worst first"))
        self._methods.set_heading(self.tr("How ranges are chosen"))
        self.methods.set_caption("ranges", self.tr("Outputs"))
        self.methods.set_caption("weights", self.tr("Weights"))
        self._layers.set_heading(self.tr("Selected layers, worst first"))

    @Slot()
    def refresh(self) -> None:
        session = self._session
        if session.project is None or session.results.graph is None:
            return
        config, plan = session.project.config, session.results.plan
        self.title.setText(self.tr("{count} layers").format(count=len(session.selection)))
        overrides = [config.for_layer(layer).scheme for layer in session.selection]
        current = session.has_current_plan
        shown = {effective_scheme(name, plan, config, current) for name in session.selection}
        self.types.show_state(shown - {None}, any(override is not None for override in overrides))
        layers = [config.for_layer(layer) for layer in session.selection]
        self.ranges.show_methods([each.range_method for each in layers], config.range_method)
        self.weights.show_methods([each.weights_method for each in layers], config.weights_method)
        self.list.show_layers(session, session.selection)

    @Slot(object)
    def _set_ranges(self, method: RangeMethod | None) -> None:
        session = self._session
        if session.project is not None:
            text = self.tr("Range method of {count} layers").format(count=len(session.selection))
            after = session.project.config.with_range_method(session.selection, method)
            session.edit_config(after, text, "methods")

    @Slot(object)
    def _set_weights(self, method: RangeMethod | None) -> None:
        session = self._session
        if session.project is not None:
            text = self.tr("Range method of the weights of {count} layers")
            after = session.project.config.with_weights_method(session.selection, method)
            session.edit_config(after, text.format(count=len(session.selection)), "weights")

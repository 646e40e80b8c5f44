"""LayersPage: several layers at once, one choice of type for all of them."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from rkviz.gui.panels.layer_list import LayerList
from rkviz.gui.panels.layer_rows import effective_scheme
from rkviz.gui.session import Session
from rkviz.gui.widgets.section import Section
from rkviz.gui.widgets.type_buttons import TypeButtons


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
        self._layers = Section(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self._type, self._layers):
            layout.addWidget(widget)
        self.types.chosen.connect(lambda scheme: session.set_scheme(session.selection, scheme))
        self.list.chosen.connect(lambda layer: session.select([layer]))

    def retranslate(self) -> None:
        self._type.set_heading(self.tr("Type of all of them"))
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
        self.list.show_layers(session, session.selection)

"""LayerPanel: the selected layer in full, its type and range to change; or the whole network."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from rkviz.gui.diagnosis import Diagnosis
from rkviz.gui.panels.layer_page import LayerPage
from rkviz.gui.panels.layers_page import LayersPage
from rkviz.gui.panels.network_page import NetworkPage
from rkviz.gui.session import Session
from rkviz.gui.settings import Settings
from rkviz.gui.widgets.adapting import Adapting
from rkviz.gui.widgets.section import scrolled

_NARROWEST = 310
"""Pixels in which nothing is cut off, in either language."""


class LayerPanel(Adapting, QWidget):
    """One page each for one layer, for several, and for none: then it is about all of them."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.diagnosis = Diagnosis(session)
        self.network = NetworkPage(session, self.diagnosis)
        self.layer = LayerPage(session, self.diagnosis)
        self.layers = LayersPage(session)
        self._pages = QStackedWidget()
        self._areas = {page: scrolled(page) for page in (self.network, self.layer, self.layers)}
        for area in self._areas.values():
            self._pages.addWidget(area)
        self._worked_in = [self.layer.sections[key] for key in ("range", "weights", "maps")]
        self._areas[self.layer].keep_steady(*self._worked_in)
        self.setMinimumWidth(_NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        for signal in (
            session.results_changed,
            session.project_changed,
            session.view_changed,
            session.stale_changed,
            session.comparing.changed,
        ):
            signal.connect(self.refresh)
        session.selection_changed.connect(self._turn_page)
        self.retranslate()

    @property
    def page(self) -> QWidget:
        """The page that is shown now."""
        count = len(self._session.selection)
        return (self.network, self.layer)[count] if count < 2 else self.layers

    @Slot()
    def refresh(self) -> None:
        """Show the session's values on the page in front."""
        self.page.refresh()
        self._pages.setCurrentWidget(self._areas[self.page])

    @Slot()
    def _turn_page(self) -> None:
        self.layer.forget_typing()
        self.refresh()
        focus = self.focusWidget()
        if focus is None or not any(part.isAncestorOf(focus) for part in self._worked_in):
            self._areas[self.page].verticalScrollBar().setValue(0)

    def keep(self, settings: Settings) -> None:
        """Remember which sections are folded."""
        settings.keep_layout("sections", self.layer.folded.encode())

    def restore(self, settings: Settings) -> None:
        """Fold what was folded the last time; the first time what costs work."""
        known = settings.layout("sections")
        if known:
            self.layer.fold(known.decode("ascii", "replace"))

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Layer"))
        for page in self._areas:
            page.retranslate()
        self.refresh()

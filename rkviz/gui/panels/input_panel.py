"""InputPanel: the pictures, and how they become what the network is fed with."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from rkviz.gui.panels.input_preview import InputPreview
from rkviz.gui.panels.pictures_box import PicturesBox
from rkviz.gui.panels.preprocessing_box import PreprocessingBox
from rkviz.gui.session import Session
from rkviz.gui.widgets.adapting import Adapting, EmptyNote
from rkviz.gui.widgets.section import Section, scrolled


class InputPanel(Adapting, QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.pictures = PicturesBox(session)
        self.preprocessing = PreprocessingBox(session)
        self.preview = InputPreview(session)
        self._empty = EmptyNote()
        self._sections = [
            Section(part) for part in (self.pictures, self.preprocessing, self.preview)
        ]
        self._pages = QStackedWidget()
        self._pages.addWidget(scrolled(self._empty))
        self._pages.addWidget(scrolled(*self._sections))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        session.project_changed.connect(self._turn_page)
        self.retranslate()

    @Slot()
    def _turn_page(self) -> None:
        self._pages.setCurrentIndex(0 if self._session.project is None else 1)

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Input"))
        self._empty.setText(self.tr("Open a model first; then choose pictures for it here."))
        headings = (
            self.tr("Pictures"),
            self.tr("Preprocessing, in the toolkit's words"),
            self.tr("First picture as the network sees it"),
        )
        for section, text in zip(self._sections, headings, strict=True):
            section.set_heading(text)
        for part in (self.pictures, self.preprocessing, self.preview):
            part.retranslate()
        self._turn_page()

"""What colours the graph: which metric, own or accumulated, which picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from rkviz.analyse.metrics import METRICS
from rkviz.analyse.report import KINDS
from rkviz.gui.panels.layer_words import metric_title
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme


class ViewBar(QWidget):
    """A row of choices above the graph; shows and sets the session's view."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._label = QLabel()
        self.metric_box = QComboBox()
        for metric in METRICS:
            self.metric_box.addItem("", metric)
        self.metric_box.activated.connect(
            lambda at: session.set_view(metric=self.metric_box.itemData(at))
        )
        self.kinds: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        for kind in KINDS:
            button = QToolButton()
            button.setCheckable(True)
            button.setObjectName("kind")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(lambda _checked, kind=kind: session.set_view(kind=kind))
            self._group.addButton(button)
            self.kinds[kind] = button
        self.picture_box = QComboBox()
        self.picture_box.setMaximumWidth(200)
        self.picture_box.activated.connect(
            lambda at: session.set_view(image=self.picture_box.itemData(at))
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(6)
        row.addWidget(self._label)
        row.addWidget(self.metric_box)
        row.addSpacing(4)
        for button in self.kinds.values():
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self.picture_box)
        row.addStretch(1)
        session.view_changed.connect(self._show_view)
        session.results_changed.connect(self._fill_pictures)
        self._retranslate()
        self._recolour()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._recolour()
        super().changeEvent(event)

    def _fill_pictures(self, _results: object = None) -> None:
        report = self._session.results.report
        names = report.images if report else ()
        with QSignalBlocker(self.picture_box):
            self.picture_box.clear()
            self.picture_box.addItem(self.tr("All pictures"), None)
            for image, name in enumerate(names):
                self.picture_box.addItem(name, image)
        self.picture_box.setVisible(len(names) > 1)
        self._show_view()

    def _show_view(self, _view: object = None) -> None:
        view = self._session.view
        self.metric_box.setCurrentIndex(self.metric_box.findData(view.metric))
        self.kinds[view.kind].setChecked(True)
        self.picture_box.setCurrentIndex(0 if view.image is None else view.image + 1)

    def _retranslate(self) -> None:
        self._label.setText(self.tr("Colour:"))
        for at, metric in enumerate(METRICS):
            self.metric_box.setItemText(at, metric_title(metric))
        words = {
            "own": (
                self.tr("Own"),
                self.tr("Only this layer is quantized (individual): finds the culprit"),
            ),
            "accumulated": (
                self.tr("Accumulated"),
                self.tr("The whole network is quantized (entire): shows the victims"),
            ),
        }
        for kind, (text, tip) in words.items():
            self.kinds[kind].setText(text)
            self.kinds[kind].setToolTip(tip)
        self.metric_box.setAccessibleName(self.tr("Metric that colours the graph"))
        self.picture_box.setAccessibleName(self.tr("Picture the errors belong to"))
        self._fill_pictures()

    def _recolour(self) -> None:
        theme = current_theme()
        wanted = f"""
        #view_bar {{ background: {theme.base}; border-bottom: 1px solid {theme.border}; }}
        #kind {{ border: 1px solid {theme.border}; border-radius: 5px; padding: 3px 10px;
                 background: transparent; }}
        #kind:hover {{ background: {theme.hover}; }}
        #kind:checked {{ background: {theme.accent}; color: {theme.on_accent};
                 border-color: {theme.accent}; }}
        #kind:focus {{ border-color: {theme.text}; }}
        """
        if self.styleSheet() != wanted:
            self.setStyleSheet(wanted)

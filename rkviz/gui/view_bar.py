"""What colours the graph: which metric, own or accumulated, which picture."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QToolButton,
    QWidget,
)

from rkviz.analyse.report import KINDS
from rkviz.gui.lessons import lesson
from rkviz.gui.measures import MEASURES, is_known, measure_of, measure_title
from rkviz.gui.ranking import worst_picture
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting

_WORST = "worst"
"""Follow the selection: the picture that is the worst for it."""


class ViewBar(Adapting, QWidget):
    """A row of choices above the graph; shows and sets the session's view."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._label = QLabel()
        self.metric_box = QComboBox()
        for measure in MEASURES:
            self.metric_box.addItem("", measure)
        self.metric_box.activated.connect(self._choose_measure)
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
        self.picture_box.activated.connect(self._choose_picture)
        self._follows_worst = False
        self._followed = 0
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
        session.selection_changed.connect(self._follow)
        session.comparing.changed.connect(self._offer)
        session.searching.changed.connect(self._offer)
        self._offer()
        self.retranslate()
        self.recolour()

    def _choose_measure(self, at: int) -> None:
        measure = self.metric_box.itemData(at)
        if MEASURES[measure].is_error:
            self._session.set_view(metric=measure, colour="")
        else:
            self._session.set_view(colour=measure)

    def _offer(self, _compared: object = None) -> None:
        """List the measures there are numbers for."""
        popup, results = self.metric_box.view(), self._session.results
        assert isinstance(popup, QListView)
        for at, measure in enumerate(MEASURES):
            popup.setRowHidden(at, not is_known(measure, results))
        if not is_known(self._session.view.colour, results):
            self._session.set_view(colour="")

    # -- pictures -----------------------------------------------------------------------------

    def _choose_picture(self, at: int) -> None:
        chosen = self.picture_box.itemData(at)
        self._follows_worst = chosen == _WORST
        if self._follows_worst:
            self._follow()
            self._show_view()
        else:
            self._session.set_view(image=chosen)

    def _follow(self, _selection: object = None) -> None:
        """Show the picture that is the worst for the selected layer, or else for the output."""
        if self._follows_worst:
            session = self._session
            layers = session.selection
            worst = worst_picture(session.results, session.view, layers[-1] if layers else "")
            if worst is not None:
                self._followed = worst
                session.set_view(image=worst)

    def _fill_pictures(self, _results: object = None) -> None:
        report = self._session.results.report
        names = report.images if report else ()
        with QSignalBlocker(self.picture_box):
            self.picture_box.clear()
            self.picture_box.addItem(self.tr("All pictures"), None)
            self.picture_box.addItem(self.tr("Worst for the layer"), _WORST)
            for image, name in enumerate(names):
                self.picture_box.addItem(name, image)
        self._follow()
        self._show_view()

    def _show_view(self, _view: object = None) -> None:
        view, report = self._session.view, self._session.results.report
        self.metric_box.setCurrentIndex(self.metric_box.findData(view.colour or view.metric))
        self.kinds[view.kind].setChecked(True)
        first = self.picture_box.findData(_WORST)
        at = 0 if view.image is None else first + 1 + view.image
        # who steps to another picture wants to stay there
        self._follows_worst = self._follows_worst and view.image == self._followed
        if self._follows_worst:
            at = first
        self.picture_box.setCurrentIndex(at)
        measure = measure_of(view)
        said = lesson(view.colour or view.metric) or self.tr("What colours the graph")
        self.metric_box.setToolTip(said)
        is_error = measure.is_error
        for button in self.kinds.values():
            button.setVisible(is_error or measure.has_kinds)
        self.picture_box.setVisible(is_error and report is not None and len(report.images) > 1)
        names = report.images if report else ()
        shown = names[view.image] if view.image is not None and view.image < len(names) else ""
        self.picture_box.setToolTip(
            shown or self.tr("Errors over all pictures, or of one; , and . step through them")
        )

    def retranslate(self) -> None:
        self._label.setText(self.tr("Colour:"))
        for at, measure in enumerate(MEASURES):
            self.metric_box.setItemText(at, measure_title(measure))
            self.metric_box.setItemData(at, lesson(measure), Qt.ItemDataRole.ToolTipRole)
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
        self.metric_box.setAccessibleName(self.tr("What colours the graph"))
        self.picture_box.setAccessibleName(self.tr("Picture the errors belong to"))
        self._fill_pictures()

    def recolour(self) -> None:
        theme = current_theme()
        wanted = f"""
        #view_bar {{ background: {theme.base}; border-bottom: 1px solid {theme.border}; }}
        #kind {{ border: 1px solid {theme.outline}; border-radius: 5px; padding: 3px 10px;
                 background: transparent; }}
        #kind:hover {{ background: {theme.hover}; }}
        #kind:checked {{ background: {theme.accent}; color: {theme.on_accent};
                 border-color: {theme.accent}; }}
        #kind:focus {{ border-color: {theme.text}; }}
        """
        if self.styleSheet() != wanted:
            self.setStyleSheet(wanted)

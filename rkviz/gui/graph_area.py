"""The centre: the graph with its mini-map, laid out and coloured in the background."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from rkviz.errors import RkvizError
from rkviz.gui.canvas.legend import Legend
from rkviz.gui.canvas.minimap import Minimap
from rkviz.gui.canvas.scene import BoxPaint
from rkviz.gui.canvas.view import GraphView
from rkviz.gui.colouring import Drawing, draw, paint_of, scale_of
from rkviz.gui.jobs import Job, Publish
from rkviz.gui.panels.layer_rows import effective_scheme
from rkviz.gui.panels.layer_words import metric_title
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.view_bar import ViewBar
from rkviz.picture.colour_scale import ColourScale
from rkviz.picture.labels import badge
from rkviz.progress import Progress
from rkviz.results import Results
from rkviz.target import Engine

_LANE = "picture"
_ZOOM_STEPS = 2
_FIXED_BADGES = (badge(None), badge(None, Engine.CPU))
"""Where the type asked for changes nothing."""


class GraphArea(QWidget):
    """Shows the session's graph. Layout and paint are jobs, so that big graphs do not stall it."""

    drawn = Signal()
    """The graph has its boxes, colours and badges."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._drawing: Drawing | None = None
        self._paint = BoxPaint()
        self._dark: bool | None = None
        self._shown: tuple[object, ...] = (None, None, None)
        self._thresholds: dict[str, tuple[float, ...]] = {}
        self.view = GraphView()
        self.minimap = Minimap(self.view)
        self.legend = Legend()
        """Stands where the window puts it."""
        self.bar = ViewBar(session)
        self.setFocusProxy(self.view)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.view, 1)
        row.addWidget(self.minimap)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(row, 1)
        self._apply_theme()
        self._explain()
        self.view.layer_clicked.connect(self._clicked)
        self.legend.thresholds_changed.connect(self._set_thresholds)
        session.results_changed.connect(self._show_results)
        session.view_changed.connect(self._redraw)
        session.stale_changed.connect(self._show_paint)
        session.config_changed.connect(self._show_paint)
        session.selection_changed.connect(self._show_selection)

    @property
    def is_settled(self) -> bool:
        """Whether the session's results are on the screen, to the last tile."""
        drawn = self._drawing is not None and self._drawing.graph is self._session.results.graph
        waits = self._session.runner.is_running(_LANE)
        return drawn and not waits and self.view.is_settled

    def fit(self) -> None:
        self.view.show_all()

    def zoom_in(self) -> None:
        self.view.zoom(_ZOOM_STEPS)

    def zoom_out(self) -> None:
        self.view.zoom(-_ZOOM_STEPS)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_theme()
        elif event.type() == QEvent.Type.LanguageChange:
            self._explain()
        super().changeEvent(event)

    def _apply_theme(self) -> None:
        dark = current_theme().is_dark
        if self._dark is not dark:
            self._dark = dark
            self.view.set_theme(dark)
            self.legend.set_theme(dark)

    # -- legend -------------------------------------------------------------------------------

    def _scale(self) -> ColourScale:
        view = self._session.view
        return scale_of(view, self._thresholds.get(view.metric, ()))

    def _explain(self) -> None:
        """Make the legend tell what the colours mean now."""
        session = self._session
        self.legend.set_scale(self._scale(), metric_title(session.view.metric), session.is_stale)
        self.legend.setWindowTitle(self.tr("Legend"))

    # -- drawing ------------------------------------------------------------------------------

    def _show_results(self, results: Results) -> None:
        """Draw again only when something of it changed: a run publishes every step."""
        shown = (results.graph, results.plan, results.report)
        if any(new is not old for new, old in zip(shown, self._shown, strict=True)):
            self._shown = shown
            self._redraw()

    def _redraw(self, _changed: object = None) -> None:
        """Start the job that lays out what is new and paints it; the latest wins."""
        results, view, drawing = self._session.results, self._session.view, self._drawing
        graph = results.graph
        if graph is None:
            return
        scale = self._scale()
        self._explain()

        def work(progress: Progress, _publish: Publish) -> tuple[Drawing, BoxPaint]:
            placed = drawing
            if placed is None or placed.graph is not graph:
                placed = draw(graph, progress)
            return placed, paint_of(results, view, scale, placed, progress)

        is_new = drawing is None or drawing.graph is not graph
        title = self.tr("Drawing the graph") if is_new else ""
        self._session.runner.submit(Job(_LANE, title, work, self._accept, self._fail))

    def _accept(self, made: tuple[Drawing, BoxPaint]) -> None:
        drawing, self._paint = made
        if drawing is not self._drawing:
            self._drawing = drawing
            self.view.set_graph(drawing.graph, drawing.layout)
            self._show_selection(self._session.selection)
        self._show_paint()
        self.drawn.emit()

    def _fail(self, error: RkvizError) -> None:
        self._session.message.emit("error", str(error))

    def _show_paint(self, _changed: object = None) -> None:
        """Show the paint, pale when it is of older settings; types are those asked for."""
        self._explain()
        session, drawing = self._session, self._drawing
        if drawing is None or session.project is None:
            return
        badges, plan = dict(self._paint.badges), session.results.plan
        if not session.has_current_plan:
            for head in drawing.graph.heads:
                scheme = effective_scheme(head, plan, session.project.config, False)
                if scheme is not None and badges.get(head) not in _FIXED_BADGES:
                    badges[head] = scheme.short
        self.view.set_paint(replace(self._paint, badges=badges, stale=session.is_stale))

    def _set_thresholds(self, thresholds: tuple[float, ...]) -> None:
        self._thresholds[self._session.view.metric] = thresholds
        self._redraw()

    # -- selection ----------------------------------------------------------------------------

    def _show_selection(self, layers: tuple[str, ...]) -> None:
        self.view.set_selection(layers)
        if len(layers) == 1:
            self.view.reveal(layers[0])

    def _clicked(self, name: str, modifiers: Qt.KeyboardModifier) -> None:
        """A click selects; with Ctrl or Shift it adds or removes; the ground clears."""
        session = self._session
        several = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if not modifiers & several:
            session.select([name] if name else [])
        elif name in session.selection:
            session.select([other for other in session.selection if other != name])
        elif name:
            session.select([*session.selection, name])

"""The centre: the graph with its mini-map, laid out and coloured in the background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from rkviz.errors import RkvizError
from rkviz.gui.box_words import box_words
from rkviz.gui.canvas.legend import Legend
from rkviz.gui.canvas.minimap import Minimap
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.view import GraphView
from rkviz.gui.colouring import Drawing, DrawingMemory, Look, draw, paint_of, scale_of
from rkviz.gui.jobs import Job, Publish
from rkviz.gui.line_words import line_words
from rkviz.gui.measures import colour_title, measure_of
from rkviz.gui.search_bar import SearchBar
from rkviz.gui.session import Session
from rkviz.gui.theme import current_theme
from rkviz.gui.view_bar import ViewBar
from rkviz.gui.widgets.adapting import Adapting
from rkviz.picture.colour_scale import ColourScale
from rkviz.progress import Progress
from rkviz.results import Results

_LANE = "picture"
_ZOOM_STEPS = 2
_SEVERAL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class GraphArea(Adapting, QWidget):
    """Shows the session's graph. Layout and paint are jobs, so that big graphs do not stall it."""

    drawn = Signal()
    """The graph has its boxes, colours and badges."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._drawing: Drawing | None = None
        self._memory = DrawingMemory()
        self._folded: frozenset[str] = frozenset()
        self._dark: bool | None = None
        self._shown: tuple[object, ...] = (None, None, None)
        self._dragged: Mapping[str, tuple[float, ...]] = {}
        self.view = GraphView()
        self.minimap = Minimap(self.view)
        self.legend = Legend()
        """Stands where the window puts it."""
        self.bar = ViewBar(session)
        self.search = SearchBar(session)
        self.setFocusProxy(self.view)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.view, 1)
        row.addWidget(self.minimap)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.search)
        column.addLayout(row, 1)
        self.recolour()
        self._explain()
        self.view.line_words = lambda line: line_words(session.results, line)
        self.view.box_words = self._box_words
        self.view.box_clicked.connect(self._clicked)
        self.view.boxes_caught.connect(self._caught)
        self.view.box_double_clicked.connect(self._toggle_box)
        self.view.stage_clicked.connect(self._toggle)
        self.search.found.connect(self.view.set_hits)
        self.search.left.connect(self.view.setFocus)
        self.legend.thresholds_changed.connect(self._set_thresholds)
        self.legend.thresholds_chosen.connect(self._keep_thresholds)
        session.results_changed.connect(self._show_results)
        session.view_changed.connect(self._redraw)
        session.stale_changed.connect(self._redraw)
        session.config_changed.connect(self._redraw)
        session.comparing.changed.connect(self._redraw)
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

    def retranslate(self) -> None:
        self._redraw()
        self._explain()

    def recolour(self) -> None:
        dark = current_theme().is_dark
        if self._dark is not dark:
            self._dark = dark
            self.view.set_theme(dark)
            self.legend.set_theme(dark)

    def _box_words(self, box: str) -> str:
        """What a layer is; of a stage what its box says."""
        session = self._session
        return box_words(session.results, session.view, box) or self.view.tooltip(box)

    # -- legend -------------------------------------------------------------------------------

    def _look(self) -> Look:
        """What the session has to show now, with thresholds as they are being dragged."""
        session, project = self._session, self._session.project
        thresholds = {**session.view.thresholds, **self._dragged}
        return Look(
            session.results,
            replace(session.view, thresholds=thresholds),
            project.config if project else None,
            project.target if project else "",
            session.has_current_plan,
            session.is_stale,
        )

    def _explain(self) -> None:
        """Make the legend tell what the colours mean now."""
        look = self._look()
        title = colour_title(look.results, look.view)
        usual = scale_of(replace(look, view=replace(look.view, thresholds={})))
        own = usual.thresholds if isinstance(usual, ColourScale) else ()
        is_stale = look.is_stale and bool(own)  # types are shown as they were asked for
        has_gauges = look.results.report is not None
        self.legend.set_scale(scale_of(look), title, is_stale, own, has_gauges)
        self.legend.setWindowTitle(self.tr("Legend"))
        self.view.setAccessibleName(
            self.tr("Graph of the network; arrow keys walk along its lines")
        )

    def _set_thresholds(self, thresholds: tuple[float, ...]) -> None:
        self._dragged = {measure_of(self._session.view).metric.id: thresholds}
        self._redraw()

    def _keep_thresholds(self) -> None:
        """The handle was let go: the other views follow, too."""
        dragged, self._dragged = self._dragged, {}
        self._session.set_view(thresholds={**self._session.view.thresholds, **dragged})

    # -- drawing ------------------------------------------------------------------------------

    def _show_results(self, results: Results) -> None:
        """Draw again only when something of it changed: a run publishes every step."""
        shown = (results.graph, results.plan, results.report)
        if any(new is not old for new, old in zip(shown, self._shown, strict=True)):
            self._shown = shown
            self._redraw()

    def _redraw(self, _changed: object = None, anchor: str = "") -> None:
        """Start the job that lays out what is new and paints it; the latest wins."""
        look, drawing, folded = self._look(), self._drawing, self._folded
        graph, memory = look.results.graph, self._memory
        if graph is None:
            return
        self._explain()

        def work(progress: Progress, _publish: Publish) -> tuple[Drawing, Scene]:
            placed = drawing
            if placed is None or placed.graph is not graph or placed.folded != folded:
                placed = draw(graph, folded, memory, progress)
            return placed, paint_of(look, placed, progress)

        is_new = drawing is None or drawing.graph is not graph
        title = self.tr("Drawing the graph") if is_new else ""
        accept = partial(self._accept, anchor)
        self._session.runner.submit(Job(_LANE, title, work, accept, self._fail))

    def _accept(self, anchor: str, made: tuple[Drawing, Scene]) -> None:
        before, (drawing, scene) = self._drawing, made
        self._drawing = drawing
        same = before is not None and before.graph is drawing.graph
        if same and anchor:
            self.view.slide_to(scene, anchor)
        else:
            self.view.set_scene(scene, keep_view=same)
        if not same:
            self._show_selection(self._session.selection)
        self.drawn.emit()

    def _fail(self, error: RkvizError) -> None:
        self._session.message.emit("error", str(error))

    # -- stages -------------------------------------------------------------------------------

    def toggle_stage(self) -> None:
        """Fold or open the stages of the selection."""
        drawing, chosen = self._drawing, frozenset(self._session.selection)
        stages = drawing.stages if drawing else ()
        touched = [stage.name for stage in stages if not chosen.isdisjoint(stage.layers)]
        if touched:
            opens = self._folded.issuperset(touched)
            self._fold(
                self._folded - set(touched) if opens else self._folded | set(touched), touched[0]
            )

    def fold_all(self) -> None:
        """Every stage becomes one box."""
        names = [stage.name for stage in self._drawing.stages] if self._drawing else []
        self._fold(frozenset(names), self._stage_in_sight())

    def open_all(self) -> None:
        """Every layer has its box again."""
        self._fold(frozenset(), self._stage_in_sight())

    def _stage_in_sight(self) -> str:
        """The stage in the middle of what is seen, "" where there is none."""
        middle = self.view.visible_area.center().y()
        bands = self.view.scene.paint.bands
        near = min(bands, key=lambda b: max(b.top - middle, middle - b.bottom), default=None)
        return near.name if near else ""

    def _toggle(self, stage: str) -> None:
        self._fold(self._folded ^ {stage}, stage)

    def _toggle_box(self, box: str) -> None:
        if box in self._folded:
            self._toggle(box)

    def _fold(self, folded: frozenset[str], anchor: str) -> None:
        if folded != self._folded:
            self._folded = folded
            self._redraw(anchor=anchor)

    # -- selection ----------------------------------------------------------------------------

    def _show_selection(self, layers: tuple[str, ...]) -> None:
        self.view.set_selection(layers)
        if len({self.view.scene.box_of(name) for name in layers}) == 1:
            self.view.reveal(layers[0])

    def _clicked(self, box: str, modifiers: Qt.KeyboardModifier) -> None:
        """A click selects; with Ctrl or Shift it adds or removes; the ground clears."""
        layers = self.view.scene.layers_of(box) if box else ()
        chosen = dict.fromkeys(self._session.selection)
        if not modifiers & _SEVERAL:
            self._session.select(layers)
        elif layers and all(name in chosen for name in layers):
            self._session.select(name for name in chosen if name not in layers)
        elif layers:
            self._session.select([*chosen, *layers])

    def _caught(self, boxes: tuple[str, ...], modifiers: Qt.KeyboardModifier) -> None:
        """A rubber band selects; with Ctrl it adds to what is selected."""
        layers = [name for box in boxes for name in self.view.scene.layers_of(box)]
        adds = modifiers & Qt.KeyboardModifier.ControlModifier
        self._session.select([*self._session.selection, *layers] if adds else layers)

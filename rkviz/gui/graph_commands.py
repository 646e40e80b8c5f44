"""What the actions of the graph do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtWidgets import QApplication, QWidget

from rkviz.errors import RkvizError
from rkviz.graph.reach import downstream, upstream
from rkviz.gui import files
from rkviz.gui.graph_area import GraphArea
from rkviz.gui.jobs import Job
from rkviz.gui.measures import worst_of
from rkviz.gui.pictures import LEGEND_RATIO, Drawn, Picture, draw_picture, write_picture
from rkviz.gui.session import Session

_LANE = "picture file"


class GraphCommands(QObject):
    """Handlers of the graph's rows of the action table."""

    def __init__(self, window: QWidget, session: Session, graph: GraphArea) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._graph = graph

    # -- finding, selecting -------------------------------------------------------------------

    def find(self) -> None:
        self._graph.search.open()

    def step_hits(self, by: int) -> None:
        """To the next or previous hit; without a search, ask what to look for."""
        if self._graph.search.isVisible():
            self._graph.search.step(by)
        else:
            self._graph.search.open()

    def select_hits(self) -> None:
        self._graph.search.select_all()

    def select_all(self) -> None:
        graph = self._session.results.graph
        if graph is not None:
            self._session.select(graph.heads)

    def step_worst(self, by: int) -> None:
        """Select the layer that is next in how bad it is, by what colours the graph."""
        session, project = self._session, self._session.project
        ranking = worst_of(session.results, session.view, project.target) if project else []
        if not ranking:
            return
        selected = session.selection
        if len(selected) == 1 and selected[0] in ranking:
            place = (ranking.index(selected[0]) + by) % len(ranking)
        else:
            place = 0
        session.select([ranking[place]])

    def select_upstream(self) -> None:
        graph = self._session.results.graph
        if graph is not None:
            self._session.select(upstream(graph, self._session.selection))

    def select_downstream(self) -> None:
        graph = self._session.results.graph
        if graph is not None:
            self._session.select(downstream(graph, self._session.selection))

    # -- stages, pictures, colours ------------------------------------------------------------

    def toggle_stage(self) -> None:
        self._graph.toggle_stage()

    def fold_all(self) -> None:
        self._graph.fold_all()

    def open_all(self) -> None:
        self._graph.open_all()

    def step_pictures(self, by: int) -> None:
        """Colours of one picture after the other; all together come between last and first."""
        report, image = self._session.results.report, self._session.view.image
        if report is not None:
            # place 0 is all of them
            place = (0 if image is None else image + 1) + by
            place %= len(report.images) + 1
            self._session.set_view(image=place - 1 if place else None)

    # -- the graph as a picture ---------------------------------------------------------------

    def copy(self, whole: bool) -> None:
        """Put the graph, or what is seen of it, on the clipboard as PNG and SVG."""

        def done(drawn: Drawn) -> None:
            data = QMimeData()
            data.setImageData(drawn.image)
            data.setData("image/svg+xml", drawn.svg.encode())
            QApplication.clipboard().setMimeData(data)
            self._tell(self.tr("Copied the picture."), drawn.note)

        picture = self._picture(whole)
        self._submit(lambda: draw_picture(picture), done)

    def export(self, whole: bool) -> None:
        """Ask for a PNG or SVG file and write the graph, or what is seen of it."""
        project = self._session.project
        if project is None:
            return
        picture = self._picture(whole)

        def chosen(path: Path) -> None:
            def done(note: str) -> None:
                self._tell(self.tr("Exported {file}.").format(file=path), note)

            self._submit(lambda: write_picture(picture, path), done)

        filters = ";;".join(
            (self.tr("PNG pictures") + " (*.png)", self.tr("SVG pictures") + " (*.svg)")
        )
        title = self.tr("Export the graph as a picture")
        files.ask_where(self._window, title, project.model.with_suffix(".png"), filters, chosen)

    def _picture(self, whole: bool) -> Picture:
        view, legend = self._graph.view, self._graph.legend
        bounds = view.scene.layout.bounds
        seen = view.visible_area.getRect()
        # what is seen beside the graph is left out
        left, top = max(seen[0], bounds[0]), max(seen[1], bounds[1])
        right = min(seen[0] + seen[2], bounds[0] + bounds[2])
        bottom = min(seen[1] + seen[3], bounds[1] + bounds[3])
        area = (left, top, max(1.0, right - left), max(1.0, bottom - top))
        return Picture(
            view.scene,
            bounds if whole else area,
            view.theme.is_dark,
            self._session.project.model.stem if self._session.project else "",
            legend.image(LEGEND_RATIO),
            legend.entries(),
            legend.title,
        )

    def _submit(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        def failed(error: RkvizError) -> None:
            self._session.message.emit("error", str(error))

        job = Job(_LANE, self.tr("Drawing the picture"), lambda _p, _q: work(), done, failed)
        self._session.runner.submit(job)

    def _tell(self, text: str, note: str) -> None:
        level = "warning" if note else "info"
        self._session.message.emit(level, "\n".join(part for part in (text, note) if part))

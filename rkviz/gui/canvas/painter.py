"""Paints a piece of the scene, with as much detail as can be seen at its scale."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from rkviz.gui.canvas.box_painter import BoxPainter
from rkviz.gui.canvas.inks import Inks, fill_bars, pattern_of, qcolor, screen_font
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.side_words import BESIDE_FROM, SideWords
from rkviz.picture.colour_scale import Shade
from rkviz.picture.labels import Family
from rkviz.picture.layout import BOX_HEIGHT, BOX_WIDTH, LayoutEdge
from rkviz.picture.line_labels import HEIGHT, LabelPlace, is_straight, label_place

TITLE_FROM = 18.0
"""Pixels a box must be high to carry its title: its width leaves less for the letters."""
NAME_FROM = 30.0
"""Pixels a box must be high to carry its name below the title."""
WORDS_FROM = 46.0
"""Pixels a box must be high to carry everything."""
BARS_FROM = 6.0
_LEAST_WIDTH = 8.0
"""Pixels of a box from however far."""
_ROUND_LINES_FROM = 0.3
"""Scale from which lines have round corners and heads."""
_SHAPES_FROM = 0.84
"""Scale from which lines tell the shape of their tensor."""
_SHAPE_ROOM = 90.0
"""Units of the layout around a line in which its shape may stand."""
_CORNER = 7.0


@dataclass
class ScenePainter:
    """Paints one scene; remembers the paths of lines and the places of words on them."""

    scene: Scene
    inks: Inks
    _paths: dict[int, QPainterPath] = field(default_factory=dict)
    _shapes_of: dict[str, list[tuple[LabelPlace, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._boxes = BoxPainter(self.scene, self.inks)
        self._beside = SideWords(self.scene, self.inks)

    def repainted(self, scene: Scene) -> ScenePainter:
        """For the same boxes in other colours: lines stay as they are."""
        return ScenePainter(scene, self.inks, _paths=self._paths)

    def paint(self, painter: QPainter, area: QRectF, scale: float) -> None:
        """Paint what is in `area` (units of the layout); `painter` is set up for those units."""
        sides = (area.left(), area.top(), area.right(), area.bottom())
        slack = max(16.0, _LEAST_WIDTH / scale)
        wide = (sides[0] - slack, sides[1] - slack, sides[2] + slack, sides[3] + slack)
        if scale >= _ROUND_LINES_FROM:
            self._round_lines(painter, self.scene.lines_in(*wide))
        else:
            self._plain_lines(painter, self.scene.lines_in(*wide, least=2.5 / scale))
        rows = self.scene.boxes_in(*wide)
        height = BOX_HEIGHT * scale
        if scale >= BESIDE_FROM and height < WORDS_FROM:
            titled, named = height >= TITLE_FROM, height >= NAME_FROM
            self._beside.paint(painter, area, scale, titled, named)
        if height < TITLE_FROM:
            self._far_boxes(painter, rows, scale)
            return
        if scale >= _SHAPES_FROM:
            self._shapes(painter, wide)
        self._marks(painter, wide, height >= WORDS_FROM)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in rows.tolist():
            if height < WORDS_FROM:
                self._boxes.titled_box(painter, row, scale, height >= NAME_FROM)
            else:
                self._boxes.full_box(painter, row)

    def _plain_lines(self, painter: QPainter, rows: np.ndarray) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(self.inks.line)
        pen.setCosmetic(True)
        painter.setPen(pen)
        edges = self.scene.layout.edges
        for row in rows.tolist():
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in edges[row].points.tolist()]))

    def _round_lines(self, painter: QPainter, rows: np.ndarray) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.inks.line, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row in rows.tolist():
            painter.drawPath(self._path(row))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.inks.line)
        for row in rows.tolist():
            x, y = self.scene.layout.edges[row].points[-1].tolist()
            head = [QPointF(x, y), QPointF(x - 3.6, y - 7.5), QPointF(x + 3.6, y - 7.5)]
            painter.drawPolygon(QPolygonF(head))

    def _path(self, row: int) -> QPainterPath:
        path = self._paths.get(row)
        if path is None:
            path = self._paths[row] = round_path(self.scene.layout.edges[row].points)
        return path

    def _shapes(self, painter: QPainter, sides: tuple[float, float, float, float]) -> None:
        """The shape of a tensor beside its line, where there is room."""
        scene, edges = self.scene, self.scene.layout.edges
        font = screen_font(9)
        painter.setFont(font)
        painter.setPen(self.inks.words)
        metrics = QFontMetricsF(font)
        # words go over the borders of a tile: both sides have to know of them
        left, top, right, bottom = sides
        rows = scene.lines_in(left - _SHAPE_ROOM, top, right + _SHAPE_ROOM, bottom).tolist()
        for source in dict.fromkeys(edges[row].source for row in rows):
            if source not in self._shapes_of:
                self._shapes_of[source] = self._shape_places(source, metrics)
            for place, text in self._shapes_of[source]:
                painter.drawText(QPointF(*place), text)

    def _shape_places(self, source: str, metrics: QFontMetricsF) -> list[tuple[LabelPlace, str]]:
        """Where the shapes of all that a box gives stand, clear of lines and of one another."""
        scene, edges = self.scene, self.scene.layout.edges
        given = [line for line in scene.lines_of(source) if line.source == source]
        stacked = scene.labels[source].family is Family.STAGE
        taken: list[tuple[LabelPlace, float]] = []
        placed: list[tuple[LabelPlace, str]] = []
        for value in dict.fromkeys(line.value for line in given):
            text = scene.value_words.get(value, "")
            if not text:
                continue
            forks = [line for line in given if line.value == value]
            edge = next(filter(is_straight, forks), forks[0])
            x, y = edge.points[0].tolist()
            around = scene.lines_in(x - _SHAPE_ROOM, y, x + _SHAPE_ROOM, edge.points[-1][1])
            width = metrics.horizontalAdvance(text)
            near = [edges[line] for line in around.tolist()]
            place = label_place(edge, near, width, stacked, taken)
            # the head of a converted line has words of its own
            is_marked = (edge.source, edge.target) in scene.paint.marks
            if place is not None and not (is_marked and place.base > y + 2 * HEIGHT):
                taken.append((place, width))
                placed.append((place, text))
        return placed

    def _marks(
        self, painter: QPainter, sides: tuple[float, float, float, float], in_words: bool
    ) -> None:
        """Short words on the outer sides of line heads; dots where there is no room for them."""
        marks = self.scene.paint.marks
        if not marks:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = screen_font(9, bold=True)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        for row in self.scene.lines_in(*sides).tolist():
            edge = self.scene.layout.edges[row]
            text = marks.get((edge.source, edge.target))
            if text is None:
                continue
            x, y = (float(number) for number in edge.points[-1])
            width = metrics.horizontalAdvance(text) + 8
            side = self._free_side(edge, width + 8) if in_words else 0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.inks.mark)
            if side == 0:
                painter.drawEllipse(QPointF(x, y - 12), 4.0, 4.0)
                continue
            pill = QRectF(x + 5 if side > 0 else x - 5 - width, y - 14, width, 12.5)
            painter.drawRoundedRect(pill, 6.0, 6.0)
            painter.setPen(self.inks.ground)
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _free_side(self, edge: LayoutEdge, room: float) -> int:
        """1 or -1: where `room` is free beside a line's head; 0 when neighbours are too near."""
        x = float(edge.points[-1][0])
        others = [
            float(other.points[-1][0])
            for other in self.scene.lines_of(edge.target)
            if other.target == edge.target and other is not edge
        ]
        middle = self.scene.layout.rect(edge.target)[0] + BOX_WIDTH / 2
        sides = (1, -1) if x >= middle else (-1, 1)
        for side in sides:
            # a neighbour may have words on its own inner side
            if all((other - x) * side <= 0 or abs(other - x) > 2 * room for other in others):
                return side
        return 0

    def _far_boxes(self, painter: QPainter, rows: np.ndarray, scale: float) -> None:
        """Plain rectangles in their shade, the worst last so that none hides it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        scene = self.scene
        rows = self._worst_of_pixels(rows[np.argsort(scene.levels[rows], kind="stable")], scale)
        rects = scene.layout.rects[rows]
        # from very far a graph would be a hair: its rows stay as wide as a line one can see
        wider = np.maximum(0.0, _LEAST_WIDTH / scale - rects[:, 2])
        rects = rects + np.stack([-wider / 2, 0 * wider, wider, 0 * wider], axis=1)
        rects = np.maximum(rects, (-np.inf, -np.inf, 0.0, 1.0 / scale)).tolist()
        framed = BOX_HEIGHT * scale >= 4.0
        frame = QPen(self.inks.border)
        frame.setCosmetic(True)
        # of one colour at once: a call a box is what costs most here
        together: dict[Shade | Family, list[QRectF]] = {}
        for row, rect in zip(rows.tolist(), rects, strict=True):
            together.setdefault(self._fill(row), []).append(QRectF(*rect))
        for fill, areas in together.items():
            painter.setPen(frame if framed else Qt.PenStyle.NoPen)
            if isinstance(fill, Shade):
                painter.setBrush(qcolor(fill.rgb))
                painter.drawRects(areas)
                self._signs(painter, fill, areas, scale)
            else:
                painter.setBrush(self.inks.headers[fill])
                painter.drawRects(areas)

    def _worst_of_pixels(self, rows: np.ndarray, scale: float) -> np.ndarray:
        """Of `rows`, good ones first, what is seen where many boxes share a pixel."""
        if BOX_HEIGHT * scale >= 1.0:
            return rows
        corners = np.floor(self.scene.layout.rects[rows, :2] * scale).astype(np.int64)
        pixels = corners[:, 1] * (1 << 24) + corners[:, 0]
        _, last = np.unique(pixels[::-1], return_index=True)
        return rows[np.sort(len(rows) - 1 - last)]

    def _signs(self, painter: QPainter, shade: Shade, areas: list[QRectF], scale: float) -> None:
        """The second signs of boxes of one shade: a pattern, or bars where there is room."""
        pattern = pattern_of(shade)
        if pattern is not None:
            pattern.setTransform(pattern.transform().scale(1.0 / scale, 1.0 / scale))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pattern)
            painter.drawRects(areas)
        if shade.bars and BOX_HEIGHT * scale >= BARS_FROM:
            for area in areas:
                right, top = area.right() - 8, area.top() + 14
                fill_bars(painter, shade, right, top, 9.0, area.height() - 28)

    def _fill(self, row: int) -> Shade | Family:
        """What a box is filled with from far away: its shade, or its operator's colour."""
        scene = self.scene
        return scene.shades[row] or scene.labels[scene.layout.names[row]].family


def round_path(points: np.ndarray) -> QPainterPath:
    """A polyline with rounded corners; `points` is [k, 2]."""
    xy = points.tolist()
    path = QPainterPath(QPointF(*xy[0]))
    for before, corner, after in zip(xy, xy[1:], xy[2:], strict=False):
        path.lineTo(_towards(corner, before))
        path.quadTo(QPointF(*corner), _towards(corner, after))
    path.lineTo(QPointF(*xy[-1]))
    return path


def _towards(corner: list[float], other: list[float]) -> QPointF:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(_CORNER, length / 2) / length if length else 0.0
    return QPointF(corner[0] + dx * share, corner[1] + dy * share)

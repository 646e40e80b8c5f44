"""Paints a piece of the scene, with as much detail as can be seen at its scale."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)

from rkviz.gui.canvas.scene import Scene
from rkviz.gui.theme import Theme
from rkviz.picture.colour_scale import Shade, ink_on
from rkviz.picture.labels import HEADER_DARK, HEADER_LIGHT, Family
from rkviz.picture.layout import BOX_HEIGHT, BOX_WIDTH, HEADER_HEIGHT, LayoutEdge

TITLE_FROM = 14.0
"""Pixels a box must be high to carry its title."""
WORDS_FROM = 37.0
"""Pixels a box must be high to carry everything."""
BARS_FROM = 6.0
_ROUND_LINES_FROM = 0.3
"""Scale from which lines have round corners and heads."""
_CORNER = 7.0
_RADIUS = 5.0


def screen_font(pixels: float, bold: bool = False) -> QFont:
    """The application's font at a size in pixels that scales without jumps."""
    font = QFont()
    font.setPixelSize(max(1, round(pixels)))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def qcolor(rgb: tuple[int, int, int], alpha: int = 255) -> QColor:
    return QColor(*rgb, alpha)


@dataclass(frozen=True)
class Inks:
    """The colours of everything that is not a shade."""

    ground: QColor
    empty: QColor
    empty_ink: QColor
    border: QColor
    line: QColor
    mark: QColor
    headers: dict[Family, QColor]

    @staticmethod
    def of(theme: Theme) -> Inks:
        headers = HEADER_DARK if theme.is_dark else HEADER_LIGHT
        return Inks(
            ground=QColor(theme.base),
            empty=QColor("#2c323b" if theme.is_dark else "#ffffff"),
            empty_ink=QColor(theme.text),
            border=QColor("#0c0e12" if theme.is_dark else "#3a424e"),
            line=QColor("#8792a3" if theme.is_dark else "#5c6675"),
            mark=QColor(theme.warning),
            headers={family: qcolor(rgb) for family, rgb in headers.items()},
        )


def fill_shade(painter: QPainter, area: QRectF, shade: Shade, hatch: float = 1.0) -> None:
    """Fill `area` with a shade; what is broken is hatched, `hatch` scales the stripes."""
    painter.fillRect(area, qcolor(shade.rgb))
    if shade.is_hatched:
        brush = QBrush(QColor(255, 255, 255, 150), Qt.BrushStyle.BDiagPattern)
        brush.setTransform(brush.transform().scale(hatch, hatch))
        painter.fillRect(area, brush)


@dataclass
class ScenePainter:
    """Paints one scene; remembers shortened words and line paths, which cost most."""

    scene: Scene
    inks: Inks
    _words: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    _paths: dict[int, QPainterPath] = field(default_factory=dict)

    def repainted(self, scene: Scene) -> ScenePainter:
        """For the same boxes in other colours: lines stay as they are."""
        return ScenePainter(scene, self.inks, _paths=self._paths)

    def paint(self, painter: QPainter, area: QRectF, scale: float) -> None:
        """Paint what is in `area` (units of the layout); `painter` is set up for those units."""
        sides = (area.left(), area.top(), area.right(), area.bottom())
        slack = 16.0
        wide = (sides[0] - slack, sides[1] - slack, sides[2] + slack, sides[3] + slack)
        if scale >= _ROUND_LINES_FROM:
            self._round_lines(painter, self.scene.lines_in(*wide))
        else:
            self._plain_lines(painter, self.scene.lines_in(*wide, least=2.5 / scale))
        rows = self.scene.boxes_in(*wide)
        height = BOX_HEIGHT * scale
        if height < TITLE_FROM:
            self._far_boxes(painter, rows, scale)
            return
        self._marks(painter, wide, height >= WORDS_FROM)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in rows.tolist():
            if height < WORDS_FROM:
                self._titled_box(painter, row, scale)
            else:
                self._full_box(painter, row)

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
        scene, rects = self.scene, self.scene.layout.rects
        rows = rows[np.argsort(scene.levels[rows], kind="stable")]
        least = 1.0 / scale
        framed = BOX_HEIGHT * scale >= 4.0
        bars = BOX_HEIGHT * scale >= BARS_FROM
        frame = QPen(self.inks.border)
        frame.setCosmetic(True)
        painter.setPen(frame)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row, (x, y, width, height) in zip(rows.tolist(), rects[rows].tolist(), strict=True):
            shade = scene.shades[row]
            area = QRectF(x, y, max(width, least), max(height, least))
            if shade is None:
                painter.fillRect(area, self._header(row))
            else:
                fill_shade(painter, area, shade, hatch=1.0 / scale)
            if framed:
                painter.drawRect(area)
            if bars and shade is not None:
                self._bars(painter, shade, x + width - 8, y + 14, 9.0, height - 28)

    def _header(self, row: int) -> QColor:
        label = self.scene.labels[self.scene.layout.names[row]]
        return self.inks.headers[label.family]

    def _bars(
        self, painter: QPainter, shade: Shade, right: float, top: float, width: float, height: float
    ) -> None:
        ink = qcolor(ink_on(shade.rgb))
        for bar in range(shade.bars):
            x = right - width - bar * width * 1.7
            painter.fillRect(QRectF(x, top, width, height), ink)

    def _shape(self, painter: QPainter, row: int) -> QRectF:
        """Body and border of a box; returns its rectangle."""
        area = QRectF(*self.scene.layout.rects[row].tolist())
        shade = self.scene.shades[row]
        painter.setPen(QPen(self.inks.border, 1.0))
        painter.setBrush(self.inks.empty if shade is None else qcolor(shade.rgb))
        painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        if shade is not None and shade.is_hatched:
            painter.setBrush(QBrush(QColor(255, 255, 255, 110), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        return area

    def _titled_box(self, painter: QPainter, row: int, scale: float) -> None:
        """A box with nothing but its title, as large as it can be."""
        area = self._shape(painter, row)
        label = self.scene.labels[self.scene.layout.names[row]]
        shade = self.scene.shades[row]
        stripe = QPainterPath()
        stripe.addRoundedRect(QRectF(area.left(), area.top(), 16, area.height()), 5, 5)
        painter.fillPath(stripe, self.inks.headers[label.family])
        if shade is not None:
            self._bars(painter, shade, area.right() - 9, area.top() + 15, 5.0, 28)
        painter.setPen(self.inks.empty_ink if shade is None else qcolor(ink_on(shade.rgb)))
        bars = 0.0 if shade is None else 8.5 * shade.bars
        room = area.adjusted(22, 0, -10 - bars, 0)
        size = min(24.0, max(17.0, 9.5 / scale))
        width = QFontMetricsF(screen_font(size, bold=True)).horizontalAdvance(label.title)
        font = screen_font(max(0.7 * size, min(1.0, room.width() / max(1.0, width)) * size), True)
        painter.setFont(font)
        text = QFontMetricsF(font).elidedText(
            label.title, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _full_box(self, painter: QPainter, row: int) -> None:
        """Header with title and badge; body with name, details, bars and value."""
        area = self._shape(painter, row)
        name = self.scene.layout.names[row]
        label, shade = self.scene.labels[name], self.scene.shades[row]
        title, shown_name, subtitle = self._shortened(row)
        left, top, right = area.left(), area.top(), area.right()
        painter.fillPath(_header_path(area), self.inks.headers[label.family])
        painter.setFont(screen_font(12, bold=True))
        painter.setPen(QColor("white"))
        painter.drawText(QPointF(left + 9, top + 15), title)
        badge = self.scene.paint.badges.get(name, "")
        if badge:
            self._badge(painter, right - 5, top + 4, badge)
        ink = self.inks.empty_ink if shade is None else qcolor(ink_on(shade.rgb))
        if shade is not None:
            self._bars(painter, shade, right - 8, top + 26, 3.0, 9.0)
        painter.setPen(ink)
        painter.setFont(screen_font(11))
        painter.drawText(QPointF(left + 9, top + 35.5), shown_name)
        pale = QColor(ink)
        pale.setAlpha(190)
        painter.setPen(pale)
        painter.drawText(QPointF(left + 9, top + 50.5), subtitle)
        value = self.scene.paint.texts.get(name, "")
        if value:
            font = screen_font(11, bold=True)
            painter.setFont(font)
            painter.setPen(ink)
            width = QFontMetricsF(font).horizontalAdvance(value)
            painter.drawText(QPointF(right - 8 - width, top + 50.5), value)

    def _badge(self, painter: QPainter, right: float, top: float, text: str) -> None:
        font = screen_font(10, bold=True)
        width = QFontMetricsF(font).horizontalAdvance(text) + 11
        pill = QRectF(right - width, top, width, 13.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 232))
        painter.drawRoundedRect(pill, 6.5, 6.5)
        painter.setPen(QColor("#1c2430"))
        painter.setFont(font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _shortened(self, row: int) -> tuple[str, str, str]:
        """Title, name and subtitle as far as they fit; the ends of names tell most."""
        words = self._words.get(row)
        if words is not None:
            return words
        name = self.scene.layout.names[row]
        label, paint, shade = self.scene.labels[name], self.scene.paint, self.scene.shades[row]
        bold = QFontMetricsF(screen_font(12, bold=True))
        plain = QFontMetricsF(screen_font(11))
        value_font = QFontMetricsF(screen_font(11, bold=True))
        badge, value = paint.badges.get(name, ""), paint.texts.get(name, "")
        badge_room = QFontMetricsF(screen_font(10, bold=True)).horizontalAdvance(badge) + 16
        value_room = value_font.horizontalAdvance(value) + 8 if value else 0.0
        bars = 5.1 * shade.bars + 4 if shade is not None and shade.bars else 0.0
        room = BOX_WIDTH - 17
        middle = Qt.TextElideMode.ElideMiddle
        words = (
            bold.elidedText(
                label.title, Qt.TextElideMode.ElideRight, room - (badge_room if badge else 0.0)
            ),
            plain.elidedText(_one_line(name), middle, room - bars),
            plain.elidedText(label.subtitle, middle, room - value_room),
        )
        self._words[row] = words
        return words


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


def _header_path(area: QRectF) -> QPainterPath:
    """The upper part of a box: round above, straight below."""
    head = QRectF(area.left(), area.top(), area.width(), HEADER_HEIGHT)
    path = QPainterPath(head.bottomLeft())
    path.lineTo(head.left(), head.top() + _RADIUS)
    path.quadTo(head.topLeft(), QPointF(head.left() + _RADIUS, head.top()))
    path.lineTo(head.right() - _RADIUS, head.top())
    path.quadTo(head.topRight(), QPointF(head.right(), head.top() + _RADIUS))
    path.lineTo(head.bottomRight())
    path.closeSubpath()
    return path


def _one_line(name: str) -> str:
    """A name without line breaks and other control characters."""
    return "".join(char if char.isprintable() else "·" for char in name)

"""Plots: the only place of pyqtgraph, which takes long to import; import this when one is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rkviz.gui.theme import current_theme
from rkviz.gui.widgets.adapting import Adapting

_GAP = "\N{NO-BREAK SPACE}" * 2
"""Between a point and its name."""


@dataclass(frozen=True)
class Curve:
    """A value for each layer in the order of the network.

    NaN where there is none; an infinite one has no place on the scale and is left out as well.
    """

    title: str
    values: Sequence[float]
    is_line: bool


class _DecadeAxis(pg.AxisItem):
    """Labels powers of ten of a logarithmic axis as people write them."""

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{10.0**value:.3g}" for value in values]


class _PlaceAxis(pg.AxisItem):
    """Places counted from 1, as in the table; nothing between two layers."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{value + 1:.0f}" if value == int(value) else "" for value in values]


class _WordsAbove(QWidget):
    """Above a plot, not in it: what its vertical axis shows, and the legend.

    A caption along the axis would be cut off in a low panel, and lie where curves go.
    """

    def __init__(self) -> None:
        super().__init__()
        self.vertical = QLabel()
        self.legend = QLabel(alignment=Qt.AlignmentFlag.AlignRight)
        self.legend.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(self.vertical)
        row.addWidget(self.legend, 1)

    def name_axes(self, plot: pg.PlotItem, captions: tuple[str, str]) -> None:
        """Write the captions of the vertical and of the horizontal axis, in the theme's colours."""
        theme = current_theme()
        for name in ("left", "bottom"):
            plot.getAxis(name).setPen(theme.border)
            plot.getAxis(name).setTextPen(theme.muted)
        self.vertical.setText(f'<span style="color:{theme.muted}">{escape(captions[0])}</span>')
        plot.setLabel("bottom", captions[1], color=theme.muted)
        plot.getAxis("bottom").resizeEvent()  # a caption stays where one of no width was


class DepthPlot(Adapting, QWidget):
    """Curves over the depth of the network; a click asks for the layer that is nearest."""

    clicked = Signal(int)
    hovered = Signal(int)
    """Place of the layer below the mouse, -1 outside"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[Curve, ...] = ()
        self._marked: tuple[int, ...] = ()
        self._count = 0
        self._is_log = False
        self._is_faded = False
        self._captions = ("", "")
        self.widget = pg.PlotWidget(
            axisItems={"left": _DecadeAxis("left"), "bottom": _PlaceAxis("bottom")}
        )
        self.plot = self.widget.getPlotItem()
        for name in ("left", "bottom"):
            self.plot.getAxis(name).enableAutoSIPrefix(False)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.getViewBox().setMouseEnabled(x=True, y=False)
        self._items: list[pg.PlotDataItem] = []
        self._lines: list[pg.InfiniteLine] = []
        self._broken: tuple[int, ...] = ()
        self._words = _WordsAbove()
        self.plot.getViewBox().setDefaultPadding(0.1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._words)
        layout.addWidget(self.widget, 1)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.scene().sigMouseMoved.connect(self._move)

    def show_curves(
        self,
        curves: Sequence[Curve],
        broken: Sequence[int],
        captions: tuple[str, str],
        is_log: bool,
        is_faded: bool,
    ) -> None:
        """Draw `curves`; on a logarithmic axis zeros lie on a floor below the smallest number.

        `broken` are the places of layers whose error is no number: a dashed line stands there.
        `captions` are those of the vertical and of the horizontal axis.
        """
        before = self._count
        self._curves = tuple(curves)
        self._count = max((len(curve.values) for curve in curves), default=0)
        self._is_log, self._is_faded = is_log, is_faded
        self.plot.setLogMode(x=False, y=is_log)
        self._broken = tuple(broken)
        self._captions = captions
        self._draw()
        if before != self._count:
            self.plot.setXRange(-0.5, max(self._count, 2) - 0.5, padding=0.01)
        limits = {"xMin": -2, "xMax": max(self._count, 2) + 1, "minXRange": 3}
        self.plot.getViewBox().setLimits(**limits)
        self.plot.enableAutoRange(y=True)

    def mark(self, places: Sequence[int]) -> None:
        """Draw a line at each of these layers; the rest of a very large selection is left out."""
        self._marked = tuple(places)[:200]
        for line in self._lines:
            self.plot.removeItem(line)
        pen = pg.mkPen(current_theme().accent, width=1.5)
        dashed = pg.mkPen(current_theme().bad, width=1.5, style=Qt.PenStyle.DashLine)
        self._lines = [
            *(pg.InfiniteLine(place, 90, pen=pen) for place in self._marked),
            *(pg.InfiniteLine(place, 90, pen=dashed) for place in self._broken),
        ]
        for line in self._lines:
            line.setZValue(-10)
            self.plot.addItem(line, ignoreBounds=True)

    def place_at(self, scene_point: QPointF) -> int:
        """The layer nearest to a point of the scene, -1 when there is none."""
        box = self.plot.getViewBox()
        if not box.sceneBoundingRect().contains(scene_point):
            return -1
        place = round(box.mapSceneToView(scene_point).x())
        return place if 0 <= place < self._count else -1

    def recolour(self) -> None:
        self._draw()

    def _draw(self) -> None:
        theme = current_theme()
        self.widget.setBackground(theme.base)
        self._words.name_axes(self.plot, self._captions)
        self.plot.showGrid(x=False, y=True, alpha=0.25)
        self._words.legend.setText("&nbsp;&nbsp;&nbsp;".join(self._legend_entries()))
        for item in self._items:
            self.plot.removeItem(item)
        self._items = [self._item(curve, n) for n, curve in enumerate(self._curves)]
        self.mark(self._marked)

    def _colour(self, number: int) -> str:
        theme = current_theme()
        return theme.stale if self._is_faded else (theme.warning, theme.accent)[number % 2]

    def _legend_entries(self) -> list[str]:
        return [
            f'<span style="color:{self._colour(number)}">{"━" if curve.is_line else "●"}</span> '
            f"{escape(curve.title)}"
            for number, curve in enumerate(self._curves)
        ]

    def _item(self, curve: Curve, number: int) -> pg.PlotDataItem:
        colour = self._colour(number)
        values = list(curve.values)
        if self._is_log:
            # A zero has no logarithm and "no error" is a message: it gets a floor of its own.
            positive = [value for value in values if value > 0]
            floor = min(positive, default=1e-9) / 3
            values = [floor if value == 0 else value for value in values]
        looks = {"pen": pg.mkPen(colour, width=2), "connect": "finite"}
        if not curve.is_line:
            looks = {"pen": None, "symbol": "o", "symbolSize": 6, "symbolPen": None}
            looks["symbolBrush"] = colour
        drawn = [value if math.isfinite(value) else math.nan for value in values]
        return self.plot.plot(list(range(len(drawn))), drawn, name=curve.title, **looks)

    def _click(self, event: object) -> None:
        if event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            place = self.place_at(event.scenePos())  # type: ignore[attr-defined]
            if place >= 0:
                self.clicked.emit(place)

    def _move(self, scene_point: QPointF) -> None:
        self.hovered.emit(self.place_at(scene_point))


@dataclass(frozen=True)
class Cloud:
    """Points (time in ms, quality): a `line`, or dots of `size` pixels, `is_open` or filled.

    `colour` is the name of one of the theme's; `labels` stand beside the points.
    """

    title: str
    points: Sequence[tuple[float, float]]
    colour: str
    is_line: bool = False
    size: int = 8
    is_open: bool = False
    labels: Sequence[str] = ()


_REACH = 14.0
"""Pixels from a point at which a click still means it."""


class TradeOffPlot(Adapting, QWidget):
    """Quality over time: better is up, faster is left. A click asks for the point below it."""

    clicked = Signal(int, int)
    """Cloud, point"""
    hovered = Signal(int, int)
    """Cloud, point; -1, -1 where there is none"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clouds: tuple[Cloud, ...] = ()
        self._captions = ("", "")
        self.widget = pg.PlotWidget()
        self.plot = self.widget.getPlotItem()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        for name in ("left", "bottom"):
            self.plot.getAxis(name).enableAutoSIPrefix(False)
        self.plot.getViewBox().setDefaultPadding(0.12)
        self._words = _WordsAbove()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._words)
        layout.addWidget(self.widget, 1)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.scene().sigMouseMoved.connect(lambda at: self.hovered.emit(*self.point_at(at)))

    def show_clouds(self, clouds: Sequence[Cloud], captions: tuple[str, str]) -> None:
        """Draw `clouds`, the first below the others; what is not finite is left out.

        `captions` are those of the vertical and of the horizontal axis.
        """
        self._clouds, self._captions = tuple(clouds), captions
        self._draw()

    def recolour(self) -> None:
        self._draw()

    def point_at(self, scene_point: QPointF) -> tuple[int, int]:
        """(cloud, point) nearest to a point of the scene, (-1, -1) when none is near."""
        box = self.plot.getViewBox()
        best, found = _REACH, (-1, -1)
        for number, cloud in enumerate(self._clouds):
            for index, (x, y) in enumerate(cloud.points):
                if not (math.isfinite(x) and math.isfinite(y)):
                    continue
                apart = box.mapViewToScene(QPointF(x, y)) - scene_point
                # A dot lies above a line: it wins where both are as near.
                distance = math.hypot(apart.x(), apart.y()) + (4.0 if cloud.is_line else 0.0)
                if distance <= best:
                    best, found = distance, (number, index)
        return found

    def _draw(self) -> None:
        theme = current_theme()
        self.plot.clear()
        self.widget.setBackground(theme.base)
        self._words.name_axes(self.plot, self._captions)
        self.plot.showGrid(x=True, y=True, alpha=0.2)
        legend: list[str] = []
        for cloud in self._clouds:
            colour = getattr(theme, cloud.colour)
            sign = "━" if cloud.is_line else "○" if cloud.is_open else "●"
            if cloud.points and cloud.title:
                legend.append(f'<span style="color:{colour}">{sign}</span> {escape(cloud.title)}')
            self._add(cloud, colour)
        self._words.legend.setText(" &nbsp; ".join(legend))
        self._make_room()

    def _make_room(self) -> None:
        """Show all points, with room for their names; no time is below zero."""
        points = [
            point
            for cloud in self._clouds
            for point in cloud.points
            if all(map(math.isfinite, point))
        ]
        if points:
            (left, right), (low, high) = (_with_room(axis) for axis in zip(*points, strict=True))
            self.plot.setRange(xRange=(max(0.0, left), right), yRange=(low, high), padding=0)

    def _add(self, cloud: Cloud, colour: str) -> None:
        theme = current_theme()
        finite = [(x, y) for x, y in cloud.points if math.isfinite(x) and math.isfinite(y)]
        x, y = [point[0] for point in finite], [point[1] for point in finite]
        if cloud.is_line:
            self.plot.plot(x, y, pen=pg.mkPen(colour, width=2))
            return
        pen, brush = pg.mkPen(colour, width=1.5), None if cloud.is_open else pg.mkBrush(colour)
        looks = {"symbol": "o", "symbolSize": cloud.size, "symbolPen": pen, "symbolBrush": brush}
        self.plot.plot(x, y, pen=None, **looks)
        names: dict[tuple[float, float], list[str]] = {}
        for point, label in zip(cloud.points, cloud.labels, strict=False):
            if label and all(map(math.isfinite, point)):
                names.setdefault(point, []).append(label)
        middle = (min(x) + max(x)) / 2 if x else 0.0
        for point, labels in names.items():  # two plans may have the same numbers
            on_left = point[0] > middle
            words = ", ".join(labels)
            words = f"{words}{_GAP}" if on_left else f"{_GAP}{words}"
            text = pg.TextItem(words, color=theme.text, anchor=(float(on_left), 0.5))
            text.setPos(*point)
            self.plot.addItem(text, ignoreBounds=True)

    def _click(self, event: object) -> None:
        if event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            cloud, point = self.point_at(event.scenePos())  # type: ignore[attr-defined]
            if cloud >= 0:
                self.clicked.emit(cloud, point)


def _with_room(values: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis that shows `values` and something beside them."""
    low, high = min(values), max(values)
    room = 0.15 * (high - low) or abs(high) / 2 or 1.0
    return low - room, high + room

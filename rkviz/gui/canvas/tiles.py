"""Tiles: the picture cut into squares of 512 pixels, painted once and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from rkviz.gui.canvas.painter import ScenePainter

TILE = 512
"""Side of a tile in device pixels."""
_KEPT = 72
"""Tiles kept when few are visible; 1 MB each."""
_SPARE = 16
_FORMAT = QImage.Format.Format_RGB32


class TileKey(NamedTuple):
    """Zoom level in quarter octaves, and the tile's place at that level."""

    level: int
    column: int
    row: int


class _Kept(NamedTuple):
    image: QImage
    version: int


def level_scale(level: int) -> float:
    """Pixels per unit of the layout at a zoom level: 2^(level / 4)."""
    return 2.0 ** (level / 4.0)


class TileCache:
    """Painted tiles by key; those of an older version are shown until they are painted again."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[TileKey, _Kept] = OrderedDict()
        self._version = 0
        self._ratio = 1.0
        self._kept = _KEPT
        self._spare: list[QImage] = []

    def clear(self) -> None:
        while self._tiles:
            self._drop()

    def _drop(self) -> None:
        """Forget the oldest tile; its memory is painted over, for fresh pages cost most."""
        _, kept = self._tiles.popitem(last=False)
        if len(self._spare) < _SPARE:
            self._spare.append(kept.image)

    def outdate(self) -> None:
        """Have every tile painted again when it is next seen."""
        self._version += 1

    def set_ratio(self, ratio: float) -> None:
        """Device pixels per pixel of the screen the window is on."""
        if ratio != self._ratio:
            self._ratio = ratio
            self.clear()

    def side(self, level: int) -> float:
        """Side of a tile in units of the layout."""
        return TILE / (level_scale(level) * self._ratio)

    def keys(self, level: int, area: QRectF) -> list[TileKey]:
        """The tiles that cover `area` (units of the layout), the middle ones first."""
        side = self.side(level)
        columns = range(int(area.left() // side), int(area.right() // side) + 1)
        rows = range(int(area.top() // side), int(area.bottom() // side) + 1)
        self._kept = max(_KEPT, 4 * len(columns) * len(rows))
        x, y = area.center().x() / side - 0.5, area.center().y() / side - 0.5
        keys = [TileKey(level, column, row) for row in rows for column in columns]
        return sorted(keys, key=lambda key: abs(key.column - x) + abs(key.row - y))

    def area(self, key: TileKey) -> QRectF:
        """What a tile shows, in units of the layout."""
        side = self.side(key.level)
        return QRectF(key.column * side, key.row * side, side, side)

    def image(self, key: TileKey) -> QImage | None:
        """The tile, possibly in the colours of before."""
        kept = self._tiles.get(key)
        if kept is None:
            return None
        self._tiles.move_to_end(key)
        return kept.image

    def is_fresh(self, key: TileKey) -> bool:
        kept = self._tiles.get(key)
        return kept is not None and kept.version == self._version

    def paint(self, key: TileKey, painter: ScenePainter) -> None:
        """Paint one tile now."""
        if key in self._tiles:
            self._spare.append(self._tiles.pop(key).image)
        image = self._spare.pop() if self._spare else QImage(TILE, TILE, _FORMAT)
        image.fill(painter.inks.ground)
        area = self.area(key)
        scale = level_scale(key.level) * self._ratio
        brush = QPainter(image)
        brush.scale(scale, scale)
        brush.translate(-area.left(), -area.top())
        # what is legible depends on the size on the screen, however many dots that is
        painter.paint(brush, area, level_scale(key.level))
        brush.end()
        self._tiles[key] = _Kept(image, self._version)
        self._tiles.move_to_end(key)
        while len(self._tiles) > self._kept:
            self._drop()

    def substitutes(self, key: TileKey) -> Iterator[tuple[QRectF, QImage, QRectF]]:
        """Pieces of tiles of other levels that show the same: (where, image, which part).

        The nearest levels that cover the place, the best drawn last.
        """
        wanted = self.area(key)
        by_level: dict[int, list[tuple[QRectF, QImage]]] = {}
        for other, kept in self._tiles.items():
            if other.level != key.level:
                area = self.area(other)
                if area.intersects(wanted):
                    by_level.setdefault(other.level, []).append((area, kept.image))
        chosen: list[tuple[QRectF, QImage]] = []
        for level in sorted(by_level, key=lambda level: abs(level - key.level)):
            chosen += by_level[level]
            parts = (area.intersected(wanted) for area, _ in by_level[level])
            covered = sum(part.width() * part.height() for part in parts)
            if covered > 0.999 * wanted.width() * wanted.height():
                break
        for area, image in reversed(chosen):
            part = area.intersected(wanted)
            scale = TILE / area.width()
            source = QRectF(
                (part.left() - area.left()) * scale,
                (part.top() - area.top()) * scale,
                part.width() * scale,
                part.height() * scale,
            )
            yield part, image, source

"""The graph as a PNG or SVG, with its legend. Runs in a worker; memory is bounded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice, QRectF
from PySide6.QtGui import QImage, QPainter

from rkviz.atomic import write_atomically
from rkviz.errors import FormatError
from rkviz.gui.canvas.inks import Inks
from rkviz.gui.canvas.painter import ScenePainter
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.theme import DARK, LIGHT
from rkviz.picture.colour_scale import LegendEntry, Shade
from rkviz.picture.svg import BoxWords, graph_svg

MOST_PIXELS = 40_000_000
"""160 MB while it is drawn."""
_LONGEST_SIDE = 32_000
"""Pixels; Qt's painter and many readers stop at 32 767."""
_SCALE = 1.5
"""Pixels per unit of the layout where there is room for them: sharp in print."""
_MARGIN = 12.0
LEGEND_RATIO = 2.0
"""Pixels of the legend's own image to one of its size: it is drawn as large as the graph."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What is to be drawn. `area` is (x, y, width, height) in units of the layout.

    `heading` says what the colours mean.
    """

    scene: Scene
    area: tuple[float, float, float, float]
    is_dark: bool
    title: str
    legend: QImage
    entries: tuple[LegendEntry, ...]
    heading: str = ""


@dataclass(frozen=True, eq=False)
class Drawn:
    """`note` is a sentence when the image had to be made smaller; else empty."""

    image: QImage
    svg: str
    note: str


def draw_picture(picture: Picture) -> Drawn:
    """Both forms; raises FormatError when there is no memory for the image."""
    image, note = draw_image(picture)
    return Drawn(image, draw_svg(picture), note)


def write_picture(picture: Picture, path: Path) -> str:
    """Write a PNG, or an SVG where `path` ends so; returns a note for the user, mostly empty.

    Raises FormatError.
    """
    if path.suffix.lower() == ".svg":
        write_atomically(path, draw_svg(picture), FormatError)
        return ""
    image, note = draw_image(picture)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise FormatError(f"{path} was not written: the picture cannot be packed as PNG; try SVG.")
    write_atomically(path, bytes(buffer.data().data()), FormatError)
    return note


def draw_svg(picture: Picture) -> str:
    """The picture as SVG, always on white."""
    paint, scene = picture.scene.paint, picture.scene
    gauges = {
        name: [(gauge.share, gauge.shade.rgb) for gauge in both]
        for name, both in paint.gauges.items()
    }
    words = BoxWords(
        scene.labels,
        paint.badges,
        paint.texts,
        paint.lines,
        paint.marks,
        gauges,
        scene.value_words,
    )
    colours: dict[str, Shade] = {}
    for name, shade in zip(scene.layout.names, scene.shades, strict=True):
        if shade is not None:
            colours[name] = shade
    return graph_svg(
        scene.layout,
        words,
        colours,
        picture.title,
        picture.entries,
        picture.area,
        picture.heading,
    )


def image_scale(width: float, height: float) -> float:
    """Pixels per unit for a picture of this size in units, so that its pixels stay bounded."""
    most = math.sqrt(MOST_PIXELS / max(1.0, width * height))
    return min(_SCALE, most, _LONGEST_SIDE / max(1.0, width, height))


def draw_image(picture: Picture) -> tuple[QImage, str]:
    """The image, and a sentence when it had to be made smaller than one can read."""
    x, y, width, height = picture.area
    legend = picture.legend.deviceIndependentSize()
    scale = image_scale(width + legend.width() + 2 * _MARGIN, height)
    enlarged = max(1.0, scale)
    side = legend.width() * enlarged + 2 * _MARGIN
    theme = DARK if picture.is_dark else LIGHT
    inks = Inks.of(theme)
    image = QImage(
        math.ceil(width * scale + side),
        math.ceil(max(height * scale, legend.height() * enlarged + 2 * _MARGIN)),
        QImage.Format.Format_RGB32,
    )
    if image.isNull():
        raise FormatError("There is no memory for the picture; export it as SVG.")
    image.fill(inks.ground)
    brush = QPainter(image)
    brush.save()
    brush.setClipRect(QRectF(0, 0, width * scale, height * scale))
    brush.scale(scale, scale)
    brush.translate(-x, -y)
    ScenePainter(picture.scene, inks).paint(brush, QRectF(x, y, width, height), scale)
    brush.restore()
    brush.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    where = QRectF(width * scale + _MARGIN, _MARGIN, side - 2 * _MARGIN, legend.height() * enlarged)
    brush.drawImage(where, picture.legend, QRectF(picture.legend.rect()))
    brush.end()
    if scale >= min(1.0, _SCALE):
        return image, ""
    note = QCoreApplication.translate(
        "Pictures",
        "The graph is large: it was drawn at {percent} % of its size to stay below {pixels} "
        "million pixels. An SVG shows every word.",
    )
    share = f"{100 * scale:.2g}"
    return image, note.format(percent=share, pixels=MOST_PIXELS // 1_000_000)

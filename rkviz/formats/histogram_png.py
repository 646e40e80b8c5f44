"""Histograms as pictures like those of the toolkit's RKNN_DRAW_DATA_DISTRIBUTE.

Forty bars with their count and share, a red line for the running share on an axis of its own, and
the values below which 5, 95, 99.5 and 99.9 % of the numbers lie, with their twins at the low end.
Same shape, titles and file names as the toolkit's; half its size, which is large enough to read.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rkviz.atomic import write_atomically
from rkviz.calibrate.histogram import Counts, Histogram
from rkviz.errors import FormatError

BARS = 40
SHARES = (0.001, 0.005, 0.05, 0.95, 0.995, 0.999)
"""The labelled points of the running share, the low ones before their twins."""

_SIZE = (2000, 1200)
_LEFT, _TOP, _RIGHT, _BOTTOM = 150, 110, 1850, 1060
_LINES = 5
_LABEL_HEIGHT = 38
_REACH = 260
"""How far a label with its line extends from its point."""
_HEADROOM = 1.06
"""Space above the highest bar for its label."""
_PAPER, _INK, _GRID = (255, 255, 255), (40, 40, 40), (225, 225, 225)
_BAR, _RED = (70, 130, 180), (200, 30, 30)
_LONGEST_NAME = 180
_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


def file_name(layer: str, kind: str) -> str:
    """`{layer}_{kind}.png` as the toolkit spells it, `_` for what no file name may hold."""
    stem = _UNSAFE.sub("_", f"{layer}_{kind}").lstrip(".")
    while len(stem.encode("utf-8", "replace")) > _LONGEST_NAME:
        stem = stem[1:]
    return f"{stem}.png"


def output_kind(shape: tuple[int, ...], port: int = 0, is_input: bool = False) -> str:
    """`out0_nchw_1_8_16_16`; the toolkit says nchw of inputs, too, but gives their NHWC sizes."""
    sizes = (shape[0], *shape[2:], shape[1]) if is_input and len(shape) == 4 else shape
    return "_".join((f"out{port}_nchw", *map(str, sizes)))


def write_histogram_png(histogram: Histogram, subject: str, path: Path) -> None:
    """Write `histogram_png` to `path`; raises FormatError."""
    write_atomically(path, histogram_png(histogram, subject), FormatError)


def histogram_png(histogram: Histogram, subject: str) -> bytes:
    """The picture (PNG, 2000 x 1200) of `histogram`, titled as the distribution of `subject`."""
    image = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    _text(draw, (_SIZE[0] / 2, 40), f"The Distribution of {_fitting(subject)} Data", 34, "mm")
    if histogram.total:
        _Chart(draw, histogram).draw()
    else:
        _text(draw, (_SIZE[0] / 2, _SIZE[1] / 2), "no finite number", 34, "mm")
    if histogram.bad:
        note = f"{histogram.bad} values are NaN or infinite and left out"
        _text(draw, (_LEFT, 80), note, 20, "lm", _RED)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _fitting(subject: str) -> str:
    """A title that fits: long names keep their end, which tells them apart."""
    return subject if len(subject) <= 90 else f"…{subject[-89:]}"


def _text(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: int,
    anchor: str,
    colour: tuple[int, int, int] = _INK,
) -> None:
    draw.text(place, text, colour, ImageFont.load_default(size), anchor)


@dataclass(frozen=True)
class _Chart:
    """One histogram on one picture: where numbers lie on it, and the strokes."""

    onto: ImageDraw.ImageDraw
    histogram: Histogram

    def draw(self) -> None:
        counts = self.histogram.in_bars(BARS)
        self._axes(counts)
        self._bars(counts)
        self._running_share()
        self._points()

    def _x(self, value: float) -> float:
        low, high = self.histogram.low, self.histogram.high
        part = (value - low) / (high - low) if high > low else 0.5
        return _LEFT + part * (_RIGHT - _LEFT)

    def _axes(self, counts: Counts) -> None:
        text, highest = self.onto, _top_of_axis(counts)
        for line in range(_LINES + 1):
            y = _BOTTOM - line / _LINES * (_BOTTOM - _TOP)
            text.line((_LEFT, y, _RIGHT, y), _GRID, 1)
            _text(text, (_LEFT - 12, y), f"{highest * line / _LINES:.0f}", 20, "rm")
            _text(text, (_RIGHT + 12, y), f"{100 * line / _LINES:.0f}", 20, "lm", _RED)
        low, high = self.histogram.low, self.histogram.high
        for part in range(9 if high > low else 1):
            value = low + (high - low) * part / 8
            x = self._x(value)
            text.line((x, _BOTTOM, x, _BOTTOM + 8), _INK, 2)
            _text(text, (x, _BOTTOM + 16), f"{value:.4g}", 20, "mt")
        text.rectangle((_LEFT, _TOP, _RIGHT, _BOTTOM), outline=_INK, width=2)
        _text(text, (_LEFT, _TOP - 12), "Count", 20, "lb")
        _text(text, (_RIGHT, _TOP - 12), "Percent_acum", 20, "rb", _RED)
        note = f"{self.histogram.total} values from {low:.6g} to {high:.6g}"
        _text(text, (_SIZE[0] / 2, _BOTTOM + 90), note, 22, "mm")

    def _bars(self, counts: Counts) -> None:
        wide = (_RIGHT - _LEFT) / BARS
        total, highest = self.histogram.total, _top_of_axis(counts)
        for place, count in enumerate(counts.tolist()):
            if not count:
                continue
            left = _LEFT + place * wide
            top = _BOTTOM - count / highest * (_BOTTOM - _TOP)
            self.onto.rectangle((left + 2, min(top, _BOTTOM - 1), left + wide - 2, _BOTTOM), _BAR)
            middle = left + wide / 2
            _text(self.onto, (middle, top - 18), _short(count), 13, "mb")
            _text(self.onto, (middle, top - 3), f"{100 * count / total:.1f}%", 13, "mb")

    def _running_share(self) -> None:
        shares = np.linspace(0, 1, 401)
        points = [
            (self._x(self.histogram.quantile(float(share))), self._y(float(share)))
            for share in shares
        ]
        self.onto.line(points, _RED, 3, "curve")

    def _y(self, share: float) -> float:
        return _BOTTOM - share * (_BOTTOM - _TOP)

    def _points(self) -> None:
        """The labelled shares, in two stacks beside the middle where bars seldom reach.

        Low ones stand to the left of their points, high ones to the right, where there is room;
        farther out is nearer to the end of the picture, so that their lines do not cross.
        """
        high = _BOTTOM - _TOP
        for place, share in enumerate(SHARES):
            value = self.histogram.quantile(share)
            x, y = self._x(value), self._y(share)
            self.onto.ellipse((x - 6, y - 6, x + 6, y + 6), _RED)
            if share < 0.5:
                label_y = _BOTTOM - 0.35 * high - place * _LABEL_HEIGHT
                on_left = x - _REACH > _LEFT
            else:
                label_y = _TOP + 0.25 * high + (len(SHARES) - 1 - place) * _LABEL_HEIGHT
                on_left = x + _REACH > _RIGHT
            edge = x - 60 if on_left else x + 60
            self.onto.line((x, y, edge, label_y), _RED, 1)
            text = f"{value:.5g}@{100 * share:g}%"
            anchor = "rm" if on_left else "lm"
            box = self.onto.textbbox((edge, label_y), text, ImageFont.load_default(22), anchor)
            self.onto.rectangle((box[0] - 6, box[1] - 4, box[2] + 6, box[3] + 4), _PAPER, _RED)
            _text(self.onto, (edge, label_y), text, 22, anchor, _RED)


def _top_of_axis(counts: Counts) -> float:
    """A number with room above the highest bar that five lines divide into round steps."""
    wanted = float(counts.max()) * _HEADROOM / _LINES
    step = 10.0 ** max(math.floor(math.log10(wanted)), 0)
    return _LINES * next(step * part for part in (1, 2, 3, 4, 5, 6, 8, 10) if step * part >= wanted)


def _short(count: int) -> str:
    """A count that fits over a bar."""
    if count < 100_000:
        return str(count)
    return f"{count / 1e3:.0f}k" if count < 10_000_000 else f"{count / 1e6:.0f}M"

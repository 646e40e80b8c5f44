"""From a number to a colour: green over yellow and orange to red, and always a second sign.

A layer's shade is its colour and its level. The level is what remains for eyes that cannot tell
the colours apart: it is drawn as zero to three bars, hatching where there is no number at all.
The greens are bluish and the reds dark, so that neighbouring levels also differ without red-green
vision (`tests/picture/test_colour_scale.py` measures it).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache

from rkviz.analyse.display import cost_text, metric_text
from rkviz.analyse.metrics import Metric
from rkviz.errors import ConfigError

Rgb = tuple[int, int, int]

BANDS = 4
STEPS = 4
"""Shades within one band: near numbers look alike, a band's ends do not."""
PALETTES: Mapping[str, tuple[Rgb, ...]] = {
    "default": (
        (62, 172, 138),
        (142, 205, 134),
        (250, 222, 96),
        (243, 146, 52),
        (186, 20, 44),
    ),
    "cividis": (
        (0, 34, 78),
        (66, 78, 108),
        (125, 124, 120),
        (187, 174, 109),
        (254, 232, 56),
    ),
    "viridis": (
        (72, 36, 117),
        (59, 82, 139),
        (33, 145, 140),
        (94, 201, 98),
        (253, 231, 37),
    ),
}
"""From good to bad. The second and third (after cividis and viridis of matplotlib) grow evenly
brighter, for every kind of colour vision and for black and white."""
_BROKEN: Rgb = (122, 12, 86)
_UNKNOWN: Rgb = (190, 196, 203)


class Level(IntEnum):
    """How bad it is, in words; also the number of bars where it is 0 to 3."""

    UNKNOWN = -1
    GOOD = 0
    FAIR = 1
    POOR = 2
    BAD = 3
    BROKEN = 4
    """There is no number: one of the two tensors is all zero."""


@dataclass(frozen=True)
class Shade:
    """What a box is filled with."""

    rgb: Rgb
    level: Level

    @property
    def bars(self) -> int:
        """Bars of the second sign, 0..3; what is broken is hatched instead."""
        return int(self.level) if 0 <= self.level <= 3 else 0

    @property
    def is_hatched(self) -> bool:
        return self.level is Level.BROKEN

    @property
    def is_dotted(self) -> bool:
        return self.level is Level.UNKNOWN

    def faded(self) -> Shade:
        """The shade of a number that is out of date: three quarters of the way to grey."""
        return _faded(self)


@lru_cache(maxsize=256)
def _faded(shade: Shade) -> Shade:
    grey = 0.35 * luma(shade.rgb) + 0.65 * 190.0
    red, green, blue = (round(0.25 * part + 0.75 * grey) for part in shade.rgb)
    return Shade((red, green, blue), shade.level)


def luma(rgb: Rgb) -> float:
    """Perceived brightness 0..255 (Rec. 601 weights)."""
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]


def ink_on(rgb: Rgb) -> Rgb:
    """Near-black or white, whichever is easier to read on `rgb`."""
    return (22, 26, 32) if luma(rgb) > 120 else (255, 255, 255)


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend. `text` is English for the levels that are not a range."""

    shade: Shade
    text: str
    is_range: bool = True


TYPE_NAMES = ("u8", "i8", "i16", "F")
_TYPE_COLOURS: tuple[Rgb, ...] = (
    (142, 190, 232),
    (120, 205, 190),
    (246, 190, 98),
    (206, 160, 224),
)

UNKNOWN = Shade(_UNKNOWN, Level.UNKNOWN)
BROKEN = Shade(_BROKEN, Level.BROKEN)


@dataclass(frozen=True)
class ColourScale:
    """The colours of one metric. `thresholds` replaces the metric's own when given.

    Raises ConfigError unless there are three thresholds, ordered from good to bad.
    """

    metric: Metric
    thresholds: tuple[float, ...] = ()
    palette: str = "default"

    def __post_init__(self) -> None:
        if not self.thresholds:
            object.__setattr__(self, "thresholds", self.metric.thresholds)
        ends = [self._badness(value) for value in self.thresholds]
        rising = all(a < b for a, b in itertools.pairwise(ends))
        if len(ends) != BANDS - 1 or not rising or not all(map(math.isfinite, ends)):
            raise ConfigError(
                f"The thresholds {self.thresholds} of {self.metric.title} cannot be used: "
                f"give {BANDS - 1} numbers, each worse than the one before."
            )

    def _badness(self, value: float) -> float:
        """A number that grows evenly with the harm done.

        Decibels are even already; a similarity counts by its distance from 1 and an error as it
        is, both on a logarithmic scale.
        """
        if self.metric.unit == "dB":
            return -value
        distance = 1.0 - value if self.metric.higher_is_better else value
        return math.log10(distance) if distance > 0 else -math.inf

    @cached_property
    def _knots(self) -> tuple[float, ...]:
        """Badness at the positions 0 to 4; the outer bands are as wide as their neighbours."""
        u1, u2, u3 = (self._badness(threshold) for threshold in self.thresholds)
        return (u1 - (u2 - u1), u1, u2, u3, u3 + (u3 - u2))

    def position(self, value: float) -> float:
        """Where `value` stands, 0 (best) to 4 (worst); thresholds are at 1, 2 and 3."""
        knots = self._knots
        badness = min(max(self._badness(value), knots[0]), knots[-1])
        for band in range(BANDS):
            low, high = knots[band], knots[band + 1]
            if badness <= high:
                return band + (badness - low) / (high - low)
        return float(BANDS)

    def value_at(self, position: float) -> float:
        """The number that stands at `position` 0..4: the inverse of `position`."""
        knots = self._knots
        band = min(BANDS - 1, max(0, int(position)))
        badness = knots[band] + (position - band) * (knots[band + 1] - knots[band])
        if self.metric.unit == "dB":
            return -badness
        distance = 10.0**badness
        return 1.0 - distance if self.metric.higher_is_better else distance

    def shade(self, value: float | None) -> Shade:
        """The shade of a number; None is a layer that did not run, NaN one that broke."""
        if value is None:
            return UNKNOWN
        if math.isnan(value):
            return BROKEN
        return self._steps[self._step(self.position(value))]

    def shades(self, values: Iterable[float]) -> list[Shade]:
        """The shades of many numbers; NaN is one that broke."""
        steps, step, position = self._steps, self._step, self.position
        return [BROKEN if v != v else steps[step(position(v))] for v in values]

    @staticmethod
    def _step(position: float) -> int:
        band = min(BANDS - 1, max(0, math.ceil(position) - 1))
        return band * STEPS + min(STEPS - 1, int((position - band) * STEPS))

    @cached_property
    def _steps(self) -> tuple[Shade, ...]:
        return tuple(
            Shade(self._mix(band, (step + 0.5) / STEPS), Level(band))
            for band in range(BANDS)
            for step in range(STEPS)
        )

    def _mix(self, band: int, share: float) -> Rgb:
        """The colour `share` of the way through a band."""
        start, end = PALETTES[self.palette][band : band + 2]
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
        return (red, green, blue)

    def text(self, value: float) -> str:
        """A threshold with its unit."""
        unit = self.metric.unit
        if unit in ("ms", "B"):
            return cost_text(value, unit)
        if self.metric.id == "saturated_share":
            return metric_text(self.metric.id, value)
        return f"{value:.4g} {unit}".strip()

    def legend(self) -> tuple[LegendEntry, ...]:
        """A line for each band from good to bad, then for what has no number."""
        texts = [self.text(value) for value in self.thresholds]
        best, worst = ("≥", "<") if self.metric.higher_is_better else ("≤", ">")
        ranges = [
            f"{best} {texts[0]}",
            *(f"{_without_unit_of(b, a)} … {b}" for a, b in itertools.pairwise(texts)),
            f"{worst} {texts[-1]}",
        ]
        shades = [Shade(self._mix(band, 0.5), Level(band)) for band in range(BANDS)]
        return (
            *(LegendEntry(shade, text) for shade, text in zip(shades, ranges, strict=True)),
            LegendEntry(BROKEN, "no number: all zero", is_range=False),
            LegendEntry(UNKNOWN, "not run", is_range=False),
        )


def _without_unit_of(other: str, text: str) -> str:
    """`text` without its unit where `other` has the same."""
    unit = other.partition(" ")[2]
    return text.removesuffix(f" {unit}") if unit else text


@dataclass(frozen=True)
class TypeScale:
    """The colours of number formats, by their place in `TYPE_NAMES`."""

    metric: Metric

    def shade(self, value: float | None) -> Shade:
        """The shade of a type; None is a layer without one."""
        return UNKNOWN if value is None else Shade(_TYPE_COLOURS[int(value)], Level.GOOD)

    def shades(self, values: Iterable[float]) -> list[Shade]:
        return [self.shade(value) for value in values]

    def legend(self) -> tuple[LegendEntry, ...]:
        """A line for each type, then for what has none."""
        types = zip(_TYPE_COLOURS, TYPE_NAMES, strict=True)
        return (
            *(LegendEntry(Shade(rgb, Level.GOOD), name) for rgb, name in types),
            LegendEntry(UNKNOWN, "not run", is_range=False),
        )


Scale = ColourScale | TypeScale

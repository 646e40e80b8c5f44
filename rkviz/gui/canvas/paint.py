"""Everything about boxes that may change without moving them: colours, badges, words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rkviz.picture.colour_scale import Shade


@dataclass(frozen=True)
class Band:
    """A stage at the margin: from `top` to `bottom`, in units of the layout.

    `lane` keeps stages apart that stand side by side. `worst` colours the pill's end.
    """

    name: str
    top: float
    bottom: float
    title: str
    text: str = ""
    shade: Shade | None = None
    worst: Shade | None = None
    is_folded: bool = False
    lane: int = 0


@dataclass(frozen=True)
class Gauge:
    """A tiny bar in a box: how much of it is filled, 0..1, and its colour."""

    share: float
    shade: Shade


@dataclass(frozen=True, eq=False)
class BoxPaint:
    """All maps are by box and may be partial, but `marks` and `stale`.

    `marks` are short words on lines, by (source, target). `lines` replace the name and the details
    of a box. `stale` greys all shades.
    """

    shades: Mapping[str, Shade] = field(default_factory=dict[str, Shade])
    badges: Mapping[str, str] = field(default_factory=dict[str, str])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    lines: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    gauges: Mapping[str, tuple[Gauge, ...]] = field(default_factory=dict[str, tuple[Gauge, ...]])
    marks: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    bands: Sequence[Band] = ()
    stale: bool = False

    def shown(self, shade: Shade | None) -> Shade | None:
        """The shade to paint, faded when it belongs to older settings."""
        return shade.faded() if shade is not None and self.stale else shade

    def shade(self, name: str) -> Shade | None:
        return self.shown(self.shades.get(name))

"""The whole coloured graph as one SVG that needs nothing else: for the report and for sharing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from numpy.typing import NDArray

from rkviz.picture.colour_scale import LegendEntry, Rgb, Shade, ink_on
from rkviz.picture.labels import HEADER_LIGHT, BoxLabel, Family
from rkviz.picture.layout import BOX_HEIGHT, BOX_WIDTH, HEADER_HEIGHT, Layout, LayoutEdge
from rkviz.picture.line_labels import LabelPlace, is_straight, label_place

_CORNER = 6.0
_TITLE_ROOM = 44.0
_LEGEND_WIDTH, _LEGEND_MOST = 190.0, 400.0
_LINE = 22.0
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, even escaped."""
_EMPTY: Rgb = (255, 255, 255)
_STYLE = """
.rkviz-picture{font-family:"Segoe UI","Noto Sans","Helvetica Neue",Arial,"Microsoft YaHei",
"Noto Sans CJK SC",sans-serif;font-size:10.5px}
.rkviz-picture .e{fill:none;stroke:#59616e;stroke-width:1.2;marker-end:url(#rkviz-arrow)}
.rkviz-picture .t{font-size:11.5px;font-weight:600;fill:#fff}
.rkviz-picture .s{font-size:9px;fill:#59616e}
.rkviz-picture .b{font-size:10px;font-weight:700;text-anchor:middle;fill:#20262e}
.rkviz-picture .v{font-weight:600;text-anchor:end}
.rkviz-picture .k{stroke:#2b313a;stroke-width:1}
.rkviz-picture .o{fill:none;stroke:#2b313a;stroke-width:1}
"""
_DEFS = (
    '<defs><marker id="rkviz-arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" '
    'markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
    '<path d="M0 .8 8 4 0 7.2z" fill="#59616e"/></marker>'
    '<pattern id="rkviz-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path d="M0 0V7" stroke="#fff" stroke-opacity=".55" '
    'stroke-width="2.4"/></pattern>'
    '<pattern id="rkviz-dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<path d="M1 1h1.4v1.4h-1.4zM4 4h1.4v1.4h-1.4z" fill="#464e5a" fill-opacity=".5"/></pattern>'
    "</defs>"
)


@dataclass(frozen=True)
class BoxWords:
    """What is written on boxes and lines. All maps are by box and may leave some out, but
    `marks`, which are by (source, target).

    `lines` replace the name and the details of a box. `gauges` are tiny bars, (how full 0..1,
    colour) each. `shapes` are by value and stand on its lines.
    """

    labels: Mapping[str, BoxLabel]
    badges: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    lines: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    marks: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    gauges: Mapping[str, Sequence[tuple[float, Rgb]]] = field(
        default_factory=dict[str, Sequence[tuple[float, Rgb]]]
    )
    shapes: Mapping[str, str] = field(default_factory=dict[str, str])


def graph_svg(
    layout: Layout,
    words: BoxWords,
    colours: Mapping[str, Shade],
    title: str,
    legend: Sequence[LegendEntry] = (),
    area: tuple[float, float, float, float] | None = None,
    heading: str = "",
) -> str:
    """An `<svg>` element with every box of `layout`, or of `area` (x, y, width, height), on white.

    `colours` are by box and may leave some out; `heading` says what they mean. Every box has a
    tooltip with its full words. All text is escaped: names come from strangers.
    """
    x, y, width, height = area or layout.bounds
    room = _TITLE_ROOM if title else 8.0
    wanted = 12.0 * _ems(heading) * 1.06 + 16.0
    side = min(_LEGEND_MOST, max(_LEGEND_WIDTH, wanted)) if legend else 0.0
    total_width = max(width + side, 320.0)
    total_height = max(height + room, room + _LINE * (len(legend) + (2 if heading else 1)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rkviz-picture" role="img" '
        f'viewBox="0 0 {_num(total_width)} {_num(total_height)}" '
        f'width="{_num(total_width)}" height="{_num(total_height)}">',
        f"<title>{clean(title)}</title><style>{_STYLE}</style>{_DEFS}",
        f'<rect width="{_num(total_width)}" height="{_num(total_height)}" fill="#fff"/>',
    ]
    parts.append(f'<g transform="translate({_num(-x)} {_num(room - y)})">')
    parts.extend(_graph(layout, words, colours, (x, y, x + width, y + height)))
    parts.append("</g>")
    if area is not None:  # covers what sticks out; not every reader knows clip paths
        parts.append(
            f'<rect width="{_num(total_width)}" height="{_num(room)}" fill="#fff"/>'
            f'<rect x="{_num(width)}" width="{_num(total_width - width)}" '
            f'height="{_num(total_height)}" fill="#fff"/>'
        )
    if title:
        parts.append(
            f'<text x="20" y="28" font-size="16" font-weight="600">'
            f"{clean(fitting(title, total_width - 40, 16))}</text>"
        )
    if legend:
        if heading:
            shown = fitting(heading, side - 12, 12)
            parts.append(_heading(shown, total_width - side, room))
        parts.append(_legend(legend, total_width - side, room + (_LINE if heading else 0.0)))
    parts.append("</svg>")
    return "".join(parts)


def _graph(
    layout: Layout,
    words: BoxWords,
    colours: Mapping[str, Shade],
    seen: tuple[float, float, float, float],
) -> Iterator[str]:
    """Lines, boxes and the words on lines that touch `seen` (left, top, right, bottom)."""
    left, top, right, bottom = seen
    frames = layout.edge_boxes
    near = (frames[:, 0] <= right) & (frames[:, 2] >= left)
    near &= (frames[:, 1] <= bottom) & (frames[:, 3] >= top)
    edges = [layout.edges[row] for row in np.flatnonzero(near)]
    yield from (_line(edge.points) for edge in edges)
    yield from _shapes(edges, words.shapes)
    rects = layout.rects
    near = (rects[:, 0] <= right) & (rects[:, 0] + rects[:, 2] >= left)
    near &= (rects[:, 1] <= bottom) & (rects[:, 1] + rects[:, 3] >= top)
    for row in np.flatnonzero(near):
        name, (x, y) = layout.names[row], rects[row, :2].tolist()
        box = _box(name, words, colours.get(name))
        yield f'<g transform="translate({_num(x)} {_num(y)})">{box}</g>'
    yield from (
        _mark(edge.points, words.marks[edge.source, edge.target])
        for edge in edges
        if (edge.source, edge.target) in words.marks
    )


def _shapes(edges: Sequence[LayoutEdge], shapes: Mapping[str, str]) -> Iterator[str]:
    """The shape of a tensor, once, where no line is in the way."""
    ends = np.array([(e.points[:, 1].min(), e.points[:, 1].max()) for e in edges]).reshape(-1, 2)
    lines: dict[tuple[str, str], list[LayoutEdge]] = {}
    for edge in edges if shapes else ():
        lines.setdefault((edge.source, edge.value), []).append(edge)
    taken: dict[str, list[tuple[LabelPlace, float]]] = {}
    for (source, value), forks in lines.items():
        text = shapes.get(value, "")
        edge = next(filter(is_straight, forks), forks[0])
        top, bottom = edge.points[0, 1], edge.points[-1, 1]
        beside = np.flatnonzero((ends[:, 0] < bottom) & (ends[:, 1] > top)).tolist() if text else ()
        width, others = 6.2 * len(text), taken.setdefault(source, [])
        near = [edges[row] for row in beside]
        place = label_place(edge, near, width, taken=others) if text else None
        if place is not None:
            others.append((place, width))
            yield f'<text class="s" x="{_num(place.x)}" y="{_num(place.base)}">{clean(text)}</text>'


def _mark(points: NDArray[np.float32], text: str) -> str:
    """A short word beside the head of a line."""
    x, y = (float(number) for number in points[-1])
    width = 10 + 6.0 * len(text)
    return (
        f'<rect x="{_num(x + 5)}" y="{_num(y - 14)}" width="{_num(width)}" height="12.5" rx="6" '
        f'fill="#a86200"/><text x="{_num(x + 5 + width / 2)}" y="{_num(y - 4.5)}" '
        f'text-anchor="middle" font-size="9" font-weight="700" fill="#fff">{clean(text)}</text>'
    )


def clean(text: str) -> str:
    """`text` escaped for XML; characters that XML forbids become the replacement sign."""
    return escape(_FORBIDDEN.sub("\ufffd", text), quote=True)


def fitting(text: str, width: float, size: float) -> str:
    """`text`, or its ends around an ellipsis, so that it takes about `width` at font `size`."""
    room = width / size
    if _ems(text) <= room:
        return text
    head = tail = ""
    while True:
        longer = (head + text[len(head)], tail)
        if len(tail) < 2 * len(head) + 1:
            longer = (head, text[len(text) - len(tail) - 1] + tail)
        if _ems(longer[0]) + _ems(longer[1]) + 0.9 > room:
            return f"{head}…{tail}"
        head, tail = longer


def _ems(text: str) -> float:
    """Width in font sizes: East Asian wide characters 1, all others 0.56 on average."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.56 for char in text)


def _num(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _hex(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def _line(points: NDArray[np.float32]) -> str:
    """A polyline with rounded corners."""
    xy = [(float(px), float(py)) for px, py in points]
    path = [f"M{_num(xy[0][0])} {_num(xy[0][1])}"]
    for before, corner, after in zip(xy, xy[1:], xy[2:], strict=False):
        start = _towards(corner, before)
        end = _towards(corner, after)
        path.append(
            f"L{_num(start[0])} {_num(start[1])}"
            f"Q{_num(corner[0])} {_num(corner[1])} {_num(end[0])} {_num(end[1])}"
        )
    path.append(f"L{_num(xy[-1][0])} {_num(xy[-1][1])}")
    return f'<path class="e" d="{"".join(path)}"/>'


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The point on the way from `corner` to `other` where the rounding begins."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(_CORNER, length / 2) / length if length else 0.0
    return corner[0] + dx * share, corner[1] + dy * share


def _pattern(shade: Shade | None) -> str:
    """What is drawn over a fill: stripes or dots where there is no number."""
    if shade is None:
        return ""
    return "rkviz-hatch" if shade.is_hatched else "rkviz-dots" if shade.is_dotted else ""


def _box(name: str, words: BoxWords, shade: Shade | None) -> str:
    """One box at the origin: header with title and badge, body with name, details and value."""
    label, badge = words.labels[name], words.badges.get(name, "")
    value = words.values.get(name, "")
    first, details = words.lines.get(name, (name, label.subtitle))
    fill = shade.rgb if shade else _EMPTY
    ink = _hex(ink_on(fill))
    w, h, head = BOX_WIDTH, BOX_HEIGHT, HEADER_HEIGHT
    header = f"M0 {head:g}V5a5 5 0 0 1 5-5H{w - 5:g}a5 5 0 0 1 5 5V{head:g}z"
    tooltip = "\n".join(
        part for part in (first, f"{label.title} {details}".strip(), badge, value) if part
    )
    stack = (
        f'<rect x="{away}" y="{away}" width="{w:g}" height="{h:g}" rx="5" fill="#fff" class="k"/>'
        for away in ((6, 3) if label.family is Family.STAGE else ())
    )
    parts = [
        f"<title>{clean(tooltip)}</title>",
        *stack,
        f'<rect width="{w:g}" height="{h:g}" rx="5" fill="{_hex(fill)}"/>',
    ]
    if pattern := _pattern(shade):
        parts.append(f'<rect width="{w:g}" height="{h:g}" rx="5" fill="url(#{pattern})"/>')
    parts.append(f'<path d="{header}" fill="{_hex(HEADER_LIGHT[label.family])}"/>')
    badge_width = 12 + 6.2 * len(badge) if badge else 0.0
    parts.append(
        f'<text class="t" x="8" y="15">{clean(fitting(label.title, w - 18 - badge_width, 11.5))}'
        "</text>"
    )
    if badge:
        left = w - 5 - badge_width
        parts.append(
            f'<rect x="{_num(left)}" y="4" width="{_num(badge_width)}" height="13.5" rx="6.5" '
            f'fill="#fff" fill-opacity=".9"/>'
            f'<text class="b" x="{_num(left + badge_width / 2)}" y="14.4">{clean(badge)}</text>'
        )
    bars = shade.bars if shade else 0
    parts.append(f'<g fill="{ink}">')
    parts.extend(
        f'<rect x="{_num(w - 11 - 5 * bar)}" y="26" width="3" height="9"/>' for bar in range(bars)
    )
    value_room = 0.62 * 10.5 * len(value)
    parts.append(
        f'<text x="8" y="35">{clean(fitting(first, w - 20 - 5 * bars, 10.5))}</text>'
        f'<text x="8" y="50" fill-opacity=".78">'
        f"{clean(fitting(details, w - 20 - value_room, 10.5))}</text>"
        f'<text class="v" x="{w - 8:g}" y="50">{clean(value)}</text></g>'
        f"{_gauges(words.gauges.get(name, ()))}"
        f'<rect class="o" width="{w:g}" height="{h:g}" rx="5"/>'
    )
    return "".join(parts)


def _gauges(gauges: Sequence[tuple[float, Rgb]]) -> str:
    """Bars from the left of a box: the longer, the worse."""
    width = BOX_WIDTH - 17
    return "".join(
        f'<rect x="9" y="{_num(top)}" width="{_num(width)}" height="4" fill="#fff"/>'
        f'<rect x="9.75" y="{_num(top + 0.75)}" height="2.5" fill="{_hex(rgb)}" '
        f'width="{_num(max(1.5, (width - 1.5) * share))}"/>'
        for top, (share, rgb) in zip((56.0, 61.0), gauges, strict=False)
    )


def _heading(text: str, x: float, y: float) -> str:
    return (
        f'<text x="{_num(x)}" y="{_num(y + 18)}" font-size="12" font-weight="600">'
        f"{clean(text)}</text>"
    )


def _legend(legend: Sequence[LegendEntry], x: float, y: float) -> str:
    parts: list[str] = []
    for row, entry in enumerate(legend):
        top = y + 8 + row * _LINE
        box = f'x="{_num(x)}" y="{_num(top)}" width="26" height="15" rx="3"'
        parts.append(f'<rect {box} fill="{_hex(entry.shade.rgb)}"/>')
        if pattern := _pattern(entry.shade):
            parts.append(f'<rect {box} fill="url(#{pattern})"/>')
        ink = _hex(ink_on(entry.shade.rgb))
        parts.extend(
            f'<rect x="{_num(x + 20 - 5 * bar)}" y="{_num(top + 3)}" width="3" height="9" '
            f'fill="{ink}"/>'
            for bar in range(entry.shade.bars)
        )
        parts.append(
            f'<text x="{_num(x + 34)}" y="{_num(top + 11.5)}" font-size="12">{clean(entry.text)}'
            "</text>"
        )
    return "".join(parts)

"""Sections of the HTML report on why layers are bad, and on a search for the best hybrid plan."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rkviz.analyse.diagnose import Findings
from rkviz.analyse.finding import Severity
from rkviz.formats.report_finding_words import finding_text
from rkviz.formats.report_words import Words
from rkviz.picture.svg import clean
from rkviz.search.points import Found, LayerChoice, SearchPoint

_MOST_FINDINGS = 40
_WIDTH, _HEIGHT, _LEFT, _BELOW = 640, 300, 56, 44
_SIGNS = {Severity.SEVERE: "!!", Severity.WARNING: "!", Severity.NOTE: "·"}


def findings_section(findings: Findings, words: Words) -> str:
    """What is the matter with which layer, the most severe first; "" where nothing is."""
    every = sorted(
        (finding for group in findings.values() for finding in group),
        key=lambda finding: -finding.severity,
    )
    if not every:
        return ""
    rows = "".join(
        f"<tr><td>{_SIGNS[finding.severity]}</td><th>{clean(finding.layer)}</th>"
        f"<td class='w'>{clean(finding_text(finding, words.language))}</td></tr>"
        for finding in every[:_MOST_FINDINGS]
    )
    more = len(every) - _MOST_FINDINGS
    rest = f"<p class='sub'>+ {more}</p>" if more > 0 else ""
    return (
        f"<section><h2>{words('Why layers are bad')}</h2><div class='scroll'><table>"
        f"<tbody>{rows}</tbody></table></div>{rest}</section>"
    )


def search_section(found: Found, words: Words) -> str:
    """The predicted curve, all measured points, and what each choice of the best one buys."""
    rows = "".join(_point_row(point, found) for point in found.measured)
    quality = words(found.quality_title) + (
        f" [{found.quality_unit}]" if found.quality_unit else ""
    )
    heads = ("", "Estimated ms", "fps", "Predicted SNR dB")
    titles = "".join(f"<th class='n'>{words(title)}</th>" for title in heads)
    return (
        f"<section><h2>{words('Search for the best hybrid plan')}</h2>{_curve(found, words)}"
        f"<div class='scroll'><table><thead><tr>{titles}<th class='n'>{clean(quality)}</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></div>{_choices(found.best, words)}</section>"
    )


def _point_row(point: SearchPoint, found: Found) -> str:
    mark = "★" if point is found.best else "0" if point is found.start else ""
    measured = "" if point.measured is None else f"{point.measured:.4f}"
    cells = (mark, f"{point.time_ms:.3f}", f"{1000 / point.time_ms:.1f}" if point.time_ms else "",
             f"{point.predicted_db:.1f}", measured)  # fmt: skip
    return "<tr>" + "".join(f"<td class='n'>{cell}</td>" for cell in cells) + "</tr>"


def _choices(best: SearchPoint | None, words: Words) -> str:
    if best is None or not best.choices:
        return ""
    rows = "".join(_choice_row(choice) for choice in best.choices)
    heads = ("Layer", "Type", "Buys dB", "Costs µs")
    titles = "".join(
        f"<th{' class=n' if index > 1 else ''}>{words(title)}</th>"
        for index, title in enumerate(heads)
    )
    return (
        f"<h2>{words('What each choice buys and costs')}</h2><div class='scroll'><table><thead>"
        f"<tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _choice_row(choice: LayerChoice) -> str:
    return (
        f"<tr><th>{clean(', '.join(choice.layers))}</th><td><b class='t'>{choice.scheme.short}</b>"
        f"</td><td class='n'>{choice.bought_db:.2f}</td><td class='n'>{choice.cost_us:.1f}</td>"
        "</tr>"
    )


def _curve(found: Found, words: Words) -> str:
    """The predicted curve as a line, measured points as circles, the best one filled."""
    shown = [p for p in (*found.curve, *found.measured) if math.isfinite(p.predicted_db)]
    if len(shown) < 2:
        return ""
    x = _Axis([p.time_ms for p in shown], _LEFT, _WIDTH - 10)
    y = _Axis([p.predicted_db for p in shown], _HEIGHT - _BELOW, 10)
    line = " ".join(
        f"{x(p.time_ms):.1f},{y(p.predicted_db):.1f}"
        for p in found.curve
        if math.isfinite(p.predicted_db)
    )
    dots = "".join(
        f"<circle cx='{x(p.time_ms):.1f}' cy='{y(p.predicted_db):.1f}' r='5' stroke='currentColor' "
        f"fill='{'currentColor' if p is found.best else 'none'}'/>"
        for p in found.measured
        if math.isfinite(p.predicted_db)
    )
    return (
        f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' style='max-width:{_WIDTH}px;width:100%' "
        f"role='img'><title>{words('Predicted SNR dB')}</title>"
        f"<g fill='currentColor' font-size='11' opacity='.75'>{x.marks(True)}{y.marks(False)}"
        f"<text x='{_WIDTH - 10}' y='{_HEIGHT - 6}' text-anchor='end'>{words('Estimated ms')}"
        f"</text><text x='{_LEFT + 6}' y='14'>{words('Predicted SNR dB')}</text></g>"
        f"<polyline points='{line}' fill='none' stroke='#2160d4' stroke-width='2'/>{dots}</svg>"
    )


class _Axis:
    """Numbers to places between `start` and `end`."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = min(values), max(values)
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.start + share * (self.end - self.start)

    def marks(self, is_below: bool) -> str:
        """Five numbers along the axis."""
        texts: list[str] = []
        for step in range(5):
            value = self.low + step / 4 * (self.high - self.low)
            place, text = self(value), f"{value:.4g}"
            texts.append(
                f"<text x='{place:.0f}' y='{_HEIGHT - _BELOW + 18}' text-anchor='middle'>{text}"
                "</text>"
                if is_below
                else f"<text x='{_LEFT - 10}' y='{place + 4:.0f}' text-anchor='end'>{text}</text>"
            )
        return "".join(texts)

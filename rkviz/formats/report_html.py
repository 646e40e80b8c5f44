"""The whole analysis as one HTML file: nothing is fetched, nothing from a file is executed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rkviz.analyse.diagnose import Findings
from rkviz.analyse.display import metric_text
from rkviz.analyse.metrics import METRICS
from rkviz.analyse.report import AnalysisReport
from rkviz.atomic import write_atomically
from rkviz.errors import FormatError
from rkviz.formats.report_search import findings_section, search_section
from rkviz.formats.report_table import layer_table, metric_word, shade_chip
from rkviz.formats.report_words import Words
from rkviz.picture.colour_scale import ColourScale, LegendEntry
from rkviz.picture.labels import box_labels, plan_badges
from rkviz.picture.layout import Layout, layout
from rkviz.picture.svg import BoxWords, clean, graph_svg
from rkviz.quantize.plan import QuantPlan
from rkviz.search.points import Found

_METRIC = "cosine"
_WORST = 10
_KINDS_EXPLAINED = (
    "Own error: only this layer is quantized. Accumulated error: the whole network is."
)
_BOTH_PICTURES_UP_TO = 2000
"""Larger networks get one picture, of the accumulated error, to keep the file small."""


def write_report(
    plan: QuantPlan,
    report: AnalysisReport,
    path: Path,
    *,
    title: str,
    facts: Mapping[str, str],
    problems: Sequence[str] = (),
    language: str = "en",
    findings: Findings | None = None,
    found: Found | None = None,
) -> None:
    """Write `report_html` to `path`, all or nothing; raises FormatError."""
    text = report_html(
        plan,
        report,
        title=title,
        facts=facts,
        problems=problems,
        language=language,
        findings=findings,
        found=found,
    )
    write_atomically(path, text, FormatError)


def report_html(
    plan: QuantPlan,
    report: AnalysisReport,
    *,
    title: str,
    facts: Mapping[str, str],
    problems: Sequence[str] = (),
    language: str = "en",
    findings: Findings | None = None,
    found: Found | None = None,
) -> str:
    """A report that is one file: summary, coloured network, table of all layers.

    `facts` are lines for the summary, `problems` sentences about samples left out; `findings` say
    why layers are bad, `found` is the search that gave the plan. All names
    are escaped, and the page's own policy lets only the one script run whose digest it states.
    `language` is "en" or "zh_CN"; raises ConfigError for another.
    """
    words = Words(language)
    body = [
        f"<header><h1>{clean(title)}</h1><p class='sub'>{words('Quantization report')}</p>",
        _facts(plan, facts, words),
        "</header><main>",
        _outputs(plan, report, words),
        _worst(plan, report, words),
        findings_section(findings or {}, words),
        search_section(found, words) if found else "",
        _skipped(plan, words),
        _sentences(words("Notes"), report.notes),
        _sentences(words("Samples that were left out"), problems),
        _network(plan, report, words),
        f"<section><h2>{words('All layers')}</h2><p class='sub'>"
        f"{words(_KINDS_EXPLAINED)}"
        f" <span class='js'>{words('Click a heading to sort.')}</span></p>",
        layer_table(plan, report, words),
        "</section></main>",
    ]
    return (
        f"<!DOCTYPE html>\n<html lang='{language.replace('_', '-')}'><head><meta charset='utf-8'>"
        f"<meta http-equiv='Content-Security-Policy' content=\"{_policy()}\">"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        "<meta name='color-scheme' content='light dark'>"
        f"<title>{clean(title)} – {words('Quantization report')}</title>"
        f"<style>{_STYLE}</style></head><body>{''.join(body)}"
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _policy() -> str:
    allowed = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"


def _facts(plan: QuantPlan, facts: Mapping[str, str], words: Words) -> str:
    counts: dict[str, int] = {}
    for head in plan.graph.heads:
        if head not in plan.skipped:
            short = plan.scheme[head].short
            counts[short] = counts.get(short, 0) + 1
    types = ", ".join(f"{short} × {count}" for short, count in sorted(counts.items()))
    rows = {**facts, "Layers": f"{len(plan.graph.heads)} ({types})" if types else "0"}
    return (
        "<dl>"
        + "".join(
            f"<div><dt>{clean(words(key))}</dt><dd>{clean(value)}</dd></div>"
            for key, value in rows.items()
        )
        + "</dl>"
    )


def _outputs(plan: QuantPlan, report: AnalysisReport, words: Words) -> str:
    known = [layer for layer in report.outputs if layer in report.layers]
    heading = words("Accumulated error of the outputs")
    return _small_table(heading, plan, report, known, "accumulated", words)


def _worst(plan: QuantPlan, report: AnalysisReport, words: Words) -> str:
    last = [members[-1] for members in plan.graph.members.values()]
    # Layers that only move codes have no error of their own to be blamed for.
    made = [layer for layer in last if layer in report.layers and report.sums(layer, "own").count]
    ranked = [layer for layer, _ in report.worst(_METRIC, "own", made)[:_WORST]] if made else []
    heading = words("Worst own errors: where to begin")
    return _small_table(heading, plan, report, ranked, "own", words)


def _small_table(
    heading: str,
    plan: QuantPlan,
    report: AnalysisReport,
    layers: Iterable[str],
    kind: str,
    words: Words,
) -> str:
    rows: list[str] = []
    for layer in layers:
        head = plan.graph.head(layer)
        cells = "".join(
            f"<td class='n'>{shade_chip(metric, value)}{metric_text(metric, value)}</td>"
            for metric in METRICS
            for value in [float(getattr(report.sums(layer, kind), metric))]
        )
        badge = clean(plan.scheme[head].short)
        rows.append(f"<tr><th>{clean(head)}</th><td><b class='t'>{badge}</b></td>{cells}</tr>")
    if not rows:
        return ""
    titles = "".join(
        f"<th class='n'>{clean(metric_word(metric, words))}</th>" for metric in METRICS
    )
    return (
        f"<section><h2>{heading}</h2><div class='scroll'><table><thead><tr>"
        f"<th>{words('Layer')}</th><th>{words('Type')}</th>{titles}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _skipped(plan: QuantPlan, words: Words) -> str:
    lines = [f"{layer}: {reason}" for layer, reason in plan.skipped.items()]
    return _sentences(words("Layers that did not run"), lines)


def _sentences(heading: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{clean(line)}</li>" for line in lines)
    return f"<section><h2>{heading}</h2><ul>{items}</ul></section>"


def _network(plan: QuantPlan, report: AnalysisReport, words: Words) -> str:
    """The coloured network; two radio buttons, which need no script, choose between the errors."""
    where = layout(plan.graph)
    kinds = ["accumulated", "own"]
    if len(plan.graph.heads) > _BOTH_PICTURES_UP_TO:
        kinds = kinds[:1]
    labels = {"accumulated": words("accumulated error"), "own": words("own error")}
    buttons = "".join(
        f"<input type='radio' name='kind' id='k-{kind}'{' checked' if kind == kinds[0] else ''}>"
        f"<label for='k-{kind}'>{labels[kind]}</label>"
        for kind in kinds
    )
    pictures = "".join(
        f"<div class='picture {kind}'>{_picture(plan, report, where, kind, words)}</div>"
        for kind in kinds
    )
    metric = clean(metric_word(_METRIC, words))
    return (
        f"<section class='net'><h2>{words('Network')}</h2>"
        f"<span class='sub'>{words('coloured by')} {metric}: </span>{buttons}{pictures}</section>"
    )


def _picture(
    plan: QuantPlan, report: AnalysisReport, where: Layout, kind: str, words: Words
) -> str:
    scale = ColourScale(METRICS[_METRIC])
    errors = report.metric(_METRIC, kind)
    colours, values = {}, {}
    for head, members in plan.graph.members.items():
        value = errors.get(members[-1])
        if value is not None and not report.sums(members[-1], kind).count:
            value = None
        colours[head] = scale.shade(value)
        values[head] = "" if value is None else metric_text(_METRIC, value)
    legend = [
        LegendEntry(entry.shade, entry.text if entry.is_range else words(entry.text))
        for entry in scale.legend()
    ]
    on_boxes = BoxWords(box_labels(plan.graph), plan_badges(plan), values)
    return graph_svg(where, on_boxes, colours, "", legend)


_STYLE = """
:root{--bg:#f4f6f9;--card:#fff;--text:#1c2430;--muted:#5f6b7c;--line:#d9dfe8;--accent:#2160d4;
--alt:#f7f8fa}
@media(prefers-color-scheme:dark){:root{--bg:#181b20;--card:#22262d;--text:#e3e7ee;
--muted:#9aa5b5;--line:#3a414c;--accent:#6da2ff;--alt:#262b33}}
*{box-sizing:border-box}
body{margin:0;padding:0 20px 40px;background:var(--bg);color:var(--text);
font:14px/1.45 "Segoe UI","Noto Sans","Helvetica Neue",Arial,"Microsoft YaHei",
"Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif}
header{padding:22px 4px 4px}h1{font-size:22px;margin:0;overflow-wrap:anywhere}
h2{font-size:15px;margin:0 0 8px}.sub{color:var(--muted);margin:2px 0 8px}
dl{display:flex;flex-wrap:wrap;gap:6px 30px;margin:8px 0}dt{color:var(--muted);font-size:12px}
dd{margin:0;overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:14px 16px;margin:14px 0}
ul{margin:0;padding-left:20px}li{overflow-wrap:anywhere}
.scroll{overflow:auto;max-height:80vh}
table{border-collapse:collapse;font-size:13px;white-space:nowrap}
th,td{text-align:left;padding:3px 10px;border-bottom:1px solid var(--line);font-weight:400}
thead th{position:sticky;top:0;background:var(--card);color:var(--muted);font-weight:600;
z-index:1}thead tr+tr th{top:26px}
tbody tr{background:var(--card)}tbody tr:nth-child(even){background:var(--alt)}
tbody th{font-weight:600}.sortable tbody th{position:sticky;left:0;background:inherit}
.w{white-space:normal;min-width:320px}.n{text-align:right;font-variant-numeric:tabular-nums}
.c{display:inline-block;width:13px;height:13px;border-radius:3px;margin-right:7px;
vertical-align:-2px;border:1px solid rgba(128,128,128,.4);font:700 10px/11px monospace;
text-align:center;overflow:hidden}
.t{border:1px solid var(--line);border-radius:4px;padding:0 5px;font-weight:600}
.g{border-left:2px solid var(--line)}.off{color:var(--muted);font-style:italic}
.sortable th[data-s]{cursor:pointer}.sortable th[data-s]:hover{color:var(--accent)}
th[aria-sort=ascending]:after{content:" ▲"}th[aria-sort=descending]:after{content:" ▼"}
.js{display:none}.sortable-ready .js{display:inline}
.net input{margin-left:10px}.picture{background:#fff;color:#16181d;border-radius:6px;
margin-top:8px;overflow:auto;max-height:90vh;display:none}
.picture svg{max-width:none;display:block;margin:0 auto}
#k-accumulated:checked~.accumulated,#k-own:checked~.own{display:block}
@media print{.scroll,.picture{max-height:none;overflow:visible}}
"""

_SCRIPT = """
"use strict";
document.body.classList.add("sortable-ready");
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = table.querySelectorAll("th[data-s]");
  heads.forEach((head) => {
    const sort = () => {
      const column = Number(head.dataset.s);
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const rows = Array.from(body.rows).map((row) => [row, key(row)]);
      rows.sort(([, a], [, b]) => {
        if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
        const order = isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
        return down ? -order : order;
      });
      body.append(...rows.map(([row]) => row));
    };
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
    });
  });
}
"""

"""The table of all layers in the HTML report."""

from __future__ import annotations

import math

from rkviz.analyse.display import metric_text, number_text, shape_text
from rkviz.analyse.metrics import METRICS
from rkviz.analyse.report import KINDS, AnalysisReport
from rkviz.formats.report_words import Words
from rkviz.picture.colour_scale import ColourScale, ink_on
from rkviz.picture.svg import clean
from rkviz.quantize.plan import QuantPlan, Reason, TensorPlan

_METRIC_WORDS = {
    "cosine": "cosine",
    "snr_db": "SNR dB",
    "euclidean_norm": "Euclidean",
    "max_abs": "largest",
    "saturated_share": "saturated",
}
_SCALES = {name: ColourScale(metric) for name, metric in METRICS.items()}
_SIGNS = ("", "·", ":", "!")
"""The second sign beside the colour, from good to bad."""

_LARGEST = 1.7e308
"""Stands for infinity where values are sorted."""


def metric_word(metric: str, words: Words) -> str:
    """The short name of a metric in a heading."""
    return words(_METRIC_WORDS[metric])


def shade_chip(metric: str, value: float) -> str:
    """A small square in the colour of `value`, with a sign for eyes that do not see colours."""
    shade = _SCALES[metric].shade(value)
    sign = "×" if shade.is_hatched else _SIGNS[shade.bars]
    ground, ink = ("#{:02x}{:02x}{:02x}".format(*rgb) for rgb in (shade.rgb, ink_on(shade.rgb)))
    return f"<i class='c' style='background:{ground};color:{ink}'>{sign}</i>"


def layer_table(plan: QuantPlan, report: AnalysisReport, words: Words) -> str:
    """A row for each head layer in the order of the network; the page's script sorts it."""
    rows = "".join(
        _row(number, head, plan, report, words) for number, head in enumerate(plan.graph.heads, 1)
    )
    return (
        f"<div class='scroll'><table class='sortable'><thead>{_header(words)}</thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _header(words: Words) -> str:
    first = ("#", "Layer", "Operator", "Type", "Engine", "Shape")
    after = ("Lowest", "Highest", "Scale", "Zero point", "fl", "Why", "ONNX nodes")
    numeric = ("#", "Lowest", "Highest", "Scale", "Zero point", "fl")
    titles = [*first, *(_METRIC_WORDS[m] for _ in KINDS for m in METRICS), *after]
    begins = {len(first), len(first) + len(METRICS), len(first) + 2 * len(METRICS)}
    cells: list[str] = []
    for column, title in enumerate(titles):
        is_number = title in numeric or title in _METRIC_WORDS.values()
        marks = " ".join((*(("n",) if is_number else ()), *(("g",) if column in begins else ())))
        cells.append(f"<th class='{marks}' data-s='{column}'>{clean(words(title))}</th>")
    groups = "".join(
        f"<th class='g' colspan='{len(METRICS)}'>{words(title)}</th>"
        for title in ("Own", "Accumulated")
    )
    return (
        f"<tr><th colspan='{len(first)}'></th>{groups}"
        f"<th class='g' colspan='{len(after)}'></th></tr><tr>{''.join(cells)}</tr>"
    )


def _row(number: int, head: str, plan: QuantPlan, report: AnalysisReport, words: Words) -> str:
    graph = plan.graph
    members = graph.members[head]
    last = members[-1]
    step, tensor = plan.step_of.get(head), plan.tensor_of(last)
    operator = " + ".join(graph.by_name[layer].op for layer in members)
    outputs = graph.by_name[last].outputs
    value = graph.values.get(outputs[0]) if outputs else None
    shape = shape_text(value.shape if value else None)
    skipped = head in plan.skipped
    badge = "" if skipped else f"<b class='t'>{clean(plan.scheme[head].short)}</b>"
    origins = dict.fromkeys(o for layer in members for o in graph.by_name[layer].origins)
    cells = [
        f"<td class='n' data-v='{number}'>{number}</td>",
        f"<th class='{'off' if skipped else ''}'>{clean(head)}</th>",
        f"<td>{clean(operator)}</td>",
        f"<td>{badge}</td>",
        f"<td>{step.engine.value if step else ''}</td>",
        f"<td data-v='{value.size if value else ''}'>{shape}</td>",
        *(_errors(last, report, kind) for kind in KINDS),
        *_range(tensor),
        f"<td>{clean(_why(plan, head, tensor, words))}</td>",
        f"<td>{clean(', '.join(origins))}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _errors(layer: str, report: AnalysisReport, kind: str) -> str:
    cells: list[str] = []
    sums = report.sums(layer, kind) if layer in report.layers else None
    for place, metric in enumerate(METRICS):
        marks = "n g" if place == 0 else "n"
        if sums is None or not sums.count:
            cells.append(f"<td class='{marks}' data-v=''>–</td>")
            continue
        value = float(getattr(sums, metric))
        cells.append(
            f"<td class='{marks}' data-v='{_sortable(metric, value)!r}'>"
            f"{shade_chip(metric, value)}{metric_text(metric, value)}</td>"
        )
    return "".join(cells)


def _sortable(metric: str, value: float) -> float:
    """`value` as a finite number: NaN is worse than all others."""
    if math.isnan(value):
        return -_LARGEST if METRICS[metric].higher_is_better else _LARGEST
    return min(max(value, -_LARGEST), _LARGEST)


def _range(tensor: TensorPlan | None) -> list[str]:
    if tensor is None or not tensor.params.scheme.is_quantized:
        return [f"<td class='n{' g' if n == 0 else ''}' data-v=''></td>" for n in range(5)]
    params = tensor.params
    cells = [
        f"<td class='n g' data-v='{tensor.low!r}'>{number_text(tensor.low)}</td>",
        f"<td class='n' data-v='{tensor.high!r}'>{number_text(tensor.high)}</td>",
        f"<td class='n' data-v='{params.scale!r}'>{number_text(params.scale)}</td>",
    ]
    zero = "" if params.fl is not None else str(params.zero_point)
    fl = "" if params.fl is None else str(params.fl)
    return [*cells, *(f"<td class='n' data-v='{text}'>{text}</td>" for text in (zero, fl))]


def _why(plan: QuantPlan, head: str, tensor: TensorPlan | None, words: Words) -> str:
    if tensor is None:
        return plan.skipped.get(head, "")
    if tensor.reason is Reason.FLOAT:
        return words("fp16 on the device")
    return words.why(tensor)

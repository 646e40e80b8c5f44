"""Which layers to look at first."""

from __future__ import annotations

from rkviz.analyse.metrics import METRICS
from rkviz.gui.session import ViewState
from rkviz.picture.colour_scale import ColourScale
from rkviz.results import Results


def shown_layer(results: Results, head: str) -> str:
    """The layer whose numbers stand for `head`: the last of what is fused into it."""
    return results.graph.members[head][-1] if results.graph else head


def error_scale(view: ViewState, metric: str = "") -> ColourScale:
    """The colours of a metric, by default the one in view, as the user set them."""
    id = metric or view.metric
    return ColourScale(METRICS[id], view.thresholds.get(id, ()), view.palette)


def head_values(results: Results, view: ViewState) -> dict[str, float]:
    """Head layer -> the number the view shows; empty while there is no report."""
    graph, report = results.graph, results.report
    if graph is None or report is None:
        return {}
    image = view.image if view.image is not None and view.image < len(report.images) else None
    values = report.metric(view.metric, view.kind, image)
    numbers = {head: values.get(shown_layer(results, head)) for head in graph.heads}
    return {head: number for head, number in numbers.items() if number is not None}


def worst_first(results: Results, view: ViewState) -> list[str]:
    """Head layers from worst to best, by the view's metric over all pictures."""
    graph, report = results.graph, results.report
    if graph is None or report is None:
        return []
    shown = {shown_layer(results, head): head for head in graph.heads}
    ranked = report.worst(view.metric, view.kind, list(shown))
    return [shown[name] for name, _value in ranked]


def worst_picture(results: Results, view: ViewState, head: str) -> int | None:
    """The picture with the worst error of `head`, "" being the first output; None without one."""
    graph, report = results.graph, results.report
    if graph is None or report is None or not report.images:
        return None
    layer = shown_layer(results, head) if head else next(iter(report.outputs), "")
    if layer not in report.layers:
        return None
    sign = 1.0 if METRICS[view.metric].higher_is_better else -1.0
    values = [
        float(getattr(report.sums(layer, view.kind, image), view.metric))
        for image in range(len(report.images))
    ]
    return min(
        range(len(values)), key=lambda image: (values[image] == values[image], sign * values[image])
    )

"""From results to paint: which colour, badge and number every box of the graph gets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from rkviz.analyse.display import metric_text
from rkviz.analyse.metrics import METRICS
from rkviz.graph.model import Graph
from rkviz.gui.canvas.scene import Band, BoxPaint
from rkviz.gui.ranking import head_values
from rkviz.gui.session import ViewState
from rkviz.picture.colour_scale import UNKNOWN, ColourScale, Shade
from rkviz.picture.labels import converter_marks, plan_badges
from rkviz.picture.layout import Layout, layout
from rkviz.picture.stages import Stage, stages
from rkviz.progress import Progress
from rkviz.results import Results


@dataclass(frozen=True, eq=False)
class Drawing:
    """What the graph alone decides: where boxes stand."""

    graph: Graph
    layout: Layout
    stages: tuple[Stage, ...]


def draw(graph: Graph, progress: Progress) -> Drawing:
    """Lay out `graph`; seconds for tens of thousands of layers."""
    progress(0, 0, "layout")
    placed = layout(graph)
    progress(1, 2, "layout")
    return Drawing(graph, placed, stages(graph, placed))


def paint_of(
    results: Results, view: ViewState, scale: ColourScale, drawing: Drawing, progress: Progress
) -> BoxPaint:
    """The paint for `drawing`; without a report only badges, without a plan nothing."""
    plan = results.plan
    values = head_values(results, view)
    shades: dict[str, Shade] = {}
    if results.report is not None:
        for head in drawing.graph.heads:
            progress(0, 0)
            shades[head] = scale.shade(values[head]) if head in values else UNKNOWN
    return BoxPaint(
        shades=shades,
        badges=plan_badges(plan) if plan else {},
        texts={head: metric_text(view.metric, value) for head, value in values.items()},
        marks=converter_marks(plan) if plan else {},
        bands=tuple(_band(stage, values, view, scale) for stage in drawing.stages),
    )


def scale_of(view: ViewState, thresholds: tuple[float, ...] = ()) -> ColourScale:
    return ColourScale(METRICS[view.metric], thresholds)


def _band(stage: Stage, values: Mapping[str, float], view: ViewState, scale: ColourScale) -> Band:
    mean = _mean(values[name] for name in stage.layers if name in values)
    if mean is None:
        return Band(stage.top, stage.bottom, stage.title)
    unit = METRICS[view.metric].unit
    text = f"{metric_text(view.metric, mean)} {unit}".strip()
    return Band(stage.top, stage.bottom, stage.title, text, scale.shade(mean))


def _mean(values: Iterable[float]) -> float | None:
    """The mean of what is a number, None where nothing is."""
    numbers = [value for value in values if math.isfinite(value)]
    return fmean(numbers) if numbers else None

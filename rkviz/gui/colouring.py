"""From results to a picture: where boxes stand, and which colour, badge and number each gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QCoreApplication

from rkviz.analyse.metrics import METRICS
from rkviz.graph.model import Graph
from rkviz.gui.canvas.paint import Band, BoxPaint, Gauge
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.measures import MEASURES, Measure, is_type, measure_of, type_number
from rkviz.gui.panels.layer_rows import effective_scheme
from rkviz.gui.ranking import head_values
from rkviz.gui.session import ViewState
from rkviz.picture.boxes import Stage
from rkviz.picture.colour_scale import BANDS, UNKNOWN, ColourScale, Scale, Shade
from rkviz.picture.labels import (
    BoxLabel,
    badge,
    box_labels,
    converter_marks,
    plan_badges,
    stage_label,
    value_words,
)
from rkviz.picture.layout import LayoutCache, layout
from rkviz.picture.stages import find_stages
from rkviz.progress import Progress
from rkviz.quantize.config import HybridConfig
from rkviz.results import Results
from rkviz.target import Engine

_FIXED_BADGES = (badge(None), badge(None, Engine.CPU))
"""Where the type asked for changes nothing."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What the graph and the folded stages decide: where boxes stand and what is written."""

    graph: Graph
    stages: tuple[Stage, ...]
    folded: frozenset[str]
    """Names of stages."""
    scene: Scene
    """Without paint."""


@dataclass(frozen=True, eq=False)
class GraphWords:
    """What stays the same whichever stages are folded."""

    graph: Graph
    stages: tuple[Stage, ...]
    labels: Mapping[str, BoxLabel]
    values: Mapping[str, str]


@dataclass
class DrawingMemory:
    """What one window keeps of drawings, so that a folded stage is answered quickly.

    Only one worker thread touches it at a time.
    """

    parts: LayoutCache = field(default_factory=LayoutCache)
    words: GraphWords | None = None

    def words_of(self, graph: Graph) -> GraphWords:
        if self.words is None or self.words.graph is not graph:
            labels, values = box_labels(graph), value_words(graph)
            self.words = GraphWords(graph, find_stages(graph), labels, values)
        return self.words


@dataclass(frozen=True, eq=False)
class Look:
    """What is to be painted. `is_planned`: the plan is that of `config`."""

    results: Results
    view: ViewState
    config: HybridConfig | None
    target: str
    is_planned: bool = True
    is_stale: bool = False


def draw(
    graph: Graph, folded: Collection[str], memory: DrawingMemory, progress: Progress
) -> Drawing:
    """Lay out `graph`; seconds for tens of thousands of layers."""
    progress(0, 0, "layout")
    words = memory.words_of(graph)
    progress(1, 4, "layout")
    closed = [stage for stage in words.stages if stage.name in folded]
    placed = layout(graph, closed, memory.parts)
    progress(3, 4, "layout")
    labels = {**words.labels, **{stage.name: stage_label(stage) for stage in closed}}
    inside = {layer: stage.name for stage in closed for layer in stage.layers}
    scene = Scene(placed, labels, inside=inside, value_words=words.values).prepare()
    return Drawing(graph, words.stages, frozenset(stage.name for stage in closed), scene)


def scale_of(look: Look) -> Scale:
    """The colours of the graph."""
    measure = measure_of(look.view)
    return measure.scale(measure.values(look.results, look.view, look.target), look.view)


def paint_of(look: Look, drawing: Drawing, progress: Progress) -> Scene:
    """`drawing` in the colours of `look`; without a plan there are none."""
    measure, results = measure_of(look.view), look.results
    badges = _badges(look, drawing.graph)
    values = measure.values(results, look.view, look.target)
    if measure.is_type:
        values = {head: type_number(badge) for head, badge in badges.items() if is_type(badge)}
    scale = measure.scale(values, look.view)
    progress(0, 0)
    shades: dict[str, Shade] = {}
    if results.report is not None or values:
        shades = dict.fromkeys(drawing.graph.heads, UNKNOWN)
        shades.update(zip(values, scale.shades(values.values()), strict=True))
    progress(0, 0)
    paint = BoxPaint(
        shades=shades,
        badges=badges,
        texts={head: measure.text(value) for head, value in values.items()},
        gauges=_gauges(look),
        marks=converter_marks(results.plan) if results.plan else {},
        stale=look.is_stale and not measure.is_type,
    )
    progress(0, 0)
    paint = _with_signs(paint, look)
    return drawing.scene.painted(_with_stages(paint, drawing, measure, values, scale)).prepare()


def _badges(look: Look, graph: Graph) -> dict[str, str]:
    """The types layers run in; those asked for until there is a plan of them."""
    plan = look.results.plan
    badges = plan_badges(plan) if plan else {}
    if not look.is_planned and look.config is not None:
        for head in graph.heads:
            scheme = effective_scheme(head, plan, look.config, False)
            if scheme is not None and badges.get(head) not in _FIXED_BADGES:
                badges[head] = scheme.short
    return badges


def _with_signs(paint: BoxPaint, look: Look) -> BoxPaint:
    """`paint` with "?" at types that step 1 of the toolkit suggests and nobody chose, and "≠" at
    layers about which toolkit or board and emulator disagree."""
    badges, texts = dict(paint.badges), dict(paint.texts)
    for head, layer in look.config.overrides.items() if look.config is not None else ():
        if layer.suggested and head in badges:
            badges[head] += "?"
    graph, compared = look.results.graph, look.results.compared
    if graph is not None and compared is not None:
        for head in {graph.head(layer) for layer in compared.disagreeing} & texts.keys():
            texts[head] = f"≠ {texts[head].removeprefix('≈ ')}"
    return replace(paint, badges=badges, texts=texts)


def _gauges(look: Look) -> dict[str, tuple[Gauge, ...]]:
    """Own and accumulated error of every layer, by the metric in view."""
    metric = look.view.metric
    scale = MEASURES[metric].scale({}, look.view)
    assert isinstance(scale, ColourScale)
    gauges: dict[str, tuple[Gauge, ...]] = {}
    for kind in ("own", "accumulated"):
        values = head_values(look.results, ViewState(metric, kind, look.view.image))
        for (head, value), shade in zip(values.items(), scale.shades(values.values()), strict=True):
            share = 1.0 if value != value else scale.position(value) / BANDS
            shown = shade.faded() if look.is_stale else shade
            gauges[head] = (*gauges.get(head, ()), Gauge(share, shown))
    return gauges


def _with_stages(
    paint: BoxPaint, drawing: Drawing, measure: Measure, values: Mapping[str, float], scale: Scale
) -> BoxPaint:
    """`paint` with the mean and the worst of every stage, at the margin and in folded boxes."""
    shades, badges = dict(paint.shades), dict(paint.badges)
    lines, gauges = dict(paint.lines), dict(paint.gauges)
    bands: list[Band] = []
    for stage in drawing.stages:
        inside = {name: values[name] for name in stage.layers if name in values}
        both = measure.together(inside)
        # a sum is coloured like the mean of its layers: the thresholds are theirs
        count = len(inside) if measure.adds_up else 1
        shown = (both[0] / count, both[1]) if both else ()
        mean, worst = scale.shades(shown) if shown else (None, None)
        words = _words(measure, both) or _type_words(paint, stage)
        bands.append(_band(stage, drawing, " · ".join(words), mean, worst))
        if stage.name not in drawing.folded:
            continue
        if mean is not None and worst is not None:
            shades[stage.name] = mean
            gauges[stage.name] = tuple(
                Gauge(1.0 if value != value else _share(scale, value), shade)
                for value, shade in zip(shown, (mean, worst), strict=True)
            )
        elif inside:
            shades[stage.name] = scale.shade(Counter(inside.values()).most_common(1)[0][0])
        size = QCoreApplication.translate("Colouring", "{count} layers")
        size = size.format(count=len(stage.layers))
        lines[stage.name] = (f"{size} · {words[0]}" if words else size, " · ".join(words[1:]))
        types = {paint.badges[name] for name in stage.layers if name in paint.badges}
        badges[stage.name] = types.pop() if len(types) == 1 else "…"
    return replace(
        paint, shades=shades, badges=badges, lines=lines, gauges=gauges, bands=_in_lanes(bands)
    )


def _share(scale: Scale, value: float) -> float:
    return scale.position(value) / BANDS if isinstance(scale, ColourScale) else 0.0


def _words(measure: Measure, both: tuple[float, float] | None) -> tuple[str, ...]:
    """ "mean 0.998", "worst 0.912"."""
    if both is None:
        return ()
    translate = QCoreApplication.translate
    first, last = translate("Colouring", "mean {value}"), translate("Colouring", "worst {value}")
    if measure.adds_up:
        first, last = translate("Colouring", "sum {value}"), translate("Colouring", "most {value}")
    unit = f" {METRICS[measure.metric.id].unit}" if measure.metric.id in METRICS else ""
    texts = [f"{measure.text(value)}{unit}".strip() for value in both]
    return first.format(value=texts[0]), last.format(value=texts[1])


def _type_words(paint: BoxPaint, stage: Stage) -> tuple[str, ...]:
    """ "u8 12", "i16 1": the types of a stage, the most frequent first."""
    types = Counter(paint.badges[name] for name in stage.layers if name in paint.badges)
    return tuple(f"{name} {count}" for name, count in types.most_common(4))


def _band(
    stage: Stage, drawing: Drawing, text: str, mean: Shade | None, worst: Shade | None
) -> Band:
    scene = drawing.scene
    is_folded = stage.name in drawing.folded
    boxes = (stage.name,) if is_folded else stage.layers
    rows = [scene.layout.index[name] for name in boxes]
    rects = scene.layout.rects[rows]
    top, bottom = float(rects[:, 1].min()), float((rects[:, 1] + rects[:, 3]).max())
    return Band(stage.name, top, bottom, stage.title, text, mean, worst, is_folded)


def _in_lanes(bands: list[Band]) -> tuple[Band, ...]:
    """`bands` from top to bottom; those side by side in lanes of their own."""
    free: list[float] = []
    placed: list[Band] = []
    for band in sorted(bands, key=lambda band: (band.top, band.bottom)):
        lane = next((lane for lane, end in enumerate(free) if end <= band.top), len(free))
        free[lane : lane + 1] = [band.bottom]
        placed.append(replace(band, lane=lane))
    return tuple(placed)

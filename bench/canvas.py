"""Frame times of the canvas on synthetic graphs: `python bench/canvas.py [boxes ...]`.

One frame is a move of the view, the blit, and the tiles that are painted before the next frame.
Layout and colours are made by a worker in the window. Prints CPU time; asserts nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from rkviz.analyse.metrics import METRICS
from rkviz.graph.model import Graph, Node, Value
from rkviz.gui.canvas.paint import BoxPaint, Gauge
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.view import GraphView
from rkviz.gui.colouring import DrawingMemory, draw
from rkviz.picture.colour_scale import ColourScale
from rkviz.progress import silent

Result = TypeVar("Result")
SIZES = (1_000, 10_000, 50_000)
FRAMES = 120
SIZE = (1600, 1000)


def synthetic(boxes: int) -> Graph:
    """Residual blocks, every fourth with a convolution beside, and long concatenations."""
    nodes = [Node("input", "Input", (), ("input",))]

    def add(op: str, *inputs: str) -> str:
        name = f"{op.lower()}_{len(nodes)}"
        nodes.append(Node(name, op, inputs, (name,)))
        return name

    x, far = "input", "input"
    block = 0
    while len(nodes) < boxes:
        block += 1
        y = add("Conv", add("Conv", x))
        x = add("Add", y, add("Conv", x) if block % 4 == 0 else x)
        if block % 10 == 5:
            far = x
        if block % 10 == 9:
            x = add("Concat", x, far)
    values = {node.name: Value(node.name, (1, 64, 56, 56)) for node in nodes}
    return Graph("synthetic", tuple(nodes), values, {}, ("input",), (x,))


def percentiles(times: list[float]) -> str:
    """p50, p95 and the largest of some milliseconds."""
    low, high = np.percentile(times, (50, 95))
    return f"p50 {low:5.1f}  p95 {high:5.1f}  max {max(times):5.1f} ms"


def frames(app: QApplication, move: Callable[[int], None], count: int = FRAMES) -> list[float]:
    """CPU milliseconds of frames: a move each, and what is painted before the next one."""
    times: list[float] = []
    for frame in range(count):
        started = time.process_time()
        move(frame)
        app.processEvents()
        times.append((time.process_time() - started) * 1e3)
    return times


def until_settled(app: QApplication, view: GraphView) -> list[float]:
    """CPU milliseconds of the frames until every tile in sight is painted."""
    times: list[float] = []
    while not times or not view.is_settled:
        times += frames(app, lambda _: None, 1)
    return times


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What `work` gives, and its CPU seconds."""
    started = time.process_time()
    return work(), time.process_time() - started


def coloured(scene: Scene, seed: int) -> Scene:
    """The scene in other colours, as a worker prepares it."""
    names = scene.layout.names
    scale = ColourScale(METRICS["snr_db"])
    decibels = np.random.default_rng(seed).normal(25, 10, len(names)).tolist()
    shades = scale.shades(decibels)
    both = zip(decibels, shades, strict=True)
    gauge = [Gauge(scale.position(value) / 4, shade) for value, shade in both]
    paint = BoxPaint(
        shades=dict(zip(names, shades, strict=True)),
        badges=dict.fromkeys(names, "u8"),
        texts={name: f"{number:.1f} dB" for name, number in zip(names, decibels, strict=True)},
        gauges={name: (one, one) for name, one in zip(names, gauge, strict=True)},
    )
    return scene.painted(paint).prepare()


def look_at(app: QApplication, view: GraphView, visible: int) -> None:
    """About `visible` boxes in sight, from the middle of the graph."""
    bounds, boxes = view.scene.layout.bounds, len(view.scene.layout.names)
    view.show_all()
    while view.visible_area.height() / (bounds[3] / boxes) > visible * 1.1 and view.scale < 2:
        view.zoom(1)
    view.center_on(QPointF(bounds[0] + bounds[2] / 2, bounds[3] / 2))
    until_settled(app, view)


def measure(app: QApplication, boxes: int) -> None:
    graph, memory = synthetic(boxes), DrawingMemory()
    drawing, laid = timed(lambda: draw(graph, (), memory, silent))
    view = GraphView()
    view.resize(*SIZE)
    view.show()
    _, shown = timed(lambda: (view.set_scene(drawing.scene), until_settled(app, view)))
    print(f"{boxes} boxes: layout {laid:.2f} s beside the window, first picture {shown:.2f} s")
    for visible in dict.fromkeys((len(drawing.scene.layout.names), 600, 60)):
        look_at(app, view, visible)
        print(
            f"  {visible:6} seen: pan     {percentiles(frames(app, lambda _: view.pan(-7, -23)))}"
        )
        look_at(app, view, visible)
        prepared = [timed(lambda seed=seed: coloured(drawing.scene, seed)) for seed in range(5)]
        times: list[float] = []
        totals: list[float] = []
        for scene, _ in prepared:
            changed = frames(app, lambda _, scene=scene: view.set_scene(scene), 1)
            changed += until_settled(app, view)
            times += changed
            totals.append(sum(changed))
        aside = min(seconds for _, seconds in prepared) * 1e3
        print(
            f"                recolour {percentiles(times)} a frame; all {max(totals):5.1f} ms, "
            f"prepared beside the window in {aside:.0f} ms"
        )
    spot = QPointF(700, 400)
    zooms = frames(app, lambda i: view.zoom(-1 if i // 12 % 2 == 0 else 1, spot))
    print(f"                zoom     {percentiles(zooms)}")
    stage = drawing.stages[len(drawing.stages) // 2]
    closed, folded = timed(lambda: draw(graph, {stage.name}, memory, silent))
    look_at(app, view, 60)
    view.reveal(stage.layers[0])
    slide = frames(app, lambda _: view.slide_to(closed.scene, stage.name), 1)
    while not view.is_settled:
        slide += frames(app, lambda _: time.sleep(0.01), 1)
    print(f"                fold     {percentiles(slide)}; laid out in {folded:.2f} s")
    view.close()


def main() -> None:
    app = QApplication(sys.argv[:1])
    for boxes in [int(argument) for argument in sys.argv[1:]] or SIZES:
        measure(app, boxes)


if __name__ == "__main__":
    main()

"""Frame times of the canvas on synthetic graphs: `python bench/canvas.py [boxes ...]`.

One frame is a move of the view, the blit, and the tiles that are painted before the next frame.
Prints CPU milliseconds; asserts nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from rkviz.analyse.metrics import METRICS
from rkviz.graph.model import Graph, Node, Value
from rkviz.gui.canvas.paint import BoxPaint
from rkviz.gui.canvas.scene import Scene
from rkviz.gui.canvas.view import GraphView
from rkviz.picture.colour_scale import ColourScale
from rkviz.picture.labels import box_labels, value_words
from rkviz.picture.layout import layout

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


def frames(app: QApplication, view: GraphView, move: Callable[[int], None]) -> str:
    """Percentiles over FRAMES moves."""
    times: list[float] = []
    for frame in range(FRAMES):
        started = time.process_time()
        move(frame)
        app.processEvents()
        times.append((time.process_time() - started) * 1e3)
    low, high = np.percentile(times, (50, 95))
    return f"p50 {low:5.1f}  p95 {high:5.1f}  max {max(times):5.1f} ms"


def settle(app: QApplication, view: GraphView) -> None:
    app.processEvents()
    while not view.is_settled:
        app.processEvents()


def measure(app: QApplication, boxes: int) -> None:
    graph = synthetic(boxes)
    started = time.process_time()
    placed = layout(graph)
    laid = time.process_time()
    view = GraphView()
    view.resize(*SIZE)
    view.show()
    view.set_scene(Scene(placed, box_labels(graph), value_words=value_words(graph)))
    settle(app, view)
    shown = time.process_time()
    print(f"{boxes} boxes: layout {laid - started:.2f} s, first picture {shown - laid:.2f} s")
    scale = ColourScale(METRICS["snr_db"])
    decibels = np.random.default_rng(0).normal(25, 10, len(placed.names))
    texts = {name: f"{number:.1f} dB" for name, number in zip(placed.names, decibels, strict=True)}
    shades = {
        name: scale.shade(float(number))
        for name, number in zip(placed.names, decibels, strict=True)
    }
    started = time.process_time()
    view.set_paint(BoxPaint(shades=shades, badges=dict.fromkeys(placed.names, "u8"), texts=texts))
    settle(app, view)
    print(f"  recolour           {(time.process_time() - started) * 1e3:5.1f} ms until settled")
    middle = QPointF(placed.bounds[0] + placed.bounds[2] / 2, placed.bounds[3] / 2)
    for visible in (len(placed.names), 600, 60):
        view.show_all()
        pitch = placed.bounds[3] / len(placed.names)
        while view.visible_area.height() / pitch > visible * 1.1 and view.scale < 2:
            view.zoom(1)
        view.center_on(middle)
        settle(app, view)
        print(f"  pan,  {visible:6} seen  {frames(app, view, lambda _: view.pan(-7, -23))}")
    spot = QPointF(700, 400)
    zooms = frames(app, view, lambda i: view.zoom(-1 if i // 12 % 2 == 0 else 1, spot))
    print(f"  zoom by a notch    {zooms}")
    view.close()


def main() -> None:
    app = QApplication(sys.argv[:1])
    for boxes in [int(argument) for argument in sys.argv[1:]] or SIZES:
        measure(app, boxes)


if __name__ == "__main__":
    main()

"""Run a detector kept as an `.rknn` file in the emulator and draw what it finds on a picture.

`python -m bench.person MODEL.rknn PICTURE OUT.png`: for YOLOv5 detectors with three heads of raw
outputs and the anchors of COCO, as the toolkit's model zoo exports them. Asserts nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rkviz.calibrate.preprocess import preprocess
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.executor import as_real, run_plan
from rkviz.errors import RkvizError
from rkviz.formats.rknn_model import RknnModel, open_rknn
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.stated import stats_without_pictures
from rkviz.target import target_named

Array = NDArray[np.float32]

ANCHORS: Mapping[int, tuple[tuple[int, int], ...]] = {
    8: ((10, 13), (16, 30), (33, 23)),
    16: ((30, 61), (62, 45), (59, 119)),
    32: ((116, 90), (156, 198), (373, 326)),
}
"""Stride of a head -> width and height of its anchors, in pixels of the network's input."""
LEAST_SCORE, LARGEST_OVERLAP = 0.4, 0.45
COLOURS = ("#ff3b30", "#0a84ff", "#34c759", "#ff9f0a", "#bf5af2")


@dataclass(frozen=True)
class Box:
    """Corners in pixels of the network's input."""

    left: float
    top: float
    right: float
    bottom: float
    score: float
    kind: int

    def overlap(self, other: Box) -> float:
        """Intersection over union."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(wide, 0.0) * max(high, 0.0)
        areas = sum((b.right - b.left) * (b.bottom - b.top) for b in (self, other))
        return shared / (areas - shared)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name in ("model", "picture", "output"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    missing = [str(path) for path in (given.model, given.picture) if not path.exists()]
    if missing:
        print(f"Skipped: {' and '.join(missing)} is not there.")
        return 0
    try:
        model = open_rknn(given.model)
    except RkvizError as error:
        print(error)
        return 1
    picture = Image.open(given.picture).convert("RGB")
    name = model.graph.inputs[0]
    feed = preprocess(np.asarray(picture), model.inputs[name], model.graph.shape(name), name)
    emulated, real = _run(model, {name: feed})
    boxes = detect(emulated, feed.shape[1:3])
    print(f"{len(model.layers)} layers; emulator: {_listed(boxes)}")
    print(f"in real numbers: {_listed(detect(real, feed.shape[1:3]))}")
    draw(picture, boxes, feed.shape[1:3]).save(given.output)
    print(f"{given.output} written.")
    return 0


def _run(model: RknnModel, feeds: Mapping[str, Array]) -> tuple[list[Array], list[Array]]:
    """The outputs as the emulator computes them, and as the same network does in float."""
    graph = model.graph
    net = FloatNet(graph)
    stats = stats_without_pictures(graph, net.wanted, graph.digest)
    plan = build_plan(graph, stats, HybridConfig(), target_named("rv1126"))
    began = time.perf_counter()
    codes = run_plan(plan, feeds)
    print(f"reference emulator: {time.perf_counter() - began:.2f} s")
    computed = net.run(feeds)
    return (
        [as_real(plan, name, codes[name]) for name in graph.outputs],
        [np.asarray(computed[name], np.float32) for name in graph.outputs],
    )


def detect(heads: list[Array], size: tuple[int, ...]) -> list[Box]:
    """Boxes of raw heads (1, 3 (5 + classes), H, W) for an input of `size` (H, W).

    x, y = (2 s - 0.5 + cell) stride; width, height = (2 s)^2 anchor, s the sigmoid of the raw
    value, as YOLOv5 defines it; then what overlaps a better box of its kind is dropped.
    """
    found = [box for head in heads for box in _candidates(head, size)]
    kept: list[Box] = []
    for box in sorted(found, key=lambda box: -box.score):
        if all(b.kind != box.kind or b.overlap(box) < LARGEST_OVERLAP for b in kept):
            kept.append(box)
    return kept


def _candidates(head: Array, size: tuple[int, ...]) -> list[Box]:
    _, channels, rows, columns = head.shape
    stride = size[0] // rows
    values = 1 / (1 + np.exp(-head.reshape(3, channels // 3, rows, columns)))
    scores = values[:, 4:5] * values[:, 5:]
    boxes: list[Box] = []
    for anchor, kind, row, column in np.argwhere(scores >= LEAST_SCORE):
        x, y, w, h = (float(v) * 2 for v in values[anchor, :4, row, column])
        width, height = w * w * ANCHORS[stride][anchor][0], h * h * ANCHORS[stride][anchor][1]
        x, y = (x - 0.5 + column) * stride, (y - 0.5 + row) * stride
        score = float(scores[anchor, kind, row, column])
        boxes.append(
            Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, int(kind))
        )
    return boxes


def draw(picture: Image.Image, boxes: list[Box], size: tuple[int, ...]) -> Image.Image:
    """`picture` with `boxes`, which are in pixels of a network's input of `size` (H, W)."""
    shown = picture.copy()
    pen = ImageDraw.Draw(shown)
    x, y = picture.width / size[1], picture.height / size[0]
    for box in boxes:
        colour = COLOURS[box.kind % len(COLOURS)]
        corners = (box.left * x, box.top * y, box.right * x, box.bottom * y)
        pen.rectangle(corners, outline=colour, width=4)
        pen.text((corners[0] + 6, corners[1] + 4), f"{box.kind}: {box.score:.2f}", fill=colour)
    return shown


def _listed(boxes: list[Box]) -> str:
    shown = (
        f"kind {b.kind} {b.score:.2f} at {b.left:.0f},{b.top:.0f}-{b.right:.0f},{b.bottom:.0f}"
        for b in boxes
    )
    return "; ".join(shown) or "nothing"


if __name__ == "__main__":
    raise SystemExit(main())

"""Calibrated tiny networks to repair, with pictures to judge that calibration did not see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from onnx import ModelProto

from rkviz.calibrate.observers import calibrate
from rkviz.calibrate.stats import CalibrationStats
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.graph.model import Graph
from rkviz.graph.onnx_import import open_onnx
from rkviz.graph.passes import simplify_graph
from rkviz.progress import Progress
from rkviz.quantize.config import HybridConfig
from rkviz.repair.layers import Samples
from rkviz.repair.workbench import Workbench
from rkviz.target import Target, target_named
from tests import models

TARGET: Target = target_named("rv1126")


@dataclass(frozen=True)
class Calibrated:
    graph: Graph
    samples: Samples
    judging: Samples
    stats: CalibrationStats

    def workbench(self, config: HybridConfig | None = None) -> Workbench:
        return Workbench(
            self.graph, self.stats, self.samples, config or HybridConfig(), TARGET, self.again
        )

    def again(self, graph: Graph, progress: Progress) -> CalibrationStats:
        return calibrate(graph, self.samples.open(), FloatPieces(graph).run, "again")


def calibrated(model: ModelProto, folder: Path, pictures: int = 12) -> Calibrated:
    graph = simplify_graph(open_onnx(models.save(model, folder / "net.onnx")))
    shapes = {name: graph.shape(name) for name in graph.inputs}

    def drawn(first: int) -> Samples:
        feeds = [models.feeds_for(shapes, seed) for seed in range(first, first + pictures)]
        return Samples(lambda: iter(feeds), pictures)

    samples = drawn(0)
    stats = calibrate(graph, samples.open(), FloatPieces(graph).run, "test")
    return Calibrated(graph, samples, drawn(100), stats)

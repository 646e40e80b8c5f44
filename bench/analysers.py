"""AIMET's analyser beside the report: what one picture costs, from a calibrated network.

    python -m bench.analysers model.onnx --dataset pictures/ [the options of rkviz analyze]

Both know the ranges of the calibration pictures and analyse the same single picture, and both open
what they need anew. AIMET answers two questions in two walks: how much the outputs lose when one
layer alone is quantized (ours: `--effect`), and how far each tensor of the quantized network lies
from the float one's (ours: the accumulated error). The report tells own and accumulated error.
Processor time of all threads, and wall time; judges nothing.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import onnx

from bench.quantizers import Feeds, aimet_simulation
from rkviz import pipeline
from rkviz.analyse.analysis import CodeCache, analyse
from rkviz.cli.settings import parse_project


def main() -> None:
    project = parse_project(["analyze", *sys.argv[1:]])
    results = pipeline.run(project, until="quantize")
    graph, dataset = pipeline.graph_of(results), pipeline.dataset_of(results)
    plan = results.plan
    assert plan is not None
    samples = list(pipeline.samples_of(project, graph, dataset, project.calibration_images))
    feeds = samples[0]

    def report() -> object:
        return analyse(plan, [feeds], ["picture"], "samples", cache=CodeCache())

    print(f"{project.model.name}, {len(plan.steps)} steps")
    _tell("report, opened anew", report)
    if find_spec("aimet_onnx") is None:
        print("AIMET is not installed here")
        return
    _aimet(onnx.load(project.model), samples, feeds)


def _aimet(model: onnx.ModelProto, samples: list[Feeds], feeds: Feeds) -> None:
    logging.disable(logging.WARNING)
    analyser_class = import_module("aimet_onnx.quant_analyzer").QuantAnalyzer
    simulation = aimet_simulation(model, samples)
    wanted = _float_outputs(model, feeds)

    def noise(session: object) -> float:
        got = session.run(None, dict(feeds))  # type: ignore[attr-defined]
        return -sum(float(np.square(q - t).sum()) for q, t in zip(got, wanted, strict=True))

    analyser = analyser_class(model, dict(feeds), lambda *_: None, noise)
    analyser.enable_per_layer_mse_loss([dict(feeds)], 1)
    with tempfile.TemporaryDirectory() as folder:
        each = analyser.perform_per_layer_analysis_by_enabling_quantizers
        _tell("AIMET, outputs by layer", lambda: each(simulation))
        _tell("AIMET, error of each tensor", lambda: analyser.export_per_layer_mse_loss(
            simulation, folder
        ))  # fmt: skip


def _float_outputs(model: onnx.ModelProto, feeds: Feeds) -> list[np.ndarray]:
    """What the float network answers."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, dict(feeds))


def _tell(what: str, work: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    taken = (time.perf_counter() - wall, time.process_time() - processor)
    print(f"{what:30} {taken[0]:8.2f} s {taken[1]:8.2f} processor s", flush=True)


if __name__ == "__main__":
    main()

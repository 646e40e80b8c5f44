"""What the range methods cost and bring on a model and pictures.

    python bench/ranges.py model.onnx --dataset pictures/ [--mean ... --calibration-images ...]

Takes the options of `rkviz analyze`. Calibration is timed with and without histograms, the fastest
of three, pictures prepared before. Outputs are judged on as many pictures behind those of the
calibration, which it did not see.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import replace

from rkviz import pipeline
from rkviz.analyse.analysis import analyse
from rkviz.calibrate.observers import calibrate
from rkviz.cli.settings import parse_project
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.project import Project
from rkviz.quantize.range_method import NORMAL, RangeKind, RangeMethod
from rkviz.results import Results

METHODS = tuple(RangeMethod(kind) for kind in RangeKind)
PAIRS = (
    *((method, NORMAL) for method in METHODS),
    *((NORMAL, method) for method in METHODS if method.needs_histogram),
    *((method, method) for method in METHODS if method.needs_histogram),
)
"""(activations, weights)"""


def main() -> None:
    project = parse_project(["analyze", *sys.argv[1:]])
    results = pipeline.run(project, until="dataset")
    _time_calibration(project, results)
    results = pipeline.with_histograms(project, results)
    assert results.stats is not None
    memory = sum(each.counts.nbytes for each in results.stats.histograms.values())
    print(f"{len(results.stats.histograms)} histograms take {memory / 1e6:.1f} MB")
    for activations, weights in PAIRS:
        _judge(project, results, activations, weights)


def _judge(
    project: Project, results: Results, activations: RangeMethod, weights: RangeMethod
) -> None:
    config = replace(project.config, range_method=activations, weights_method=weights)
    chosen = replace(project, config=config)
    start = time.perf_counter()
    now = pipeline.run(chosen, results, until="quantize")
    seconds = time.perf_counter() - start
    plan, dataset = pipeline.plan_of(now), pipeline.dataset_of(now)
    first = pipeline.limited(dataset, project.calibration_images)
    unseen = range(first, min(first + project.analysis_images, len(dataset.samples)))
    feeds = (pipeline.feeds_of(project, plan.graph, dataset, index) for index in unseen)
    report = analyse(plan, feeds, [dataset.samples[index].name for index in unseen], "")
    outputs = ", ".join(
        f"{name} {sums.snr_db:6.2f} dB cosine {sums.cosine:.5f}"
        for name in report.outputs
        for sums in (report.sums(name, "accumulated"),)
    )
    print(f"{activations!s:20} weights {weights!s:18} plan {seconds * 1e3:5.0f} ms  {outputs}")


def _time_calibration(project: Project, results: Results) -> None:
    graph, dataset = pipeline.graph_of(results), pipeline.dataset_of(results)
    samples = list(pipeline.samples_of(project, graph, dataset, project.calibration_images))
    run = FloatPieces(graph).run
    best = {False: math.inf, True: math.inf}
    for _ in range(3):
        for histograms in best:
            start = time.perf_counter()
            calibrate(graph, samples, run, "", histograms=histograms)
            best[histograms] = min(best[histograms], time.perf_counter() - start)
    print(
        f"calibration on {len(samples)} pictures {best[False]:.2f} s, with histograms "
        f"{best[True]:.2f} s ({best[True] / best[False]:.1f} x)"
    )


if __name__ == "__main__":
    main()

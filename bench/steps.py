"""Time and memory of every step on a model and pictures, beside one float pass of onnxruntime.

    python bench/steps.py model.onnx --dataset pictures/ [--mean ... --std ... --input-shape ...]

Takes the options of `rkviz analyze`. Each step is timed once, cold, as a user meets it; the
float pass is the fastest of five. Memory is the peak of the whole process so far.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import onnxruntime

from rkviz import pipeline
from rkviz.analyse.analysis import CodeCache
from rkviz.cli.settings import parse_project
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.programs import Programs
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.results import Results


def main() -> None:
    project = parse_project(["analyze", *sys.argv[1:]])
    rows: list[tuple[str, float, float]] = []
    cache = CodeCache()
    results = Results()
    for step in pipeline.STEPS:
        results = _timed(rows, step, _stepper(project, results, step, cache))
    graph, plan, dataset = results.graph, results.plan, results.dataset
    assert graph is not None
    assert plan is not None
    assert dataset is not None
    feeds = pipeline.feeds_of(project, graph, dataset, 0)
    outputs_only = FloatNet(graph, graph.outputs)
    float_s = min(_seconds(lambda: outputs_only.run(feeds)) for _ in range(5))
    programs = Programs()
    integer_s = min(_seconds(lambda: programs.run_plan(plan, feeds)) for _ in range(5))
    _what_if(project, results, cache, rows)

    print(f"onnxruntime {onnxruntime.__version__}, {project.model.name}, {len(graph.heads)} layers")
    print(f"one float pass    {float_s * 1e3:9.1f} ms   1.0 x")
    print(f"one integer pass  {integer_s * 1e3:9.1f} ms {integer_s / float_s:5.1f} x")
    for name, seconds, peak in rows:
        print(f"{name:34} {seconds:7.2f} s {seconds / float_s:7.1f} x   peak {peak:6.0f} MB")


def _stepper(
    project: Project, results: Results, step: str, cache: CodeCache
) -> Callable[[], Results]:
    return lambda: pipeline.run(project, results, until=step, cache=cache)


def _what_if(
    project: Project, results: Results, cache: CodeCache, rows: list[tuple[str, float, float]]
) -> None:
    """The worst layer by own error goes to float: only what depends on it is computed again."""
    assert results.report is not None
    assert results.graph is not None
    worst = results.report.worst("cosine", "own", results.graph.heads)[0][0]
    config = project.config.with_scheme([worst], QuantScheme.FLOAT)
    changed = replace(project, config=config)
    _timed(
        rows,
        f"what-if: {worst} in float",
        lambda: pipeline.run(changed, results, cache=cache),
    )


def _timed(rows: list[tuple[str, float, float]], name: str, work: Callable[[], Results]) -> Results:
    start = time.perf_counter()
    results = work()
    rows.append((name, time.perf_counter() - start, _peak_mb()))
    return results


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / (1 << 20)


if __name__ == "__main__":
    main()

"""The report against the passes it is made of, and against onnxruntime's own debugger.

    python bench/engines.py model.onnx --dataset pictures/ [--mean ... --std ... --input-shape ...]

Takes the options of `rkviz analyze`. Times are wall seconds, the fastest of a few, of one picture
that is already in memory. "cold" includes building every program. Prints ratios; judges nothing.
"""

from __future__ import annotations

import contextlib
import io
import logging
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import onnxruntime

from rkviz import pipeline
from rkviz.analyse.analysis import CodeCache, analyse
from rkviz.calibrate.stats import CalibrationStats
from rkviz.cli.settings import parse_project
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import run_plan
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.plan import QuantPlan
from rkviz.target import target_named


def main() -> None:
    project = parse_project(["analyze", *sys.argv[1:]])
    results = pipeline.run(project, until="quantize")
    graph, plan, dataset, stats = results.graph, results.plan, results.dataset, results.stats
    assert graph is not None
    assert plan is not None
    assert dataset is not None
    assert stats is not None
    feeds = pipeline.feeds_of(project, graph, dataset, 0)
    programs, cache, net = Programs(), CodeCache(), FloatNet(graph, graph.outputs)

    def report(cache: CodeCache) -> object:
        return analyse(plan, [feeds], ["picture"], "samples", cache=cache)

    before = _peak_mb()
    rows = {
        "report, cold": _seconds(lambda: report(cache)),
        "float pass": _fastest(9, lambda: net.run(feeds)),
        "integer pass, cold": _seconds(lambda: programs.run_plan(plan, feeds)),
        "integer pass": _fastest(9, lambda: programs.run_plan(plan, feeds)),
        "integer pass, reference": _seconds(lambda: run_plan(plan, feeds)),
    }

    def warm() -> object:
        fresh = CodeCache()
        fresh.programs, fresh.net = cache.programs, cache.net
        return report(fresh)

    rows["report"] = _fastest(5, warm)
    peak = _peak_mb()
    _what_ifs(project, plan, feeds, cache, rows, stats)
    print(f"onnxruntime {onnxruntime.__version__}, {project.model.name}, {len(plan.steps)} steps")
    slow = [step.op for step in plan.steps if not programs.has_program(plan, step)]
    print(f"by reference kernel: {', '.join(sorted(set(slow))) or 'none'} ({len(slow)} steps)")
    both = rows["float pass"] + rows["integer pass"]
    debugger = _qdq_loss_debug(project, feeds)
    if debugger:
        rows["onnxruntime qdq_loss_debug"] = debugger
    for name, seconds in rows.items():
        print(f"{name:44} {seconds * 1e3:9.1f} ms {seconds / both:8.2f} x (float + integer)")
    print(f"peak memory {peak:.0f} MB, {before:.0f} MB of it before the report")


def _what_ifs(
    project: Project,
    plan: QuantPlan,
    feeds: pipeline.Feeds,
    cache: CodeCache,
    rows: dict[str, float],
    stats: CalibrationStats,
) -> None:
    """One layer to i16: the first convolution, one in the middle, the last."""
    report = analyse(plan, [feeds], ["picture"], "samples", cache=cache)
    convolutions = [step.name for step in plan.steps if step.op == "Conv"]
    for layer in (convolutions[0], convolutions[len(convolutions) // 2], convolutions[-1]):
        for scheme in (QuantScheme.I16, QuantScheme.FLOAT):
            config = project.config.with_scheme([layer], scheme)

            def what_if(config=config) -> object:
                edited = build_plan(plan.graph, stats, config, target_named(project.target))
                return analyse(
                    edited, [feeds], ["picture"], "samples", previous=report, cache=cache
                )

            place = convolutions.index(layer) + 1
            rows[f"what-if: convolution {place} in {scheme.short}"] = _seconds(what_if)


def _qdq_loss_debug(project: Project, feeds: pipeline.Feeds) -> float:
    """Seconds onnxruntime's tools take to compare the same picture; 0 where they cannot."""
    try:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
        from onnxruntime.quantization import qdq_loss_debug as debug
    except ImportError:
        return 0.0

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.left = [dict(feeds)]

        def get_next(self) -> dict | None:
            return self.left.pop() if self.left else None

    model = str(project.model)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        quantized, full, twin = (str(Path(folder) / f"{name}.onnx") for name in "abc")
        quantize_static(model, quantized, Reader(), quant_format=QuantFormat.QDQ)

        def compare() -> None:
            debug.modify_model_output_intermediate_tensors(model, full)
            debug.modify_model_output_intermediate_tensors(quantized, twin)
            floats = debug.collect_activations(full, Reader())
            rounded = debug.collect_activations(twin, Reader())
            debug.compute_activation_error(debug.create_activation_matching(rounded, floats))

        return _seconds(compare)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fastest(times: int, work: Callable[[], object]) -> float:
    return min(_seconds(work) for _ in range(times))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

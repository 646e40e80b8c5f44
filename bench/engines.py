"""The report against the passes it is made of, and against onnxruntime's own debugger.

    python bench/engines.py model.onnx --dataset pictures/ [--mean ... --std ... --input-shape ...]

Takes the options of `rkviz analyze`. Times are wall and processor time, each the least of a few, of
one picture that is already in memory. "cold" includes building every program.

The debugger is compared on equal footing: its quantized file and our plan are given, both open all
their sessions, both end with the errors of every tensor. With one picture, with as many as
`--images` says, and per further picture, where neither opens anything. It tells the accumulated
errors and those of rounding alone, we the accumulated and those of every layer alone.

Prints ratios; judges nothing.
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
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
    count = max(2, pipeline.limited(dataset, project.analysis_images))
    many = [pipeline.feeds_of(project, graph, dataset, index) for index in range(count)]
    programs, cache, net = Programs(), CodeCache(), FloatNet(graph, graph.outputs)

    def report(cache: CodeCache) -> object:
        return analyse(plan, [feeds], ["picture"], "samples", cache=cache)

    before = _peak_mb()
    rows = {
        "report, cold": _cost(lambda: report(cache)),
        "float pass": _least(9, lambda: net.run(feeds)),
        "integer pass, cold": _cost(lambda: programs.run_plan(plan, feeds)),
        "integer pass": _least(9, lambda: programs.run_plan(plan, feeds)),
        "integer pass, reference": _cost(lambda: run_plan(plan, feeds)),
    }

    def warm() -> object:
        fresh = CodeCache()
        fresh.programs, fresh.net = cache.programs, cache.net
        return report(fresh)

    rows["report"] = _least(9, warm)
    peak = _peak_mb()
    _what_ifs(project, plan, feeds, cache, rows, stats)
    print(f"onnxruntime {onnxruntime.__version__}, {project.model.name}, {len(plan.steps)} steps")
    slow = [step.op for step in plan.steps if not programs.has_program(plan, step)]
    print(f"by reference kernel: {', '.join(sorted(set(slow))) or 'none'} ({len(slow)} steps)")
    both = rows["float pass"].wall + rows["integer pass"].wall
    for name, cost in rows.items():
        print(f"{name:36} {cost} {cost.wall / both:8.2f} x (float + integer)")
    print(f"peak memory {peak:.0f} MB, {before:.0f} MB of it before the report")
    _beside_debugger(project, plan, many)


def _what_ifs(
    project: Project,
    plan: QuantPlan,
    feeds: pipeline.Feeds,
    cache: CodeCache,
    rows: dict[str, Cost],
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
            rows[f"what-if: convolution {place} in {scheme.short}"] = _cost(what_if)


def _beside_debugger(project: Project, plan: QuantPlan, many: Sequence[pipeline.Feeds]) -> None:
    """Both from nothing opened to all errors known: one picture, all, what a further one takes."""
    names = [str(index) for index in range(len(many))]

    def report(count: int) -> object:
        return analyse(plan, many[:count], names[:count], "samples", cache=CodeCache())

    compare = _qdq_loss_debug(project, many)
    if compare is None:
        return
    ours, theirs = (
        {count: _least(3, partial(work, count)) for count in (1, len(many))}
        for work in (report, compare)
    )
    print(f"\n{'opened anew':36} {'report':>24} {'qdq_loss_debug':>24}")
    for count in ours:
        _print_ratio(f"pictures: {count}", ours[count], theirs[count])
    more = len(many) - 1
    each = [times[len(many)].less(times[1]).over(more) for times in (ours, theirs)]
    _print_ratio("each further picture", *each)


def _print_ratio(name: str, ours: Cost, theirs: Cost) -> None:
    wall, processor = theirs.wall / ours.wall, theirs.processor / ours.processor
    print(f"{name:36} {ours} {theirs} {wall:6.1f} x wall, {processor:.1f} x processor time")


def _qdq_loss_debug(
    project: Project, many: Sequence[pipeline.Feeds]
) -> Callable[[int], object] | None:
    """What compares the first pictures by onnxruntime's tools; None where they cannot."""
    try:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
        from onnxruntime.quantization import qdq_loss_debug as debug
    except ImportError:
        return None

    class Reader(CalibrationDataReader):
        def __init__(self, count: int) -> None:
            self.left = [dict(feeds) for feeds in many[:count]]

        def get_next(self) -> dict | None:
            return self.left.pop() if self.left else None

    model = str(project.model)
    folder = tempfile.TemporaryDirectory()
    quantized, full, twin = (str(Path(folder.name) / f"{name}.onnx") for name in "abc")
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with contextlib.redirect_stdout(io.StringIO()):
        quantize_static(model, quantized, Reader(1), quant_format=QuantFormat.QDQ)

    def compare(count: int) -> object:
        assert folder  # the files live as long as the function
        with contextlib.redirect_stdout(io.StringIO()):
            debug.modify_model_output_intermediate_tensors(model, full)
            debug.modify_model_output_intermediate_tensors(quantized, twin)
            floats = debug.collect_activations(full, Reader(count))
            rounded = debug.collect_activations(twin, Reader(count))
            return debug.compute_activation_error(debug.create_activation_matching(rounded, floats))

    return compare


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall, and of all processors together."""

    wall: float
    processor: float

    def less(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.processor - other.processor)

    def over(self, count: int) -> Cost:
        return Cost(self.wall / count, self.processor / count)

    def __str__(self) -> str:
        return f"{self.wall * 1e3:9.1f} ms {self.processor * 1e3:8.1f} cpu"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _least(times: int, work: Callable[[], object]) -> Cost:
    costs = [_cost(work) for _ in range(times)]
    return Cost(min(cost.wall for cost in costs), min(cost.processor for cost in costs))


def _cost(work: Callable[[], object]) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - processor)


if __name__ == "__main__":
    main()

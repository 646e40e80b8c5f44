"""Diagnosis and the search for the best hybrid plan, on a classifier and on a detector's head.

    python -m bench.search MODEL.onnx PICTURES --mean 127.5 --std 127.5 --fit crop --crop-from 256

Of the PICTURES some calibrate and others judge. Prints how often the plans agree with the float
network on the first class: all u8, the best plan within 1.3 times its estimated time, the same
with repairs; and how long ranking all layers (4 pictures) and the Pareto curve take. Then a
YOLOv8n-shaped network with boxes and scores in one output (random weights): what is said of it
before any picture runs, what each remedy does for the scores, and the best plan.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import onnx

from bench.networks import yolov8_joined
from rkviz import pipeline
from rkviz.analyse.head_rules import boxes_with_scores
from rkviz.analyse.remedies import remedy_text
from rkviz.calibrate.preprocess import Fit, InputSettings
from rkviz.cli.settings import parse_project
from rkviz.emulate.cost import total_cost
from rkviz.plan_search import SearchRequest, effects_of, search_plan, try_remedies
from rkviz.project import Project
from rkviz.repair.choice import Repairs, parse_repairs
from rkviz.results import Results
from rkviz.search.points import Found, Goal
from rkviz.target import target_named

_SLOWER = 1.3
_REPAIRS = "equalize,round,bias"
_LINE = "{:44} {:>10} {:>10} {:>12}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calibration", type=int, default=32, help="pictures to calibrate (32)")
    parser.add_argument("--judging", type=int, default=96, help="pictures to judge by (96)")
    given, rest = parser.parse_known_args()
    missing = [name for name in rest[:2] if not Path(name).exists()]
    if len(rest) < 2 or missing:
        print("Nothing done, there is no " + (", ".join(missing) or "model and pictures."))
        return
    model, pictures, *options = rest
    project = parse_project(["analyze", model, "--dataset", pictures, *options])
    project = replace(project, calibration_images=given.calibration, judging_images=given.judging)
    classifier(project)
    detector(replace(project, calibration_images=8, judging_images=4, inputs={}))


def classifier(project: Project) -> None:
    """The table of plans and the times of the search."""
    print(f"{project.model.name}: {project.calibration_images} pictures calibrate, "
          f"{project.judging_images} others judge")  # fmt: skip
    print(_LINE.format("plan", "ms", "x u8", "agreement"))
    for name, repairs in (("no repairs", Repairs()), (_REPAIRS, parse_repairs(_REPAIRS))):
        chosen = replace(project, repairs=repairs)
        began = time.perf_counter()
        results = pipeline.run(chosen, until="quantize")
        spent = time.perf_counter() - began
        assert results.plan is not None
        base = total_cost(results.plan, target_named(project.target)).milliseconds
        found = search_plan(chosen, results, SearchRequest(Goal(max_ms=_SLOWER * base), "top1"))
        _row(f"all u8, {name}", found, base, start=True)
        _row(f"hybrid within {_SLOWER} x, {name}", found, base)
        print(f"  {spent:.1f} s to calibrate, repair and quantize")
    _times(project, pipeline.run(project, until="quantize"))


def _row(name: str, found: Found, base: float, start: bool = False) -> None:
    point = found.start if start else found.best
    assert point is not None
    quality = f"{point.measured or 0:.2%}"
    print(_LINE.format(name, f"{point.time_ms:.2f}", f"{point.time_ms / base:.2f}", quality))


def _times(project: Project, results: Results) -> None:
    began = time.perf_counter()
    effects_of(project, results, 4)
    ranked = time.perf_counter() - began
    found = search_plan(
        project, results, SearchRequest(Goal(max_ms=0.0), "top1"), keep=lambda _: None
    )
    options = found.curve[0].options
    again = replace(options)
    began = time.perf_counter()
    curve = again.curve
    print(f"ranking all layers, 4 pictures: {ranked:.1f} s; curve of {len(curve)} points: "
          f"{time.perf_counter() - began:.2f} s")  # fmt: skip


def detector(project: Project) -> None:
    """The head whose boxes and scores share one tensor."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "yolov8n_joined.onnx"
        onnx.save(yolov8_joined(), str(model))
        settings = InputSettings(std_values=(255.0,), fit=Fit.LETTERBOX)
        chosen = replace(project, model=model, inputs={"": settings})
        opened = pipeline.run(chosen, until="open")
        assert opened.graph is not None
        (finding,) = boxes_with_scores(opened.graph)
        print(f"\n{model.name}, before any picture: {finding.layer}: {finding.sentence}")
        results = pipeline.run(chosen, opened, until="quantize")
        print(_LINE.format("remedy, cosine of", "boxes", "scores", "ms"))
        for tried in try_remedies(chosen, results, finding.remedies, images=2):
            what = "all u8" if tried.remedy is None else remedy_text(tried.remedy)
            cosines = [f"{part.sums().cosine:.6f}" for part in tried.parts]
            print(_LINE.format(what, *cosines, f"{tried.time_ms:.2f}"))
        began = time.perf_counter()
        request = SearchRequest(Goal(min_quality=0.999), "worst-slice", effect_images=1)
        best = search_plan(chosen, results, request).best
        assert best is not None
        print(f"best plan: cosine of the worst part {best.measured:.6f} at {best.time_ms:.2f} ms "
              f"({time.perf_counter() - began:.0f} s)")  # fmt: skip
        for choice in best.choices:
            print(f"  {', '.join(choice.layers)} in {choice.scheme.short}: buys "
                  f"{choice.bought_db:.1f} dB, costs {choice.cost_us:.0f} us")  # fmt: skip


if __name__ == "__main__":
    main()

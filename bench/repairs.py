"""What repairs of the weights are worth, beside other quantizers' per-tensor result.

    python -m bench.repairs model.onnx --dataset pictures/ --calibration-images 48
        [--judge-images 200 --mean ... --std ... --repair equalize,round,sequential]

Takes the options of `rkviz repairs`. Pictures are split: the first calibrate, others judge. Beside
rkviz stand the quantizers of bench/quantizers.py that are installed, all per tensor in u8,
calibrated with the same pictures and judged by the same others. Without --repair every
combination is measured.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from bench.quantizers import Feeds, Quantizer, installed
from rkviz import pipeline
from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.cli.repairs import trials_text
from rkviz.cli.settings import parse_project
from rkviz.judging import JudgingSet, judging_set, measure_repairs
from rkviz.project import Project
from rkviz.repair.choice import ALL_CHOICES
from rkviz.results import Results
from rkviz.search.trials import Trials


def main() -> None:
    project = parse_project(["repairs", *sys.argv[1:]])
    watch = _Watch()
    results = pipeline.run(project, until="calibrate")
    print(f"calibrated in {watch}", flush=True)
    judging = judging_set(project, results)
    _ours(project, results)
    graph, dataset = pipeline.graph_of(results), pipeline.dataset_of(results)
    samples = list(pipeline.samples_of(project, graph, dataset, project.calibration_images))
    for name, quantizer in installed().items():
        _theirs(name, quantizer, project.model, samples, judging)


def _ours(project: Project, results: Results) -> None:
    choices = [project.repairs] if project.repairs.any else ALL_CHOICES
    watch = _Watch()
    trials = measure_repairs(project, results, choices, publish=_last_row)
    print(trials_text(trials))
    print(f"all of it in {watch}")
    watch = _Watch()
    pipeline.workbench(project, results).repaired(trials.best.repairs)
    print(f"{trials.best.repairs} alone in {watch}", flush=True)


def _last_row(trials: Trials) -> None:
    row = trials.rows[-1]
    print(f"{row.repairs}: {row.quality.snr_db:.2f} dB", flush=True)


class _Watch:
    """Wall time since it was made, and processor time beside it: a busy machine counts less."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def __str__(self) -> str:
        wall, processor = time.perf_counter(), time.process_time()
        return f"{wall - self._wall:.1f} s ({processor - self._processor:.1f} s of processor)"


def _theirs(
    name: str, quantizer: Quantizer, model: Path, samples: Sequence[Feeds], judging: JudgingSet
) -> None:
    watch = _Watch()
    made = quantizer(model, samples)
    taken = str(watch)
    sessions = [onnxruntime.InferenceSession(file) for file in (model, made)]
    sums: dict[str, ErrorSums] = {}
    agreeing = 0
    for feeds in judging.samples.open():
        real, quantized = (session.run(None, dict(feeds)) for session in sessions)
        for output, t, q in zip(sessions[0].get_outputs(), real, quantized, strict=True):
            sums[output.name] = sums.get(output.name, ErrorSums()) + error_sums(t, q)
        agreeing += int(real[0].argmax() == quantized[0].argmax())
    worst = min(entry.snr_db for entry in sums.values())
    print(
        f"{name} per tensor: SNR {worst:.2f} dB, same top-1 {agreeing / judging.samples.count:.1%}"
        f", quantized in {taken}",
        flush=True,
    )


if __name__ == "__main__":
    main()

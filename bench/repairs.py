"""What repairs of the weights are worth, beside other quantizers' per-tensor result.

    python -m bench.repairs model.onnx --dataset pictures/ --calibration-images 48
        [--judge-images 200 --mean ... --std ... --repair equalize,round,sequential]

Takes the options of `rkviz repairs`. Pictures are split: the first calibrate, others judge. Beside
rkviz stand onnxruntime's `quantize_static` (per tensor, u8, its own preprocessing) and, where it
is installed, NNCF's `quantize` (per tensor), both calibrated with the same pictures and judged by
the same others. Without --repair every combination is measured.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from rkviz import pipeline
from rkviz.analyse.metrics import ErrorSums, error_sums
from rkviz.cli.repairs import trials_text
from rkviz.cli.settings import parse_project
from rkviz.judging import JudgingSet, judging_set, measure_repairs
from rkviz.project import Project
from rkviz.repair.choice import ALL_CHOICES
from rkviz.results import Results
from rkviz.search.trials import Trials

Feeds = Mapping[str, np.ndarray]


def main() -> None:
    project = parse_project(["repairs", *sys.argv[1:]])
    watch = _Watch()
    results = pipeline.run(project, until="calibrate")
    print(f"calibrated in {watch}", flush=True)
    judging = judging_set(project, results)
    _ours(project, results)
    with tempfile.TemporaryDirectory() as folder:
        _theirs("onnxruntime", _by_onnxruntime, project, results, judging, Path(folder))
        if find_spec("nncf") is not None:
            _theirs("NNCF", _by_nncf, project, results, judging, Path(folder))
        else:
            print("NNCF is not installed here")


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
    name: str,
    quantizer: Callable[[Project, Results, Path], bytes],
    project: Project,
    results: Results,
    judging: JudgingSet,
    folder: Path,
) -> None:
    watch = _Watch()
    made = quantizer(project, results, folder)
    taken = str(watch)
    sessions = [onnxruntime.InferenceSession(model) for model in (project.model, made)]
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


def _calibration(project: Project, results: Results) -> list[Feeds]:
    graph, dataset = pipeline.graph_of(results), pipeline.dataset_of(results)
    return list(pipeline.samples_of(project, graph, dataset, project.calibration_images))


class _Reader(quantization.CalibrationDataReader):
    def __init__(self, samples: list[Feeds]) -> None:
        self._left = iter(samples)

    def get_next(self) -> dict[str, np.ndarray] | None:
        feeds = next(self._left, None)
        return None if feeds is None else dict(feeds)


def _by_onnxruntime(project: Project, results: Results, folder: Path) -> bytes:
    prepared, made = folder / "prepared.onnx", folder / "quantized.onnx"
    quant_pre_process(project.model, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(
        prepared,
        made,
        _Reader(_calibration(project, results)),
        per_channel=False,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QUInt8,
    )
    return made.read_bytes()


def _by_nncf(project: Project, results: Results, folder: Path) -> bytes:
    import onnx

    nncf = import_module("nncf")
    advanced = import_module("nncf.quantization.advanced_parameters")
    settings = advanced.AdvancedQuantizationParameters(
        weights_quantization_params=advanced.QuantizationParameters(per_channel=False),
        activations_quantization_params=advanced.QuantizationParameters(per_channel=False),
    )
    samples = _calibration(project, results)
    made = nncf.quantize(
        onnx.load(project.model),
        nncf.Dataset(samples, dict),
        subset_size=len(samples),
        advanced_parameters=settings,
    )
    return made.SerializeToString()


if __name__ == "__main__":
    main()

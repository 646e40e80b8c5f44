"""Which step of the results is stale; run up to a step."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.analysis import CodeCache, analyse
from rkviz.analyse.report import AnalysisReport
from rkviz.calibrate.dataset import Dataset, check_samples, load_sample, open_dataset
from rkviz.calibrate.observers import calibrate
from rkviz.calibrate.stats import CalibrationStats
from rkviz.digest import digest
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.errors import ConfigError, ModelError
from rkviz.formats.network_file import open_network, stated_inputs
from rkviz.formats.rknn_model import why_not_run
from rkviz.graph.model import Graph
from rkviz.progress import Progress, part_of, silent
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.quantize.stated import layers_to_measure, stats_without_pictures
from rkviz.repair.layers import Samples
from rkviz.repair.workbench import Repaired, Workbench, defaults_of
from rkviz.results import Results
from rkviz.target import target_named

STEPS = ("open", "dataset", "calibrate", "repair", "quantize", "analyse")
"""The steps of the work, each depending on those before it."""
_NO_PICTURES = "No calibration pictures are chosen; add a folder or a dataset.txt."


def step_keys(project: Project) -> dict[str, str]:
    """Step -> digest of everything in `project` (and on disk) that its result depends on."""
    opened = digest(_file_key(project.model), project.input_shapes, project.requantize)
    dataset = digest(opened, [_file_key(path) for path in project.dataset])
    calibrated = digest(dataset, project.inputs, project.calibration_images)
    # Worked out for the default type, so that a change of single layers redoes no repair.
    made_for = (defaults_of(project.config), project.target) if project.repairs.any else ()
    repaired = digest(calibrated, project.repairs, made_for)
    quantized = digest(repaired, project.config, project.target)
    return {
        "open": opened,
        "dataset": dataset,
        "calibrate": calibrated,
        "repair": repaired,
        "quantize": quantized,
        "analyse": digest(quantized, project.analysis_images),
    }


def stale(project: Project, results: Results) -> str | None:
    """The first step that has to run for `results` to be those of `project`; None when none."""
    keys = step_keys(project)
    return next((step for step in STEPS if _is_stale(project, results, keys, step)), None)


def _is_stale(project: Project, results: Results, keys: Mapping[str, str], step: str) -> bool:
    """Statistics without histograms are those of the project until a range needs them."""
    if step == "repair" and not project.repairs.any:
        return results.repaired is not None
    if results.keys.get(step) != keys[step]:
        return True
    held = {"calibrate": results.stats, "repair": results.repaired and results.repaired.stats}
    stats = held.get(step)
    return project.config.needs_histograms and stats is not None and not stats.has_histograms


def run(
    project: Project,
    results: Results | None = None,
    until: str = "analyse",
    progress: Progress = silent,
    cache: CodeCache | None = None,
) -> Results:
    """Bring `results` up to date with `project`, up to and including the step `until`.

    Only stale steps run, and of the analysis only what a changed plan affects. Raises the
    RkvizError of the step that fails; what was finished before it is in no way lost, because
    values are never changed in place.
    """
    now = results or Results()
    keys = step_keys(project)
    for step in STEPS[: STEPS.index(until) + 1]:
        if _is_stale(project, now, keys, step):
            made = _run_step(project, now, step, progress, cache)
            now = replace(made, keys={**made.keys, step: keys[step]})
    return now


def _run_step(
    project: Project, now: Results, step: str, progress: Progress, cache: CodeCache | None
) -> Results:
    if step != "open" and (sentence := why_not_run(graph_of(now))):
        raise ModelError(sentence)
    match step:
        case "open":
            graph = open_network(project.model, project.input_shapes, project.requantize)
            return replace(now, graph=graph)
        case "dataset":
            return replace(now, dataset=_open_dataset(project, graph_of(now), progress))
        case "calibrate":
            histograms = project.config.needs_histograms
            return replace(now, stats=_calibrate(project, now, progress, histograms))
        case "repair":
            return replace(now, repaired=_repair(project, now, progress))
        case "quantize":
            return replace(now, plan=plan_with(project, now, project.config))
        case _:
            return replace(now, report=_analyse(project, now, progress, cache))


def with_stated_inputs(project: Project) -> Project:
    """`project` with the preprocessing its model file states, where it has none of its own.

    Raises FormatError and ModelError.
    """
    stated = {} if project.inputs else stated_inputs(project.model)
    return replace(project, inputs=stated) if stated else project


def image_inputs(graph: Graph) -> dict[str, tuple[int, ...]]:
    """Input name -> shape, in the order of the model."""
    return {name: graph.shape(name) for name in graph.inputs}


def feeds_of(project: Project, graph: Graph, dataset: Dataset, index: int) -> Feeds:
    """The prepared float arrays (NCHW) of one sample; raises DatasetError."""
    settings = {name: project.settings_for(name) for name in graph.inputs}
    return load_sample(dataset.samples[index], image_inputs(graph), settings)


Feeds = dict[str, NDArray[np.float32]]


def samples_of(project: Project, graph: Graph, dataset: Dataset, limit: int) -> Iterator[Feeds]:
    """The prepared arrays of the first `limit` samples (0: all); raises DatasetError."""
    for index in range(limited(dataset, limit)):
        yield feeds_of(project, graph, dataset, index)


def limited(dataset: Dataset, limit: int) -> int:
    """How many samples `limit` (0: all) leaves."""
    return min(limit, len(dataset.samples)) if limit else len(dataset.samples)


def _open_dataset(project: Project, graph: Graph, progress: Progress) -> Dataset | None:
    """The pictures; None when there are none and the model file states all parameters itself."""
    if not project.dataset:
        if graph.given and not layers_to_measure(graph, FloatPieces(graph).wanted):
            return None
        raise ConfigError(_NO_PICTURES)
    dataset = open_dataset(project.dataset, graph.inputs)
    return check_samples(dataset, image_inputs(graph), progress)


def with_histograms(project: Project, results: Results, progress: Progress = silent) -> Results:
    """`results`, calibrated, with the histogram of every tensor in their statistics.

    Everything else in them stays valid: see `CalibrationStats.histograms`. Raises RkvizError.
    """
    now = run(project, results, until="calibrate", progress=silent)
    if now.stats is None or not now.stats.has_histograms:
        now = replace(now, stats=_calibrate(project, now, progress, histograms=True))
    done = now.repaired
    if done is None or done.stats.has_histograms:
        return now
    stats = _calibrate(project, now, progress, histograms=True, graph=done.graph)
    return replace(now, repaired=replace(done, stats=stats))


def _calibrate(
    project: Project,
    now: Results,
    progress: Progress,
    histograms: bool,
    graph: Graph | None = None,
) -> CalibrationStats:
    """Statistics of the open network, or of `graph` in its place."""
    graph = graph or graph_of(now)
    net = FloatPieces(graph, progress=part_of(progress, 0.0, 0.0))
    if now.dataset is None:
        return stats_without_pictures(graph, net.wanted, graph.digest)
    dataset = now.dataset
    count = limited(dataset, project.calibration_images)
    source = digest(graph.digest, dataset.digest, project.inputs, count)
    samples = samples_of(project, graph, dataset, project.calibration_images)
    return calibrate(graph, samples, net.run, source, progress, total=count, histograms=histograms)


def plan_with(project: Project, now: Results, config: HybridConfig) -> QuantPlan:
    """The plan `project` would have with `config`, repairs included; raises ConfigError."""
    target = target_named(project.target)
    if now.repaired is not None:
        return now.repaired.plan(config, target)
    return build_plan(graph_of(now), stats_of(now), config, target)


def workbench(project: Project, now: Results) -> Workbench:
    """Where the calibrated network is repaired; raises ConfigError when it is not calibrated."""
    graph, dataset, limit = graph_of(now), dataset_of(now), project.calibration_images
    histograms = project.config.needs_histograms
    return Workbench(
        graph,
        stats_of(now),
        Samples(lambda: samples_of(project, graph, dataset, limit), limited(dataset, limit)),
        project.config,
        target_named(project.target),
        lambda made, progress: _calibrate(project, now, progress, histograms, made),
    )


def _repair(project: Project, now: Results, progress: Progress) -> Repaired | None:
    """None where nothing is to be repaired, or the model file states all parameters itself."""
    if not project.repairs.any or now.dataset is None:
        return None
    return workbench(project, now).repaired(project.repairs, progress)


def _analyse(
    project: Project, now: Results, progress: Progress, cache: CodeCache | None
) -> AnalysisReport:
    graph, dataset = graph_of(now), dataset_of(now)
    if now.plan is None:
        raise ConfigError("The network is not quantized yet; run the quantization first.")
    count = limited(dataset, project.analysis_images)
    return analyse(
        now.plan,
        samples_of(project, graph, dataset, project.analysis_images),
        [sample.name for sample in dataset.samples[:count]],
        digest(now.plan.graph.digest, dataset.digest, project.inputs, count),
        previous=now.report,
        cache=cache,
        progress=progress,
    )


def graph_of(results: Results) -> Graph:
    """The open network; raises ConfigError when there is none yet, as the next three do."""
    if results.graph is None:
        raise ConfigError("No model is open; open an ONNX file first.")
    return results.graph


def stats_of(results: Results) -> CalibrationStats:
    """The statistics of the open network."""
    if results.stats is None:
        raise ConfigError("The network is not calibrated yet; run the calibration first.")
    return results.stats


def dataset_of(results: Results) -> Dataset:
    """The pictures."""
    if results.dataset is None:
        raise ConfigError(_NO_PICTURES)
    return results.dataset


def plan_of(results: Results) -> QuantPlan:
    """The plan."""
    if results.plan is None:
        raise ConfigError("The network is not quantized yet; run it first, then export.")
    return results.plan


def report_of(results: Results) -> AnalysisReport:
    """The report."""
    if results.report is None:
        raise ConfigError("The network is not analysed yet; run it first.")
    return results.report


def _file_key(path: Path) -> tuple[str, int, int]:
    """Identity of a file, or of a folder with its files, as it lies on disk now.

    (path, 0, 0) when it is missing.
    """
    try:
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            return str(path), status.st_size, status.st_mtime_ns
        # A picture changed in place leaves its folder's own time stamp alone.
        with os.scandir(path) as entries:
            times = [entry.stat().st_mtime_ns for entry in entries if entry.is_file()]
    except OSError:
        return str(path), 0, 0
    return str(path), len(times), max(times, default=0)

"""Which step of the results is stale; run up to a step."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.analysis import CodeCache, analyse
from rkviz.analyse.report import AnalysisReport
from rkviz.calibrate.dataset import Dataset, check_samples, load_sample, open_dataset
from rkviz.calibrate.histogram import gather_histograms
from rkviz.calibrate.observers import calibrate
from rkviz.calibrate.stats import CalibrationStats
from rkviz.digest import digest
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.cost import total_cost
from rkviz.errors import ConfigError, ModelError
from rkviz.formats.accuracy_snapshot import read_snapshot
from rkviz.formats.accuracy_write import PARTS, write_accuracy
from rkviz.formats.cfg_apply import apply_cfg, changed_cfg, notes_of
from rkviz.formats.cfg_edit import update_cfg_text
from rkviz.formats.histogram_folder import layers_meant, outputs_of, write_histograms
from rkviz.formats.network_file import open_network, stated_inputs
from rkviz.formats.qdq_onnx import write_qdq
from rkviz.formats.quant_params import quant_params_from_plan, write_quant_params
from rkviz.formats.quantization_cfg import (
    cfg_from_plan,
    parse_cfg,
    read_cfg,
    read_cfg_text,
    write_cfg,
    write_cfg_text,
)
from rkviz.formats.report_html import write_report
from rkviz.formats.rknn_model import why_not_run
from rkviz.formats.rknn_write import write_rknn
from rkviz.formats.snapshot_compare import Compared, compare
from rkviz.formats.toolkit_script import write_script
from rkviz.graph.model import Graph
from rkviz.graph.naming import layer_names
from rkviz.progress import Progress, silent
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.plan import QuantPlan
from rkviz.quantize.stated import layers_to_measure, stats_without_pictures
from rkviz.results import Results
from rkviz.target import target_named

STEPS = ("open", "dataset", "calibrate", "quantize", "analyse")
"""The steps of the work, each depending on those before it."""
_NO_PICTURES = "No calibration pictures are chosen; add a folder or a dataset.txt."


def step_keys(project: Project) -> dict[str, str]:
    """Step -> digest of everything in `project` (and on disk) that its result depends on."""
    opened = digest(_file_key(project.model), project.input_shapes, project.requantize)
    dataset = digest(opened, [_file_key(path) for path in project.dataset])
    calibrated = digest(dataset, project.inputs, project.calibration_images)
    quantized = digest(calibrated, project.config, project.target)
    return {
        "open": opened,
        "dataset": dataset,
        "calibrate": calibrated,
        "quantize": quantized,
        "analyse": digest(quantized, project.analysis_images),
    }


def stale(project: Project, results: Results) -> str | None:
    """The first step that has to run for `results` to be those of `project`; None when none."""
    keys = step_keys(project)
    return next((step for step in STEPS if results.keys.get(step) != keys[step]), None)


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
        if now.keys.get(step) != keys[step]:
            made = _run_step(project, now, step, progress, cache)
            now = replace(made, keys={**made.keys, step: keys[step]})
    return now


def _run_step(
    project: Project, now: Results, step: str, progress: Progress, cache: CodeCache | None
) -> Results:
    if step != "open" and (sentence := why_not_run(_graph(now))):
        raise ModelError(sentence)
    match step:
        case "open":
            graph = open_network(project.model, project.input_shapes, project.requantize)
            return replace(now, graph=graph)
        case "dataset":
            return replace(now, dataset=_open_dataset(project, _graph(now), progress))
        case "calibrate":
            return replace(now, stats=_calibrate(project, now, progress))
        case "quantize":
            return replace(now, plan=_quantize(project, now))
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


def _feeds(project: Project, graph: Graph, dataset: Dataset, limit: int) -> Iterator[Feeds]:
    for index in range(_limited(dataset, limit)):
        yield feeds_of(project, graph, dataset, index)


def _limited(dataset: Dataset, limit: int) -> int:
    return min(limit, len(dataset.samples)) if limit else len(dataset.samples)


def _open_dataset(project: Project, graph: Graph, progress: Progress) -> Dataset | None:
    """The pictures; None when there are none and the model file states all parameters itself."""
    if not project.dataset:
        if graph.given and not layers_to_measure(graph, FloatPieces(graph).wanted):
            return None
        raise ConfigError(_NO_PICTURES)
    dataset = open_dataset(project.dataset, graph.inputs)
    return check_samples(dataset, image_inputs(graph), progress)


def _calibrate(project: Project, now: Results, progress: Progress) -> CalibrationStats:
    graph, net = _graph(now), FloatPieces(_graph(now))
    if now.dataset is None:
        return stats_without_pictures(graph, net.wanted, graph.digest)
    dataset = now.dataset
    count = _limited(dataset, project.calibration_images)
    source = digest(graph.digest, dataset.digest, project.inputs, count)
    samples = _feeds(project, graph, dataset, project.calibration_images)
    return calibrate(graph, samples, net.run, source, progress, total=count)


def _quantize(project: Project, now: Results) -> QuantPlan:
    graph = _graph(now)
    if now.stats is None:
        raise ConfigError("The network is not calibrated yet; run the calibration first.")
    return build_plan(graph, now.stats, project.config, target_named(project.target))


def _analyse(
    project: Project, now: Results, progress: Progress, cache: CodeCache | None
) -> AnalysisReport:
    graph, dataset = _graph(now), _dataset(now)
    if now.plan is None:
        raise ConfigError("The network is not quantized yet; run the quantization first.")
    count = _limited(dataset, project.analysis_images)
    return analyse(
        now.plan,
        _feeds(project, graph, dataset, project.analysis_images),
        [sample.name for sample in dataset.samples[:count]],
        digest(dataset.digest, project.inputs, count),
        previous=now.report,
        cache=cache,
        progress=progress,
    )


def _graph(results: Results) -> Graph:
    if results.graph is None:
        raise ConfigError("No model is open; open an ONNX file first.")
    return results.graph


def _dataset(results: Results) -> Dataset:
    if results.dataset is None:
        raise ConfigError(_NO_PICTURES)
    return results.dataset


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


def import_cfg(
    project: Project, results: Results, path: Path, untouched: bool = False
) -> tuple[Project, tuple[str, ...]]:
    """`project` with types and parameters of the cfg in `path`, and sentences about them.

    `untouched` says that step 1 wrote the file and nobody edited it: its customized layers are
    suggestions then. Raises FormatError, and ConfigError for more than two quantised types.
    """
    cfg = read_cfg(path)
    applied = apply_cfg(
        cfg,
        _graph(results),
        project.config,
        target_named(project.target),
        step1=cfg if untouched else None,
    )
    return replace(project, config=applied.config, cfg=path.absolute()), notes_of(applied)


def export_cfg(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write the toolkit's `.quantization.cfg` of the plan; returns facts for the user.

    With a cfg that the project was read from, that text is written, changed where the project
    differs from it.
    """
    if results.plan is None:
        raise ConfigError("The network is not quantized yet; run it first, then export.")
    if project.cfg is not None and project.cfg.exists():
        target, graph = target_named(project.target), results.plan.graph
        text = read_cfg_text(project.cfg)
        before = parse_cfg(text, str(project.cfg))
        applied = apply_cfg(before, graph, project.config, target).config
        cfg = changed_cfg(before, results.plan, applied, project.config, target)
        write_cfg_text(update_cfg_text(text, before, cfg), path)
    else:
        cfg = cfg_from_plan(results.plan, project.config, layer_names(results.plan.graph))
        write_cfg(cfg, path)
    return {"customized layers": len(cfg.customized), "parameters": len(cfg.parameters)}


def export_qdq(results: Results, path: Path) -> dict[str, object]:
    """Write the plan as QDQ ONNX, which onnxruntime runs; returns facts for the user.

    Raises FormatError when the plan cannot be written so.
    """
    if results.plan is None:
        raise ConfigError("The network is not quantized yet; run it first, then export.")
    return {f"{short} tensors": count for short, count in write_qdq(results.plan, path).items()}


def export_rknn(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write the plan as an `.rknn` file without the vendor's toolkit; returns facts.

    Experimental: see `rkviz.formats.rknn_write.EXPERIMENTAL`, which whoever calls this has to
    show. Raises FormatError naming every layer that cannot be written.
    """
    if results.plan is None:
        raise ConfigError("The network is not quantized yet; run it first, then export.")
    graph = results.plan.graph
    settings = {name: project.settings_for(name) for name in graph.inputs}
    return write_rknn(results.plan, settings, target_named(project.target), path)


def export_script(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write a script that repeats the project with the vendor's toolkit; returns facts.

    The pictures of the calibration are listed in it.
    """
    if results.plan is None:
        raise ConfigError("The network is not quantized yet; run it first, then export.")
    dataset, graph = results.dataset, results.plan.graph
    count = _limited(dataset, project.calibration_images) if dataset else 0
    samples = [sample.files for sample in dataset.samples[:count]] if dataset else []
    write_script(
        results.plan,
        project.config,
        path,
        model=project.model,
        settings={name: project.settings_for(name) for name in graph.inputs},
        samples=samples,
        target=project.target,
    )
    return {"pictures": count}


def export_histograms(
    project: Project,
    results: Results,
    layers: Sequence[str],
    folder: Path,
    progress: Progress = silent,
) -> dict[str, object]:
    """Write the histograms of `layers` (none: all) over the calibration pictures into `folder`.

    The values are those of the float network; they are gathered in a pass of its own. Raises
    ConfigError for unknown layers, FormatError.
    """
    graph, dataset = _graph(results), _dataset(results)
    chosen = layers_meant(graph, layers)
    count = _limited(dataset, project.calibration_images)
    samples = _feeds(project, graph, dataset, project.calibration_images)
    wanted = outputs_of(graph, chosen)
    found = gather_histograms(samples, FloatPieces(graph).run, wanted, progress, count)
    return {"histograms": write_histograms(graph, chosen, found, folder, progress)}


def export_quant_params(results: Results, path: Path, only_io: bool = True) -> dict[str, object]:
    """Write the plan's parameters as the toolkit's `_quant_param.yml`; returns facts for the user.

    `only_io` leaves out all but the network's inputs and outputs.
    """
    if results.plan is None:
        raise ConfigError("The network is not quantized yet; run it first, then export.")
    file = quant_params_from_plan(results.plan, only_io)
    write_quant_params(file, path)
    return {"tensors": len(file.tensors)}


def export_accuracy(
    project: Project, results: Results, folder: Path, parts: str = "all", dump: str = "tensor"
) -> dict[str, object]:
    """Write the toolkit's accuracy analysis of the first picture; returns facts for the user.

    `parts` are names of `accuracy_write.PARTS` with commas between, or "all".
    """
    if results.plan is None or results.report is None:
        raise ConfigError("The network is not analysed yet; run it first, then export.")
    feeds = feeds_of(project, _graph(results), _dataset(results), 0)
    chosen = PARTS if parts == "all" else tuple(name.strip() for name in parts.split(","))
    tensors = write_accuracy(results.plan, results.report, feeds, folder, chosen, dump)
    return {"tensors": tensors}


def compare_snapshot(results: Results, path: Path) -> Compared:
    """Hold what the vendor's accuracy_analysis wrote to `path` against the emulator's report.

    Raises FormatError; ConfigError when nothing is analysed yet.
    """
    if results.report is None:
        raise ConfigError("The network is not analysed yet; run it first, then compare.")
    graph = _graph(results)
    return compare(read_snapshot(path, graph), results.report, graph)


def export_report(
    project: Project, results: Results, path: Path, language: str = "en"
) -> dict[str, object]:
    """Write the HTML report: one file with the coloured graph and the table.

    `language` is "en" or "zh_CN".
    """
    if results.plan is None or results.report is None:
        raise ConfigError("The network is not analysed yet; run it first, then export.")
    cost = total_cost(results.plan, target_named(project.target))
    facts = {
        "Model": str(project.model),
        "Target": project.target,
        "Default type": project.config.default.short,
        "Pictures": f"{results.stats.images if results.stats else 0} to calibrate, "
        f"{len(results.report.images)} to analyse",
        cost.note.capitalize(): cost.figures,
    }
    write_report(
        results.plan,
        results.report,
        path,
        title=project.model.name,
        facts=facts,
        problems=results.problems,
        language=language,
    )
    return {"layers": len(results.report.layers)}

"""Files to and from other tools: what a face of rkviz calls to read or write one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rkviz.analyse.diagnose import diagnose
from rkviz.analyse.remedies import CutConcat
from rkviz.atomic import write_atomically
from rkviz.board import SCRIPT, Toolkit, run_script
from rkviz.calibrate.histogram import gather_histograms
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.cost import total_cost
from rkviz.errors import ConfigError, FormatError
from rkviz.formats.accuracy_snapshot import read_snapshot
from rkviz.formats.accuracy_tensors import find_tensors
from rkviz.formats.accuracy_write import PARTS, write_accuracy
from rkviz.formats.cfg_apply import apply_cfg, changed_cfg, notes_of, seems_untouched
from rkviz.formats.cfg_edit import update_cfg_text
from rkviz.formats.cut_onnx import write_cut
from rkviz.formats.histogram_folder import layers_meant, outputs_of, write_histograms
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
from rkviz.formats.repaired_onnx import changed_layers, write_repaired
from rkviz.formats.report_html import write_report
from rkviz.formats.rknn_write import write_rknn
from rkviz.formats.snapshot_compare import Compared, compare
from rkviz.formats.step1_files import read_step1_files
from rkviz.formats.tensor_compare import ComparedTensors, compare_tensors
from rkviz.formats.toolkit_script import toolkit_script
from rkviz.graph.naming import layer_names
from rkviz.pipeline import (
    dataset_of,
    feeds_of,
    graph_of,
    limited,
    plan_of,
    report_of,
    samples_of,
)
from rkviz.progress import Progress, silent
from rkviz.project import Project, spare_model
from rkviz.results import Results
from rkviz.search.points import Found
from rkviz.search.remedies import outputs_without
from rkviz.target import target_named


def import_cfg(
    project: Project, results: Results, path: Path, untouched: bool = False
) -> tuple[Project, tuple[str, ...]]:
    """`project` with types and parameters of the cfg in `path`, and sentences about them.

    `untouched` says that step 1 wrote the file and nobody edited it: its customized layers are
    suggestions then, as they are where file times and types say the same. Raises FormatError,
    and ConfigError for more than two quantised types.
    """
    cfg, beside = read_cfg(path), read_step1_files(path, graph_of(results))
    applied = apply_cfg(
        cfg,
        graph_of(results),
        project.config,
        target_named(project.target),
        step1=cfg if untouched or seems_untouched(path, cfg) else None,
        operators=beside.operators,
    )
    return replace(project, config=applied.config, cfg=path.absolute()), (
        *beside.notes,
        *notes_of(applied),
    )


def export_cfg(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write the toolkit's `.quantization.cfg` of the plan; returns facts for the user.

    With a cfg that the project was read from, that text is written, changed where the project
    differs from it.
    """
    spare_model(project, path)
    plan = plan_of(results)
    if project.cfg is not None and project.cfg.exists():
        target, graph = target_named(project.target), plan.graph
        text, encoding = read_cfg_text(project.cfg)
        before = parse_cfg(text, str(project.cfg))
        applied = apply_cfg(before, graph, project.config, target).config
        cfg = changed_cfg(before, plan, applied, project.config, target)
        write_cfg_text(update_cfg_text(text, before, cfg), path, encoding)
    else:
        cfg = cfg_from_plan(plan, project.config, layer_names(plan.graph))
        write_cfg(cfg, path)
    return {"customized layers": len(cfg.customized), "parameters": len(cfg.parameters)}


def export_qdq(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write the plan as QDQ ONNX, which onnxruntime runs; returns facts for the user.

    Raises FormatError when the plan cannot be written so.
    """
    spare_model(project, path)
    plan = plan_of(results)
    return {f"{short} tensors": count for short, count in write_qdq(plan, path).items()}


def export_repaired_onnx(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write the project's ONNX file with repaired weights, for the toolkit; returns facts.

    Quantized with the ranges of the plan (`export_cfg`) it gives the integers of the plan. Raises
    ConfigError when nothing is repaired, FormatError naming layers that cannot be written.
    """
    opened, repaired = graph_of(results), results.repaired
    if repaired is None:
        raise ConfigError("No repair is turned on; choose one, then export its weights.")
    graph = repaired.corrected_graph(plan_of(results))
    changed = changed_layers(opened, graph)
    folded = write_repaired(project.model, path, graph, changed)
    return {"repairs": str(repaired.repairs), "layers": len(changed), "nodes folded": folded}


def export_rknn(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write the plan as an `.rknn` file without the vendor's toolkit; returns facts.

    Experimental: see `rkviz.formats.rknn_write.EXPERIMENTAL`, which whoever calls this has to
    show. Raises FormatError naming every layer that cannot be written.
    """
    spare_model(project, path)
    plan = plan_of(results)
    graph = plan.graph
    settings = {name: project.settings_for(name) for name in graph.inputs}
    return write_rknn(plan, settings, target_named(project.target), path)


def export_cut(
    project: Project, results: Results, remedy: CutConcat, path: Path
) -> dict[str, object]:
    """Write the ONNX model without the concat of `remedy`: what it joins are outputs; returns
    facts for the user. Raises FormatError, ModelError.
    """
    graph = graph_of(results)
    names = outputs_without(graph, remedy)
    return write_cut(project.model, path, {name: graph.values[name].shape for name in names})


def export_script(project: Project, results: Results, path: Path) -> dict[str, object]:
    """Write a script that repeats the project with the vendor's toolkit; returns facts.

    The pictures of the calibration are listed in it. Where weights are repaired, the script reads
    an ONNX file that has them and is written beside it.
    """
    spare_model(project, path)
    samples = _calibration_files(project, results)
    project = _with_repaired_model(project, results, path.absolute().parent)
    write_atomically(path, _script(project, results, samples), FormatError)
    return {"pictures": len(samples)}


def run_toolkit(
    project: Project,
    results: Results,
    toolkit: Toolkit,
    folder: Path,
    *,
    board: str | None = None,
    device: str | None = None,
    analysed: Sequence[Path] | None = None,
    progress: Progress = silent,
) -> tuple[Path, Path]:
    """Let the vendor's toolkit do the project's work in `folder`; returns (snapshot, .rknn).

    The snapshot is what its accuracy_analysis wrote of the sample `analysed` (the first one;
    nothing where it is empty), with the numbers of `board` where one is named. The progress may
    raise Cancelled. Raises TargetError, and FormatError as `export_script` does.
    """
    samples = _calibration_files(project, results)
    project = _with_repaired_model(project, results, folder)
    script = _script(project, results, samples, board=board, device=device, analysed=analysed)
    run_script(toolkit, script, folder, {}, progress)
    out = folder / f"{SCRIPT.stem}_out"
    return out / "snapshot", out / f"{project.model.stem}.rknn"


def _with_repaired_model(project: Project, results: Results, folder: Path) -> Project:
    """`project` with a model file in `folder` that has the repaired weights, if there are any."""
    if results.repaired is None:
        return project
    path = folder / f"{project.model.stem}-repaired.onnx"
    export_repaired_onnx(project, results, path)
    return replace(project, model=path)


def _script(
    project: Project, results: Results, samples: Sequence[Sequence[Path]], **options: Any
) -> str:
    plan = plan_of(results)
    return toolkit_script(
        plan,
        project.config,
        model=project.model,
        settings={name: project.settings_for(name) for name in plan.graph.inputs},
        samples=samples,
        target=project.target,
        **options,
    )


def _calibration_files(project: Project, results: Results) -> list[tuple[Path, ...]]:
    dataset = results.dataset
    count = limited(dataset, project.calibration_images) if dataset else 0
    return [tuple(sample.files) for sample in dataset.samples[:count]] if dataset else []


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
    graph, dataset = graph_of(results), dataset_of(results)
    chosen = layers_meant(graph, layers)
    count = limited(dataset, project.calibration_images)
    samples = samples_of(project, graph, dataset, project.calibration_images)
    wanted = outputs_of(graph, chosen)
    found = gather_histograms(samples, FloatPieces(graph).run, wanted, progress, count)
    return {"histograms": write_histograms(graph, chosen, found, folder, progress)}


def export_quant_params(
    project: Project, results: Results, path: Path, only_io: bool = True
) -> dict[str, object]:
    """Write the plan's parameters as the toolkit's `_quant_param.yml`; returns facts for the user.

    `only_io` leaves out all but the network's inputs and outputs.
    """
    spare_model(project, path)
    plan = plan_of(results)
    file = quant_params_from_plan(plan, only_io)
    write_quant_params(file, path)
    return {"tensors": len(file.tensors)}


def export_accuracy(
    project: Project,
    results: Results,
    folder: Path,
    parts: str = "all",
    dump: str = "tensor",
    progress: Progress = silent,
) -> dict[str, object]:
    """Write the toolkit's accuracy analysis of the first picture; returns facts for the user.

    `parts` are names of `accuracy_write.PARTS` with commas between, or "all".
    """
    plan, report = plan_of(results), report_of(results)
    feeds = feeds_of(project, graph_of(results), dataset_of(results), 0)
    chosen = PARTS if parts == "all" else tuple(name.strip() for name in parts.split(","))
    tensors = write_accuracy(plan, report, feeds, folder, chosen, dump, progress)
    return {"tensors": tensors}


def compare_snapshot(results: Results, path: Path) -> Compared:
    """Hold what the vendor's accuracy_analysis wrote to `path` against the emulator's report.

    Raises FormatError; ConfigError when nothing is analysed yet.
    """
    report = report_of(results)
    graph = graph_of(results)
    return compare(read_snapshot(path, graph), report, graph)


def compare_dumped(
    project: Project, results: Results, path: Path, image: int = 0, progress: Progress = silent
) -> ComparedTensors:
    """Hold the tensors dumped in the folder `path` against what the emulator computes of the
    picture numbered `image` in the dataset, which has to be the one the toolkit had.

    Raises FormatError where there are none, ConfigError for a picture that is not there.
    """
    plan, dataset = plan_of(results), dataset_of(results)
    if not 0 <= image < len(dataset.samples):
        raise ConfigError(
            f"There is no picture number {image + 1}; the dataset has {len(dataset.samples)}."
        )
    dumps = find_tensors(path, plan.graph)
    if not dumps:
        raise FormatError(
            f"{path} holds no dumped tensors of this network; choose the output_dir of "
            "accuracy_analysis, with the folders of tensors in it."
        )
    feeds = feeds_of(project, plan.graph, dataset, image)
    return compare_tensors(plan, feeds, dumps, dataset.samples[image].name, progress)


def export_report(
    project: Project,
    results: Results,
    path: Path,
    language: str = "en",
    found: Found | None = None,
) -> dict[str, object]:
    """Write the HTML report: one file with the coloured graph and the table.

    `language` is "en" or "zh_CN"; `found` the search that led to the plan.
    """
    spare_model(project, path)
    plan, report = plan_of(results), report_of(results)
    cost = total_cost(plan, target_named(project.target))
    facts = {
        "Model": str(project.model),
        "Target": project.target,
        "Default type": project.config.default.short,
        **({"Repairs": str(project.repairs)} if results.repaired else {}),
        "Pictures": f"{results.stats.images if results.stats else 0} to calibrate, "
        f"{len(report.images)} to analyse",
        cost.note.capitalize(): cost.figures,
    }
    write_report(
        plan,
        report,
        path,
        title=project.model.name,
        facts=facts,
        problems=results.problems,
        language=language,
        findings=diagnose(plan, report, results.plan_stats),
        found=found,
    )
    return {"layers": len(report.layers)}

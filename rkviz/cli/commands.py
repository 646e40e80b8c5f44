"""What each command does with the pipeline."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import replace

from rkviz import doctor, exchange, pipeline
from rkviz.analyse.summary import summary_json, summary_text
from rkviz.cli.cut import export_cut
from rkviz.cli.demo import show_demo
from rkviz.cli.exit_codes import BELOW_LIMIT, ERROR, OK
from rkviz.cli.optimize import optimize
from rkviz.cli.repairs import measured_repairs, with_measured_repairs
from rkviz.cli.settings import project_of, with_layers
from rkviz.formats.rknn_write import EXPERIMENTAL
from rkviz.formats.snapshot_compare import Compared
from rkviz.plan_search import effects_of
from rkviz.progress import Progress
from rkviz.project import Project, save_project
from rkviz.results import Results
from rkviz.target import target_named

_UNTIL = {
    "accuracy-analysis": "analyse",
    "analyze": "analyse",
    "compare": "analyse",
    "report": "analyse",
    "histograms": "dataset",
    "optimize": "dataset",
    "export-cut": "open",
}
"""Up to which step of the pipeline a command needs its results; exports need a plan."""


def work(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code. Raises RkvizError and Cancelled."""
    if arguments.command == "demo":
        return show_demo(arguments.output)
    if arguments.command == "doctor":
        found = doctor.examine()
        print(found.json if arguments.json else found.text)
        return ERROR if found.problems else OK
    project, results = project_of(arguments), None
    if arguments.cfg:
        results = pipeline.run(project, until="open")
        project, notes = exchange.import_cfg(
            project, results, arguments.cfg, arguments.cfg_untouched
        )
        project = with_layers(project, arguments)
        if notes:
            print("rkviz: about the cfg:\n  " + "\n  ".join(notes), file=sys.stderr)
    progress = _progress(arguments.quiet)
    if arguments.command == "repairs":
        return measured_repairs(arguments, project, results, progress)
    project, results = with_measured_repairs(arguments, project, results, progress)
    if arguments.save:
        save_project(project, arguments.save)
    until = _UNTIL.get(arguments.command, "quantize")
    results = pipeline.run(project, results, until=until, progress=progress)
    if results.problems:
        print("rkviz: left out:\n  " + "\n  ".join(results.problems), file=sys.stderr)
    if arguments.command == "analyze":
        return _analyze(arguments, project, results)
    if arguments.command == "optimize":
        return optimize(arguments, project, results, progress)
    if arguments.command == "compare":
        compared = _compared(arguments, project, results)
        print(compared.json if arguments.json else compared.text(arguments.only))
        return OK
    written = _written(arguments, project, results)
    summary = {"written": str(arguments.output), **written}
    print(json.dumps(summary, ensure_ascii=False) if arguments.json else _sentence(summary))
    return OK


def _compared(arguments: argparse.Namespace, project: Project, results: Results) -> Compared:
    compared = exchange.compare_snapshot(results, arguments.snapshot)
    if not arguments.tensors:
        return compared
    progress = _progress(arguments.quiet)
    tensors = exchange.compare_dumped(
        project, results, arguments.snapshot, arguments.picture - 1, progress
    )
    return replace(compared, tensors=tensors)


def _written(
    arguments: argparse.Namespace, project: Project, results: Results
) -> dict[str, object]:
    """Write what the command names; returns facts about it."""
    output = arguments.output
    match arguments.command:
        case "accuracy-analysis":
            progress = _progress(arguments.quiet)
            return exchange.export_accuracy(
                project, results, output, arguments.parts, arguments.dump, progress
            )
        case "export-cfg":
            return exchange.export_cfg(project, results, output)
        case "export-cut":
            return export_cut(arguments, project, results)
        case "export-onnx":
            return exchange.export_repaired_onnx(project, results, output)
        case "export-qdq":
            return exchange.export_qdq(project, results, output)
        case "export-rknn":
            written = exchange.export_rknn(project, results, output)
            print(f"rkviz: {EXPERIMENTAL}", file=sys.stderr)
            return written
        case "export-script":
            return exchange.export_script(project, results, output)
        case "histograms":
            layers = [name for names in arguments.layers for name in names.split(",") if name]
            progress = _progress(arguments.quiet)
            return exchange.export_histograms(project, results, layers, output, progress)
        case "export-quant-params":
            return exchange.export_quant_params(project, results, output, not arguments.all)
        case _:
            return exchange.export_report(project, results, output, arguments.language)


def _sentence(summary: dict[str, object]) -> str:
    rest = ", ".join(f"{key} {value}" for key, value in summary.items() if key != "written")
    return f"{summary['written']} written" + (f" ({rest})." if rest else ".")


def _analyze(arguments: argparse.Namespace, project: Project, results: Results) -> int:
    assert results.report is not None
    assert results.plan is not None
    target, shown = target_named(project.target), (results.plan, results.report)
    progress = _progress(arguments.quiet)
    effects = effects_of(project, results, progress=progress) if arguments.effect else None
    if arguments.json:
        known = (target, results.plan_stats, project.repairs.names)
        by_type = effects.by_type if effects else None
        print(summary_json(*shown, str(project.model), *known, by_type))
    else:
        print(summary_text(*shown, arguments.worst, target, results.plan_stats))
        if effects is not None:
            print(effects.text(results.plan.scheme, arguments.worst))
        if results.repaired is not None:
            print("\n".join((f"repairs: {project.repairs}", *results.repaired.notes)))
    limit = arguments.min_cosine
    if limit is None:
        return OK
    cosines = results.report.metric("cosine", "accumulated")
    below = {
        name: cosines[name]
        for name in results.report.outputs
        if math.isnan(cosines.get(name, math.nan)) or cosines[name] < limit
    }
    for name, cosine in below.items():
        print(f"rkviz: output {name!r}: cosine {cosine:.6f} is below {limit}.", file=sys.stderr)
    return BELOW_LIMIT if below else OK


def _progress(quiet: bool) -> Progress:
    shown = [""]

    def show(done: float, total: float, text: str = "") -> None:
        line = f"{100 * done / max(total, 1):3.0f} %  {text}"
        if not quiet and line != shown[0]:
            shown[0] = line
            end = "\r" if sys.stderr.isatty() else "\n"
            if sys.stderr.isatty() or done in (0, total):
                print(line.ljust(60), end=end, file=sys.stderr, flush=True)

    return show

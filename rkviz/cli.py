"""The pipeline without a window: `rkviz analyze`, `rkviz report` and what exports the plan.

Exit codes: 0 done; 1 an error the sentence on stderr explains; 2 wrong usage; 3 a quality limit
was not reached; 130 cancelled. Results go to stdout, progress and messages to stderr.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rkviz import __version__
from rkviz.errors import ConfigError, RkvizError, UnknownSizeError, close_matches
from rkviz.progress import Cancelled, Progress

if TYPE_CHECKING:
    from rkviz.numerics import QuantScheme
    from rkviz.project import Project
    from rkviz.results import Results

OK, ERROR, USAGE, BELOW_LIMIT, CANCELLED = 0, 1, 2, 3, 130
_COMMANDS = (
    "accuracy-analysis", "analyze", "compare", "export-cfg", "export-qdq", "export-rknn",
    "export-script", "export-quant-params", "histograms", "report",
)  # fmt: skip
_UNTIL = {
    "accuracy-analysis": "analyse",
    "analyze": "analyse",
    "compare": "analyse",
    "report": "analyse",
    "histograms": "dataset",
}
"""Up to which step of the pipeline a command needs its results; exports need a plan."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or (given[0] not in _COMMANDS and not given[0].startswith("-")):
        # Only a name that ends in nothing we open can have been meant as a command.
        if given and not Path(given[0]).suffix and not Path(given[0]).exists():
            print(
                f"rkviz: {given[0]!r} is neither a command nor a file"
                f"{close_matches(given[0], _COMMANDS)}; see rkviz --help.",
                file=sys.stderr,
            )
            return USAGE
        from rkviz.gui.app import main as window

        return window(given)
    arguments = _parser().parse_args(given)
    try:
        return _work(arguments)
    except UnknownSizeError as error:
        print(f"rkviz: {error}\n  {_size_hint(error)}", file=sys.stderr)
        return ERROR
    except RkvizError as error:
        print(f"rkviz: {error}", file=sys.stderr)
        return ERROR
    except (KeyboardInterrupt, Cancelled):
        print("rkviz: cancelled.", file=sys.stderr)
        return CANCELLED


def parse_project(argv: Sequence[str]) -> Project:
    """The project that a command line describes; raises ConfigError and ProjectError."""
    return _project(_parser().parse_args(argv))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rkviz",
        description="Quantization of vision networks for RV1126: without arguments, or with a "
        "file, the window opens.",
        epilog="Exit codes: 0 done, 1 error, 2 usage, 3 quality limit not reached, 130 cancelled.",
    )
    parser.add_argument("--version", action="version", version=f"rkviz {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    analyze = commands.add_parser("analyze", help="errors of every layer")
    analyze.add_argument("--json", action="store_true", help="everything as JSON on stdout")
    analyze.add_argument("--worst", type=int, default=15, metavar="N", help="rows to print (15)")
    analyze.add_argument(
        "--min-cosine", type=float, metavar="C", help="exit with 3 when an output falls below"
    )
    export = commands.add_parser("export-cfg", help="write the toolkit's .quantization.cfg")
    _add_output(export, "FILE")
    qdq = commands.add_parser("export-qdq", help="write the plan as QDQ ONNX for onnxruntime")
    _add_output(qdq, "FILE")
    rknn = commands.add_parser(
        "export-rknn", help="experimental: write an .rknn file without the vendor's toolkit"
    )
    _add_output(rknn, "FILE.rknn")
    script = commands.add_parser("export-script", help="write a script for the vendor's toolkit")
    _add_output(script, "FILE.py")
    histograms = commands.add_parser("histograms", help="draw how the numbers of layers spread")
    histograms.add_argument("--output", "-o", type=Path, required=True, metavar="DIR")
    histograms.add_argument("--layers", action="append", default=[], metavar="NAME,NAME",
        help="which layers, ours or the toolkit's names (all); may be repeated")  # fmt: skip
    histograms.add_argument("--json", action="store_true", help="what was written, as JSON")
    report = commands.add_parser("report", help="write a report as one HTML file")
    report.add_argument("--output", "-o", type=Path, required=True, metavar="FILE")
    report.add_argument("--language", choices=("en", "zh_CN"), default="en", help="en or zh_CN")
    report.add_argument("--json", action="store_true", help="what was written, as JSON")
    params = commands.add_parser("export-quant-params", help="write parameters as the toolkit does")
    params.add_argument("--output", "-o", type=Path, required=True, metavar="FILE.yml")
    params.add_argument("--all", action="store_true", help="every tensor, not only in and out")
    params.add_argument("--json", action="store_true", help="what was written, as JSON")
    comparison = commands.add_parser(
        "compare", help="hold an accuracy_analysis of the vendor's toolkit against the emulator"
    )
    comparison.add_argument("snapshot", type=Path, help="its output_dir, or one of its texts")
    comparison.add_argument("--json", action="store_true", help="everything as JSON on stdout")
    comparison.add_argument("--only", action="store_true", help="only where they disagree")
    accuracy = commands.add_parser("accuracy-analysis", help="write the toolkit's own report")
    _add_accuracy_options(accuracy)
    for command in (
        accuracy,
        analyze,
        comparison,
        export,
        qdq,
        rknn,
        script,
        params,
        histograms,
        report,
    ):
        _add_project_options(command)
    return parser


def _add_output(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--output", "-o", type=Path, required=True, metavar=what)
    command.add_argument("--json", action="store_true", help="what was written, as JSON")


def _add_accuracy_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--parts", default="texts", metavar="PART,PART",
        help="texts, fp32, entire_qnt, individual_qnt or all (texts)")  # fmt: skip
    add("--dump", default="tensor", metavar="FORMAT", help="tensor or npy (tensor)")
    _add_output(command, "DIR")


def _add_project_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("model", type=Path, help="an ONNX, .tflite or .rknn model, or a project saved by rkviz")
    add("--dataset", type=Path, action="append", default=[], metavar="PATH",
        help="folder, picture, npy or dataset.txt; may be repeated")  # fmt: skip
    add("--input-shape", action="append", default=[], metavar="[NAME:]1x3x224x224",
        help="sizes the model leaves open")  # fmt: skip
    add("--requantize", action="store_true",
        help="choose anew what a quantized model states and the NPU cannot take")  # fmt: skip
    add("--mean", metavar="M,M,M", help="mean_values, after reorder_channel")
    add("--std", metavar="S,S,S", help="std_values")
    add("--reorder", metavar="2,1,0", help="reorder_channel; 2,1,0 gives BGR")
    add("--fit", choices=("stretch", "letterbox", "crop"), help="how pictures get their size")
    add("--crop-from", type=int, metavar="N", help="short side before the centre crop")
    add("--dtype", choices=("u8", "i8", "i16", "float"), help="default type (u8)")
    add("--layer", action="append", default=[], metavar="NAME=TYPE",
        help="type of one layer; may be repeated")  # fmt: skip
    add("--cfg", type=Path, metavar="FILE",
        help="the toolkit's .quantization.cfg: types and parameters to start from")  # fmt: skip
    add("--cfg-untouched", action="store_true",
        help="the cfg is as step 1 wrote it: tell which types it suggests")  # fmt: skip
    add("--calibration-images", type=int, metavar="N", help="how many to calibrate on (all)")
    add("--images", type=int, metavar="N", help="how many to analyse (4)")
    add("--target", metavar="CHIP", help="rv1126 or rv1109")
    add("--save", type=Path, metavar="FILE.rkviz", help="save the project as well")
    add("--quiet", action="store_true", help="no progress on stderr")


def _size_hint(error: UnknownSizeError) -> str:
    shown = (
        f"--input-shape {name}:" + "x".join("?" if size is None else str(size) for size in shape)
        for name, shape in error.inputs.items()
    )
    return "Give " + " ".join(shown) + " with a number for every ?."


def _work(arguments: argparse.Namespace) -> int:
    # Imported here: `rkviz --help` and opening the window need none of it.
    from rkviz import pipeline
    from rkviz.formats.rknn_write import EXPERIMENTAL
    from rkviz.project import save_project

    project, results = _project(arguments), None
    if arguments.cfg:
        results = pipeline.run(project, until="open")
        project, notes = pipeline.import_cfg(
            project, results, arguments.cfg, arguments.cfg_untouched
        )
        project = _with_layers(project, arguments)
        if notes:
            print("rkviz: about the cfg:\n  " + "\n  ".join(notes), file=sys.stderr)
    if arguments.save:
        save_project(project, arguments.save)
    until = _UNTIL.get(arguments.command, "quantize")
    results = pipeline.run(project, results, until=until, progress=_progress(arguments.quiet))
    if results.problems:
        print("rkviz: left out:\n  " + "\n  ".join(results.problems), file=sys.stderr)
    if arguments.command == "analyze":
        return _analyze(arguments, project, results)
    if arguments.command == "compare":
        compared = pipeline.compare_snapshot(results, arguments.snapshot)
        print(compared.json if arguments.json else compared.text(arguments.only))
        return OK
    if arguments.command == "accuracy-analysis":
        written = pipeline.export_accuracy(
            project, results, arguments.output, arguments.parts, arguments.dump
        )
    elif arguments.command == "export-cfg":
        written = pipeline.export_cfg(project, results, arguments.output)
    elif arguments.command == "export-qdq":
        written = pipeline.export_qdq(results, arguments.output)
    elif arguments.command == "export-rknn":
        written = pipeline.export_rknn(project, results, arguments.output)
        print(f"rkviz: {EXPERIMENTAL}", file=sys.stderr)
    elif arguments.command == "export-script":
        written = pipeline.export_script(project, results, arguments.output)
    elif arguments.command == "histograms":
        layers = [name for names in arguments.layers for name in names.split(",") if name]
        progress = _progress(arguments.quiet)
        written = pipeline.export_histograms(project, results, layers, arguments.output, progress)
    elif arguments.command == "export-quant-params":
        written = pipeline.export_quant_params(results, arguments.output, not arguments.all)
    else:
        written = pipeline.export_report(project, results, arguments.output, arguments.language)
    summary = {"written": str(arguments.output), **written}
    print(json.dumps(summary, ensure_ascii=False) if arguments.json else _sentence(summary))
    return OK


def _sentence(summary: dict[str, object]) -> str:
    rest = ", ".join(f"{key} {value}" for key, value in summary.items() if key != "written")
    return f"{summary['written']} written" + (f" ({rest})." if rest else ".")


def _analyze(arguments: argparse.Namespace, project: Project, results: Results) -> int:
    from rkviz.analyse.summary import summary_json, summary_text
    from rkviz.target import target_named

    assert results.report is not None
    assert results.plan is not None
    target = target_named(project.target)
    if arguments.json:
        print(summary_json(results.plan, results.report, str(project.model), target))
    else:
        print(summary_text(results.plan, results.report, arguments.worst, target))
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


def _project(arguments: argparse.Namespace) -> Project:
    """The project the options describe, on top of a project file if one is given."""
    from rkviz.pipeline import with_stated_inputs
    from rkviz.project import SUFFIX, Project, load_project

    is_project = arguments.model.suffix == SUFFIX
    project = load_project(arguments.model) if is_project else Project(arguments.model)
    missing = project.missing if is_project else ()
    if missing and project.model in missing:
        raise ConfigError(
            f"The project's model {project.model} is not there any more; open the project in the "
            "window to locate it, or name the model itself."
        )
    project = with_stated_inputs(project)
    changes: dict[str, Any] = {}
    if arguments.dataset:
        changes["dataset"] = tuple(arguments.dataset)
    if arguments.requantize:
        changes["requantize"] = True
    if arguments.input_shape:
        changes["input_shapes"] = _shapes(arguments.input_shape)
    for name in ("calibration_images", "images"):
        count = getattr(arguments, name)
        if count is not None:
            changes["analysis_images" if name == "images" else name] = _positive(name, count)
    if arguments.target:
        changes["target"] = arguments.target
    project = replace(project, **changes)
    return _with_layers(_with_settings(project, arguments), arguments)


def _with_settings(project: Project, arguments: argparse.Namespace) -> Project:
    from rkviz.calibrate.preprocess import Fit

    changes: dict[str, Any] = {}
    if arguments.mean:
        changes["mean_values"] = _numbers("--mean", arguments.mean)
    if arguments.std:
        changes["std_values"] = _numbers("--std", arguments.std)
    if arguments.reorder:
        changes["reorder_channel"] = tuple(
            int(item) for item in _numbers("--reorder", arguments.reorder)
        )
    if arguments.fit:
        changes["fit"] = Fit(arguments.fit)
    if arguments.crop_from:
        changes["crop_from"] = arguments.crop_from
    if not changes:
        return project
    settings = replace(project.settings_for(""), **changes)
    return replace(project, inputs={**project.inputs, "": settings})


def _with_layers(project: Project, arguments: argparse.Namespace) -> Project:
    config = project.config
    if arguments.dtype:
        config = replace(config, default=_scheme(arguments.dtype))
    for entry in arguments.layer:
        name, separator, kind = entry.rpartition("=")
        if not separator:
            raise ConfigError(f"--layer {entry!r} does not read NAME=TYPE.")
        config = config.with_scheme([name], _scheme(kind))
    return replace(project, config=config)


def _scheme(text: str) -> QuantScheme:
    from rkviz.numerics import QuantScheme

    names = {scheme.short.lower(): scheme for scheme in QuantScheme}
    names |= {scheme.value: scheme for scheme in QuantScheme} | {"float": QuantScheme.FLOAT}
    try:
        return names[text.lower() if text.lower() in names else text]
    except KeyError:
        raise ConfigError(f"Type {text!r} is not known; choose u8, i8, i16 or float.") from None


def _shapes(entries: Sequence[str]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for entry in entries:
        name, _, sizes = entry.rpartition(":")
        try:
            shape = tuple(int(size) for size in sizes.lower().replace(",", "x").split("x"))
        except ValueError:
            shape = ()
        if not shape or min(shape) < 1:
            raise ConfigError(f"--input-shape {entry!r} does not read NAME:1x3x224x224.")
        shapes[name] = shape
    return shapes


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(item) for item in text.replace(" ", ",").split(",") if item)
    except ValueError:
        raise ConfigError(f"{option} {text!r} is not a list of numbers like 0,0,0.") from None


def _positive(name: str, count: int) -> int:
    if count < 0:
        raise ConfigError(f"--{name.replace('_', '-')} must not be negative; 0 takes all.")
    return count


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


if __name__ == "__main__":
    sys.exit(main())

"""The commands and their options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from rkviz import __version__

COMMANDS = (
    "accuracy-analysis", "analyze", "compare", "demo", "doctor", "export-cfg", "export-cut",
    "export-onnx", "export-qdq", "export-rknn", "export-script", "export-quant-params",
    "histograms", "optimize", "repairs", "report",
)  # fmt: skip

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # pyright: ignore[reportPrivateUsage]


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="rkviz",
        description="Quantization of vision networks for RV1126: without arguments, or with a "
        "file, the window opens.",
        epilog="Exit codes: 0 done, 1 error, 2 usage, 3 quality limit not reached, 130 cancelled.",
    )
    top.add_argument("--version", action="version", version=f"rkviz {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    analyze = commands.add_parser("analyze", help="errors of every layer")
    _add_analyze_options(analyze)
    exports = _add_exports(commands)
    repairs = commands.add_parser("repairs", help="measure what repairs of the weights are worth")
    repairs.add_argument("--json", action="store_true", help="everything as JSON on stdout")
    histograms = commands.add_parser("histograms", help="draw how the numbers of layers spread")
    histograms.add_argument("--output", "-o", type=Path, required=True, metavar="DIR")
    histograms.add_argument("--layers", action="append", default=[], metavar="NAME,NAME",
        help="which layers, ours or the toolkit's names (all); may be repeated")  # fmt: skip
    histograms.add_argument("--json", action="store_true", help="what was written, as JSON")
    report = commands.add_parser("report", help="write a report as one HTML file")
    report.add_argument("--output", "-o", type=Path, required=True, metavar="FILE")
    report.add_argument("--language", choices=("en", "zh_CN"), default="en", help="en or zh_CN")
    report.add_argument("--json", action="store_true", help="what was written, as JSON")
    comparison = commands.add_parser(
        "compare", help="hold an accuracy_analysis of the vendor's toolkit against the emulator"
    )
    _add_compare_options(comparison)
    search = commands.add_parser("optimize", help="search the best hybrid plan")
    _add_search_options(search)
    accuracy = commands.add_parser("accuracy-analysis", help="write the toolkit's own report")
    _add_accuracy_options(accuracy)
    for command in (
        *exports,
        accuracy,
        analyze,
        comparison,
        repairs,
        histograms,
        search,
        report,
    ):
        _add_project_options(command)
    _add_commands_without_a_project(commands)
    return top


def _add_exports(commands: Subparsers) -> tuple[argparse.ArgumentParser, ...]:
    export = commands.add_parser("export-cfg", help="write the toolkit's .quantization.cfg")
    _add_output(export, "FILE")
    repaired = commands.add_parser(
        "export-onnx", help="write the ONNX file with repaired weights, for the vendor's toolkit"
    )
    _add_output(repaired, "FILE.onnx")
    cut = commands.add_parser(
        "export-cut", help="write the ONNX file without the concat of scores and boxes"
    )
    cut.add_argument("--at", metavar="NAME", help="another concat to end in front of")
    _add_output(cut, "FILE.onnx")
    qdq = commands.add_parser("export-qdq", help="write the plan as QDQ ONNX for onnxruntime")
    _add_output(qdq, "FILE")
    rknn = commands.add_parser(
        "export-rknn", help="experimental: write an .rknn file without the vendor's toolkit"
    )
    _add_output(rknn, "FILE.rknn")
    script = commands.add_parser("export-script", help="write a script for the vendor's toolkit")
    _add_output(script, "FILE.py")
    params = commands.add_parser("export-quant-params", help="write parameters as the toolkit does")
    params.add_argument("--output", "-o", type=Path, required=True, metavar="FILE.yml")
    params.add_argument("--all", action="store_true", help="every tensor, not only in and out")
    params.add_argument("--json", action="store_true", help="what was written, as JSON")
    return export, repaired, cut, qdq, rknn, script, params


def _add_commands_without_a_project(commands: Subparsers) -> None:
    demo = commands.add_parser("demo", help="show the whole work on a real network")
    demo.add_argument("--output", "-o", type=Path, default=Path("demo-output"), metavar="DIR",
        help="where its pictures and files go (demo-output)")  # fmt: skip
    doctor = commands.add_parser("doctor", help="what is installed here, for a bug report")
    doctor.add_argument("--json", action="store_true", help="everything as JSON on stdout")


def _add_analyze_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--json", action="store_true", help="everything as JSON on stdout")
    add("--worst", type=int, default=15, metavar="N", help="rows to print (15)")
    add("--effect", action="store_true",
        help="also rank layers by the noise of the outputs each is to blame for")  # fmt: skip
    add("--min-cosine", type=float, metavar="C", help="exit with 3 when an output falls below")


def _add_compare_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("snapshot", type=Path, help="its output_dir, or one of its texts")
    add("--json", action="store_true", help="everything as JSON on stdout")
    add("--only", action="store_true", help="only where they disagree")
    add("--tensors", action="store_true",
        help="compare dumped tensors too, code by code")  # fmt: skip
    add("--picture", type=int, default=1, metavar="N",
        help="which picture of the dataset the toolkit had, for --tensors (1)")  # fmt: skip


def _add_search_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    goal = command.add_mutually_exclusive_group(required=True)
    goal.add_argument("--min-quality", type=float, metavar="Q",
        help="least time with at least this quality; exit with 3 out of reach")  # fmt: skip
    goal.add_argument("--max-ms", type=float, metavar="MS",
        help="the best quality within this estimated time")  # fmt: skip
    add("--quality", default="snr", metavar="KIND",
        help="snr (dB), cosine, worst-slice, top1, labels, or FILE.py:function (snr)")  # fmt: skip
    add("--labels", type=Path, metavar="FILE", help="lines `picture class`, for labels")
    add("--lock", action="append", default=[], metavar="NAME",
        help="a layer that keeps its type; may be repeated")  # fmt: skip
    add("--types", metavar="TYPE,TYPE", help="what layers may have (u8,i16,float)")
    add("--output", "-o", type=Path, required=True, metavar="DIR",
        help="folder for cfg, project and report")  # fmt: skip
    add("--language", choices=("en", "zh_CN"), default="en", help="en or zh_CN, of the report")
    add("--json", action="store_true", help="what was found, as JSON")


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
    add("--algorithm", metavar="METHOD",
        help="how ranges are chosen: normal, moving_average[:WEIGHT], percentile[:PERCENT], "
        "kl_divergence or mmse (normal)")  # fmt: skip
    add("--weights-algorithm", metavar="METHOD", help="the same for weights (normal)")
    add("--layer-range", action="append", default=[], metavar="NAME=METHOD",
        help="how the range of one layer is chosen, or LOW..HIGH; may be repeated")  # fmt: skip
    add("--layer-weights", action="append", default=[], metavar="NAME=METHOD",
        help="how the range of one layer's weights is chosen; may be repeated")  # fmt: skip
    add("--repair", metavar="NAME,NAME",
        help="weights to repair by: equalize, round, bias or sequential; auto measures them on "
        "the judging pictures and takes the best; none (none)")  # fmt: skip
    add("--judge", type=Path, action="append", default=[], metavar="PATH",
        help="pictures to judge by, as --dataset (those that calibration leaves over)")  # fmt: skip
    add("--judge-images", type=int, metavar="N", help="how many to judge by, 0 for all (64)")
    add("--cfg", type=Path, metavar="FILE",
        help="the toolkit's .quantization.cfg: types and parameters to start from")  # fmt: skip
    add("--cfg-untouched", action="store_true",
        help="the cfg is as step 1 wrote it: tell which types it suggests")  # fmt: skip
    add("--calibration-images", type=int, metavar="N", help="how many to calibrate on (all)")
    add("--images", type=int, metavar="N", help="how many to analyse (4)")
    add("--target", metavar="CHIP", help="rv1126 or rv1109")
    add("--save", type=Path, metavar="FILE.rkviz", help="save the project as well")
    add("--quiet", action="store_true", help="no progress on stderr")

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
Group: TypeAlias = "argparse._ArgumentGroup"  # pyright: ignore[reportPrivateUsage]


_ABOUT = """\
Quantization of vision networks for Rockchip's RV1126 and RV1109 NPU.

  rkviz                  open the window
  rkviz MODEL            open the window with an .onnx, .tflite, .rknn or .rkviz file
  rkviz COMMAND ...      work without a window
"""
_GIVEN = "MODEL [--dataset PATH]"
_AFTERWARDS = """\
`rkviz COMMAND --help` lists the options of each; F1 in the window opens the manual.
Exit codes: 0 done, 1 error, 2 usage, 3 quality limit not reached, 130 cancelled.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="rkviz",
        usage="rkviz [MODEL | COMMAND ...]",
        description=_ABOUT,
        epilog=_AFTERWARDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"rkviz {__version__}")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands", prog="rkviz"
    )
    analyze = _command(commands, "analyze", "errors of every layer, reasons, outputs, time")
    _add_analyze_options(analyze)
    report = _command(commands, "report", "write a report as one HTML file", f"{_GIVEN} -o FILE")
    _add_output(report, "FILE.html")
    report.add_argument("--language", choices=("en", "zh_CN"), default="en", help="of the report")
    repairs = _command(commands, "repairs", "measure what repairs of the weights are worth")
    repairs.add_argument("--json", action="store_true", help="everything as JSON on stdout")
    search = _command(
        commands,
        "optimize",
        "search the best hybrid plan",
        f"{_GIVEN} (--max-ms MS | --min-quality Q) -o DIR",
    )
    _add_search_options(search)
    exports = _add_exports(commands)
    comparison = _command(
        commands,
        "compare",
        "hold an accuracy_analysis of the vendor's toolkit against the emulator",
        "SNAPSHOT MODEL",
    )
    _add_compare_options(comparison)
    accuracy = _command(
        commands, "accuracy-analysis", "write the toolkit's own report", f"{_GIVEN} -o DIR"
    )
    _add_accuracy_options(accuracy)
    histograms = _command(
        commands, "histograms", "draw how the numbers of layers spread", f"{_GIVEN} -o DIR"
    )
    _add_output(histograms, "DIR")
    histograms.add_argument("--layers", action="append", default=[], metavar="NAME,NAME",
        help="which layers, ours or the toolkit's names (all); may be repeated")  # fmt: skip
    project_commands = (analyze, report, repairs, search, *exports, comparison, accuracy)
    for command in (*project_commands, histograms):
        _add_project_options(command)
    _add_commands_without_a_project(commands)
    return top


def _command(
    commands: Subparsers, name: str, purpose: str, given: str = _GIVEN
) -> argparse.ArgumentParser:
    about = f"{purpose[0].upper()}{purpose[1:]}."
    usage = " ".join(f"rkviz {name} {given} [option ...]".split())
    return commands.add_parser(name, help=purpose, description=about, usage=usage)


def _add_exports(commands: Subparsers) -> tuple[argparse.ArgumentParser, ...]:
    kinds = (
        ("export-cfg", "FILE", "write the toolkit's .quantization.cfg"),
        ("export-script", "FILE.py", "write a script for the vendor's toolkit"),
        ("export-onnx", "FILE.onnx", "write the ONNX file with repaired weights, for the toolkit"),
        ("export-cut", "FILE.onnx", "write the ONNX file without the concat of scores and boxes"),
        ("export-qdq", "FILE.onnx", "write the plan as QDQ ONNX for onnxruntime"),
        ("export-rknn", "FILE.rknn", "experimental: write an .rknn file without the toolkit"),
        ("export-quant-params", "FILE.yml", "write parameters as the toolkit does"),
    )
    made: dict[str, argparse.ArgumentParser] = {}
    for name, file, purpose in kinds:
        given = "MODEL" if name == "export-cut" else _GIVEN
        made[name] = _command(commands, name, purpose, f"{given} -o {file}")
        _add_output(made[name], file)
    made["export-cut"].add_argument(
        "--at", metavar="NAME", help="another concat to end in front of"
    )
    made["export-quant-params"].add_argument(
        "--all", action="store_true", help="every tensor, not only in and out"
    )
    return tuple(made.values())


def _add_commands_without_a_project(commands: Subparsers) -> None:
    demo = _command(commands, "demo", "show the whole work on a real network", "")
    demo.add_argument("--output", "-o", type=Path, default=Path("demo-output"), metavar="DIR",
        help="where its pictures and files go (demo-output)")  # fmt: skip
    doctor = _command(commands, "doctor", "what is installed here, for a bug report", "")
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
    add("--language", choices=("en", "zh_CN"), default="en", help="of the report")
    add("--json", action="store_true", help="what was found, as JSON")


def _add_output(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "--output", "-o", type=Path, required=True, metavar=what, help="where it is written"
    )
    command.add_argument("--json", action="store_true", help="what was written, as JSON")


def _add_accuracy_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--parts", default="texts", metavar="PART,PART",
        help="texts, fp32, entire_qnt, individual_qnt or all (texts)")  # fmt: skip
    add("--dump", default="tensor", metavar="FORMAT", help="tensor or npy (tensor)")
    _add_output(command, "DIR")


def _add_project_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "model", type=Path, help="an ONNX, .tflite or .rknn model, or a project saved by rkviz"
    )
    _add_input_options(command.add_argument_group("pictures and how they are prepared"))
    _add_quantization_options(command.add_argument_group("types and ranges"))
    add = command.add_argument_group("repaired weights").add_argument
    add("--repair", metavar="NAME,NAME",
        help="weights to repair by: equalize, round, bias or sequential; auto measures them on "
        "the judging pictures and takes the best; none (none)")  # fmt: skip
    add("--judge", type=Path, action="append", default=[], metavar="PATH",
        help="pictures to judge by, as --dataset (those that calibration leaves over)")  # fmt: skip
    add("--judge-images", type=int, metavar="N", help="how many to judge by, 0 for all (64)")
    add = command.add_argument_group("this run").add_argument
    add("--calibration-images", type=int, metavar="N", help="how many to calibrate on (all)")
    add("--images", type=int, metavar="N", help="how many to analyse (4)")
    add("--target", metavar="CHIP", help="rv1126 or rv1109")
    add("--save", type=Path, metavar="FILE.rkviz", help="save the project as well")
    add("--quiet", action="store_true", help="no progress on stderr")


def _add_input_options(group: Group) -> None:
    add = group.add_argument
    add("--dataset", type=Path, action="append", default=[], metavar="PATH",
        help="folder, picture, npy or dataset.txt; may be repeated")  # fmt: skip
    add("--input-shape", action="append", default=[], metavar="[NAME:]1x3x224x224",
        help="sizes the model leaves open")  # fmt: skip
    add("--mean", metavar="M,M,M", help="mean_values, after reorder_channel; pictures are 0..255")
    add("--std", metavar="S,S,S", help="std_values")
    add("--reorder", metavar="2,1,0", help="reorder_channel; 2,1,0 gives BGR")
    add("--fit", choices=("stretch", "letterbox", "crop"), help="how pictures get their size")
    add("--crop-from", type=int, metavar="N", help="short side before the centre crop")


def _add_quantization_options(group: Group) -> None:
    add = group.add_argument
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
    add("--cfg", type=Path, metavar="FILE",
        help="the toolkit's .quantization.cfg: types and parameters to start from")  # fmt: skip
    add("--cfg-untouched", action="store_true",
        help="the cfg is as step 1 wrote it: tell which types it suggests")  # fmt: skip
    add("--requantize", action="store_true",
        help="choose anew what a quantized model states and the NPU cannot take")  # fmt: skip

"""The two texts of the toolkit's accuracy_analysis, as 1.7.3 to 1.7.5 write them.

A line is a name, padded to 60, a type and two metrics, separated by TABs; "eculidean" is the
toolkit's spelling. Names of the entire network are those of its dumped tensors, which are not
written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rkviz.analyse.report import AnalysisReport
from rkviz.atomic import write_atomically
from rkviz.errors import FormatError
from rkviz.graph.model import Graph
from rkviz.graph.naming import attach_names, layer_names
from rkviz.quantize.plan import QuantPlan

ENTIRE = "entire_qnt_error_analysis.txt"
INDIVIDUAL = "individual_qnt_error_analysis.txt"


def write_accuracy_texts(plan: QuantPlan, report: AnalysisReport, folder: Path) -> None:
    """Write both texts into `folder`, which is made where it is missing; raises FormatError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise FormatError(f"The folder {folder} cannot be made: {reason}.") from None
    write_atomically(folder / ENTIRE, entire_text(plan, report), FormatError)
    write_atomically(folder / INDIVIDUAL, individual_text(plan, report), FormatError)


def entire_text(plan: QuantPlan, report: AnalysisReport) -> str:
    """Accumulated errors over all pictures, outputs once more as the toolkit's attach layers."""
    graph = plan.graph
    names, attached = layer_names(graph), attach_names(graph)
    lines: list[str] = []
    for node in graph.nodes:
        if node.name in report.layers and node.name in names:
            kind = plan.scheme[node.name].short if node.op == "Input" else "None"
            name = _dump_name(graph, names[node.name], node.outputs[0])
            lines.append(_line(name, kind, report, node.name, "accumulated"))
    for value, name in attached.items():
        layer = graph.producer[value].name
        if layer in report.layers:
            dumped = _dump_name(graph, name, value)
            lines.append(_line(dumped, "None", report, layer, "accumulated"))
    return "".join(lines)


def individual_text(plan: QuantPlan, report: AnalysisReport) -> str:
    """Own errors over all pictures, without the inputs."""
    names = layer_names(plan.graph)
    return "".join(_individual_lines(plan.graph, names, report))


def _individual_lines(graph: Graph, names: dict[str, str], report: AnalysisReport) -> Iterator[str]:
    for node in graph.nodes:
        if node.op != "Input" and node.name in report.layers and node.name in names:
            yield _line(names[node.name].replace("/", "_"), "None", report, node.name, "own")


def _line(
    name: str,
    kind: str,
    report: AnalysisReport,
    layer: str,
    error: Literal["own", "accumulated"],
) -> str:
    sums = report.sums(layer, error)
    euclidean, cosine = sums.euclidean_norm, sums.cosine
    return f"{name:<60} \t{kind}\teculidean_norm={euclidean:.6f}\tcosine_norm={cosine:.6f}\n"


def _dump_name(graph: Graph, layer: str, value: str) -> str:
    """`{layer}_out0_nhwc_{sizes}.npy` with `_` for every `/`."""
    shape = graph.values[value].shape or ()
    sizes = (shape[0], *shape[2:], shape[1]) if len(shape) >= 3 else shape
    return "_".join([layer.replace("/", "_"), "out0", "nhwc", *map(str, sizes)]) + ".npy"

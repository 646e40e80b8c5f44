"""Writes what the toolkit's accuracy_analysis would: its folders of tensors and its two texts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rkviz.analyse.report import AnalysisReport
from rkviz.atomic import write_atomically
from rkviz.emulate.activations import activations
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.errors import ConfigError, FormatError, close_matches
from rkviz.graph.model import Graph, Node
from rkviz.graph.naming import attach_names, layer_names
from rkviz.progress import Progress, silent
from rkviz.quantize.plan import QuantPlan

PARTS = ("texts", "fp32", "entire_qnt", "individual_qnt")
DUMPS = ("tensor", "npy")
Array = NDArray[np.generic]

_UNSAFE = re.compile(r'[\x00-\x1f\\/:*?"<>|]')
_LONGEST = 200


def write_accuracy(
    plan: QuantPlan,
    report: AnalysisReport,
    feeds: Mapping[str, NDArray[np.float32]],
    folder: Path,
    parts: Sequence[str] = PARTS,
    dump: str = "tensor",
    progress: Progress = silent,
) -> int:
    """Write `parts` of an accuracy analysis into `folder`; returns the number of tensors.

    `feeds` are the float inputs (NCHW) of the first picture of `report`, whose errors become the
    texts. Tensors are real numbers in NHWC, one file each: `.tensor` has one number a line with six
    decimals, `.npy` is an array; `order.txt` names them in order, with `.npy` as the toolkit does.
    Raises ConfigError for an unknown part or format, FormatError where nothing can be written.
    """
    for known, asked in ((PARTS, parts), (DUMPS, (dump,))):
        for name in asked:
            if name not in known:
                raise ConfigError(
                    f"{name!r} is no part or format of an accuracy analysis"
                    f"{close_matches(name, known)}; choose from {', '.join(known)}."
                )
    writer = _Writer(plan, folder, dump, progress)
    if "texts" in parts:
        _write_texts(plan, report, folder)
    if set(parts) == {"texts"}:
        return 0
    net, programs, values = FloatPieces(plan.graph), Programs(), set(plan_values(plan))
    if "fp32" in parts:
        real = (item for piece in net.run(feeds) for item in piece.items() if item[0] in values)
        writer.folder("fp32", real)
    for part in ("entire_qnt", "individual_qnt"):
        if part in parts:
            alone = part == "individual_qnt"
            held = activations(plan, feeds, None, alone, net, programs)
            emulated = ((name, activation.emulated) for name, activation in held)
            writer.folder(part, emulated, with_ends=not alone)
    return writer.written


def plan_values(plan: QuantPlan) -> Iterator[str]:
    """The float values of all layers that run, in order."""
    for node in plan.graph.nodes:
        if node.name in plan.step_of:
            yield from (name for name in node.outputs if plan.graph.values[name].dtype == "float32")


class _Writer:
    """Files of one analysis, each tensor gone from memory when its file is written."""

    def __init__(self, plan: QuantPlan, folder: Path, dump: str, progress: Progress) -> None:
        self.graph, self.root, self.dump, self.progress = plan.graph, folder, dump, progress
        self.names = layer_names(plan.graph)
        self.attached = attach_names(plan.graph)
        self.total = len(list(plan_values(plan)))
        self.written = 0

    def folder(
        self, part: str, tensors: Iterator[tuple[str, Array]], with_ends: bool = True
    ) -> None:
        """Write the values `tensors`; `with_ends` with input, outputs once more, and order.txt."""
        folder = self.root / part
        _make(folder)
        order: list[str] = []
        ends: list[str] = []
        for count, (value, array) in enumerate(tensors):
            self.progress(count, self.total, part)
            node = self.graph.producer[value]
            if node.op == "Input" and not with_ends:
                continue
            flat = _nhwc(array)
            order.append(_file_name(self.names[node.name], node.outputs.index(value), flat.shape))
            self._write(folder / order[-1], flat)
            if with_ends and value in self.attached:
                ends.append(_file_name(self.attached[value], 0, flat.shape))
                self._write(folder / ends[-1], flat)
        if with_ends:
            text = "".join(f"{name}.npy\n" for name in (*order, *ends))
            write_atomically(folder / "order.txt", text, FormatError)

    def _write(self, path: Path, array: Array) -> None:
        data = io.BytesIO()
        if self.dump == "npy":
            np.save(data, array, allow_pickle=False)
        else:
            np.savetxt(data, array.reshape(-1), fmt="%.6f")
        write_atomically(path.with_name(f"{path.name}.{self.dump}"), data.getvalue(), FormatError)
        self.written += 1


def _write_texts(plan: QuantPlan, report: AnalysisReport, folder: Path) -> None:
    _make(folder)
    names, graph = layer_names(plan.graph), plan.graph
    nodes = [node for node in graph.nodes if node.name in report.layers]
    for file, kind in (("entire_qnt", "accumulated"), ("individual_qnt", "own")):
        rows: list[str] = []
        for node in nodes:
            if kind == "own" and node.op == "Input":
                continue
            name = (
                f"{_dumped(graph, node, names)}.npy"
                if kind == "accumulated"
                else (_safe(names[node.name]))
            )
            sums = report.sums(node.name, kind, 0)
            scheme = plan.scheme[node.name]
            shown = node.op == "Input" and scheme.is_quantized
            dtype = scheme.short if shown else "None"
            rows.append(
                f"{name:60} \t{dtype}\teculidean_norm={sums.euclidean_norm:.6f}"
                f"\tcosine_norm={sums.cosine:.6f}"
            )
        path = folder / f"{file}_error_analysis.txt"
        write_atomically(path, "\n".join(rows) + "\n", FormatError)


def _dumped(graph: Graph, node: Node, names: Mapping[str, str]) -> str:
    shape = graph.values[node.outputs[0]].shape or ()
    if len(shape) == 4:
        shape = (shape[0], shape[2], shape[3], shape[1])
    return _file_name(names[node.name], 0, shape)


def _file_name(layer: str, port: int, shape: Sequence[int]) -> str:
    return _safe(layer) + f"_out{port}_nhwc_" + "_".join(map(str, shape))


def _safe(layer: str) -> str:
    """`layer` as part of a file name; a long one keeps its end, where the id is."""
    name = _UNSAFE.sub("_", layer)
    while len(name.encode("utf-8", "replace")) > _LONGEST:
        name = name[1:]
    return name


def _nhwc(array: Array) -> Array:
    real = array.astype(np.float32, copy=False)
    return np.ascontiguousarray(real.transpose(0, 2, 3, 1)) if real.ndim == 4 else real


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(
            f"{folder} cannot be made: {error.strerror or error}; choose another folder."
        ) from None

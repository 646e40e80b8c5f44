"""Which reader opens a model file, and what the file says beside the network itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rkviz.calibrate.preprocess import InputSettings
from rkviz.errors import ModelError
from rkviz.formats.rknn_container import is_rknn
from rkviz.formats.rknn_model import open_rknn
from rkviz.graph import Graph, open_model


def open_network(
    path: Path, input_shapes: Mapping[str, tuple[int, ...]], requantize: bool = False
) -> Graph:
    """The network in `path`, whatever kind of file that is; the first bytes tell.

    `requantize` chooses anew what a quantized model states and the NPU cannot take. Raises
    ModelError, FormatError, and UnknownSizeError where `input_shapes` has to say sizes.
    """
    if not is_rknn(path):
        return open_model(path, input_shapes, requantize)
    graph = open_rknn(path).graph
    only = graph.inputs[0] if len(graph.inputs) == 1 else ""
    for name, shape in input_shapes.items():
        fixed = graph.values.get(name or only)
        if fixed is None or fixed.shape != shape:
            raise ModelError(
                f"{path}: the sizes of an .rknn file are fixed; leave out those given for "
                f"{name or only!r}."
            )
    return graph


def stated_inputs(path: Path) -> Mapping[str, InputSettings]:
    """How pictures are prepared for the inputs of the model in `path`, where the file says so.

    The entry "" stands for the only input. Empty for files that say nothing. Raises FormatError
    and ModelError.
    """
    if not is_rknn(path):
        return {}
    stated = open_rknn(path).inputs
    return dict(zip(("",), stated.values(), strict=True)) if len(stated) == 1 else stated

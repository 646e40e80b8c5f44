"""OPEN: a model file becomes a Graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rkviz.errors import ModelError
from rkviz.graph.check import check
from rkviz.graph.model import Graph, Node, Value

__all__ = ["Graph", "Node", "Value", "open_model"]

_MAGIC = {b"RKNN": "an .rknn file", b"PK\x03\x04": "an archive"}
_TFLITE = b"TFL3"


def open_model(
    path: Path,
    input_shapes: Mapping[str, tuple[int, ...]] | None = None,
    requantize: bool = False,
) -> Graph:
    """The network in `path` as the layers the toolkit knows, checked.

    `input_shapes` gives the sizes the file leaves open, by input. Parameters a quantized file
    states are in `Graph.given`; `requantize` leaves those out that the NPU cannot take, instead of
    refusing the file. Raises ModelError when the file cannot be opened, UnknownSizeError when
    sizes are missing.
    """
    # Here, because the window looks at graphs long before it opens its first model.
    from rkviz.graph.passes import simplify_graph

    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from None
    for magic, kind in _MAGIC.items():
        if magic in (head[: len(magic)], head[4 : 4 + len(magic)]):
            raise ModelError(f"{path} is {kind}; rkviz opens ONNX and TensorFlow Lite models.")
    if head[4:8] == _TFLITE:
        from rkviz.graph.tflite_import import open_tflite

        graph = simplify_graph(open_tflite(path, input_shapes, requantize))
    else:
        from rkviz.graph.onnx_import import open_onnx

        graph = simplify_graph(open_onnx(path, input_shapes, requantize))
    try:
        check(graph)
    except ModelError as error:
        raise ModelError(f"{path}: {error.message}", error.details) from None
    return graph

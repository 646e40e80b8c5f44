"""What onnxruntime computes for a model as it is: the truth that opening must not change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import ModelProto

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.graph import Graph
from rkviz.graph.onnx_import import open_onnx
from tests.models import feeds_for, save

Arrays = dict[str, NDArray[np.generic]]


def opened(model: ModelProto, folder: Path, **sizes: tuple[int, ...]) -> Graph:
    """The model through a file in `folder`, without any pass."""
    return open_onnx(save(model, folder / "model.onnx"), sizes or None)


def run_original(model: ModelProto, feeds: Arrays) -> Arrays:
    """All outputs of `model` by name, computed by onnxruntime itself."""
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(model.SerializeToString(), options)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def assert_same_outputs(model: ModelProto, graph: Graph, seed: int = 0) -> None:
    """`graph` computes what `model` computes, up to the rounding of float32."""
    feeds: Arrays = dict(feeds_for({name: graph.shape(name) for name in graph.inputs}, seed))
    wanted = run_original(model, feeds)
    got = FloatNet(graph, graph.outputs).run(feeds)
    assert set(got) == set(graph.outputs)
    for name, array in got.items():
        np.testing.assert_allclose(array, wanted[name], rtol=2e-4, atol=2e-5, err_msg=name)
        assert array.dtype == wanted[name].dtype
        assert graph.values[name].shape in (None, array.shape)

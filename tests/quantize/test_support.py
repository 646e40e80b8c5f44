"""What the NPU does not run stays on the board's CPU, in float, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from rkviz.graph import open_model
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.support import why_on_cpu
from rkviz.target import Engine, target_named
from tests.graphs import stats_of
from tests.models import Builder, save
from tests.operators import Draw, plain, recurrent, weighted

MAP = (1, 4, 6, 6)
RV1126 = target_named("rv1126")


def largest(b: Builder, x: str) -> str:
    names = ["values", "places"]
    b.node("MaxPool", [x], "layer", names, kernel_shape=[2, 2])
    b.output("places", TensorProto.INT64)
    return "values"


def whole_numbers(b: Builder, x: str) -> str:
    place = b.node("ArgMax", [x], "place", axis=1)
    turned = b.node("Transpose", [place], "layer", perm=[0, 1, 3, 2])
    return b.node("Cast", [turned], "real", to=TensorProto.FLOAT)


def computed_weights(b: Builder, x: str) -> str:
    return b.node("Conv", [x, b.node("Abs", [x], "weights")], "layer")


def computed_indices(b: Builder, x: str) -> str:
    place = b.node("ArgMax", [x], "place", axis=1, keepdims=0)
    table = b.constant("table", np.arange(20, dtype=np.float32).reshape(5, 4))
    return b.node("Gather", [table, place], "layer")


def computed_exponent(b: Builder, x: str) -> str:
    return b.node("Pow", [b.node("Abs", [x], "base"), x], "layer")


def named(draw: Draw) -> Draw:
    """The operator of `draw` under the name "layer"."""

    def renamed(b: Builder, x: str) -> str:
        result = draw(b, x)
        b.nodes[-1].name = "layer"
        return result

    return renamed


def lstm(**attrs: object) -> Draw:
    return named(recurrent("LSTM", 4, **attrs))


CASES: dict[str, tuple[str, tuple[int, ...], Callable[[Builder, str], str]]] = {
    "selu": ("does not have operator 'Selu'", MAP, named(plain("Selu"))),
    "erf": ("does not have operator 'Erf'", MAP, named(plain("Erf"))),
    "reciprocal": ("does not have operator 'Reciprocal'", MAP, named(plain("Reciprocal"))),
    "three axes": ("one or two axes", (1, 2, 4, 4, 4), named(
        weighted("Conv", (3, 2, 3, 3, 3)))),
    "pool of three axes": ("one or two axes", (1, 2, 4, 4, 4), named(plain("GlobalAveragePool"))),
    "norm of three axes": ("one or two axes", (1, 2, 4, 4, 4), named(
        weighted("InstanceNormalization", (2,), (2,)))),
    "where the largest was": ("only the first result of MaxPool", MAP, largest),
    "whole numbers": ("computes int64 numbers", MAP, whole_numbers),
    "computed weights": ("weights or biases only at run time", MAP, computed_weights),
    "computed indices": ("indices only at run time", MAP, computed_indices),
    "computed exponent": ("one constant number as exponent", MAP, computed_exponent),
    "several exponents": ("one constant number", MAP, named(plain("Pow", [1.0, 2.0] * 3))),
    "indices": ("ArgMax gives indices", MAP, lambda b, x: b.node(
        "Cast", [b.node("ArgMax", [x], "layer", axis=1)], "real", to=TensorProto.FLOAT)),
    "wrap": ("no Pad of mode 'wrap'", MAP, named(
        plain("Pad", [0, 0, 1, 1, 0, 0, 1, 1], mode="wrap"))),
    "cubic": ("mode 'cubic'", MAP, named(
        lambda b, x: b.node("Resize", [x, "", "", b.constant("s", np.array([1, 4, 9, 9]))], "l",
                            mode="cubic"))),
    "resized channels": ("rows and columns only", MAP, named(
        lambda b, x: b.node("Resize", [x, "", "", b.constant("s", np.array([1, 8, 6, 6]))], "l"))),
    "batch": ("batch of 1 only", (7, 2, 4), lstm()),
    "own activations": ("activations of its own", (7, 1, 4), lstm(
        activations=["Tanh", "Tanh", "Tanh"])),
    "clipped": ("no LSTM with clip", (7, 1, 4), lstm(clip=0.5)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_stays_on_the_cpu(name: str, tmp_path: Path) -> None:
    reason, shape, draw = CASES[name]
    b = Builder("net", opset=19)
    b.output(draw(b, b.input("x", shape)))
    graph = open_model(save(b.model(), tmp_path / "net.onnx"))
    assert reason in why_on_cpu(graph, graph.by_name["layer"], RV1126)
    plan = build_plan(graph, stats_of(graph), HybridConfig(QuantScheme.U8), RV1126)
    step = plan.step_of["layer"]
    assert step.engine is Engine.CPU
    assert reason in step.note
    assert step.note.endswith("on the board its CPU has to do it.")
    assert plan.scheme["layer"] is QuantScheme.FLOAT


def test_usual_activations_spelt_out_change_nothing(tmp_path: Path) -> None:
    b = Builder("net")
    usual = ["Sigmoid", "Tanh", "Tanh"]
    b.output(lstm(activations=usual)(b, b.input("x", (7, 1, 4))))
    graph = open_model(save(b.model(), tmp_path / "net.onnx"))
    assert graph.by_name["layer"].attrs["activations"] == ",".join(usual)
    assert why_on_cpu(graph, graph.by_name["layer"], RV1126) == ""

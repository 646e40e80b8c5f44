"""Networks that end on the board's CPU: boxes chosen, places counted, sizes nobody knows before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from rkviz.analyse.analysis import analyse
from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.graph import open_model
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.target import target_named
from tests.models import Builder, save


def best_two(b: Builder, x: str) -> str:
    count = b.constant("k", np.array([2]))
    b.node("TopK", [x, count], "best", ["values", "places"], axis=2)
    b.output("places", TensorProto.INT64)
    return "values"


def above_zero(b: Builder, x: str) -> str:
    """The numbers above 0: how many there are depends on the picture, and on the type."""
    positive = b.node(
        "Relu", [b.node("Sub", [x, b.constant("c", np.float32([0.01]))], "less")], "r"
    )
    places = b.node("Transpose", [b.node("NonZero", [positive], "where")], "turn", perm=[1, 0])
    return b.node("GatherND", [positive, places], "taken")


def largest_class(b: Builder, x: str) -> str:
    place = b.node("ArgMax", [x], "best", axis=1)
    return b.node("Cast", [place], "number", to=TensorProto.FLOAT)


def either(b: Builder, x: str) -> str:
    limit = b.constant("limit", np.float32([0.2]))
    return b.node("Where", [b.node("Greater", [x, limit], "larger"), x, limit], "either")


NETWORKS: dict[str, tuple[Callable[[Builder, str], str], set[str]]] = {
    "the best two": (best_two, {"best"}),
    "those above zero": (above_zero, {"where", "turn", "taken", "tail"}),
    "the largest class": (largest_class, {"best", "number"}),
    "one or the other": (either, {"larger", "either"}),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("scheme", QuantScheme, ids=lambda scheme: scheme.short)
def test_a_network_that_ends_on_the_cpu_is_analysed(
    name: str, scheme: QuantScheme, tmp_path: Path
) -> None:
    draw, on_cpu = NETWORKS[name]
    b = Builder("net")
    x = b.conv(b.input("x", (1, 3, 6, 6)), "conv", 3, 4)
    b.output(b.node("LeakyRelu", [draw(b, x)], "tail", alpha=0.5))
    graph = open_model(save(b.model(), tmp_path / "net.onnx"))
    random = np.random.default_rng(0)
    pictures = [{"x": random.normal(size=(1, 3, 6, 6)).astype(np.float32)} for _ in range(2)]
    stats = calibrate(graph, pictures, FloatPieces(graph).run, "test")
    plan = build_plan(graph, stats, HybridConfig(scheme), target_named("rv1126"))
    report = analyse(plan, pictures, ["one", "two"], "digest")
    told = {note.split(":")[0] for note in report.notes if "its CPU has to do it" in note}
    assert told == on_cpu
    assert set(report.layers) == {node.name for node in graph.nodes}
    if scheme is QuantScheme.FLOAT:
        assert report.sums("tail", "accumulated").cosine > 0.99

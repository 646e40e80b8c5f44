"""Networks nobody thought of: drawn layers in drawn types, every tensor compared."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.calibrate.observers import calibrate
from rkviz.emulate.activations import activations
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import run_plan
from rkviz.graph import Graph, open_model
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.target import target_named
from tests.float_reference import run_original
from tests.models import Builder, save

CHANNELS = 4
Layer = Callable[[Builder, str, str, str], str]
"""Adds a layer with a name behind the newest value and an older one; the size stays."""


def weights(b: Builder, name: str, *shape: int) -> str:
    return b.constant(f"{name}.w", (b.rng.normal(size=shape) * 0.4).astype(np.float32))


def alone(op: str, **attrs: object) -> Layer:
    return lambda b, x, older, name: b.node(op, [x], name, **attrs)


def joined(op: str) -> Layer:
    return lambda b, x, older, name: b.node(op, [x, older], name)


def scaled(op: str, *shape: int, **attrs: object) -> Layer:
    return lambda b, x, older, name: b.node(op, [x, weights(b, name, *shape)], name, **attrs)


def concat_and_back(b: Builder, x: str, older: str, name: str) -> str:
    both = b.node("Concat", [x, older], f"{name}.both", axis=1)
    return b.conv(both, name, 2 * CHANNELS, CHANNELS, kernel=1)


def down_and_up(b: Builder, x: str, older: str, name: str) -> str:
    small = b.node("MaxPool", [x], f"{name}.down", kernel_shape=[2, 2], strides=[2, 2])
    return b.node(
        "ConvTranspose", [small, weights(b, name, CHANNELS, CHANNELS, 4, 4)], name,
        strides=[2, 2], pads=[1, 1, 1, 1],
    )  # fmt: skip


def resized(b: Builder, x: str, older: str, name: str) -> str:
    small = b.node("AveragePool", [x], f"{name}.down", kernel_shape=[2, 2], strides=[2, 2])
    scales = b.constant(f"{name}.scales", np.array([1, 1, 2, 2], np.float32))
    return b.node("Resize", [small, "", scales], name, mode="linear")


LAYERS: tuple[Layer, ...] = (
    lambda b, x, older, name: b.conv(x, name, CHANNELS, CHANNELS),
    lambda b, x, older, name: b.conv(x, name, CHANNELS, CHANNELS, group=CHANNELS),
    *(alone(op) for op in ("Relu", "Sigmoid", "HardSwish", "Abs", "Softplus")),
    alone("LeakyRelu", alpha=0.1),
    alone("Softmax", axis=1),
    alone("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    alone("Transpose", perm=[0, 1, 3, 2]),
    *(joined(op) for op in ("Add", "Mul", "Sub", "Max", "MatMul")),
    scaled("PRelu", CHANNELS, 1, 1),
    scaled("Add", CHANNELS, 1, 1),
    scaled("MatMul", 8, 8),
    concat_and_back,
    down_and_up,
    resized,
)


def network(drawn: list[tuple[Layer, int]]) -> Builder:
    """`drawn` layers one after the other, each with how far back its second input lies."""
    b = Builder("drawn", seed=len(drawn))
    values = [b.input("x", (1, CHANNELS, 8, 8))]
    for number, (layer, back) in enumerate(drawn):
        values.append(layer(b, values[-1], values[max(0, len(values) - back)], f"layer{number}"))
    b.output(b.node("Relu", [values[-1]], "last"))
    return b


def opened(b: Builder) -> Graph:
    with tempfile.TemporaryDirectory() as folder:
        return open_model(save(b.model(), Path(folder) / "model.onnx"))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(LAYERS), st.integers(1, 4)), min_size=2, max_size=7),
    st.permutations(list(QuantScheme)),
    st.integers(0, 255),
)
def test_every_tensor_of_a_drawn_network(
    drawn: list[tuple[Layer, int]], schemes: list[QuantScheme], which: int
) -> None:
    b = network(drawn)
    graph = opened(b)
    random = np.random.default_rng(which)
    feeds = {"x": random.uniform(-2, 2, (1, CHANNELS, 8, 8)).astype(np.float32)}
    stats = calibrate(graph, [feeds], FloatPieces(graph).run, "drawn")
    others = [head for at, head in enumerate(graph.heads) if which >> (at % 8) & 1]
    config = HybridConfig(schemes[0]).with_scheme(others, schemes[1])
    plan = build_plan(graph, stats, config, target_named("rv1126"))
    defined, compiled = run_plan(plan, feeds), Programs().run_plan(plan, feeds)
    assert list(compiled) == list(defined)
    for tensor, codes in defined.items():
        np.testing.assert_array_equal(compiled[tensor], codes, err_msg=tensor, strict=True)
    (wanted,) = run_original(b.model(), feeds).values()
    ((_, last),) = activations(plan, feeds, graph.outputs)
    np.testing.assert_allclose(last.real, wanted, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(last.codes, defined[plan.value_tensor[graph.outputs[0]]])

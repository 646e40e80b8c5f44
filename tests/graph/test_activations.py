"""Activations written as formulas become one layer, however the exporter wrote them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from rkviz.graph import Graph
from rkviz.graph.activations import find_activations, join_clips
from rkviz.graph.passes import simplify_graph
from tests.float_reference import assert_same_outputs, opened
from tests.models import Builder

Formula = Callable[[Builder, str], str]
SHAPE = (1, 4, 6, 6)


def number(b: Builder, value: float) -> str:
    return b.constant(f"k{len(b.constants)}", np.array(value, np.float32))


def node(b: Builder, op: str, *inputs: str | float, **attrs: object) -> str:
    names = [item if isinstance(item, str) else number(b, item) for item in inputs]
    return b.node(op, names, f"{op}_{len(b.nodes)}", **attrs)


def clip(b: Builder, x: str, low: float | None, high: float | None) -> str:
    bounds = ["" if bound is None else number(b, bound) for bound in (low, high)]
    return b.node("Clip", [x, *bounds], f"Clip_{len(b.nodes)}")


def model_of(formula: Formula, opset: int = 17) -> ModelProto:
    """conv -> formula -> conv."""
    b = Builder("formula", opset=opset)
    x = b.conv(b.input("x", (1, 3, 6, 6)), "before", 3, 4)
    b.output(b.conv(formula(b, x), "after", 4, 2, kernel=1))
    return b.model()


def tanh_argument(b: Builder, x: str) -> str:
    cubic = node(b, "Mul", node(b, "Pow", x, 3.0), 0.044715)
    return node(b, "Mul", node(b, "Add", x, cubic), math.sqrt(2 / math.pi))


def flax_argument(b: Builder, x: str) -> str:
    """sqrt(2/pi) x (1 + 0.044715 x x)."""
    square = node(b, "Mul", node(b, "Mul", 0.044715, x), x)
    return node(b, "Mul", node(b, "Mul", x, 0.7978845608), node(b, "Add", 1.0, square))


def erf_plus_one(b: Builder, x: str) -> str:
    return node(b, "Add", node(b, "Erf", node(b, "Div", x, math.sqrt(2))), 1.0)


FORMULAS: dict[str, tuple[str, Formula]] = {
    "x s(x)": ("Swish", lambda b, x: node(b, "Mul", x, node(b, "Sigmoid", x))),
    "s(x) x": ("Swish", lambda b, x: node(b, "Mul", node(b, "Sigmoid", x), x)),
    "x clip(x+3)/6": ("HardSwish", lambda b, x: node(
        b, "Div", node(b, "Mul", x, clip(b, node(b, "Add", x, 3.0), 0, 6)), 6.0)),
    "clip(3+x)/6 x": ("HardSwish", lambda b, x: node(
        b, "Mul", node(b, "Div", clip(b, node(b, "Add", 3.0, x), 0, 6), 6.0), x)),
    "x clip(x+3) 0.1667": ("HardSwish", lambda b, x: node(
        b, "Mul", node(b, "Mul", x, clip(b, node(b, "Add", x, 3.0), 0, 6)), 1 / 6)),
    "x clip(x/6+0.5, 0, 1)": ("HardSwish", lambda b, x: node(
        b, "Mul", x, clip(b, node(b, "Add", node(b, "Div", x, 6.0), 0.5), 0, 1))),
    "x min(relu(x+3), 6)/6": ("HardSwish", lambda b, x: node(
        b, "Div", node(
            b, "Mul", x, node(b, "Min", node(b, "Relu", node(b, "Add", x, 3.0)), 6.0)), 6.0)),
    "x hard sigmoid(x)": ("HardSwish", lambda b, x: node(
        b, "Mul", x, node(b, "HardSigmoid", x, alpha=1 / 6, beta=0.5))),
    "clip(x+3)/6": ("HardSigmoid", lambda b, x: node(
        b, "Div", clip(b, node(b, "Add", x, 3.0), 0, 6), 6.0)),
    "x/2 (1+erf)": ("Gelu", lambda b, x: node(
        b, "Mul", node(b, "Mul", x, 0.5), erf_plus_one(b, x))),
    "x (1+erf) 0.5": ("Gelu", lambda b, x: node(
        b, "Mul", node(b, "Mul", x, erf_plus_one(b, x)), 0.5)),
    "x ((1+erf) 0.5)": ("Gelu", lambda b, x: node(
        b, "Mul", x, node(b, "Mul", erf_plus_one(b, x), 0.5))),
    "x/2 (1+tanh)": ("Gelu", lambda b, x: node(
        b, "Mul", node(b, "Mul", x, 0.5),
        node(b, "Add", 1.0, node(b, "Tanh", tanh_argument(b, x))))),
    "x/2 (1+tanh), factored": ("Gelu", lambda b, x: node(
        b, "Mul", node(b, "Mul", 0.5, x),
        node(b, "Add", node(b, "Tanh", flax_argument(b, x)), 1.0))),
    "x tanh(softplus x)": ("Mish", lambda b, x: node(
        b, "Mul", x, node(b, "Tanh", node(b, "Softplus", x)))),
    "clip(0, 6)": ("Relu6", lambda b, x: clip(b, x, 0, 6)),
    "min(relu, 6)": ("Relu6", lambda b, x: node(b, "Min", node(b, "Relu", x), 6.0)),
    "min(max(x, 0), 6)": ("Relu6", lambda b, x: node(b, "Min", node(b, "Max", x, 0.0), 6.0)),
    "clip(0, inf)": ("Relu", lambda b, x: clip(b, x, 0, None)),
    "max(0, x)": ("Relu", lambda b, x: node(b, "Max", 0.0, x)),
    "clip of a wider clip": ("Clip", lambda b, x: clip(b, clip(b, x, -2, 2), -1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_formula_becomes_one_layer(name: str, tmp_path: Path) -> None:
    op, formula = FORMULAS[name]
    model = model_of(formula)
    raw = opened(model, tmp_path)
    graph = simplify_graph(raw)
    assert [layer.op for layer in graph.nodes] == ["Input", "Conv", op, "Conv"]
    made = graph.nodes[2]
    inside = {layer.name for layer in raw.nodes} - {"x", "before", "after"}
    assert set(made.origins) == inside, "the layer knows every node it came from"
    assert made.origins[0] == made.name == raw.producer[made.outputs[0]].name
    assert made.onnx_op == raw.by_name[made.name].onnx_op
    for seed in range(3):
        assert_same_outputs(model, graph, seed)


def test_gelu_says_which_form(tmp_path: Path) -> None:
    for name, form in (("x/2 (1+erf)", "none"), ("x/2 (1+tanh)", "tanh")):
        graph = simplify_graph(opened(model_of(FORMULAS[name][1]), tmp_path))
        assert graph.nodes[2].attrs == {"approximate": form}


def test_hard_sigmoid_says_slope_and_offset(tmp_path: Path) -> None:
    graph = simplify_graph(opened(model_of(FORMULAS["clip(x+3)/6"][1]), tmp_path))
    assert graph.nodes[2].attrs == pytest.approx({"alpha": 1 / 6, "beta": 0.5})


NOT_QUITE: dict[str, Formula] = {
    "sigmoid of something else": lambda b, x: node(
        b, "Mul", x, node(b, "Sigmoid", node(b, "Abs", x))),
    "shifted by 2 instead of 3": lambda b, x: node(
        b, "Div", node(b, "Mul", x, clip(b, node(b, "Add", x, 2.0), 0, 6)), 6.0),
    "clipped at 5": lambda b, x: node(
        b, "Div", node(b, "Mul", x, clip(b, node(b, "Add", x, 3.0), 0, 5)), 6.0),
    "another slope": lambda b, x: node(
        b, "Mul", x, node(b, "HardSigmoid", x, alpha=0.2, beta=0.5)),
    "erf of x": lambda b, x: node(
        b, "Mul", node(b, "Mul", x, 0.5), node(b, "Add", node(b, "Erf", x), 1.0)),
    "a third factor": lambda b, x: node(
        b, "Mul", node(b, "Mul", x, x), node(b, "Sigmoid", x)),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_QUITE)
def test_a_formula_that_is_not_the_one_stays(name: str, tmp_path: Path) -> None:
    model = model_of(NOT_QUITE[name])
    graph = simplify_graph(opened(model, tmp_path))
    assert not {"Swish", "HardSwish", "Gelu", "Mish"} & {layer.op for layer in graph.nodes}
    assert_same_outputs(model, graph)


def test_a_gate_that_others_read_stays_a_layer(tmp_path: Path) -> None:
    b = Builder("gate")
    x = b.conv(b.input("x", (1, 3, 6, 6)), "conv", 3, 4)
    gate = b.node("Sigmoid", [x], "sigmoid")
    b.output(b.node("Mul", [x, gate], "mul"))
    b.output(gate)
    model = b.model()
    raw = opened(model, tmp_path)
    assert find_activations(raw) is raw
    assert_same_outputs(model, simplify_graph(raw))


def test_relu_in_front_of_two_readers_is_not_joined(tmp_path: Path) -> None:
    b = Builder("two")
    x = b.node("Relu", [b.input("x", SHAPE)], "relu")
    high = number(b, 6.0)
    b.output(b.node("Clip", [x, "", high], "clip"))
    b.output(b.node("Neg", [x], "neg"))
    raw = opened(b.model(), tmp_path)
    assert join_clips(raw) is raw


def test_clipping_integers_is_left_alone(tmp_path: Path) -> None:
    b = Builder("integers")
    index = b.node("ArgMax", [b.input("x", (1, 4))], "argmax", axis=1)
    zero = b.constant("zero", np.array(0, np.int64))
    b.output(b.node("Max", [index, zero], "max"), 7)
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert graph.by_name["max"].op == "Max"
    assert_same_outputs(model, graph)


def test_swish_keeps_the_name_of_the_product(tmp_path: Path) -> None:
    graph: Graph = simplify_graph(opened(model_of(FORMULAS["x s(x)"][1]), tmp_path))
    made = next(layer for layer in graph.nodes if layer.op == "Swish")
    assert made.name.startswith("Mul")
    assert made.onnx_op == "Mul"

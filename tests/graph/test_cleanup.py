"""What computes nothing is no layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz.graph.cleanup import drop_no_ops, join_moves
from rkviz.graph.passes import simplify_graph
from tests.float_reference import assert_same_outputs, opened
from tests.models import Builder

F, N = np.float32, np.int64
SHAPE = (1, 4, 6, 6)


def nothing(op: str) -> tuple[list[tuple[str, np.ndarray]], dict[str, object]]:
    """Further inputs and attributes with which `op` does nothing to a tensor of SHAPE."""
    constants: dict[str, list[tuple[str, np.ndarray]]] = {
        "Reshape": [("shape", np.array([0, 4, -1, 6], N))],
        "Expand": [("shape", np.array([1, 1, 6, 6], N))],
        "Slice": [("starts", np.array([0, 0], N)), ("ends", np.array([99, 6], N)),
                  ("axes", np.array([2, 3], N))],
        "Pad": [("pads", np.zeros(8, N))],
        "Resize": [("roi", np.zeros(0, F)), ("scales", np.ones(4, F))],
        "Add": [("zero", np.array(0, F))],
        "Sub": [("zero", np.array([0], F))],
        "Mul": [("one", np.array(1, F))],
        "Div": [("one", np.array([[[1]]], F))],
        "Dropout": [("ratio", np.array(0.5, F))],
    }  # fmt: skip
    attrs: dict[str, dict[str, object]] = {
        "Transpose": {"perm": [0, 1, 2, 3]},
        "Cast": {"to": 1},
        "Concat": {"axis": 1},
        "Split": {"axis": 1},
        "MaxPool": {"kernel_shape": [1, 1]},
    }
    return constants.get(op, []), attrs.get(op, {})


NOTHING = [
    "Identity", "Dropout", "Reshape", "Expand", "Transpose", "Slice", "Pad", "Cast", "Concat",
    "Split", "Resize", "MaxPool", "Add", "Sub", "Mul", "Div",
]  # fmt: skip


def chain(op: str, place: str) -> Builder:
    b = Builder("chain")
    x = b.input("x", SHAPE)
    x = x if place == "first" else b.node("Relu", [x], "relu")
    constants, attrs = nothing(op)
    x = b.node(op, [x, *(b.constant(k, a) for k, a in constants)], "nothing", **attrs)
    b.output(x if place == "last" else b.node("Neg", [x], "neg"))
    return b


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("op", NOTHING)
def test_it_is_dropped_and_remembered(op: str, place: str, tmp_path: Path) -> None:
    model = chain(op, place).model()
    graph = drop_no_ops(opened(model, tmp_path))
    assert "nothing" not in graph.by_name
    assert graph.outputs == (model.graph.output[0].name,), "outputs keep their names"
    if place != "first":
        assert graph.by_name["relu"].origins == ("relu", "nothing")
        assert graph.by_origin["nothing"].name == "relu"
    assert_same_outputs(model, graph)


def test_a_row_of_nothings_vanishes(tmp_path: Path) -> None:
    b = Builder("row")
    x = b.node("Relu", [b.input("x", SHAPE)], "relu")
    for index in range(7):
        x = b.node("Identity", [x], f"identity{index}")
    b.output(x)
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", "Relu"]
    assert len(graph.by_name["relu"].origins) == 8
    assert_same_outputs(model, graph)


def test_input_and_output_keep_their_names_even_if_nothing_is_between(tmp_path: Path) -> None:
    b = Builder("through")
    x = b.input("x", SHAPE)
    b.output(b.node("Identity", [x], "identity"))
    b.output(b.node("Relu", [x], "relu"))
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert graph.outputs == ("identity_out", "relu_out")
    assert_same_outputs(model, graph)


def test_one_value_under_two_output_names(tmp_path: Path) -> None:
    b = Builder("twice")
    x = b.node("Relu", [b.input("x", SHAPE)], "relu")
    b.output(x)
    b.output(b.node("Identity", [x], "again"))
    b.output(b.node("Identity", [x], "and_again"))
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert graph.outputs == ("relu_out", "again_out", "and_again_out")
    assert_same_outputs(model, graph)


def test_something_that_only_looks_like_nothing_stays(tmp_path: Path) -> None:
    b = Builder("flip")
    x = b.input("x", (1, 3, 4, 4))
    bounds = [("starts", [-1]), ("ends", [-99]), ("axes", [1]), ("steps", [-1])]
    names = [b.constant(key, np.array(value, N)) for key, value in bounds]
    x = b.node("Slice", [x, *names], "flip")
    x = b.node("Transpose", [x], "turn", perm=[0, 1, 3, 2])
    scales = b.constant("scales", np.array([1, 1, 1.1, 1.1], F))
    b.output(b.node("Resize", [x, "", scales], "resize", mode="linear"))
    raw = opened(b.model(), tmp_path)
    assert drop_no_ops(raw) is raw


def test_reshapes_in_a_row_are_one(tmp_path: Path) -> None:
    b = Builder("reshapes")
    x = b.node("Relu", [b.input("x", (1, 4, 1, 1))], "relu")
    x = b.node("Flatten", [x], "flatten")
    x = b.node("Unsqueeze", [x, b.constant("axes", np.array([0], N))], "unsqueeze")
    x = b.node("Reshape", [x, b.constant("shape", np.array([2, 2], N))], "reshape")
    b.output(b.node("Neg", [x], "neg"))
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", "Relu", "Reshape", "Neg"]
    made = graph.by_name["reshape"]
    assert made.attrs["shape"] == (2, 2)
    assert set(made.origins) == {"reshape", "unsqueeze", "flatten"}
    assert_same_outputs(model, graph)


def test_transposes_in_a_row_are_their_product(tmp_path: Path) -> None:
    b = Builder("turns")
    x = b.node("Transpose", [b.input("x", (2, 3, 4))], "first", perm=[2, 0, 1])
    x = b.node("Transpose", [x], "second", perm=[0, 2, 1])
    b.output(b.node("Relu", [x], "relu"))
    model = b.model()
    graph = join_moves(opened(model, tmp_path))
    assert graph.by_name["second"].attrs["perm"] == (2, 1, 0)
    assert "first" not in graph.by_name
    assert_same_outputs(model, graph)


def test_there_and_back_is_nothing(tmp_path: Path) -> None:
    b = Builder("back")
    x = b.node("Transpose", [b.input("x", (1, 2, 3, 4))], "there", perm=[0, 2, 3, 1])
    x = b.node("Transpose", [x], "back", perm=[0, 3, 1, 2])
    b.output(b.node("Relu", [x], "relu"))
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", "Relu"]
    assert_same_outputs(model, graph)

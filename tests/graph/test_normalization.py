"""A layer normalization written out step by step is one layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz.graph.normalization import find_layer_normalization
from rkviz.graph.passes import simplify_graph
from tests.float_reference import assert_same_outputs, opened
from tests.models import Builder

F = np.float32
SHAPE = (2, 5, 6)


def written_out(
    axes: list[int],
    square: str = "Pow",
    two_subs: bool = False,
    gamma: tuple[int, ...] | None = (6,),
    beta: tuple[int, ...] | None = (6,),
    read_mean: bool = False,
) -> Builder:
    b = Builder("norm", opset=13)
    x = b.node("Neg", [b.input("x", SHAPE)], "neg")
    mean = b.node("ReduceMean", [x], "mean", axes=axes)
    centred = b.node("Sub", [x, mean], "centre")
    inner = b.node("Sub", [x, mean], "centre_again") if two_subs else centred
    if square == "Pow":
        y = b.node("Pow", [inner, b.constant("two", np.array(2, F))], "square")
    else:
        y = b.node("Mul", [inner, inner], "square")
    y = b.node("ReduceMean", [y], "var", axes=axes)
    y = b.node("Add", [y, b.constant("eps", np.array(1e-3, F))], "plus")
    y = b.node("Div", [centred, b.node("Sqrt", [y], "root")], "div")
    for op, name, shape in (("Mul", "gamma", gamma), ("Add", "beta", beta)):
        if shape is not None:
            y = b.node(op, [y, b.constant(name, b.rng.normal(size=shape).astype(F))], f"by_{name}")
    b.output(b.node("Abs", [y], "abs"))
    if read_mean:
        b.output(mean)
    return b


CASES = {
    "torch": written_out([-1]),
    "two subtractions": written_out([2], two_subs=True),
    "product as square": written_out([-1], square="Mul"),
    "two axes": written_out([1, 2], gamma=(5, 6), beta=(5, 1)),
    "without factor": written_out([-1], gamma=None),
    "neither": written_out([-1], gamma=None, beta=None),
    "one number": written_out([-1], gamma=(), beta=(1, 1, 1)),
    "leading ones": written_out([-1], gamma=(1, 1, 6), beta=None),
}


@pytest.mark.parametrize("case", CASES)
def test_it_becomes_one_layer(case: str, tmp_path: Path) -> None:
    model = CASES[case].model()
    raw = opened(model, tmp_path)
    graph = find_layer_normalization(raw)
    made = [node for node in graph.nodes if node.op == "LayerNormalization"]
    assert len(made) == 1
    if case != "without factor":
        assert [node.op for node in graph.nodes] == ["Input", "Neg", "LayerNormalization", "Abs"]
        assert set(made[0].origins) == {n.name for n in raw.nodes} - {"x", "neg", "abs"}
    assert made[0].origins[0] == made[0].name
    assert made[0].attrs["epsilon"] == pytest.approx(1e-3)
    assert_same_outputs(model, graph)
    assert_same_outputs(model, simplify_graph(raw))


@pytest.mark.parametrize(
    "builder",
    [
        written_out([1], gamma=None, beta=None),
        written_out([-1], read_mean=True),
    ],
    ids=["an axis in the middle", "the mean is an output"],
)
def test_what_the_layer_cannot_say_stays(builder: Builder, tmp_path: Path) -> None:
    raw = opened(builder.model(), tmp_path)
    assert find_layer_normalization(raw) is raw


def test_a_factor_along_another_axis_is_not_taken_in(tmp_path: Path) -> None:
    model = written_out([-1], gamma=(5, 1), beta=None).model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [n.op for n in graph.nodes] == ["Input", "Neg", "LayerNormalization", "Mul", "Abs"]
    assert_same_outputs(model, graph)

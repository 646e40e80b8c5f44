"""A graph that breaks its own rules is found out, all of it at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rkviz.errors import ModelError
from rkviz.graph.check import check
from rkviz.graph.model import Graph, Node, Value


def sound() -> Graph:
    """x -> conv -> relu."""
    attrs = {"kernel_shape": (3, 3), "strides": (1, 1), "pads": (1,) * 4, "group": 1}
    nodes = (
        Node("x", "Input", (), ("x",), {}, ("x",)),
        Node("conv", "Conv", ("x", "w", "b"), ("c",), attrs, ("conv",)),
        Node("relu", "Relu", ("c",), ("y",), {}, ("relu",)),
    )
    constants = {"w": np.zeros((8, 3, 3, 3), np.float32), "b": np.zeros(8, np.float32)}
    shapes = {"x": (1, 3, 4, 4), "c": (1, 8, 4, 4), "y": (1, 8, 4, 4)}
    values = {name: Value(name, shape) for name, shape in shapes.items()}
    return Graph("net", nodes, values, constants, ("x",), ("y",))


def with_node(graph: Graph, index: int, **changes: object) -> Graph:
    nodes = list(graph.nodes)
    nodes[index] = replace(nodes[index], **changes)
    return replace(graph, nodes=tuple(nodes))


def test_a_sound_graph_passes() -> None:
    check(sound())


BROKEN = {
    "order": (replace(sound(), nodes=sound().nodes[::-1]), "reads 'c' before it is computed"),
    "two of one name": (with_node(sound(), 2, name="conv"), "2 layers are called 'conv'"),
    "two producers": (with_node(sound(), 2, outputs=("c",)), "value 'c' is computed 2 times"),
    "dangling": (with_node(sound(), 2, inputs=("ghost",)), "reads 'ghost'"),
    "no such output": (replace(sound(), outputs=("z",)), "output 'z' is not computed"),
    "output is constant": (replace(sound(), outputs=("w",)), "output 'w' is not computed"),
    "undescribed": (
        replace(sound(), values={"x": sound().values["x"], "c": sound().values["c"]}),
        "value 'y' is not described",
    ),
    "left over": (
        replace(sound(), values={**sound().values, "old": Value("old", ())}),
        "value 'old' is described but not computed",
    ),
    "input lost": (replace(sound(), inputs=("x", "z")), "the inputs are ['x', 'z']"),
    "no origin": (with_node(sound(), 2, origins=()), "'relu' comes from no ONNX node"),
    "weights": (
        with_node(sound(), 1, attrs={**sound().nodes[1].attrs, "group": 3}),
        "has weights (8, 3, 3, 3), its tensors need (8, 1, 3, 3)",
    ),
    "biases": (
        replace(sound(), constants={**sound().constants, "b": np.zeros(4, np.float32)}),
        "has (4,) biases for 8 channels",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_rule_is_named(what: str) -> None:
    graph, finding = BROKEN[what]
    with pytest.raises(ModelError) as caught:
        check(graph)
    assert any(finding in detail for detail in caught.value.details), caught.value.details

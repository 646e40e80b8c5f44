"""The float network: every value of a graph, what cannot be computed left out with a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_net import FloatNet, run_node
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import as_real, run_plan
from rkviz.errors import DatasetError, ModelError, UnsupportedOpError
from rkviz.graph import open_model
from rkviz.graph.model import Graph, Node, Value
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.target import target_named
from tests import models
from tests.float_reference import opened, run_original
from tests.models import Builder, feeds_for, save

F = np.float32


def net_of(name: str, folder: Path) -> Graph:
    return open_model(save(models.ALL[name](), folder / "model.onnx"))


@pytest.mark.parametrize("name", models.ALL)
def test_all_values_come_out(name: str, tmp_path: Path) -> None:
    graph = net_of(name, tmp_path)
    feeds = feeds_for({x: graph.shape(x) for x in graph.inputs})
    got = FloatNet(graph).run(feeds)
    assert list(got) == [value for node in graph.nodes for value in node.outputs]
    for value, array in got.items():
        assert (array.shape, array.dtype) == (graph.shape(value), np.dtype("float32"))
    wanted = run_original(models.ALL[name](), feeds)
    for value in graph.outputs:
        np.testing.assert_allclose(got[value], wanted[value], rtol=1e-4, atol=1e-5)
    for value in graph.inputs:
        np.testing.assert_array_equal(got[value], feeds[value])


def test_a_single_number_is_an_input_like_others(tmp_path: Path) -> None:
    b = Builder()
    b.input("x", (2, 3))
    b.input("gain", ())
    b.output(b.node("Mul", ["x", b.node("Relu", ["gain"], "relu")], "mul"))
    graph = opened(b.model(), tmp_path)
    feeds = {"x": np.ones((2, 3), F), "gain": np.array(2.5, F)}
    stats = calibrate(graph, [feeds], FloatPieces(graph).run, "a number")
    for scheme in QuantScheme:
        plan = build_plan(graph, stats, HybridConfig(scheme), target_named("rv1126"))
        compiled = Programs().run_plan(plan, feeds)
        for name, codes in run_plan(plan, feeds).items():
            assert codes.shape == graph.values[name].shape
            np.testing.assert_array_equal(compiled[name], codes, strict=True)
        np.testing.assert_allclose(as_real(plan, graph.outputs[0], codes), 2.5, rtol=2e-2)


def test_only_what_is_wanted_comes_out_in_that_order(tmp_path: Path) -> None:
    graph = net_of("residual", tmp_path)
    wanted = ["relu2_out", "images", "stem_relu_out"]
    net = FloatNet(graph, wanted)
    got = net.run(feeds_for({"images": (1, 3, 16, 16)}))
    assert list(got) == wanted == list(net.wanted)


def test_two_runs_give_the_same_numbers(tmp_path: Path) -> None:
    graph = net_of("detector_with_concat", tmp_path)
    feeds = feeds_for({"images": (1, 3, 16, 16)})
    net = FloatNet(graph)
    first, second = net.run(feeds), net.run(feeds)
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


def test_unknown_operators_and_what_is_behind_them_are_left_out(tmp_path: Path) -> None:
    graph = opened(models.with_unknown_op(), tmp_path)
    net = FloatNet(graph)
    assert net.skipped == {
        "mystery": "nobody knows the operator Mystery of com.example",
        "conv2": "behind mystery, which cannot be computed",
    }
    got = net.run(feeds_for({"images": (1, 3, 16, 16)}))
    assert set(got) == {"images", "conv1_out", "relu1_out", "conv3_out"}
    assert list(FloatNet(graph, graph.outputs).wanted) == ["conv3_out"]


def test_a_network_nothing_of_which_can_run(tmp_path: Path) -> None:
    b = Builder("nothing")
    b.output(b.node("Mystery", [b.input("x", (1, 3))], "node", domain="com.example"))
    net = FloatNet(opened(b.model(), tmp_path))
    x = np.ones((1, 3), F)
    assert list(net.run({"x": x})) == ["x"]


def test_what_onnxruntime_does_not_have_is_left_out() -> None:
    nodes = (
        Node("x", "Input", (), ("x",), {}, ("x",)),
        Node("relu", "Relu", ("x",), ("relu_out",), {}, ("relu",)),
        Node("odd", "BitwiseNot", ("x",), ("odd_out",), {}, ("odd",)),
    )
    values = {name: Value(name, (1, 3)) for name in ("x", "relu_out", "odd_out")}
    broken = Graph("g", nodes, values, {}, ("x",), ("relu_out", "odd_out"))
    net = FloatNet(broken)
    assert net.skipped == {"odd": "onnxruntime cannot compute it"}
    assert set(net.run({"x": np.ones((1, 3), F)})) == {"x", "relu_out"}


def test_layers_that_do_not_fit_each_other_are_left_out() -> None:
    nodes = (
        Node("x", "Input", (), ("x",), {}, ("x",)),
        Node("add", "Add", ("x", "k"), ("y",), {}, ("add",)),
        Node("relu", "Relu", ("y",), ("z",), {}, ("relu",)),
    )
    values = {"x": Value("x", (1, 3)), "y": Value("y", None), "z": Value("z", None)}
    graph = Graph("g", nodes, values, {"k": np.ones((1, 4), F)}, ("x",), ("z",))
    net = FloatNet(graph)
    assert set(net.skipped) == {"add", "relu"}


@pytest.mark.parametrize(
    ("feeds", "words"),
    [
        ({}, "No data for input 'images'"),
        ({"image": np.zeros((1, 3, 16, 16), F)}, "did you mean 'image'"),
        ({"images": np.zeros((1, 16, 16, 3), F)}, "has shape 1x3x16x16, the data has 1x16x16x3"),
    ],
)
def test_data_that_does_not_fit(feeds: dict[str, np.ndarray], words: str, tmp_path: Path) -> None:
    net = FloatNet(net_of("conv_relu", tmp_path))
    with pytest.raises(DatasetError, match=words):
        net.run(feeds)


def test_data_of_another_type_is_converted(tmp_path: Path) -> None:
    net = FloatNet(net_of("conv_relu", tmp_path))
    picture = np.full((1, 3, 16, 16), 7, np.uint8)
    got, wanted = net.run({"images": picture}), net.run({"images": picture.astype(F)})
    np.testing.assert_array_equal(got["relu_out"], wanted["relu_out"])


def test_a_value_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="did you mean 'relu_out'"):
        FloatNet(net_of("conv_relu", tmp_path), ["relu_oud"])


X = np.linspace(-4, 8, 24, dtype=F).reshape(1, 4, 2, 3)
FORMULAS = {
    "Swish": ({}, lambda x: x / (1 + np.exp(-x))),
    "Relu6": ({}, lambda x: np.clip(x, 0, 6)),
    "HardSwish": ({}, lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "Mish": ({}, lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    "Clip": ({"min": -1.0, "max": np.inf}, lambda x: np.maximum(x, -1)),
    "Gelu": (
        {"approximate": "tanh"},
        lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    ),
    "Transpose": ({"perm": (0, 2, 3, 1)}, lambda x: x.transpose(0, 2, 3, 1)),
    "ReduceMean": ({"axes": (2, 3), "keepdims": 0}, lambda x: x.mean((2, 3))),
    "Reshape": ({"shape": (4, 6)}, lambda x: x.reshape(4, 6)),
}


@pytest.mark.parametrize("op", FORMULAS)
def test_single_layer(op: str) -> None:
    attrs, formula = FORMULAS[op]
    (got,) = run_node(Node("layer", op, ("x",), ("y",), attrs), [X])
    np.testing.assert_allclose(got, formula(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("mode", "order"), [("DCR", "rcd"), ("CRD", "drc"), ("FOCUS", "crd")])
def test_space_to_depth_orders_channels_as_documented(mode: str, order: str) -> None:
    x = np.arange(3 * 4 * 6, dtype=F).reshape(1, 3, 4, 6)
    wanted = np.zeros((1, 12, 2, 3), F)
    sizes = {"r": 2, "c": 2, "d": 3}
    for row in range(2):
        for column in range(2):
            for channel in range(3):
                place = {"r": row, "c": column, "d": channel}
                index = 0
                for letter in order:
                    index = index * sizes[letter] + place[letter]
                wanted[0, index] = x[0, channel, row::2, column::2]
    node = Node("s", "SpaceToDepth", ("x",), ("y",), {"blocksize": 2, "mode": mode})
    np.testing.assert_array_equal(run_node(node, [x])[0], wanted)


def test_single_layer_with_several_inputs_and_outputs() -> None:
    split = Node("split", "Split", ("x",), ("a", "b"), {"axis": 1, "split": (1, 3)})
    first, second = run_node(split, [X])
    np.testing.assert_array_equal(np.concatenate([first, second], 1), X)
    add = Node("add", "Add", ("x", "x2"), ("y",))
    np.testing.assert_array_equal(run_node(add, [X, X])[0], X + X)


def test_single_layer_of_other_shapes_and_types() -> None:
    node = Node("layer", "Relu", ("x",), ("y",))
    for shape in ((3,), (2, 5)):
        assert run_node(node, [np.ones(shape, F)])[0].shape == shape
    assert run_node(node, [np.array([-1, 2], np.int32)])[0].dtype == np.int32


def test_single_layer_nobody_can_compute() -> None:
    for node in (
        Node("odd", "Mystery", ("x",), ("y",), {}, (), "com.example"),
        Node("odd", "If", ("x",), ("y",)),
        Node("odd", "BitwiseNot", ("x",), ("y",)),
    ):
        with pytest.raises(UnsupportedOpError, match="'odd'"):
            run_node(node, [X])

"""Opening ONNX files: sizes, names, constants, and what rkviz says to what it cannot open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from rkviz.errors import ModelError, UnknownSizeError
from rkviz.graph import open_model
from rkviz.graph.onnx_import import open_onnx
from tests import models
from tests.float_reference import assert_same_outputs, opened, run_original
from tests.models import Builder, save

F, N = np.float32, np.int64


def refused(model: ModelProto, folder: Path, **sizes: tuple[int, ...]) -> ModelError:
    with pytest.raises(ModelError) as caught:
        opened(model, folder, **sizes)
    assert "model.onnx" in str(caught.value), "the sentence names the file"
    return caught.value


def relu_of(shape: Any, opset: int = 17, name: str = "x") -> Builder:
    b = Builder("relu", opset=opset)
    b.output(b.node("Relu", [b.input(name, shape)], "relu"))
    return b


# Sizes


@pytest.mark.parametrize("batch", ["N", None, 0, -1])
def test_an_open_batch_is_one(batch: Any, tmp_path: Path) -> None:
    graph = opened(relu_of((batch, 3, 4, 4)).model(), tmp_path)
    assert graph.shape("x") == graph.shape("relu_out") == (1, 3, 4, 4)


def test_a_batch_the_file_fixes_stays(tmp_path: Path) -> None:
    assert opened(relu_of((8, 3, 4, 4)).model(), tmp_path).shape("x") == (8, 3, 4, 4)


def test_open_sizes_are_asked_for(tmp_path: Path) -> None:
    b = Builder("open")
    joined = [b.input("left", ("N", 3, "H", "W")), b.input("right", (1, 3, 8, 8))]
    b.output(b.node("Concat", joined, "concat", axis=1))
    model = b.model()
    with pytest.raises(UnknownSizeError, match=r"left \(1x3x\?x\?\)") as caught:
        opened(model, tmp_path)
    assert caught.value.inputs == {"left": (1, 3, None, None)}
    graph = opened(model, tmp_path, left=(1, 3, 8, 8))
    assert graph.shape("concat_out") == (1, 6, 8, 8)
    assert_same_outputs(model, graph)


def test_an_input_of_any_rank_is_asked_for(tmp_path: Path) -> None:
    model = relu_of((1, 3)).model()
    model.graph.input[0].type.tensor_type.ClearField("shape")
    with pytest.raises(UnknownSizeError) as caught:
        opened(model, tmp_path)
    assert caught.value.inputs == {"x": ()}
    assert opened(model, tmp_path, x=(2, 3)).shape("relu_out") == (2, 3)


def test_sizes_that_do_not_fit_are_all_named(tmp_path: Path) -> None:
    b = Builder("three")
    names = [b.input("images", (1, 3, 8, 8)), b.input("mask", ("N", "H")), b.input("z", ("N", "M"))]
    for name in names:
        b.output(b.node("Relu", [name], f"relu_{name}"))
    error = refused(
        b.model(), tmp_path, image=(1, 3, 8, 8), mask=(1, 1, 2), z=(0, 1), images=(1, 3, 9, 8)
    )
    assert len(error.details) == 4
    assert "did you mean 'images'" in error.details[0]
    assert "fixed at 1x3x8x8" in "".join(error.details)
    assert "has 2 dimensions, 3 were given" in "".join(error.details)


def test_a_shape_computed_from_the_input_is_folded(tmp_path: Path) -> None:
    """x.view(x.shape[0], -1) as torch exports it."""
    b = Builder("view", opset=11)
    x = b.node("Relu", [b.input("x", ("N", 3, 4, 4))], "relu")
    shape = b.node("Shape", [x], "shape")
    zero = b.constant("zero", np.array(0, N))
    size = b.node("Gather", [shape, zero], "gather", axis=0)
    size = b.node("Unsqueeze", [size], "unsqueeze", axes=[0])
    rest = b.constant("rest", np.array([-1], N))
    target = b.node("Concat", [size, rest], "concat", axis=0)
    b.output(b.node("Reshape", [x, target], "reshape"))
    model = b.model()
    graph = opened(model, tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Relu", "Reshape"]
    assert graph.by_name["reshape"].attrs["shape"] == (1, 48)
    assert not graph.constants
    assert_same_outputs(model, graph)


def test_weights_computed_from_constants_are_folded(tmp_path: Path) -> None:
    b = Builder("weights")
    weight = b.constant("w", b.rng.normal(size=(3, 3, 3, 8)).astype(F))
    turned = b.node("Transpose", [weight], "turn", perm=[3, 0, 1, 2])
    b.output(b.node("Conv", [b.input(), turned], "conv"))
    model = b.model()
    graph = opened(model, tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Conv"]
    assert_same_outputs(model, graph)


def test_a_constant_too_large_to_compute_is_left_to_run_time(tmp_path: Path) -> None:
    b = Builder("bomb")
    size = b.constant("size", np.array([2**20, 2**20], N))
    huge = b.node("ConstantOfShape", [size], "huge")
    x = b.node("ReduceSum", [huge], "sum")
    b.output(b.node("Add", [b.input("x", (1,)), x], "add"))
    graph = opened(b.model(), tmp_path)
    assert "huge" in graph.by_name


# Names


def test_nodes_without_a_name_get_one_that_stays(tmp_path: Path) -> None:
    model = models.chain()
    for index in (0, 1, 4):
        model.graph.node[index].name = ""
    model.graph.node[2].name = "Relu_1"
    graph = opened(model, tmp_path)
    names = [node.name for node in graph.nodes]
    assert names == ["images", "Conv_0", "Relu_1_2", "Relu_1", "relu2", "Conv_4"]


def test_names_used_twice_are_told_apart(tmp_path: Path) -> None:
    model = models.chain()
    for node in model.graph.node:
        node.name = "same"
    graph = opened(model, tmp_path)
    assert [n.name for n in graph.nodes][1:] == ["same", "same_2", "same_3", "same_4", "same_5"]


def test_an_input_called_like_a_node(tmp_path: Path) -> None:
    b = Builder("clash")
    b.output(b.node("Relu", [b.input("relu", (1, 3))], "relu"))
    graph = opened(b.model(), tmp_path)
    assert [node.name for node in graph.nodes] == ["relu_input", "relu"]


def test_a_value_computed_twice_is_refused(tmp_path: Path) -> None:
    model = models.chain()
    model.graph.node[1].output[0] = model.graph.node[0].output[0]
    assert "computed twice" in refused(model, tmp_path).message


# Old and odd exporters


def test_weights_listed_as_inputs_are_no_inputs(tmp_path: Path) -> None:
    model = models.chain()
    for tensor in model.graph.initializer:
        info = helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        model.graph.input.append(info)
    graph = opened(model, tmp_path)
    assert graph.inputs == ("images",)
    assert_same_outputs(model, graph)


def test_an_output_that_is_an_input(tmp_path: Path) -> None:
    b = relu_of((1, 3))
    b.output("x")
    model = b.model()
    graph = opened(model, tmp_path)
    assert graph.outputs == ("relu_out", "x")
    assert_same_outputs(model, graph)


def test_an_output_that_is_constant_is_left_out(tmp_path: Path) -> None:
    b = relu_of((1, 3))
    b.output(b.node("Shape", ["x"], "shape"), TensorProto.INT64)
    b.output(b.constant("anchors", np.zeros(4, F)))
    assert opened(b.model(), tmp_path).outputs == ("relu_out",)


def test_constants_as_nodes(tmp_path: Path) -> None:
    b = relu_of((1, 3))
    for key, value in (("value_float", 2.0), ("value_floats", [1.0, 2.0, 3.0])):
        b.node("Constant", [], key, **{key: value})
        b.output(b.node("Mul", ["x", f"{key}_out"], f"mul_{key}"))
    tensor = numpy_helper.from_array(np.ones((1, 3), F))
    b.output(b.node("Add", ["x", b.node("Constant", [], "tensor", value=tensor)], "add"))
    model = b.model()
    graph = opened(model, tmp_path)
    assert "Constant" not in {node.op for node in graph.nodes}
    assert_same_outputs(model, graph)


def test_nodes_out_of_order_are_sorted(tmp_path: Path) -> None:
    model = models.residual()
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    graph = opened(model, tmp_path)
    assert_same_outputs(models.residual(), graph)


def test_nodes_in_a_loop_are_refused(tmp_path: Path) -> None:
    model = models.chain()
    model.graph.node[0].input[0] = model.graph.node[2].output[0]
    assert "loop" in refused(model, tmp_path).message


def test_nodes_no_output_needs_are_dropped(tmp_path: Path) -> None:
    b = relu_of((1, 3))
    b.node("Neg", ["x"], "useless")
    assert "useless" not in opened(b.model(), tmp_path).by_name


def half(model: ModelProto) -> ModelProto:
    """`model` with halves for every float."""
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == F:
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), tensor.name))
    for info in (*model.graph.input, *model.graph.output):
        info.type.tensor_type.elem_type = TensorProto.FLOAT16
    return model


def test_half_floats_become_single(tmp_path: Path) -> None:
    b = Builder("half")
    x = b.conv(b.input(), "conv", 3, 4)
    b.output(b.node("Cast", [x], "cast", to=TensorProto.FLOAT16))
    model = half(b.model())
    graph = open_model(save(model, tmp_path / "half.onnx"))
    assert {value.dtype for value in graph.values.values()} == {"float32"}
    assert [node.op for node in graph.nodes] == ["Input", "Conv"]
    assert {array.dtype for array in graph.constants.values()} == {np.dtype(F)}


@pytest.mark.parametrize("condition", [True, False])
def test_a_branch_that_is_always_taken_is_taken(condition: bool, tmp_path: Path) -> None:
    def branch(name: str, op: str, factor: float) -> Any:
        nodes = [
            helper.make_node("Constant", [], ["k"], value_float=factor),
            helper.make_node("Mul", ["x", "k"], ["inner"]),
            helper.make_node(op, ["inner"], [f"{name}_out"]),
        ]
        out = helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, None)
        return helper.make_graph(nodes, name, [], [out])

    b = Builder("branches")
    b.input("x", (1, 3))
    flag = b.constant("flag", np.array(condition))
    for name in ("first", "second"):
        then, other = branch(f"{name}_then", "Relu", 2.0), branch(f"{name}_else", "Neg", 3.0)
        b.output(b.node("If", [flag], name, then_branch=then, else_branch=other))
    model = b.model()
    graph = opened(model, tmp_path)
    assert {node.op for node in graph.nodes} == {
        "Input", "Mul", "Identity", "Relu" if condition else "Neg"}  # fmt: skip
    assert_same_outputs(model, graph)


def test_a_branch_chosen_at_run_time_is_an_operator_nobody_knows(tmp_path: Path) -> None:
    def body(op: str) -> Any:
        out = helper.make_tensor_value_info(f"{op}_out", TensorProto.FLOAT, None)
        return helper.make_graph([helper.make_node(op, ["y"], [f"{op}_out"])], op, [], [out])

    b = Builder("choice")
    x = b.input("x", (1,))
    b.node("Neg", [x], "neg", ["y"])
    zero = b.constant("zero", np.zeros(1, F))
    flag = b.node("Greater", [x, zero], "greater")
    b.output(b.node("If", [flag], "if", then_branch=body("Relu"), else_branch=body("Abs")))
    graph = opened(b.model(), tmp_path)
    node = graph.by_name["if"]
    assert (node.op, node.inputs) == ("If", ("greater_out", "y")), "captured values are inputs"


def test_local_functions_are_expanded(tmp_path: Path) -> None:
    b = Builder("functions")
    b.output(b.node("Twice", [b.input("x", (1, 3))], "twice", domain="local"))
    model = b.model()
    model.graph.output[0].type.CopyFrom(model.graph.input[0].type)
    add = helper.make_node("Add", ["a", "a"], ["b"])
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("local", "Twice", ["a"], ["b"], [add], opsets))
    graph = opened(model, tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Add"]
    assert_same_outputs(model, graph)


# Operators nobody knows


def test_an_unknown_operator_opens_and_hides_sizes_behind_it(tmp_path: Path) -> None:
    graph = opened(models.with_unknown_op(), tmp_path)
    node = graph.by_name["mystery"]
    assert (node.op, node.domain, node.attrs) == ("Mystery", "com.example", {"strength": 2})
    assert graph.values["mystery_out"].shape is None
    assert graph.values["conv2_out"].shape is None
    assert graph.shape("conv3_out") == (1, 4, 16, 16)
    open_model(tmp_path / "model.onnx")


def test_an_unknown_operator_of_onnx_itself(tmp_path: Path) -> None:
    b = Builder("new")
    b.output(b.node("FromTheFuture", [b.input("x", (1, 3))], "node"))
    graph = opened(b.model(), tmp_path)
    assert graph.values["node_out"].shape is None


def test_sizes_the_file_states_behind_it_are_believed(tmp_path: Path) -> None:
    model = models.with_unknown_op()
    info = helper.make_tensor_value_info("mystery_out", TensorProto.FLOAT, (1, 8, 16, 16))
    model.graph.value_info.append(info)
    graph = opened(model, tmp_path)
    assert graph.shape("mystery_out") == (1, 8, 16, 16)
    assert graph.shape("conv2_out") == (1, 4, 16, 16)


# What rkviz does not open


def test_refusals_name_the_reason(tmp_path: Path) -> None:
    old = relu_of((1, 3)).model()
    old.opset_import[0].version = 6
    assert "operator set 6" in refused(old, tmp_path).message
    new = relu_of((1, 3)).model()
    new.opset_import[0].version = 999
    assert "operator set 999" in refused(new, tmp_path).message
    empty = relu_of((1, 3)).model()
    del empty.graph.node[:]
    assert "without any operator" in refused(empty, tmp_path).message
    constant = Builder("constant")
    constant.output(constant.node("Relu", [constant.constant("k", np.ones(3, F))], "relu"))
    assert "no input" in refused(constant.model(), tmp_path).message
    lost = relu_of((1, 3)).model()
    lost.graph.output[0].name = "elsewhere"
    assert "'elsewhere'" in refused(lost, tmp_path).message
    ghost = relu_of((1, 3)).model()
    ghost.graph.node[0].input[0] = "ghost"
    with pytest.raises(ModelError, match="ghost"):
        open_model(save(ghost, tmp_path / "model.onnx"))
    assert "does not depend on its inputs" in refused(independent(), tmp_path).message


def independent() -> ModelProto:
    b = Builder("independent")
    b.input("x", (1, 3))
    b.output(b.node("Relu", [b.constant("k", np.ones(3, F))], "relu"))
    return b.model()


def test_text_has_no_place_in_a_network(tmp_path: Path) -> None:
    b = relu_of((1, 3))
    model = b.model()
    model.graph.initializer.append(helper.make_tensor("words", TensorProto.STRING, [1], [b"a"]))
    with pytest.raises(ModelError, match="holds text"):
        opened(model, tmp_path)


def test_files_that_are_no_models(tmp_path: Path) -> None:
    missing = tmp_path / "missing.onnx"
    for path, content, words in (
        (missing, None, "cannot be read"),
        (tmp_path, None, "cannot be read|not a file"),
        (tmp_path / "empty.onnx", b"", "empty"),
        (tmp_path / "text.onnx", b"hello world, this is not a model", "not an ONNX file"),
        (tmp_path / "zeros.onnx", bytes(64), "not an ONNX file|no ONNX network"),
        (tmp_path / "model.rknn", b"RKNN" + bytes(60), "an .rknn file"),
        (tmp_path / "model.tflite", bytes(4) + b"TFL3" + bytes(60), "cut off or damaged"),
    ):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match=words) as caught:
            open_model(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", models.ALL)
@pytest.mark.parametrize("opset", [13, 17, 21, 24])
def test_networks_of_every_age_open(name: str, opset: int, tmp_path: Path) -> None:
    model = models.ALL[name]()
    model.opset_import[0].version = opset
    graph = open_onnx(save(model, tmp_path / "model.onnx"))
    assert graph.opset == max(21, opset)
    assert_same_outputs(model, graph)
    assert run_original(model, models.feeds_for({n: graph.shape(n) for n in graph.inputs}))

"""Every setting of a node is an explicit attribute, whichever operator set the file is of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rkviz.errors import ModelError
from rkviz.graph import Graph
from tests.float_reference import assert_same_outputs, opened
from tests.models import Builder

F, N = np.float32, np.int64


def one(
    op: str, opset: int = 17, shape: tuple[int, ...] = (1, 4, 6, 6), *constants: Any, **attrs: Any
) -> Builder:
    """A network of the single node `op` on an input of `shape`; None leaves an input out."""
    b = Builder(op, opset=opset)
    inputs = [b.input("x", shape)]
    for index, array in enumerate(constants):
        inputs.append("" if array is None else b.constant(f"c{index}", np.array(array)))
    b.output(b.node(op, inputs, "node", **attrs))
    return b


def ones(*shape: int) -> np.ndarray[Any, Any]:
    size = int(np.prod(shape))
    return (np.arange(size, dtype=F) / size - 0.3).reshape(shape)


CASES: dict[str, tuple[Builder, dict[str, Any]]] = {
    "expand says the shape of its result": (
        one("Expand", 13, (4, 1, 6), np.array([2, 1, 5, 1], N)), {"shape": (2, 4, 5, 6)},
    ),
    "tile says how often": (
        one("Tile", 13, (1, 4), np.array([3, 2], N)), {"repeats": (3, 2)},
    ),
    "conv takes its kernel from the weights": (
        one("Conv", 17, (1, 4, 6, 6), ones(8, 4, 3, 3)),
        {"kernel_shape": (3, 3), "strides": (1, 1), "pads": (0, 0, 0, 0), "dilations": (1, 1),
         "group": 1},
    ),
    "SAME_UPPER puts the odd pixel last": (
        one("Conv", 11, (1, 4, 6, 6), ones(8, 4, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2]),
        {"pads": (0, 0, 1, 1), "strides": (2, 2)},
    ),
    "SAME_LOWER puts the odd pixel first": (
        one("Conv", 11, (1, 4, 7, 6), ones(8, 4, 4, 4), auto_pad="SAME_LOWER"),
        {"pads": (2, 2, 1, 1)},
    ),
    "VALID is no padding": (
        one("MaxPool", 12, auto_pad="VALID", kernel_shape=[2, 2], dilations=[2, 2]),
        {"pads": (0, 0, 0, 0), "dilations": (2, 2), "ceil_mode": 0},
    ),
    "pooling of opset 7 has no dilations": (
        one("AveragePool", 7, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
        {"count_include_pad": 0, "ceil_mode": 0},
    ),
    "pooling that rounds up": (
        one("AveragePool", 11, (1, 4, 6, 6), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1,
            count_include_pad=1),
        {"count_include_pad": 1, "ceil_mode": 1},
    ),
    "deconvolution with output_padding": (
        one("ConvTranspose", 11, (1, 4, 6, 6), ones(4, 2, 3, 3), strides=[2, 2],
            output_padding=[1, 1], pads=[1, 1, 1, 1], group=2),
        {"output_padding": (1, 1), "pads": (1, 1, 1, 1), "group": 2},
    ),
    "output_shape becomes pads, the odd one first": (
        one("ConvTranspose", 11, (1, 4, 6, 6), ones(4, 2, 3, 3), strides=[2, 2],
            output_shape=[12, 12]),
        {"pads": (1, 1, 0, 0)},
    ),
    "a SAME_UPPER deconvolution": (
        one("ConvTranspose", 11, (1, 4, 6, 6), ones(4, 2, 3, 3), strides=[2, 2],
            auto_pad="SAME_UPPER"),
        {"pads": (0, 0, 1, 1)},
    ),
    "clip with attributes": (one("Clip", 6 + 1, min=-0.5, max=0.25), {"min": -0.5, "max": 0.25}),
    "clip with inputs": (
        one("Clip", 13, (1, 4), F(-0.5), F(0.25)), {"min": -0.5, "max": 0.25}),
    "clip without upper bound": (one("Clip", 13, (1, 4), F(0)), {"min": 0.0, "max": np.inf}),
    "upsample of opset 9": (
        one("Upsample", 9, (1, 4, 6, 6), np.array([1, 1, 2, 2], F), mode="nearest"),
        {"scales": (1.0, 1.0, 2.0, 2.0), "mode": "nearest", "nearest_mode": "floor",
         "coordinate_transformation_mode": "asymmetric"},
    ),
    "resize of opset 10": (
        one("Resize", 10, (1, 4, 6, 6), np.array([1, 1, 1.5, 1.5], F), mode="linear"),
        {"mode": "linear", "coordinate_transformation_mode": "asymmetric"},
    ),
    "resize to sizes": (
        one("Resize", 13, (1, 4, 6, 6), None, None, np.array([1, 4, 9, 12], N), mode="linear",
            coordinate_transformation_mode="align_corners"),
        {"sizes": (1, 4, 9, 12), "scales": (1.0, 1.0, 1.5, 2.0)},
    ),
    "resize of some axes": (
        one("Resize", 18, (1, 4, 6, 6), None, np.array([2, 2], F), axes=[2, 3], mode="cubic"),
        {"scales": (1.0, 1.0, 2.0, 2.0), "mode": "cubic",
         "coordinate_transformation_mode": "half_pixel"},
    ),
    "slice with attributes": (
        one("Slice", 9, (1, 4, 6, 6), axes=[2, 3], starts=[1, -3], ends=[100, -1]),
        {"axes": (2, 3), "starts": (1, 3), "ends": (6, 5), "steps": (1, 1)},
    ),
    "slice with inputs and steps": (
        one("Slice", 13, (1, 4, 6, 6), *(np.array(a, N) for a in ([1], [99], [-1], [2]))),
        {"axes": (3,), "starts": (1,), "ends": (6,), "steps": (2,)},
    ),
    "slice backwards to the very start": (
        one("Slice", 13, (1, 4, 6, 6), *(np.array(a, N) for a in ([-1], [-99], [1], [-1]))),
        {"axes": (1,), "starts": (3,), "ends": (-5,), "steps": (-1,)},
    ),
    "reshape with 0 and -1": (
        one("Reshape", 13, (1, 4, 6, 6), np.array([0, -1], N)), {"shape": (1, 144)}),
    "squeeze of all ones": (one("Squeeze", 11, (1, 4, 1, 1)), {"axes": (0, 2, 3)}),
    "squeeze with an input": (
        one("Squeeze", 13, (1, 4, 1, 1), np.array([-1], N)), {"axes": (3,)}),
    "unsqueeze counts axes of its output": (
        one("Unsqueeze", 13, (2, 3), np.array([-1, 0], N)), {"axes": (0, 3)}),
    "reduce with attribute": (
        one("ReduceMean", 11, (1, 4, 6, 6), axes=[-1, -2], keepdims=0),
        {"axes": (2, 3), "keepdims": 0},
    ),
    "reduce with input": (
        one("ReduceMax", 18, (1, 4, 6, 6), np.array([1], N)), {"axes": (1,), "keepdims": 1}),
    "a square of one number is no identity": (
        one("ReduceSumSquare", 18, (1, 4, 6), noop_with_empty_axes=1), {"noop_with_empty_axes": 1},
    ),
    "reduce over everything": (one("ReduceSum", 13, (1, 4, 3)), {"axes": (0, 1, 2)}),
    "pad with attributes": (
        one("Pad", 10, (1, 4, 6, 6), pads=[0, 0, 1, 2, 0, 0, 3, 4], value=1.5),
        {"pads": (0, 0, 1, 2, 0, 0, 3, 4), "value": 1.5, "mode": "constant"},
    ),
    "pad of some axes": (
        one("Pad", 18, (1, 4, 6, 6), np.array([1, 2], N), F(0.5), np.array([-1], N)),
        {"pads": (0, 0, 0, 1, 0, 0, 0, 2), "value": 0.5},
    ),
    "reflecting pad": (
        one("Pad", 13, (1, 4, 6, 6), np.array([0, 0, 1, 1, 0, 0, 1, 1], N), mode="reflect"),
        {"mode": "reflect", "value": 0.0},
    ),
    "transpose reverses by default": (one("Transpose", 13, (1, 2, 3)), {"perm": (2, 1, 0)}),
    "softmax of one axis": (one("Softmax", 13, (1, 4, 6)), {"axis": 2}),
    "old softmax over the only wide axis": (
        one("Softmax", 11, (1, 4, 1, 1), axis=1), {"axis": 1}),
    "concat counts from the front": (one("Concat", 13, (1, 4, 6), ones(1, 4, 6), axis=-2),
                                     {"axis": 1}),
    "leaky relu says its default": (one("LeakyRelu", 16, (1, 4)), {"alpha": F(0.01)}),
    "depth to space says its default": (
        one("DepthToSpace", 13, (1, 4, 6, 6), blocksize=2), {"mode": "DCR", "blocksize": 2}),
    "gelu says its default": (one("Gelu", 20, (1, 4)), {"approximate": "none"}),
    "layer normalization": (
        one("LayerNormalization", 17, (1, 4, 6), ones(6)), {"axis": 2}),
    "a group of channels has one factor each since opset 21": (
        one("GroupNormalization", 18, (1, 4, 6), ones(2), ones(2), num_groups=2),
        {"num_groups": 2},
    ),
}  # fmt: skip


def layer(graph: Graph) -> Any:
    return graph.by_name["node"]


@pytest.mark.parametrize("case", CASES)
def test_setting_is_explicit_and_means_the_same(case: str, tmp_path: Path) -> None:
    builder, attrs = CASES[case]
    model = builder.model()
    graph = opened(model, tmp_path)
    found = dict(layer(graph).attrs)
    for key, value in attrs.items():
        assert found[key] == value, key
    assert_same_outputs(model, graph)


@pytest.mark.parametrize("opset", [7, 9, 10, 11, 12])
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_old_softmax_flattens_what_follows_its_axis(opset: int, axis: int, tmp_path: Path) -> None:
    model = one("Softmax", opset, (2, 3, 4), axis=axis).model()
    assert_same_outputs(model, opened(model, tmp_path))


@pytest.mark.parametrize("outputs", [2, 3])
@pytest.mark.parametrize("opset", [11, 13, 18])
def test_split_states_its_sizes(opset: int, outputs: int, tmp_path: Path) -> None:
    b = Builder("split", opset=opset)
    names = [f"part{i}" for i in range(outputs)]
    extra = {"num_outputs": outputs} if opset >= 18 else {}
    b.node("Split", [b.input("x", (1, 6, 4))], "node", names, axis=-2, **extra)
    for name in names:
        b.output(name)
    model = b.model()
    graph = opened(model, tmp_path)
    assert layer(graph).attrs["split"] == (6 // outputs,) * outputs
    assert layer(graph).attrs["axis"] == 1
    assert_same_outputs(model, graph)


GEMMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weights turned": {"transB": 1},
    "scaled": {"alpha": 2.0, "beta": 0.5, "transB": 1},
}


@pytest.mark.parametrize("bias", [None, (), (1,), (1, 5), (5,)])
@pytest.mark.parametrize("kind", GEMMS)
def test_gemm_has_weights_out_in_and_no_factors(
    kind: str, bias: tuple[int, ...] | None, tmp_path: Path
) -> None:
    attrs = GEMMS[kind]
    weight = ones(5, 7) if attrs.get("transB") else ones(7, 5)
    constants = [weight] if bias is None else [weight, ones(*bias)]
    model = one("Gemm", 13, (2, 7), *constants, **attrs).model()
    graph = opened(model, tmp_path)
    node = layer(graph)
    assert {k: node.attrs[k] for k in ("transA", "transB", "alpha", "beta")} == {
        "transA": 0, "transB": 1, "alpha": 1.0, "beta": 1.0}  # fmt: skip
    assert graph.shape(node.inputs[1]) == (5, 7)
    assert bias is None or graph.shape(node.inputs[2]) == (5,)
    assert_same_outputs(model, graph)


@pytest.mark.parametrize("trans_a", [0, 1])
@pytest.mark.parametrize("bias", [(3, 5), (3, 1), (5,)])
def test_gemm_of_another_kind_becomes_single_steps(
    trans_a: int, bias: tuple[int, ...], tmp_path: Path
) -> None:
    shape = (7, 3) if trans_a else (3, 7)
    model = one(
        "Gemm", 13, shape, ones(5, 7), ones(*bias), transA=trans_a, transB=1, alpha=0.5, beta=2.0
    ).model()
    graph = opened(model, tmp_path)
    if trans_a or len(bias) > 1:
        assert layer(graph).op == "Add"
        assert "MatMul" in {node.op for node in graph.nodes}
    assert_same_outputs(model, graph)


def test_matrix_product_of_two_computed_tensors(tmp_path: Path) -> None:
    b = Builder("gemm", opset=13)
    left, right = b.input("left", (3, 4)), b.input("right", (5, 4))
    b.output(b.node("Gemm", [left, right], "node", transB=1))
    model = b.model()
    graph = opened(model, tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Input", "Transpose", "MatMul"]
    assert_same_outputs(model, graph)


def test_largest_values_with_their_number_as_attribute(tmp_path: Path) -> None:
    b = Builder("topk", opset=11)
    names = ["values", "indices"]
    count = b.constant("k", np.array([2], N))
    b.node("TopK", [b.input("x", (1, 6)), count], "node", names)
    b.output("values")
    model = b.model()
    graph = opened(model, tmp_path)
    assert layer(graph).attrs["k"] == 2
    assert layer(graph).inputs == ("x",)
    assert_same_outputs(model, graph)


def test_a_bound_computed_at_run_time_stays_an_input(tmp_path: Path) -> None:
    b = Builder("clip", opset=13)
    x = b.input("x", (1, 6))
    low = b.node("ReduceMean", [x], "mean", keepdims=0)
    b.output(b.node("Clip", [x, low], "node"))
    model = b.model()
    graph = opened(model, tmp_path)
    assert layer(graph).inputs == ("x", "mean_out")
    assert "min" not in layer(graph).attrs
    assert_same_outputs(model, graph)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_sum_is_added_two_at_a_time(count: int, tmp_path: Path) -> None:
    rows = [ones(1, 4, 1, 6), ones(4, 6, 1)][: count - 1]
    model = one("Sum", 13, (1, 4, 6, 6), *rows).model()
    graph = opened(model, tmp_path)
    assert layer(graph).op == ("Identity" if count == 1 else "Add")
    assert sum(node.op == "Add" for node in graph.nodes) == count - 1
    assert_same_outputs(model, graph)


@pytest.mark.parametrize("alpha", [1.0, 1.5])
def test_a_swish_of_its_own_slope_is_its_steps(alpha: float, tmp_path: Path) -> None:
    graph = opened(one("Swish", 24, alpha=alpha).model(), tmp_path)
    ops = [node.op for node in graph.nodes]
    assert ops == (["Input", "Swish"] if alpha == 1.0 else ["Input", "Mul", "Sigmoid", "Mul"])


def test_recurrent_layers_say_which_results_they_give(tmp_path: Path) -> None:
    b = Builder("gru")
    names = [b.constant(key, ones(1, 9, size)) for key, size in (("w", 4), ("r", 3))]
    b.node("GRU", [b.input("x", (5, 1, 4)), *names], "node", ["", "last"], hidden_size=3)
    b.output("last")
    model = b.model()
    graph = opened(model, tmp_path)
    assert layer(graph).attrs["results"] == (1,)
    assert layer(graph).attrs["direction"] == "forward"
    assert_same_outputs(model, graph)


def test_tensorflows_half_pixel_of_old_is_half_pixel(tmp_path: Path) -> None:
    attrs = {"coordinate_transformation_mode": "tf_half_pixel_for_nn", "nearest_mode": "floor"}
    sizes = np.array([1, 4, 9, 15], N)
    model = one("Resize", 11, (1, 4, 6, 6), ones(0), ones(0), sizes, **attrs).model()
    graph = opened(model, tmp_path)
    assert layer(graph).attrs["coordinate_transformation_mode"] == "half_pixel"
    assert layer(graph).attrs["nearest_mode"] == "round_prefer_ceil"
    assert_same_outputs(model, graph)


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool", "Conv"])
def test_a_kernel_larger_than_what_it_slides_over_is_refused(op: str, tmp_path: Path) -> None:
    """onnxruntime gives an output for some of those pools, of a size no rule of ONNX gives."""
    b = Builder()
    b.input("x", (1, 2, 3, 9))
    weights = [b.constant("w", ones(2, 2, 4, 2))] if op == "Conv" else []
    b.output(b.node(op, ["x", *weights], "wide", kernel_shape=[4, 2], strides=[4, 1]))
    with pytest.raises(ModelError, match="a kernel over 4 does not fit in 3"):
        opened(b.model(), tmp_path)


def test_a_pool_that_rounds_up_takes_a_part_of_a_window(tmp_path: Path) -> None:
    b = Builder()
    b.input("x", (1, 2, 3, 9))
    b.output(b.node("MaxPool", ["x"], "wide", kernel_shape=[4, 2], strides=[4, 1], ceil_mode=1))
    assert_same_outputs(b.model(), opened(b.model(), tmp_path))


@pytest.mark.parametrize("op", ["AveragePool", "MaxPool"])
@pytest.mark.parametrize(("kernel", "pad"), [(1, 0), (3, 1)])
def test_a_pool_that_rounds_up_has_no_window_behind_the_data(
    op: str, kernel: int, pad: int, tmp_path: Path
) -> None:
    """onnx's own inference counts such a window, onnxruntime and PyTorch do not."""
    b = Builder()
    b.input("x", (1, 2, 12 if pad else 11))
    window = {"kernel_shape": [kernel], "strides": [3], "pads": [0, pad], "ceil_mode": 1}
    pool = b.node(op, ["x"], "pool", **window)
    b.output(b.node("Conv", [pool, b.constant("w", ones(2, 2, 3))], "after"))
    graph = opened(b.model(), tmp_path)
    assert graph.shape("pool_out") == (1, 2, 4)
    assert_same_outputs(b.model(), graph)


@pytest.mark.parametrize("transposed", [0, 1])
def test_factors_of_a_gemm_with_one_bias_go_into_its_constants(
    transposed: int, tmp_path: Path
) -> None:
    b = Builder(opset=9)
    b.input("x", (4, 4))
    names = [b.constant("w", ones(4, 5)), b.constant("c", np.array(0.4, np.float32))]
    b.output(b.node("Gemm", ["x", *names], "fc", transA=transposed, beta=2.0, alpha=0.5))
    graph = opened(b.model(), tmp_path)
    assert [node.op for node in graph.nodes].count("Mul") == transposed  # alpha, of the product
    assert_same_outputs(b.model(), graph)

"""Batch normalization, factors, biases and padding move into the layer before or behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rkviz.graph.folding import fold_affine, lower_batch_norm, matmul_to_gemm, merge_pads
from rkviz.graph.passes import simplify_graph
from tests.float_reference import assert_same_outputs, opened
from tests.models import Builder

F = np.float32


def linear(b: Builder, kind: str) -> tuple[str, int]:
    """A Conv, grouped Conv, ConvTranspose or Gemm with 6 output channels; (output, rank)."""
    if kind == "Gemm":
        weight = b.constant("w", b.rng.normal(size=(6, 5)).astype(F))
        return b.node("Gemm", [b.input("x", (2, 5)), weight], "linear", transB=1), 2
    x = b.input("x", (1, 4, 5, 5))
    if kind.startswith("ConvTranspose"):
        group = 2 if kind.endswith("group") else 1
        weight = b.constant("w", b.rng.normal(size=(4, 6 // group, 3, 3)).astype(F))
        bias = b.constant("b", b.rng.normal(size=6).astype(F))
        return b.node("ConvTranspose", [x, weight, bias], "linear", strides=[2, 2], group=group), 4
    group = 2 if kind.endswith("group") else 1
    return b.conv(x, "linear", 4, 6, group=group, bias=group == 1), 4


KINDS = ["Conv", "Conv group", "ConvTranspose", "ConvTranspose group", "Gemm"]


@pytest.mark.parametrize("kind", KINDS)
def test_batch_norm_is_folded(kind: str, tmp_path: Path) -> None:
    b = Builder("bn")
    x, _ = linear(b, kind)
    b.output(b.batch_norm(x, "bn", 6))
    model = b.model()
    graph = fold_affine(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", kind.split()[0]]
    node = graph.nodes[1]
    assert (node.name, node.origins, node.outputs) == ("linear", ("linear", "bn"), ("bn_out",))
    assert_same_outputs(model, graph)


AFFINE = st.tuples(
    st.sampled_from(["Mul", "Add", "Sub", "Div"]),
    st.booleans(),
    st.sampled_from(["scalar", "channel"]),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(AFFINE, min_size=1, max_size=4), seed=st.integers(0, 9))
def test_factors_and_addends_are_folded_in_any_order(
    kind: str, steps: list[tuple[str, bool, str]], seed: int, tmp_path: Path
) -> None:
    b = Builder("affine", seed=seed)
    x, rank = linear(b, kind)
    for index, (op, first, form) in enumerate(steps):
        shape = () if form == "scalar" else (1, 6) + (1,) * (rank - 2)
        operand = b.constant(f"k{index}", b.rng.uniform(0.5, 2, shape).astype(F))
        inputs = [operand, x] if first and op != "Div" else [x, operand]
        x = b.node(op, inputs, f"step{index}")
    b.output(x)
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", kind.split()[0]]
    assert set(graph.nodes[1].origins) == {"linear", *(f"step{i}" for i in range(len(steps)))}
    assert_same_outputs(model, graph, seed)


def kept(b: Builder, tmp_path: Path, op: str) -> None:
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert op in {node.op for node in graph.nodes}
    assert_same_outputs(model, graph)


def test_a_convolution_others_read_is_left_alone(tmp_path: Path) -> None:
    b = Builder("shared")
    x, _ = linear(b, "Conv")
    b.output(b.node("Mul", [x, b.constant("two", np.array(2, F))], "mul"))
    b.output(x)
    kept(b, tmp_path, "Mul")


@pytest.mark.parametrize("shape", [(1, 6, 5, 5), (1, 1, 1, 5), (5,)])
def test_an_operand_that_is_not_per_channel_stays(shape: tuple[int, ...], tmp_path: Path) -> None:
    b = Builder("pixels")
    x, _ = linear(b, "Conv")
    operand = b.constant("k", b.rng.normal(size=shape).astype(F))
    b.output(b.node("Add", [x, operand], "add"))
    kept(b, tmp_path, "Add")


def test_number_divided_by_a_convolution_stays(tmp_path: Path) -> None:
    b = Builder("div")
    x, _ = linear(b, "Conv")
    shifted = b.node("Add", [x, b.constant("far", np.array(50, F))], "add")
    b.output(b.node("Div", [b.constant("one", np.array(1, F)), shifted], "div"))
    kept(b, tmp_path, "Div")


@pytest.mark.parametrize("shape", [(1, 6), (1, 6, 4), (1, 6, 4, 4)])
def test_batch_norm_on_its_own_runs_on_the_convolution_engine(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    b = Builder("alone")
    b.output(b.batch_norm(b.node("Relu", [b.input("x", shape)], "relu"), "bn", 6))
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    last = graph.nodes[-1]
    assert last.origins == ("bn",)
    if len(shape) == 2:
        assert [node.op for node in graph.nodes] == ["Input", "Relu", "Mul", "Add"]
    else:
        assert (last.op, last.attrs["group"]) == ("Conv", 6)
    assert_same_outputs(model, graph)


def test_batch_norm_with_impossible_numbers_stays(tmp_path: Path) -> None:
    b = Builder("negative")
    x = b.batch_norm(linear(b, "Conv")[0], "bn", 6)
    b.constants["bn.var"] = np.full(6, -1, F)
    b.output(x)
    raw = opened(b.model(), tmp_path)
    assert fold_affine(raw) is raw
    assert lower_batch_norm(raw) is raw


@pytest.mark.parametrize("bias", [True, False])
def test_matrix_product_with_weights_is_a_fully_connected_layer(bias: bool, tmp_path: Path) -> None:
    b = Builder("fc")
    weight = b.constant("w", b.rng.normal(size=(5, 6)).astype(F))
    x = b.node("MatMul", [b.input("x", (2, 5)), weight], "matmul")
    if bias:
        x = b.node("Add", [b.constant("b", b.rng.normal(size=6).astype(F)), x], "add")
    b.output(x)
    model = b.model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", "Gemm"]
    assert graph.nodes[1].attrs["transB"] == 1
    assert_same_outputs(model, graph)


def test_matrix_product_over_more_axes_stays(tmp_path: Path) -> None:
    b = Builder("mm")
    weight = b.constant("w", b.rng.normal(size=(5, 6)).astype(F))
    b.output(b.node("MatMul", [b.input("x", (1, 2, 5)), weight], "matmul"))
    raw = opened(b.model(), tmp_path)
    assert matmul_to_gemm(raw) is raw


def padded(pads: list[int], **attrs: Any) -> Builder:
    b = Builder("pad")
    amounts = b.constant("pads", np.array(pads, np.int64))
    x = b.node("Pad", [b.input("x", (1, 3, 6, 6)), amounts], "pad", **attrs)
    b.output(b.conv(x, "conv", 3 + pads[1] + pads[5], 4))
    return b


def test_zeros_around_the_picture_become_padding(tmp_path: Path) -> None:
    model = padded([0, 0, 1, 2, 0, 0, 3, 0]).model()
    graph = merge_pads(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", "Conv"]
    assert graph.nodes[1].attrs["pads"] == (2, 3, 4, 1)
    assert graph.nodes[1].origins == ("conv", "pad")
    assert_same_outputs(model, graph)


@pytest.mark.parametrize(
    "builder",
    [
        padded([0, 1, 1, 1, 0, 0, 1, 1]),
        padded([0, 0, -1, 0, 0, 0, 0, 0]),
        padded([0, 0, 1, 1, 0, 0, 1, 1], mode="edge"),
    ],
    ids=["channels", "cropping", "edge"],
)
def test_other_padding_stays(builder: Builder, tmp_path: Path) -> None:
    raw = opened(builder.model(), tmp_path)
    assert merge_pads(raw) is raw

"""All passes together: same outputs, sound graphs, an end, and nothing found twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from rkviz.graph.check import check
from rkviz.graph.passes import PASSES, simplify_graph
from tests import models
from tests.float_reference import assert_same_outputs, opened


@pytest.mark.parametrize("name", models.ALL)
def test_no_pass_changes_an_output(name: str, tmp_path: Path) -> None:
    model = models.ALL[name]()
    graph = opened(model, tmp_path)
    check(graph)
    assert_same_outputs(model, graph)
    for change in PASSES:
        graph = change(graph)
        check(graph)
        assert_same_outputs(model, graph)
    graph = simplify_graph(graph)
    check(graph)
    assert_same_outputs(model, graph)


@pytest.mark.parametrize("name", models.ALL)
def test_simplifying_again_finds_nothing(name: str, tmp_path: Path) -> None:
    graph = simplify_graph(opened(models.ALL[name](), tmp_path))
    assert simplify_graph(graph) is graph


@pytest.mark.parametrize("name", models.ALL)
def test_every_onnx_node_is_found_in_one_layer(name: str, tmp_path: Path) -> None:
    model = models.ALL[name]()
    graph = simplify_graph(opened(model, tmp_path))
    assert {node.name for node in model.graph.node} <= set(graph.by_origin)
    for node in graph.nodes:
        assert node.origins[0] in {node.name, *graph.inputs}


def layers(name: str, folder: Path) -> list[str]:
    return [node.op for node in simplify_graph(opened(models.ALL[name](), folder)).nodes]


def test_layers_of_a_mobilenet(tmp_path: Path) -> None:
    assert layers("depthwise_net", tmp_path) == ["Input", *["Conv", "Relu6"] * 5]


def test_layers_of_a_network_with_swish(tmp_path: Path) -> None:
    assert layers("swish_net", tmp_path) == ["Input", "Conv", "Swish", "Conv", "Swish", "Conv"]


def test_layers_of_a_classifier(tmp_path: Path) -> None:
    ops = ["Input", "Conv", "Relu6", "GlobalAveragePool", "Flatten", "Gemm", "Softmax"]
    assert layers("classifier", tmp_path) == ops

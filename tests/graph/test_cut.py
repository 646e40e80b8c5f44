"""Part of a network: what lies between named tensors, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.errors import ModelError
from rkviz.graph import open_model
from rkviz.graph.check import check
from rkviz.graph.cut import cut
from rkviz.graph.model import Graph
from tests import models


def graph_of(tmp_path: Path, name: str) -> Graph:
    return open_model(models.save(models.ALL[name](), tmp_path / "net.onnx"))


@pytest.fixture
def detector(tmp_path: Path) -> Graph:
    return graph_of(tmp_path, "detector_with_concat")


def test_without_names_nothing_changes(detector: Graph) -> None:
    assert cut(detector) is detector


def test_an_output_inside_ends_the_network_there(detector: Graph) -> None:
    part = cut(detector, outputs=["deep_relu_out", "head_fine"])
    assert part.outputs == ("deep_relu_out", "head_fine_out"), "a layer stands for its tensor"
    assert {node.name for node in detector.nodes} - {node.name for node in part.nodes} == {
        "scores",
        "head_coarse",
    }
    check(part)


def test_an_input_inside_begins_the_network_there(detector: Graph) -> None:
    part = cut(detector, ["concat"], ["scores"])
    assert part.inputs == ("concat_out",)
    assert [node.op for node in part.nodes] == ["Input", "Conv", "Sigmoid"]
    check(part)
    feeds = models.feeds_for({"images": (1, 3, 16, 16)})
    whole = FloatNet(detector).run(feeds)
    alone = FloatNet(part).run({"concat_out": whole["concat_out"]})
    np.testing.assert_array_equal(alone["scores_out"], whole["scores_out"])


def test_inputs_and_outputs_stand_in_the_order_asked_for(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "two_inputs")
    part = cut(graph, ["right", "left"], ["relu", "add"])
    assert part.inputs == ("right", "left")
    assert part.outputs == ("relu_out", "add_out")
    check(part)


def test_an_input_that_is_not_needed_goes(tmp_path: Path) -> None:
    part = cut(graph_of(tmp_path, "two_inputs"), outputs=["conv_left"])
    assert part.inputs == ("left",)
    check(part)


def test_what_was_joined_to_one_layer_has_no_name_of_its_own(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "swish_net")
    with pytest.raises(ModelError, match="joins to one layer"):
        cut(graph, outputs=["conv1_sigmoid_out"])


@pytest.mark.parametrize(
    ("inputs", "outputs", "sentences"),
    [
        (None, ["scors_out", "x"], ["'scors_out' (did you mean 'scores_out'", "'x'"]),
        (["images", "deep_out"], ["head_fine_out"], []),
        (["concat_out"], None, ["depend on input 'images' as well"]),
        (["up_out"], ["scores_out"], ["depend on input 'images' as well"]),
        (["images", "head_fine_out"], ["head_coarse_out"], ["no output depends on input"]),
        ([], None, ["The list of inputs is empty"]),
    ],
)
def test_what_cannot_be_cut_is_said_all_at_once(
    detector: Graph, inputs: list[str] | None, outputs: list[str] | None, sentences: list[str]
) -> None:
    if not sentences:
        check(cut(detector, inputs, outputs))
        return
    with pytest.raises(ModelError) as caught:
        cut(detector, inputs, outputs)
    for sentence in sentences:
        assert sentence in str(caught.value)

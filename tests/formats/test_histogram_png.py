"""Histogram pictures: named as the toolkit names them, for the layers asked for."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rkviz.calibrate.histogram import observe_histogram
from rkviz.errors import ConfigError, FormatError
from rkviz.formats.histogram_folder import layers_meant, outputs_of, write_histograms
from rkviz.formats.histogram_png import file_name, histogram_png, output_kind
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.graph.naming import layer_names
from tests import models

BLUE, RED = (70, 130, 180), (200, 30, 30)


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return open_model(models.save(models.chain(), tmp_path / "net.onnx"))


def pixels(data: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("PNG", (2000, 1200))
    return np.asarray(image)


def columns(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """How many pixels of `colour` every column of the plot has."""
    return (picture == colour).all(axis=2).sum(axis=0)


def test_bars_rise_where_the_numbers_are() -> None:
    numbers = np.random.default_rng(0).normal(size=50_000)
    blue = columns(pixels(histogram_png(observe_histogram(numbers), "w")), BLUE)
    assert blue[:150].sum() == blue[1852:].sum() == 0
    assert blue[900:1100].mean() > 5 * blue[300:400].mean()


def test_the_running_share_is_red_and_ends_at_the_top() -> None:
    picture = pixels(histogram_png(observe_histogram(np.arange(1000)), "w"))
    red = (picture == RED).all(axis=2)
    assert red[105:125, 1700:1850].any()
    assert red[1040:1065, 150:300].any()
    assert red[570:600, 980:1020].any(), "half of evenly spread numbers at the middle"


@pytest.mark.parametrize(
    "numbers",
    [[], [np.nan], [0.0], [3.5] * 4, [1e-30, 1e30], [-1e38, 1e38], [0.0] * 999 + [-5.0]],
    ids=["none", "nan", "zero", "equal", "far apart", "widest", "lonely"],
)
def test_every_histogram_can_be_drawn(numbers: list[float]) -> None:
    pixels(histogram_png(observe_histogram(np.array(numbers, np.float32)), "b" * 300 + "层"))


def test_names_are_the_toolkits_and_safe_on_every_disk() -> None:
    assert file_name("Conv_/model.0/conv/Conv_142", "weight") == (
        "Conv__model.0_conv_Conv_142_weight.png"
    )
    assert output_kind((1, 32, 320, 320)) == "out0_nchw_1_32_320_320"
    assert output_kind((1, 3, 640, 480), is_input=True) == "out0_nchw_1_640_480_3"
    assert file_name("../../etc/x", "bias") == "_.._etc_x_bias.png"
    assert file_name('a:b\\c*?"<>|\n', "bias") == "a_b_c________bias.png"
    long = file_name("层" * 500 + "_7", "weight")
    assert len(long.encode()) < 200
    assert long.endswith("_7_weight.png")


def test_layers_are_meant_by_our_names_and_by_the_toolkits(graph: Graph) -> None:
    toolkit = layer_names(graph)["conv2"]
    assert layers_meant(graph, ["relu1", toolkit, "conv2"]) == ("relu1", "conv2")
    assert layers_meant(graph, []) == tuple(node.name for node in graph.nodes)
    with pytest.raises(ConfigError, match="not in the network") as caught:
        layers_meant(graph, ["con1", "relu1", "nobody"])
    assert len(caught.value.details) == 2
    assert "'conv1'" in caught.value.details[0]


def test_outputs_weights_and_biases_become_files(graph: Graph, tmp_path: Path) -> None:
    layers = ("images", "conv1", "relu1")
    values = {name: observe_histogram(np.arange(5)) for name in outputs_of(graph, layers)}
    names = layer_names(graph)
    assert write_histograms(graph, layers, values, tmp_path / "a" / "b") == 5
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {
        f"{names['images']}_out0_nchw_1_16_16_3.png",
        f"{names['conv1']}_weight.png",
        f"{names['conv1']}_bias.png",
        f"{names['conv1']}_out0_nchw_1_8_16_16.png",
        f"{names['relu1']}_out0_nchw_1_8_16_16.png",
    }


def test_a_folder_that_cannot_be_made_is_a_sentence(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FormatError, match="cannot be made"):
        write_histograms(graph, ["conv1"], {}, tmp_path / "file" / "b")

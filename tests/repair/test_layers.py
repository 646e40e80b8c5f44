"""Layers as matrices: W times the patches they see is what they compute."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.numerics import QuantParams
from rkviz.repair.layers import Samples, patch_means, patches, weighted_layers
from tests import models
from tests.repair.networks import calibrated

FORMS = {
    "dense": {"shape": (6, 4, 3, 3), "pads": (1, 1, 1, 1)},
    "odd": {"shape": (6, 4, 3, 2), "strides": (2, 1), "pads": (1, 0, 2, 1), "dilations": (1, 2)},
    "group": {"shape": (6, 2, 3, 3), "group": 2},
    "depthwise": {"shape": (8, 1, 3, 3), "group": 4, "strides": (2, 2), "pads": (1, 1, 1, 1)},
    "transposed": {
        "op": "ConvTranspose", "shape": (4, 3, 3, 3), "strides": (2, 2), "pads": (1, 1, 0, 1),
        "output_padding": (1, 0),
    },
    "transposed group": {"op": "ConvTranspose", "shape": (4, 3, 2, 2), "group": 2},
}  # fmt: skip


def layer_of(form: dict) -> tuple[models.Builder, np.ndarray]:
    b = models.Builder()
    settings = {key: value for key, value in form.items() if key not in ("op", "shape")}
    weight = b.rng.normal(size=form["shape"]).astype(np.float32)
    op = form.get("op", "Conv")
    x = b.node(op, [b.input(shape=(1, 4, 9, 8)), b.constant("w", weight)], "layer", **settings)
    b.output(x)
    return b, weight


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_mean_patch_gives_the_mean_output(form: dict, tmp_path: Path) -> None:
    b, _ = layer_of(form)
    net = calibrated(b.model(), tmp_path, pictures=2)
    (layer,) = weighted_layers(net.graph).values()
    mean = patch_means(net.graph, {"layer": layer}, net.samples)["layer"]
    outputs = [FloatNet(net.graph).run(feeds)[net.graph.outputs[0]] for feeds in net.samples.open()]
    wanted = np.mean(outputs, axis=(0, 1, 3, 4), dtype=np.float64)
    np.testing.assert_allclose((layer.matrices @ mean[:, :, None]).reshape(-1), wanted, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in FORMS if "transposed" not in name])
def test_patches_are_what_outputs_see(name: str, tmp_path: Path) -> None:
    b, _ = layer_of(FORMS[name])
    net = calibrated(b.model(), tmp_path, pictures=1)
    (layer,) = weighted_layers(net.graph).values()
    (feeds,) = net.samples.open()
    x = feeds[layer.source]
    output = FloatNet(net.graph).run(feeds)[net.graph.outputs[0]]
    made = layer.matrices @ patches(layer, x, 10_000)
    np.testing.assert_allclose(made.reshape(output.shape[1:]), output[0], atol=1e-5)
    few = patches(layer, x, 8)
    assert 1 <= few.shape[2] < 16


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_matrices_go_back_into_weights(form: dict, tmp_path: Path) -> None:
    b, weight = layer_of(form)
    graph = calibrated(b.model(), tmp_path, pictures=1).graph
    (layer,) = weighted_layers(graph).values()
    np.testing.assert_array_equal(layer.as_weight(layer.matrices), weight)


def test_fully_connected_and_matmul(tmp_path: Path) -> None:
    b = models.Builder()
    weight = b.constant("w", b.rng.normal(size=(5, 7)).astype(np.float32))
    b.output(b.node("MatMul", [b.input(shape=(1, 3, 5)), weight], "product"))
    net = calibrated(b.model(), tmp_path, pictures=1)
    (layer,) = weighted_layers(net.graph).values()
    (feeds,) = net.samples.open()
    output = FloatNet(net.graph).run(feeds)[net.graph.outputs[0]]
    made = layer.matrices[0] @ patches(layer, feeds[layer.source], 100)[0]
    np.testing.assert_allclose(made.T, output[0], atol=1e-5)
    np.testing.assert_array_equal(layer.as_weight(layer.matrices), layer.weight)


def test_what_a_file_states_as_codes_is_left_alone(tmp_path: Path) -> None:
    graph = calibrated(models.chain(), tmp_path, pictures=1).graph
    weight = graph.by_name["conv2"].inputs[1]
    stated = replace(graph, given={weight: QuantParams.affine(0.1, 3)})
    assert weighted_layers(graph).keys() - weighted_layers(stated).keys() == {"conv2"}


def test_samples_can_be_gone_through_twice(tmp_path: Path) -> None:
    samples: Samples = calibrated(models.chain(), tmp_path, pictures=2).samples
    assert len(list(samples.open())) == len(list(samples.open())) == samples.count

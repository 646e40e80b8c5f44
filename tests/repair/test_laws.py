"""Laws of repairs over networks nobody chose: every operator between two layers, any order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.numerics import QuantScheme, params_from_range
from rkviz.numerics.arithmetic import dequantize, quantize
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.repair.bias import analytic_biases
from rkviz.repair.choice import Repairs
from rkviz.repair.equalize import channel_ranges, equalize, output_sums, pairs_of, with_biases
from rkviz.repair.layers import patch_means, patches, weighted_layers
from tests import models
from tests.repair.networks import TARGET, Calibrated, calibrated

CLIPS = ("relu6", "clip4")
BETWEEN = ("relu", *CLIPS, "leaky", "prelu", "one_prelu", "pad", "max", "mean", "nothing")
LAYERS = ("conv", "plain_conv", "depthwise", "grouped", "pointwise", "transposed")
ENDS = ("conv", "fc", "matmul")


class _Net:
    """Layers of 8 channels and what stands between them, weights of single channels spread."""

    def __init__(self, seed: int) -> None:
        self.b = models.Builder("law", seed=seed)
        self.x = self.b.node("Relu", [self.b.conv(self.b.input(), "stem", 3, 8)], "stem_relu")
        self.count = 0

    def name(self, text: str) -> str:
        self.count += 1
        return f"{text}{self.count}"

    def layer(self, kind: str) -> None:
        b, name = self.b, self.name(kind)
        if kind == "transposed":
            weight = b.rng.normal(size=(8, 8, 2, 2)).astype(np.float32) / 4
            inputs = [self.x, b.constant(f"{name}.weight", weight)]
            self.x = b.node("ConvTranspose", inputs, name, kernel_shape=[2, 2])
            return
        group = {"depthwise": 8, "grouped": 2}.get(kind, 1)
        kernel = 1 if kind == "pointwise" else 3
        self.x = b.conv(self.x, name, 8, 8, kernel, group=group, bias=kind != "plain_conv")
        factors = np.exp2(b.rng.uniform(-3, 3, 8)).astype(np.float32)
        b.constants[f"{name}.weight"] = b.constants[f"{name}.weight"] * factors[:, None, None, None]

    def between(self, kind: str) -> None:
        b, name = self.b, self.name(kind)
        if kind in CLIPS:
            ends = (0.0, 6.0 if kind == "relu6" else 4.0)
            inputs = [b.constant(f"{name}_{end}", np.array(end, np.float32)) for end in ends]
            self.x = b.node("Clip", [self.x, *inputs], name)
        elif kind == "relu":
            self.x = b.node("Relu", [self.x], name)
        elif kind == "leaky":
            self.x = b.node("LeakyRelu", [self.x], name, alpha=0.1)
        elif kind in ("prelu", "one_prelu"):
            shape = (8, 1, 1) if kind == "prelu" else (1,)
            slope = b.rng.uniform(0.05, 0.3, shape).astype(np.float32)
            self.x = b.node("PRelu", [self.x, b.constant(f"{name}_slope", slope)], name)
        elif kind == "pad":
            pads = b.constant(f"{name}_pads", np.array([0, 0, 1, 0, 0, 0, 1, 1], np.int64))
            self.x = b.node("Pad", [self.x, pads], name)
        elif kind in ("max", "mean"):
            op = "MaxPool" if kind == "max" else "AveragePool"
            self.x = b.node(op, [self.x], name, kernel_shape=[2, 2], strides=[1, 1])

    def model(self, end: str) -> ModelProto:
        b = self.b
        if end == "conv":
            b.output(b.conv(self.x, "end", 8, 4, kernel=1))
            return b.model()
        flat = b.node("Flatten", [b.node("GlobalAveragePool", [self.x], "pool")], "flat", axis=1)
        weight = b.rng.normal(size=(8, 5)).astype(np.float32)
        if end == "matmul":
            b.output(b.node("MatMul", [flat, b.constant("end.weight", weight)], "end"))
        else:
            inputs = [flat, b.constant("end.weight", np.ascontiguousarray(weight.T))]
            b.output(b.node("Gemm", inputs, "end", transB=1))
        return b.model()


@st.composite
def networks(draw: st.DrawFn) -> ModelProto:
    net = _Net(draw(st.integers(0, 10**6)))
    for _ in range(draw(st.integers(1, 4))):
        net.layer(draw(st.sampled_from(LAYERS)))
        for kind in draw(st.lists(st.sampled_from(BETWEEN), min_size=1, max_size=3)):
            net.between(kind)
    return net.model(draw(st.sampled_from(ENDS)))


def opened(model: ModelProto, pictures: int) -> Calibrated:
    with tempfile.TemporaryDirectory() as folder:
        return calibrated(model, Path(folder), pictures)


@settings(max_examples=25)
@given(networks())
def test_equalizing_keeps_outputs_and_clips_through_every_operator(model: ModelProto) -> None:
    net = opened(model, 3)
    graph = with_biases(net.graph)
    pairs = pairs_of(graph)
    ranges = channel_ranges(graph, [pair.value for pair in pairs], net.samples)
    made = equalize(graph, ranges)
    assert output_sums(graph, made, net.samples).snr_db > 80
    assert made.nodes == graph.nodes
    changed = {n for n, array in made.constants.items() if array is not graph.constants[n]}
    layers = [layer.node for pair in pairs for layer in (pair.first, pair.second)]
    assert changed <= {name for node in layers for name in node.inputs[1:]}


@settings(max_examples=15)
@given(networks())
def test_no_picture_of_the_calibration_is_cut_off_elsewhere(model: ModelProto) -> None:
    net = opened(model, 2)
    graph = with_biases(net.graph)
    clips = [node for node in graph.nodes if node.op in ("Relu6", "Clip")]
    names = [name for node in clips for name in (node.inputs[0],)]
    ranges = channel_ranges(graph, [pair.value for pair in pairs_of(graph)], net.samples)
    made = equalize(graph, ranges)
    for feeds in net.samples.open():
        before, after = (FloatNet(g, names).run(feeds) for g in (graph, made))
        for node in clips:
            top = 6.0 if node.op == "Relu6" else node.float_attr("max", np.inf)
            near = 1e-3 * top
            was, now = before[node.inputs[0]], after[node.inputs[0]]
            assert not ((was < top - near) & (now > top + near)).any()
            assert not ((was > top + near) & (now < top - near)).any()


@settings(max_examples=25)
@given(networks(), st.sampled_from([QuantScheme.U8, QuantScheme.I8, QuantScheme.I16]))
def test_a_corrected_bias_is_never_worse_on_what_it_was_made_from(
    model: ModelProto, scheme: QuantScheme
) -> None:
    """E|W' x + b' - W x - b|^2 over the calibration pictures, every layer on its own."""
    net = opened(model, 2)
    graph = with_biases(net.graph)
    layers = {n: a for n, a in weighted_layers(graph).items() if not a.is_transposed}
    means = patch_means(graph, layers, net.samples)
    plan = build_plan(graph, net.stats, HybridConfig(default=scheme), TARGET)
    made = analytic_biases(plan, layers, means)
    for name, layer in layers.items():
        if name not in made or layer.bias is None:
            continue
        low, high = float(layer.weight.min()), float(layer.weight.max())
        params = params_from_range(scheme, min(low, 0.0), max(high, 0.0))
        held = dequantize(quantize(layer.weight, params), params)
        error = type(layer)(layer.node, held.astype(np.float32), None).matrices - layer.matrices
        shift = (made[name] - layer.bias).astype(np.float64).reshape(layer.groups, -1, 1)
        plain, corrected = 0.0, 0.0
        for feeds in net.samples.open():
            x = FloatNet(graph, [layer.source]).run(feeds)[layer.source]
            missed = np.matmul(error, patches(layer, x, 1 << 20))
            plain += float((missed**2).sum())
            corrected += float(((missed + shift) ** 2).sum())
        assert corrected <= plain * (1 + 1e-4) + 1e-12


@settings(max_examples=8)
@given(networks(), st.booleans())
def test_rounded_weights_are_codes_of_a_grid_anybody_finds(model: ModelProto, full: bool) -> None:
    net = opened(model, 2)
    repaired = net.workbench().repaired(Repairs(equalize=full, rounding=True))
    assert repaired.corrected
    for own in repaired.corrected.values():
        assert own.weight is not None
        low, high = float(own.weight.min()), float(own.weight.max())
        params = params_from_range(QuantScheme.U8, min(low, 0.0), max(high, 0.0))
        again = dequantize(quantize(own.weight, params), params)
        assert np.allclose(again, own.weight, rtol=1e-5, atol=1e-6 * params.scale)

"""Measured vectors as networks: the parameters of every tensor set by the user, weights too.

What `run_operation` gives for the codes alone, a plan of the float network gives as well.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.compiled.programs import Programs
from rkviz.emulate.executor import run_plan
from rkviz.emulate.reference import Operand
from rkviz.graph import open_model
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import dequantize
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.target import target_named
from tests import models
from tests.npu_vectors import Vector, vectors

OPERATORS = {
    "conv2d": "Conv", "group_conv2d": "Conv", "depthwise_conv2d": "Conv",
    "deconv2d": "ConvTranspose", "fully_connected": "Gemm",
    "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu",
    "leaky_relu": "LeakyRelu", "max_pool": "MaxPool", "avg_pool": "AveragePool",
    "avg_pool_android": "AveragePool", "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div",
    "max": "Max", "min": "Min", "two_conv_add": "Add", "two_conv_add_relu": "Add",
}  # fmt: skip
GEOMETRY = ("strides", "pads", "dilations", "group", "alpha", "count_include_pad")


class Drawn:
    """The float network of a vector, and what the user sets for its layers."""

    def __init__(self, vector: Vector) -> None:
        self.vector, self.layers = vector, dict[str, LayerConfig]()
        self.b = models.Builder()
        operands = vector.onnx_inputs()
        self.feeds: dict[str, np.ndarray] = {}
        x = self.input("x", operands[0])
        if vector.op.startswith("two_conv_add"):
            ends = [
                self.conv(f"conv{i}", x, operands[1 + 2 * i : 3 + 2 * i], vector.between[i])
                for i in (0, 1)
            ]
            relu = vector.op.endswith("relu")
            self.layer("sum", vector.between[2] if relu else vector.expected.params)
            last = self.b.node("Add", ends, "sum")
            if relu:
                last = self.b.node("Relu", [last], self.layer("relu", vector.expected.params))
        else:
            last = self.single(x, operands)
        self.b.output(last)

    def layer(self, name: str, params: QuantParams, weights: QuantParams | None = None) -> str:
        given = params if params.scheme.is_quantized else None
        self.layers[name] = LayerConfig(params.scheme, params=given, weights_params=weights)
        return name

    def input(self, name: str, held: Operand) -> str:
        self.feeds[name] = dequantize(held.codes, held.params)
        self.layer(name, held.params)
        return self.b.input(name, held.codes.shape)

    def constants(self, name: str, held: tuple[Operand, ...]) -> list[str]:
        """Weights and biases as the real numbers their codes stand for."""
        w, bias = held
        step = self.vector.inputs[0].params.scale * w.params.scale
        real = (bias.codes * step).astype(np.float32)
        return [
            self.b.constant(f"{name}.w", dequantize(w.codes, w.params)),
            self.b.constant(f"{name}.b", real),
        ]

    def conv(self, name: str, x: str, held: tuple[Operand, ...], out: QuantParams) -> str:
        pads = self.vector.settings.get("pad", [0] * 4)
        self.layer(name, out, held[0].params)
        return self.b.node("Conv", [x, *self.constants(name, held)], name, pads=pads)

    def single(self, x: str, operands: tuple[Operand, ...]) -> str:
        settings, out = self.vector.settings, self.vector.expected.params
        attrs = {key: settings[key] for key in GEOMETRY if key in settings}
        if "kernel" in settings:
            attrs["kernel_shape"] = settings["kernel"]
        op = OPERATORS[self.vector.op]
        if op in ("MaxPool", "LeakyRelu", "Elu", "Sigmoid", "Tanh"):
            attrs.pop("count_include_pad", None)
        if len(operands) < 3:
            others = [self.input(f"x{i}", held) for i, held in enumerate(operands[1:], 1)]
            return self.b.node(op, [x, *others], self.layer("layer", out), **attrs)
        attrs |= {"transB": 1} if op == "Gemm" else {}
        self.layer("layer", out, operands[1].params)
        made = self.b.node(op, [x, *self.constants("layer", operands[1:])], "layer", **attrs)
        if settings.get("activation") != "relu6":
            return made
        bounds = [self.b.constant(f"b{n}", np.array(n, np.float32)) for n in (0, 6)]
        return self.b.node("Clip", [made, *bounds], "clip")

    @property
    def model(self) -> ModelProto:
        return self.b.model()


def one_type(vector: Vector) -> bool:
    """Whether a plan can say it: a layer has one type, fp16 weights are no codes."""
    types = {held.params.scheme for held in (vector.inputs[0], vector.expected)}
    if len(vector.inputs) == 2:
        types.add(vector.inputs[1].params.scheme)
    return types != {QuantScheme.FLOAT} and len(types) == 1


@pytest.mark.parametrize(
    "vector",
    [v for v in vectors() if v.op in OPERATORS and one_type(v)],
    ids=lambda v: f"{v.file}-{v.id}",
)
def test_a_network_with_the_parameters_of_a_vector_gives_its_codes(
    vector: Vector, tmp_path: Path
) -> None:
    drawn = Drawn(vector)
    graph = open_model(models.save(drawn.model, tmp_path / "model.onnx"))
    stats = calibrate(graph, [drawn.feeds], FloatPieces(graph).run, "vector")
    config = HybridConfig(vector.expected.params.scheme, drawn.layers)
    plan = build_plan(graph, stats, config, target_named("rv1126"))
    for codes in (run_plan(plan, drawn.feeds), Programs().run_plan(plan, drawn.feeds)):
        found = codes[plan.value_tensor[graph.outputs[0]]]
        np.testing.assert_array_equal(found, vector.expected.codes, strict=True)

"""Tiny networks built in code, with weights from a fixed seed: what the tests open and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
from onnx.shape_inference import infer_shapes

Array = NDArray[np.generic]


class Builder:
    """Collects nodes and constants; every method that adds a node returns its output's name."""

    def __init__(self, name: str = "net", seed: int = 0, opset: int = 17) -> None:
        self.name = name
        self.opset = opset
        self.rng = np.random.default_rng(seed)
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, Array] = {}
        self.inputs: list[ValueInfoProto] = []
        self.outputs: list[ValueInfoProto] = []

    def input(
        self,
        name: str = "images",
        shape: Sequence[int | str | None] = (1, 3, 16, 16),
        elem_type: int = TensorProto.FLOAT,
    ) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, elem_type, list(shape)))
        return name

    def output(self, name: str, elem_type: int = TensorProto.FLOAT) -> str:
        self.outputs.append(helper.make_tensor_value_info(name, elem_type, None))
        return name

    def constant(self, name: str, array: Array) -> str:
        self.constants[name] = array
        return name

    def node(
        self,
        op: str,
        inputs: Sequence[str],
        name: str,
        outputs: Sequence[str] = (),
        domain: str = "",
        **attrs: object,
    ) -> str:
        """Add a node called `name`; its output is `{name}_out` unless `outputs` says otherwise."""
        names = list(outputs) or [f"{name}_out"]
        made = helper.make_node(op, list(inputs), names, name=name, domain=domain, **attrs)
        self.nodes.append(made)
        return names[0]

    def conv(
        self,
        source: str,
        name: str,
        channels_in: int,
        channels_out: int,
        kernel: int = 3,
        stride: int = 1,
        group: int = 1,
        bias: bool = True,
    ) -> str:
        """A convolution of same size (over stride) with normal weights that keep the variance."""
        shape = (channels_out, channels_in // group, kernel, kernel)
        scale = 1.0 / np.sqrt(np.prod(shape[1:]))
        weight = (self.rng.normal(size=shape) * scale).astype(np.float32)
        inputs = [source, self.constant(f"{name}.weight", weight)]
        if bias:
            drawn = (self.rng.normal(size=channels_out) * 0.1).astype(np.float32)
            inputs.append(self.constant(f"{name}.bias", drawn))
        pad = kernel // 2
        return self.node(
            "Conv",
            inputs,
            name,
            kernel_shape=[kernel, kernel],
            pads=[pad] * 4,
            strides=[stride] * 2,
            group=group,
        )

    def batch_norm(self, source: str, name: str, channels: int) -> str:
        """A batch normalization in inference form with statistics away from 0 and 1."""
        statistics = {
            "gamma": self.rng.uniform(0.5, 1.5, channels),
            "beta": self.rng.normal(size=channels) * 0.2,
            "mean": self.rng.normal(size=channels) * 0.2,
            "var": self.rng.uniform(0.5, 1.5, channels),
        }
        names = [
            self.constant(f"{name}.{key}", array.astype(np.float32))
            for key, array in statistics.items()
        ]
        return self.node("BatchNormalization", [source, *names], name, epsilon=1e-5)

    def model(self) -> ModelProto:
        graph = helper.make_graph(
            self.nodes,
            self.name,
            self.inputs,
            self.outputs,
            [numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        opsets = [helper.make_opsetid("", self.opset)]
        domains = {node.domain for node in self.nodes} - {""}
        opsets += [helper.make_opsetid(domain, 1) for domain in sorted(domains)]
        made = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        made.producer_name = "rkviz tests"
        outputs = infer_shapes(made).graph.output
        del made.graph.output[:]
        made.graph.output.extend(outputs)
        return made


def conv_relu() -> ModelProto:
    """One convolution 3 -> 8 and its relu."""
    b = Builder("conv_relu", seed=1)
    x = b.conv(b.input(), "conv", 3, 8)
    b.output(b.node("Relu", [x], "relu"))
    return b.model()


def chain() -> ModelProto:
    """Three convolutions with relus, the second of stride 2; the last has no activation."""
    b = Builder("chain", seed=2)
    x = b.node("Relu", [b.conv(b.input(), "conv1", 3, 8)], "relu1")
    x = b.node("Relu", [b.conv(x, "conv2", 8, 12, stride=2)], "relu2")
    b.output(b.conv(x, "conv3", 12, 4, kernel=1))
    return b.model()


def residual() -> ModelProto:
    """A residual block: relu(conv2(relu(conv1(x))) + conv_skip(x)), then a global pool."""
    b = Builder("residual", seed=3)
    stem = b.node("Relu", [b.conv(b.input(), "stem", 3, 8)], "stem_relu")
    x = b.node("Relu", [b.conv(stem, "conv1", 8, 8)], "relu1")
    x = b.conv(x, "conv2", 8, 8)
    skip = b.conv(stem, "conv_skip", 8, 8, kernel=1)
    x = b.node("Relu", [b.node("Add", [x, skip], "add")], "relu2")
    b.output(b.node("GlobalAveragePool", [x], "pool"))
    return b.model()


def depthwise_net() -> ModelProto:
    """Two depthwise-separable blocks as in MobileNet: conv, batch norm and relu6 each."""
    b = Builder("depthwise_net", seed=4)

    def block(x: str, name: str, channels: tuple[int, int], **kwargs: int) -> str:
        x = b.conv(x, name, *channels, bias=False, **kwargs)
        x = b.batch_norm(x, f"{name}_bn", channels[1])
        low = b.constant(f"{name}_low", np.array(0, np.float32))
        high = b.constant(f"{name}_high", np.array(6, np.float32))
        return b.node("Clip", [x, low, high], f"{name}_relu6")

    x = block(b.input(), "stem", (3, 8), stride=2)
    x = block(x, "dw1", (8, 8), group=8)
    x = block(x, "pw1", (8, 16), kernel=1)
    x = block(x, "dw2", (16, 16), group=16, stride=2)
    b.output(block(x, "pw2", (16, 24), kernel=1))
    return b.model()


def imbalanced_net(activation: str = "relu6", seed: int = 10) -> ModelProto:
    """Depthwise-separable blocks whose channels differ 60-fold in weight, and a classifier.

    `activation` is "relu6", "relu", "leaky" or "prelu"; the first block has a pad of its own.
    """
    b = Builder("imbalanced_net", seed=seed)

    def spread(name: str, channels: int) -> None:
        factors = np.exp2(b.rng.uniform(-3, 3, channels)).astype(np.float32)
        b.constants[f"{name}.weight"] = b.constants[f"{name}.weight"] * factors[:, None, None, None]

    def activate(x: str, name: str, channels: int) -> str:
        if activation == "relu6":
            bounds = [b.constant(f"{name}_{n}", np.array(v, np.float32)) for n, v in _SIX.items()]
            return b.node("Clip", [x, *bounds], f"{name}_relu6")
        if activation == "leaky":
            return b.node("LeakyRelu", [x], f"{name}_leaky", alpha=0.1)
        if activation == "prelu":
            slope = b.rng.uniform(0.05, 0.3, (channels, 1, 1)).astype(np.float32)
            return b.node("PRelu", [x, b.constant(f"{name}_slope", slope)], f"{name}_prelu")
        return b.node("Relu", [x], f"{name}_relu")

    x = activate(b.conv(b.input(), "stem", 3, 8), "stem", 8)
    pads = b.constant("pads", np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))
    x = b.node("Pad", [x, pads], "pad")
    for name, channels, out in (("one", 8, 16), ("two", 16, 16)):
        x = activate(
            b.conv(x, f"{name}_dw", channels, channels, group=channels), f"{name}_dw", channels
        )
        spread(f"{name}_dw", channels)
        x = activate(b.conv(x, f"{name}_pw", channels, out, kernel=1), f"{name}_pw", out)
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x], "pool")], "flatten", axis=1)
    weight = b.constant("fc.weight", b.rng.normal(size=(10, 16)).astype(np.float32))
    bias = b.constant("fc.bias", b.rng.normal(size=10).astype(np.float32))
    b.output(b.node("Gemm", [x, weight, bias], "fc", transB=1))
    return b.model()


_SIX = {"low": 0.0, "high": 6.0}


def swish_net() -> ModelProto:
    """Convolutions followed by x * sigmoid(x), as yolov5 and yolov8 export them."""
    b = Builder("swish_net", seed=5)
    x = b.input()
    for name, channels, stride in (("conv1", (3, 8), 1), ("conv2", (8, 8), 2)):
        x = b.conv(x, name, *channels, stride=stride)
        x = b.node("Mul", [x, b.node("Sigmoid", [x], f"{name}_sigmoid")], f"{name}_mul")
    b.output(b.conv(x, "head", 8, 6, kernel=1))
    return b.model()


def detector_with_concat() -> ModelProto:
    """A small detector: max pool, nearest resize, concat, sigmoid, and two heads as outputs."""
    b = Builder("detector", seed=6)
    fine = b.node("Relu", [b.conv(b.input(), "stem", 3, 8)], "stem_relu")
    coarse = b.node("MaxPool", [fine], "pool", kernel_shape=[2, 2], strides=[2, 2])
    coarse = b.node("Relu", [b.conv(coarse, "deep", 8, 8)], "deep_relu")
    scales = b.constant("scales", np.array([1, 1, 2, 2], np.float32))
    up = b.node(
        "Resize",
        [coarse, "", scales],
        "up",
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    joined = b.node("Concat", [up, fine], "concat", axis=1)
    head_fine = b.conv(joined, "head_fine", 16, 6, kernel=1)
    b.output(b.node("Sigmoid", [head_fine], "scores"))
    b.output(b.conv(coarse, "head_coarse", 8, 6, kernel=1))
    return b.model()


def boxes_with_scores() -> ModelProto:
    """A convolution, boxes in pixels and scores, in one output as exporters write it."""
    b = Builder("detector")
    x = b.node("Relu", [b.conv(b.input(), "stem", 3, 8, stride=2)], "stem_relu")
    pixels = b.constant("pixels", np.array(300, np.float32))
    boxes = b.node("Mul", [b.conv(x, "distances", 8, 4, kernel=1), pixels], "boxes")
    scores = b.node("Sigmoid", [b.conv(x, "logits", 8, 2, kernel=1)], "scores")
    joined = b.node("Concat", [boxes, scores], "joined", axis=1)
    sizes = b.constant("sizes", np.array([1, 6, -1], np.int64))
    b.output(b.node("Reshape", [joined, sizes], "flat"))
    return b.model()


def classifier(classes: int = 10) -> ModelProto:
    """conv, batch norm, relu6, global pool, flatten, gemm and softmax."""
    b = Builder("classifier", seed=7)
    x = b.batch_norm(b.conv(b.input(), "conv", 3, 8, stride=2, bias=False), "bn", 8)
    bounds = [
        b.constant("low", np.array(0, np.float32)),
        b.constant("high", np.array(6, np.float32)),
    ]
    x = b.node("Clip", [x, *bounds], "relu6")
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x], "pool")], "flatten", axis=1)
    weight = b.constant("fc.weight", b.rng.normal(size=(classes, 8)).astype(np.float32))
    bias = b.constant("fc.bias", b.rng.normal(size=classes).astype(np.float32))
    x = b.node("Gemm", [x, weight, bias], "fc", transB=1)
    b.output(b.node("Softmax", [x], "softmax", axis=1))
    return b.model()


def two_inputs() -> ModelProto:
    """Two pictures through convolutions of their own, added and activated."""
    b = Builder("two_inputs", seed=8)
    left = b.conv(b.input("left"), "conv_left", 3, 4)
    right = b.conv(b.input("right"), "conv_right", 3, 4)
    b.output(b.node("Relu", [b.node("Add", [left, right], "add")], "relu"))
    return b.model()


def with_unknown_op() -> ModelProto:
    """A chain whose middle is an operator nobody knows; a second output does not depend on it."""
    b = Builder("unknown_op", seed=9)
    x = b.node("Relu", [b.conv(b.input(), "conv1", 3, 8)], "relu1")
    odd = b.node("Mystery", [x], "mystery", domain="com.example", strength=2)
    b.output(b.conv(odd, "conv2", 8, 4))
    b.output(b.conv(x, "conv3", 8, 4, kernel=1))
    return b.model()


ALL = {
    build.__name__: build
    for build in (
        conv_relu, chain, residual, depthwise_net, swish_net, detector_with_concat, classifier,
        two_inputs,
    )
}  # fmt: skip
"""Every network here that runs as a whole, by name."""


def save(model: ModelProto, path: Path) -> Path:
    """Write `model` to `path` and return it."""
    path.write_bytes(model.SerializeToString())
    return path


def feeds_for(
    shapes: Mapping[str, Sequence[int]], seed: int = 0, scale: float = 1.0
) -> dict[str, NDArray[np.float32]]:
    """Normally distributed arrays for the inputs named in `shapes`."""
    rng = np.random.default_rng(seed)
    return {
        name: (rng.normal(size=tuple(shape)) * scale).astype(np.float32)
        for name, shape in shapes.items()
    }

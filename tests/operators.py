"""One tiny network for every operator the NPU has: x -> the operator -> a leaky relu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from onnx import ModelProto

from tests.models import Builder

MAP = (1, 4, 6, 6)
TAIL = "tail"

Draw = Callable[[Builder, str], str]
"""Adds the operator behind the value it gets and returns what it computes."""


@dataclass(frozen=True)
class Case:
    """An operator in one of its forms; `op` is what the opened network calls it."""

    id: str
    op: str
    draw: Draw
    shape: tuple[int, ...] = MAP
    opset: int = 17
    low: float = -3.0
    high: float = 3.0

    def model(self) -> ModelProto:
        b = Builder(self.id.replace("-", "_"), seed=len(self.id), opset=self.opset)
        result = self.draw(b, b.input("x", self.shape))
        b.output(b.node("LeakyRelu", [result], TAIL, alpha=0.25))
        return b.model()

    def feeds(self, count: int = 2) -> list[dict[str, np.ndarray]]:
        """`count` arrays for x, evenly spread over `low` to `high`, both met."""
        random = np.random.default_rng(len(self.id))
        size = int(np.prod(self.shape))
        spread = np.linspace(self.low, self.high, size, dtype=np.float32)
        return [{"x": random.permutation(spread).reshape(self.shape)} for _ in range(count)]


def plain(op: str, *constants: object, **attrs: object) -> Draw:
    """`op` on x and then `constants`, floats as float32, whole numbers as int64."""

    def draw(b: Builder, x: str) -> str:
        arrays = [np.asarray(value) for value in constants]
        single = [a.astype(np.float32) if a.dtype == np.float64 else a for a in arrays]
        names = [b.constant(f"c{i}", array) for i, array in enumerate(single)]
        return b.node(op, [x, *names], "op", **attrs)

    return draw


def weighted(op: str, *shapes: Sequence[int], **attrs: object) -> Draw:
    """`op` with normally distributed weights of `shapes`."""

    def draw(b: Builder, x: str) -> str:
        names = [
            b.constant(f"w{i}", b.rng.normal(size=shape).astype(np.float32))
            for i, shape in enumerate(shapes)
        ]
        return b.node(op, [x, *names], "op", **attrs)

    return draw


def both(op: str, **attrs: object) -> Draw:
    """`op` on x and a convolution of x."""

    def draw(b: Builder, x: str) -> str:
        return b.node(op, [x, b.conv(x, "other", 4, 4)], "op", **attrs)

    return draw


def split(b: Builder, x: str) -> str:
    names = ["part0", "part1"]
    b.node("Split", [x, b.constant("sizes", np.array([1, 3]))], "op", names, axis=1)
    return b.node("Concat", names[::-1], "joined", axis=1)


def concat(b: Builder, x: str) -> str:
    row = b.constant("row", b.rng.normal(size=(1, 4, 1, 6)).astype(np.float32))
    return b.node("Concat", [x, b.conv(x, "other", 4, 4), row], "op", axis=2)


def product_of_computed(b: Builder, x: str) -> str:
    turned = b.node("Transpose", [b.conv(x, "other", 4, 4)], "turned", perm=[0, 1, 3, 2])
    return b.node("MatMul", [x, turned], "op")


def identity(b: Builder, x: str) -> str:
    """An Identity between two outputs, whose names must both stay."""
    return b.output(b.node("Identity", [b.output(b.node("Abs", [x], "absolute"))], "op"))


def resize(sizes: Sequence[int], **attrs: object) -> Draw:
    def draw(b: Builder, x: str) -> str:
        given = b.constant("sizes", np.array(sizes, np.int64))
        return b.node("Resize", [x, "", "", given], "op", **attrs)

    return draw


def recurrent(op: str, gates: int, hidden: int = 5, directions: int = 1, **attrs: object) -> Draw:
    def draw(b: Builder, x: str) -> str:
        shapes = {
            "W": (gates * hidden, 4),
            "R": (gates * hidden, hidden),
            "B": (2 * gates * hidden,),
        }
        names = [
            b.constant(key, (b.rng.normal(size=(directions, *shape)) * 0.4).astype(np.float32))
            for key, shape in shapes.items()
        ]
        return b.node(op, [x, *names], "op", hidden_size=hidden, **attrs)

    return draw


def _convolutions() -> list[Case]:
    pads = [1, 1, 1, 1]
    return [
        Case("conv", "Conv", weighted("Conv", (6, 4, 3, 3), (6,), pads=pads)),
        Case("conv-1d", "Conv", weighted("Conv", (6, 4, 3), (6,), strides=[2]), (1, 4, 20)),
        Case("conv-group", "Conv", weighted("Conv", (6, 2, 3, 3), group=2)),
        Case("conv-depthwise", "Conv", weighted("Conv", (4, 1, 3, 3), group=4, pads=pads)),
        Case("conv-depthwise-1d", "Conv", weighted("Conv", (8, 1, 3), group=4), (1, 4, 20)),
        Case("conv-dilated", "Conv", weighted("Conv", (6, 4, 3, 3), dilations=[2, 2])),
        Case("conv-same", "Conv", weighted("Conv", (6, 4, 2, 2), auto_pad="SAME_LOWER")),
        Case("gemm", "Gemm", weighted("Gemm", (5, 12), (5,), transB=1, alpha=0.5), (3, 12)),
        Case("matmul-2d", "Gemm", weighted("MatMul", (12, 5)), (3, 12)),
        Case("matmul-batched", "MatMul", weighted("MatMul", (6, 5))),
        Case("matmul-batched-weights", "MatMul", weighted("MatMul", (1, 4, 6, 5))),
        Case("matmul-computed", "MatMul", product_of_computed),
        Case("deconv", "ConvTranspose", weighted(
            "ConvTranspose", (4, 3, 3, 3), (6,), group=2, strides=[2, 2], pads=pads,
            output_padding=[1, 1])),
        Case("deconv-1d", "ConvTranspose", weighted(
            "ConvTranspose", (4, 3, 4), strides=[2], pads=[1, 1]), (1, 4, 9)),
        Case("deconv-sized", "ConvTranspose", weighted(
            "ConvTranspose", (4, 3, 3, 3), strides=[2, 2], output_shape=[12, 12])),
    ]  # fmt: skip


def _elementwise() -> list[Case]:
    channels = np.array([0.5, -1.0, 2.0, 1.25], np.float32).reshape(4, 1, 1)
    row = np.array([-2.0, 1.0, 3.0, 0.75, 1.5, -0.5], np.float32)
    cases = [
        Case(f"{op.lower()}-{id}", op, draw)
        for op in ("Add", "Sub", "Mul", "Div", "Max", "Min")
        for id, draw in (
            ("number", plain(op, 1.75)),
            ("row", plain(op, row)),
            ("channels", plain(op, channels)),
            ("computed", both(op)),
        )
        if (op, id) not in {("Max", "number"), ("Min", "number"), ("Div", "computed")}
    ]
    return [
        *cases,
        Case("rsub", "Sub", lambda b, x: b.node("Sub", [b.constant("one", row), x], "op")),
        Case("rdiv", "Div", lambda b, x: b.node("Div", [b.constant("one", row), x], "op"),
             low=0.75, high=6.0),
        Case("div-computed", "Div",
             lambda b, x: b.node("Div", [x, b.node("Exp", [x], "other")], "op"), low=-1, high=1),
        Case("prelu", "PRelu", plain("PRelu", channels)),
    ]  # fmt: skip


def _pools() -> list[Case]:
    window = {"kernel_shape": [3, 3], "strides": [2, 2]}
    padded = {**window, "pads": [1, 1, 1, 1]}
    return [
        Case("average-counting", "AveragePool", plain(
            "AveragePool", **padded, count_include_pad=1)),
        Case("average-excluding", "AveragePool", plain("AveragePool", **padded)),
        Case("average-ceil", "AveragePool", plain("AveragePool", **padded, ceil_mode=1)),
        Case("average-ceil-unpadded", "AveragePool", plain("AveragePool", **window, ceil_mode=1)),
        Case("average-1d", "AveragePool", plain("AveragePool", kernel_shape=[3]), (1, 4, 20)),
        Case("global-average", "GlobalAveragePool", plain("GlobalAveragePool"), low=-1.0),
        Case("global-average-1d", "GlobalAveragePool", plain("GlobalAveragePool"), (1, 4, 20)),
        Case("global-average-large", "GlobalAveragePool", plain("GlobalAveragePool"),
             (1, 2, 17, 17), low=-1.0),
        Case("global-max", "GlobalMaxPool", plain("GlobalMaxPool")),
        Case("global-max-1d", "GlobalMaxPool", plain("GlobalMaxPool"), (1, 4, 20)),
        Case("max", "MaxPool", plain("MaxPool", **padded)),
        Case("max-2x2", "MaxPool", plain("MaxPool", kernel_shape=[2, 2], strides=[2, 2])),
        Case("max-ceil", "MaxPool", plain("MaxPool", **window, ceil_mode=1)),
        Case("max-dilated", "MaxPool", plain("MaxPool", kernel_shape=[2, 2], dilations=[2, 2])),
        Case("max-1d", "MaxPool", plain("MaxPool", kernel_shape=[3], strides=[2]), (1, 4, 20)),
    ]  # fmt: skip


def _activations() -> list[Case]:
    wide = {"low": -8.0, "high": 8.0}
    return [
        Case("relu", "Relu", plain("Relu")),
        Case("relu6", "Relu6", plain("Clip", 0.0, 6.0), **wide),
        Case("clip", "Clip", plain("Clip", -1.5, 2.0)),
        Case("clip-above", "Clip", plain("Clip", -1.5)),
        Case("clip-below", "Clip", plain("Min", 1.0)),
        Case("leaky-relu", "LeakyRelu", plain("LeakyRelu", alpha=0.1)),
        Case("elu", "Elu", plain("Elu")),
        Case("elu-alpha", "Elu", plain("Elu", alpha=0.5)),
        Case("gelu-erf", "Gelu", plain("Gelu"), opset=20),
        Case("gelu-tanh", "Gelu", plain("Gelu", approximate="tanh"), opset=20),
        Case("mish", "Mish", plain("Mish"), opset=18),
        Case("sigmoid", "Sigmoid", plain("Sigmoid"), **wide),
        Case("tanh", "Tanh", plain("Tanh")),
        Case("swish", "Swish", lambda b, x: b.node(
            "Mul", [x, b.node("Sigmoid", [x], "gate")], "op"), **wide),
        Case("hard-swish", "HardSwish", plain("HardSwish"), **wide),
        Case("hard-sigmoid", "HardSigmoid", plain("HardSigmoid", alpha=0.3, beta=0.4)),
        Case("softplus", "Softplus", plain("Softplus")),
        Case("exp", "Exp", plain("Exp"), low=-2.0, high=2.0),
        Case("log", "Log", plain("Log"), low=0.5, high=8.0),
        Case("sqrt", "Sqrt", plain("Sqrt"), low=0.0, high=8.0),
        Case("abs", "Abs", plain("Abs")),
        Case("neg", "Neg", plain("Neg")),
        Case("floor", "Floor", plain("Floor"), low=-20.0, high=20.0),
        Case("round", "Round", plain("Round"), low=-20.0, high=20.0),
        Case("pow-square", "Pow", plain("Pow", 2.0)),
        Case("pow-cube", "Pow", plain("Pow", 3.0)),
        Case("pow-root", "Pow", plain("Pow", 0.5), low=0.0, high=8.0),
    ]  # fmt: skip


def _normalizing() -> list[Case]:
    def scaled(op: str, size: int, **attrs: object) -> Draw:
        return weighted(op, (size,), (size,), **attrs)

    reductions = [
        Case(f"{op.lower()}-{'kept' if keep else 'dropped'}", op,
             plain(op, axes=[2, 3] if keep else [1], keepdims=keep), low=-1.0)
        for op in ("ReduceMean", "ReduceMax", "ReduceMin") for keep in (0, 1)
    ]  # fmt: skip
    return [
        Case("softmax", "Softmax", plain("Softmax", axis=-1)),
        Case("softmax-channels", "Softmax", plain("Softmax", axis=1)),
        Case("softmax-old", "Softmax", plain("Softmax", axis=1), opset=11),
        Case("log-softmax", "LogSoftmax", plain("LogSoftmax", axis=2)),
        Case("layer-norm", "LayerNormalization", scaled("LayerNormalization", 6)),
        Case("instance-norm", "InstanceNormalization", scaled("InstanceNormalization", 4)),
        Case("instance-norm-1d", "InstanceNormalization", scaled("InstanceNormalization", 4),
             (1, 4, 20)),
        Case("group-norm", "GroupNormalization",
             scaled("GroupNormalization", 4, num_groups=2), opset=21),
        *reductions,
        Case("reduce-prod", "ReduceProd", plain("ReduceProd", axes=[1]), low=0.5, high=1.5),
        Case("cumulative-sum", "CumSum", plain("CumSum", 2)),
        Case("cumulative-sum-before", "CumSum", plain("CumSum", -1, exclusive=1, reverse=1)),
        Case("reduce-sum", "ReduceSum", plain("ReduceSum", [1, 2]), low=-1.0),
    ]  # fmt: skip


def _moves() -> list[Case]:
    pads = [0, 0, 1, 2, 0, 0, 2, 1]
    return [
        Case("concat", "Concat", concat),
        Case("split", "Split", split),
        Case("slice", "Slice", plain("Slice", [1, -1], [4, -7], [1, 3], [1, -2])),
        Case("pad", "Pad", plain("Pad", pads)),
        Case("pad-value", "Pad", plain("Pad", pads, 1.5)),
        Case("pad-reflect", "Pad", plain("Pad", pads, mode="reflect")),
        Case("pad-edge", "Pad", plain("Pad", pads, mode="edge")),
        Case("reshape", "Reshape", plain("Reshape", [0, -1])),
        Case("flatten", "Reshape", lambda b, x: b.node(
            "Flatten", [b.node("Unsqueeze", [x, b.constant("axes", np.array([0]))], "op")], "f")),
        Case("squeeze", "Squeeze", plain("Squeeze", [0])),
        Case("unsqueeze", "Unsqueeze", plain("Unsqueeze", [1, 5])),
        Case("transpose", "Transpose", plain("Transpose", perm=[0, 2, 3, 1])),
        Case("gather", "Gather", plain("Gather", [[3, -1], [0, 2]], axis=1)),
        Case("gather-number", "Gather", plain("Gather", 2, axis=2)),
        Case("expand", "Expand", plain("Expand", [2, 4, 3, 5]), (4, 1, 5)),
        Case("identity", "Identity", identity),
        Case("tile", "Tile", plain("Tile", [1, 2, 1, 3])),
        Case("depth-to-space", "DepthToSpace", plain("DepthToSpace", blocksize=2)),
        Case("depth-to-space-crd", "DepthToSpace", plain("DepthToSpace", blocksize=2, mode="CRD")),
        Case("space-to-depth", "SpaceToDepth", plain("SpaceToDepth", blocksize=3)),
    ]  # fmt: skip


def _resizes() -> list[Case]:
    systems = ("asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners",
               "half_pixel_symmetric")  # fmt: skip
    chip = {"asymmetric": "floor"}
    cases = [
        Case(f"resize-{mode}-{system}-{size}", "Resize", resize(
            (1, 4, size, size), mode=mode, coordinate_transformation_mode=system,
            nearest_mode=chip.get(system, "round_prefer_ceil")), opset=19)
        for mode in ("nearest", "linear") for system in systems for size in (12, 9, 4)
    ]  # fmt: skip
    one_axis = resize((1, 4, 24), mode="linear", coordinate_transformation_mode="half_pixel")
    return [*cases, Case("resize-1d", "Resize", one_axis, (1, 4, 12))]


def _recurrent() -> list[Case]:
    steps = (7, 1, 4)
    return [
        Case("lstm", "LSTM", recurrent("LSTM", 4), steps),
        Case("lstm-reverse", "LSTM", recurrent("LSTM", 4, direction="reverse"), steps),
        Case("lstm-both", "LSTM", recurrent("LSTM", 4, 5, 2, direction="bidirectional"), steps),
        Case("gru", "GRU", recurrent("GRU", 3), steps),
        Case("gru-both", "GRU", recurrent("GRU", 3, 5, 2, direction="bidirectional",
                                          linear_before_reset=1), steps),
    ]  # fmt: skip


CASES = (
    *_convolutions(), *_elementwise(), *_pools(), *_activations(), *_normalizing(), *_moves(),
    *_resizes(), *_recurrent(),
)  # fmt: skip

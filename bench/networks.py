"""Networks with published frame rates, rebuilt as ONNX with seeded random weights.

Architectures are those of the public model files, written as their exporters write them (batch
normalization folded by the PyTorch exporters, kept in ResNet50 v2); detectors end where the
vendor's exporters cut them, behind the sigmoids of the heads. What a network costs does not
depend on the values of its weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from onnx import ModelProto

from tests.models import Builder


class Net(Builder):
    """A Builder with the blocks of the public networks; `act` is "silu", "relu" or "relu6"."""

    def __init__(self, name: str, act: str, size: int) -> None:
        super().__init__(name)
        self.act = act
        self.channels = {self.input("images", (1, 3, size, size)): 3}
        self.count = 0

    def label(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def op(self, kind: str, *inputs: str, channels: int = 0, **attrs: object) -> str:
        """A node whose result has the first input's channels unless told otherwise."""
        made = self.node(kind, inputs, self.label(kind), **attrs)
        self.channels[made] = channels or self.channels[inputs[0]]
        return made

    def plain(
        self,
        x: str,
        out: int,
        k: int = 1,
        s: int = 1,
        *,
        pad: int | None = None,
        group: int = 1,
        bias: bool = True,
    ) -> str:
        """A convolution without activation."""
        name = self.label("Conv")
        shape = (out, self.channels[x] // group, k, k)
        weight = self.rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(np.prod(shape)))
        inputs = [x, self.constant(f"{name}.weight", weight)]
        if bias:
            inputs.append(self.constant(f"{name}.bias", np.full(out, 0.1, np.float32)))
        pads = [k // 2 if pad is None else pad] * 4
        sizes = {"kernel_shape": [k, k], "strides": [s, s], "pads": pads, "group": group}
        made = self.node("Conv", inputs, name, **sizes)
        self.channels[made] = out
        return made

    def conv(self, x: str, out: int, k: int = 1, s: int = 1, **options: int) -> str:  # type: ignore[override]
        """A convolution and the network's activation."""
        return self.activate(self.plain(x, out, k, s, **options))

    def activate(self, x: str) -> str:
        if self.act == "silu":
            return self.op("Mul", x, self.op("Sigmoid", x))
        if self.act == "relu":
            return self.op("Relu", x)
        low = self.constant("low", np.array(0, np.float32))
        high = self.constant("high", np.array(6, np.float32))
        return self.op("Clip", x, low, high)

    def norm(self, x: str) -> str:
        """A batch normalization that stays in the file, and the activation."""
        name, width = self.label("BatchNorm"), self.channels[x]
        names = [
            self.constant(f"{name}.{key}", np.full(width, value, np.float32))
            for key, value in (("gamma", 1.1), ("beta", 0.1), ("mean", 0.2), ("var", 0.9))
        ]
        return self.op("BatchNormalization", x, *names)

    def cat(self, *xs: str) -> str:
        return self.op("Concat", *xs, axis=1, channels=sum(self.channels[x] for x in xs))

    def split(self, x: str) -> tuple[str, str]:
        name, half = self.label("Split"), self.channels[x] // 2
        sizes = self.constant(f"{name}.sizes", np.array([half, half], np.int64))
        outputs = [f"{name}.0", f"{name}.1"]
        self.node("Split", [x, sizes], name, outputs=outputs, axis=1)
        self.channels |= dict.fromkeys(outputs, half)
        return outputs[0], outputs[1]

    def halves(self, x: str) -> tuple[str, str]:
        """The first two and the last two of four rows."""
        name = self.label("Halves")
        sizes = self.constant(f"{name}.sizes", np.array([2, 2], np.int64))
        outputs = [f"{name}.0", f"{name}.1"]
        self.node("Split", [x, sizes], name, outputs=outputs, axis=1)
        self.channels |= dict.fromkeys(outputs, 2)
        return outputs[0], outputs[1]

    def reshaped(self, x: str, shape: Sequence[int]) -> str:
        sizes = self.constant(f"{x}.shape", np.array(shape, np.int64))
        return self.op("Reshape", x, sizes, channels=shape[1])

    def up(self, x: str) -> str:
        scales = self.constant("scales", np.array([1, 1, 2, 2], np.float32))
        mode = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.op("Resize", x, "", scales, mode="nearest", **mode)

    def double(self, x: str) -> str:
        """A transposed convolution of 2x2, stride 2."""
        name, width = self.label("ConvTranspose"), self.channels[x]
        weight = self.rng.standard_normal((width, width, 2, 2), np.float32) / np.float32(width)
        names = (
            self.constant(f"{name}.weight", weight),
            self.constant(f"{name}.bias", np.full(width, 0.1, np.float32)),
        )
        return self.op("ConvTranspose", x, *names, kernel_shape=[2, 2], strides=[2, 2])

    def pool(self, x: str, k: int, s: int = 1) -> str:
        return self.op("MaxPool", x, kernel_shape=[k, k], strides=[s, s], pads=[k // 2] * 4)

    def bottleneck(self, x: str, kernels: tuple[int, int], shortcut: bool) -> str:
        width = self.channels[x]
        y = self.conv(self.conv(x, width, kernels[0]), width, kernels[1])
        return self.op("Add", x, y) if shortcut else y

    def csp(self, x: str, out: int, repeats: int, shortcut: bool = True) -> str:
        """C3 of YOLOv5, CSPLayer of YOLOX."""
        y = self.conv(x, out // 2)
        for _ in range(repeats):
            y = self.bottleneck(y, (1, 3), shortcut)
        return self.conv(self.cat(y, self.conv(x, out // 2)), out)

    def c2f(self, x: str, out: int, repeats: int, shortcut: bool = False) -> str:
        """C2f of YOLOv8."""
        parts = list(self.split(self.conv(x, out)))
        for _ in range(repeats):
            parts.append(self.bottleneck(parts[-1], (3, 3), shortcut))
        return self.conv(self.cat(*parts), out)

    def sppf(self, x: str, out: int) -> str:
        """Three 5x5 pools in a row, all joined."""
        parts = [self.conv(x, self.channels[x] // 2)]
        for _ in range(3):
            parts.append(self.pool(parts[-1], 5))
        return self.conv(self.cat(*parts), out)

    def spp(self, x: str, out: int) -> str:
        """Pools of 5x5, 9x9 and 13x13 side by side, as in YOLOX."""
        y = self.conv(x, self.channels[x] // 2)
        return self.conv(self.cat(y, *(self.pool(y, k) for k in (5, 9, 13))), out)

    def focus(self, x: str) -> str:
        """Every second pixel into channels: eight strided slices and a concat."""
        parts = []
        for column in (0, 1):
            for row in (0, 1):
                parts.append(self._every_second(self._every_second(x, 2, row), 3, column))
        return self.cat(*parts)

    def _every_second(self, x: str, axis: int, start: int) -> str:
        name = self.label("Slice")
        bounds = {"starts": start, "ends": np.iinfo(np.int64).max, "axes": axis, "steps": 2}
        names = [
            self.constant(f"{name}.{key}", np.array([value], np.int64))
            for key, value in bounds.items()
        ]
        return self.op("Slice", x, *names)

    def scores(self, x: str) -> tuple[str, str]:
        """Class scores and their sum, clipped to 1, by which a board finds boxes quickly."""
        y = self.op("Sigmoid", x)
        axes = self.constant("axes", np.array([1], np.int64))
        total = self.op("ReduceSum", y, axes, keepdims=1)
        bounds = (
            self.constant("zero", np.array(0, np.float32)),
            self.constant("one", np.array(1, np.float32)),
        )
        return y, self.op("Clip", total, *bounds)

    def outputs_are(self, *xs: str) -> None:
        for x in xs:
            self.output(x)


def mobilenet_v2() -> ModelProto:
    """MobileNet v2 1.0 at 224, as torchvision's exporter writes it."""
    b = Net("mobilenet_v2", "relu6", 224)
    x = b.conv("images", 32, 3, 2)
    for expand, out, repeats, stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
        (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):  # fmt: skip
        for index in range(repeats):
            s, width = stride if index == 0 else 1, b.channels[x]
            y = b.conv(x, width * expand) if expand > 1 else x
            y = b.plain(b.conv(y, width * expand, 3, s, group=width * expand), out)
            x = b.op("Add", x, y) if s == 1 and width == out else y
    return _classifier(b, b.conv(x, 1280))


def resnet50_v2() -> ModelProto:
    """ResNet50 v2 at 224 with the normalizations before the convolutions, as Gluon has it."""
    b = Net("resnet50_v2", "relu", 224)
    x = b.plain(b.norm("images"), 64, 7, 2, bias=False)
    x = b.pool(b.activate(b.norm(x)), 3, 2)
    for stage, repeats in enumerate((3, 4, 6, 3)):
        width = 64 << stage
        for index in range(repeats):
            s = 2 if index == 0 and stage else 1
            y = b.activate(b.norm(x))
            skip = b.plain(y, 4 * width, 1, s, bias=False) if index == 0 else x
            y = b.activate(b.norm(b.plain(y, width, bias=False)))
            y = b.activate(b.norm(b.plain(y, width, 3, s, bias=False)))
            x = b.op("Add", b.plain(y, 4 * width, bias=False), skip)
    return _classifier(b, b.activate(b.norm(x)))


def _classifier(b: Net, x: str) -> ModelProto:
    width = b.channels[x]
    x = b.op("Flatten", b.op("GlobalAveragePool", x), axis=1)
    weight = b.constant("fc.weight", b.rng.standard_normal((1000, width), np.float32))
    bias = b.constant("fc.bias", np.full(1000, 0.1, np.float32))
    b.output(b.op("Gemm", x, weight, bias, transB=1))
    return b.model()


def yolov5(
    name: str, depth: float, width: float, act: str = "silu", masks: bool = False
) -> ModelProto:
    """YOLOv5 (release 6 and later: a 6x6 stem, SPPF) at 640; with `masks` its -seg form."""
    b = Net(name, act, 640)
    w = [int(channels * width) for channels in (64, 128, 256, 512, 1024)]
    n = [_repeats(count, depth) for count in (3, 6, 9)]
    x = b.conv(b.conv("images", w[0], 6, 2, pad=2), w[1], 3, 2)
    x = b.csp(x, w[1], n[0])
    p3 = b.csp(b.conv(x, w[2], 3, 2), w[2], n[1])
    p4 = b.csp(b.conv(p3, w[3], 3, 2), w[3], n[2])
    x = b.sppf(b.csp(b.conv(p4, w[4], 3, 2), w[4], n[0]), w[4])
    top = b.conv(x, w[3])
    middle = b.conv(b.csp(b.cat(b.up(top), p4), w[3], n[0], False), w[2])
    out3 = b.csp(b.cat(b.up(middle), p3), w[2], n[0], False)
    out4 = b.csp(b.cat(b.conv(out3, w[2], 3, 2), middle), w[3], n[0], False)
    out5 = b.csp(b.cat(b.conv(out4, w[3], 3, 2), top), w[4], n[0], False)
    for x in (out3, out4, out5):
        b.outputs_are(b.op("Sigmoid", b.plain(x, 255)), *([b.plain(x, 96)] if masks else []))
    if masks:
        y = b.up(b.conv(out3, w[2], 3))
        b.outputs_are(b.conv(b.conv(y, w[2], 3), 32))
    return b.model()


def yolov8(
    name: str, depth: float, width: float, most: int = 1024, masks: bool = False
) -> ModelProto:
    """YOLOv8 at 640: box distributions, class scores and their sums; `masks`: its -seg form."""
    b = Net(name, "silu", 640)
    w, (out3, out4, out5) = _yolov8_features(b, depth, width, most)
    for x in (out3, out4, out5):
        for inner, out in ((max(16, w[2] // 4, 64), 64), (max(w[2], 80), 80)):
            y = b.plain(b.conv(b.conv(x, inner, 3), inner, 3), out)
            b.outputs_are(*(b.scores(y) if out == 80 else (y,)))
        if masks:
            inner = max(w[2] // 4, 32)
            b.outputs_are(b.plain(b.conv(b.conv(x, inner, 3), inner, 3), 32))
    if masks:
        y = b.double(b.conv(out3, w[2], 3))
        b.outputs_are(b.conv(b.conv(y, w[2], 3), 32))
    return b.model()


def _yolov8_features(
    b: Net, depth: float, width: float, most: int
) -> tuple[list[int], tuple[str, str, str]]:
    """Widths and the three maps that YOLOv8's heads read."""
    w = [int(min(channels, most) * width) for channels in (64, 128, 256, 512, 1024)]
    few, many = _repeats(3, depth), _repeats(6, depth)
    x = b.conv(b.conv("images", w[0], 3, 2), w[1], 3, 2)
    p3 = b.c2f(b.conv(b.c2f(x, w[1], few, True), w[2], 3, 2), w[2], many, True)
    p4 = b.c2f(b.conv(p3, w[3], 3, 2), w[3], many, True)
    p5 = b.sppf(b.c2f(b.conv(p4, w[4], 3, 2), w[4], few, True), w[4])
    middle = b.c2f(b.cat(b.up(p5), p4), w[3], few)
    out3 = b.c2f(b.cat(b.up(middle), p3), w[2], few)
    out4 = b.c2f(b.cat(b.conv(out3, w[2], 3, 2), middle), w[3], few)
    out5 = b.c2f(b.cat(b.conv(out4, w[3], 3, 2), p5), w[4], few)
    return w, (out3, out4, out5)


def yolov8_joined(size: int = 320) -> ModelProto:
    """YOLOv8n as its exporter writes it: boxes in pixels and scores in one output, 84 x anchors."""
    b = Net("yolov8n_joined", "silu", size)
    w, maps = _yolov8_features(b, 0.33, 0.25, 1024)
    flat, anchors, strides = [], [], []
    for x, stride in zip(maps, (8, 16, 32), strict=True):
        boxes = b.plain(b.conv(b.conv(x, 64, 3), 64, 3), 64)
        pair = b.cat(boxes, b.plain(b.conv(b.conv(x, w[2], 3), w[2], 3), 80))
        cells = (np.indices((size // stride,) * 2)[::-1].reshape(2, -1) + 0.5).astype(np.float32)
        flat.append(b.reshaped(pair, (1, 144, cells.shape[1])))
        anchors.append(cells)
        strides.append(np.full((1, 1, cells.shape[1]), stride, np.float32))
    every = b.op("Concat", *flat, axis=2)
    count = sum(cells.shape[1] for cells in anchors)
    sizes = b.constant("parts", np.array([64, 80], np.int64))
    b.node("Split", [every, sizes], "Split_head", outputs=["head.boxes", "head.scores"], axis=1)
    b.channels |= {"head.boxes": 64, "head.scores": 80}
    bins = b.op("Transpose", b.reshaped("head.boxes", (1, 4, 16, count)), perm=[0, 2, 1, 3])
    places = b.constant("places", np.arange(16, dtype=np.float32).reshape(1, 16, 1, 1))
    sides = b.op("Conv", b.op("Softmax", bins, axis=1), places, kernel_shape=[1, 1])
    left, right = b.halves(b.reshaped(sides, (1, 4, count)))
    center = b.constant("anchors", np.concatenate(anchors, axis=1)[None])
    first, last = b.op("Sub", center, left, channels=2), b.op("Add", center, right, channels=2)
    half = b.constant("half", np.array(0.5, np.float32))
    middle = b.op("Mul", b.op("Add", first, last), half)
    joined = b.cat(middle, b.op("Sub", last, first))
    pixels = b.op("Mul", joined, b.constant("strides", np.concatenate(strides, axis=2)))
    b.outputs_are(b.cat(pixels, b.op("Sigmoid", "head.scores")))
    return b.model()


def yolox(name: str, depth: float, width: float) -> ModelProto:
    """YOLOX at 640 with its Focus stem; boxes, object and class scores are joined per scale."""
    b = Net(name, "silu", 640)
    w = [int(channels * width) for channels in (64, 128, 256, 512, 1024)]
    few = _repeats(3, depth)
    x = b.conv(b.focus("images"), w[0], 3)
    x = b.csp(b.conv(x, w[1], 3, 2), w[1], few)
    p3 = b.csp(b.conv(x, w[2], 3, 2), w[2], 3 * few)
    p4 = b.csp(b.conv(p3, w[3], 3, 2), w[3], 3 * few)
    p5 = b.csp(b.spp(b.conv(p4, w[4], 3, 2), w[4]), w[4], few, False)
    top = b.conv(p5, w[3])
    middle = b.conv(b.csp(b.cat(b.up(top), p4), w[3], few, False), w[2])
    out3 = b.csp(b.cat(b.up(middle), p3), w[2], few, False)
    out4 = b.csp(b.cat(b.conv(out3, w[2], 3, 2), middle), w[3], few, False)
    out5 = b.csp(b.cat(b.conv(out4, w[3], 3, 2), top), w[4], few, False)
    for x in (out3, out4, out5):
        stem = b.conv(x, w[2])
        classes = b.conv(b.conv(stem, w[2], 3), w[2], 3)
        boxes = b.conv(b.conv(stem, w[2], 3), w[2], 3)
        found, scores = b.op("Sigmoid", b.plain(boxes, 1)), b.op("Sigmoid", b.plain(classes, 80))
        b.outputs_are(b.cat(b.plain(boxes, 4), found, scores))
    return b.model()


def _repeats(count: int, depth: float) -> int:
    return max(round(count * depth), 1)


NETWORKS: Mapping[str, Callable[[], ModelProto]] = {
    "mobilenet_v2": mobilenet_v2,
    "resnet50_v2": resnet50_v2,
    "yolov5n": lambda: yolov5("yolov5n", 0.33, 0.25),
    "yolov5s": lambda: yolov5("yolov5s", 0.33, 0.5),
    "yolov5s_relu": lambda: yolov5("yolov5s_relu", 0.33, 0.5, "relu"),
    "yolov5m": lambda: yolov5("yolov5m", 0.67, 0.75),
    "yolov8n": lambda: yolov8("yolov8n", 0.33, 0.25),
    "yolov8s": lambda: yolov8("yolov8s", 0.33, 0.5),
    "yolov8m": lambda: yolov8("yolov8m", 0.67, 0.75, 768),
    "yolov5n-seg": lambda: yolov5("yolov5n-seg", 0.33, 0.25, masks=True),
    "yolov5s-seg": lambda: yolov5("yolov5s-seg", 0.33, 0.5, masks=True),
    "yolov5m-seg": lambda: yolov5("yolov5m-seg", 0.67, 0.75, masks=True),
    "yolov8n-seg": lambda: yolov8("yolov8n-seg", 0.33, 0.25, masks=True),
    "yolov8s-seg": lambda: yolov8("yolov8s-seg", 0.33, 0.5, masks=True),
    "yolov8m-seg": lambda: yolov8("yolov8m-seg", 0.67, 0.75, 768, masks=True),
    "yolox_s": lambda: yolox("yolox_s", 0.33, 0.5),
    "yolox_m": lambda: yolox("yolox_m", 0.67, 0.75),
}
"""Every network of the published table that is rebuilt here, by name."""

SIZES: Mapping[str, Sequence[float]] = {
    "mobilenet_v2": (3.5, 0.30),
    "resnet50_v2": (25.6, 4.1),
    "yolov5n": (1.9, 2.25),
    "yolov5s": (7.2, 8.2),
    "yolov5s_relu": (7.2, 8.2),
    "yolov5m": (21.2, 24.5),
    "yolov8n": (3.2, 4.35),
    "yolov8s": (11.2, 14.3),
    "yolov8m": (25.9, 39.45),
    "yolov5n-seg": (2.0, 3.55),
    "yolov5s-seg": (7.6, 13.2),
    "yolov5m-seg": (22.0, 35.4),
    "yolov8n-seg": (3.4, 6.3),
    "yolov8s-seg": (11.8, 21.3),
    "yolov8m-seg": (27.3, 55.1),
    "yolox_s": (9.0, 13.4),
    "yolox_m": (25.3, 36.9),
}
"""Published millions of parameters and 1e9 multiply-accumulates, to check the rebuilding by.

Those of yolov8-seg count the transposed convolution four times, which is all they differ by.
"""

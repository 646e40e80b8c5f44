"""TensorFlow Lite files: every operator, in the layout of rkviz, and what they state."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.errors import ModelError
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.graph.tflite_import import open_tflite
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import quantize
from tests.tflite_models import TfliteBuilder, quantized_classifier

X = np.random.default_rng(1).normal(size=(1, 6, 5, 4)).astype(np.float32) * 3
W = np.random.default_rng(2).normal(size=(2, 3, 3, 4)).astype(np.float32)
SAME, VALID = 0, 1


def opened(data: bytes, folder: Path, **options) -> Graph:
    path = folder / "model.tflite"
    path.write_bytes(data)
    return open_model(path, **options)


def windows(x: np.ndarray, k: int, stride: int, fill: float = 0.0) -> np.ndarray:
    """[1, rows, columns, k, k, channels] windows of a picture, padded as SAME asks for."""
    height, width = (-(-size // stride) for size in x.shape[1:3])
    extra = [max((n - 1) * stride + k - size, 0) for n, size in ((height, x.shape[1]),
                                                                (width, x.shape[2]))]  # fmt: skip
    pads = [(e // 2, e - e // 2) for e in extra]
    padded = np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=fill)
    return np.stack([
        np.stack([padded[:, r * stride : r * stride + k, c * stride : c * stride + k]
                  for c in range(width)], 1)
        for r in range(height)
    ], 1)  # fmt: skip


def conv_same(x: np.ndarray) -> np.ndarray:
    return np.maximum(np.einsum("nrcijk,oijk->nrco", windows(x, 3, 2), W), 0)


def depthwise_same(x: np.ndarray) -> np.ndarray:
    return np.einsum("nrcijk,ijk->nrck", windows(x, 3, 1), W[0])


def average_same(x: np.ndarray) -> np.ndarray:
    return np.nanmean(windows(x, 3, 2, np.nan), axis=(3, 4))


def up_convolved(x: np.ndarray) -> np.ndarray:
    result = np.zeros((1, 13, 11, 2))
    for r in range(6):
        for c in range(5):
            result[:, 2 * r : 2 * r + 3, 2 * c : 2 * c + 3] += np.einsum(
                "k,oijk->ijo", x[0, r, c], W
            )
    return result[:, :12, :10]


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def in_blocks(x: np.ndarray) -> np.ndarray:
    blocks = x[:, :, :4].reshape(1, 3, 2, 2, 2, 4)
    return blocks.transpose(0, 1, 3, 2, 4, 5).reshape(1, 3, 2, 16)


def bilinear(x: np.ndarray) -> np.ndarray:
    """Twice the rows, half-pixel centres."""
    place = np.clip((np.arange(12) + 0.5) / 2 - 0.5, 0, 5)
    low = np.floor(place).astype(int)
    part = (place - low)[:, None, None]
    return x[:, low] * (1 - part) + x[:, np.minimum(low + 1, 5)] * part


@dataclass
class Case:
    """One operator on the picture X: constants behind it, options, and what it computes."""

    op: str
    reference: Callable[[np.ndarray], np.ndarray]
    constants: tuple[np.ndarray, ...] = ()
    table: str = ""
    options: tuple[tuple[str, object], ...] = ()
    first: bool = True
    """Whether the picture stands before the constants."""


def ints(*numbers: object) -> np.ndarray:
    return np.array(numbers, np.int32)


FC = np.random.default_rng(3).normal(size=(7, 120)).astype(np.float32)
SLOPES = np.array([[[0.1, -0.2, 0.3, 2.0]]], np.float32)
CASES = {
    "conv": Case("CONV_2D", conv_same, (W, np.zeros(2, np.float32)), "Conv2DOptions",
                 (("Padding", SAME), ("StrideW", 2), ("StrideH", 2), ("DilationWFactor", 1),
                  ("FusedActivationFunction", 1))),
    "depthwise": Case("DEPTHWISE_CONV_2D", depthwise_same, (W[:1], np.zeros(4, np.float32)),
                      "DepthwiseConv2DOptions",
                      (("Padding", SAME), ("StrideW", 1), ("StrideH", 1), ("DepthMultiplier", 1))),
    "average": Case("AVERAGE_POOL_2D", average_same, (), "Pool2DOptions",
                    (("Padding", SAME), ("StrideW", 2), ("StrideH", 2), ("FilterWidth", 3),
                     ("FilterHeight", 3))),
    "max": Case("MAX_POOL_2D", lambda x: windows(x, 2, 2, -np.inf).max((3, 4)), (), "Pool2DOptions",
                (("Padding", SAME), ("StrideW", 2), ("StrideH", 2), ("FilterWidth", 2),
                 ("FilterHeight", 2))),
    "fully connected": Case("FULLY_CONNECTED", lambda x: x.reshape(1, -1) @ FC.T, (FC,),
                            "FullyConnectedOptions", (("FusedActivationFunction", 0),)),
    "channel addend": Case("ADD", lambda x: x + SLOPES[0, 0], (SLOPES[0, 0],), "AddOptions",
                           (("FusedActivationFunction", 0),)),
    "picture factor": Case("MUL", lambda x: x * X[:, :1], (X[:, :1],), "MulOptions"),
    "relu6": Case("RELU6", lambda x: np.clip(x, 0, 6)),
    "clip": Case("RELU_N1_TO_1", lambda x: np.clip(x, -1, 1)),
    "leaky": Case("LEAKY_RELU", lambda x: np.where(x > 0, x, 0.5 * x), (), "LeakyReluOptions",
                  (("Alpha", 0.5),)),
    "prelu": Case("PRELU", lambda x: np.where(x > 0, x, x * SLOPES), (SLOPES,)),
    "square": Case("SQUARE", lambda x: x * x),
    "softmax": Case("SOFTMAX", lambda x: softmax(2 * x), (), "SoftmaxOptions", (("Beta", 2.0),)),
    "reshape": Case("RESHAPE", lambda x: x.reshape(1, 30, 4), (ints(1, 30, 4),)),
    "reshape to a picture": Case("RESHAPE", lambda x: x.reshape(1, 4, 15, 2), (ints(1, 4, 15, 2),)),
    "concat": Case("CONCATENATION", lambda x: np.concatenate([x, X[..., :2]], 3), (X[..., :2],),
                   "ConcatenationOptions", (("Axis", -1),)),
    "pad": Case("PAD", lambda x: np.pad(x, [(0, 0), (1, 2), (0, 3), (0, 0)]),
                (ints((0, 0), (1, 2), (0, 3), (0, 0)),)),
    "mirror": Case("MIRROR_PAD", lambda x: np.pad(x, [(0, 0), (1, 2), (0, 0), (0, 0)], "reflect"),
                   (ints((0, 0), (1, 2), (0, 0), (0, 0)),), "MirrorPadOptions", (("Mode", 0),)),
    "nearest": Case("RESIZE_NEAREST_NEIGHBOR", lambda x: x.repeat(2, 1)[:, :, [0, 1, 3]],
                    (ints(12, 3),), "ResizeNearestNeighborOptions"),
    "bilinear": Case("RESIZE_BILINEAR", bilinear, (ints(12, 5),), "ResizeBilinearOptions",
                     (("HalfPixelCenters", True),)),
    "mean": Case("MEAN", lambda x: x.mean((1, 2)), (ints(1, 2),), "ReducerOptions"),
    "mean of rows": Case("MEAN", lambda x: x.mean(1), (ints(1),), "ReducerOptions"),
    "kept sum": Case("SUM", lambda x: x.sum(3, keepdims=True), (ints(-1),), "ReducerOptions",
                     (("KeepDims", True),)),
    "transpose": Case("TRANSPOSE", lambda x: x.transpose(0, 2, 3, 1), (ints(0, 2, 3, 1),)),
    "strided slice": Case("STRIDED_SLICE", lambda x: x[:, 1:6:2, ::-1],
                          (ints(0, 1, 4, 0), ints(1, 6, 0, 4), ints(1, 2, -1, 1)),
                          "StridedSliceOptions", (("BeginMask", 4), ("EndMask", 12))),
    "one row": Case("STRIDED_SLICE", lambda x: x[:, -1], (ints(0, -1), ints(1, 0), ints(1, 1)),
                    "StridedSliceOptions", (("ShrinkAxisMask", 2),)),
    "slice": Case("SLICE", lambda x: x[:, 2:4, 1:], (ints(0, 2, 1, 0), ints(1, 2, -1, -1))),
    "split": Case("SPLIT", lambda x: x[..., :2], (ints(3),), "SplitOptions", (("NumSplits", 2),),
                  first=False),
    "blocks": Case("SPACE_TO_DEPTH", in_blocks, (), "SpaceToDepthOptions", (("BlockSize", 2),)),
    "deconvolution": Case("TRANSPOSE_CONV", up_convolved, (ints(1, 12, 10, 2), W),
                          "TransposeConvOptions", (("Padding", SAME), ("StrideW", 2),
                                                   ("StrideH", 2)), first=False),
}  # fmt: skip


def case_model(case: Case) -> tuple[bytes, np.ndarray, np.ndarray]:
    """The file, the picture it takes and what comes out, in the file's layout."""
    picture = X[:, :, :4] if case.op == "SPACE_TO_DEPTH" else X
    expected = case.reference(picture)
    b = TfliteBuilder()
    x = b.tensor("x", picture.shape)
    behind = [b.constant(f"c{i}", array) for i, array in enumerate(case.constants)]
    outputs = [b.tensor("y", expected.shape)]
    if case.op == "SPLIT":
        outputs.append(b.tensor("rest", expected.shape))
    inputs = [x, *behind] if case.first else [*behind, x]
    b.op(case.op, inputs, outputs, case.table, **dict(case.options))
    return b.file([x], outputs[:1]), picture, expected


@pytest.mark.parametrize("name", CASES)
def test_operators_compute_what_they_do_in_their_own_layout(name: str, tmp_path: Path) -> None:
    data, picture, expected = case_model(CASES[name])
    graph = opened(data, tmp_path)
    got = FloatNet(graph).run({"x": picture.transpose(0, 3, 1, 2)})["y"]
    turned = expected.transpose(0, 3, 1, 2) if expected.ndim == 4 else expected
    assert graph.shape("y") == got.shape == turned.shape
    np.testing.assert_allclose(got, turned, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_what_a_quantized_file_states(dtype: str, tmp_path: Path) -> None:
    graph = opened(quantized_classifier(dtype), tmp_path)
    assert graph.shape("input") == (1, 3, 8, 8)
    assert graph.given["input"] == QuantParams.affine(1 / 128, 128)
    assert graph.given["conv"] == QuantParams.affine(6 / 255, 0)
    conv = graph.by_name["conv"]
    assert [node.op for node in graph.nodes] == [
        "Input", "Conv", "Relu6", "Conv", "GlobalAveragePool", "Reshape", "Gemm", "Softmax",
    ]  # fmt: skip
    assert conv.ints_attr("pads") == (0, 0, 1, 1)
    codes = quantize(graph.constants[conv.inputs[1]], graph.given[conv.inputs[1]])
    stored = np.random.default_rng(0).integers(0, 256, (4, 3, 3, 3))
    assert np.array_equal(codes, stored.transpose(0, 3, 1, 2)), "the very codes of the file"
    bias = graph.constants[conv.inputs[2]] / np.float32(0.01 / 128)
    assert np.array_equal(bias, np.rint(bias)), "whole numbers of the bias's own scale"
    assert bias.any()


def test_signed_and_unsigned_codes_are_the_same_network(tmp_path: Path) -> None:
    unsigned = opened(quantized_classifier("uint8"), tmp_path)
    signed = opened(quantized_classifier("int8"), tmp_path)
    assert signed.digest == unsigned.digest


def test_a_scale_for_every_channel_is_refused_with_the_way_out(tmp_path: Path) -> None:
    data = quantized_classifier("int8", per_channel=True)
    with pytest.raises(ModelError, match=r"model\.tflite.*--requantize") as caught:
        opened(data, tmp_path)
    assert caught.value.details == (
        "'conv' (4 scales)",
        "'depthwise' (4 scales)",
        "'scores' (5 scales)",
    )
    graph = opened(data, tmp_path, requantize=True)
    weight = graph.by_name["conv"].inputs[1]
    assert weight not in graph.given
    assert graph.given["conv"] == QuantParams.affine(6 / 255, 0)
    codes = np.random.default_rng(0).integers(0, 256, (4, 3, 3, 3)) - 128
    scales = np.float32([0.01 * (1 + i) for i in range(4)]).reshape(4, 1, 1, 1)
    expected = codes.astype(np.float32).transpose(0, 3, 1, 2) * scales
    assert np.array_equal(graph.constants[weight], expected)


@pytest.mark.parametrize(("scale", "fl"), [(2.0**-7, 7), (0.01, None)])
def test_16_bit_codes_need_a_power_of_two(scale: float, fl: int | None, tmp_path: Path) -> None:
    b = TfliteBuilder()
    x, y = (b.tensor(name, (1, 4), "int16", scale) for name in "xy")
    b.op("RELU", [x], y)
    data = b.file([x], [y])
    if fl is None:
        with pytest.raises(ModelError, match="power of two") as caught:
            opened(data, tmp_path)
        assert caught.value.details == ("'x' (int16, scale 0.01)", "'y' (int16, scale 0.01)")
        assert not opened(data, tmp_path, requantize=True).given
    else:
        params = QuantParams.fixed_point(QuantScheme.I16, fl)
        assert opened(data, tmp_path).given == {"x": params, "y": params}


def test_another_scale_behind_quantize_is_a_layer(tmp_path: Path) -> None:
    b = TfliteBuilder()
    x, y = b.tensor("x", (1, 4), "uint8", 0.5, 3), b.tensor("y", (1, 4), "uint8", 0.25, 7)
    same = b.tensor("same", (1, 4), "int8", 0.25, 7 - 128)
    real = b.tensor("real", (1, 4))
    b.op("QUANTIZE", [x], y)
    b.op("QUANTIZE", [y], same)
    b.op("DEQUANTIZE", [same], real)
    graph = opened(b.file([x], [real]), tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Identity"]
    assert graph.given == {
        "x": QuantParams.affine(0.5, 3), "real": QuantParams.affine(0.25, 7),
    }  # fmt: skip


def test_half_weights_that_are_widened(tmp_path: Path) -> None:
    b = TfliteBuilder()
    x, wide, y = b.tensor("x", (1, 4)), b.tensor("wide", (3, 4)), b.tensor("y", (1, 3))
    half = np.arange(12, dtype=np.float16).reshape(3, 4)
    b.op("DEQUANTIZE", [b.constant("half", half)], wide)
    b.op("FULLY_CONNECTED", [x, wide, -1], y, "FullyConnectedOptions")
    graph = opened(b.file([x], [y]), tmp_path)
    assert np.array_equal(graph.constants[graph.by_name["y"].inputs[1]], half.astype(np.float32))


def test_an_operator_nobody_knows_is_kept(tmp_path: Path) -> None:
    b = TfliteBuilder()
    x, odd, y = (b.tensor(name, (1, 6, 5, 4)) for name in ("x", "odd", "y"))
    b.op("TFLite_Detection_PostProcess", [x], odd)
    b.op("RELU", [odd], y)
    graph = opened(b.file([x], [y]), tmp_path)
    assert graph.by_name["odd"].op == "TFLite_Detection_PostProcess"
    assert graph.by_name["odd"].domain == "tflite"
    assert graph.shape("y") == (1, 4, 6, 5)
    assert set(FloatNet(graph).skipped) == {"odd", "y"}


def test_sizes_are_fixed(tmp_path: Path) -> None:
    data, _, _ = case_model(CASES["relu6"])
    assert opened(data, tmp_path, input_shapes={"": (1, 4, 6, 5)}).shape("x") == (1, 4, 6, 5)
    with pytest.raises(ModelError, match="sizes of a TensorFlow Lite file are fixed"):
        opened(data, tmp_path, input_shapes={"x": (1, 4, 12, 10)})
    with pytest.raises(ModelError) as caught:
        opened(data, tmp_path, input_shapes={"xx": (1, 4, 6, 5)})
    assert "did you mean 'x'" in str(caught.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    with pytest.raises(ModelError, match="cannot be read"):
        open_tflite(path)
    path.write_bytes(b"no model at all")
    with pytest.raises(ModelError, match="not a TensorFlow Lite file"):
        open_tflite(path)


def loop() -> bytes:
    b = TfliteBuilder()
    x, y = b.tensor("x", (1, 4)), b.tensor("y", (1, 4))
    b.op("ADD", [x, y], y, "AddOptions")
    return b.file([x], [y])


def from_nowhere() -> bytes:
    b = TfliteBuilder()
    x, y, lost = b.tensor("x", (1, 4)), b.tensor("y", (1, 4)), b.tensor("lost", (1, 4))
    b.op("ADD", [x, lost], y, "AddOptions")
    return b.file([x], [y])


def computed_twice() -> bytes:
    b = TfliteBuilder()
    x, y = b.tensor("x", (1, 4)), b.tensor("y", (1, 4))
    b.op("RELU", [x], y)
    b.op("ABS", [x], y)
    return b.file([x], [y])


def wrong_size() -> bytes:
    b = TfliteBuilder()
    x, y = b.tensor("x", (1, 4)), b.tensor("y", (1, 4))
    b.op("FULLY_CONNECTED", [x, b.tensor("w", (2**28, 4), "uint8", buffer=1)], y)
    b.constant("c", np.zeros(3, np.uint8))
    return b.file([x], [y])


def bad_scale() -> bytes:
    b = TfliteBuilder()
    x, y = b.tensor("x", (1, 4), "uint8", float("nan")), b.tensor("y", (1, 4))
    b.op("RELU", [x], y)
    return b.file([x], [y])


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (loop, "loop"),
        (from_nowhere, "'lost' is computed by no operator"),
        (computed_twice, "'y' is computed twice"),
        (wrong_size, "'w' has 3 bytes"),
        (bad_scale, "must be a positive number"),
    ],
)
def test_inconsistent_files(build: Callable[[], bytes], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"model\.tflite.*{sentence}"):
        opened(build(), tmp_path)

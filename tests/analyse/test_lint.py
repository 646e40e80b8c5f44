"""Every rule: a plan it speaks up for, and one it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rkviz.analyse.finding import Finding, Severity, as_notes
from rkviz.analyse.lint import lint
from rkviz.analyse.remedies import Normalize, SetScheme
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

MAP = (1, 4, 8, 8)


def found(
    sketch: Sketch, output: str, config: HybridConfig | None = None, **ranges: tuple[float, float]
) -> dict[str, Finding]:
    """Rule -> its finding on the plan of a network whose tensors span -1 .. 1 or `ranges`."""
    graph = sketch.graph(output)
    stats = stats_of(graph, **ranges)
    plan = build_plan(graph, stats, config or HybridConfig(), target_named("rv1126"))
    return {finding.rule: finding for finding in lint(plan)}


def layer(
    op: str,
    *constants: np.ndarray,
    shape: tuple[int, ...] = MAP,
    source: tuple[int, ...] = MAP,
    **attrs,
) -> Sketch:
    """x -> "layer" of operator `op` with constant operands."""
    sketch = Sketch(source)
    names = [sketch.constant(f"c{index}", array) for index, array in enumerate(constants)]
    sketch.add("layer", op, "x", *names, shape=shape, **attrs)
    return sketch


def conv(
    kernel: tuple[int, int] = (3, 3), dilations: tuple[int, int] = (1, 1), stride: int = 1
) -> Sketch:
    weights = np.random.default_rng(0).uniform(-1, 1, (4, 4, *kernel))
    return layer(
        "Conv", weights, kernel_shape=kernel, dilations=dilations, strides=(stride,) * 2,
        pads=(0, 0, 0, 0), group=1,
    )  # fmt: skip


def max_pool(ceil_mode: int, size: int) -> Sketch:
    return layer(
        "MaxPool", shape=(1, 4, size, size), kernel_shape=(3, 3), strides=(2, 2),
        dilations=(1, 1), pads=(0, 0, 0, 0), ceil_mode=ceil_mode,
    )  # fmt: skip


def resize(size: int, system: str = "asymmetric", nearest_mode: str = "floor") -> Sketch:
    return layer(
        "Resize", shape=(1, 4, size, size), mode="nearest", nearest_mode=nearest_mode,
        coordinate_transformation_mode=system, scales=(1.0, 1.0, size / 8, size / 8),
        sizes=(1, 4, size, size),
    )  # fmt: skip


def expand(source: tuple[int, ...], result: tuple[int, ...]) -> Sketch:
    sketch = layer("Expand", shape=result, source=source)
    sketch.nodes[-1] = replace(sketch.nodes[-1], attrs={"shape": result})
    return sketch


SPOKEN = {
    "unequal-dilation": (conv(dilations=(1, 2)), "1 on one axis and 2 on the other"),
    "large-kernel": (conv(kernel=(1, 11)), "1x11 is larger than 10"),
    "ceil-mode": (max_pool(1, 4), "makes its output larger"),
    "division-by-constant": (layer("Div", np.ones((4, 1, 1))), "constant of another shape"),
    "softmax-1d": (layer("Softmax", shape=(8,), source=(8,), axis=0), "a single axis"),
    "pad-value": (layer("Pad", pads=(0,) * 8, mode="constant", value=1.5), "pads with 1.5"),
    "negative-power": (layer("Pow", np.array(-0.5)), "-0.5"),
    "elu-alpha": (layer("Elu", alpha=0.5), "alpha is 0.5"),
    "expanded-batch": (expand(MAP, (3, 4, 8, 8)), "the batch to 3"),
    "uneven-resize": (resize(12), "8x8 to 12x12"),
    "nearest-mode": (resize(16, nearest_mode="ceil"), "nearest_mode ceil"),
    "drops-in-8-bits": (layer("ReduceMax", axes=(1,), keepdims=1), "ReduceMax"),
    "not-in-toolkit": (layer("Softplus"), "Softplus"),
}
SILENT = {
    "unequal-dilation": conv(dilations=(2, 2)),
    "large-kernel": conv(kernel=(21, 10), stride=2),
    "ceil-mode": max_pool(1, 3),
    "division-by-constant": layer("Div", np.ones(MAP)),
    "softmax-1d": layer("Softmax", axis=1),
    "pad-value": layer("Pad", pads=(0,) * 8, mode="constant", value=0.0),
    "negative-power": layer("Pow", np.array(3.0)),
    "elu-alpha": layer("Elu", alpha=1.0),
    "expanded-batch": expand((4, 1, 8), MAP),
    "uneven-resize": resize(16),
    "nearest-mode": resize(16, system="half_pixel", nearest_mode="round_prefer_floor"),
    "drops-in-8-bits": layer("Relu"),
    "not-in-toolkit": layer("Sigmoid"),
}


@pytest.mark.parametrize("rule", SPOKEN)
def test_an_operator_is_spoken_of_where_it_matters(rule: str) -> None:
    sketch, words = SPOKEN[rule]
    finding = found(sketch, "layer")[rule]
    assert finding.layer == "layer"
    assert words in finding.sentence
    assert finding.advice.endswith(".")
    assert rule not in found(SILENT[rule], "layer")


def test_sixteen_bits_drop_nothing() -> None:
    sketch = layer("ReduceSum", axes=(1,), keepdims=1)
    assert "drops-in-8-bits" not in found(sketch, "layer", HybridConfig(QuantScheme.I16))
    assert "pad-value" not in found(
        SPOKEN["pad-value"][0], "layer", HybridConfig(QuantScheme.FLOAT)
    )


@pytest.mark.parametrize(
    ("nearest_mode", "factor", "speaks"),
    [("round_prefer_floor", 4, True), ("round_prefer_ceil", 4, False), ("ceil", 16, True)],
)
def test_a_nearest_resize_is_compared_pixel_by_pixel(
    nearest_mode: str, factor: int, speaks: bool
) -> None:
    rules = found(resize(factor, "half_pixel", nearest_mode), "layer")
    assert ("nearest-mode" in rules) is speaks


def concat() -> Sketch:
    sketch = Sketch()
    sketch.conv("boxes", "x")
    sketch.conv("scores", "x", seed=1)
    sketch.add("joined", "Concat", "boxes", "scores", shape=(1, 8, 8, 8), axis=1)
    return sketch


def test_a_concat_of_boxes_and_scores_wastes_the_bits_of_scores() -> None:
    ranges = {"boxes": (0.0, 640.0), "scores": (0.0, 1.0), "joined": (0.0, 640.0)}
    finding = found(concat(), "joined", **ranges)["unlike-ranges"]
    assert finding.layer == "joined"
    assert "differ by a factor of 640" in finding.sentence
    assert "scores keeps about 0.0 of its 8 bits beside boxes" in finding.sentence
    assert "unlike-ranges" not in found(concat(), "joined", HybridConfig(QuantScheme.I16), **ranges)
    assert "unlike-ranges" not in found(concat(), "joined", boxes=(0.0, 15.0), scores=(0.0, 1.0))


def test_a_concat_of_two_types() -> None:
    config = HybridConfig().with_scheme(["scores"], QuantScheme.I16)
    finding = found(concat(), "joined", config)["mixed-concat"]
    assert "(i16, u8)" in finding.sentence
    assert "mixed-concat" not in found(concat(), "joined")


def test_a_clipped_sigmoid_tells_what_it_loses() -> None:
    sketch = Sketch()
    sketch.add("scores", "Sigmoid", sketch.conv("head", "x"))
    finding = found(sketch, "scores", head=(-14.0, 3.0))["clipped-sigmoid"]
    assert finding.layer == "scores"
    assert "from -14 .. 3 to -6.3 .. 3" in finding.sentence
    assert finding.sentence.endswith("scores below 0.0018 or above 0.9982 come out alike.")
    assert finding.remedies == (SetScheme(("head", "scores"), QuantScheme.I16),)
    assert "clipped-sigmoid" not in found(sketch, "scores", head=(-5.0, 5.0))
    sixteen = HybridConfig(QuantScheme.I16)
    assert "clipped-sigmoid" not in found(sketch, "scores", sixteen, head=(-14.0, 3.0))


def test_weights_that_widen_the_range_of_all_others() -> None:
    sketch = conv()
    weights = np.array(sketch.constants["c0"])
    assert "weight-outliers" not in found(sketch, "layer")
    weights[1, 2, 0, 0] = -13.0
    sketch.constant("c0", weights)
    finding = found(sketch, "layer")["weight-outliers"]
    assert "(1 of them) reach 13 where all others stay within 0.99" in finding.sentence
    assert "13.1 times" in finding.sentence
    assert "weight-outliers" not in found(sketch, "layer", HybridConfig(QuantScheme.I16))


def test_many_normal_weights_have_no_outliers() -> None:
    """Of a million normal weights some lie beyond the line, but they cost no range."""
    sketch = Sketch((1, 1000))
    weights = np.random.default_rng(0).normal(size=(1000, 1000))
    names = [sketch.constant("w", weights)]
    sketch.add("layer", "Gemm", "x", *names, shape=(1, 1000), transB=1)
    assert "weight-outliers" not in found(sketch, "layer")


def test_a_layer_that_is_always_zero_and_a_raw_picture() -> None:
    sketch = Sketch((1, 3, 8, 8))
    sketch.add("dead", "Relu", "x")
    rules = found(sketch, "dead", x=(0.0, 255.0), dead=(0.0, 0.0))
    assert rules["always-zero"].layer == "dead"
    raw = rules["raw-picture"]
    assert "0 to 255" in raw.sentence
    assert raw.remedies == (Normalize("", 0.0, 1.0), Normalize("", -1.0, 1.0))
    assert [(way.mean, way.std) for way in raw.remedies] == [(0.0, 255.0), (127.5, 127.5)]
    assert not found(sketch, "dead", x=(-2.1, 2.6), dead=(0.0, 2.6))


def test_convolutions_in_float_are_slow() -> None:
    sketch = concat()
    config = HybridConfig().with_scheme(["boxes"], QuantScheme.FLOAT)
    assert found(sketch, "joined", config)["slow-float"].layer == "boxes"


def test_notes_name_a_rule_once() -> None:
    names = ["conv1", "conv2", "conv3", "conv4", "conv5"]
    findings = [Finding(name, "slow-float") for name in names]
    other = Finding("conv1", "raw-picture", {"low": 0.0, "high": 255.0})
    slow, raw = as_notes([*findings, other])
    assert slow.startswith("conv1: It runs in fp16")
    assert " (as in conv2, conv3, conv4 and 1 more) Try i16 first" in slow
    assert raw.startswith("conv1: The first layer sees numbers from 0 to 255. Set mean")
    assert as_notes([]) == ()


def pointwise(weights: np.ndarray) -> Sketch:
    return layer(
        "Conv", weights, kernel_shape=(1, 1), dilations=(1, 1), strides=(1, 1),
        pads=(0, 0, 0, 0), group=1,
    )  # fmt: skip


def test_weights_that_are_not_finite_are_counted() -> None:
    weights = np.random.default_rng(0).uniform(-1, 1, (4, 4, 1, 1))
    assert "not-finite" not in found(pointwise(weights), "layer")
    weights[0, 0], weights[1, 0] = np.nan, np.inf
    finding = found(pointwise(weights), "layer")["not-finite"]
    assert finding.severity is Severity.SEVERE
    assert finding.sentence.startswith("2 of its weights are not finite")

"""What a box says."""

from __future__ import annotations

import numpy as np
import pytest

from rkviz.numerics import QuantScheme
from rkviz.picture.labels import (
    HEADER_DARK,
    HEADER_LIGHT,
    Family,
    badge,
    box_label,
    box_labels,
    converter_marks,
    family,
    plan_badges,
)
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.target import Engine, target_named
from tests.graphs import Sketch, stats_of


def test_a_box_names_what_is_fused_into_it() -> None:
    s = Sketch()
    s.add("relu", "Relu", s.conv("conv", "x"))
    label = box_label(s.graph("relu"), "conv")
    assert (label.title, label.detail, label.shape) == ("Conv + Relu", "1×1", "4×8×8")
    assert label.subtitle == "1×1 · 4×8×8"
    assert label.family is Family.CONV


def test_kernel_and_stride_are_short() -> None:
    s = Sketch()
    s.add("even", "MaxPool", "x", kernel_shape=(3, 3), strides=(2, 2))
    s.add("odd", "MaxPool", "x", kernel_shape=(3, 1), strides=(2, 1))
    s.add("global", "GlobalAveragePool", "x")
    labels = box_labels(s.graph("even", "odd", "global"))
    assert [labels[name].detail for name in ("even", "odd", "global")] == [
        "3×3 /2",
        "3×1 /2×1",
        "",
    ]


def test_a_convolution_channel_by_channel_is_called_depthwise() -> None:
    s = Sketch()
    weight = s.constant("w", np.ones((4, 1, 3, 3)))
    s.add("dw", "Conv", "x", weight, group=4, kernel_shape=(3, 3), strides=(1, 1))
    assert box_label(s.graph("dw"), "dw").title == "DW Conv"


def test_an_unknown_shape_is_left_out() -> None:
    s = Sketch()
    s.add("what", "Foo", "x")
    graph = s.graph("what")
    del s.values["what"]
    assert box_label(s.graph("what"), "what").subtitle == ""
    assert box_label(graph, "what").subtitle == "4×8×8"


@pytest.mark.parametrize(
    ("op", "wanted"),
    [
        ("Conv", Family.CONV),
        ("HardSwish", Family.ACTIVATION),
        ("GlobalAveragePool", Family.POOL),
        ("Add", Family.ELEMENTWISE),
        ("Concat", Family.SHAPE),
        ("LayerNormalization", Family.NORM),
        ("Input", Family.IO),
        ("NobodyKnows", Family.OTHER),
    ],
)
def test_families(op: str, wanted: Family) -> None:
    assert family(op) is wanted


def test_every_family_has_a_colour_of_its_own_in_both_themes() -> None:
    for headers in (HEADER_LIGHT, HEADER_DARK):
        assert set(headers) == set(Family)
        assert len(set(headers.values())) == len(Family)


def test_badges() -> None:
    assert badge(QuantScheme.U8) == "u8"
    assert badge(QuantScheme.FLOAT, Engine.SHADER) == "F"
    assert badge(QuantScheme.U8, Engine.CPU) == "CPU"
    assert badge(None) == "n/a"


def test_a_plan_tells_badges_and_where_types_change() -> None:
    s = Sketch()
    last = s.conv("last", s.conv("middle", s.conv("first", "x")))
    graph = s.graph(last)
    config = HybridConfig().with_override("middle", LayerConfig(scheme=QuantScheme.I16))
    plan = build_plan(graph, stats_of(graph), config, target_named("rv1126"))
    badges = plan_badges(plan)
    assert (badges["first"], badges["middle"], badges["last"]) == ("u8", "i16", "u8")
    marks = converter_marks(plan)
    assert marks[("first", "middle")] == "u8→i16"
    assert marks[("middle", "last")] == "i16→u8"

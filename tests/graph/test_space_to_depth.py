"""Moving pixels into channels is one layer, in the order of channels the exporter meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz.graph.passes import simplify_graph
from rkviz.graph.space_to_depth import find_space_to_depth
from tests.float_reference import assert_same_outputs, opened
from tests.models import Builder

PERMS = {"DCR": [0, 3, 5, 1, 2, 4], "CRD": [0, 1, 3, 5, 2, 4], "FOCUS": [0, 5, 3, 1, 2, 4]}


def integers(b: Builder, name: str, values: list[int]) -> str:
    return b.constant(name, np.array(values, np.int64))


def reshapes(block: int, perm: list[int], channels: int = 3) -> Builder:
    b = Builder("reshapes")
    x = b.node("Relu", [b.input("x", (1, channels, 12, 24))], "relu")
    split = [1, channels, 12 // block, block, 24 // block, block]
    x = b.node("Reshape", [x, integers(b, "split", split)], "split")
    x = b.node("Transpose", [x], "turn", perm=perm)
    after = [1, channels * block * block, 12 // block, 24 // block]
    x = b.node("Reshape", [x, integers(b, "after", after)], "join")
    b.output(b.conv(x, "conv", channels * block * block, 4))
    return b


@pytest.mark.parametrize("mode", PERMS)
@pytest.mark.parametrize("block", [2, 3])
def test_reshape_transpose_reshape(block: int, mode: str, tmp_path: Path) -> None:
    model = reshapes(block, PERMS[mode]).model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", "Relu", "SpaceToDepth", "Conv"]
    made = graph.by_name["join"]
    assert made.attrs == {"blocksize": block, "mode": mode}
    assert made.origins == ("join", "split", "turn")
    assert_same_outputs(model, graph)


def test_another_order_stays_as_it_is(tmp_path: Path) -> None:
    raw = opened(reshapes(2, [0, 2, 4, 1, 3, 5]).model(), tmp_path)
    assert find_space_to_depth(raw) is raw


def focus(order: list[tuple[int, int]], both_at_once: bool = False, block: int = 2) -> Builder:
    """The first layer of YOLOv5: every second pixel of every second row, four times."""
    b = Builder("focus", opset=12)
    x = b.input("x", (1, 3, 12, 12))
    step = integers(b, "step", [block])
    end = integers(b, "end", [2**62])
    parts: list[str] = []
    for row, column in order:
        name = f"slice_{row}{column}"
        if both_at_once:
            bounds = {"start": [row, column], "far": [99, 99], "axes": [2, 3], "two": [block] * 2}
            names = [integers(b, f"{name}_{key}", value) for key, value in bounds.items()]
            parts.append(b.node("Slice", [x, *names], name))
            continue
        y = x
        for axis, start in ((2, row), (3, column)):
            names = [
                integers(b, f"{name}_start{axis}", [start]),
                end,
                integers(b, f"{name}_axis{axis}", [axis]),
            ]
            y = b.node("Slice", [y, *names, step], f"{name}_{axis}")
        parts.append(y)
    x = b.node("Concat", parts, "concat", axis=1)
    b.output(b.conv(x, "conv", 3 * block * block, 4))
    return b


@pytest.mark.parametrize("both_at_once", [False, True])
@pytest.mark.parametrize(
    ("order", "mode"),
    [([(0, 0), (1, 0), (0, 1), (1, 1)], "FOCUS"), ([(0, 0), (0, 1), (1, 0), (1, 1)], "DCR")],
)
def test_four_strided_slices_and_a_concat(
    order: list[tuple[int, int]], mode: str, both_at_once: bool, tmp_path: Path
) -> None:
    model = focus(order, both_at_once).model()
    graph = simplify_graph(opened(model, tmp_path))
    assert [node.op for node in graph.nodes] == ["Input", "SpaceToDepth", "Conv"]
    made = graph.by_name["concat"]
    assert made.attrs == {"blocksize": 2, "mode": mode}
    assert len(made.origins) == (5 if both_at_once else 9)
    assert_same_outputs(model, graph)


def test_slices_in_no_known_order_stay(tmp_path: Path) -> None:
    raw = opened(focus([(1, 1), (1, 0), (0, 1), (0, 0)]).model(), tmp_path)
    assert find_space_to_depth(raw) is raw


def test_slices_that_skip_pixels_stay(tmp_path: Path) -> None:
    order = [(0, 0), (1, 0), (0, 1), (1, 1)]
    builder = focus(order, block=3)
    builder.constants["conv.weight"] = np.zeros((4, 12, 3, 3), np.float32)
    raw = opened(builder.model(), tmp_path)
    assert find_space_to_depth(raw) is raw


def test_a_reshape_of_the_input_itself_stays(tmp_path: Path) -> None:
    b = Builder()
    b.output(b.node("Reshape", [b.input(), integers(b, "shape", [0, -1])], "flat"))
    raw = opened(b.model(), tmp_path)
    assert find_space_to_depth(raw) is raw

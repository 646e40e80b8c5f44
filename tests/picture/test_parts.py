"""Laying out a graph in parts gives the picture of the whole, and keeps what did not change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from rkviz.graph.model import Graph
from rkviz.picture import parts
from rkviz.picture.boxes import Stage, boxes_of
from rkviz.picture.layout import LayoutCache, layout
from tests.drawings import residual_net
from tests.picture.test_layout import any_graph


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_graph())
def test_parts_make_the_picture_of_the_whole(monkeypatch: pytest.MonkeyPatch, graph: Graph) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(parts, "_PITCH", 1 << 30)
        whole = layout(graph)
        patch.setattr(parts, "_PITCH", 1)
        pieces = layout(graph)
    assert whole.names == pieces.names
    assert np.allclose(whole.rects, pieces.rects)
    assert np.array_equal(whole.ranks, pieces.ranks)
    assert whole.trunk == pieces.trunk


def test_a_residual_network_is_cut_behind_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_PITCH", 1)
    found = parts.split(boxes_of(residual_net(3)))
    assert [part.boxes.names[0] for part in found] == ["x", "stem", "b0.add", "b1.add"]


@given(any_graph())
def test_every_wire_is_in_one_part(graph: Graph) -> None:
    boxes = boxes_of(graph)
    wanted = sorted((boxes.names[w.source], boxes.names[w.target], w.value) for w in boxes.wires)
    found = [
        (part.boxes.names[wire.source], part.boxes.names[wire.target], wire.value)
        for part in parts.split(boxes)
        for wire in part.boxes.wires
    ]
    assert sorted(found) == wanted


def block(number: int) -> Stage:
    layers = tuple(f"b{number}.{part}" for part in ("conv1", "conv2", "add"))
    return Stage(f"stage {number}", f"Block {number}", layers)


def test_folding_a_stage_moves_only_what_is_below_it() -> None:
    graph = residual_net(200)
    cache = LayoutCache()
    opened = layout(graph, cache=cache)
    folded = layout(graph, [block(100)], cache)
    assert "b100.add" not in folded.index
    moves = {
        name: opened.rect(name)[1] - folded.rect(name)[1]
        for name in folded.names
        if name in opened.index
    }
    above = {moves[name] for name in graph.heads[: graph.heads.index("b100.conv1")]}
    below = {moves[name] for name in graph.heads[graph.heads.index("b101.conv1") :]}
    assert above == {0.0}
    assert len(below) == 1
    assert below.pop() > 0


def test_only_the_changed_part_is_laid_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = residual_net(200)
    cache = LayoutCache()
    layout(graph, cache=cache)
    laid: list[int] = []
    place = layout.__globals__["_place"]
    monkeypatch.setitem(
        layout.__globals__, "_place", lambda part: laid.append(part.rank) or place(part)
    )
    layout(graph, [block(100)], cache)
    assert 1 <= len(laid) <= 2
    layout(graph, cache=cache)
    assert len(laid) <= 2, "what was laid out before is remembered"

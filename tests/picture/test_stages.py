"""Stages follow the resolution of the trunk."""

from __future__ import annotations

import itertools

from rkviz.picture.layout import layout
from rkviz.picture.stages import stages
from tests.drawings import pyramid, residual_net
from tests.graphs import Sketch


def test_a_pyramid_goes_down_and_up_again() -> None:
    graph = pyramid()
    drawn = layout(graph)
    found = stages(graph, drawn)
    assert [stage.title for stage in found][1:] == ["32×32", "16×16", "8×8", "16×16", "32×32"]
    assert found[0].top == drawn.bounds[1]
    assert found[-1].bottom == drawn.bounds[1] + drawn.bounds[3]
    for before, after in itertools.pairwise(found):
        assert before.bottom == after.top


def test_every_layer_is_in_one_stage() -> None:
    graph = pyramid()
    layers = [name for stage in stages(graph, layout(graph)) for name in stage.layers]
    assert sorted(layers) == sorted(graph.heads)


def test_one_resolution_needs_no_stages() -> None:
    graph = residual_net()
    assert stages(graph, layout(graph)) == ()


def test_a_gate_over_the_whole_map_does_not_cut_a_stage() -> None:
    s = Sketch()
    maps = s.add("maps", "Conv", "x", shape=(1, 4, 16, 16))
    pooled = s.add("pooled", "GlobalAveragePool", maps, shape=(1, 4, 1, 1))
    gate = s.add("gate", "HardSigmoid", pooled, shape=(1, 4, 1, 1))
    scaled = s.add("scaled", "Mul", maps, gate, shape=(1, 4, 16, 16))
    s.add("end", "Flatten", scaled, shape=(1, 1024))
    graph = s.graph("end")
    assert [stage.title for stage in stages(graph, layout(graph))] == ["8×8", "16×16"]

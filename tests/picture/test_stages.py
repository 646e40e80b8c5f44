"""Stages follow names, or the resolution of the trunk, and can be folded in any combination."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rkviz.graph.model import Graph, Node
from rkviz.picture.boxes import boxes_of
from rkviz.picture.layout import layout
from rkviz.picture.stages import find_stages
from tests.drawings import pyramid, residual_net
from tests.graphs import Sketch
from tests.picture.test_layout import any_graph, boxes_on_the_way


def named(graph: Graph, *names: str) -> Graph:
    """The same graph with other names of layers."""
    pairs = zip(graph.nodes, names, strict=True)
    return graph.with_nodes([replace(node, name=name) for node, name in pairs])


def titles(graph: Graph) -> list[str]:
    return [stage.title for stage in find_stages(graph)]


def stack(*names: str) -> Graph:
    """Layers one behind the other."""
    nodes = [Node(names[0], "Input", (), ("v0",))]
    nodes += [
        Node(name, "Foo", (f"v{place}",), (f"v{place + 1}",))
        for place, name in enumerate(names[1:])
    ]
    return Graph("stack", tuple(nodes), {}, {}, ("v0",), ())


def test_folders_of_names_are_stages() -> None:
    layers = [f"/layer{i}/layer{i}.{j}/conv/Conv" for i in (1, 2) for j in range(3)]
    assert titles(stack("input", "/conv1/Conv", *layers)) == ["layer1", "layer2"]


def test_a_folder_that_holds_everything_is_looked_into() -> None:
    layers = [f"/model/layer{i}/conv{j}/Conv" for i in (1, 2, 3) for j in range(4)]
    assert titles(stack("input", *layers)) == ["model/layer1", "model/layer2", "model/layer3"]


def test_names_that_say_little_are_not_believed() -> None:
    graph = pyramid()
    names = [f"net/op{place}/x" for place in range(len(graph.nodes))]
    assert titles(named(graph, *names)) == titles(graph)


def test_a_pyramid_goes_down_and_up_again() -> None:
    s = Sketch()
    x, sizes = "x", [32] * 3 + [16] * 3 + [8] * 3 + [16] * 3
    for place, size in enumerate(sizes):
        x = s.add(f"conv{place}", "Conv", x, shape=(1, 4, size, size))
    assert titles(s.graph(x)) == ["32×32", "16×16", "8×8", "16×16 (2)"]


def test_one_resolution_is_cut_evenly() -> None:
    found = find_stages(residual_net(30))
    assert len(found) > 5
    sizes = [len(stage.layers) for stage in found]
    assert max(sizes[:-1]) - min(sizes[:-1]) <= 3, "all but the rest at the end"


def test_a_small_graph_has_none() -> None:
    assert find_stages(stack("a", "b", "c")) == ()
    assert find_stages(Graph("nothing", (), {}, {}, (), ())) == ()


def test_a_gate_over_the_whole_map_does_not_cut_a_stage() -> None:
    s = Sketch()
    x = s.add("first", "Conv", "x", shape=(1, 4, 32, 32))
    x = s.add("second", "Conv", x, shape=(1, 4, 32, 32))
    maps = s.add("maps", "Conv", x, shape=(1, 4, 16, 16))
    pooled = s.add("pooled", "GlobalAveragePool", maps, shape=(1, 4, 1, 1))
    gate = s.add("gate", "HardSigmoid", pooled, shape=(1, 4, 1, 1))
    scaled = s.add("scaled", "Mul", maps, gate, shape=(1, 4, 16, 16))
    s.add("end", "Flatten", scaled, shape=(1, 1024))
    graph = s.graph("end")
    (found,) = [stage for stage in find_stages(graph) if stage.title == "16×16"]
    assert found.layers == ("maps", "pooled", "gate", "scaled", "end")


@given(any_graph(), st.data())
def test_any_stages_can_be_folded_together(graph: Graph, data: st.DataObject) -> None:
    folders = [data.draw(st.sampled_from("abc")) for _ in graph.nodes]
    names = [f"{folder}/n{place}/x" for place, folder in enumerate(folders)]
    graph = named(graph, *names)
    found = find_stages(graph)
    folded = [stage for stage in found if data.draw(st.booleans())]
    inside = [name for stage in folded for name in stage.layers]
    assert len(set(inside)) == len(inside), "no layer is in two stages"
    drawn = layout(graph, folded)
    rest = set(graph.heads) - set(inside)
    assert set(drawn.names) == rest | {stage.name for stage in folded}
    assert boxes_on_the_way(drawn) == []
    boxes = boxes_of(graph, folded)
    assert all(wire.source < wire.target for wire in boxes.wires)

"""What a picture of a graph promises, for any graph."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.graph.model import Graph
from rkviz.picture.layout import BOX_HEIGHT, BOX_WIDTH, Layout, layout
from tests.drawings import branches, pyramid, residual_net, wired
from tests.graphs import Sketch


@st.composite
def any_graph(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 24))
    parents = [
        draw(st.lists(st.integers(max(0, box - 8), box - 1), max_size=4, unique=True))
        if box
        else []
        for box in range(count)
    ]
    return wired(parents, draw(st.frozensets(st.integers(0, count - 1))))


def pieces(drawn: Layout) -> list[tuple[float, float, float, float, str]]:
    """All straight pieces of all lines as (x1, y1, x2, y2, value), x1 <= x2 and y1 <= y2."""
    found = []
    for edge in drawn.edges:
        points = edge.points.tolist()
        for (xa, ya), (xb, yb) in itertools.pairwise(points):
            found.append((min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb), edge.value))
    return found


def boxes_on_the_way(drawn: Layout) -> list[tuple[float, float, float, float, str]]:
    hit = []
    left, top = drawn.rects[:, 0], drawn.rects[:, 1]
    right, bottom = left + drawn.rects[:, 2], top + drawn.rects[:, 3]
    for piece in pieces(drawn):
        x1, y1, x2, y2, _ = piece
        # touching the upper or lower side is how a line ends
        through = (left <= x2) & (right >= x1) & (top < y2 - 0.01) & (bottom > y1 + 0.01)
        if y1 == y2:
            through = (left <= x2) & (right >= x1) & (top <= y1) & (bottom >= y1)
        if through.any():
            hit.append(piece)
    return hit


def lines_on_one_another(drawn: Layout) -> int:
    """Pieces of different values that share more than a point."""
    tracks: dict[tuple[str, float], list[tuple[float, float, str]]] = defaultdict(list)
    for x1, y1, x2, y2, value in pieces(drawn):
        if x1 == x2:
            tracks["|", x1].append((y1, y2, value))
        else:
            tracks["-", y1].append((x1, x2, value))
    return sum(
        a[2] != b[2] and a[0] < b[1] and b[0] < a[1]
        for track in tracks.values()
        for place, a in enumerate(track)
        for b in track[place + 1 :]
    )


@given(any_graph())
def test_no_two_boxes_overlap(graph: Graph) -> None:
    rects = layout(graph).rects
    x, y = rects[:, 0], rects[:, 1]
    near = (np.abs(x[:, None] - x) < BOX_WIDTH) & (np.abs(y[:, None] - y) < BOX_HEIGHT)
    assert near.sum() == len(rects)


@given(any_graph())
def test_no_line_runs_through_a_box(graph: Graph) -> None:
    assert boxes_on_the_way(layout(graph)) == []


@given(any_graph())
def test_lines_of_different_values_never_lie_on_one_another(graph: Graph) -> None:
    assert lines_on_one_another(layout(graph)) == 0


@given(any_graph())
def test_every_connection_is_a_line_from_lower_to_upper_side(graph: Graph) -> None:
    drawn = layout(graph)
    wanted = {
        (graph.producer[value].name, node.name, value)
        for node in graph.nodes
        for value in node.inputs
    }
    assert {(e.source, e.target, e.value) for e in drawn.edges} == wanted
    for edge in drawn.edges:
        x, y, width, height = drawn.rect(edge.source)
        assert edge.points[0][1] == pytest.approx(y + height)
        assert x < edge.points[0][0] < x + width
        x, y, width, _ = drawn.rect(edge.target)
        assert edge.points[-1][1] == pytest.approx(y)
        assert x < edge.points[-1][0] < x + width
        steps = np.diff(edge.points, axis=0)
        assert np.all((steps == 0).any(axis=1)), "only level and upright pieces"
        assert np.all(steps[:, 1] >= 0), "never upwards"


@given(any_graph())
def test_boxes_are_sorted_by_y_and_inside_the_bounds(graph: Graph) -> None:
    drawn = layout(graph)
    x, y, width, height = drawn.bounds
    assert np.all(np.diff(drawn.rects[:, 1]) >= 0)
    assert np.all(drawn.rects[:, 0] > x)
    assert np.all(drawn.rects[:, 0] + drawn.rects[:, 2] < x + width)
    assert np.all(drawn.rects[:, 1] + drawn.rects[:, 3] < y + height)
    assert [drawn.index[name] for name in drawn.names] == list(range(len(drawn.names)))


def test_the_same_graph_gives_the_same_picture() -> None:
    first, second = layout(branches()), layout(branches())
    assert first.names == second.names
    assert np.array_equal(first.rects, second.rects)


@pytest.mark.parametrize("graph", [residual_net(), branches(), pyramid()])
def test_the_trunk_is_one_straight_column(graph: Graph) -> None:
    drawn = layout(graph)
    assert len({drawn.rect(name)[0] for name in drawn.trunk}) == 1
    along = {(a, b) for a, b in zip(drawn.trunk, drawn.trunk[1:], strict=False)}
    for edge in drawn.edges:
        if (edge.source, edge.target) in along:
            assert len(edge.points) == 2


def test_a_residual_edge_goes_down_a_side_lane() -> None:
    drawn = layout(residual_net(1))
    assert drawn.trunk == ("x", "stem", "b0.conv1", "b0.conv2", "b0.add")
    (skip,) = (e for e in drawn.edges if (e.source, e.target) == ("stem", "b0.add"))
    x, _, width, _ = drawn.rect("stem")
    assert len(skip.points) == 6
    assert skip.points[:, 0].max() > x + width


def test_residual_lanes_of_equal_blocks_stand_in_one_line() -> None:
    drawn = layout(residual_net(3))
    assert len({float(e.points[:, 0].max()) for e in drawn.edges if len(e.points) == 6}) == 1


def test_a_fused_activation_is_inside_its_heads_box() -> None:
    s = Sketch()
    s.add("relu", "Relu", s.conv("conv", "x"))
    drawn = layout(s.graph(s.conv("after", "relu")))
    assert drawn.names == ("x", "conv", "after")
    assert [(e.source, e.target, e.value) for e in drawn.edges][1] == ("conv", "after", "relu")


def test_branches_stand_side_by_side_under_their_fork() -> None:
    drawn = layout(branches())
    tops = {drawn.rect(name)[1] for name in ("long1", "middle1", "short1", "pool")}
    assert len(tops) == 1


def test_a_second_input_stands_right_above_its_reader() -> None:
    s = Sketch()
    x = s.conv("c3", s.conv("c2", s.conv("c1", "x")))
    s.add("late", "Input")
    drawn = layout(s.graph(s.add("sum", "Add", x, "late")))
    assert drawn.rect("late")[1] == drawn.rect("c3")[1]


def test_an_empty_graph_has_an_empty_picture() -> None:
    drawn = layout(Graph("nothing", (), {}, {}, (), ()))
    assert drawn.names == ()
    assert drawn.rects.shape == (0, 4)
    assert drawn.edge_boxes.shape == (0, 4)
    assert drawn.trunk == ()


def test_a_deep_network_needs_no_deep_stack() -> None:
    count = 5000
    drawn = layout(wired([[], *([box - 1] for box in range(1, count))]))
    assert len(drawn.trunk) == count


def test_a_gap_with_very_many_lines_is_drawn_all_the_same() -> None:
    fan = 80
    parents = [[]] + [[0] for _ in range(fan)] + [list(range(1, fan + 1))]
    drawn = layout(wired(parents))
    assert len(drawn.edges) == 2 * fan
    assert boxes_on_the_way(drawn) == []


def squeeze_and_excite() -> Graph:
    """A block whose gate looks at the whole map and scales it."""
    s = Sketch()
    maps = s.conv("maps", "x")
    gate = s.add("pooled", "GlobalAveragePool", maps, shape=(1, 4, 1, 1))
    gate = s.add("squeeze", "Conv", gate, shape=(1, 4, 1, 1))
    gate = s.add("excite", "Conv", gate, shape=(1, 4, 1, 1))
    gate = s.add("gate", "HardSigmoid", gate, shape=(1, 4, 1, 1))
    return s.graph(s.conv("after", s.add("scaled", "Mul", maps, gate)))


def test_the_trunk_passes_by_a_gate_which_stands_beside_it() -> None:
    drawn = layout(squeeze_and_excite())
    assert drawn.trunk == ("x", "maps", "scaled", "after")
    gate = {drawn.rect(name)[0] for name in ("pooled", "squeeze", "excite", "gate")}
    assert len(gate) == 1
    assert abs(gate.pop() - drawn.rect("maps")[0]) > BOX_WIDTH
    (main,) = (e for e in drawn.edges if (e.source, e.target) == ("maps", "scaled"))
    assert len(main.points) == 2


def test_a_network_without_maps_has_a_trunk_all_the_same() -> None:
    s = Sketch(shape=(1, 8))
    x = s.add("second", "Gemm", s.add("first", "Gemm", "x"))
    graph = s.graph(s.add("sum", "Add", x, "x"))
    assert layout(graph).trunk == ("x", "first", "second", "sum")

"""Upstream and downstream of a layer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rkviz.graph.reach import downstream, upstream
from tests.drawings import branches, wired
from tests.graphs import Sketch


def test_all_that_a_layer_reads_and_all_that_reads_it() -> None:
    graph = branches()
    assert upstream(graph, ["long2"]) == ("x", "long1", "long2")
    assert downstream(graph, ["middle2"]) == ("middle2", "joined", "head")
    assert upstream(graph, ["long1", "pool"]) == ("x", "long1", "pool")
    assert upstream(graph, []) == ()


def test_a_fused_activation_belongs_to_its_head() -> None:
    s = Sketch()
    s.add("relu", "Relu", s.conv("conv", "x"))
    graph = s.graph(s.conv("after", "relu"))
    assert upstream(graph, ["after"]) == ("x", "conv", "after")
    assert downstream(graph, ["conv"]) == ("conv", "after")


@given(st.lists(st.lists(st.integers(0, 30), max_size=3), min_size=1, max_size=20))
def test_each_is_the_other_seen_from_the_other_end(raw: list[list[int]]) -> None:
    parents = [sorted({p % box for p in some}) if box else [] for box, some in enumerate(raw)]
    graph = wired(parents)
    for a in graph.heads:
        for b in upstream(graph, [a]):
            assert a in downstream(graph, [b])

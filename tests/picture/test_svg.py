"""The SVG of a graph: well formed, complete, and harmless whatever the names are."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.metrics import METRICS
from rkviz.graph.model import Graph, Node, Value
from rkviz.picture.colour_scale import ColourScale
from rkviz.picture.layout import layout
from rkviz.picture.svg import clean, fitting, graph_svg
from tests.drawings import branches

SVG = "{http://www.w3.org/2000/svg}"
SCALE = ColourScale(METRICS["snr_db"])


def drawn(graph: Graph, title: str = "A network") -> ET.Element:
    shades = {name: SCALE.shade(25.0) for name in graph.heads}
    shades[graph.heads[0]] = SCALE.shade(math.nan)
    text = graph_svg(
        graph,
        layout(graph),
        shades,
        dict.fromkeys(graph.heads, "u8"),
        dict.fromkeys(graph.heads, "25.0 dB"),
        title,
        SCALE.legend(),
    )
    return ET.fromstring(text)


def test_every_box_has_a_tooltip_with_all_its_words() -> None:
    graph = branches()
    tooltips = [element.text or "" for element in drawn(graph).iter(f"{SVG}title")]
    assert tooltips[0] == "A network"
    assert sorted(tip.split("\n")[0] for tip in tooltips[1:]) == sorted(graph.heads)
    assert all(tip.endswith("u8\n25.0 dB") for tip in tooltips[1:])


def test_every_line_and_every_line_of_the_legend_is_there() -> None:
    graph = branches()
    root = drawn(graph)
    lines = [path for path in root.iter(f"{SVG}path") if path.get("class") == "e"]
    assert len(lines) == len(layout(graph).edges)
    words = {element.text for element in root.iter(f"{SVG}text")}
    assert {entry.text for entry in SCALE.legend()} <= words


def test_colours_badges_and_values_may_be_missing() -> None:
    graph = branches()
    root = ET.fromstring(graph_svg(graph, layout(graph), {}, {}, {}, ""))
    assert len(list(root.iter(f"{SVG}title"))) == 1 + len(graph.heads)


def test_it_needs_nothing_from_elsewhere() -> None:
    graph = branches()
    text = graph_svg(graph, layout(graph), {}, {}, {}, "A network")
    assert "<script" not in text
    assert "href" not in text
    assert "@import" not in text
    assert text.count("http") == 1, "the name space only"


@given(st.text(max_size=60), st.text(max_size=20))
def test_names_from_strangers_stay_names(name: str, op: str) -> None:
    node = Node(name, op, (), ("v",))
    graph = Graph("g", (node,), {"v": Value("v", None)}, {}, (), ("v",))
    root = drawn(graph, title=name)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "style", "defs", "marker", "pattern", "path", "rect", "text", "g",
    }  # fmt: skip


def test_mark_up_in_a_name_is_shown_as_it_is() -> None:
    assert clean("</svg><script>'\"&") == "&lt;/svg&gt;&lt;script&gt;&#x27;&quot;&amp;"
    assert clean("a\x00b\ud800c\uffffd") == "a\ufffdb\ufffdc\ufffdd"
    assert clean("量化 😀") == "量化 😀"


@given(st.text(max_size=80), st.floats(20, 400))
def test_fitting_keeps_both_ends(text: str, width: float) -> None:
    short = fitting(text, width, 10)
    if short != text:
        head, _, tail = short.partition("…")
        assert text.startswith(head)
        assert text.endswith(short[len(head) + 1 :] or tail)
        assert len(short) <= len(text)

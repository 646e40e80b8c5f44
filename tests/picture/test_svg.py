"""The SVG of a graph: well formed, complete, and harmless whatever the names are."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.metrics import METRICS
from rkviz.graph.model import Graph, Node, Value
from rkviz.picture.boxes import Stage
from rkviz.picture.colour_scale import ColourScale
from rkviz.picture.labels import box_labels, stage_label
from rkviz.picture.layout import layout
from rkviz.picture.svg import BoxWords, clean, fitting, graph_svg
from tests.drawings import branches

SVG = "{http://www.w3.org/2000/svg}"
SCALE = ColourScale(METRICS["snr_db"])


def drawn(graph: Graph, title: str = "A network") -> ET.Element:
    shades = {name: SCALE.shade(25.0) for name in graph.heads}
    shades[graph.heads[0]] = SCALE.shade(math.nan)
    badges = dict.fromkeys(graph.heads, "u8")
    values = dict.fromkeys(graph.heads, "25.0 dB")
    words = BoxWords(box_labels(graph), badges, values)
    text = graph_svg(layout(graph), words, shades, title, SCALE.legend())
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
    root = ET.fromstring(graph_svg(layout(graph), BoxWords(box_labels(graph)), {}, ""))
    assert len(list(root.iter(f"{SVG}title"))) == 1 + len(graph.heads)


def test_it_needs_nothing_from_elsewhere() -> None:
    graph = branches()
    text = graph_svg(layout(graph), BoxWords(box_labels(graph)), {}, "A network")
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


def test_a_piece_shows_only_what_touches_it() -> None:
    graph = branches()
    placed, words = layout(graph), BoxWords(box_labels(graph))
    x, y, _, _ = placed.rect("long2")
    root = ET.fromstring(graph_svg(placed, words, {}, "", area=(x + 5, y + 5, 10, 10)))
    assert [tip.text.split("\n")[0] for tip in root.iter(f"{SVG}title") if tip.text] == ["long2"]


def test_a_folded_stage_is_a_stack_with_its_own_words() -> None:
    graph = branches()
    stage = Stage("stage long", "long", ("long1", "long2", "long3"))
    labels = box_labels(graph) | {stage.name: stage_label(stage)}
    words = BoxWords(labels, lines={stage.name: ("3 layers", "worst 0.9")})
    text = graph_svg(layout(graph, [stage]), words, {}, "")
    assert "3 layers\nlong worst 0.9" in text
    assert text.count('class="k"') == 2


def test_words_on_lines_are_drawn() -> None:
    graph = branches()
    words = BoxWords(box_labels(graph), marks={("joined", "head"): "u8→F"})
    assert "u8→F" in graph_svg(layout(graph), words, {}, "")


def test_the_legend_says_what_the_colours_mean() -> None:
    graph = branches()
    words = BoxWords(box_labels(graph))
    text = graph_svg(layout(graph), words, {}, "", SCALE.legend(), heading="SNR · own")
    texts = [found.text for found in ET.fromstring(text).iter(f"{SVG}text")]
    assert texts.index("SNR · own") < texts.index(SCALE.legend()[0].text)


def test_both_errors_and_the_shapes_are_drawn_like_on_the_screen() -> None:
    graph = branches()
    red = (200, 30, 40)
    words = BoxWords(
        box_labels(graph),
        gauges={"head": ((0.25, red), (1.0, red))},
        shapes={"joined": "4×8×8", "x": "1×8×8"},
    )
    root = ET.fromstring(graph_svg(layout(graph), words, {}, ""))
    bars = [
        float(r.get("width", "")) for r in root.iter(f"{SVG}rect") if r.get("fill") == "#c81e28"
    ]
    assert bars == [round(bars[1] / 4, 1), bars[1]]
    shapes = [found.text for found in root.iter(f"{SVG}text") if found.get("class") == "s"]
    assert shapes.count("4×8×8") == 1

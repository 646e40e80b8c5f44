"""The HTML report: one file, complete, and deaf to what strangers write into names."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rkviz.analyse.display import metric_text
from rkviz.errors import ConfigError, FormatError
from rkviz.formats.report_html import report_html, write_report
from rkviz.graph.model import Graph
from rkviz.quantize.plan import Reason
from tests.gui.sample_results import SKIPPED, sample_graph, sample_results

FACTS = {"Model": "/models/detector.onnx", "Target": "rv1126"}
PROBLEMS = ("dataset.txt, line 3: missing.jpg does not exist.",)


def made(language: str = "en", graph: Graph | None = None, **changes: object) -> str:
    results = sample_results(graph=graph)
    assert results.plan is not None
    assert results.report is not None
    arguments = {"title": "detector.onnx", "facts": FACTS, "problems": PROBLEMS} | changes
    return report_html(results.plan, results.report, language=language, **arguments)


class Page(HTMLParser):
    """What a browser would make of the page: tags, attributes, the cells of the last table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.data = ""
        self.scripts: list[str] = []
        self._in: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "script" in self._in:
            self.scripts.append(data)
        elif "style" not in self._in:
            self.data += data + "\n"
            if self.rows and {"td", "th"} & set(self._in):
                self.rows[-1][-1] += data

    def row(self, layer: str) -> list[str]:
        """The row of the big table whose layer is `layer`."""
        return next(row for row in self.rows if len(row) > 20 and row[1] == layer)


def test_every_layer_has_its_row_with_both_errors_and_its_range() -> None:
    page = Page(made())
    results = sample_results()
    assert results.plan is not None
    assert results.report is not None
    for head in results.plan.graph.heads:
        row = page.row(head)
        last = results.plan.graph.members[head][-1]
        if last in results.report.layers and results.report.sums(last, "own").count:
            own = results.report.sums(last, "own").cosine
            assert row[6].lstrip("·:!×") == metric_text("cosine", own)
    boxes = page.row("boxes")
    assert boxes[2:6] == ["Conv", "u8", "NN", "1x4x16x16"]
    assert boxes[16:21] == ["0", "320", "1.2549", "0", ""]
    assert "head" in boxes[21]
    assert "/model/boxes/Conv" in boxes[22]


def test_what_did_not_run_and_what_was_left_out_is_told() -> None:
    page = Page(made())
    assert SKIPPED["nms"] in page.data
    assert PROBLEMS[0] in page.data
    assert "empty runs on the shader." in page.data
    assert page.row("nms")[6:16] == ["–"] * 10


def test_nothing_is_fetched() -> None:
    text = made()
    page = Page(text)
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form")
        assert not {"src", "href", "xlink:href", "srcset", "action"} & set(attributes)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_the_policy_allows_the_one_script_and_nothing_else() -> None:
    page = Page(made())
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy


def test_names_from_strangers_are_text() -> None:
    evil = "<script>alert('1')</script>\" onload=x & </td>"
    graph = sample_graph()
    nodes = tuple(
        replace(node, origins=(evil,)) if node.name == "stem" else node for node in graph.nodes
    )
    text = made(graph=graph.with_nodes(nodes), title=evil, facts={evil: evil}, problems=(evil,))
    page = Page(text)
    assert len(page.scripts) == 1
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert page.row("stem")[22].startswith(evil)
    assert page.data.count(evil) >= 4


def test_a_hostile_layer_name_stays_in_its_cell_and_its_box() -> None:
    evil = "<script>alert(1)</script>"
    results = sample_results()
    plan, report = results.plan, results.report
    assert plan is not None
    assert report is not None
    graph = plan.graph
    renamed = {"pool": evil}
    nodes = tuple(replace(node, name=renamed.get(node.name, node.name)) for node in graph.nodes)
    steps = tuple(
        replace(step, layers=tuple(renamed.get(name, name) for name in step.layers))
        for step in plan.steps
    )
    named = {renamed.get(name, name): scheme for name, scheme in plan.scheme.items()}
    errors = {renamed.get(name, name): error for name, error in report.layers.items()}
    text = report_html(
        replace(plan, graph=graph.with_nodes(nodes), steps=steps, scheme=named),
        replace(report, layers=errors),
        title="x",
        facts={},
    )
    page = Page(text)
    assert page.row(evil)[3] == "u8"
    assert len(page.scripts) == 1


def test_the_pictures_of_the_network_are_well_formed() -> None:
    pictures = re.findall(r"<svg.*?</svg>", made(), re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        assert ET.fromstring(picture).tag.endswith("svg")


def test_a_report_in_chinese_says_why_in_chinese() -> None:
    page = Page(made("zh_CN"))
    assert "累积误差" in page.data
    assert "合并" in page.row("boxes")[21]
    english = {reason.value.partition("{")[0] for reason in Reason}
    assert not any(row[21] in english for row in page.rows if len(row) > 20)


def test_a_language_nobody_wrote_is_refused() -> None:
    with pytest.raises(ConfigError, match="zh_CN"):
        made("fr")


def test_the_file_is_written_as_utf8_or_not_at_all(tmp_path: Path) -> None:
    results = sample_results()
    assert results.plan is not None
    assert results.report is not None
    path = tmp_path / "report.html"
    write_report(results.plan, results.report, path, title="检测", facts=FACTS)
    assert "检测" in path.read_text(encoding="utf-8")
    with pytest.raises(FormatError, match="folder"):
        write_report(
            results.plan, results.report, tmp_path / "no" / "r.html", title="x", facts=FACTS
        )

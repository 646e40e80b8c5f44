"""What the command line says of a report: notes in words, findings of the rules as data."""

import json

import numpy as np

from rkviz.analyse.analysis import analyse
from rkviz.analyse.summary import summary_json, summary_text
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

RV1126 = target_named("rv1126")


def test_findings_are_in_the_text_and_in_the_json() -> None:
    sketch = Sketch()
    sketch.add("soft", "Softplus", sketch.conv("conv", "x"))
    graph = sketch.graph("soft")
    plan = build_plan(graph, stats_of(graph), HybridConfig(), RV1126)
    picture = {"x": np.zeros(sketch.shape, np.float32)}
    report = analyse(plan, [picture], ["one"], "digest")
    assert "note: soft: The chip can compute Softplus" in summary_text(plan, report, 5, RV1126)
    written = json.loads(summary_json(plan, report, "net.onnx", RV1126))
    finding = next(f for f in written["findings"] if f["rule"] == "not-in-toolkit")
    assert set(finding) == {
        "layer", "rule", "severity", "sentence", "advice", "values", "remedies",
    }  # fmt: skip
    assert (finding["layer"], finding["severity"]) == ("soft", "note")
    assert len(written["notes"]) == 1

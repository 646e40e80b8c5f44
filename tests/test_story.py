"""The whole story on one page: from an ONNX and a folder of pictures to an exported config."""

from dataclasses import replace
from pathlib import Path

from rkviz import exchange, pipeline
from rkviz.analyse.analysis import CodeCache
from rkviz.calibrate.preprocess import InputSettings
from rkviz.formats.quantization_cfg import read_cfg
from rkviz.numerics import QuantScheme
from rkviz.project import Project, load_project, save_project
from tests import models
from tests.pictures import save_pictures


def test_the_story(tmp_path: Path) -> None:
    # An engineer has a network and some pictures ...
    model = models.save(models.depthwise_net(), tmp_path / "net.onnx")
    pictures = save_pictures(tmp_path / "pictures", count=4)
    settings = InputSettings(mean_values=(127.5,), std_values=(127.5,))
    project = Project(model, (pictures,), inputs={"": settings}, analysis_images=2)

    # ... and presses Run: the network is opened, calibrated, quantized and analysed.
    cache = CodeCache()
    results = pipeline.run(project, cache=cache)
    assert pipeline.stale(project, results) is None
    assert results.stats.images == 4
    assert results.report.images == ("picture0.png", "picture1.png")

    # Every layer has two errors: its own, and what has accumulated up to it.
    own = results.report.metric("snr_db", "own")
    accumulated = results.report.metric("snr_db", "accumulated")
    assert set(own) == set(accumulated) == {node.name for node in results.graph.nodes}
    output = results.report.outputs[0]
    assert accumulated[output] < 60

    # The plan says of every tensor why it has the range it has.
    first = results.graph.heads[1]
    assert results.plan.tensor_of(first).why()

    # The worst layer goes to i16; only what depends on it is computed again.
    layers = [name for name in results.graph.heads if results.plan.step_of[name].op == "Conv"]
    worst = results.report.worst("snr_db", "own", layers)[0][0]
    edited = replace(project, config=project.config.with_scheme([worst], QuantScheme.I16))
    assert pipeline.stale(edited, results) == "quantize"
    again = pipeline.run(edited, results, cache=cache)
    assert again.stats is results.stats
    members = again.graph.members[worst]
    assert again.report.sums(members[-1], "own").snr_db > own[members[-1]] + 10

    # All layers in float is the float network but for fp16 rounding.
    everything = project.config.with_scheme(results.graph.heads, QuantScheme.FLOAT)
    as_float = pipeline.run(replace(project, config=everything), again, cache=cache)
    assert as_float.report.sums(output, "accumulated").snr_db > 50

    # Undo is the old value; its errors are the old ones to the last digit.
    undone = pipeline.run(project, as_float, cache=cache)
    assert undone.report.metric("snr_db", "accumulated") == accumulated

    # The work is saved, opened again, and exported for the real toolkit.
    save_project(edited, tmp_path / "work.rkviz")
    assert load_project(tmp_path / "work.rkviz") == edited
    exchange.export_cfg(edited, again, tmp_path / "net.quantization.cfg")
    customized = read_cfg(tmp_path / "net.quantization.cfg").customized
    assert len(customized) == len(members)
    assert set(customized.values()) == {QuantScheme.I16}
    exchange.export_report(edited, again, tmp_path / "report.html")
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")

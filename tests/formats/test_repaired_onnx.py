"""Repaired weights in the user's own ONNX file: the toolkit would get the integers of the plan."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import ModelProto

from rkviz import exchange, pipeline
from rkviz.emulate.compiled.programs import Programs
from rkviz.errors import ConfigError, FormatError
from rkviz.graph.naming import layer_names
from rkviz.project import Project
from rkviz.repair.choice import parse_repairs
from rkviz.results import Results
from tests import models
from tests.pictures import save_pictures

EVERYTHING = parse_repairs("equalize,round,sequential")


def products() -> ModelProto:
    """Two fully connected layers written as MatMul, one with an Add behind it; nodes unnamed."""
    b = models.Builder("products", seed=11)
    x = b.node("Flatten", [b.input(shape=(1, 3, 4, 4))], "flatten", axis=1)
    for name, size in (("one", (48, 20)), ("two", (20, 5))):
        weight = b.constant(f"{name}.w", b.rng.normal(size=size).astype(np.float32))
        x = b.node("MatMul", [x, weight], name)
        if name == "one":
            bias = b.constant("one.b", b.rng.normal(size=size[1]).astype(np.float32))
            x = b.node("Relu", [b.node("Add", [x, bias], "one_add")], "relu")
    b.output(x)
    return b.model()


NETWORKS = {
    **models.ALL,
    **{f"imbalanced {name}": lambda name=name: models.imbalanced_net(name) for name in
       ("relu6", "relu", "leaky", "prelu")},
    "products": products,
}  # fmt: skip


def repaired(model: ModelProto, folder: Path) -> tuple[Project, Results]:
    path = models.save(model, folder / "net.onnx")
    size = model.graph.input[0].type.tensor_type.shape.dim
    pictures = save_pictures(folder / "pictures", 3, (size[3].dim_value, size[2].dim_value))
    project = Project(path, (pictures,), repairs=EVERYTHING, analysis_images=1)
    return project, pipeline.run(project, until="quantize")


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "two_inputs"])
def test_the_file_opened_again_gives_the_same_integers(name: str, tmp_path: Path) -> None:
    project, results = repaired(NETWORKS[name](), tmp_path)
    path = tmp_path / "repaired.onnx"
    facts = exchange.export_repaired_onnx(project, results, path)
    assert facts["layers"] > 0
    exchange.export_cfg(project, results, tmp_path / "net.cfg")

    other = replace(project, model=path, repairs=parse_repairs("none"))
    opened = pipeline.run(other, until="open")
    assert layer_names(opened.graph) == layer_names(results.graph)
    other, _ = exchange.import_cfg(other, opened, tmp_path / "net.cfg")
    again = pipeline.run(other, opened, until="quantize")
    feeds = pipeline.feeds_of(project, results.graph, results.dataset, 2)
    codes = [Programs().run_plan(made.plan, feeds) for made in (results, again)]
    for value in results.graph.values:
        if value in results.plan.value_tensor:
            tensors = (made.plan.value_tensor[value] for made in (results, again))
            ours, theirs = (held[tensor] for held, tensor in zip(codes, tensors, strict=True))
            np.testing.assert_array_equal(ours, theirs, err_msg=value)


@pytest.mark.parametrize("name", ["depthwise_net", "classifier", "products", "imbalanced relu6"])
def test_the_file_is_whole_and_runs(name: str, tmp_path: Path) -> None:
    project, results = repaired(NETWORKS[name](), tmp_path)
    path = tmp_path / "repaired.onnx"
    exchange.export_repaired_onnx(project, results, path)
    onnx.checker.check_model(path, full_check=True)
    before, after = onnx.load(project.model), onnx.load(path)
    assert after.opset_import == before.opset_import
    assert after.ir_version == before.ir_version
    # "two" had no bias: the correction it got stands in an Add of its own.
    new = {node.name for node in after.graph.node} - {node.name for node in before.graph.node}
    assert new <= {"two/add"}
    assert not [node for node in after.graph.node if node.op_type == "BatchNormalization"]
    used = {entry for node in after.graph.node for entry in node.input}
    assert {tensor.name for tensor in after.graph.initializer} <= used
    feeds = pipeline.feeds_of(project, results.graph, results.dataset, 0)
    outputs = [ort.InferenceSession(file).run(None, feeds)[0] for file in (project.model, path)]
    scale = np.abs(outputs[0]).max()
    np.testing.assert_allclose(outputs[1] / scale, outputs[0] / scale, atol=0.2)


def test_equalization_alone_leaves_the_outputs_as_they_are(tmp_path: Path) -> None:
    project, _ = repaired(models.imbalanced_net(), tmp_path)
    project = replace(project, repairs=parse_repairs("equalize"))
    results = pipeline.run(project, until="quantize")
    path = tmp_path / "repaired.onnx"
    exchange.export_repaired_onnx(project, results, path)
    feeds = pipeline.feeds_of(project, results.graph, results.dataset, 0)
    before, after = (
        ort.InferenceSession(file).run(None, feeds)[0] for file in (project.model, path)
    )
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4)


def test_a_script_for_the_toolkit_reads_the_repaired_file(tmp_path: Path) -> None:
    project, results = repaired(models.depthwise_net(), tmp_path)
    (tmp_path / "work").mkdir()
    exchange.export_script(project, results, tmp_path / "work" / "script.py")
    assert "net-repaired.onnx" in (tmp_path / "work" / "script.py").read_text()
    written = onnx.load(tmp_path / "work" / "net-repaired.onnx")
    assert not [node for node in written.graph.node if node.op_type == "BatchNormalization"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    project, results = repaired(models.chain(), tmp_path)
    with pytest.raises(FormatError, match="is the model itself"):
        exchange.export_repaired_onnx(project, results, project.model)
    lite = replace(project, model=tmp_path / "net.tflite")
    with pytest.raises(FormatError, match="not an ONNX file"):
        exchange.export_repaired_onnx(lite, results, tmp_path / "out.onnx")
    plain = pipeline.run(replace(project, repairs=parse_repairs("none")), until="quantize")
    with pytest.raises(ConfigError, match="No repair is turned on"):
        exchange.export_repaired_onnx(project, plain, tmp_path / "out.onnx")
    models.save(models.conv_relu(), project.model)
    with pytest.raises(FormatError, match="not in it") as caught:
        exchange.export_repaired_onnx(project, results, tmp_path / "out.onnx")
    assert len(caught.value.details) == 3
    assert not (tmp_path / "out.onnx").exists()

"""QDQ ONNX: onnxruntime runs the plan and gives the codes of the emulator, or their neighbours."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from rkviz import pipeline
from rkviz.calibrate.observers import calibrate
from rkviz.emulate.compiled.float_pieces import FloatPieces
from rkviz.emulate.executor import as_real, run_plan
from rkviz.errors import FormatError
from rkviz.formats.qdq_onnx import qdq_model, write_qdq
from rkviz.graph import open_model
from rkviz.graph.ort_session import open_session
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan, TensorPlan
from rkviz.target import target_named
from tests import models
from tests.operators import CASES, Case
from tests.pictures import save_pictures

Feeds = dict[str, NDArray[np.float32]]

U8, I8, I16, FLOAT = QuantScheme
# In 16 bits the chip's tables of sigmoid and swish show: they are coarser than the code.
TABLES_SHOW = {("detector_with_concat", I16): 200, ("swish_net", U8): 2}


def planned(folder: Path, name: str, config: HybridConfig) -> tuple[QuantPlan, Feeds]:
    """The plan of a tiny network and one prepared picture."""
    model = models.save((models.ALL | {"unknown": models.with_unknown_op})[name](), folder / "n")
    pictures = save_pictures(folder / "pictures", 2)
    if name == "two_inputs":
        line = f"{pictures / 'picture0.png'} {pictures / 'picture1.png'}\n"
        pictures = folder / "dataset.txt"
        pictures.write_text(line)
    project = Project(model, (pictures,), config=config)
    results = pipeline.run(project, until="quantize")
    assert results.plan is not None
    assert results.graph is not None
    assert results.dataset is not None
    return results.plan, pipeline.feeds_of(project, results.graph, results.dataset, 0)


def differences(plan: QuantPlan, feeds: Feeds, optimize: bool = True) -> dict[str, float]:
    """Output -> largest difference to the emulator, in codes (FLOAT: over the largest value)."""
    session = open_session(qdq_model(plan).SerializeToString(), optimize=optimize)
    emulated = run_plan(plan, feeds)
    found: dict[str, float] = {}
    for name, got in zip(plan.graph.outputs, session.run(None, feeds), strict=True):
        tensor = plan.tensors[plan.value_tensor[name]]
        wanted = as_real(plan, tensor.name, emulated[tensor.name])
        quantized = tensor.params.scheme.is_quantized
        step = tensor.params.scale if quantized else float(np.abs(wanted).max())
        found[name] = float(np.abs(got - wanted).max()) / step
    return found


@pytest.mark.parametrize("scheme", [U8, I8, I16])
@pytest.mark.parametrize("name", sorted(models.ALL))
def test_outputs_are_within_one_code_of_the_emulator(
    tmp_path: Path, name: str, scheme: QuantScheme
) -> None:
    plan, feeds = planned(tmp_path, name, HybridConfig(default=scheme))
    for optimize in (True, False):
        worst = max(differences(plan, feeds, optimize).values())
        assert worst <= TABLES_SHOW.get((name, scheme), 1) + 0.01


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_operator_runs_and_agrees(case: Case, tmp_path: Path) -> None:
    """Two layers each, so that one code of the first may become a few of the second."""
    graph = open_model(models.save(case.model(), tmp_path / "n"))
    feeds = case.feeds(1)
    stats = calibrate(graph, feeds, FloatPieces(graph).run, case.id)
    coarse = 60 if case.op == "HardSigmoid" else 8
    for scheme, codes in ((U8, 3), (I8, 3), (I16, coarse), (FLOAT, 0.002)):
        plan = build_plan(graph, stats, HybridConfig(scheme), target_named("rv1126"))
        assert max(differences(plan, feeds[0]).values()) <= codes + 0.01 * scheme.is_quantized


@pytest.mark.parametrize("name", ["residual", "depthwise_net", "classifier"])
def test_float_islands_differ_by_the_rounding_of_fp16_only(tmp_path: Path, name: str) -> None:
    plan, feeds = planned(tmp_path, name, HybridConfig(default=FLOAT))
    assert max(differences(plan, feeds).values()) < 2e-3


def test_types_meet_in_one_network(tmp_path: Path) -> None:
    config = HybridConfig().with_scheme(["conv1"], I16).with_scheme(["conv_skip"], FLOAT)
    plan, feeds = planned(tmp_path, "residual", config)
    assert max(differences(plan, feeds).values()) <= 2.01, "one code of conv1 travels on"
    made = qdq_model(plan)
    kinds = {t.data_type for t in made.graph.initializer if t.name.endswith("/zero")}
    assert kinds == {onnx.TensorProto.UINT8, onnx.TensorProto.INT16}


def test_the_file_is_valid_and_holds_codes_under_the_names_of_the_model(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "chain", HybridConfig().with_scheme(["conv3"], I16))
    write_qdq(plan, tmp_path / "q.onnx")
    made = onnx.load(tmp_path / "q.onnx")
    onnx.checker.check_model(made, full_check=True)
    assert [v.name for v in made.graph.input] == ["images"]
    assert [v.name for v in made.graph.output] == list(plan.graph.outputs)
    assert {"conv1", "relu1", "conv2", "relu2", "conv3"} <= {n.name for n in made.graph.node}
    held = {t.name: t for t in made.graph.initializer}
    weight = plan.tensors["conv1:weight"]
    stored = onnx.numpy_helper.to_array(held["conv1.weight/codes"])
    np.testing.assert_array_equal(stored, weight.codes, strict=True)
    assert held["conv1.bias/codes"].data_type == onnx.TensorProto.INT32
    bias = plan.tensors["conv3:bias"]
    codes, step = (
        onnx.numpy_helper.to_array(held[f"conv3.bias/{key}"]) for key in ("codes", "scale")
    )
    assert codes.dtype == np.int32
    assert np.abs(codes).max() >= 1 << 30, "no finer scale holds it"
    np.testing.assert_allclose(codes * step, bias.codes * bias.params.scale, rtol=2**-20)
    scale = float(onnx.numpy_helper.to_array(held["conv3.weight/scale"]))
    assert np.log2(scale) == -(plan.tensors["conv3:weight"].params.fl or 0)


def test_every_constant_is_read(tmp_path: Path) -> None:
    """onnxruntime prints a warning for each that is not."""
    plan, _ = planned(tmp_path, "residual", HybridConfig().with_scheme(["conv2"], I16))
    graph = qdq_model(plan).graph
    read = {name for node in graph.node for name in node.input}
    assert {constant.name for constant in graph.initializer} <= read


def test_a_weight_of_zeros_has_a_scale_float32_can_hold(tmp_path: Path) -> None:
    plan, feeds = planned(tmp_path, "conv_relu", HybridConfig(default=I16))
    weight, bias = plan.tensors["conv:weight"], plan.tensors["conv:bias"]
    assert weight.codes is not None
    zeros = replace(
        weight, codes=np.zeros_like(weight.codes), params=QuantParams.fixed_point(I16, 300)
    )
    tiny = replace(bias, params=QuantParams.fixed_point(I16, 310))
    tensors: dict[str, TensorPlan] = {**plan.tensors, weight.name: zeros, bias.name: tiny}
    assert differences(replace(plan, tensors=tensors), feeds) == {"relu_out": 0.0}


def test_a_plan_with_gaps_is_refused_with_every_layer_that_is_missing(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "unknown", HybridConfig())
    with pytest.raises(FormatError, match="cannot be run") as caught:
        write_qdq(plan, tmp_path / "q.onnx")
    assert [line.split(":")[0] for line in caught.value.details] == ["mystery", "conv2"]
    assert not (tmp_path / "q.onnx").exists()


def test_the_bias_of_16_bits_survives_what_onnxruntime_does_to_biases(tmp_path: Path) -> None:
    """Its optimizer turns a float bias into int32 of scale input times weights: too fine a step."""
    plan, feeds = planned(tmp_path, "conv_relu", HybridConfig(default=I16))
    bias = plan.tensors["conv:bias"]
    assert bias.codes is not None
    large = replace(bias, codes=np.full_like(bias.codes, 1 << 38))
    changed = replace(plan, tensors={**plan.tensors, bias.name: large})
    assert max(differences(changed, feeds).values()) <= 1.01

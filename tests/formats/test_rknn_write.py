"""A u8 plan written as .rknn: what the vendor writes for it, and read again the same network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from rkviz import cli, pipeline
from rkviz.calibrate.preprocess import InputSettings
from rkviz.cli import exit_codes
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.executor import run_plan
from rkviz.errors import FormatError
from rkviz.formats.rknn_container import pack
from rkviz.formats.rknn_model import RknnModel, model_in, model_of
from rkviz.formats.rknn_write import EXPERIMENTAL, rknn_of
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.quantize.stated import stats_without_pictures
from rkviz.target import target_named
from tests import models
from tests.pictures import save_pictures
from tests.rknn_files import RknnFile, every_operation, u8

RV1126 = target_named("rv1126")
CONV_VX = {
    "overflow_policy": "VX_CONVERT_POLICY_SATURATE",
    "rounding_policy": "VX_ROUND_POLICY_TO_ZERO",
    "down_scale_size_rounding": "VX_CONVOLUTIONAL_NETWORK_DS_SIZE_ROUNDING_FLOOR",
}


def plan_of(graph: Graph) -> QuantPlan:
    stats = stats_without_pictures(graph, FloatNet(graph).wanted, graph.digest)
    return build_plan(graph, stats, HybridConfig(), RV1126)


def written(model: RknnModel) -> bytes:
    return pack(rknn_of(plan_of(model.graph), model.inputs, RV1126))


def without_shuffle() -> RknnModel:
    """Every operation that is written: the shuffle works on five axes, of which no file tells."""
    file = every_operation()
    shuffle = next(i for i, node in enumerate(file.nodes) if "SHUFFLE" in str(node["op"]))
    file.nodes[shuffle] |= {
        "op": "VSI_NN_OP_RESHAPE", "nn": {"reshape": {"size": [8, 8, 8, 1], "dim_num": 4}}
    }  # fmt: skip
    return model_in(file.data())


def quantized(tmp_path: Path, network: ModelProto, **config: QuantScheme) -> pipeline.Results:
    path = models.save(network, tmp_path / "net.onnx")
    project = Project(path, (save_pictures(tmp_path / "pictures", 2),))
    overrides = HybridConfig()
    for layer, scheme in config.items():
        overrides = overrides.with_scheme([layer], scheme)
    project = Project(path, project.dataset, config=overrides)
    return pipeline.run(project, until="quantize")


def test_a_small_network_is_described_key_by_key_as_the_vendor_does() -> None:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    conv = file.conv("Conv_c", "images", 1 / 255, (2, 1, 3, 2), u8(0.02, 0), (1, 1, 0, 0))
    file.output(file.node("RELU", "Relu_r", [conv], u8(0.02, 0)), [5, 2, 2, 1])
    model = model_in(file.data())
    container = rknn_of(plan_of(model.graph), model.inputs, RV1126)
    weight, bias = file.constants
    body = file.body
    dtypes = [file.constants[0]["dtype"], file.constants[1]["dtype"]]
    assert container.body == body[12:] + body[:12]
    assert (weight["len"], bias["len"]) == (12, 8)
    expected = {
        "target_platform": ["RV1126"], "network_platform": "caffe",
        "ori_network_platform": "caffe", "input_fmt": 0, "input_transpose": 1, "name": "Small",
        "version": "1.7.0", "ovxlib_version": "1.1.26", "node_num": 2, "norm_tensor_num": 2,
        "const_tensor_num": 2, "virtual_tensor_num": 2, "optimization_level": 3,
        "mean_value": [0], "mean_value_chns": [1], "std_value": [255.0], "reorder": [0, 1, 2],
        "input_num": 1, "output_num": 1, "pre_compile": 0, "case_type": -1,
        "nodes": [
            {"lid": "Conv_c_2", "name": "Conv_c", "op": "VSI_NN_OP_CONV2D", "uid": 2,
             "input_num": 3, "output_num": 1,
             "nn": {"conv2d": {"ksize": [2, 3], "weights": 2, "stride": [1, 1],
                               "pad": [1, 1, 0, 0], "group": 1, "dilation": [1, 1],
                               "multiplier": 0}},
             "vx": CONV_VX},
            {"lid": "Relu_r_1", "name": "Relu_r", "op": "VSI_NN_OP_RELU", "uid": 1,
             "input_num": 1, "output_num": 1},
        ],
        "norm_tensor": [
            {"tensor_id": 0, "size": [5, 2, 2, 1], "dim_num": 4, "dtype": u8(0.02, 0),
             "url": "Relu_r/out0_0"},
            {"tensor_id": 1, "size": [4, 4, 1, 1], "dim_num": 4, "dtype": u8(1 / 255, 0),
             "url": "images_3"},
        ],
        "const_tensor": [
            {"tensor_id": 0, "size": [2, 3, 1, 2], "dim_num": 4, "dtype": dtypes[0],
             "offset": 8, "len": 12},
            {"tensor_id": 1, "size": [2], "dim_num": 1, "dtype": dtypes[1], "offset": 0, "len": 8},
        ],
        "virtual_tensor": [{"node_id": 0, "output_port": 0, "dtype": u8(0.02, 0)}],
        "connection": [
            {"node_id": 0, "left": "input", "left_tensor_id": 0,
             "right_tensor": {"type": "norm_tensor", "tensor_id": 1}},
            {"node_id": 1, "left": "output", "left_tensor_id": 0,
             "right_tensor": {"type": "norm_tensor", "tensor_id": 0}},
            {"node_id": 0, "left": "input", "left_tensor_id": 1,
             "right_tensor": {"type": "const_tensor", "tensor_id": 0}},
            {"node_id": 0, "left": "input", "left_tensor_id": 2,
             "right_tensor": {"type": "const_tensor", "tensor_id": 1}},
            {"node_id": 1, "left": "input", "left_tensor_id": 0,
             "right_node": {"node_id": 0, "tensor_id": 0}},
        ],
        "graph": [
            {"left": "output", "left_tensor_id": 0, "right": "norm_tensor", "right_tensor_id": 0},
            {"left": "input", "left_tensor_id": 0, "right": "norm_tensor", "right_tensor_id": 1},
        ],
    }  # fmt: skip
    assert str(container.description) == str(expected)


def test_an_opened_file_written_and_opened_again_computes_the_same_codes() -> None:
    model = without_shuffle()
    again = model_in(written(model))
    assert len(again.layers) == len(model.layers)
    picture = np.random.default_rng(1).random((1, 8, 8, 3), np.float32)
    codes = run_plan(plan_of(model.graph), {"images": picture})
    codes_again = run_plan(plan_of(again.graph), {"images": picture})
    for before, after in zip(model.graph.outputs, again.graph.outputs, strict=True):
        np.testing.assert_array_equal(codes[before], codes_again[after])
    assert again.inputs == model.inputs


def test_what_was_written_once_is_written_the_same_again() -> None:
    first = written(without_shuffle())
    assert written(model_in(first)) == first


@pytest.mark.parametrize("network", [models.chain, models.depthwise_net, models.swish_net])
def test_a_calibrated_onnx_network_runs_the_same_from_its_rknn_file(
    network: Callable[[], ModelProto], tmp_path: Path
) -> None:
    results = quantized(tmp_path, network())
    assert results.plan is not None
    graph = results.plan.graph
    container = rknn_of(results.plan, {"images": InputSettings(std_values=(255.0,))}, RV1126)
    model = model_of(container)
    shape = graph.shape(graph.inputs[0])
    picture = np.random.default_rng(2).random(shape, np.float32) * 255
    codes = run_plan(results.plan, {graph.inputs[0]: picture})
    again = run_plan(plan_of(model.graph), {model.graph.inputs[0]: picture})
    for before, after in zip(graph.outputs, model.graph.outputs, strict=True):
        np.testing.assert_array_equal(codes[before], again[after])


def test_everything_without_a_sample_is_refused_at_once(tmp_path: Path) -> None:
    builder = models.Builder()
    x = builder.conv(builder.input(), "c1", 3, 8)
    x = builder.conv(x, "grouped", 8, 8, group=2)
    x = builder.node("AveragePool", [x], "pool", kernel_shape=[2, 2], strides=[2, 2])
    builder.output(builder.conv(x, "c2", 8, 4))
    results = quantized(tmp_path, builder.model(), c2=QuantScheme.I16)
    assert results.plan is not None
    with pytest.raises(FormatError, match="export-script") as caught:
        rknn_of(results.plan, {}, RV1126)
    text = str(caught.value)
    for refusal in ("grouped: ", "pool: ", "c2: no readable", "c2: its input changes its type"):
        assert refusal in text


def test_a_reason_is_said_once_for_all_its_layers(tmp_path: Path) -> None:
    builder = models.Builder()
    x = builder.input()
    for number in range(8):
        x = builder.conv(x, f"c{number}", 3, 3)
    builder.output(x)
    layers = {f"c{number}": QuantScheme.I16 for number in range(8)}
    results = quantized(tmp_path, builder.model(), **layers)
    assert results.plan is not None
    with pytest.raises(FormatError) as caught:
        rknn_of(results.plan, {}, RV1126)
    (lines,) = [line for line in caught.value.details if line.endswith("has a layer in i16")]
    assert lines.startswith("c0, c1, c2, c3, c4, c5 and 2 more: ")


def test_a_network_with_two_inputs_is_refused(tmp_path: Path) -> None:
    builder = models.Builder()
    first, second = builder.input("a"), builder.input("b")
    builder.output(builder.node("Add", [first, second], "sum"))
    path = models.save(builder.model(), tmp_path / "net.onnx")
    graph = pipeline.run(Project(path), until="open").graph
    assert graph is not None
    with pytest.raises(FormatError, match="2 inputs"):
        rknn_of(plan_of(graph), {}, RV1126)


def test_the_command_line_writes_it_and_says_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = (
        models.save(models.detector_with_concat(), tmp_path / "net.onnx"),
        tmp_path / "net.rknn",
    )
    pictures = save_pictures(tmp_path / "pictures", 2)
    options = ["--dataset", str(pictures), "--mean", "1,2,3", "--std", "4", "--quiet"]
    assert cli.main(["export-rknn", str(model), *options, "-o", str(out)]) == exit_codes.OK
    assert EXPERIMENTAL in capsys.readouterr().err
    settings = model_in(out.read_bytes()).inputs
    assert list(settings.values()) == [InputSettings((1.0, 2.0, 3.0), (4.0,) * 3)]
    assert cli.main(["analyze", str(out), "--dataset", str(pictures), "--quiet"]) == exit_codes.OK

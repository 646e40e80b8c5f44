"""Quantized ONNX opens as the float network it stands for, with what it states."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto

from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.executor import as_real, run_plan
from rkviz.errors import ModelError
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.numerics.arithmetic import quantize
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.stated import layers_to_measure, stats_without_pictures
from rkviz.target import target_named
from tests.models import save
from tests.quantized_onnx import Quantized, codes_of, qdq_network, qlinear_network


def opened(model: ModelProto, folder: Path, **options) -> Graph:
    return open_model(save(model, folder / "q.onnx"), **options)


def codes_apart(model: ModelProto, graph: Graph) -> int:
    """By how many codes the emulator and onnxruntime, on the quantized file, are apart."""
    feeds = {
        name: np.random.default_rng(5).normal(size=graph.shape(name)).astype(np.float32)
        for name in graph.inputs
    }
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    net = FloatNet(graph)
    assert not layers_to_measure(graph, net.wanted)
    stats = stats_without_pictures(graph, net.wanted, graph.digest)
    plan = build_plan(graph, stats, HybridConfig(), target_named("rv1126"))
    codes = run_plan(plan, feeds)
    apart = [0.0]
    for name, wanted in zip(graph.outputs, session.run(None, feeds), strict=True):
        tensor = plan.value_tensor[name]
        difference = np.abs(as_real(plan, tensor, codes[tensor]) - wanted).max()
        apart.append(difference / plan.tensors[tensor].params.scale)
    return round(max(apart))


def test_pairs_become_parameters(tmp_path: Path) -> None:
    graph = opened(qdq_network(), tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Conv", "Relu", "MaxPool", "Conv"]
    assert graph.given["images"] == QuantParams.affine(0.02, 128)
    relu, pool = graph.nodes[2], graph.nodes[3]
    assert graph.given[relu.outputs[0]] == QuantParams.affine(0.05, 0)
    assert graph.given[pool.outputs[0]] == QuantParams.affine(0.05, 0)
    assert graph.given[graph.outputs[0]] == QuantParams.affine(0.1, 128)
    weight = graph.by_name["conv1"].inputs[1]
    codes = quantize(graph.constants[weight], graph.given[weight])
    assert np.array_equal(codes, codes_of((4, 3, 3, 3))), "the very codes of the file"
    assert np.allclose(graph.constants[graph.by_name["conv1"].inputs[2]], [0, 0.02, 0.04, 0.06])


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_the_emulator_and_onnxruntime_agree(dtype: str, tmp_path: Path) -> None:
    model = qdq_network(dtype)
    assert codes_apart(model, opened(model, tmp_path)) == 0


def test_operators_on_codes(tmp_path: Path) -> None:
    model = qlinear_network()
    graph = opened(model, tmp_path)
    assert [node.op for node in graph.nodes] == [
        "Input", "Conv", "LeakyRelu", "Sigmoid", "Mul", "Add", "Concat", "AveragePool",
        "GlobalAveragePool", "Flatten", "Gemm", "Gemm",
    ]  # fmt: skip
    assert graph.given["conv_out"] == QuantParams.affine(0.05, 110)
    assert all(graph.given[graph.by_name[n].inputs[1]].scale > 0 for n in ("matmul", "gemm"))
    assert codes_apart(model, graph) <= 2


def test_signed_codes_are_the_same_integers(tmp_path: Path) -> None:
    signed, unsigned = (opened(qdq_network(dtype), tmp_path) for dtype in ("int8", "uint8"))
    assert signed.given == unsigned.given
    for name, array in unsigned.constants.items():
        assert np.array_equal(signed.constants[name], array)


def test_a_scale_for_every_channel_is_refused_with_the_way_out(tmp_path: Path) -> None:
    model = qdq_network("int8", per_channel=True)
    with pytest.raises(ModelError, match=r"q\.onnx.*--requantize") as caught:
        opened(model, tmp_path)
    assert caught.value.details == ("'conv1' (4 scales)",)
    graph = opened(model, tmp_path, requantize=True)
    weight = graph.by_name["conv1"].inputs[1]
    assert weight not in graph.given
    scales = np.float32([0.01, 0.02, 0.03, 0.04]).reshape(4, 1, 1, 1)
    expected = codes_of((4, 3, 3, 3), "int8").astype(np.float32) * scales
    assert np.array_equal(graph.constants[weight], expected)


def test_another_scale_is_a_conversion(tmp_path: Path) -> None:
    b = Quantized("convert", opset=21)
    x = b.pair(b.input(shape=(1, 4)), 0.5, 3)
    b.output(b.pair(b.node("Abs", [b.pair(x, 0.25, 7)], "abs"), 0.25, 0))
    graph = opened(b.model(), tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Identity", "Abs"]
    assert graph.given["images"] == QuantParams.affine(0.5, 3)
    assert graph.given[graph.by_name["abs"].inputs[0]] == QuantParams.affine(0.25, 7)


@pytest.mark.parametrize(("scale", "fl"), [(2.0**-9, 9), (0.003, None)])
def test_16_bits_need_a_power_of_two(scale: float, fl: int | None, tmp_path: Path) -> None:
    b = Quantized("wide", opset=21)
    x = b.pair(b.input(shape=(1, 4)), scale, 0, "int16")
    b.output(b.node("Abs", [x], "abs"))
    if fl is None:
        with pytest.raises(ModelError, match="power of two"):
            opened(b.model(), tmp_path)
        assert not opened(b.model(), tmp_path, requantize=True).given
    else:
        expected = QuantParams.fixed_point(QuantScheme.I16, fl)
        assert opened(b.model(), tmp_path).given["images"] == expected


def test_inputs_and_outputs_of_codes_become_real_numbers(tmp_path: Path) -> None:
    b = Quantized("codes", opset=21)
    names = b.scale("x", 0.5, 3)
    x = b.node("DequantizeLinear", [b.input(shape=(1, 4), elem_type=TensorProto.UINT8), *names],
               "dq")  # fmt: skip
    y = b.node("QuantizeLinear", [b.node("Abs", [x], "abs"), *names], "q")
    b.output(y, TensorProto.UINT8)
    graph = opened(b.model(), tmp_path)
    assert graph.values["images"].dtype == graph.values[graph.outputs[0]].dtype == "float32"
    assert graph.given[graph.outputs[0]] == graph.given["images"] == QuantParams.affine(0.5, 3)


def test_weights_quantized_beside_real_numbers(tmp_path: Path) -> None:
    """DynamicQuantizeLinear: what it would measure at run time, calibration measures."""
    b = Quantized("dynamic")
    x = b.input(shape=(2, 4))
    b.node("DynamicQuantizeLinear", [x], "dyn", ["codes", "step", "zero"])
    weight = b.constant("weight", codes_of((4, 3)))
    zero = b.constant("weight_zero", np.array(120, np.uint8))
    sums = b.node("MatMulInteger", ["codes", weight, "zero", zero], "sums")
    real = b.node("Cast", [sums], "cast", to=TensorProto.FLOAT)
    step = b.node("Mul", ["step", b.constant("weight_step", np.array(0.01, np.float32))], "steps")
    b.output(b.node("Mul", [real, step], "scaled"))
    graph = opened(b.model(), tmp_path)
    assert [node.op for node in graph.nodes] == ["Input", "Gemm"]
    weights = (codes_of((4, 3)).astype(np.float32) - 120) * np.float32(0.01)
    feed = np.arange(8, dtype=np.float32).reshape(2, 4)
    (result,) = FloatNet(graph, graph.outputs).run({"images": feed}).values()
    np.testing.assert_allclose(result, feed @ weights, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "array", "sentence"),
    [
        ("w1_scale", np.array(np.nan, np.float32), "positive number"),
        ("w1_scale", np.array(-1, np.float32), "positive number"),
        ("w1_scale", np.zeros((2, 2), np.float32), "every block"),
        ("w1_scale", np.ones(7, np.float32), "do not go together"),
    ],
)
def test_damaged_parameters(name: str, array: np.ndarray, sentence: str, tmp_path: Path) -> None:
    b = Quantized("damaged")
    x = b.pair(b.input(shape=(1, 3, 8, 8)), 0.02, 128)
    weight = b.weights("w1", codes_of((4, 3, 3, 3)), 0.01, 120)
    b.constants[name] = array
    b.output(b.node("Conv", [x, weight], "conv"))
    with pytest.raises(ModelError, match=rf"q\.onnx.*{sentence}"):
        opened(b.model(), tmp_path)


def test_parameters_computed_at_run_time_are_refused(tmp_path: Path) -> None:
    b = Quantized("computed")
    x = b.input(shape=(1, 4))
    y = b.node("QuantizeLinear", [x, b.node("ReduceMax", [x], "max", keepdims=0)], "q")
    b.output(b.node("DequantizeLinear", [y, "max_out"], "dq"))
    with pytest.raises(ModelError, match="computed at run time"):
        opened(b.model(), tmp_path)

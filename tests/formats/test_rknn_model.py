"""An .rknn file becomes a Graph that states its own parameters, and runs as the file says."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz import pipeline
from rkviz.calibrate.preprocess import InputSettings
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.executor import run_plan
from rkviz.errors import FormatError, ModelError, RkvizError
from rkviz.formats.rknn_container import Container, container_of, pack, unpack
from rkviz.formats.rknn_model import RknnModel, model_in
from rkviz.graph.model import Graph
from rkviz.graph.naming import layer_names
from rkviz.numerics import QuantParams
from rkviz.project import Project
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.quantize.stated import stats_without_pictures
from rkviz.target import target_named
from tests.rknn_files import RknnFile, every_operation, i32, tiny, u8


def opened(file: RknnFile) -> RknnModel:
    return model_in(file.data())


def plan_of(graph: Graph) -> QuantPlan:
    wanted = FloatNet(graph).wanted
    stats = stats_without_pictures(graph, wanted, graph.digest)
    return build_plan(graph, stats, HybridConfig(), target_named("rv1126"))


def test_every_node_of_the_file_is_a_layer_with_its_size() -> None:
    model = opened(every_operation())
    graph = model.graph
    assert set(model.layers) <= {node.name for node in graph.nodes}
    assert graph.inputs == ("images",)
    assert graph.shape("images") == (1, 8, 8, 3)
    assert [graph.shape(name) for name in graph.outputs] == [(1, 2, 8, 8), (1, 5)]
    ops = [graph.by_name[name].op for name in model.layers]
    assert ops == [
        "Transpose", "Conv", "Conv", "Relu", "Conv", "Add", "Concat", "MaxPool", "Resize",
        "Reshape", "Slice", "Swish", "Conv", "Reshape", "Gemm", "Sigmoid",
    ]  # fmt: skip


def test_names_are_those_of_the_toolkit() -> None:
    graph = opened(every_operation()).graph
    node = graph.by_name["Conv_c2_3"]
    assert (node.onnx_op, node.origins) == ("Conv", ("c2",))
    assert layer_names(graph)[node.name].startswith("Conv_c2_")
    assert graph.by_name["Sigmoid_g_3_Mul_m_12"].origins == ("g_3_Mul_m",)


def test_settings_are_read_in_our_order_of_axes() -> None:
    file = RknnFile([7, 5, 2, 1], u8(1 / 255, 0))
    conv = file.conv("Conv_c", "images", 1 / 255, (3, 2, 2, 3), u8(0.1, 9), (1, 0, 2, 1))
    file.output(conv, [6, 7, 3, 1])
    graph = opened(file).graph
    node = graph.by_name["Conv_c_1"]
    assert node.ints_attr("kernel_shape") == (2, 3)
    assert node.ints_attr("pads") == (2, 1, 1, 0)
    assert graph.shape(node.outputs[0]) == (1, 3, 7, 6)


def test_the_plan_has_the_codes_and_parameters_of_the_file() -> None:
    file = every_operation()
    description, body = file.description(), file.body
    plan = plan_of(opened(file).graph)
    for lid, number in (("Conv_c2_3", 2), ("Gemm_d_15", 8)):
        stored = file.constants[number]
        codes = np.frombuffer(body, np.uint8, int(str(stored["len"])), int(str(stored["offset"])))
        weight = plan.tensors[f"{lid}:weight"]
        assert weight.codes is not None
        np.testing.assert_array_equal(weight.codes.ravel(), codes)
        bias = file.constants[number + 1]
        stated = np.frombuffer(body, "<i4", plan.tensors[f"{lid}:bias"].shape[0], bias["offset"])
        np.testing.assert_array_equal(plan.tensors[f"{lid}:bias"].codes, stated)
    assert plan.tensors["Concat_k_7:out0"].params == QuantParams.affine(0.09, 95)
    assert plan.tensors["Add_a_6:out0"].params == QuantParams.affine(0.08, 90)
    assert description["node_num"] == len(file.nodes)


def test_a_relu_the_toolkit_dropped_is_there_again_and_changes_no_code() -> None:
    graph = opened(every_operation()).graph
    assert graph.by_name["Conv_c1_2/relu"].op == "Relu"
    step = plan_of(graph).step_of["Conv_c1_2"]
    assert step.layers == ("Conv_c1_2", "Conv_c1_2/relu")
    assert "Conv_c2_3/relu" not in graph.by_name
    relu = plan_of(graph).step_of["Relu_r2_4"]
    assert relu.layers == ("Conv_c2_3", "Relu_r2_4")
    assert plan_of(graph).tensors[relu.outputs[0]].params == QuantParams.affine(0.05, 0)


def test_a_range_of_0_to_6_is_a_relu6() -> None:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    scale = float(np.float32(6) / np.float32(255))
    conv = file.conv("Conv_c", "images", 1 / 255, (2, 1, 3, 3), u8(scale, 0))
    file.output(conv, [2, 2, 2, 1])
    assert opened(file).graph.by_name["Conv_c_1/relu"].op == "Relu6"


def test_it_runs_without_calibration() -> None:
    graph = opened(every_operation()).graph
    picture = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
    codes = run_plan(plan_of(graph), {"images": picture})
    real = FloatNet(graph).run({"images": picture})
    last = graph.outputs[1]
    assert np.abs(codes[last] / 255 - real[last]).max() < 0.05


def test_the_preprocessing_is_that_of_the_file() -> None:
    assert opened(every_operation()).inputs == {"images": InputSettings((0.0,) * 3, (255.0,) * 3)}
    file = every_operation()
    changed = file.description() | {"reorder": [2, 1, 0], "mean_value": [1, 2, 3]}
    model = model_in(pack(container_of(changed, file.body)))
    assert model.inputs["images"].reorder_channel == (2, 1, 0)
    assert model.inputs["images"].mean_values == (1.0, 2.0, 3.0)


def test_before_toolkit_1_6_the_last_mean_divides() -> None:
    file = every_operation()
    old = file.description() | {"mean_value": [0, 0, 0, 255], "mean_value_chns": [4]}
    del old["std_value"]
    settings = model_in(pack(container_of(old, file.body))).inputs["images"]
    assert settings == InputSettings((0.0,) * 3, (255.0,))


def compiled() -> RknnFile:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    node = file.node("NBG", "nbg", ["images"], u8(0.1, 3),
                     {"type": "VSI_NN_NBG_FILE", "url": "x"})  # fmt: skip
    file.body = b"VPMN" + bytes(60)
    file.output(node, [2, 2, 2, 1])
    return file


def test_a_compiled_file_shows_inputs_outputs_and_why_no_more(tmp_path: Path) -> None:
    model = opened(compiled())
    graph = model.graph
    assert "pre-compiled" in model.why_no_more
    assert [node.op for node in graph.nodes] == ["Input", "VSI_NN_OP_NBG"]
    assert graph.shape(graph.outputs[0]) == (1, 2, 2, 2)
    assert graph.given[graph.outputs[0]] == QuantParams.affine(0.1, 3)
    path = tmp_path / "net.rknn"
    path.write_bytes(compiled().data())
    assert pipeline.run(Project(path), until="open").graph is not None
    with pytest.raises(ModelError, match="pre-compiled"):
        pipeline.run(Project(path), until="quantize")
    assert opened(tiny()).why_no_more == ""


def test_an_operation_nobody_knows_is_drawn_and_not_run(tmp_path: Path) -> None:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    conv = file.conv("Conv_c", "images", 1 / 255, (2, 1, 3, 3), u8(0.1, 9))
    odd = file.node("LSTM", "lstm", [conv], u8(0.1, 3), {"weights": 3})
    file.output(file.node("RELU", "Relu_r", [odd], u8(0.1, 3)), [2, 2, 2, 1])
    path = tmp_path / "net.rknn"
    path.write_bytes(file.data())
    results = pipeline.run(Project(path), until="quantize")
    assert results.plan is not None
    assert "not known" in results.plan.skipped["lstm_2"]
    assert "Relu_r_3" in results.plan.skipped
    assert "Conv_c_1" in results.plan.step_of


def test_the_pipeline_opens_it_with_its_preprocessing(tmp_path: Path) -> None:
    path = tmp_path / "net.rknn"
    path.write_bytes(every_operation().data())
    project = pipeline.with_stated_inputs(Project(path))
    assert project.settings_for("images").std_values == (255.0,) * 3
    own = replace(project, inputs={"": InputSettings()})
    assert pipeline.with_stated_inputs(own) == own
    assert pipeline.run(project, until="quantize").plan is not None
    with pytest.raises(ModelError, match=r"sizes of an .rknn file are fixed"):
        pipeline.run(replace(project, input_shapes={"images": (1, 9, 9, 3)}), until="open")


def changed(file: RknnFile, old: str, new: str) -> bytes:
    text = json.dumps(file.description())
    assert old in text
    return pack(Container(file.body, text.replace(old, new, 1).encode()))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"offset": 0', '"offset": 4000', r"const_tensor\[0\]\.len"),
        ('"offset": 0', '"offset": -1', r"const_tensor\[0\]\.offset"),
        ('"len": 18', '"len": 17', r"len is 17; expected 18"),
        ('"size": [3, 3, 1, 2]', '"size": [2147483647, 2147483647]', "size"),
        ('"size": [3, 3, 1, 2]', '"size": [1, 2, 3, 3]', "weights of shape"),
        ('"size": [2, 2, 2, 1]', '"size": [2, 2, 3, 1]', "its nodes compute"),
        ('"stride": [1, 1]', '"stride": [0, 1]', r"stride\[0\] is 0"),
        ('"pad": [0, 0, 0, 0]', '"pad": [0, 0, 0, 99999]', "larger than any picture"),
        ('"pad": [0, 0, 0, 0]', '"pad": [0, 0]', "4 whole numbers"),
        ('"ksize": [3, 3]', '"ksize": [99, 3]', "weights of shape|cannot be"),
        ('"scale": 0.0', '"scale": -0.0', "positive scale"),
        ('"scale": 0.0', '"scale": 1e9990', "finite number"),
        ('"qnt_type": "VSI', '"qnt_type": "XSI', "qnt_type"),
        ('"lid": "Conv_c1_1"', '"lid": ""', "no name"),
        ('"lid": "Conv_c1_1"', '"lid": 4', "expected a text"),
        ('"type": "const_tensor"', '"type": "tensor"', "norm_tensor or const_tensor"),
        ('"node_id": 0', '"node_id": 5', "node_id is 5"),
        ('"std_value": [255.0]', '"std_value": [0.0]', "divides by zero"),
        ('"nodes"', '"knots"', "nodes is missing"),
        (
            '"left": "output", "left_tensor_id": 0, "right":',
            '"left": "x", "right":',
            "input or out",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, sentence: str) -> None:
    with pytest.raises(FormatError, match=sentence):
        model_in(changed(tiny(), old, new))


def test_nodes_in_a_circle_are_refused() -> None:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    first = file.node("RELU", "Relu_a", [1], u8(0.1, 0))
    file.output(file.node("RELU", "Relu_b", [first], u8(0.1, 0)), [4, 4, 1, 1])
    with pytest.raises(FormatError, match="before it is there"):
        opened(file)


def test_a_constant_read_again_and_again_takes_no_memory() -> None:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    big = file.constant([4, 4, 1, 1000], u8(0.1, 0), np.zeros(16_000, np.uint8))
    last: int | str = "images"
    for _ in range(9):
        last = file.node("ADD", "Add_x", [last, big], u8(0.1, 3))
    assert isinstance(last, int)
    file.output(last, [4, 4, 1, 1000])
    with pytest.raises(FormatError, match="again and again"):
        opened(file)


def test_outputs_nobody_reads_take_no_memory() -> None:
    file = RknnFile([4, 4, 1, 1], u8(1 / 255, 0))
    odd = file.node("LSTM", "lstm", ["images"], u8(0.1, 3), {"weights": 3})
    file.nodes[odd]["output_num"] = 1000
    file.output(odd, [2, 2, 2, 1])
    assert opened(file).graph.by_name["lstm_1"].outputs == ("lstm_1:out0",)


def test_more_nodes_than_any_network_has_are_refused() -> None:
    file = tiny()
    file.nodes *= 20_001
    with pytest.raises(FormatError, match="20001 nodes"):
        opened(file)


def test_a_bias_float32_cannot_hold_is_refused() -> None:
    file = tiny()
    number = int(str(file.constants[1]["offset"]))
    file.body = file.body[:number] + np.full(2, (1 << 28) + 1, "<i4").tobytes()
    file.constants[1]["dtype"] = i32(1.0)
    with pytest.raises(FormatError, match="biases too large"):
        opened(file)


@given(st.data())
def test_flipped_bytes_give_a_sentence_or_a_network(data: st.DataObject) -> None:
    file = bytearray(every_operation().data())
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(RkvizError):
        model_in(bytes(file))


_WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 70), 1 << 70), st.floats(), st.text(max_size=3),
    st.lists(st.integers(-3, 9), max_size=3), st.just({}), st.just("../../../etc/passwd"),
)  # fmt: skip


@given(st.data())
def test_values_of_another_kind_give_a_sentence_or_a_network(data: st.DataObject) -> None:
    file = every_operation()
    container = unpack(file.data())
    description = json.loads(container.text)
    place, key = description, data.draw(st.sampled_from(sorted(description)))
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
        place = place[key]
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
    place[key] = data.draw(_WRONG)
    with contextlib.suppress(RkvizError):
        model_in(pack(container_of(description, file.body)))

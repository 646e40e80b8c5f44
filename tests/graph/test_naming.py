"""Layer names as RKNN-Toolkit writes them. The ids are those of toolkit 1.7.5."""

from __future__ import annotations

from pathlib import Path

import pytest

from rkviz.graph import Graph
from rkviz.graph.model import Node, Value
from rkviz.graph.naming import attach_names, find_layer, is_insertion, layer_names
from rkviz.graph.passes import simplify_graph
from tests import models
from tests.float_reference import opened


class Yolo:
    """The layers of YOLOv5 small with relu, without weights: what the toolkit has numbered."""

    def __init__(self) -> None:
        self.nodes = [Node("images", "Input", (), ("images",), {}, ("images",))]

    def add(self, op: str, name: str, *inputs: str) -> str:
        self.nodes.append(Node(name, op, inputs, (f"{name}_o",), {}, (name,), "", op))
        return f"{name}_o"

    def conv(self, name: str, x: str) -> str:
        return self.add("Relu", f"{name}/act/Relu", self.add("Conv", f"{name}/conv/Conv", x))

    def stage(self, name: str, x: str, depth: int, shortcut: bool = True) -> str:
        y = self.conv(f"{name}/cv1", x)
        for index in range(depth):
            block = f"{name}/m/m.{index}"
            z = self.conv(f"{block}/cv2", self.conv(f"{block}/cv1", y))
            y = self.add("Add", f"{block}/Add", y, z) if shortcut else z
        joined = self.add("Concat", f"{name}/Concat", y, self.conv(f"{name}/cv2", x))
        return self.conv(f"{name}/cv3", joined)

    def pyramid(self, name: str, x: str) -> str:
        parts = [self.conv(f"{name}/cv1", x)]
        for suffix in ("m", "m_1", "m_2"):
            parts.append(self.add("MaxPool", f"{name}/{suffix}/MaxPool", parts[-1]))
        return self.conv(f"{name}/cv2", self.add("Concat", f"{name}/Concat", *parts))

    def graph(self) -> Graph:
        x = self.conv("/model.1", self.conv("/model.0", "images"))
        p3 = self.stage("/model.4", self.conv("/model.3", self.stage("/model.2", x, 1)), 2)
        p4 = self.stage("/model.6", self.conv("/model.5", p3), 3)
        x = self.stage("/model.8", self.conv("/model.7", p4), 1)
        h10 = self.conv("/model.10", self.pyramid("/model.9", x))
        x = self.add("Concat", "/model.12/Concat", self.add("Resize", "/model.11/Resize", h10), p4)
        h14 = self.conv("/model.14", self.stage("/model.13", x, 1, False))
        x = self.add("Concat", "/model.16/Concat", self.add("Resize", "/model.15/Resize", h14), p3)
        heads = [self.stage("/model.17", x, 1, False)]
        for name, skip in (("18", h14), ("21", h10)):
            x = self.conv(f"/model.{name}", heads[-1])
            x = self.add("Concat", f"/model.{int(name) + 1}/Concat", x, skip)
            heads.append(self.stage(f"/model.{int(name) + 2}", x, 1, False))
        outputs = [self.add("Conv", f"/model.24/m.{i}/Conv", x) for i, x in enumerate(heads)]
        values = {name: Value(name, (1,)) for node in self.nodes for name in node.outputs}
        return Graph("main_graph", tuple(self.nodes), values, {}, ("images",), tuple(outputs))


YOLO = Yolo().graph()

SEEN = [
    "images_145", "Conv_/model.24/m.2/Conv_3", "Conv_/model.24/m.1/Conv_4",
    "Conv_/model.24/m.0/Conv_5", "Relu_/model.23/cv3/act/Relu_6", "Concat_/model.17/Concat_14",
    "Conv_/model.17/cv1/conv/Conv_49", "Concat_/model.4/Concat_52",
    "MaxPool_/model.9/m_2/MaxPool_68", "Relu_/model.8/cv3/act/Relu_76",
    "Relu_/model.6/cv3/act/Relu_89", "Resize_/model.11/Resize_97", "Add_/model.2/m/m.0/Add_117",
    "Relu_/model.0/act/Relu_134", "Conv_/model.0/conv/Conv_142",
    "Conv_/model.2/m/m.0/cv1/conv/Conv_143", "Conv_/model.6/m/m.0/cv1/conv/Conv_144",
]  # fmt: skip


def test_ids_are_those_of_the_toolkit() -> None:
    names = layer_names(YOLO)
    assert len(names) == 143
    assert set(SEEN) <= set(names.values())
    assert sorted(int(name.rpartition("_")[2]) for name in names.values()) == list(range(3, 146))


def test_outputs_are_layers_of_their_own() -> None:
    assert list(attach_names(YOLO).values()) == [
        f"attach_Conv_/model.24/m.{i}/Conv/out0_{i}" for i in range(3)
    ]


@pytest.mark.parametrize("layer", ["images", "/model.9/m/MaxPool", "/model.24/m.1/Conv"])
def test_names_lead_back(layer: str) -> None:
    name = layer_names(YOLO)[layer]
    for spelling in (
        name,
        f"@{name}:out0",
        f"@{name}:weight",
        name.replace("/", "_"),
        name.partition("_")[2] if layer != "images" else name,
        f"{name.rpartition('_')[0]}_9999",
    ):
        assert find_layer(YOLO, spelling) == layer, spelling


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("attach_Conv_/model.24/m.0/Conv/out0_0", "/model.24/m.0/Conv"),
        ("attach_Conv__model.24_m.2_Conv_out0_2", "/model.24/m.2/Conv"),
        ("@attach_Conv_/model.24/m.1/Conv/out0_1:out0", "/model.24/m.1/Conv"),
        ("Concat_/model.12/Concat_acuity_mark_perm_29", "/model.12/Concat"),
        (
            "Conv_/model.0/conv/Conv_142_pre_asymmetric_affineu8_to_dynamic_fixed_pointi16_153",
            "/model.0/conv/Conv",
        ),
        ("Conv_/model.99/Conv_3", None),
        ("", None),
        ("_", None),
    ],
)
def test_what_the_toolkit_adds_is_understood(name: str, layer: str | None) -> None:
    assert find_layer(YOLO, name) == layer


def test_a_name_that_ends_in_a_number_is_not_shortened_twice() -> None:
    nodes = (
        Node("x", "Input", (), ("x",), {}, ("x",)),
        Node("Conv_4", "Conv", ("x",), ("a",), {}, ("Conv_4",), "", "Conv"),
        Node("Conv_434", "Conv", ("a",), ("b",), {}, ("Conv_434",), "", "Conv"),
    )
    values = {name: Value(name, (1,)) for name in ("x", "a", "b")}
    graph = Graph("old", nodes, values, {}, ("x",), ("b",))
    assert layer_names(graph)["Conv_434"] == "Conv_Conv_434_1"
    for spelling in ("Conv_Conv_434_104", "Conv_434_152", "Conv_434"):
        assert find_layer(graph, spelling) == "Conv_434"


def test_a_joined_layer_is_called_by_its_onnx_operator(tmp_path: Path) -> None:
    graph = simplify_graph(opened(models.depthwise_net(), tmp_path))
    names = layer_names(graph)
    assert names["dw1_relu6"].startswith("Clip_dw1_relu6_")
    assert find_layer(graph, "BatchNormalization_dw1_bn_7") == "dw1"


def test_a_constant_addend_takes_an_id() -> None:
    nodes = (
        Node("x", "Input", (), ("x",), {}, ("x",)),
        Node("add", "Add", ("x", "k"), ("y",), {}, ("add",), "", "Add"),
    )
    values = {name: Value(name, (1,)) for name in ("x", "y")}
    graph = Graph("g", nodes, values, {"k": models.np.zeros(1, "f4")}, ("x",), ("y",))
    assert layer_names(graph) == {"add": "Add_add_1", "x": "x_3"}


def test_long_and_twisted_names_cost_no_time() -> None:
    for name in ("x" * 5000, "_pre_" * 60 + "_to_" * 150, "conv1" + "_pre_a_to_" * 90):
        assert find_layer(YOLO, name) is None


def test_what_the_toolkit_inserts_is_told_from_layers() -> None:
    inserted = (
        "attach_Conv_a/out0_0", "@attach_Conv_a/out0_0:out0", "Conv_a_acuity_mark_perm_29",
        "Conv_Conv_145_8_pre_asymmetric_affineu8_to_dynamic_fixed_pointi16_153",
        "Conv_Conv_145_8_next_dynamic_fixed_pointi16_to_asymmetric_affineu8_154",
    )  # fmt: skip
    assert all(is_insertion(name) for name in inserted)
    assert not any(is_insertion(name) for name in ("Conv_a_3", "Conv_from_a_to_b_3", "x_pre_3"))

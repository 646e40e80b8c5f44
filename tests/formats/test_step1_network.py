"""The network between the steps of hybrid quantization: exact, readable, never executed."""

import contextlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.errors import FormatError
from rkviz.formats.acuity import read_structure
from rkviz.formats.step1_network import file_stem, read_network, write_network
from rkviz.graph import open_model
from rkviz.graph.model import Graph
from rkviz.graph.naming import layer_names
from rkviz.numerics import QuantParams, QuantScheme
from tests import models


def graph_of(folder: Path, name: str) -> Graph:
    return open_model(models.save(models.ALL[name](), folder / "net.onnx"))


@pytest.mark.parametrize("name", sorted(models.ALL))
def test_the_network_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    graph = graph_of(tmp_path, name)
    structure, data = tmp_path / "a.json", tmp_path / "a.data"
    write_network(graph, structure, data)
    again = read_network(structure, data)
    assert again.digest == graph.digest
    assert again.nodes == graph.nodes
    assert again.opset == graph.opset


def test_stated_parameters_and_unknown_shapes_come_back(tmp_path: Path) -> None:
    graph = open_model(models.save(models.with_unknown_op(), tmp_path / "net.onnx"))
    stated = {
        graph.outputs[0]: QuantParams.affine(0.1, 3),
        graph.outputs[1]: QuantParams.fixed_point(QuantScheme.I16, -2),
    }
    graph = graph.with_nodes(graph.nodes, given=stated)
    write_network(graph, tmp_path / "a.json", tmp_path / "a.data")
    again = read_network(tmp_path / "a.json", tmp_path / "a.data")
    assert again.given == stated
    assert again.values == graph.values


def test_the_structure_is_what_readers_of_the_toolkits_files_know(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "detector_with_concat")
    write_network(graph, tmp_path / "a.json", tmp_path / "a.data")
    layers = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["Layers"]
    names = layer_names(graph)
    conv = layers[names["deep"]]
    assert conv["op"] == "convolution"
    assert conv["inputs"] == [f"@{names['pool']}:out0"]
    assert conv["outputs"] == ["out0"]
    assert layers["attach_Sigmoid_scores/out0_0"]["op"] == "output"
    assert {entry["op"] for entry in layers.values()} == {
        "input", "convolution", "relu", "pooling", "image_resize", "concat", "sigmoid", "output",
    }  # fmt: skip
    network = read_structure(tmp_path / "a.json")
    assert set(network.layers) == set(layers)


def test_a_depthwise_convolution_is_told_apart(tmp_path: Path) -> None:
    write_network(graph_of(tmp_path, "depthwise_net"), tmp_path / "a.json", tmp_path / "a.data")
    layers = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["Layers"]
    assert "depthwise_convolution" in {entry["op"] for entry in layers.values()}


def test_the_weights_open_in_numpy(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "conv_relu")
    write_network(graph, tmp_path / "a.json", tmp_path / "a.data")
    with np.load(tmp_path / "a.data", allow_pickle=False) as opened:
        shapes = {opened[name].shape for name in opened.files if name.isdigit()}
    assert (8, 3, 3, 3) in shapes


@pytest.mark.parametrize(
    ("name", "stem"),
    [("torch-jit-export", "torchjitexport"), ("main_graph", "main_graph"), ("网/..", "network")],
)
def test_files_are_named_by_the_graph_as_the_toolkit_does(
    tmp_path: Path, name: str, stem: str
) -> None:
    b = models.Builder(name)
    b.output(b.conv(b.input(), "conv", 3, 4))
    assert file_stem(open_model(models.save(b.model(), tmp_path / "net.onnx"))) == stem


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("step1")
    write_network(graph_of(folder, "conv_relu"), folder / "a.json", folder / "a.data")
    return folder


def refused(folder: Path, structure: bytes | None = None, data: bytes | None = None) -> str:
    """The sentence about files with these contents, which must not be readable."""
    for name, content in (("a.json", structure), ("a.data", data)):
        (folder / f"bad {name}").write_bytes(
            (folder / name).read_bytes() if content is None else content
        )
    with pytest.raises(FormatError) as caught:
        read_network(folder / "bad a.json", folder / "bad a.data")
    return str(caught.value)


def test_cut_off_files_are_sentences(written: Path) -> None:
    structure, data = (written / "a.json").read_bytes(), (written / "a.data").read_bytes()
    for length in range(0, len(data), 7):
        assert "bad a.data" in refused(written, data=data[:length])
    for length in range(0, len(structure) - 1, 31):
        assert "bad a.json" in refused(written, structure=structure[:length])


@given(st.data())
def test_a_flipped_byte_changes_nothing_unnoticed(written: Path, data: st.DataObject) -> None:
    content = bytearray((written / "a.data").read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (written / "flipped.data").write_bytes(content)
    # A date in the zip does no harm; what was written does not change.
    with contextlib.suppress(FormatError):
        graph = read_network(written / "a.json", written / "flipped.data")
        assert graph.digest == read_network(written / "a.json", written / "a.data").digest


def archive(**members: bytes | object) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in members.items():
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            file.writestr(name.replace("_", "."), raw)
    return packed.getvalue()


GRAPH = {
    "name": "n", "nodes": [], "values": {}, "constants": [], "inputs": [], "outputs": [],
    "opset": 17, "given": {},
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        archive(graph_json=[]),
        archive(graph_json={**GRAPH, "nodes": [["a"]]}),
        archive(graph_json={**GRAPH, "nodes": [[1, 2, 3, 4, 5, 6, 7, 8]]}),
        archive(graph_json={**GRAPH, "nodes": [["a", "b", [3], [], {}, [], "", ""]]}),
        archive(graph_json={**GRAPH, "values": {"x": [["a"], "float32"]}}),
        archive(graph_json={**GRAPH, "given": {"x": ["u9", 1, 0, None]}}),
        archive(graph_json={**GRAPH, "opset": "x"}),
        archive(graph_json=GRAPH),
        archive(graph_json={**GRAPH, "constants": ["../../etc/passwd"]}),
        archive(graph_json={**GRAPH, "constants": ["x"]}, **{"0_npy": b"\x93NUMPY"}),
        archive(graph_json=b"[" * 100_000),
        archive(graph_json=b"\xff"),
        b"PK\x03\x04",
        b"\x93NUMPY\x01\x00",
    ],
)
def test_what_a_stranger_made_is_refused(written: Path, content: bytes) -> None:
    assert "bad a.data" in refused(written, data=content)


def test_an_array_is_not_larger_than_its_bytes(written: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }"
    npy = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    content = archive(graph_json={**GRAPH, "constants": ["x"]}, **{"0_npy": npy})
    assert "damaged" in refused(written, data=content)


def test_packed_members_are_refused(written: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("graph.json", " " * 10_000_000)
    assert "damaged" in refused(written, data=packed.getvalue())


@pytest.mark.parametrize("content", [b"", b"3", b"[]", b'{"MetaData": []}', b"[" * 100_000])
def test_a_structure_of_somebody_else_is_told(written: Path, content: bytes) -> None:
    assert "hybrid_quantization_step1" in refused(written, structure=content)


def test_two_files_of_different_networks_are_told(written: Path, tmp_path: Path) -> None:
    write_network(graph_of(tmp_path, "chain"), tmp_path / "b.json", tmp_path / "b.data")
    with pytest.raises(FormatError, match="does not belong to"):
        read_network(tmp_path / "b.json", written / "a.data")


def test_missing_files_are_sentences(written: Path) -> None:
    with pytest.raises(FormatError, match=r"gone\.json cannot be read"):
        read_network(written / "gone.json", written / "a.data")
    with pytest.raises(FormatError, match=r"gone\.data cannot be read"):
        read_network(written / "a.json", written / "gone.data")

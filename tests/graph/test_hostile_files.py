"""Files are a stranger's until they are parsed: any damage ends in a sentence, never a crash."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, external_data_helper

from rkviz.errors import ModelError, RkvizError
from rkviz.graph import open_model
from tests import models, quantized_onnx
from tests.models import save

SEEDS = [
    build().SerializeToString()
    for build in (
        models.detector_with_concat,
        models.classifier,
        models.with_unknown_op,
        quantized_onnx.qdq_network,
        quantized_onnx.qlinear_network,
    )
]
FUZZ = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def parsed_bytes(data: bytes) -> list[int]:
    """The places in `data` that are not the content of a weight: what a parser works on."""
    content = bytearray(len(data))
    for tensor in ModelProto.FromString(data).graph.initializer:
        start = data.index(tensor.raw_data)
        content[start : start + len(tensor.raw_data)] = b"w" * len(tensor.raw_data)
    return [place for place, kind in enumerate(content) if not kind]


PLACES = [parsed_bytes(data) for data in SEEDS]
SOMEWHERE = st.integers(0, len(SEEDS) - 1).flatmap(
    lambda seed: st.tuples(st.just(seed), st.integers(0, len(PLACES[seed]) - 1))
)


def opens_or_says_why(data: bytes, folder: Path) -> None:
    path = folder / "fuzz.onnx"
    path.write_bytes(data)
    message = ""
    try:
        open_model(path)
    except RkvizError as error:
        message = str(error)
    assert not message or "fuzz.onnx" in message, "the sentence names the file"


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_cut_off_files(seed: int, tmp_path: Path) -> None:
    data = SEEDS[seed]
    for length in range(0, len(data), max(1, len(data) // 60)):
        path = tmp_path / "cut.onnx"
        path.write_bytes(data[:length])
        with pytest.raises(ModelError, match=r"cut\.onnx"):
            open_model(path)


@FUZZ
@given(where=SOMEWHERE, flips=st.lists(st.integers(0, 7), min_size=1, max_size=6))
def test_flipped_bits(where: tuple[int, int], flips: list[int], tmp_path: Path) -> None:
    seed, first = where
    data = bytearray(SEEDS[seed])
    for index, bit in enumerate(flips):
        place = PLACES[seed][(first + 97 * index) % len(PLACES[seed])]
        data[place] ^= 1 << bit
    opens_or_says_why(bytes(data), tmp_path)


@FUZZ
@given(where=SOMEWHERE, junk=st.binary(min_size=1, max_size=8))
def test_overwritten_bytes(where: tuple[int, int], junk: bytes, tmp_path: Path) -> None:
    seed, index = where
    data, start = SEEDS[seed], PLACES[seed][index]
    opens_or_says_why(data[:start] + junk + data[start + len(junk) :], tmp_path)


# External data


def with_external(folder: Path, location: str = "weights.bin") -> ModelProto:
    model = models.chain()
    content = b"".join(tensor.raw_data for tensor in model.graph.initializer)
    (folder / "weights.bin").write_bytes(content)
    offset = 0
    for tensor in model.graph.initializer:
        length = len(tensor.raw_data)
        external_data_helper.set_external_data(tensor, location, offset, length)
        tensor.ClearField("raw_data")
        offset += length
    return model


def test_weights_in_a_file_beside_the_model(tmp_path: Path) -> None:
    path = save(with_external(tmp_path), tmp_path / "model.onnx")
    graph, wanted = open_model(path), open_model(save(models.chain(), tmp_path / "whole.onnx"))
    assert set(graph.constants) == set(wanted.constants)
    for name, array in graph.constants.items():
        np.testing.assert_array_equal(array, wanted.constants[name])


@pytest.mark.parametrize("location", ["../secret.bin", "sub/../../secret.bin", "{}/secret.bin"])
def test_weights_outside_the_folder_are_not_read(location: str, tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(100_000))
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    model = with_external(folder, location.format(tmp_path))
    with pytest.raises(ModelError, match="outside the file"):
        open_model(save(model, folder / "model.onnx"))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(100_000))
    folder = tmp_path / "model"
    folder.mkdir()
    model = with_external(folder, "link.bin")
    os.symlink(tmp_path / "secret.bin", folder / "link.bin")
    with pytest.raises(ModelError, match="outside the file"):
        open_model(save(model, folder / "model.onnx"))


@pytest.mark.parametrize(
    ("key", "value"),
    [("offset", "99999999"), ("length", "9" * 15), ("length", "-4"), ("offset", "many")],
)
def test_weights_that_are_not_there(key: str, value: str, tmp_path: Path) -> None:
    model = with_external(tmp_path)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == key:
            entry.value = value
    with pytest.raises(ModelError):
        open_model(save(model, tmp_path / "model.onnx"))


def test_a_missing_weight_file(tmp_path: Path) -> None:
    model = with_external(tmp_path)
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ModelError, match="outside the file"):
        open_model(save(model, tmp_path / "model.onnx"))


def test_a_tensor_that_claims_to_be_huge(tmp_path: Path) -> None:
    model = models.chain()
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend([2**40, 2**20, 3, 3])
    with pytest.raises(ModelError, match="damaged"):
        open_model(save(model, tmp_path / "model.onnx"))


def test_a_tensor_of_a_type_that_does_not_exist(tmp_path: Path) -> None:
    model = models.chain()
    model.graph.initializer[0].data_type = TensorProto.DataType.Value("UNDEFINED")
    with pytest.raises(ModelError, match="damaged"):
        open_model(save(model, tmp_path / "model.onnx"))

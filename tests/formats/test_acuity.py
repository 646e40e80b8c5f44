"""What step 1 of the toolkit leaves: structure and weights are read, nothing is executed."""

import builtins
import contextlib
import json
import os
import pickle
import pickletools
import struct
import time
import tracemalloc
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rkviz.errors import FormatError
from rkviz.formats.acuity import read_structure, read_weights
from rkviz.formats.pickled_arrays import plain, read_pickled

STRUCTURE = {
    "MetaData": {"Name": "net", "AcuityVersion": "5.21", "Platform": "onnx"},
    "Layers": {
        "images_2": {"name": "images_2", "op": "input", "inputs": [], "outputs": ["out0"]},
        "Conv_conv_1": {
            "name": "Conv_conv_1", "op": "convolution", "parameters": {"weights": 8, "pad": [1, 1]},
            "inputs": ["@images_2:out0"], "outputs": ["out0"],
        },
        "attach_Conv_conv/out0_0": {
            "op": "output", "inputs": ["@Conv_conv_1:out0"], "outputs": ["out0"],
        },
    },
}  # fmt: skip
WEIGHTS = {
    "Conv_conv_1": {
        "weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
        "bias": np.array([1.5, -2.5], np.float32),
    },
    "mean_3": {"mean": [1.0, 2.0], "size": np.int64(7), "none": None, "axes": (1, 2)},
}


def saved(path: Path, content: object) -> Path:
    """As the toolkit does it: numpy.save of a dictionary."""
    np.save(path.with_suffix(".npy"), np.array(content, dtype=object), allow_pickle=True)
    path.with_suffix(".npy").rename(path)
    return path


def packed(path: Path, program: bytes) -> Path:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (), }".ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + program)
    return path


# -- structure ------------------------------------------------------------------------------------


def test_names_and_topology_are_read(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(STRUCTURE))
    network = read_structure(path)
    assert (network.name, network.version, network.platform) == ("net", "5.21", "onnx")
    assert list(network.layers) == list(STRUCTURE["Layers"])
    conv = network.layers["Conv_conv_1"]
    assert (conv.op, conv.inputs, conv.outputs) == (
        "convolution", (("images_2", "out0"),), ("out0",)
    )  # fmt: skip
    assert conv.parameters == {"weights": 8, "pad": [1, 1]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: this is not JSON"),
        ("[" * 3000, "nested deeper"),
        ("[1]", "no tables"),
        ('{"MetaData": {}, "Layers": {}, "Layers": {}}', "'Layers' stands there twice"),
        ('{"MetaData": {}, "Layers": {"a": {"op": 3}}}', "as step 1 writes"),
        ('{"MetaData": {}, "Layers": {"a": {"op": "x", "inputs": "b"}}}', "as step 1 writes"),
        ('{"MetaData": {}, "Layers": {"a": {"op": "x", "inputs": ["b"]}}}', "as step 1 writes"),
        ('{"MetaData": {}, "Layers": {"a": 1}}', "as step 1 writes"),
        ('{"a": NaN}', "NaN is no number"),
        ("9" * 5000, "is not JSON"),
        ("[" + "[]," * 300_000 + "1]", "heap of brackets"),
    ],
)
def test_a_structure_of_another_kind_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(FormatError, match=sentence):
        read_structure(path)


def test_a_layer_that_is_not_there_is_named_with_its_likeliest_meaning(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(STRUCTURE).replace("@images_2", "@image_2"))
    with pytest.raises(FormatError) as caught:
        read_structure(path)
    assert caught.value.details == (
        "'Conv_conv_1' reads 'image_2', which is not there (did you mean 'images_2'?)",
    )


def test_no_cut_of_a_structure_gets_further_than_a_sentence(tmp_path: Path) -> None:
    text = json.dumps(STRUCTURE)
    path = tmp_path / "net.json"
    for length in range(len(text)):
        path.write_text(text[:length])
        with pytest.raises(FormatError):
            read_structure(path)


# -- weights --------------------------------------------------------------------------------------


def test_weights_are_what_was_saved(tmp_path: Path) -> None:
    weights = read_weights(saved(tmp_path / "net.data", WEIGHTS))
    np.testing.assert_array_equal(
        weights["Conv_conv_1"]["weight"], WEIGHTS["Conv_conv_1"]["weight"], strict=True
    )
    np.testing.assert_array_equal(
        weights["Conv_conv_1"]["bias"], np.array([1.5, -2.5], np.float32), strict=True
    )
    assert set(weights["mean_3"]) == {"mean", "size", "axes"}
    assert weights["mean_3"]["size"] == 7
    assert not weights["Conv_conv_1"]["weight"].flags.writeable


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f2", "<f8", "i1", "u1", "<i4", "<i8", "?"])
def test_every_plain_type_in_every_protocol(protocol: int, dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    table = OrderedDict(a=array, b=np.asfortranarray(array), c=array[:, :0])
    read = read_pickled(pickle.dumps(table, protocol), "x")
    assert isinstance(read, dict)
    for name, wanted in table.items():
        np.testing.assert_array_equal(plain(read[name]), wanted, strict=True)


class Calls:
    """Something that runs `function` when it is unpickled."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.what = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.what


MALICIOUS = {
    "os.system": pickle.dumps(Calls(os.system, "touch executed")),
    "in an entry": pickle.dumps({"conv": {"weight": Calls(os.system, "touch executed")}}),
    "eval": pickle.dumps(Calls(eval, "open('executed', 'w')")),
    "exec, protocol 0": pickle.dumps(Calls(exec, "open('executed', 'w')"), protocol=0),
    "open": pickle.dumps(Calls(open, "executed", "w")),
    "getattr": pickle.dumps(Calls(builtins.getattr, "a", "upper")),
    "numpy's own loader": b"cnumpy\nload\n(Vexecuted\ntR.",
    "a submodule by dots": b"\x80\x04\x8c\x05numpy\x8c\x0bf2py.compile\x93)R.",
    "dots in the name": b"\x80\x04\x8c\x05numpy\x8c\x0dndarray.tofile\x93)R.",
    "inst": b"(S'touch executed'\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nS'touch executed'\no.",
    "newobj": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "extension registry": b"\x80\x02\x82\x01.",
    "persistent id": b"Pexecuted\n.",
    "ndarray called": b"cnumpy\nndarray\n(K\x05tR.",
    "dtype with a class": b"cnumpy\ndtype\n(cnumpy\nndarray\ntR.",
    "build on a class": b"cnumpy\nndarray\n}S'a'\nK\x01sb.",
    "build with slots": b"cnumpy\nndarray\nN}S'a'\nK\x01s\x86b.",
    "reduce of a number": b"K\x01)R.",
    "codec": b"c_codecs\nencode\n(cnumpy\nndarray\nVlatin1\ntR.",
    "another module's encode": b"ccodecs\nencode\n(Va\nVlatin1\ntR.",
}


@pytest.mark.parametrize("name", sorted(MALICIOUS))
def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = packed(tmp_path / "net.data", MALICIOUS[name])
    with pytest.raises(FormatError, match="byte"):
        read_weights(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.data"]


def array_program(shape: bytes, dtype: bytes, content: bytes) -> bytes:
    """numpy's way of writing one array, with parts of the caller's choice."""
    return (
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
        b"(K\x01" + shape + b"cnumpy\ndtype\n" + dtype + b"K\x00K\x01\x87R" + content + b"tb."
    )


F4 = b"X\x02\x00\x00\x00f4"
BOMBS = {
    "huge shape": array_program(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", F4, b"\x89C\x04aaaa"),
    "negative shape": array_program(b"J\xff\xff\xff\xff\x85", F4, b"\x89C\x04aaaa"),
    "too many axes": array_program(b"(" + b"K\x01" * 40 + b"t", F4, b"\x89C\x04aaaa"),
    "shape no tuple": array_program(b"K\x01", F4, b"\x89C\x04aaaa"),
    "strings": array_program(b"K\x01\x85", b"X\x02\x00\x00\x00U9", b"\x89C\x04aaaa"),
    "giant items": array_program(b"K\x01\x85", b"X\x0a\x00\x00\x00V999999999", b"\x89C\x00"),
    "records": array_program(b"K\x01\x85", b"X\x06\x00\x00\x00f4,O,4", b"\x89C\x04aaaa"),
    "objects as bytes": array_program(b"K\x01\x85", b"X\x02\x00\x00\x00O8", b"\x89C\x08aaaaaaaa"),
    "length beyond the end": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"a",
    "text beyond the end": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"a",
    "memo index": b"\x80\x02}r\xff\xff\xff\xff" + b"h\x05.",
    "number of a gigabyte": b"\x80\x02\x8b\xff\xff\xff\x7f1",
    "a million lists": b"]" * 1_000_000 + b".",
    "a million kept lists": b"](" + b"]0" * 1_000_000 + b"e.",
    "text copied": (
        b"c_codecs\nencode\nq\x00X\x00\x00\x01\x00" + b"a" * 65536 + b"q\x01Vlatin1\n\x86q\x020("
        + b"h\x00h\x02R" * 10_000 + b"l."
    ),
    "doubling": b"]q\x00" + b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(100)) + b".",
    "in itself": b"]q\x00h\x00a.",
    "shared lists as weights": (
        b"}(X\x01\x00\x00\x00a}(" + b"](" + b"K\x01" * 9000 + b"eq\x000"
        + b"".join(b"J" + struct.pack("<i", i) + b"h\x00" for i in range(9000)) + b"uu."
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_no_file_fills_the_memory_or_the_day(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "net.data", BOMBS[name])
    began = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            read_weights(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * path.stat().st_size + (24 << 20)
    assert time.process_time() - began < 10


def test_shared_entries_are_counted_as_often_as_they_are_read(tmp_path: Path) -> None:
    numbers = list(range(20_000))
    path = saved(tmp_path / "net.data", {"a": {f"r{i}": numbers for i in range(2000)}})
    with pytest.raises(FormatError, match="repeats its entries"):
        read_weights(path)


def test_an_array_of_one_object_that_is_itself_ends(tmp_path: Path) -> None:
    content = b"\x89](h\x00et"
    program = (
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87Rq\x00"
        b"(K\x01)cnumpy\ndtype\nX\x02\x00\x00\x00O8K\x00K\x01\x87R" + content + b"b."
    )
    with pytest.raises(FormatError, match="no table of layers"):
        read_weights(packed(tmp_path / "net.data", program))


def test_entries_that_are_no_numbers_are_all_named(tmp_path: Path) -> None:
    content = {"a": {"weight": "text", "bias": [1, "b"]}, "b": 3, "c": {"x": {"y": 1}}}
    with pytest.raises(FormatError, match="more than weights") as caught:
        read_weights(saved(tmp_path / "net.data", content))
    assert len(caught.value.details) == 4


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff", b"\x80\x04}.", b"PK\x03\x04",
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{", b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 16,
    ],
)  # fmt: skip
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "net.data"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=r"no \.npy file of one object"):
        read_weights(path)
    with pytest.raises(FormatError, match="cannot be read"):
        read_weights(tmp_path / "missing.data")


def test_no_cut_gets_further_than_a_sentence(tmp_path: Path) -> None:
    data = saved(tmp_path / "net.data", WEIGHTS).read_bytes()
    for length in range(len(data)):
        (tmp_path / "cut.data").write_bytes(data[:length])
        with pytest.raises(FormatError):
            read_weights(tmp_path / "cut.data")


SMALL = pickle.dumps({"conv": {"weight": np.arange(3, dtype=np.float32), "n": [1]}}, 3)
OPCODES = b"".join(opcode.code.encode("latin-1") for opcode in pickletools.opcodes)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=4))
def test_flipped_bytes_give_weights_or_a_sentence(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for place, byte in changes:
        data[place] = byte
    read_or_refuse(bytes(data))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([bytes([code]) for code in OPCODES] + [b"a\n", b"\x01"])))
def test_any_program_gives_a_value_or_a_sentence(parts: list[bytes]) -> None:
    read_or_refuse(b"".join(parts))


def read_or_refuse(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        read_pickled(data, "x")

"""Every reader of other tools' files, given what nobody meant to write: a sentence or a value.

Cut at every length, with bytes changed, with the texts that break parsers; never another
exception, never more memory than ten times the file (and a little for the reader itself).
"""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.errors import RkvizError
from rkviz.formats.accuracy_snapshot import read_snapshot
from rkviz.formats.acuity import read_structure
from rkviz.formats.cfg_apply import apply_cfg
from rkviz.formats.quant_params import read_quant_params
from rkviz.formats.quantization_cfg import read_cfg
from rkviz.formats.rknn_model import open_rknn
from rkviz.graph.model import Graph
from rkviz.project import load_project
from rkviz.quantize.config import HybridConfig
from tests.graphs import Sketch
from tests.rknn_files import every_operation


def network() -> Graph:
    """x -> a (conv) -> b (relu)."""
    sketch = Sketch()
    sketch.add("b", "Relu", sketch.conv("a", "x"))
    return sketch.graph("b")


GRAPH = network()


def applied(path: Path) -> object:
    return apply_cfg(read_cfg(path), GRAPH, HybridConfig())


def snapshot(path: Path) -> object:
    return read_snapshot(path, GRAPH)


@dataclass(frozen=True)
class Reader:
    """What reads the file `name`, and a file it takes."""

    name: str
    read: Callable[[Path], object]
    sample: bytes


CFG = b"""%YAML 1.2
---
# add layer name and corresponding quantized_dtype to customized_quantize_layers
customized_quantize_layers:
    "Conv_a_2": dynamic_fixed_point-i16
    'Relu_../../b_1': float32
quantize_parameters:
    '@Conv_a_2:out0':
        dtype: asymmetric_affine
        method: layer
        max_value:
        -   10.09
        min_value: [-52.3]
        zero_point: 214
        scale:
        - 0.2448
        qtype: u8
    '@Conv_a_2:bias': {dtype: None, max_value: , fl: 12}
"""
YML = b"""%YAML 1.2
model_name: net
quant_params:
    a_1:out0:
        op: VSI_NN_OP_CONV2D
        qtype: dynamic_fixed_point
        dtype: i16
        fl: 12
"""
REPORT = (
    b"x_3_out0_nhwc_1_8_8_4.npy   \tu8\teculidean_norm=0.002650\tcosine_norm=0.999996\n"
    b"Conv_a_2_out0_nhwc_1_8_8_4.npy \tNone\teculidean_norm=0.060697\tcosine_norm=nan\n"
)
OLD = b"Conv_a_2 \teculidean_norm=0.66\tcosine_norm=0.77\teculidean=2086.62\tcosine=0.77"
TABLE = (
    b"layer_name   simulator_error\n             entire    single\n"
    b"             cos  euc  cos  euc\n--------\n[Input] x  1.0 | 0.0   1.0 | 0.0\n"
    b"[Conv] a  \x1b[31m0.98\x1b[0m | 1.0   0.99 | 1.0\n"
)
STRUCTURE = json.dumps(
    {
        "MetaData": {"Name": "net", "AcuityVersion": "6", "Platform": "onnx"},
        "Layers": {
            "a_1": {"name": "a", "op": "input", "parameters": {}, "inputs": [],
                    "outputs": ["out0"]},
            "b_0": {"name": "b", "op": "relu", "parameters": {"x": [1, 2]},
                    "inputs": ["@a_1:out0"], "outputs": ["out0"]},
        },
    }
).encode()  # fmt: skip
PROJECT = json.dumps(
    {
        "format": "rkviz-project", "version": 1, "model": "a.onnx", "dataset": ["../p"],
        "snapshot": "snap", "cfg": "a.cfg", "default_scheme": "asymmetric_affine-u8",
        "layers": {"a": {"scheme": "dynamic_fixed_point-i16", "suggested": True,
                         "range": [-1.0, 2.5]}},
    }
).encode()  # fmt: skip

READERS = [
    Reader("net.quantization.cfg", applied, CFG),
    Reader("net_quant_param.yml", read_quant_params, YML),
    Reader("entire_qnt_error_analysis.txt", snapshot, REPORT),
    Reader("individual_qnt_error_analysis.txt", snapshot, OLD),
    Reader("error_analysis.txt", snapshot, TABLE),
    Reader("net.json", read_structure, STRUCTURE),
    Reader("net.rkviz", load_project, PROJECT),
    Reader("net.rknn", open_rknn, every_operation().data()),
]
TEXT_READERS = [reader for reader in READERS if reader.name != "net.rknn"]
DEEP = 20_000
HOSTILE = {
    "nothing": b"",
    "nul bytes": b"\0" * 100,
    "no encoding": b"\xff\xfe\xff" * 50,
    "half a character": "层".encode()[:2],
    "deep lists": b"[" * DEEP,
    "deep maps": b'{"a":' * DEEP,
    "deep blocks": b"".join(b" " * depth + b"a:\n" for depth in range(1500)),
    "deep dashes": b"- " * DEEP,
    "a huge number": b'{"version": ' + b"9" * 5000 + b"}",
    "a huge exponent": b"x \tNone\teculidean_norm=1e999999999\tcosine_norm=-1e999999999",
    "one long line": b"a" * 200_000,
    "many lines": b"a: b\n" * 40_000,
    "an anchor of itself": b"&a [*a, *a]",
    "anchors of anchors": b"a: &a [x, x]\n"
    + b"".join(b"%c: &%c [*%c, *%c]\n" % (c + 1, c + 1, c, c) for c in range(97, 120)),
    "a list without end": b"x: [" + b"1," * 10_000 + b"1]",
    "layers without end": b"customized_quantize_layers: {"
    + b",".join(b"%d: float32" % number for number in range(6000))
    + b"}",
    "tensors without fields": b"quant_params: {"
    + b",".join(b"%d: {}" % n for n in range(3000))
    + b"}",
    "names without layers": b'{"MetaData": {}, "Layers": {'
    + b",".join(b'"%d": {}' % n for n in range(6000))
    + b"}}",
    "a type to make": b"!!python/object/apply:os.system ['touch pwned']",
    "a tag": b"customized_quantize_layers: !!python/name:os.system {}",
    "path tricks": b'{"MetaData": {}, "Layers": {"../../etc/passwd": {"name": "/", "op": ".."}}}',
    "wrong kinds": b'{"format": 3, "version": [], "Layers": 7, "MetaData": null}',
    "the same key twice": b'{"Layers": {}, "Layers": {}, "a": 1, "a": 2}',
    "colours without end": b"layer_name\n---\n" + b"\x1b[" * 20_000,
}


def given_to(reader: Reader, folder: Path, data: bytes) -> None:
    path = folder / reader.name
    path.write_bytes(data)
    with contextlib.suppress(RkvizError):
        reader.read(path)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_the_samples_are_read(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / reader.name).write_bytes(reader.sample)
    reader.read(tmp_path / reader.name)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_file_cut_at_any_length(reader: Reader, tmp_path: Path) -> None:
    step = max(1, len(reader.sample) // 1200)
    for length in range(0, len(reader.sample), step):
        given_to(reader, tmp_path, reader.sample[:length])


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_flipped_bytes(reader: Reader, tmp_path: Path) -> None:
    @given(st.lists(st.tuples(st.integers(0, len(reader.sample) - 1), st.integers(0, 255)),
                    min_size=1, max_size=5))  # fmt: skip
    def read(changes: list[tuple[int, int]]) -> None:
        data = bytearray(reader.sample)
        for place, value in changes:
            data[place] = value
        given_to(reader, tmp_path, bytes(data))

    read()


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@pytest.mark.parametrize("name", HOSTILE)
def test_texts_that_break_parsers(reader: Reader, name: str, tmp_path: Path) -> None:
    given_to(reader, tmp_path, HOSTILE[name])
    assert sorted(path.name for path in tmp_path.iterdir()) == [reader.name]


@pytest.mark.parametrize("reader", TEXT_READERS, ids=lambda reader: reader.name)
@pytest.mark.parametrize("name", ["deep lists", "many lines", "anchors of anchors",
                                  "one long line", "colours without end", "a list without end",
                                  "layers without end", "tensors without fields",
                                  "names without layers"])  # fmt: skip
def test_memory_stays_near_the_size_of_the_file(reader: Reader, name: str, tmp_path: Path) -> None:
    data = HOSTILE[name] * (1 + 60_000 // len(HOSTILE[name]))
    assert peak_memory(reader, tmp_path, data) < 10 * len(data) + (1 << 20)


def test_a_cfg_of_a_large_network_takes_less_than_ten_times_its_size(tmp_path: Path) -> None:
    head, _, entries = CFG.partition(b"quantize_parameters:\n")
    tensors = b"".join(entries.replace(b"_2:", b"_%d:" % number) for number in range(120))
    data = head + b"quantize_parameters:\n" + tensors
    assert peak_memory(READERS[0], tmp_path, data) < 10 * len(data)
    read_cfg(tmp_path / READERS[0].name)


def peak_memory(reader: Reader, folder: Path, data: bytes) -> int:
    given_to(reader, folder, data)  # what the reader keeps for good is not counted
    tracemalloc.start()
    try:
        given_to(reader, folder, data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

"""Dumped tensors against the emulator: what is equal, what is apart, and files that are neither."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.analysis import analyse
from rkviz.errors import FormatError
from rkviz.formats.accuracy_tensors import Dumped, find_tensors, read_tensor
from rkviz.formats.accuracy_write import write_accuracy
from rkviz.formats.tensor_compare import ComparedTensors, compare_tensors
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import QuantPlan
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

Feeds = dict[str, np.ndarray]


def pooled() -> Graph:
    """x -> pool, four channels of one element."""
    sketch = Sketch()
    sketch.add("pool", "GlobalAveragePool", "x", shape=(1, 4, 1, 1))
    return sketch.graph("pool")


def network() -> Graph:
    """x -> /m.0/a (conv) -> b (relu), in one operation -> c (sigmoid)."""
    sketch = Sketch()
    sketch.add("b", "Relu", sketch.conv("/m.0/a", "x"))
    sketch.add("c", "Sigmoid", "b")
    return sketch.graph("c")


def plan_of(graph: Graph, config: HybridConfig | None = None) -> QuantPlan:
    return build_plan(graph, stats_of(graph), config or HybridConfig(), target_named("rv1126"))


def feeds() -> Feeds:
    random = np.random.default_rng(0)
    return {"x": random.uniform(-1, 1, (1, 4, 8, 8)).astype(np.float32)}


@pytest.fixture
def dumped(tmp_path: Path) -> Path:
    """What the toolkit would write, here by the emulator itself; its board runs layer by layer."""
    plan = plan_of(network())
    report = analyse(plan, [feeds()], ["picture"], "samples")
    write_accuracy(plan, report, feeds(), tmp_path, dump="npy")
    write_accuracy(plan, report, feeds(), tmp_path / "text", dump="tensor")
    (tmp_path / "individual_qnt").rename(tmp_path / "qnt_npu_dump")
    (tmp_path / "text" / "individual_qnt").rename(tmp_path / "individual_qnt")
    return tmp_path


def compared(folder: Path, plan: QuantPlan | None = None) -> ComparedTensors:
    plan = plan or plan_of(network())
    return compare_tensors(plan, feeds(), find_tensors(folder, plan.graph), "picture")


def test_what_the_emulator_wrote_itself_is_equal_code_by_code(dumped: Path) -> None:
    found = compared(dumped)
    assert not found.problems
    assert {(row.layer, row.part) for row in found.rows if row.part != "float"} == {
        ("x", "entire"), ("/m.0/a", "entire"), ("b", "entire"), ("c", "entire"),
        ("/m.0/a", "individual"), ("b", "individual"), ("c", "individual"),
        ("/m.0/a", "board"), ("b", "board"), ("c", "board"),
    }  # fmt: skip
    codes = [row for row in found.rows if row.part != "float"]
    assert {(row.codes_apart, row.equal_share) for row in codes} == {(0, 1.0)}
    assert all(row.cosine > 0.999999 for row in found.rows)
    assert [row.layer for row in found.rows if row.part == "float"] == ["x", "b", "c"]


def test_one_code_more_in_one_element_is_seen(dumped: Path) -> None:
    plan = plan_of(network())
    file = next((dumped / "entire_qnt").glob("Sigmoid_c_*.npy"))
    array = np.load(file)
    array[0, 3, 5, 2] += 3 * plan.tensor_of("c").params.scale
    np.save(file, array)
    (row,) = (row for row in compared(dumped).of_layer("c") if row.part == "entire")
    assert (row.codes_apart, row.equal_share) == (3, 255 / 256)


def test_a_board_that_ran_the_whole_network_is_held_against_that(dumped: Path) -> None:
    for file in (dumped / "qnt_npu_dump").glob("*.npy"):
        file.write_bytes((dumped / "entire_qnt" / file.name).read_bytes())
    parts = {row.part for row in compared(dumped).rows}
    assert parts in ({"float", "entire", "individual", "board entire"},
                     {"float", "entire", "individual", "board"})  # fmt: skip
    rows = [row for row in compared(dumped).rows if row.part.startswith("board")]
    assert len(rows) == 3


def test_a_layer_in_float_has_no_codes_to_compare(dumped: Path) -> None:
    plan = plan_of(network(), HybridConfig().with_scheme(["c"], QuantScheme.FLOAT))
    rows = compared(dumped, plan).of_layer("c")
    assert {row.codes_apart for row in rows} == {None}


def test_what_cannot_be_read_is_told_and_the_rest_compared(dumped: Path) -> None:
    file = next((dumped / "entire_qnt").glob("Sigmoid_c_*.npy"))
    file.write_bytes(file.read_bytes()[:-1])
    file.with_name("Gone_9_out0_nhwc_1_2.npy").touch()
    file.with_name("no tensor.npy").touch()
    found = compared(dumped)
    assert ["cut short" in problem for problem in found.problems] == [True]
    assert {row.part for row in found.of_layer("c")} == {"float", "individual", "board"}


def test_a_shape_of_another_network_is_refused_before_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fp32" / "Sigmoid_c_1_out0_nhwc_1_999999999_8_999999999.npy"
    path.parent.mkdir()
    path.touch()
    (dump,) = find_tensors(tmp_path, network())
    with pytest.raises(FormatError, match=r"1x8x8x4 \(NHWC\); analyse the same network"):
        read_tensor(dump, network())


def test_axes_of_size_one_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "Pool_pool_1_out0_nhwc_1_4.tensor"
    path.write_text("1.5\n2.5\n-3\nnan")
    read = read_tensor(Dumped("fp32", "pool", "pool", path), pooled())
    assert read.shape == (1, 4, 1, 1)
    assert read.ravel()[:3].tolist() == [1.5, 2.5, -3.0]
    assert math.isnan(read.ravel()[3])


@pytest.mark.parametrize("text", ["1\n2\n3\n", "1\n2\n3\nx\n", "1\n2\n3\n4\n5\n", "1 2 3 ä",
                                  "1\n" * 200, "", "1,2,3,4,"])  # fmt: skip
def test_a_text_that_is_not_one_number_a_line_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "Pool_pool_1_out0_nhwc_1_1_1_4.tensor"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match="dump it again"):
        read_tensor(Dumped("fp32", "pool", "pool", path), pooled())


@given(st.binary(max_size=300), st.sampled_from((".npy", ".tensor")))
def test_hostile_bytes_are_an_error_in_words(tmp_path_factory, data: bytes, suffix: str) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / f"Pool_pool_1_out0_nhwc_1_1_1_4{suffix}"
    path.write_bytes((b"\x93NUMPY\x01\x00" if suffix == ".npy" else b"") + data)
    with contextlib.suppress(FormatError):
        read_tensor(Dumped("fp32", "pool", "pool", path), pooled())


@pytest.mark.parametrize("suffix", ["tensor", "npy"])
def test_every_truncation_is_refused(dumped: Path, suffix: str) -> None:
    graph = network()
    folder = dumped if suffix == "npy" else dumped / "text"
    (dump,) = (d for d in find_tensors(folder, graph) if (d.part, d.layer) == ("fp32", "c"))
    whole = dump.path.read_bytes()
    expected = read_tensor(dump, graph)
    for length in range(0, len(whole) - 8, 7):
        dump.path.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            read_tensor(dump, graph)
    dump.path.write_bytes(whole)
    assert np.array_equal(read_tensor(dump, graph), expected)

"""The toolkit's accuracy analysis, written by the emulator: names, numbers and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz.analyse.analysis import analyse
from rkviz.errors import ConfigError, FormatError
from rkviz.formats.accuracy_snapshot import read_snapshot
from rkviz.formats.accuracy_write import write_accuracy
from rkviz.graph.model import Graph
from rkviz.numerics import QuantScheme
from rkviz.quantize.build import build_plan
from rkviz.quantize.config import HybridConfig
from rkviz.target import target_named
from tests.graphs import Sketch, stats_of

TWISTED = "../../m:0/a\\b"


def network() -> Graph:
    """x -> a conv with a name that tries to leave the folder -> relu, in one operation."""
    sketch = Sketch()
    sketch.add("r" * 300, "Relu", sketch.conv(TWISTED, "x"))
    return sketch.graph("r" * 300)


def written(
    folder: Path,
    graph: Graph,
    low: float = -1.0,
    config: HybridConfig = HybridConfig(),  # noqa: B008 - a value
    **options: object,
) -> int:
    plan = build_plan(graph, stats_of(graph), config, target_named("rv1126"))
    random = np.random.default_rng(0)
    feeds = {"x": random.uniform(low, abs(low), (1, 4, 8, 8)).astype(np.float32)}
    report = analyse(plan, [feeds], ["picture"], "samples")
    return write_accuracy(plan, report, feeds, folder, **options)  # type: ignore[arg-type]


def test_names_stay_in_the_folder_and_are_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "snapshot"
    assert written(folder, network()) == 4 + 4 + 2
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(folder in path.parents for path in files)
    assert max(len(path.name) for path in files) < 255
    order = (folder / "entire_qnt" / "order.txt").read_text(encoding="utf-8").splitlines()
    assert order[:2] == [
        "x_3_out0_nhwc_1_8_8_4.npy", "Conv_.._.._m_0_a_b_2_out0_nhwc_1_8_8_4.npy",
    ]  # fmt: skip
    snapshot = read_snapshot(folder)
    assert {part: len(rows) for part, rows in snapshot.parts.items()} == {
        "entire": 3, "individual": 2,
    }  # fmt: skip
    assert dict(snapshot.tensors) == {"fp32": 4, "entire_qnt": 4, "individual_qnt": 2}


def test_a_conv_and_its_relu_have_the_same_row_when_all_is_quantized(tmp_path: Path) -> None:
    written(tmp_path, network(), parts=("texts",))
    text = (tmp_path / "entire_qnt_error_analysis.txt").read_text(encoding="utf-8")
    rows = text.splitlines()
    assert rows[0].startswith(f"{'x_3_out0_nhwc_1_8_8_4.npy':60} \tu8\teculidean_norm=0.00")
    assert rows[1].split("\t")[1:] == rows[2].split("\t")[1:]
    assert {path.name for path in tmp_path.iterdir()} == {
        "entire_qnt_error_analysis.txt", "individual_qnt_error_analysis.txt",
    }  # fmt: skip


@pytest.mark.parametrize(("scheme", "dtype"), [(QuantScheme.I16, "i16"), (QuantScheme.FLOAT, None)])
def test_the_type_of_an_input_is_one_the_toolkit_has(
    tmp_path: Path, scheme: QuantScheme, dtype: str | None
) -> None:
    config = HybridConfig().with_scheme(["x"], scheme)
    written(tmp_path, network(), config=config, parts=("texts",))
    first, *others = read_snapshot(tmp_path, network()).parts["entire"]
    assert (first.layer, first.dtype) == ("x", dtype)
    assert {row.dtype for row in others} == {None}


def test_a_tensor_is_text_of_six_decimals_in_nhwc(tmp_path: Path) -> None:
    for dump in ("tensor", "npy"):
        written(tmp_path, network(), parts=("fp32",), dump=dump)
    name = "x_3_out0_nhwc_1_8_8_4"
    array = np.load(tmp_path / "fp32" / f"{name}.npy")
    assert array.shape == (1, 8, 8, 4)
    lines = (tmp_path / "fp32" / f"{name}.tensor").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{value:.6f}" for value in array.ravel()]


@pytest.mark.parametrize("options", [{"parts": ("fp33",)}, {"dump": "txt"}])
def test_unknown_words_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="is no part or format"):
        written(tmp_path, network(), **options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FormatError, match="cannot be made"):
        written(tmp_path / "file" / "snapshot", network(), parts=("texts",))

"""Reports of the vendor's accuracy_analysis: both generations, toolkit 2, and what is none."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rkviz.analyse.metrics import ErrorSums
from rkviz.analyse.report import AnalysisReport, LayerError
from rkviz.errors import FormatError
from rkviz.formats.accuracy_snapshot import SnapshotRow, parse_report, read_snapshot
from rkviz.formats.snapshot_compare import compare
from rkviz.graph.model import Graph
from tests.graphs import Sketch

ENTIRE = (
    "x_145_out0_nhwc_1_640_640_3.npy                         \tu8\teculidean_norm=0.002650"
    "\tcosine_norm=0.999996\n"
    "Conv__m.0_a_142_out0_nhwc_1_8_8_4.npy \tNone\teculidean_norm=0.060697\tcosine_norm=0.998158\n"
)
INDIVIDUAL = (
    "Conv__m.0_a_142 \tNone\teculidean_norm=0.059963\tcosine_norm=0.998202\n"
    "Relu_b_134      \tNone\teculidean_norm=1.000000\tcosine_norm=nan"
)
OLD = "conv_1 \teculidean_norm=0.665396\tcosine_norm=0.778624\teculidean=2086.6\tcosine=0.7\n"
TABLE = """\
# simulator_error: calculate the output error of each layer of the simulator.
layer_name                     simulator_error                             runtime_error
                           entire              single                  entire           single_sim
                        cos      euc        cos      euc            cos      euc        cos      euc
------------------------------------------------------------------------------------------------------
[Input] x             1.00000 | 0.0       1.00000 | 0.0           0.99995 | 0.1627    0.99995 | 0.1627
[Conv] /m.0/a         \x1b[31m0.97999\x1b[0m | 1.0755    0.99999 | 1.0755
[exNorm] b_output_0

[Relu] b              q_nan | inf    1.00000 | 0.7689        0.99997 | 1.4931    1.00000 | 1.3477
"""  # noqa: E501


def network() -> Graph:
    """x -> /m.0/a (conv) -> b (relu)."""
    sketch = Sketch()
    sketch.add("b", "Relu", sketch.conv("/m.0/a", "x"))
    return sketch.graph("b")


def folder_of(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.txt").write_bytes(text.encode())
    return folder


class TestReports:
    def test_a_folder_of_toolkit_1_7_5(self, tmp_path: Path) -> None:
        folder_of(
            tmp_path,
            entire_qnt_error_analysis=ENTIRE,
            individual_qnt_error_analysis=INDIVIDUAL,
            individual_qnt_error_analysis_on_npu=INDIVIDUAL,
        )
        (tmp_path / "qnt_npu_dump").mkdir()
        (tmp_path / "qnt_npu_dump" / "a.npy").touch()
        snapshot = read_snapshot(tmp_path, network())
        assert {part: len(rows) for part, rows in snapshot.parts.items()} == {
            "entire": 2, "individual": 2, "board": 2,
        }  # fmt: skip
        assert snapshot.parts["entire"][0] == SnapshotRow(
            "x_145_out0_nhwc_1_640_640_3.npy", 1, "x", "u8", 0.00265, 0.999996
        )
        layers = [row.layer for rows in snapshot.parts.values() for row in rows]
        assert layers == ["x", "/m.0/a", "/m.0/a", "b", "/m.0/a", "b"]
        worst = snapshot.parts["individual"][1].cosine_norm
        assert worst is not None
        assert math.isnan(worst)
        assert dict(snapshot.tensors) == {"qnt_npu_dump": 1}
        assert snapshot.unmapped == ()

    def test_the_older_generation_has_raw_errors(self) -> None:
        (row,) = parse_report(OLD, "x.txt").parts["individual"]
        assert (row.cosine_norm, row.euclidean, row.cosine) == (0.778624, 2086.6, 0.7)
        assert row.dtype is None

    def test_a_single_file_tells_by_its_names_what_it_is(self, tmp_path: Path) -> None:
        for text, part in ((ENTIRE, "entire"), (INDIVIDUAL, "individual")):
            (tmp_path / "renamed.txt").write_bytes(text.encode())
            assert list(read_snapshot(tmp_path / "renamed.txt").parts) == [part]

    def test_windows_line_ends_and_blank_lines(self) -> None:
        text = ENTIRE.replace("\n", "\r\n\r\n")
        assert len(parse_report(text, "x.txt").parts["entire"]) == 2

    def test_the_table_of_toolkit_2(self, tmp_path: Path) -> None:
        folder_of(tmp_path, error_analysis=TABLE)
        snapshot = read_snapshot(tmp_path, network())
        assert {part: [row.layer for row in rows] for part, rows in snapshot.parts.items()} == {
            "entire": ["x", "/m.0/a", "b"],
            "individual": ["x", "/m.0/a", "b"],
            "board entire": ["x", "b"],
            "board against simulator": ["x", "b"],
        }
        assert snapshot.parts["entire"][1].similarity == 0.97999
        assert math.isnan(snapshot.parts["entire"][2].similarity or 0.0)
        assert snapshot.blank == ("b_output_0",)


class TestNoReports:
    @pytest.mark.parametrize(
        "text", ["", "\n\n", "hello", "a\tb\n", "a\teculidean_norm=0x1\tcosine_norm=1\n",
                 "a\tcosine_norm=" + "9" * 5000, TABLE.split("[Input]")[0],
                 TABLE + "[Conv] a 0.9 | x\n"],
    )  # fmt: skip
    def test_other_texts(self, text: str) -> None:
        with pytest.raises(FormatError, match=r"^x\.txt is not an accuracy"):
            parse_report(text, "x.txt")

    def test_all_wrong_lines_are_named(self) -> None:
        with pytest.raises(FormatError) as caught:
            parse_report(f"{ENTIRE}oops\nagain\n", "x.txt")
        assert [line.split(":")[0] for line in caught.value.details] == ["line 3", "line 4"]

    def test_folders_without_a_report_and_files_that_are_missing(self, tmp_path: Path) -> None:
        with pytest.raises(FormatError, match="holds no accuracy analysis"):
            read_snapshot(tmp_path)
        with pytest.raises(FormatError, match="cannot be read"):
            read_snapshot(tmp_path / "no.txt")

    def test_a_text_cut_anywhere_is_read_or_refused(self) -> None:
        for text in (ENTIRE, TABLE):
            for length in range(len(text)):
                with contextlib.suppress(FormatError):
                    parse_report(text[:length], "x.txt")

    @given(st.sampled_from([ENTIRE, OLD, TABLE]), st.integers(0, 10**6), st.characters())
    def test_a_changed_character_is_read_or_refused(self, text: str, at: int, new: str) -> None:
        place = at % len(text)
        with contextlib.suppress(FormatError):
            parse_report(text[:place] + new + text[place + 1 :], "x.txt")

    def test_names_like_paths_are_only_names(self) -> None:
        text = "../../etc/passwd\teculidean_norm=0.1\tcosine_norm=0.9\n"
        assert parse_report(text, "x.txt").parts["individual"][0].name == "../../etc/passwd"


def report_of(**cosines: float) -> AnalysisReport:
    """A report in which layers have these cosines, own and accumulated."""

    def layer(cosine: float) -> LayerError:
        sums = (ErrorSums(1, 1.0, 1.0, cosine, 2 - 2 * cosine),)
        return LayerError(sums, sums)

    names = {"a": "/m.0/a"}
    layers = {names.get(name, name): layer(cosine) for name, cosine in cosines.items()}
    return AnalysisReport(layers, ("picture",), ("b",), "")


def test_toolkit_and_emulator_side_by_side(tmp_path: Path) -> None:
    folder_of(tmp_path, entire_qnt_error_analysis=ENTIRE, individual_qnt_error_analysis=INDIVIDUAL)
    graph = network()
    compared = compare(read_snapshot(tmp_path, graph), report_of(a=0.998, b=0.9), graph)
    assert [(row.layer, row.part, row.disagree) for row in compared.rows] == [
        ("/m.0/a", "entire", False),
        ("/m.0/a", "individual", False),
        ("b", "individual", True),
    ]
    assert '"toolkit_cosine": null' in compared.json
    assert "2 rows entire, 2 rows individual; 3 compared, 1 disagree." in compared.text()
    assert "/m.0/a" not in compared.text(only=True)


@pytest.mark.parametrize(
    ("ours", "disagree"), [(0.998158, False), (0.99, False), (0.9, True), (0.99999, True)]
)
def test_a_disagreement_is_three_times_the_distance(ours: float, disagree: bool) -> None:
    graph = network()
    (tmp,) = (parse_report(ENTIRE, "x.txt"),)
    row = tmp.parts["entire"][1]
    named = type(tmp)({"entire": (SnapshotRow(row.name, 1, "/m.0/a", cosine_norm=0.998158),)})
    (compared,) = compare(named, report_of(a=ours), graph).rows
    assert compared.disagree is disagree

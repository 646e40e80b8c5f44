"""What accuracy_analysis wrote, shown beside the emulator: imported, dropped, kept, compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rkviz import exchange
from rkviz.gui.panels.layer_model import Column
from rkviz.numerics import QuantScheme
from rkviz.project import load_project
from tests.gui.user import Key, choose_file, drop, notices, press, settle


@pytest.fixture
def snapshot(analysed, tmp_path) -> Path:
    """The toolkit's folder with a board's text, written by the emulator; stem went wrong there."""
    session, folder = analysed.session, tmp_path / "snapshot"
    exchange.export_accuracy(session.project, session.results, folder, "all", "npy")
    text = (folder / "individual_qnt_error_analysis.txt").read_text(encoding="utf-8")
    (folder / "individual_qnt_error_analysis_on_npu.txt").write_text(text, encoding="utf-8")
    file = folder / "entire_qnt_error_analysis.txt"
    lines = file.read_text(encoding="utf-8").splitlines()
    (place,) = (at for at, line in enumerate(lines) if line.startswith("Conv_stem_"))
    lines[place : place + 2] = [
        f"{line.partition(' ')[0]} \tNone\teculidean_norm=0.9\tcosine_norm=0.595"
        for line in lines[place : place + 2]
    ]
    file.write_text("\n".join((*lines, "Gone_1 \tNone\teculidean_norm=0\tcosine_norm=1")))
    return folder


def compared(window, qtbot):
    qtbot.waitUntil(lambda: window.session.comparing.value is not None)
    return window.session.comparing.value


def test_a_dropped_folder_is_held_against_the_emulator(analysed, snapshot, qtbot):
    table = analysed.docks.layer_table.view
    assert table.isColumnHidden(Column.TOOLKIT)
    drop(analysed, [snapshot])
    assert compared(analysed, qtbot).disagreeing[0] == "stem"
    said = notices(analysed)[0].splitlines()
    assert said[0].endswith(f"{len(compared(analysed, qtbot).of_layer)} layers, 2 disagree.")
    assert said[1] == "Not layers of this network (1): Gone_1"
    assert not table.isColumnHidden(Column.TOOLKIT)
    model = analysed.docks.layer_table.model
    row = model.rows[model.row_of("stem")]
    assert model.text(row, Column.TOOLKIT) == "≠ 0.5950"
    assert model.text(row, Column.BOARD) == "–"
    analysed.session.set_view(kind="own")
    row = model.rows[model.row_of("stem")]
    assert "≠" not in model.text(row, Column.TOOLKIT)
    assert model.text(row, Column.BOARD) == model.text(row, Column.TOOLKIT)
    page = analysed.docks.layer_panel.network
    assert "2 disagree" in page.compared.text()
    assert page.disagreeing.item(0, 0).text() == "stem"


def test_a_report_of_another_network_is_told_in_a_few_lines(analysed, tmp_path, qtbot):
    folder = tmp_path / "other"
    folder.mkdir()
    rows = (f"Conv_far{n}_{n} \tNone\teculidean_norm=0\tcosine_norm=1\n" for n in range(300))
    (folder / "individual_qnt_error_analysis.txt").write_text("".join(rows))
    drop(analysed, [folder])
    qtbot.waitUntil(lambda: bool(notices(analysed)))
    said = notices(analysed)[0]
    assert said.startswith("other holds no layer of this network.\n")
    assert len(said) < 400
    assert "Not layers of this network (300): Conv_far0_0, " in said
    assert said.endswith("is of another network: check that the two belong together.")


def test_the_layer_panel_shows_all_three(analysed, snapshot, qtbot):
    analysed.session.select(["stem"])
    page = analysed.docks.layer_panel.layer
    assert page.comparison.isHidden() or not page.comparison.isVisible()
    drop(analysed, [snapshot])
    compared(analysed, qtbot)
    table = page.comparison.table
    assert table.isVisible()
    cells = [[table.item(row, column).text() for column in range(4)] for row in range(2)]
    assert [row[0] for row in cells] == ["Own", "Accum."]
    assert cells[1][2] == "≠ 0.5950"
    assert cells[1][3] == "–"
    assert cells[0][2] == cells[0][3] != "–"
    assert page.comparison.words.text().startswith("≠ They disagree")


def test_dumped_tensors_are_compared_when_asked_for(analysed, snapshot, qtbot):
    action = analysed.actions_by_id.by_id["compare_tensors"]
    assert not action.isEnabled()
    drop(analysed, [snapshot])
    compared(analysed, qtbot)
    settle(analysed, qtbot)
    assert action.isEnabled()
    wrong = next((snapshot / "entire_qnt").glob("Conv_stem_*.npy"))
    array = np.load(wrong)
    plan = analysed.session.results.plan
    codes = 2 * plan.tensor_of("stem").params.scale
    array.flat[0] += codes if array.flat[0] < array.max() / 2 else -codes
    np.save(wrong, array)
    action.trigger()
    qtbot.waitUntil(lambda: analysed.session.comparing.value.tensors is not None)
    tensors = analysed.session.comparing.value.tensors
    assert {row.codes_apart for row in tensors.rows if row.layer != "stem"} <= {0, None}
    analysed.session.select(["stem"])
    words = analysed.docks.layer_panel.layer.comparison.words.text()
    assert "2 apart at most" in words
    assert "Toolkit, this layer alone: all codes equal" in words
    analysed.session.select([])
    assert "dumped tensors have equal codes" in analysed.docks.layer_panel.network.compared.text()


def test_an_edit_compares_again_and_drops_the_tensors(analysed, snapshot, qtbot):
    drop(analysed, [snapshot])
    before = compared(analysed, qtbot)
    analysed.session.comparing.compare_tensors()
    qtbot.waitUntil(lambda: analysed.session.comparing.value.tensors is not None)
    analysed.session.set_scheme(["stem"], None)
    analysed.session.set_scheme(["stem"], QuantScheme.FLOAT)
    settle(analysed, qtbot)
    qtbot.waitUntil(lambda: analysed.session.comparing.value.tensors is None)
    after = analysed.session.comparing.value
    assert after.of_layer["stem"]["entire"].ours != before.of_layer["stem"]["entire"].ours


def test_the_project_remembers_and_undo_forgets(analysed, snapshot, tmp_path, qtbot):
    analysed.actions_by_id.by_id["import_analysis"].trigger()
    choose_file(analysed, snapshot)
    compared(analysed, qtbot)
    assert analysed.session.save(tmp_path / "net.rkviz")
    assert load_project(tmp_path / "net.rkviz").snapshot == snapshot
    analysed.session.undo_stack.undo()
    assert analysed.session.comparing.value is None
    analysed.session.open_path(tmp_path / "net.rkviz")
    qtbot.waitUntil(lambda: analysed.session.project.snapshot == snapshot)
    qtbot.waitUntil(lambda: analysed.session.results.graph is not None)
    analysed.session.run()
    settle(analysed, qtbot)
    compared(analysed, qtbot)


def test_one_text_is_enough_and_a_wrong_one_is_refused(analysed, snapshot, tmp_path, qtbot):
    file = tmp_path / "copied_error_analysis.txt"
    file.write_text("nothing of the kind", encoding="utf-8")
    drop(analysed, [file])
    qtbot.waitUntil(lambda: bool(notices(analysed)))
    assert "is not an accuracy report" in notices(analysed)[0]
    assert analysed.session.project.snapshot is None
    text = snapshot / "individual_qnt_error_analysis.txt"
    analysed.actions_by_id.by_id["import_report"].trigger()
    choose_file(analysed, text)
    assert {row.part for row in compared(analysed, qtbot).rows} == {"individual"}


def test_a_report_that_is_gone_is_told_once(analysed, snapshot, qtbot):
    drop(analysed, [snapshot])
    compared(analysed, qtbot)
    file = snapshot / "entire_qnt_error_analysis.txt"
    file.write_text("damaged", encoding="utf-8")
    analysed.session.set_scheme(["stem"], QuantScheme.FLOAT)
    settle(analysed, qtbot)
    qtbot.waitUntil(lambda: any("not an accuracy report" in said for said in notices(analysed)))


def test_the_graph_is_coloured_by_what_they_say(analysed, snapshot, qtbot):
    def shown() -> list[str]:
        popup, box = analysed.graph.bar.metric_box.view(), analysed.graph.bar.metric_box
        return [box.itemData(at) for at in range(box.count()) if not popup.isRowHidden(at)]

    def paint():
        settle(analysed, qtbot)
        return analysed.graph.view.scene.paint

    assert not set(shown()) & {"toolkit", "board", "toolkit apart", "board apart"}
    drop(analysed, [snapshot])
    compared(analysed, qtbot)
    assert set(shown()) >= {"toolkit", "board", "toolkit apart", "board apart"}
    box = analysed.graph.bar.metric_box
    box.activated.emit(box.findData("toolkit"))
    assert paint().texts["stem"] == "≠ 0.5950"
    assert paint().shades["stem"].level == 3
    box.activated.emit(box.findData("toolkit apart"))
    assert paint().shades["stem"].level == 3
    assert paint().shades["conv1"].level == 0
    assert analysed.graph.bar.kinds["own"].isVisible()
    analysed.session.set_view(kind="own")
    assert paint().shades["stem"].level == 0
    press(analysed, Key.Key_N, qtbot)
    analysed.session.undo_stack.undo()
    qtbot.waitUntil(lambda: analysed.session.comparing.value is None)
    assert analysed.session.view.colour == ""
    assert "toolkit" not in shown()

"""The layer table as a user meets it."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from rkviz.gui.language import apply_language
from rkviz.gui.panels.layer_model import Column
from rkviz.gui.panels.layer_table import LayerTable
from rkviz.gui.session import Session
from rkviz.gui.widgets.chips import SHADE_ROLE
from rkviz.numerics import QuantScheme
from tests.gui.panels.conftest import show
from tests.gui.sample_results import SKIPPED, sample_project


@pytest.fixture
def table(qtbot, session: Session) -> LayerTable:
    table = LayerTable(session)
    qtbot.addWidget(table)
    table.resize(900, 500)
    table.show()
    return table


def shown(table: LayerTable, column: Column = Column.NAME) -> list[str]:
    rows = range(table.sorted.rowCount())
    return [table.sorted.index(row, column).data() for row in rows]


def cell(table: LayerTable, layer: str, column: Column) -> QModelIndex:
    row = table.model.row_of(layer)
    assert row is not None
    return table.sorted.mapFromSource(table.model.index(row, column))


def click(table: LayerTable, layer: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = table.view.visualRect(cell(table, layer, Column.NAME)).center()
    QTest.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_the_models_keep_qts_rules(table: LayerTable, session: Session) -> None:
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    testers = [QAbstractItemModelTester(model, mode) for model in (table.model, table.sorted)]
    table.filter_line.setText("own<0.99")
    session.set_view(metric="snr_db")
    show(session, sample_project())
    table.filter_line.clear()
    assert table.sorted.rowCount() == 12
    del testers


def test_rows_are_heads_in_the_order_of_the_network(table: LayerTable) -> None:
    assert shown(table)[:4] == ["images", "stem", "pool", "body1"]
    assert "stem_act" not in shown(table)
    assert cell(table, "stem", Column.OPERATOR).data() == "Conv + Relu"
    assert cell(table, "body1", Column.WHY).data() == "relu6"
    assert cell(table, "boxes", Column.SHAPE).data() == "1x4x16x16"
    assert cell(table, "join", Column.ENGINE).data() == "SH"


def test_a_layer_that_only_moves_codes_has_no_own_error(table: LayerTable) -> None:
    assert cell(table, "head", Column.OWN).data() == "–"
    assert cell(table, "head", Column.OWN).data(SHADE_ROLE) is None
    assert cell(table, "head", Column.ACCUMULATED).data() == "0.99983"


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
@pytest.mark.parametrize("metric", ["cosine", "max_abs"])
def test_errors_are_sorted_as_numbers_with_what_is_missing_last(
    table: LayerTable, session: Session, metric: str, order: Qt.SortOrder
) -> None:
    session.set_view(metric=metric)
    table.view.sortByColumn(Column.ACCUMULATED, order)
    assert shown(table)[-1] == "nms"
    places = [table.model.row_of(layer) for layer in shown(table)[:-1]]
    errors = [table.model.rows[place].accumulated for place in places]
    finite = [error for error in errors if not math.isnan(error)]
    assert finite == sorted(finite, reverse=order is Qt.SortOrder.DescendingOrder)


def test_what_has_no_number_is_the_worst(table: LayerTable) -> None:
    table.view.sortByColumn(Column.OWN, Qt.SortOrder.AscendingOrder)
    assert shown(table)[:2] == ["empty", "sigmoid"]


def test_clicks_select_in_the_session_and_back(table: LayerTable, session: Session) -> None:
    click(table, "scores")
    assert session.selection == ("scores",)
    click(table, "pool", Qt.KeyboardModifier.ControlModifier)
    assert session.selection == ("pool", "scores")
    session.select(["head"])
    assert [row.name for row in table.selected_rows()] == ["head"]


def test_a_selection_is_announced_once(qtbot, table: LayerTable, session: Session) -> None:
    heard: list[tuple[str, ...]] = []
    session.selection_changed.connect(heard.append)
    click(table, "scores")
    session.select(["pool", "head"])
    assert heard == [("scores",), ("pool", "head")]


def test_the_selection_outlives_the_filter(table: LayerTable, session: Session) -> None:
    session.select(["pool", "scores"])
    table.filter_line.setText("type=i16")
    assert shown(table) == []
    assert session.selection == ("pool", "scores")
    table.filter_line.clear()
    assert {row.name for row in table.selected_rows()} == {"pool", "scores"}


def test_the_selection_outlives_new_results(table: LayerTable, session: Session) -> None:
    session.select(["scores"])
    session.results_changed.emit(session.results)
    assert session.selection == ("scores",)
    assert [row.name for row in table.selected_rows()] == ["scores"]


def test_a_filter_that_means_nothing_is_explained_and_changes_nothing(table: LayerTable) -> None:
    table.filter_line.setText("own<0.5")
    before = shown(table)
    table.filter_line.setText("own<0.5x")
    assert shown(table) == before
    assert "own<0.99" in table._wrong.text()
    assert table._wrong.isVisible()


def test_ctrl_c_copies_rows_a_spreadsheet_can_read(table: LayerTable, session: Session) -> None:
    session.select(["scores", "nms"])
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    head, *lines = QApplication.clipboard().text().splitlines()
    assert head.split("\t")[1] == "Layer"
    cells = dict(zip(head.split("\t"), lines[0].split("\t"), strict=True))
    report = session.results.report
    assert report is not None
    assert float(cells["Own error"]) == report.sums("scores", "own").cosine
    assert lines[1].split("\t")[1] == "nms"


def test_the_menu_sets_the_type_of_all_selected_layers(table: LayerTable, session: Session) -> None:
    session.select(["body1", "scores", "nms"])
    menu = table.context_menu()
    texts = {action.text(): action for action in menu.actions()}
    assert texts["u8"].isChecked()
    assert not texts["Default type"].isEnabled()
    texts["i16"].trigger()
    assert session.project is not None
    assert set(session.project.config.overrides) == {"body1", "scores"}
    assert session.undo_stack.count() == 1
    back = {action.text(): action for action in table.context_menu().actions()}["Default type"]
    back.trigger()
    assert not session.project.config.overrides


def test_a_new_type_shows_at_once_and_the_old_errors_fade(
    table: LayerTable, session: Session
) -> None:
    fresh = cell(table, "body1", Column.OWN).data(SHADE_ROLE)
    session.set_scheme(["body1"], QuantScheme.I16)
    assert session.is_stale
    assert cell(table, "body1", Column.TYPE).data() == "i16"
    assert cell(table, "body1", Column.OWN).data(SHADE_ROLE) == fresh.faded()


def test_a_layer_that_does_not_run_says_why(table: LayerTable) -> None:
    index = cell(table, "nms", Column.NAME)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == SKIPPED["nms"]
    assert cell(table, "nms", Column.TYPE).data() == ""


def test_headings_explain_themselves_in_the_metric_in_view(
    table: LayerTable, session: Session
) -> None:
    session.set_view(metric="snr_db")
    tip = table.model.headerData(Column.OWN, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Signal to noise" in tip
    assert cell(table, "stem", Column.OWN).data() == "38.9"


def test_errors_of_one_picture(table: LayerTable, session: Session) -> None:
    overall = cell(table, "scores", Column.OWN).data()
    session.set_view(image=1)
    assert cell(table, "scores", Column.OWN).data() != overall


def test_an_empty_window_says_what_to_do(qtbot, nothing_open: Session) -> None:
    table = LayerTable(nothing_open)
    qtbot.addWidget(table)
    assert table._pages.currentWidget() is table._empty
    assert table.model.rowCount() == 0


def test_the_language_changes_at_once(table: LayerTable, qapp: QApplication) -> None:
    apply_language(qapp, "zh_CN")
    QApplication.sendPostedEvents()
    assert table.model.headerData(Column.OWN, Qt.Orientation.Horizontal) == "单层误差"
    assert cell(table, "body1", Column.WHY).data() == "relu6"
    assert cell(table, "pool", Column.WHY).data() == "复制自 stem"


def test_keys_move_the_selection(table: LayerTable, session: Session) -> None:
    click(table, "stem")
    QTest.keyClick(table.view, Qt.Key.Key_Down)
    assert session.selection == ("pool",)

"""Layers and pictures in one view: a click selects both, colours are those of the graph."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from rkviz.gui.panels.heat_map import HeatMap
from rkviz.gui.widgets.cell_grid import CellGrid


@pytest.fixture
def panel(session, qtbot) -> HeatMap:
    panel = HeatMap(session)
    qtbot.addWidget(panel)
    panel.resize(560, 170)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.refresh()
    panel.activateWindow()
    return panel


def test_a_click_selects_layer_and_picture(panel, session, qtbot):
    column = session.results.graph.heads.index("body1")
    place = panel.grid.place_of(2, column).center()
    assert panel.grid.cell_at(place) == (2, column)
    qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.selection == ("body1",)
    assert session.view.image == 1
    top = panel.grid.place_of(0, column).center()
    qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=top)
    assert session.view.image is None


def test_the_mouse_reads_the_number_of_a_cell(panel, session):
    column = session.results.graph.heads.index("body1")
    panel.grid.hovered.emit(1, column)
    assert "body1 — street.jpg: Accumulated" in panel.readout.text()
    session.set_view(kind="own", metric="snr_db")
    panel.refresh()
    panel.grid.hovered.emit(0, column)
    assert "All pictures: Own" in panel.readout.text()
    panel.grid.hovered.emit(-1, -1)
    assert "a click selects" in panel.readout.text()


def test_arrow_keys_walk_over_the_cells(panel, session, qtbot):
    session.select([session.results.graph.heads[0]])
    panel.grid.setFocus()
    qtbot.keyClick(panel.grid, Qt.Key.Key_Right)
    qtbot.keyClick(panel.grid, Qt.Key.Key_Down)
    assert session.selection == (session.results.graph.heads[1],)
    assert session.view.image == 0
    qtbot.keyClick(panel.grid, Qt.Key.Key_End)
    assert session.selection == (session.results.graph.heads[-1],)


def test_many_layers_scroll_and_only_rows_in_sight_are_made(qtbot):
    grid, made = CellGrid(), []
    qtbot.addWidget(grid)
    grid.resize(600, 120)
    with qtbot.waitExposed(grid):
        grid.show()

    def row(number: int) -> list[None]:
        made.append(number)
        return [None] * 500

    grid.show_cells([f"picture {number}" for number in range(100)], 500, row)
    grid.viewport().repaint()
    assert len(made) < 10
    assert grid.horizontalScrollBar().maximum() > 3000
    grid.mark([400], 0)
    place = grid.place_of(0, 400)
    assert 0 < place.left() < grid.viewport().width(), "what is selected is scrolled into view"


def test_without_a_report_it_says_what_to_do(nothing_open, qtbot):
    panel = HeatMap(nothing_open)
    qtbot.addWidget(panel)
    panel.show()
    assert "After a run" in panel.empty.text()
    assert panel._pages.currentWidget() is panel.empty

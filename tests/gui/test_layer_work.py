"""Working on one layer in the window: drag its range, follow a remedy, look at its maps."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from rkviz.gui.language import apply_language
from rkviz.gui.main_window import MainWindow
from rkviz.gui.panels.layer_page import LayerPage
from rkviz.gui.widgets.histogram_view import HistogramView
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import LayerConfig
from rkviz.quantize.plan import Reason
from rkviz.quantize.range_method import RangeKind, RangeMethod
from tests import models
from tests.gui.user import button, drop, settle
from tests.quantized_onnx import qdq_network

Left = Qt.MouseButton.LeftButton
LAYER = "conv2"


@pytest.fixture
def page(analysed: MainWindow, qtbot) -> LayerPage:
    """One layer selected, its values counted."""
    session = analysed.session
    session.select([LAYER])
    qtbot.waitUntil(lambda: has_counts(analysed), timeout=20_000)
    settle(analysed, qtbot)
    page = analysed.docks.layer_panel.layer
    assert page.range.histogram.spread is not None
    return page


def has_counts(window: MainWindow) -> bool:
    stats = window.session.results.plan_stats
    return stats is not None and stats.has_histograms


def drag(view: HistogramView, share: float) -> None:
    """Take the upper handle and move it to `share` of where it stands, in steps."""
    high = view.spread.high
    at = QPoint(round(view.axis.x_of(high)), 40)
    to = QPoint(round(view.axis.x_of(high * share)), 40)
    QTest.mousePress(view, Left, pos=at)
    for step in range(1, 6):
        QTest.mouseMove(view, at + (to - at) * step / 5)
    assert view.is_dragging


def show(widget: QWidget) -> None:
    """Scroll to it: who does not see it cannot touch it."""
    area = widget.parentWidget()
    while not isinstance(area, QScrollArea):
        area = area.parentWidget()
    area.ensureWidgetVisible(widget)


def tensor(window: MainWindow, layer: str = LAYER):
    results = window.session.results
    return results.plan.tensor_of(results.graph.members[layer][-1])


def test_values_are_counted_when_a_layer_is_first_looked_at(analysed: MainWindow, qtbot) -> None:
    assert not has_counts(analysed)
    analysed.session.select([LAYER])
    histogram = analysed.docks.layer_panel.layer.range.histogram
    assert histogram.hint
    qtbot.waitUntil(lambda: has_counts(analysed), timeout=20_000)
    assert histogram.spread.histogram.total
    assert not analysed.session.is_stale


def test_numbers_follow_the_handle_and_the_network_follows_when_it_is_let_go(
    analysed: MainWindow, page: LayerPage, qtbot
) -> None:
    session, view = analysed.session, page.range.histogram
    before, steps = tensor(analysed), session.undo_stack.count()
    drag(view, 0.5)
    assert "predicted" in page.range.reading.text()
    assert "Clipped" in page.range.reading.text()
    assert float(page.range.params.scale.text()) < before.params.scale
    assert session.undo_stack.count() == steps
    QTest.mouseRelease(view, Left, pos=QPoint(round(view.axis.x_of(before.high * 0.5)), 40))
    assert session.undo_stack.count() == steps + 1
    assert session.undo_stack.undoText() == f"Range of {LAYER}"
    assert view.spread.high == pytest.approx(before.high * 0.5, rel=0.05), "stays while it runs"
    settle(analysed, qtbot)
    assert tensor(analysed).reason is Reason.EXPLICIT_RANGE
    assert tensor(analysed).high == session.project.config.for_layer(LAYER).range[1]
    assert "predicted" not in page.range.reading.text()
    session.undo_stack.undo()
    settle(analysed, qtbot)
    assert tensor(analysed).params == before.params
    assert view.spread.high == before.high


def test_what_is_worked_on_stays_where_it_is(analysed: MainWindow, page: LayerPage, qtbot) -> None:
    view = page.range.histogram
    analysed.resize(1200, 640)
    show(page.weights)
    settle(analysed, qtbot)
    view.setFocus()
    place = view.mapTo(analysed, QPoint())
    places = set()
    page.stale.show_text("The words above grow\nby some lines\nand shrink again.")
    for is_shown in (True, False):
        page.stale.setVisible(is_shown)
        QApplication.processEvents()
        places.add(view.mapTo(analysed, QPoint()).y())
    assert places == {place.y()}
    drag(view, 0.5)
    QTest.mouseRelease(view, Left, pos=QPoint(5, 40))
    qtbot.waitUntil(lambda: analysed.session.is_stale)
    assert not page.stale.isVisible(), "its run is on its way"
    settle(analysed, qtbot)
    assert view.mapTo(analysed, QPoint()) == place
    analysed.session.select(["conv1"])
    QApplication.processEvents()
    assert view.mapTo(analysed, QPoint()) == place, "stepping from layer to layer compares them"
    analysed.graph.view.setFocus()
    analysed.session.select([LAYER])
    QApplication.processEvents()
    assert view.mapTo(analysed, QPoint()).y() > place.y(), "a new layer begins at the top"


def test_results_that_stay_old_are_called_so(analysed: MainWindow, page: LayerPage, qtbot) -> None:
    session = analysed.session
    session.set_scheme([LAYER], QuantScheme.I16)
    session.cancel()
    qtbot.waitUntil(page.stale.isVisible, timeout=5_000)
    session.run()
    settle(analysed, qtbot)
    assert not page.stale.isVisible()


def test_a_drag_can_be_given_up(analysed: MainWindow, page: LayerPage) -> None:
    view, before = page.range.histogram, tensor(analysed).high
    drag(view, 0.5)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.spread.high == before
    assert not view.is_dragging
    assert not analysed.session.is_modified


def test_arrow_keys_move_the_end_in_focus_as_one_step(
    analysed: MainWindow, page: LayerPage, qtbot
) -> None:
    session, view = analysed.session, page.range.histogram
    low, high = view.spread.ends
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Tab)
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.accessibleName().startswith("Upper end")
    assert session.undo_stack.index() == session.undo_stack.cleanIndex() + 1
    settle(analysed, qtbot)
    assert tensor(analysed).low == low
    assert tensor(analysed).high == pytest.approx(high - 0.03 * (high - low), rel=0.01)


def test_parameters_are_typed_and_taken_as_they_are(
    analysed: MainWindow, page: LayerPage, qtbot
) -> None:
    fields = page.range.params
    for field, text in ((fields.scale, "0.05"), (fields.zero_point, "300")):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
    fields.apply_button.click()
    assert "300" in fields.wrong
    assert not analysed.session.is_modified
    fields.zero_point.selectAll()
    QTest.keyClicks(fields.zero_point, "100")
    QTest.keyClick(fields.zero_point, Qt.Key.Key_Return)
    settle(analysed, qtbot)
    params = tensor(analysed).params
    assert (params.zero_point, params.scale) == (100, pytest.approx(0.05))
    page.range.entry.reset_button.click()
    settle(analysed, qtbot)
    assert tensor(analysed).params != params


def test_fixed_point_has_a_fraction_length(analysed: MainWindow, page: LayerPage, qtbot) -> None:
    analysed.session.set_scheme([LAYER], QuantScheme.I16)
    settle(analysed, qtbot)
    fields = page.range.params
    assert fields.fl.isVisible()
    assert not fields.scale.isVisible()
    fields.fl.setFocus()
    fields.fl.selectAll()
    QTest.keyClicks(fields.fl, "7")
    QTest.keyClick(fields.fl, Qt.Key.Key_Return)
    settle(analysed, qtbot)
    assert tensor(analysed).params.fl == 7
    assert "i16" in page.range.facts.value("converted"), "converters stand at its borders"


def test_methods_are_inherited_until_one_is_chosen(
    analysed: MainWindow, page: LayerPage, qtbot
) -> None:
    session, box = analysed.session, page.range.method
    assert box.kinds.currentText() == "Inherited: normal"
    box.kinds.setCurrentIndex(box.kinds.findData(RangeKind.PERCENTILE))
    box.kinds.activated.emit(box.kinds.currentIndex())
    settle(analysed, qtbot)
    assert tensor(analysed).reason is Reason.PERCENTILE
    box.parameter.setValue(99.0)
    settle(analysed, qtbot)
    own = session.project.config.for_layer(LAYER).range_method
    assert own == RangeMethod(RangeKind.PERCENTILE, 99.0)
    session.undo_stack.undo()
    assert box.kinds.currentText() == "Inherited: normal"


def test_the_methods_of_the_network_are_on_its_page(analysed: MainWindow, qtbot) -> None:
    network = analysed.docks.layer_panel.network
    for box, kind in ((network.ranges, RangeKind.MMSE), (network.weights, RangeKind.MMSE)):
        index = box.kinds.findData(kind)
        box.kinds.setCurrentIndex(index)
        box.kinds.activated.emit(index)
    config = analysed.session.project.config
    assert config.range_method == config.weights_method == RangeMethod(RangeKind.MMSE)
    settle(analysed, qtbot)
    analysed.session.select([LAYER])
    assert analysed.docks.layer_panel.layer.range.method.kinds.currentText() == "Inherited: mmse"


def test_channels_show_what_one_range_costs_them(
    analysed: MainWindow, page: LayerPage, qtbot
) -> None:
    weights = page.weights
    qtbot.waitUntil(lambda: weights.channels is not None)
    channels = weights.channels
    bars = weights.bars
    show(bars)
    middle = QPoint(bars.width() // 2, bars.height() // 2)
    QTest.mouseMove(bars, middle - QPoint(3, 0))
    QTest.mouseMove(bars, middle)
    channel = bars.channel_at(middle.x())
    assert f"Channel {channel}:" in weights.reading.text()
    assert f"{channels.codes[channel]} of 256 codes" in weights.reading.text()
    weights.order.setCurrentIndex(1)
    weights.order.activated.emit(1)
    widths = (channels.highs - channels.lows)[bars.bars.order]
    assert (widths[1:] >= widths[:-1]).all()


def test_maps_are_computed_when_they_are_opened(
    analysed: MainWindow, page: LayerPage, qtbot
) -> None:
    maps = page.maps
    assert maps.maps is None
    page.sections["maps"].set_open(True)
    qtbot.waitUntil(lambda: maps.maps is not None, timeout=20_000)
    assert maps.views[0].image.size() == maps.views[2].image.size()
    assert maps.picture.count() == 3
    last = maps.channel.maximum()
    maps.number.setValue(last)
    assert maps.channel.value() == last
    before = maps.maps
    maps.picture.setCurrentIndex(2)
    maps.picture.activated.emit(2)
    qtbot.waitUntil(lambda: maps.maps is not before, timeout=20_000)
    assert maps.maps.key == (LAYER, 2, "accumulated")
    analysed.session.set_view(image=1)
    qtbot.waitUntil(lambda: maps.maps.key[1] == 1, timeout=20_000)
    assert maps.picture.currentIndex() == 1, "the picture the window stepped to"
    settle(analysed, qtbot)


def test_the_page_speaks_the_language_at_once(
    qapp: QApplication, analysed: MainWindow, page: LayerPage
) -> None:
    apply_language(qapp, "zh_CN")
    QApplication.sendPostedEvents()
    assert page.range.method.kinds.currentText() == "继承：normal"
    assert page.sections["range"].heading.text() == "输出范围"
    assert "缩放因子" in page.range.params._captions[0].text()


def test_a_remedy_is_tried_with_one_click(analysed: MainWindow, page: LayerPage, qtbot) -> None:
    session, alone = analysed.session, tensor(analysed).alone
    far = LayerConfig(range=(-9000.0, 9000.0))
    session.edit_config(session.project.config.with_override(LAYER, far), "Far too wide")
    settle(analysed, qtbot)
    assert "codes: its own range is" in page.findings.cards[0].sentence.text()
    remedy = page.findings.cards[0].buttons[0]
    show(remedy)
    QTest.mouseClick(remedy, Left)
    settle(analysed, qtbot)
    assert session.project.config.for_layer(LAYER).range == alone
    assert LAYER not in {
        layer
        for layer, found in analysed.docks.layer_panel.diagnosis.findings.items()
        if found[0].rule == "few-codes"
    }
    session.undo_stack.undo()
    assert session.project.config.for_layer(LAYER) == far
    settle(analysed, qtbot)


def test_several_layers_get_one_method(analysed: MainWindow, page: LayerPage, qtbot) -> None:
    session, layers = analysed.session, analysed.docks.layer_panel.layers
    session.select(["conv1", LAYER])
    box = layers.ranges
    index = box.kinds.findData(RangeKind.MMSE)
    box.kinds.setCurrentIndex(index)
    box.kinds.activated.emit(index)
    methods = [session.project.config.for_layer(name).range_method for name in session.selection]
    assert methods == [RangeMethod(RangeKind.MMSE)] * 2
    session.select(["stem", LAYER])
    assert box.kinds.currentIndex() == -1, "they differ"
    settle(analysed, qtbot)


def test_a_file_the_npu_cannot_take_can_be_opened_all_the_same(
    window: MainWindow, tmp_path, qtbot
) -> None:
    path = models.save(qdq_network("int8", per_channel=True), tmp_path / "quantized.onnx")
    drop(window, [path])
    qtbot.waitUntil(lambda: bool(window.notices.notices))
    notice = window.notices.notices[0]
    assert "scale for every channel" in notice.text
    button(notice, "Choose anew what the NPU cannot take").click()
    qtbot.waitUntil(lambda: window.session.results.graph is not None)
    network = window.docks.layer_panel.network
    assert network.requantize.isChecked()
    assert "chosen from the pictures" in network.requantize_words.text()
    settle(window, qtbot)


def test_what_the_file_states_offers_no_method(window: MainWindow, tmp_path, pictures, qtbot):
    """It would do nothing: stated parameters are used as they are."""
    drop(window, [models.save(qdq_network(), tmp_path / "quantized.onnx")])
    qtbot.waitUntil(lambda: window.session.project is not None)
    drop(window, [pictures])
    qtbot.waitUntil(lambda: window.session.results.dataset is not None)
    window.session.run()
    settle(window, qtbot)
    window.session.select(["conv1"])
    page = window.docks.layer_panel.layer
    qtbot.waitUntil(lambda: page.weights.channels is not None)
    assert not page.range.method.isVisible()
    assert not page.weights.method.isVisible()
    assert "file states" in page.range.facts.value("why")
    settle(window, qtbot)


def test_what_was_folded_stays_folded(analysed: MainWindow, page: LayerPage) -> None:
    page.sections["weights"].heading.click()
    page.sections["maps"].heading.click()
    analysed.docks.keep(analysed._settings)
    page.sections["weights"].heading.click()
    page.sections["maps"].heading.click()
    analysed.docks.restore(analysed._settings)
    assert not page.sections["weights"].is_open
    assert page.sections["maps"].is_open
    assert page.sections["range"].is_open


def test_what_was_cancelled_is_asked_for_again(analysed: MainWindow, qtbot) -> None:
    session = analysed.session
    session.select([LAYER])
    assert session.counting.is_running
    session.cancel()
    assert not session.counting.is_running
    assert not has_counts(analysed)
    session.select(["conv1"])
    qtbot.waitUntil(lambda: has_counts(analysed), timeout=20_000)
    weights = analysed.docks.layer_panel.layer.weights
    qtbot.waitUntil(lambda: weights.channels is not None)
    settle(analysed, qtbot)


def test_nothing_is_worked_out_for_who_does_not_look(analysed: MainWindow, qtbot) -> None:
    session, page = analysed.session, analysed.docks.layer_panel.layer
    session.select([LAYER])
    qtbot.waitUntil(lambda: has_counts(analysed), timeout=20_000)
    settle(analysed, qtbot)
    page.sections["weights"].heading.click()
    before = page.weights.channels
    session.select(["conv1"])
    settle(analysed, qtbot)
    assert page.weights.channels is before
    page.sections["weights"].heading.click()
    qtbot.waitUntil(lambda: page.weights.channels is not before)
    settle(analysed, qtbot)

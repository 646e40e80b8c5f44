"""The panel of the selected layer: what it says, and what can be changed on it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rkviz.analyse.metrics import METRICS
from rkviz.gui.language import apply_language
from rkviz.gui.panels.layer_panel import LayerPanel
from rkviz.gui.panels.layer_words import engine_words, metric_title, reason_sentence, reason_short
from rkviz.gui.session import Session
from rkviz.numerics import QuantParams, QuantScheme
from rkviz.quantize.config import HybridConfig, LayerConfig
from rkviz.quantize.plan import Reason
from rkviz.target import Engine
from tests.gui.panels.conftest import Messages, show
from tests.gui.sample_results import SKIPPED, sample_project


@pytest.fixture
def panel(qtbot, session: Session) -> LayerPanel:
    panel = LayerPanel(session)
    qtbot.addWidget(panel)
    panel.resize(360, 900)
    panel.show()
    return panel


def config_of(session: Session) -> HybridConfig:
    assert session.project is not None
    return session.project.config


def type_numbers(panel: LayerPanel, low: str, high: str) -> None:
    entry = panel.layer.range.entry
    for field, text in ((entry.low, low), (entry.high, high)):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)


def checked(buttons) -> set[QuantScheme]:
    return {scheme for scheme, button in buttons.buttons.items() if button.isChecked()}


def test_nothing_selected_is_about_the_whole_network(panel: LayerPanel, session: Session) -> None:
    assert panel.page is panel.network
    outputs = [panel.network.outputs.item(row, 0).text() for row in range(2)]
    assert outputs == ["empty", "head"]
    worst = panel.network.worst
    names = [worst.item(row, 0).text() for row in range(worst.rowCount())]
    assert names[:2] == ["empty", "sigmoid"]
    assert "head" not in names, "a concat has no error of its own"
    assert panel.network.skipped.item(0, 0).text() == "nms"


def test_a_listed_layer_is_a_link(panel: LayerPanel, session: Session) -> None:
    worst = panel.network.worst
    place = worst.visualItemRect(worst.item(1, 0)).center()
    QTest.mouseClick(worst.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.selection == ("sigmoid",)
    assert panel.page is panel.layer


def test_the_default_type_is_one_click(panel: LayerPanel, session: Session) -> None:
    panel.network.types.buttons[QuantScheme.I16].click()
    assert config_of(session).default is QuantScheme.I16
    assert checked(panel.network.types) == {QuantScheme.I16}


def test_a_layer_says_what_it_is(panel: LayerPanel, session: Session) -> None:
    session.select(["stem"])
    page = panel.layer
    assert page.name.text() == "stem"
    assert "Conv 3×3, 16 channels from 3, stride 2" in page.words.text()
    assert "then Relu" in page.words.text()
    details = page.details
    assert details.onnx.names == ("/model/stem/Conv", "stem_bn", "/model/stem_act/Relu")
    assert details.toolkit.names[0].startswith("Conv_/model/stem/Conv_")
    assert "NN engine" in details.facts.value("engine")
    session.select(["body1"])
    assert "depthwise" in page.words.text()


def test_the_name_can_be_copied(panel: LayerPanel, session: Session) -> None:
    session.select(["scores"])
    panel.layer.copy.click()
    assert QApplication.clipboard().text() == "scores"


def test_a_range_says_why_and_with_whom(panel: LayerPanel, session: Session) -> None:
    session.select(["boxes"])
    facts, entry = panel.layer.range.facts, panel.layer.range.entry
    assert (entry.low.text(), entry.high.text()) == ("0", "320")
    assert facts.value("params") == "scale 1.2549, zero point 0"
    assert "Joined by head" in facts.value("why")
    assert 'href="sigmoid"' in facts.value("shared")
    facts.link_activated.emit("sigmoid")
    assert session.selection == ("sigmoid",)


def test_own_stands_beside_accumulated_for_every_metric(
    panel: LayerPanel, session: Session
) -> None:
    session.select(["boxes"])
    table = panel.layer.errors.metrics
    titles = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert [title.removesuffix(" (dB)") for title in titles] == [
        metric_title(metric) for metric in METRICS
    ]
    assert (table.item(0, 1).text(), table.item(0, 2).text()) == ("0.999957", "0.9930")
    pictures = panel.layer.errors.pictures
    assert not pictures.isVisible(), "folded: there may be hundreds"
    panel.layer.errors.by_picture.heading.click()
    assert [pictures.item(row, 0).text() for row in range(2)] == ["street.jpg", "harbour.jpg"]
    session.set_view(metric="max_abs")
    assert pictures.horizontalHeaderItem(0).text() == "Largest error"


def test_a_layer_that_does_not_run_says_why(panel: LayerPanel, session: Session) -> None:
    session.select(["nms"])
    page = panel.layer
    assert page.skipped.isVisible()
    assert SKIPPED["nms"] in page.skipped.text()
    assert not page.types.isVisible()
    assert not page.errors.isVisible()


@pytest.mark.parametrize("scheme", list(QuantScheme)[1:])
def test_a_type_is_one_click_and_one_step_back(
    panel: LayerPanel, session: Session, scheme: QuantScheme
) -> None:
    session.select(["body1"])
    panel.layer.types.buttons[scheme].click()
    assert config_of(session).for_layer("body1").scheme is scheme
    assert checked(panel.layer.types) == {scheme}
    assert panel.layer.stale.isVisible()
    session.undo_stack.undo()
    assert checked(panel.layer.types) == {QuantScheme.U8}
    assert not panel.layer.types.default.isEnabled()
    assert not panel.layer.stale.isVisible()


def test_a_refused_type_is_not_marked(panel: LayerPanel, session: Session, said: Messages) -> None:
    config = HybridConfig().with_scheme(["stem"], QuantScheme.I16)
    show(session, sample_project(config=config))
    session.select(["body1"])
    panel.layer.types.buttons[QuantScheme.I8].click()
    assert [level for level, _ in said.all] == ["error"]
    assert config_of(session) == config
    assert checked(panel.layer.types) == {QuantScheme.U8}


def test_several_layers_get_one_type(panel: LayerPanel, session: Session) -> None:
    config = HybridConfig().with_scheme(["stem"], QuantScheme.I16)
    show(session, sample_project(config=config))
    session.select(["stem", "body2", "scores"])
    assert panel.page is panel.layers
    assert checked(panel.layers.types) == {QuantScheme.U8, QuantScheme.I16}
    panel.layers.types.buttons[QuantScheme.FLOAT].click()
    assert set(config_of(session).overrides) == {"stem", "body2", "scores"}
    panel.layers.types.default.click()
    assert not config_of(session).overrides


def test_a_range_is_typed_and_set_back(panel: LayerPanel, session: Session) -> None:
    session.select(["stem"])
    type_numbers(panel, "-1.5", "3,5".replace(",", "."))
    QTest.keyClick(panel.layer.range.entry.high, Qt.Key.Key_Return)
    assert config_of(session).for_layer("stem").range == (-1.5, 3.5)
    assert session.undo_stack.undoText() == "Range of stem"
    panel.layer.range.entry.reset_button.click()
    assert config_of(session).for_layer("stem").range is None


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("x", "1", "x"),
        ("1", "1", "smaller"),
        ("2", "1", "smaller"),
        ("0", "inf", "inf"),
        ("-9e307", "9e307", "wider"),
    ],
)
def test_a_range_that_is_none_is_refused_beside_the_field(
    panel: LayerPanel, session: Session, low: str, high: str, words: str
) -> None:
    session.select(["stem"])
    type_numbers(panel, low, high)
    panel.layer.range.entry.apply_button.click()
    assert words in panel.layer.range.entry.wrong
    assert not config_of(session).overrides
    assert panel.layer.range.entry.low.text() == low


def test_what_is_typed_survives_new_values_but_not_another_layer(
    panel: LayerPanel, session: Session
) -> None:
    session.select(["stem"])
    panel.activateWindow()
    type_numbers(panel, "-7", "7")
    session.set_view(metric="snr_db")
    assert panel.layer.range.entry.high.text() == "7"
    session.select(["scores"])
    assert panel.layer.range.entry.high.text() == "5"


def test_a_range_replaces_explicit_parameters(panel: LayerPanel, session: Session) -> None:
    given = LayerConfig(params=QuantParams.affine(0.5, 3))
    show(session, sample_project(config=HybridConfig(overrides={"stem": given})))
    session.select(["stem"])
    assert panel.layer.range.entry.reset_button.isEnabled()
    panel.layer.range.entry.reset_button.click()
    assert config_of(session).for_layer("stem") == LayerConfig()


def test_float_needs_no_range(panel: LayerPanel, session: Session) -> None:
    show(session, sample_project(config=HybridConfig().with_scheme(["stem"], QuantScheme.FLOAT)))
    session.select(["stem"])
    assert not panel.layer.range.entry.isVisible()
    assert not panel.layer.range.histogram.isVisible()
    assert "fp16" in panel.layer.range.facts.value("params")


def test_before_a_run_there_is_only_what_is_known(panel: LayerPanel, session: Session) -> None:
    project = sample_project()
    results = replace(session.results, plan=None, report=None, stats=None)
    session.show_document(project, None, results)
    session.select(["stem"])
    assert panel.layer.words.text().startswith("Conv")
    assert not panel.layer.errors.isVisible()
    assert not panel.layer.range.entry.isVisible()
    assert checked(panel.layer.types) == {QuantScheme.U8}


def test_without_a_model_it_says_what_to_do(qtbot, nothing_open: Session) -> None:
    panel = LayerPanel(nothing_open)
    qtbot.addWidget(panel)
    assert "Open a model" in panel.network.hint.text()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_everything_has_its_words(
    qapp: QApplication, panel: LayerPanel, session: Session, language: str
) -> None:
    apply_language(qapp, language)
    QApplication.sendPostedEvents()
    for reason in Reason:
        for text in (reason_sentence(reason, "conv_7"), reason_short(reason, "conv_7")):
            assert text
            assert "{" not in text
    for engine in Engine:
        assert engine_words(engine)
    for metric in METRICS:
        assert metric_title(metric)
    assert panel.windowTitle() == ("Layer" if language == "en" else "层详情")

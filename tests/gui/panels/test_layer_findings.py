"""Why a layer is bad: sentences, remedies to click, and the words of both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from rkviz.analyse.finding import Finding, Severity
from rkviz.analyse.finding_texts import TEXTS
from rkviz.analyse.remedies import (
    CorrectBias,
    CutConcat,
    EqualizeChannels,
    LeaveOutOutliers,
    Normalize,
    SetRange,
    SetScheme,
)
from rkviz.gui.error_words import error_words
from rkviz.gui.language import apply_language
from rkviz.gui.panels.finding_words import finding_words, remedy_tip, remedy_words
from rkviz.gui.panels.layer_findings import LayerFindings
from rkviz.gui.panels.layer_panel import LayerPanel
from rkviz.gui.session import Session
from rkviz.numerics import QuantScheme
from rkviz.quantize.range_method import RangeKind, RangeMethod
from rkviz.repair.choice import BiasCorrection, Repairs
from rkviz.repair.workbench import Repaired
from tests.gui.sample_results import sample_project, sample_results

WIDER = SetScheme(("body1",), QuantScheme.I16)
REMEDIES = (
    WIDER, SetScheme(("body1", "body2"), QuantScheme.FLOAT), SetRange("body1", -1.0, 2.0),
    LeaveOutOutliers("body1"), EqualizeChannels(("body1",)), CorrectBias(("body1",)),
    Normalize("", -1.0, 1.0),
    CutConcat("head", ("boxes", "scores")),
)  # fmt: skip


def always_zero(*remedies) -> Finding:
    return Finding("body1", "always-zero", {}, Severity.SEVERE, remedies)


@pytest.fixture
def findings(qtbot, session: Session) -> LayerFindings:
    widget = LayerFindings(session)
    qtbot.addWidget(widget)
    widget.resize(320, 500)
    widget.show()
    return widget


def words_of(widget: LayerFindings) -> list[str]:
    return [b.text() for card in widget.cards for b in card.buttons if b.isVisible()]


def press(widget: LayerFindings, text: str) -> None:
    shown = [b for card in widget.cards for b in card.buttons if b.isVisible()]
    next(button for button in shown if button.text() == text).click()


def test_a_finding_is_a_sentence_with_advice(findings: LayerFindings) -> None:
    findings.show_findings([always_zero()])
    assert findings.cards[0].sentence.text().startswith("It gives nothing but 0")
    assert findings.cards[0].advice.text().startswith("Add pictures")
    findings.show_findings([])
    assert not findings.cards[0].isVisible()


def test_a_repair_that_was_left_out_says_so_where_it_was_asked_for(
    findings: LayerFindings, session: Session
) -> None:
    project = sample_project(repairs=Repairs(equalize=True))
    results = sample_results(project)
    note = (
        "Equalization was left out: pictures outside the calibration reach the clips of relu6 "
        "where it would move them."
    )
    repaired = Repaired(project.repairs, results.graph, results.stats, {}, (note,))
    session.show_document(project, None, replace(results, repaired=repaired))
    findings.show_findings([always_zero(WIDER)])
    assert note not in findings.cards[0].advice.text()
    findings.show_findings([always_zero(EqualizeChannels(("body1",)))])
    assert note in findings.cards[0].advice.text()


def test_every_remedy_is_one_step_that_can_be_undone(
    findings: LayerFindings, session: Session
) -> None:
    before = session.project
    findings.show_findings([always_zero(*REMEDIES)])
    expected = {
        "Run in i16": lambda p: p.config.for_layer("body1").scheme is QuantScheme.I16,
        "Run 2 layers in F": lambda p: p.config.for_layer("body2").scheme is QuantScheme.FLOAT,
        "Set the range −1 … 2": lambda p: p.config.for_layer("body1").range == (-1.0, 2.0),
        "Range by mmse": lambda p: (
            p.config.for_layer("body1").range_method == RangeMethod(RangeKind.MMSE)
        ),
        "Equalize channels": lambda p: p.repairs.equalize,
        "Correct biases": lambda p: p.repairs.bias is BiasCorrection.ANALYTIC,
        "Mean 127.5, std 127.5": lambda p: p.settings_for("images").std_values == (127.5,),
    }
    assert words_of(findings) == [*expected, "Write a model cut here…"]
    for text, is_done in expected.items():
        press(findings, text)
        assert is_done(session.project), text
        assert text in session.undo_stack.undoText()
        session.undo_stack.undo()
        assert session.project == before


def test_what_is_in_force_cannot_be_asked_for_again(
    findings: LayerFindings, session: Session
) -> None:
    session.set_scheme(["body1"], QuantScheme.I16)
    findings.show_findings([always_zero(WIDER)])
    (button,) = findings.cards[0].buttons
    assert not button.isEnabled()
    assert "already" in button.toolTip()


def test_a_remedy_is_offered_once(findings: LayerFindings) -> None:
    findings.show_findings([always_zero(WIDER), always_zero(WIDER, EqualizeChannels(("body1",)))])
    assert words_of(findings) == ["Run in i16", "Equalize channels"]


def test_a_victim_shows_the_way_to_the_culprit(findings: LayerFindings, qtbot) -> None:
    values = {"own": 40.0, "accumulated": 12.0, "culprit": "stem", "lost": 14.0}
    findings.show_findings([Finding("body1", "inherited", values, Severity.NOTE)])
    with qtbot.waitSignal(findings.link_activated) as clicked:
        press(findings, "Go to stem")
    assert clicked.args == ["stem"]


def test_the_page_shows_what_was_found_and_the_network_s_page_sums_it_up(
    qtbot, session: Session
) -> None:
    panel = LayerPanel(session)
    qtbot.addWidget(panel)
    panel.resize(340, 900)
    panel.show()
    qtbot.waitUntil(lambda: bool(panel.diagnosis.findings))
    assert "body1" in panel.network.problems.text()
    session.select(["body1"])
    rules = [finding.rule for finding in panel.diagnosis.findings["body1"]]
    assert rules == ["saturated"]
    assert "clipped" in panel.layer.findings.cards[0].sentence.text()
    session.select(["stem"])
    assert not panel.layer.sections["why"].isVisible()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_rule_and_remedy_has_its_words(qapp: QApplication, language: str) -> None:
    apply_language(qapp, language)
    for remedy in REMEDIES:
        assert "{" not in remedy_words(remedy, "body1") + remedy_tip(remedy)
    sentence, advice = finding_words(always_zero())
    assert ("0" in sentence, sentence.isascii()) == (True, language == "en")
    assert advice
    assert TEXTS.keys()


@pytest.mark.parametrize(
    "note",
    [
        "The NPU does not have operator 'NonMaxSuppression': it is computed in float here, and on "
        "the board its CPU has to do it.",
        "Resize gets its scales only at run time, the NPU needs them constant: it is computed in "
        "float here, and on the board its CPU has to do it.",
        "ArgMax gives indices",
        "Not run: it stands behind 'nms', which cannot be run.",
        "The NPU has no Pad of mode 'wrap'",
        "The NPU has no LSTM with peepholes and clip",
    ],
)
def test_notes_of_the_plan_speak_chinese(qapp: QApplication, note: str) -> None:
    assert error_words(note) == note
    apply_language(qapp, "zh_CN")
    said = error_words(note)
    assert "NPU" in said or "无法" in said or "下标" in said or "运行时" in said
    assert " the " not in said

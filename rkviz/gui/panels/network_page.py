"""NetworkPage: what is said where no layer is selected: the outputs, the worst, the problems."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from rkviz.analyse.finding import Finding
from rkviz.gui.diagnosis import Diagnosis
from rkviz.gui.error_words import error_words
from rkviz.gui.panels.finding_words import finding_words
from rkviz.gui.panels.layer_list import LayerList
from rkviz.gui.panels.output_words import shout
from rkviz.gui.session import Session
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import Facts, links, value_label
from rkviz.gui.widgets.method_choice import WEIGHT_KINDS, MethodChoice
from rkviz.gui.widgets.section import Section
from rkviz.gui.widgets.type_buttons import TypeButtons
from rkviz.numerics import QuantScheme
from rkviz.quantize.range_method import RangeMethod
from rkviz.target import Engine

_WORST = 8
_LONGEST = 26
"""Characters of a name among others."""
_NAMED = 3
"""Layers named for each problem; the rest are counted."""


class NetworkPage(QWidget):
    def __init__(
        self, session: Session, diagnosis: Diagnosis, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._diagnosis = session, diagnosis
        self.title = QLabel()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.hint = value_label()
        self.stale, self.dead = Banner("warning"), Banner("bad")
        self.types = TypeButtons(with_default=False)
        self.outputs, self.worst = LayerList(), LayerList()
        self.problems, self.notes, self.skipped = value_label(), value_label(), LayerList()
        self.ranges, self.weights = MethodChoice(inherits=False), MethodChoice(WEIGHT_KINDS, False)
        self.methods = Facts(("ranges", "weights"))
        self.methods.show_widget("ranges", self.ranges)
        self.methods.show_widget("weights", self.weights)
        self.requantize, self.requantize_words = QCheckBox(), value_label()
        self.compared, self.disagreeing = value_label(), LayerList()
        self._sections = {
            "type": Section(self.types),
            "stated": Section(self.requantize, self.requantize_words),
            "outputs": Section(self.outputs),
            "worst": Section(self.worst),
            "problems": Section(self.problems, folds=True),
            "methods": Section(self.methods, folds=True),
            "compared": Section(self.compared, self.disagreeing),
            "skipped": Section(self.skipped),
            "notes": Section(self.notes),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.title, self.hint, self.stale, self.dead, *self._sections.values()):
            layout.addWidget(widget)
        self.types.chosen.connect(self._set_default)
        self.ranges.chosen.connect(self._set_ranges)
        self.weights.chosen.connect(self._set_weights)
        self.requantize.clicked.connect(self._set_requantize)
        self.problems.linkActivated.connect(lambda layer: session.select([layer]))
        diagnosis.changed.connect(self._show_problems)
        for listed in (self.outputs, self.worst, self.skipped, self.disagreeing):
            listed.chosen.connect(lambda layer: session.select([layer]))

    def retranslate(self) -> None:
        self.stale.show_text(self.tr("These errors are of the settings before the change."))
        headings = {
            "type": self.tr("Type of the whole network"),
            "outputs": self.tr("Outputs, accumulated error"),
            "worst": self.tr("Worst own errors: where to begin"),
            "stated": self.tr("Parameters of the model file"),
            "problems": self.tr("What was found"),
            "methods": self.tr("How ranges are chosen"),
            "compared": self.tr("Beside toolkit and board"),
            "skipped": self.tr("Layers that do not run"),
            "notes": self.tr("Notes"),
        }
        for key, text in headings.items():
            self._sections[key].set_heading(text)
        for key, layers in (
            ("outputs", self.outputs), ("worst", self.worst), ("skipped", self.skipped),
        ):  # fmt: skip
            layers.setAccessibleName(headings[key])
        self.methods.set_caption("ranges", self.tr("Outputs"))
        self.methods.set_caption("weights", self.tr("Weights"))
        self.requantize.setText(self.tr("Choose anew what the NPU cannot take"))

    @Slot()
    def refresh(self) -> None:
        session = self._session
        project, results = session.project, session.results
        graph, plan, report = results.graph, results.plan, results.report
        self.title.setText(project.model.name if project else "")
        self.title.setVisible(project is not None)
        self.hint.setText(self._hint())
        self.stale.setVisible(session.is_stale)
        self.dead.show_text(shout(report))
        self.dead.setVisible(bool(shout(report)))
        for key in ("type", "methods"):
            self._sections[key].setVisible(project is not None)
        states = project is not None and graph is not None and bool(graph.given)
        is_again = project is not None and project.requantize
        self._sections["stated"].setVisible(states or is_again)
        self.requantize.setVisible(is_again)
        self.requantize.setChecked(is_again)
        self.requantize_words.setText(self._stated_words(is_again))
        if project is not None:
            self.types.show_state({project.config.default})
            self.ranges.show_method(project.config.range_method, project.config.range_method)
            self.weights.show_method(project.config.weights_method, project.config.weights_method)
        self._show_problems()
        has_report = graph is not None and report is not None
        for key in ("outputs", "worst"):
            self._sections[key].setVisible(has_report)
        skipped = {graph.head(layer) for layer in plan.skipped} if graph and plan else set[str]()
        self._sections["skipped"].setVisible(bool(skipped))
        self.skipped.show_layers(session, sorted(skipped))
        self._show_compared()
        if graph is None or report is None:
            return
        outputs = dict.fromkeys(graph.head(layer) for layer in report.outputs)
        self.outputs.show_layers(session, outputs, "accumulated")
        self.worst.show_layers(session, _with_own_error(session), "own", _WORST)

    def _stated_words(self, is_again: bool) -> str:
        if is_again:
            return self.tr(
                "The file is quantized already. Its parameters are used where the NPU can take "
                "them, all others are chosen from the pictures; switched off, it is refused."
            )
        return self.tr(
            "The file is quantized already: its scales and zero points are used as they are."
        )

    @Slot()
    def _show_problems(self) -> None:
        """Each kind of finding once, with the layers it concerns; then what the CPU computes."""
        plan = self._session.results.plan
        findings = [found for group in self._diagnosis.findings.values() for found in group]
        by_rule = dict[str, list[Finding]]()
        for found in sorted(findings, key=lambda found: -found.severity):
            by_rule.setdefault(found.rule, []).append(found)
        lines = (self._problem(group) for group in by_rule.values())
        self.problems.setText("".join(f"<p style='margin: 3px 0'>{line}</p>" for line in lines))
        self._sections["problems"].setVisible(bool(by_rule))
        steps = plan.steps if plan is not None else ()
        on_cpu = [f"{s.name}: {error_words(s.note)}" for s in steps if s.engine is Engine.CPU]
        self.notes.setText("\n".join(on_cpu))
        self._sections["notes"].setVisible(bool(on_cpu))

    def _problem(self, group: list[Finding]) -> str:
        first, names = group[0], list(dict.fromkeys(found.layer for found in group))
        more = self.tr(" and {count} more").format(count=len(names) - _NAMED)
        named = links(names[:_NAMED], _LONGEST) + (more if len(names) > _NAMED else "")
        return f"{named}: {escape(finding_words(first)[0])}"

    def _show_compared(self) -> None:
        graph, compared = self._session.results.graph, self._session.comparing.value
        self._sections["compared"].setVisible(graph is not None and compared is not None)
        if graph is None or compared is None:
            return
        apart = dict.fromkeys(graph.head(layer) for layer in compared.disagreeing)
        text = self.tr("{layers} layers of the accuracy analysis are known here; {apart} disagree.")
        lines = [text.format(layers=len(compared.of_layer), apart=len(compared.disagreeing))]
        tensors = compared.tensors
        if tensors is not None:
            exact = sum(row.codes_apart == 0 for row in tensors.rows)
            counted = sum(row.codes_apart is not None for row in tensors.rows)
            text = self.tr("{exact} of {all} dumped tensors have equal codes, for {picture}.")
            lines.append(text.format(exact=exact, all=counted, picture=tensors.picture))
        elif compared.snapshot.tensors:
            lines.append(self.tr("Dumped tensors lie beside it: File > Import compares them."))
        self.compared.setText("\n".join(lines))
        self.disagreeing.show_layers(self._session, apart, most=_WORST)
        self.disagreeing.setVisible(bool(apart))

    def _hint(self) -> str:
        project, results = self._session.project, self._session.results
        if project is None:
            return self.tr("Open a model, or drop one on the window.")
        if results.report is None:
            if not project.dataset:
                return self.tr("Add pictures, then run: each layer gets its error.")
            return self.tr("Run to see the error of each layer.")
        return self.tr("Select a layer to see why it has the error it has.")

    @Slot(object)
    def _set_default(self, scheme: QuantScheme) -> None:
        project = self._session.project
        if project is not None:
            after = replace(project.config, default=scheme)
            text = self.tr("Whole network to {type}").format(type=scheme.short)
            self._session.edit_config(after, text)

    @Slot(object)
    def _set_ranges(self, method: RangeMethod) -> None:
        project = self._session.project
        if project is not None:
            after = replace(project.config, range_method=method)
            text = self.tr("Ranges of the network by {method}").format(method=method)
            self._session.edit_config(after, text, "ranges")

    @Slot(object)
    def _set_weights(self, method: RangeMethod) -> None:
        project = self._session.project
        if project is not None:
            after = replace(project.config, weights_method=method)
            text = self.tr("Ranges of the weights by {method}").format(method=method)
            self._session.edit_config(after, text, "weights")

    @Slot(bool)
    def _set_requantize(self, again: bool) -> None:
        project = self._session.project
        if project is not None:
            anew = self.tr("Choose anew what the NPU cannot take")
            text = anew if again else self.tr("Keep what the file states")
            self._session.edit_project(replace(project, requantize=again), text)


def _with_own_error(session: Session) -> list[str]:
    """Heads that add an error: those that only move codes have none to be blamed for."""
    graph, report = session.results.graph, session.results.report
    if graph is None or report is None:
        return []
    last = {head: members[-1] for head, members in graph.members.items()}
    return [
        head
        for head in graph.heads
        if last[head] in report.layers and report.sums(last[head], "own").count
    ]

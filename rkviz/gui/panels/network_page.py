"""NetworkPage: what is said where no layer is selected: the outputs, the worst, the notes."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from rkviz.gui.panels.layer_list import LayerList
from rkviz.gui.session import Session
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import value_label
from rkviz.gui.widgets.section import Section
from rkviz.gui.widgets.type_buttons import TypeButtons
from rkviz.numerics import QuantScheme

_WORST = 8


class NetworkPage(QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.title = QLabel()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.hint = value_label()
        self.stale = Banner("warning")
        self.types = TypeButtons(with_default=False)
        self.outputs, self.worst = LayerList(), LayerList()
        self.notes, self.skipped = value_label(), LayerList()
        self.compared, self.disagreeing = value_label(), LayerList()
        self._sections = {
            "type": Section(self.types),
            "outputs": Section(self.outputs),
            "worst": Section(self.worst),
            "compared": Section(self.compared, self.disagreeing),
            "skipped": Section(self.skipped),
            "notes": Section(self.notes),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.title, self.hint, self.stale, *self._sections.values()):
            layout.addWidget(widget)
        self.types.chosen.connect(self._set_default)
        for listed in (self.outputs, self.worst, self.skipped, self.disagreeing):
            listed.chosen.connect(lambda layer: session.select([layer]))

    def retranslate(self) -> None:
        self.stale.show_text(self.tr("These errors are of the settings before the change."))
        headings = {
            "type": self.tr("Type of the whole network"),
            "outputs": self.tr("Outputs, accumulated error"),
            "worst": self.tr("Worst own errors: where to begin"),
            "compared": self.tr("Beside toolkit and board"),
            "skipped": self.tr("Layers that do not run"),
            "notes": self.tr("Notes"),
        }
        for key, text in headings.items():
            self._sections[key].set_heading(text)

    @Slot()
    def refresh(self) -> None:
        session = self._session
        project, results = session.project, session.results
        graph, plan, report = results.graph, results.plan, results.report
        self.title.setText(project.model.name if project else "")
        self.title.setVisible(project is not None)
        self.hint.setText(self._hint())
        self.stale.setVisible(session.is_stale)
        self._sections["type"].setVisible(project is not None)
        if project is not None:
            self.types.show_state({project.config.default})
        has_report = graph is not None and report is not None
        for key in ("outputs", "worst"):
            self._sections[key].setVisible(has_report)
        skipped = {graph.head(layer) for layer in plan.skipped} if graph and plan else set[str]()
        self._sections["skipped"].setVisible(bool(skipped))
        self.skipped.show_layers(session, sorted(skipped))
        self._show_compared()
        self._sections["notes"].setVisible(has_report and bool(report and report.notes))
        if graph is None or report is None:
            return
        outputs = dict.fromkeys(graph.head(layer) for layer in report.outputs)
        self.outputs.show_layers(session, outputs, "accumulated")
        self.worst.show_layers(session, _with_own_error(session), "own", _WORST)
        self.notes.setText("\n".join(report.notes))

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
            return self.tr("Open an ONNX model, or drop one on the window.")
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

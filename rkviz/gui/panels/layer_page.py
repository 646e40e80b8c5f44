"""LayerPage: everything about one layer, and what can be changed on it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from rkviz.analyse.display import shape_text
from rkviz.gui.derived import WORK
from rkviz.gui.diagnosis import Diagnosis
from rkviz.gui.error_words import error_words
from rkviz.gui.jobs import Job, Outcome
from rkviz.gui.panels.layer_comparison import LayerComparison
from rkviz.gui.panels.layer_details import LayerDetails
from rkviz.gui.panels.layer_errors import LayerErrors
from rkviz.gui.panels.layer_findings import LayerFindings
from rkviz.gui.panels.layer_maps import LayerMaps
from rkviz.gui.panels.layer_range import LayerRange
from rkviz.gui.panels.layer_rows import effective_scheme, output_shape
from rkviz.gui.panels.layer_weights import LayerWeights
from rkviz.gui.panels.layer_words import node_words
from rkviz.gui.session import Session
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import NameLine, value_label
from rkviz.gui.widgets.section import Section
from rkviz.gui.widgets.type_buttons import TypeButtons
from rkviz.numerics import QuantScheme

_PATIENCE_MS = 500
"""How long after an edit its run has begun."""


class LayerPage(QWidget):
    """Sections that fold; what costs work is done for those that are open only."""

    def __init__(
        self, session: Session, diagnosis: Diagnosis, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._diagnosis = session, diagnosis
        self._head = ""
        self.name = NameLine()
        self.copy = QPushButton()
        self.words = value_label()
        self.skipped = Banner("bad")
        self.stale = Banner("warning")
        self.types = TypeButtons()
        self.type_note = value_label()
        self.errors = LayerErrors()
        self.findings = LayerFindings(session)
        self.range = LayerRange(session)
        self.weights = LayerWeights(session)
        self.maps = LayerMaps(session)
        self.comparison = LayerComparison()
        self.details = LayerDetails(session)
        top = QHBoxLayout()
        top.addWidget(self.name, 1)
        top.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.words)
        layout.addWidget(self.skipped)
        layout.addWidget(self.stale)
        self.sections = {
            "type": Section(self.types, self.type_note),
            "error": Section(self.errors, folds=True),
            "why": Section(self.findings, folds=True),
            "range": Section(self.range, folds=True),
            "weights": Section(self.weights, folds=True),
            "maps": Section(self.maps, folds=True, is_open=False),
            "comparison": Section(self.comparison, folds=True),
            "details": Section(self.details, folds=True),
        }
        for section in self.sections.values():
            layout.addWidget(section)
            section.opened.connect(self.refresh)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._show_stale)
        session.runner.ended.connect(self._job_ended)
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self._head))
        self.types.chosen.connect(self._set_scheme)
        diagnosis.changed.connect(self.refresh)
        for part in (self.range, self.findings):
            part.link_activated.connect(lambda layer: session.select([layer]))

    def retranslate(self) -> None:
        self.copy.setText(self.tr("Copy"))
        self.copy.setToolTip(self.tr("Copy the name of the layer"))
        self.name.setAccessibleName(self.tr("Name of the layer"))
        self.stale.show_text(self.tr("These errors are of the settings before the change."))
        headings = {
            "type": self.tr("Type"),
            "error": self.tr("Error"),
            "why": self.tr("Why, and what to try"),
            "range": self.tr("Range of the output"),
            "weights": self.tr("Weights"),
            "maps": self.tr("Feature maps"),
            "comparison": self.tr("Beside toolkit and board (cosine)"),
            "details": self.tr("Where it runs and what it is called"),
        }
        for key, text in headings.items():
            self.sections[key].set_heading(text)
        for part in (self.range, self.weights, self.maps, self.details):
            part.retranslate()

    @property
    def folded(self) -> str:
        """The names of the sections that are folded, `-` for none."""
        return ",".join(key for key, part in self.sections.items() if not part.is_open) or "-"

    def fold(self, names: str) -> None:
        """Fold the sections `folded` named, and no others."""
        closed = names.split(",")
        for key, section in self.sections.items():
            if section.folds and section.is_open is (key in closed):
                section.set_open(key not in closed)

    def forget_typing(self) -> None:
        """What was typed for the layer before is not meant for the next."""
        self.range.forget_typing()

    @Slot()
    def refresh(self) -> None:
        """Show the selected layer; does nothing unless exactly one is selected."""
        graph = self._session.results.graph
        if graph is None or len(self._session.selection) != 1:
            return
        (self._head,) = self._session.selection
        self.name.show_name(self._head)
        members = [graph.by_name[layer] for layer in graph.members[self._head]]
        shape = self.tr("output {shape}").format(shape=shape_text(output_shape(graph, self._head)))
        words = self.tr(", then ").join(node_words(graph, node) for node in members)
        self.words.setText(f"{words}; {shape}")
        self._show_stale()
        self._show_type()
        self._show_errors()
        found = self._diagnosis.findings.get(self._head, ())
        self.sections["why"].setVisible(bool(found))
        self.findings.show_findings(found)
        for key, part in (("range", self.range), ("weights", self.weights), ("maps", self.maps)):
            section = self.sections[key]
            section.setVisible(part.show_layer(self._head))
        self.details.show_layer(self._head)

    @Slot()
    def _show_stale(self) -> None:
        """Grey numbers say it while a run is on its way; the words would move what is below."""
        session = self._session
        is_waiting = session.is_stale and session.live
        if is_waiting and self.sender() is not self._patience:
            self._patience.start()
        is_on_its_way = is_waiting and (
            self._patience.isActive() or session.runner.is_running(WORK)
        )
        self.stale.setVisible(session.is_stale and not is_on_its_way)

    @Slot(object, object)
    def _job_ended(self, job: Job, _outcome: Outcome) -> None:
        if job.lane == WORK:
            self._show_stale()

    def _show_type(self) -> None:
        session, plan = self._session, self._session.results.plan
        if session.project is None:
            return
        config = session.project.config
        override = config.for_layer(self._head).scheme
        asked = override or config.default
        runs = effective_scheme(self._head, plan, config, session.has_current_plan)
        self.types.show_state({runs} if runs else (), override is not None)
        note = ""
        if runs is not None and runs is not asked:
            text = self.tr("You asked for {asked}; the chip runs this operator in {runs} only.")
            note = text.format(asked=asked.short, runs=runs.short)
        elif override is None:
            note = self.tr("Inherited: the type of the whole network.")
        elif config.for_layer(self._head).suggested:
            note = self.tr("Suggested by step 1 of the toolkit; choose a type to decide yourself.")
        self.type_note.setText(note)
        self.type_note.setVisible(bool(note))
        reason = error_words(plan.skipped.get(self._head, "")) if plan else ""
        self.skipped.show_text(self.tr("Not run: {reason}").format(reason=reason) if reason else "")
        self.skipped.setVisible(bool(reason))
        self.sections["type"].setVisible(not reason)

    def _show_errors(self) -> None:
        graph, report = self._session.results.graph, self._session.results.report
        assert graph is not None
        last = graph.members[self._head][-1]
        known = report is not None and last in report.layers
        self.sections["error"].setVisible(known)
        compared = self._session.comparing.value
        is_compared = self.comparison.show_layer(compared, graph.members[self._head])
        self.sections["comparison"].setVisible(is_compared)
        if report is not None and known:
            self.errors.show_layer(report, last, self._session.view, self._session.is_stale)

    @Slot(object)
    def _set_scheme(self, scheme: QuantScheme | None) -> None:
        self._session.set_scheme([self._head], scheme)

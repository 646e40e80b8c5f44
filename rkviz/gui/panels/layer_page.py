"""LayerPage: everything about one layer, and what can be changed on it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from rkviz.analyse.display import number_text, shape_text
from rkviz.gui.panels.layer_comparison import LayerComparison
from rkviz.gui.panels.layer_errors import LayerErrors
from rkviz.gui.panels.layer_rows import because_of, effective_scheme, output_shape
from rkviz.gui.panels.layer_words import (
    engine_words,
    node_words,
    params_words,
    reason_sentence,
    scale_words,
)
from rkviz.gui.session import Session
from rkviz.gui.widgets.banner import Banner
from rkviz.gui.widgets.facts import Facts, NameLine, value_label
from rkviz.gui.widgets.number_entry import RangeEntry
from rkviz.gui.widgets.section import Section
from rkviz.gui.widgets.type_buttons import TypeButtons
from rkviz.numerics import QuantScheme
from rkviz.quantize.plan import Reason, TensorPlan

_OF_CONSTANTS = (Reason.WEIGHTS, Reason.PERCENTILE, Reason.KL_DIVERGENCE, Reason.MMSE)


class LayerPage(QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._head = ""
        self._toolkit_names: tuple[object, dict[str, str]] = (None, {})
        self.name = NameLine()
        self.copy = QPushButton()
        self.words = value_label()
        self.skipped = Banner("bad")
        self.stale = Banner("warning")
        self.types = TypeButtons()
        self.type_note = value_label()
        self.errors = LayerErrors()
        self.comparison = LayerComparison()
        self.range = Facts(("range", "params", "why", "shared"))
        self.entry = RangeEntry()
        self.weights = Facts(("weight", "bias"))
        self.place = Facts(("engine", "note", "onnx", "toolkit"))
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
        self._sections = {
            "type": Section(self.types, self.type_note),
            "error": Section(self.errors),
            "comparison": Section(self.comparison),
            "range": Section(self.range, self.entry),
            "weights": Section(self.weights),
            "place": Section(self.place),
        }
        for section in self._sections.values():
            layout.addWidget(section)
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self._head))
        self.types.chosen.connect(self._set_scheme)
        self.entry.applied.connect(self._set_range)
        self.entry.reset.connect(self._reset_range)
        self.range.link_activated.connect(lambda layer: session.select([layer]))

    def retranslate(self) -> None:
        self.copy.setText(self.tr("Copy"))
        self.copy.setToolTip(self.tr("Copy the name of the layer"))
        self.stale.show_text(self.tr("These errors are of the settings before the change."))
        headings = {
            "type": self.tr("Type"),
            "error": self.tr("Error"),
            "comparison": self.tr("Beside toolkit and board (cosine)"),
            "range": self.tr("Range of the output"),
            "weights": self.tr("Weights"),
            "place": self.tr("Where it runs and what it is called"),
        }
        for key, text in headings.items():
            self._sections[key].set_heading(text)
        captions = {
            self.range: (
                ("range", self.tr("Range")),
                ("params", self.tr("Becomes")),
                ("why", self.tr("Why")),
                ("shared", self.tr("Shared with")),
            ),
            self.weights: (("weight", self.tr("Weight")), ("bias", self.tr("Bias"))),
            self.place: (
                ("engine", self.tr("Runs on")),
                ("note", self.tr("Note")),
                ("onnx", self.tr("ONNX")),
                ("toolkit", self.tr("Toolkit")),
            ),
        }
        for facts, rows in captions.items():
            for key, text in rows:
                facts.set_caption(key, text)

    def forget_typing(self) -> None:
        """What was typed for the layer before is not meant for the next."""
        self.entry.discard()

    @Slot()
    def refresh(self) -> None:
        """Show the selected layer; only called while exactly one is selected."""
        graph = self._session.results.graph
        if graph is None or len(self._session.selection) != 1:
            return
        (self._head,) = self._session.selection
        self.name.show_name(self._head)
        members = [graph.by_name[layer] for layer in graph.members[self._head]]
        shape = self.tr("output {shape}").format(shape=shape_text(output_shape(graph, self._head)))
        words = self.tr(", then ").join(node_words(graph, node) for node in members)
        self.words.setText(f"{words}; {shape}")
        self.stale.setVisible(self._session.is_stale)
        self._show_type()
        self._show_errors()
        self._show_range()
        self._show_weights()
        self._show_place()

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
            note = self.tr("The type of the whole network.")
        elif config.for_layer(self._head).suggested:
            note = self.tr("Suggested by step 1 of the toolkit; choose a type to decide yourself.")
        self.type_note.setText(note)
        self.type_note.setVisible(bool(note))
        reason = plan.skipped.get(self._head, "") if plan else ""
        self.skipped.show_text(self.tr("Not run: {reason}").format(reason=reason) if reason else "")
        self.skipped.setVisible(bool(reason))
        self._sections["type"].setVisible(not reason)

    def _show_errors(self) -> None:
        graph, report = self._session.results.graph, self._session.results.report
        assert graph is not None
        last = graph.members[self._head][-1]
        known = report is not None and last in report.layers
        self._sections["error"].setVisible(known)
        compared = self._session.comparing.value
        is_compared = self.comparison.show_layer(compared, graph.members[self._head])
        self._sections["comparison"].setVisible(is_compared)
        if report is not None and known:
            view = self._session.view
            self.errors.show_layer(report, last, view, self._session.is_stale)

    def _show_range(self) -> None:
        tensor = self._tensor()
        self._sections["range"].setVisible(tensor is not None)
        graph = self._session.results.graph
        if tensor is None or graph is None or self._session.project is None:
            return
        is_range = tensor.reason is not Reason.FLOAT
        self.range.setEnabled(self._session.has_current_plan)
        low, high = number_text(tensor.low), number_text(tensor.high)
        self.range.show_value("range", f"{low} … {high}" if is_range else "")
        self.range.show_value("params", params_words(tensor.params))
        named = because_of(graph, self._head, tensor)
        self.range.show_value("why", reason_sentence(tensor.reason, named))
        sharers = (graph.producer.get(value) for value in tensor.shared_with)
        heads = dict.fromkeys(graph.head(node.name) for node in sharers if node)
        self.range.show_links("shared", (head for head in heads if head != self._head))
        chosen = self._session.project.config.for_layer(self._head)
        explicit = chosen.range is not None or chosen.params is not None
        shown = chosen.range if chosen.range is not None else (tensor.low, tensor.high)
        self.entry.show_range(*shown, explicit)
        self.entry.setVisible(is_range or explicit)

    def _tensor(self) -> TensorPlan | None:
        graph, plan = self._session.results.graph, self._session.results.plan
        if graph is None or plan is None:
            return None
        return plan.tensor_of(graph.members[self._head][-1])

    def _show_weights(self) -> None:
        plan = self._session.results.plan
        step = plan.step_of.get(self._head) if plan else None
        constants: list[TensorPlan] = []
        if plan is not None and step is not None:
            tensors = (plan.tensors[name] for name in step.inputs if name)
            constants = [tensor for tensor in tensors if not tensor.value]
        found = False
        for key, reasons in (("weight", _OF_CONSTANTS), ("bias", (Reason.BIAS,))):
            lines = [_constant_words(tensor) for tensor in constants if tensor.reason in reasons]
            self.weights.show_value(key, "\n".join(lines))
            found = found or bool(lines)
        self._sections["weights"].setVisible(found)

    def _show_place(self) -> None:
        results = self._session.results
        graph, plan = results.graph, results.plan
        assert graph is not None
        step = plan.step_of.get(self._head) if plan else None
        self.place.show_value("engine", engine_words(step.engine) if step else "")
        self.place.show_value("note", step.note if step else "")
        members = graph.members[self._head]
        origins = [origin for layer in members for origin in graph.by_name[layer].origins]
        self.place.show_value("onnx", "\n".join(dict.fromkeys(origins)))
        names = self._names_in_toolkit()
        self.place.show_value("toolkit", "\n".join(names[m] for m in members if m in names))

    def _names_in_toolkit(self) -> dict[str, str]:
        """Layer -> name in the toolkit's files; worked out once for a graph."""
        from rkviz.graph.naming import layer_names

        graph = self._session.results.graph
        if graph is not None and self._toolkit_names[0] is not graph:
            self._toolkit_names = graph, dict(layer_names(graph))
        return self._toolkit_names[1]

    # -- edits -----------------------------------------------------------------------------------

    @Slot(object)
    def _set_scheme(self, scheme: QuantScheme | None) -> None:
        self._session.set_scheme([self._head], scheme)

    @Slot(float, float)
    def _set_range(self, low: float, high: float) -> None:
        self._edit_range((low, high), self.tr("Range of {layer}"))

    @Slot()
    def _reset_range(self) -> None:
        self._edit_range(None, self.tr("Reset the range of {layer}"))

    def _edit_range(self, chosen: tuple[float, float] | None, text: str) -> None:
        project = self._session.project
        if project is None:
            return
        self.entry.discard()
        layer = replace(project.config.for_layer(self._head), range=chosen, params=None)
        after = project.config.with_override(self._head, layer)
        self._session.edit_config(after, text.format(layer=self._head))


def _constant_words(tensor: TensorPlan) -> str:
    if tensor.reason is Reason.BIAS:
        return scale_words(tensor.params)
    words = params_words(tensor.params)
    if not tensor.params.scheme.is_quantized:
        return words
    return f"{number_text(tensor.low)} … {number_text(tensor.high)}; {words}"

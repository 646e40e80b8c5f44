"""LayerRange: the histogram of a layer's output, and every way to change its range."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rkviz.calibrate.histogram import Histogram
from rkviz.gui.panels.converters import Converter, converters_of
from rkviz.gui.panels.layer_rows import because_of
from rkviz.gui.panels.layer_words import params_words, reason_sentence
from rkviz.gui.panels.range_reading import RangeReading
from rkviz.gui.session import Session
from rkviz.gui.widgets.facts import Facts, links
from rkviz.gui.widgets.histogram_picture import Spread
from rkviz.gui.widgets.histogram_view import HistogramView
from rkviz.gui.widgets.method_choice import MethodChoice
from rkviz.gui.widgets.number_entry import RangeEntry
from rkviz.gui.widgets.params_entry import ParamsEntry
from rkviz.numerics import QuantParams, params_from_range
from rkviz.quantize.config import LayerConfig
from rkviz.quantize.plan import QuantPlan, Reason, TensorPlan
from rkviz.quantize.range_method import RangeMethod


class LayerRange(QWidget):
    """Follows the mouse by a forecast from the histogram; the run after the edit tells the rest."""

    link_activated = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._head = ""
        self._tensor: TensorPlan | None = None
        self.histogram = HistogramView()
        self.reading = RangeReading(session)
        self.entry = RangeEntry()
        self.params = ParamsEntry()
        self.method = MethodChoice()
        self.facts = Facts(("params", "why", "method", "shared", "converted"))
        self.facts.show_widget("method", self.method)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.histogram, self.reading, self.entry, self.params, self.facts):
            layout.addWidget(widget)
        self.histogram.moved.connect(self._follow)
        self.histogram.released.connect(self._let_go)
        self.entry.applied.connect(self._type_range)
        self.entry.reset.connect(self._reset)
        self.params.applied.connect(self._set_params)
        self.method.chosen.connect(self._set_method)
        self.facts.link_activated.connect(self.link_activated)
        session.counting.changed.connect(self._show_spread)

    def retranslate(self) -> None:
        self.facts.set_caption("params", self.tr("Becomes"))
        self.facts.set_caption("why", self.tr("Why"))
        self.facts.set_caption("method", self.tr("Method"))
        self.facts.set_caption("shared", self.tr("Shared with"))
        self.facts.set_caption("converted", self.tr("Converters"))
        self.histogram.setToolTip(
            self.tr(
                "Filled: the values of the float network, counts on a logarithmic scale. Line: "
                "what the codes make of them. Red: outside the range, clipped. Drag the ends; Tab "
                "and the arrow keys move them too; Ctrl and the wheel zoom, a double click shows "
                "all."
            )
        )

    def forget_typing(self) -> None:
        """What was typed for the layer before is not meant for the next."""
        self.entry.discard()
        self.params.discard()

    def show_layer(self, head: str) -> bool:
        """Show the output of `head`; returns whether anything is known of it."""
        session, plan = self._session, self._session.results.plan
        graph = session.results.graph
        if graph is None or plan is None or session.project is None:
            self._tensor = None
            return False
        if head != self._head:
            self.histogram.cancel_drag()
        self._head = head
        self._tensor = tensor = plan.tensor_of(graph.members[head][-1])
        if tensor is None:
            return False
        self.reading.remember_measured(tensor, graph.members[head][-1])
        config = session.project.config
        chosen = config.for_layer(head)
        self._show_facts(plan, tensor)
        self._show_entries(tensor, chosen)
        own = chosen.range_method
        self.method.show_method(own, config.range_method)
        if not self.histogram.is_dragging:
            self._show_spread()
        self._want_counts()
        return True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._want_counts()

    def _want_counts(self) -> None:
        """Counting takes a pass of the network: only for who looks here."""
        project = self._session.project
        if project is not None and self._tensor is not None and self.isVisible():
            self._session.counting.want(project)

    # -- what is shown ------------------------------------------------------------------------

    def _show_facts(self, plan: QuantPlan, tensor: TensorPlan) -> None:
        graph = plan.graph
        self.facts.setEnabled(self._session.has_current_plan)
        self.facts.show_value("params", params_words(tensor.params))
        named = because_of(graph, self._head, tensor)
        self.facts.show_value("why", reason_sentence(tensor.reason, named))
        sharers = (graph.producer.get(value) for value in tensor.shared_with)
        heads = dict.fromkeys(graph.head(node.name) for node in sharers if node)
        heads.pop(self._head, None)
        if named and graph.head(named) != self._head:
            heads[graph.head(named)] = None
        self.facts.show_links("shared", heads)
        lines = (_converter_words(each) for each in converters_of(plan, self._head))
        self.facts.show_html("converted", "<br>".join(lines))

    def _show_entries(self, tensor: TensorPlan, chosen: LayerConfig) -> None:
        is_range = tensor.reason is not Reason.FLOAT
        explicit = chosen.range is not None or chosen.params is not None
        self.entry.show_range(*(chosen.range or (tensor.low, tensor.high)), explicit)
        self.entry.setVisible(is_range or explicit)
        self.params.setVisible(is_range)
        self.histogram.setVisible(is_range)
        self.reading.setVisible(is_range)
        self.facts.show_row("method", is_range and tensor.reason is not Reason.GIVEN)
        if is_range:
            self.params.show_params(self._in_force(tensor).params)

    @Slot()
    def _show_spread(self) -> None:
        tensor = self._tensor
        if tensor is None or tensor.reason is Reason.FLOAT:
            self.histogram.show_spread(None)
            return
        histogram = self._histogram(tensor)
        self.histogram.hint = self._hint() if histogram is None else ""
        spread = self._in_force(tensor)
        self.histogram.show_spread(spread)
        self._read(spread.params, is_trial=spread.params != tensor.params)

    def _in_force(self, tensor: TensorPlan) -> Spread:
        """The range of the plan; what was just asked for until a plan follows it."""
        project, histogram = self._session.project, self._histogram(tensor)
        planned = Spread(histogram, tensor.low, tensor.high, tensor.params)
        if project is None or self._session.has_current_plan:
            return planned
        chosen = project.config.for_layer(self._head)
        if chosen.params is not None:
            held = chosen.params.low, chosen.params.high
            return Spread(histogram, *(chosen.range or held), chosen.params)
        if chosen.range is None:
            return planned
        return Spread(
            histogram, *chosen.range, params_from_range(tensor.params.scheme, *chosen.range)
        )

    def _hint(self) -> str:
        counting = self._session.counting
        if self._session.results.dataset is None:
            return self.tr("Add pictures and run: then it is shown how the values are spread.")
        if counting.is_running:
            return self.tr("Counting how the values are spread…")
        if counting.problem:
            return counting.problem
        return self.tr("How the values are spread is counted once the run is finished.")

    def _histogram(self, tensor: TensorPlan) -> Histogram | None:
        stats = self._session.results.plan_stats
        return stats.histograms.get(tensor.value) if stats is not None else None

    def _read(self, params: QuantParams, is_trial: bool) -> None:
        assert self._tensor is not None
        self.facts.show_value("params", params_words(params))
        self.reading.show_range(self._tensor, self._histogram(self._tensor), params, is_trial)

    # -- edits --------------------------------------------------------------------------------

    @Slot(float, float)
    def _follow(self, low: float, high: float) -> None:
        """While a handle is held: the parameters and the error this range would give."""
        if self._tensor is None:
            return
        params = params_from_range(self._tensor.params.scheme, low, high)
        self.histogram.show_spread(Spread(self._histogram(self._tensor), low, high, params))
        self.entry.show_range(low, high, True)
        self.params.show_params(params)
        self._read(params, is_trial=True)

    @Slot(float, float)
    def _let_go(self, low: float, high: float) -> None:
        """A drag is one undo step; arrow keys in a row are one as well."""
        keys = "" if self.histogram.was_dragged else f"range of {self._head}"
        self._follow(low, high)
        self._edit((low, high), None, self.tr("Range of {layer}"), keys)

    @Slot(float, float)
    def _type_range(self, low: float, high: float) -> None:
        self._edit((low, high), None, self.tr("Range of {layer}"))

    @Slot()
    def _reset(self) -> None:
        self._edit(None, None, self.tr("Reset the range of {layer}"))

    @Slot(object)
    def _set_params(self, params: QuantParams) -> None:
        self._edit(None, params, self.tr("Parameters of {layer}"))

    @Slot(object)
    def _set_method(self, method: RangeMethod | None) -> None:
        project = self._session.project
        if project is not None:
            after = project.config.with_range_method([self._head], method)
            text = self.tr("Range method of {layer}").format(layer=self._head)
            self._session.edit_config(after, text, f"method of {self._head}")

    def _edit(
        self,
        chosen: tuple[float, float] | None,
        params: QuantParams | None,
        text: str,
        merge_key: str = "",
    ) -> None:
        project = self._session.project
        if project is None:
            return
        self.forget_typing()
        layer = replace(project.config.for_layer(self._head), range=chosen, params=params)
        after = project.config.with_override(self._head, layer)
        self._session.edit_config(after, text.format(layer=self._head), merge_key)


def _converter_words(converter: Converter) -> str:
    arrow = f"{converter.before.scheme.short} → {converter.after.scheme.short}"
    return f"{links([converter.layer])}: {arrow}, {params_words(converter.after)}"

"""LayerDetails: where a layer runs, what it costs there, and what others call it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from rkviz.gui.error_words import error_words
from rkviz.gui.measures import MEASURES
from rkviz.gui.panels.layer_words import engine_words
from rkviz.gui.session import Session
from rkviz.gui.widgets.elided import NameList
from rkviz.gui.widgets.facts import Facts


class LayerDetails(QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._toolkit_names: tuple[object, dict[str, str]] = (None, {})
        self.onnx, self.toolkit = NameList(), NameList()
        self.facts = Facts(("engine", "note", "time", "ddr", "onnx", "toolkit"))
        self.facts.show_widget("onnx", self.onnx)
        self.facts.show_widget("toolkit", self.toolkit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.facts)

    def retranslate(self) -> None:
        for key, text in (
            ("engine", self.tr("Runs on")),
            ("note", self.tr("Note")),
            ("time", self.tr("Time")),
            ("ddr", self.tr("DDR traffic")),
            ("onnx", self.tr("ONNX")),
            ("toolkit", self.tr("Toolkit")),
        ):
            self.facts.set_caption(key, text)
        for names in (self.onnx, self.toolkit):
            names.copy.setText(self.tr("Copy"))

    def show_layer(self, head: str) -> None:
        results = self._session.results
        graph, plan = results.graph, results.plan
        assert graph is not None
        step = plan.step_of.get(head) if plan else None
        self.facts.show_value("engine", engine_words(step.engine) if step else "")
        self.facts.show_value("note", error_words(step.note) if step else "")
        for key in ("time", "ddr"):
            self.facts.show_value(key, self._cost(key, head))
        members = graph.members[head]
        origins = [origin for layer in members for origin in graph.by_name[layer].origins]
        self.onnx.show_names(origins)
        known = self._names_in_toolkit()
        self.toolkit.show_names(known[member] for member in members if member in known)
        for key, names in (("onnx", self.onnx), ("toolkit", self.toolkit)):
            self.facts.show_row(key, bool(names.names))

    def _cost(self, key: str, head: str) -> str:
        """`0.31 ms, 4.2 % of the network`: an estimate, as everywhere."""
        session, measure = self._session, MEASURES[key]
        if session.project is None or session.results.plan is None:
            return ""
        values = measure.values(session.results, session.view, session.project.target)
        if not values.get(head):  # moves that cost nothing
            return ""
        total = sum(values.values()) or 1.0
        text = self.tr("≈ {cost}, {share} % of the network")
        share = f"{100 * values[head] / total:.2g}"
        return text.format(cost=measure.text(values[head]), share=share)

    def _names_in_toolkit(self) -> dict[str, str]:
        """Layer -> name in the toolkit's files; worked out once for a graph."""
        from rkviz.graph.naming import layer_names

        graph = self._session.results.graph
        if graph is not None and self._toolkit_names[0] is not graph:
            self._toolkit_names = graph, dict(layer_names(graph))
        return self._toolkit_names[1]

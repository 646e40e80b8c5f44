"""What a search asks of the layers shown, and what it says of a query that cannot be meant."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from rkviz.analyse.query import LayerFacts, QueryError, parse_query
from rkviz.gui.measures import MEASURES, Measure
from rkviz.gui.panels.layer_rows import effective_scheme, operator_text
from rkviz.gui.ranking import shown_layer
from rkviz.gui.session import Session, ViewState
from rkviz.quantize.config import HybridConfig
from rkviz.results import Results


def find_layers(
    text: str,
    results: Results,
    view: ViewState,
    config: HybridConfig | None,
    target: str,
    is_planned: bool,
) -> tuple[str, ...]:
    """The head layers a query accepts, in the order of the network; raises QueryError.

    The type is the one asked for while the plan (`is_planned`) is not yet that of `config`.
    """
    query, graph = parse_query(text), results.graph
    if graph is None:
        return ()
    plan, report = results.plan, results.report
    asked = {id: m for id, m in MEASURES.items() if _is_cost(m) and f"{id}" in text.lower()}
    costs = {id: measure.values(results, view, target) for id, measure in asked.items()}
    image = view.image
    if report is not None and image is not None and image >= len(report.images):
        image = None
    found: list[str] = []
    for head in graph.heads:
        last = shown_layer(results, head)
        ran = report is not None and last in report.layers
        scheme = effective_scheme(head, plan, config, is_planned)
        step = plan.step_of.get(last) if plan else None
        layer = LayerFacts(
            head,
            operator_text(graph, head),
            tuple(o for member in graph.members[head] for o in graph.by_name[member].origins),
            scheme.short if scheme else "",
            step.engine.value if step else "",
            report.sums(last, "own", image) if report and ran else None,
            report.sums(last, "accumulated", image) if report and ran else None,
            view.metric,
            {id: values[head] for id, values in costs.items() if head in values},
        )
        if query.accepts(layer):
            found.append(head)
    return tuple(found)


def find_shown(text: str, session: Session) -> tuple[str, ...]:
    """`find_layers` among what a session shows."""
    project = session.project
    return find_layers(
        text,
        session.results,
        session.view,
        project.config if project else None,
        project.target if project else "",
        session.has_current_plan,
    )


def error_words(error: QueryError) -> str:
    """What is wrong with a query, in the user's language."""
    translate = QCoreApplication.translate
    if error.is_pattern:
        text = translate("Finding", "{term} is not a complete regular expression.")
        return text.format(term=error.term)
    text = translate("Finding", "{term} cannot be compared; write for example {examples}.")
    return text.format(term=error.term, examples=", ".join(error.allowed))


def query_help() -> str:
    """The language of queries as a tooltip."""
    return QCoreApplication.translate(
        "Finding",
        "Words are sought in names and operators; /pattern/ is a regular expression.\n"
        "Conditions: err > 5%, cos < 0.99, snr < 20, max, sat, own.cos …, own and acc (the "
        "metric in view),\ntime > 1ms, ddr > 1MB, type = i16, op, engine, name. All of them must "
        "hold.",
    )


def _is_cost(measure: Measure) -> bool:
    return not measure.is_error and not measure.is_type

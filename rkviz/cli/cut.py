"""`rkviz export-cut`: the model without the concat that mixes what should stay apart."""

from __future__ import annotations

import argparse

from rkviz import exchange
from rkviz.analyse.head_rules import boxes_with_scores
from rkviz.analyse.remedies import CutConcat
from rkviz.errors import ConfigError, close_matches
from rkviz.graph.model import Graph
from rkviz.pipeline import graph_of
from rkviz.project import Project
from rkviz.results import Results


def export_cut(
    arguments: argparse.Namespace, project: Project, results: Results
) -> dict[str, object]:
    """Write the cut model; returns facts. Raises ConfigError where there is nothing to cut."""
    graph = graph_of(results)
    layer = arguments.at or _head(graph)
    node = graph.by_name.get(layer)
    if node is None or node.op != "Concat":
        concats = [one.name for one in graph.nodes if one.op == "Concat"]
        raise ConfigError(
            f"--at {layer!r} is no concat of the network{close_matches(layer, concats)}."
        )
    remedy = CutConcat(layer, graph.data_inputs(node))
    return exchange.export_cut(project, results, remedy, arguments.output)


def _head(graph: Graph) -> str:
    """The concat that joins scores with other numbers; raises ConfigError without one."""
    found = boxes_with_scores(graph)
    if not found:
        raise ConfigError(
            "No concat at the end of the network joins scores with other numbers; name the one to "
            "cut at with --at."
        )
    return found[0].layer

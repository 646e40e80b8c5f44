"""What a box stands for, in words: operator, type and range of its output, both errors."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from PySide6.QtCore import QCoreApplication

from rkviz.analyse.display import metric_text, shape_text
from rkviz.gui.line_words import tensor_words
from rkviz.gui.panels.layer_words import metric_title, node_words
from rkviz.gui.ranking import head_values
from rkviz.gui.session import ViewState
from rkviz.results import Results


def box_words(results: Results, view: ViewState, head: str) -> str:
    """Rich text about a head layer, "" for anything else; escaped, for names come from strangers.

    Errors are of the metric and the picture in view.
    """
    graph, plan = results.graph, results.plan
    if graph is None or head not in graph.members:
        return ""
    nodes = [graph.by_name[name] for name in graph.members[head]]
    outputs = nodes[-1].outputs
    lines = [f"<b>{escape(head)}</b>", escape(" + ".join(node_words(graph, n) for n in nodes))]
    lines += [escape(shape_text(graph.values[name].shape)) for name in outputs[:1]]
    if plan is not None and head in plan.skipped:
        lines.append(escape(plan.skipped[head]))
    elif plan is not None and outputs:
        tensor = plan.tensors.get(plan.value_tensor.get(outputs[0], ""))
        lines += tensor_words(tensor) if tensor is not None else []
    lines += _errors(results, view, head)
    return f"<p style='white-space: pre'>{'<br>'.join(lines)}</p>"


def _errors(results: Results, view: ViewState, head: str) -> list[str]:
    """Own and accumulated error side by side; nothing before a run."""
    values = [
        head_values(results, replace(view, kind=kind)).get(head) for kind in ("own", "accumulated")
    ]
    if values == [None, None]:
        return []
    own, accumulated = ("–" if v is None else metric_text(view.metric, v) for v in values)
    text = QCoreApplication.translate("BoxWords", "{metric}: own {own}, accumulated {accumulated}")
    title = metric_title(view.metric)
    return [escape(text.format(metric=title, own=own, accumulated=accumulated))]

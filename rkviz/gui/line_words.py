"""What a line of the graph carries, in words: shape, range, parameters, and what converts it."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QCoreApplication

from rkviz.analyse.display import number_text, shape_text
from rkviz.gui.panels.layer_words import params_words
from rkviz.picture.layout import LayoutEdge
from rkviz.quantize.plan import QuantPlan, TensorPlan
from rkviz.results import Results


def line_words(results: Results, line: LayoutEdge) -> str:
    """Rich text about the tensor on `line`; escaped, for Qt would obey mark-up in a name."""
    graph, plan = results.graph, results.plan
    if graph is None or line.value not in graph.values:
        return ""
    value = graph.values[line.value]
    words = [f"<b>{escape(line.value)}</b>", escape(shape_text(value.shape))]
    tensor = plan.tensors.get(plan.value_tensor.get(line.value, "")) if plan else None
    if plan is not None and tensor is not None:
        words += tensor_words(tensor)
        words += _converter_words(plan, tensor, line.target)
    return f"<p style='white-space: pre'>{'<br>'.join(words)}</p>"


def tensor_words(tensor: TensorPlan) -> list[str]:
    """Type and parameters, and the range where there is one; escaped."""
    words = [f"{tensor.params.scheme.short} · {escape(params_words(tensor.params))}"]
    if tensor.low != tensor.high:
        text = QCoreApplication.translate("LineWords", "range {low} … {high}")
        words.append(text.format(low=number_text(tensor.low), high=number_text(tensor.high)))
    return words


def _converter_words(plan: QuantPlan, tensor: TensorPlan, target: str) -> list[str]:
    """The converter between a tensor and a head layer, where one stands."""
    graph = plan.graph
    converters = {
        step.outputs[0]: step
        for step in plan.steps
        if step.op == "Convert" and step.inputs[0] == tensor.name
    }
    for step in plan.steps:
        if not step.layers or graph.head(step.layers[0]) != target:
            continue
        for name in step.inputs:
            if name in converters:
                after = plan.tensors[name].params
                text = QCoreApplication.translate(
                    "LineWords", "converted {before}→{after}: {words}"
                )
                return [
                    "⇄ "
                    + escape(
                        text.format(
                            before=tensor.params.scheme.short,
                            after=after.scheme.short,
                            words=params_words(after),
                        )
                    )
                ]
    return []

"""A report in words and as JSON, for the command line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict

from rkviz.analyse.lint import lint
from rkviz.analyse.metrics import METRICS
from rkviz.analyse.report import KINDS, AnalysisReport
from rkviz.emulate.cost import LayerCost, layer_costs, total_cost
from rkviz.quantize.plan import QuantPlan
from rkviz.target import Target


def summary_text(plan: QuantPlan, report: AnalysisReport, rows: int, target: Target) -> str:
    """The `rows` worst layers by own error as an aligned table, the outputs, speed on `target`."""
    graph = plan.graph
    last = {head: members[-1] for head, members in graph.members.items()}
    ranked = report.worst(
        "cosine", "own", [last[h] for h in graph.heads if last[h] in report.layers]
    )
    width = max([5, *(len(graph.head(name)) for name, _ in ranked[:rows])])
    lines = [
        f"{'layer':{width}}  type  own cosine  own SNR dB  accumulated  acc. SNR dB  saturated"
    ]
    for name, _ in ranked[:rows]:
        own, accumulated = report.sums(name, "own"), report.sums(name, "accumulated")
        lines.append(
            f"{graph.head(name):{width}}  {plan.scheme[name].short:4}  {own.cosine:10.6f}  "
            f"{own.snr_db:10.2f}  {accumulated.cosine:11.6f}  {accumulated.snr_db:11.2f}  "
            f"{accumulated.saturated_share:9.4%}"
        )
    lines.append("")
    for name in report.outputs:
        if name in report.layers:
            sums = report.sums(name, "accumulated")
            lines.append(f"output {name}: cosine {sums.cosine:.6f}, SNR {sums.snr_db:.2f} dB")
    cost = total_cost(plan, target)
    lines.append(f"speed on {target.name}: {cost.figures} ({cost.note})")
    lines += [f"note: {note}" for note in report.notes]
    return "\n".join(lines)


def summary_json(plan: QuantPlan, report: AnalysisReport, model: str, target: Target) -> str:
    """Everything of the report, what the rules find in the plan, and the cost on `target`.

    NaN and infinities become null, as JSON has no word for them. A layer that runs inside
    another's step has no `estimated_ms` of its own (0); converters are in the sum only.
    """
    costs = layer_costs(plan, target)
    return json.dumps(
        {
            "model": model,
            "images": list(report.images),
            "outputs": list(report.outputs),
            "notes": list(report.notes),
            "findings": [asdict(finding) for finding in lint(plan)],
            "estimate": _estimate(plan, target),
            "layers": {name: _layer(plan, report, name, costs) for name in report.layers},
            "skipped": dict(plan.skipped),
        },
        ensure_ascii=False,
        indent=1,
        allow_nan=False,
    )


def _estimate(plan: QuantPlan, target: Target) -> Mapping[str, object]:
    cost = total_cost(plan, target)
    return {
        "target": target.name,
        "milliseconds": cost.milliseconds,
        "fps": cost.fps if math.isfinite(cost.fps) else None,
        "model_bytes": cost.model_bytes,
        "peak_activation_bytes": cost.peak_activation_bytes,
        "ddr_bytes": cost.ddr_bytes,
        "note": cost.note,
    }


def _layer(
    plan: QuantPlan, report: AnalysisReport, name: str, costs: Mapping[str, LayerCost]
) -> Mapping[str, object]:
    step, tensor = plan.step_of[name], plan.tensor_of(name)
    assert tensor is not None
    node = plan.graph.by_name[name]
    quantized = tensor.params.scheme.is_quantized
    return {
        "op": node.op,
        "onnx_nodes": list(node.origins),
        "type": plan.scheme[name].short,
        "engine": step.engine.value,
        "shape": list(tensor.shape),
        "range": [tensor.low, tensor.high] if quantized else None,
        "scale": tensor.params.scale if quantized else None,
        "zero_point": tensor.params.zero_point if quantized else None,
        "fl": tensor.params.fl,
        "why": tensor.why(),
        "estimated_ms": costs[step.name].milliseconds if step.layers[0] == name else 0.0,
        **{kind: _metrics(report, name, kind) for kind in KINDS},
    }


def _metrics(report: AnalysisReport, name: str, kind: str) -> dict[str, float | None]:
    sums = report.sums(name, kind)
    values = {metric: float(getattr(sums, metric)) for metric in METRICS}
    return {metric: value if math.isfinite(value) else None for metric, value in values.items()}

"""A report in words and as JSON, for the command line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

from rkviz.analyse.diagnose import Findings, diagnose
from rkviz.analyse.finding import Finding
from rkviz.analyse.metrics import METRICS, ErrorSums
from rkviz.analyse.remedies import remedy_text
from rkviz.analyse.report import KINDS, AnalysisReport
from rkviz.calibrate.stats import CalibrationStats
from rkviz.emulate.cost import LayerCost, layer_costs, total_cost
from rkviz.quantize.plan import QuantPlan
from rkviz.target import Target


def summary_text(
    plan: QuantPlan,
    report: AnalysisReport,
    rows: int,
    target: Target,
    stats: CalibrationStats | None = None,
) -> str:
    """The `rows` worst layers by own error as an aligned table and why they are bad; the outputs
    with their worst parts; speed on `target`."""
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
    lines += _why(diagnose(plan, report, stats), [graph.head(name) for name, _ in ranked[:rows]])
    lines.append("")
    for name in report.outputs:
        if name in report.layers:
            sums = report.sums(name, "accumulated")
            lines.append(f"output {name}: cosine {sums.cosine:.6f}, SNR {sums.snr_db:.2f} dB")
            lines += _worst_part(report, name)
    cost = total_cost(plan, target)
    lines.append(f"speed on {target.name}: {cost.figures} ({cost.note})")
    lines += [f"note: {note}" for note in report.notes]
    return "\n".join(lines)


def _why(findings: Findings, layers: Sequence[str]) -> Iterator[str]:
    for layer in layers:
        for finding in findings.get(layer, ()):
            yield f"why {layer}: {finding.sentence} {finding.advice}"


def _worst_part(report: AnalysisReport, output: str) -> Iterator[str]:
    worst = report.worst_slice(output)
    if worst is not None:
        sums, dead = worst.sums(), ", one number everywhere" if worst.is_dead else ""
        yield f"  worst part {worst.name}: cosine {sums.cosine:.6f}, SNR {sums.snr_db:.2f} dB{dead}"


def summary_json(
    plan: QuantPlan,
    report: AnalysisReport,
    model: str,
    target: Target,
    stats: CalibrationStats | None = None,
    repairs: Sequence[str] = (),
    effects: Mapping[str, Mapping[str, float]] | None = None,
) -> str:
    """Everything of the report, why layers are bad, the cost on `target`, the repairs by name, and
    where given the `effects` of layers: by head and type the SNR in dB of the outputs.

    NaN and infinities become null, as JSON has no word for them. A layer that runs inside
    another's step has no `estimated_ms` of its own (0); converters are in the sum only.
    """
    costs = layer_costs(plan, target)
    return json.dumps(
        {
            "model": model,
            "repairs": list(repairs),
            "images": list(report.images),
            "outputs": list(report.outputs),
            "notes": list(report.notes),
            "findings": [
                _finding(finding)
                for findings in diagnose(plan, report, stats).values()
                for finding in findings
            ],
            "slices": {name: _slices(report, name) for name in report.outputs},
            "estimate": _estimate(plan, target),
            **({} if effects is None else {"effects": _without_infinities(effects)}),
            "layers": {name: _layer(plan, report, name, costs) for name in report.layers},
            "skipped": dict(plan.skipped),
        },
        ensure_ascii=False,
        indent=1,
        allow_nan=False,
    )


def _without_infinities(
    effects: Mapping[str, Mapping[str, float]],
) -> Mapping[str, Mapping[str, float | None]]:
    return {
        head: {kind: db if math.isfinite(db) else None for kind, db in by_type.items()}
        for head, by_type in effects.items()
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    return {
        "layer": finding.layer,
        "rule": finding.rule,
        "severity": finding.severity.name.lower(),
        "sentence": finding.sentence,
        "advice": finding.advice,
        "values": {
            name: value if isinstance(value, str) or math.isfinite(value) else None
            for name, value in finding.values.items()
        },
        "remedies": [remedy_text(remedy) for remedy in finding.remedies],
    }


def _slices(report: AnalysisReport, output: str) -> Sequence[Mapping[str, object]]:
    return [
        {
            "name": part.name,
            "bounds": [list(bound) for bound in part.slice.bounds],
            "dead": part.is_dead,
            **_finite(part.sums()),
        }
        for part in report.slices(output)
    ]


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
    return _finite(report.sums(name, kind))


def _finite(sums: ErrorSums) -> dict[str, float | None]:
    values = {metric: float(getattr(sums, metric)) for metric in METRICS}
    return {metric: value if math.isfinite(value) else None for metric, value in values.items()}

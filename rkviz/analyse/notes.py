"""The sentences of a report: what runs outside the NPU, what overflows, what the rules found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rkviz.analyse.finding import Finding, Severity, as_notes
from rkviz.analyse.lint import lint
from rkviz.analyse.remedies import SetScheme
from rkviz.analyse.report import LayerError
from rkviz.numerics import QuantScheme
from rkviz.quantize.plan import QuantPlan
from rkviz.target import Engine

NEAR = 0.5
"""An accumulator filled this far is told of: other pictures may fill it twice as much."""


def notes(plan: QuantPlan, layers: Mapping[str, LayerError]) -> tuple[str, ...]:
    """Layers on the CPU and skipped ones, accumulators `layers` say are full, findings of rules."""
    found = [f"{step.name}: {step.note}" for step in plan.steps if step.engine is Engine.CPU]
    found += [f"{layer}: {why}" for layer, why in plan.skipped.items()]
    return (*found, *as_notes([*accumulators(plan, layers), *lint(plan)]))


def accumulators(plan: QuantPlan, layers: Mapping[str, LayerError]) -> Iterator[Finding]:
    """Layers whose accumulator overflowed, or nearly did, on the pictures `layers` come from."""
    for step in plan.steps:
        filling = layers[step.layers[0]].accumulator if step.layers else 0.0
        if filling >= NEAR:
            scheme = plan.tensors[step.inputs[0]].params.scheme
            yield Finding(
                plan.graph.head(step.name),
                "accumulator-overflow" if filling >= 1 else "accumulator-near",
                {
                    "filling": filling,
                    "margin": 1 / filling,
                    "bits": plan.accumulator_bits[scheme.bits],
                },
                Severity.SEVERE if filling >= 1 else Severity.WARNING,
                (SetScheme((plan.graph.head(step.name),), QuantScheme.I16),)
                if scheme.bits == 8
                else (),
            )

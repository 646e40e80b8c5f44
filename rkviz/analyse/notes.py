"""The sentences of a report: what runs outside the NPU, what overflows, what the rules found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rkviz.analyse.finding import as_notes
from rkviz.analyse.lint import lint
from rkviz.analyse.report import LayerError
from rkviz.quantize.plan import QuantPlan, Step
from rkviz.target import Engine

NEAR = 0.5
"""An accumulator filled this far is told of: other pictures may fill it twice as much."""


def notes(plan: QuantPlan, layers: Mapping[str, LayerError]) -> tuple[str, ...]:
    """Layers on the CPU and skipped ones, accumulators `layers` say are full, findings of rules."""
    found = [f"{step.name}: {step.note}" for step in plan.steps if step.engine is Engine.CPU]
    found += [f"{layer}: {why}" for layer, why in plan.skipped.items()]
    found += _full(plan, layers)
    return (*found, *as_notes(lint(plan)))


def _full(plan: QuantPlan, layers: Mapping[str, LayerError]) -> Iterator[str]:
    for step in plan.steps:
        filling = layers[step.layers[0]].accumulator if step.layers else 0.0
        if filling >= NEAR:
            yield f"{plan.graph.head(step.name)}: {_sentence(plan, step, filling)}"


def _sentence(plan: QuantPlan, step: Step, filling: float) -> str:
    scheme = plan.tensors[step.inputs[0]].params.scheme
    bits = plan.accumulator_bits[scheme.bits]
    advice = (
        "Run it in i16, whose accumulator has more bits, or give it fewer inputs to sum."
        if scheme.bits == 8
        else "Give it smaller weights or biases, or fewer inputs to sum."
    )
    if filling >= 1:
        return (
            f"its accumulator overflows: the largest sum is {filling:.2f} times what {bits} bits "
            f"hold, and wraps to a wrong number. {advice}"
        )
    return (
        f"its accumulator comes within a factor of {1 / filling:.2f} of overflowing its {bits} "
        f"bits; other pictures may reach it. {advice}"
    )

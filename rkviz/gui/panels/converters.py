"""Converters at the borders of a layer: where it meets layers of another type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rkviz.numerics import QuantParams
    from rkviz.quantize.plan import QuantPlan


@dataclass(frozen=True)
class Converter:
    """A converter between the layer asked for and `layer`; `comes_in` tells the direction."""

    layer: str
    before: QuantParams
    after: QuantParams
    comes_in: bool


def converters_of(plan: QuantPlan, head: str) -> tuple[Converter, ...]:
    """The converters that head layer `head` reads from, then those that read what it gives."""
    graph, step = plan.graph, plan.step_of.get(head)
    if step is None:
        return ()
    found: list[Converter] = []
    for name in step.inputs:
        convert = plan.producer.get(name)
        if convert is not None and convert.op == "Convert":
            source = plan.producer[convert.inputs[0]]
            if source.layers:
                found.append(_made(plan, convert.inputs[0], name, graph.head(source.name), True))
    for convert in plan.steps:
        if convert.op == "Convert" and convert.inputs[0] in step.outputs:
            given, made = convert.inputs[0], convert.outputs[0]
            readers = (reader for reader in plan.steps if reader.layers and made in reader.inputs)
            found += [_made(plan, given, made, graph.head(each.name), False) for each in readers]
    return tuple(dict.fromkeys(found))


def _made(plan: QuantPlan, before: str, after: str, layer: str, comes_in: bool) -> Converter:
    return Converter(layer, plan.tensors[before].params, plan.tensors[after].params, comes_in)

"""Ranges and parameters the user or a cfg gives: they win, also for what shares the range."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from rkviz.graph.model import Graph, Node
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.plan import Reason
from rkviz.quantize.shared_ranges import RangeGroups, ValueRange


def apply_explicit(
    nodes: Sequence[Node],
    config: HybridConfig,
    by_value: dict[str, ValueRange],
    groups: RangeGroups,
) -> None:
    """Explicit ranges of a group are joined; explicit parameters are taken as they are.

    Parameters set for one value hold for all of its group but those that have parameters of their
    own: between the two the move or concat converts, as the NPU does.
    """
    outputs = [(node, value) for node in nodes for value in node.outputs if value in by_value]
    _apply_ranges(outputs, config, by_value, groups)
    own = {value for node, value in outputs if config.for_layer(node.name).params is not None}
    touched: set[str] = set()
    for node, output in outputs:
        layer = config.for_layer(node.name)
        params = layer.params
        if params is None:
            continue
        # A reader in another type converts what was given beside them, or what they can hold.
        low, high = layer.range or (params.low, params.high)
        group = {output, *by_value[output].shared_with}
        touched |= group
        for value in group - (own - {output}):
            known = by_value[value]
            if params.scheme.is_quantized:
                known = replace(known, low=min(low, 0.0), high=max(high, 0.0))
            by_value[value] = replace(
                known, params=params, reason=Reason.EXPLICIT_PARAMS, because_of=node.name
            )
    for value in touched:
        known = by_value[value]
        alike = (v for v in known.shared_with if by_value[v].params == known.params)
        by_value[value] = replace(known, shared_with=tuple(alike))


def _apply_ranges(
    outputs: Sequence[tuple[Node, str]],
    config: HybridConfig,
    by_value: dict[str, ValueRange],
    groups: RangeGroups,
) -> None:
    spans: dict[str, tuple[float, float]] = {}
    for node, output in outputs:
        given = config.for_layer(node.name).range
        if given is None:
            continue
        before = spans.get(groups.root(output), given)
        span = min(before[0], given[0], 0.0), max(before[1], given[1], 0.0)
        spans[groups.root(output)] = span
        for value in (output, *by_value[output].shared_with):
            by_value[value] = replace(
                by_value[value],
                low=span[0],
                high=span[1],
                params=None,
                reason=Reason.EXPLICIT_RANGE,
                because_of=node.name,
            )


def take_activation_ranges(
    graph: Graph,
    apart: Collection[str],
    by_value: dict[str, ValueRange],
    config: HybridConfig,
) -> None:
    """A head whose activation runs in the same operation takes the activation's range.

    What the user set on the head (one box in the window) is meant for that one output, and so is
    what the file states of the head alone. Where both have some, the activation's count: the NPU
    writes the operation's result with them, whatever stands at the tensor in between. `apart` are
    the activations that run by themselves, or not at all.
    """
    for activation, head in graph.fused_into.items():
        if activation in apart:
            continue
        inner = graph.by_name[head].outputs[0]
        outer = graph.by_name[activation].outputs[0]
        stated = by_value[inner].params is not None and by_value[outer].params is None
        if (stated or _is_set(config, head)) and not _is_set(config, activation):
            taken = by_value[inner]
            for value in (outer, *by_value[outer].shared_with):
                known = by_value[value]
                by_value[value] = replace(
                    taken, shared_with=known.shared_with, because_of=head, alone=known.alone
                )
        else:
            by_value[inner] = replace(
                by_value[outer], reason=Reason.ACTIVATION, because_of=activation, shared_with=()
            )


def _is_set(config: HybridConfig, layer: str) -> bool:
    own = config.for_layer(layer)
    return own.range is not None or own.params is not None

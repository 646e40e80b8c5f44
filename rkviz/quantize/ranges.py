"""From statistics to one range per tensor: who sets it, who shares it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rkviz.calibrate.stats import CalibrationStats
from rkviz.graph.model import Graph, Node
from rkviz.numerics import QuantScheme
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.engines import copies, decide_engines
from rkviz.quantize.explicit import apply_explicit, take_activation_ranges
from rkviz.quantize.plan import MEASURED_BY, Reason
from rkviz.quantize.range_method import RangeKind, RangeMethod
from rkviz.quantize.range_search import chosen_range
from rkviz.quantize.shared_ranges import RangeGroups, ValueRange
from rkviz.quantize.stated import stated_params
from rkviz.target import Engine, Target

RELU6_LIMIT = 6.0
_MEASURED = frozenset({*MEASURED_BY.values(), Reason.RELU6})
SIGMOID_LIMIT = 6.3
"""The toolkit clips the input of a sigmoid to [-6.3, 6.3] (seen in 5 of 5 sigmoids)."""


@dataclass(frozen=True)
class Ranges:
    """Ranges of all values, and the activations that do not run in their head's operation."""

    by_value: Mapping[str, ValueRange]
    split: frozenset[str]
    """Activation layers that are an operation of their own, apart from their head."""
    engines: Mapping[str, Engine]


def assign_ranges(
    graph: Graph,
    stats: CalibrationStats,
    schemes: Mapping[str, QuantScheme],
    config: HybridConfig,
    target: Target,
    skipped: Mapping[str, str],
) -> Ranges:
    """One range for every computed value of a layer that runs, and what follows from sharing.

    Rules, in this order: what the layer's range method makes of the measured values; 0..6 behind
    relu6, which other methods than `normal` may narrow; moves copy; concat joins all that feed it
    in the same type, through moves, each range as its own method has it; a convolution takes the
    range of the activation fused to it; the input of a u8 sigmoid is clipped.
    Parameters the model file states are used as they are, none of these rules touches them; what
    the user gives explicitly wins for all values of its group that have no such of their own.
    """
    nodes = [node for node in graph.nodes if node.name not in skipped]
    groups = RangeGroups()
    natural: dict[str, ValueRange] = {}
    measure = _Measure(graph, stats, schemes, config)
    for node in nodes:
        _add_natural(graph, node, measure, natural, groups)
    split = _split_activations(graph, nodes, schemes)
    engines = decide_engines(graph, nodes, schemes, split, target)
    split |= _behind_shader_adds(graph, schemes, engines)
    by_value = _joined(natural, groups)
    _clip_sigmoid_inputs(graph, nodes, schemes, by_value, groups)
    apply_explicit(nodes, config, by_value, groups)
    take_activation_ranges(graph, split.union(skipped), by_value, config)
    return Ranges(by_value, split, engines)


class _Measure:
    """Ranges of single values by the methods of their layers."""

    def __init__(
        self,
        graph: Graph,
        stats: CalibrationStats,
        schemes: Mapping[str, QuantScheme],
        config: HybridConfig,
    ) -> None:
        self.graph, self.stats, self.schemes = graph, stats, schemes
        self.default = config.range_method
        self.methods = _own_methods(graph, schemes, config)

    def __call__(self, node: Node, value: str) -> ValueRange:
        """The range of `value`, an output of `node`."""
        method = self.methods.get(node.name, self.default)
        if node.op == "Relu6" and method.kind is RangeKind.NORMAL:
            return ValueRange(0.0, RELU6_LIMIT, Reason.RELU6, node.name)
        low, high = chosen_range(self.stats, value, method, self._grid(node, value))
        return ValueRange(low, high, MEASURED_BY[method.kind])

    def _grid(self, node: Node, value: str) -> QuantScheme:
        """The type whose codes the range is chosen for; that of a reader behind a float layer."""
        readers = (reader.name for reader in self.graph.consumers.get(value, ()))
        kinds = (self.schemes[name] for name in (node.name, *readers))
        return next((kind for kind in kinds if kind.is_quantized), QuantScheme.U8)


def _own_methods(
    graph: Graph, schemes: Mapping[str, QuantScheme], config: HybridConfig
) -> dict[str, RangeMethod]:
    """Layer -> the method set for it.

    What is set at a move counts for the layer whose range it copies, what is set at a head (one
    box in the window) for the activation fused to it; the layer's own method wins.
    """
    methods: dict[str, RangeMethod] = {}
    for node in reversed(graph.nodes):
        own = config.for_layer(node.name).range_method or methods.get(node.name)
        if own is None:
            continue
        methods[node.name] = own
        if copies(node) and graph.data_inputs(node):
            source = graph.producer[graph.data_inputs(node)[0]].name
            if schemes[source] is schemes[node.name]:
                methods.setdefault(source, own)
    for activation, head in graph.fused_into.items():
        if head in methods:
            methods.setdefault(activation, methods[head])
    return methods


def _add_natural(
    graph: Graph,
    node: Node,
    measure: _Measure,
    natural: dict[str, ValueRange],
    groups: RangeGroups,
) -> None:
    schemes = measure.schemes
    scheme = schemes[node.name]
    sources = [name for name in graph.data_inputs(node) if name in natural]
    for output in filter(None, node.outputs):
        params = stated_params(graph, output, scheme)
        if params is not None:
            groups.stated[groups.root(output)] = params
            natural[output] = ValueRange(params.low, params.high, Reason.GIVEN)
        else:
            natural[output] = _derived(graph, node, output, sources, measure, natural)
        if node.op == "Concat":
            _join_same_type(graph, node, sources, output, scheme, schemes, groups)
            groups.mark_concat(output, node.name)
        elif copies(node):
            _join_same_type(graph, node, sources[:1], output, scheme, schemes, groups)


def _derived(
    graph: Graph,
    node: Node,
    output: str,
    sources: list[str],
    measure: _Measure,
    natural: Mapping[str, ValueRange],
) -> ValueRange:
    """The range of an `output` the model file says nothing of."""
    if node.op == "Concat":
        ranges = [natural[name] for name in sources] + [measure(node, output)]
        return _union(ranges, Reason.CONCAT, node.name)
    if copies(node) and sources:
        producer = graph.producer[sources[0]].name
        return replace(natural[sources[0]], reason=Reason.COPIED, because_of=producer)
    return measure(node, output)


def _join_same_type(
    graph: Graph,
    node: Node,
    sources: list[str],
    output: str,
    scheme: QuantScheme,
    schemes: Mapping[str, QuantScheme],
    groups: RangeGroups,
) -> None:
    """Force `sources` and `output` to one range where no converter stands between them."""
    if scheme.is_quantized:
        for source in sources:
            if schemes[graph.producer[source].name] is scheme:
                groups.join(source, output)


def _union(ranges: list[ValueRange], reason: Reason, layer: str) -> ValueRange:
    return ValueRange(min(r.low for r in ranges), max(r.high for r in ranges), reason, layer)


def _split_activations(
    graph: Graph, nodes: list[Node], schemes: Mapping[str, QuantScheme]
) -> frozenset[str]:
    """Activations that run apart from their head because the user gave them another type.

    A concat behind an activation changes its range but splits nothing: measured on the chip, a
    convolution and its relu are one operation with the relu's parameters, whatever parameters a
    file of the toolkit writes for the convolution's own tensor.
    """
    return frozenset(
        node.name
        for node in nodes
        if node.name in graph.fused_into
        and schemes[node.name] is not schemes[graph.fused_into[node.name]]
    )


def _behind_shader_adds(
    graph: Graph, schemes: Mapping[str, QuantScheme], engines: Mapping[str, Engine]
) -> frozenset[str]:
    """Only the NN engine's residual add takes a relu along; the shader's add does not."""
    return frozenset(
        activation
        for activation, head in graph.fused_into.items()
        if engines.get(head) is Engine.SHADER
        and graph.by_name[head].op == "Add"
        and schemes[head].is_quantized
    )


def _joined(natural: Mapping[str, ValueRange], groups: RangeGroups) -> dict[str, ValueRange]:
    members: dict[str, list[str]] = {}
    for value in natural:
        members.setdefault(groups.root(value), []).append(value)
    by_value: dict[str, ValueRange] = {}
    for group in members.values():
        low = min(natural[value].low for value in group)
        high = max(natural[value].high for value in group)
        params = groups.stated.get(groups.root(group[0]))
        if params is not None:
            low, high = params.low, params.high
        concat = groups.concat_of(group[0])
        for value in group:
            own = natural[value]
            others = tuple(other for other in group if other != value)
            known = replace(own, low=low, high=high, shared_with=others, params=params)
            known = replace(known, alone=(own.low, own.high))
            if own.reason in _MEASURED:
                if concat:
                    known = replace(known, reason=Reason.CONCAT, because_of=concat)
                elif params is not None:
                    known = replace(known, reason=Reason.GIVEN, because_of="")
            by_value[value] = known
    return by_value


def _clip_sigmoid_inputs(
    graph: Graph,
    nodes: list[Node],
    schemes: Mapping[str, QuantScheme],
    by_value: dict[str, ValueRange],
    groups: RangeGroups,
) -> None:
    for node in nodes:
        if node.op != "Sigmoid" or schemes[node.name] is not QuantScheme.U8:
            continue
        fed = node.inputs[0]
        known = by_value.get(fed)
        if known is None or known.params is not None or groups.concat_of(fed):
            continue
        group = (fed, *known.shared_with)
        readers = [reader for value in group for reader in graph.consumers.get(value, ())]
        if any(r.op != "Sigmoid" and not copies(r) for r in readers):
            continue
        if known.low < -SIGMOID_LIMIT or known.high > SIGMOID_LIMIT:
            for value in group:
                by_value[value] = replace(
                    by_value[value],
                    low=max(known.low, -SIGMOID_LIMIT),
                    high=min(known.high, SIGMOID_LIMIT),
                    reason=Reason.SIGMOID,
                    because_of=node.name,
                )

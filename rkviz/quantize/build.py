"""build_plan: statistics and the user's choices become a QuantPlan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rkviz.calibrate.stats import CalibrationStats
from rkviz.errors import ConfigError
from rkviz.graph.model import RKNN_DOMAIN, Graph, Node
from rkviz.numerics import QuantParams, QuantScheme, params_from_range
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.corrected import Corrected
from rkviz.quantize.engines import copies
from rkviz.quantize.plan import QuantPlan, Reason, Step, TensorPlan
from rkviz.quantize.ranges import Ranges, ValueRange, assign_ranges
from rkviz.quantize.stated import stated_params, stated_scheme
from rkviz.quantize.support import why_on_cpu
from rkviz.quantize.weights import (
    WEIGHTED,
    bias_tensor,
    operand_tensor,
    own_constant,
    real_tensor,
    stated_tensor,
    weight_tensor,
)
from rkviz.target import Engine, Target

_REAL_CONSTANTS = frozenset(
    {"PRelu", "LayerNormalization", "InstanceNormalization", "GroupNormalization", "Pow"}
)
_RECURRENT = frozenset({"LSTM", "GRU"})
_RECURRENT_WEIGHTS = (1, 2)


def build_plan(
    graph: Graph,
    stats: CalibrationStats,
    config: HybridConfig,
    target: Target,
    corrected: Mapping[str, Corrected] | None = None,
) -> QuantPlan:
    """Decide parameters of every tensor, integer weights, converters and engines.

    `corrected` has constants by layer to take in place of the graph's own where the layer runs in
    the type they were made for; the float network stays what it is.
    Raises ConfigError for overrides of unknown layers, for more than two quantised types in one
    network (the chip's limit), and for explicit parameters of another type than the layer's.
    """
    config.check(node.name for node in graph.nodes)
    skipped = _skipped(graph, stats)
    schemes = effective_schemes(graph, config, target)
    _check_types(graph, schemes, config, skipped)
    ranges = assign_ranges(graph, stats, schemes, config, target, skipped)
    return _Builder(graph, schemes, ranges, target, skipped, config, corrected or {}).build()


def effective_schemes(graph: Graph, config: HybridConfig, target: Target) -> dict[str, QuantScheme]:
    """Layer -> type it runs in.

    A fused activation follows its head unless it has a type of its own. The type the model file
    states for a layer holds as long as the default is u8. Operators the NPU does not have run in
    float.
    """
    default = config.default
    schemes: dict[str, QuantScheme] = {}
    for node in graph.nodes:
        if why_on_cpu(graph, node, target) or not _is_float(graph, node):
            schemes[node.name] = QuantScheme.FLOAT
            continue
        own = config.for_layer(node.name).scheme
        head = graph.fused_into.get(node.name)
        if own is None and head is None and default is QuantScheme.U8:
            own = stated_scheme(graph, node)
        schemes[node.name] = own or (schemes[head] if head else default)
    return schemes


def too_many_types(graph: Graph, schemes: Mapping[str, QuantScheme]) -> str:
    """The sentence against more than two quantised types in one network, or ""."""
    used: dict[QuantScheme, list[str]] = {}
    for node in graph.nodes:
        if schemes[node.name].is_quantized:
            used.setdefault(schemes[node.name], []).append(node.name)
    if len(used) <= 2:
        return ""
    rarest = min(used, key=lambda scheme: len(used[scheme]))
    return (
        f"The NPU takes at most two quantised types in one network; {rarest.short} is a third "
        f"(layer {used[rarest][0]!r}): choose one of the other two, or float."
    )


def _is_float(graph: Graph, node: Node) -> bool:
    return all(graph.values[name].dtype == "float32" for name in node.outputs if name)


def _skipped(graph: Graph, stats: CalibrationStats) -> dict[str, str]:
    """Layers that cannot be run: nobody knows the operator, or they stand behind such a layer."""
    skipped: dict[str, str] = {}
    for node in graph.nodes:
        if all(name in stats.tensors for name in node.outputs if name):
            continue
        before = [graph.producer[name].name for name in graph.data_inputs(node)]
        blocked = next((name for name in before if name in skipped), None)
        if blocked is None:
            skipped[node.name] = _unknown(node)
        else:
            skipped[node.name] = f"Not run: it stands behind {blocked!r}, which cannot be run."
    return skipped


def _unknown(node: Node) -> str:
    if node.domain == RKNN_DOMAIN:
        return f"Operator {node.op!r} of the .rknn file is not known to rkviz and cannot be run."
    return (
        f"Operator {node.op!r} is not known to rkviz and cannot be run; the NPU does not "
        "have it either: replace it, or compute it on the board's CPU."
    )


def _check_types(
    graph: Graph,
    schemes: Mapping[str, QuantScheme],
    config: HybridConfig,
    skipped: Mapping[str, str],
) -> None:
    sentence = too_many_types(graph, {**schemes, **dict.fromkeys(skipped, QuantScheme.FLOAT)})
    if sentence:
        raise ConfigError(sentence)
    wrong = [
        f"{name!r} runs in {schemes[name].short}, {what} are {params}"
        for name, layer in config.overrides.items()
        for what, params in (
            ("its parameters", layer.params),
            ("those of its weights", layer.weights_params),
        )
        if params is not None and params.scheme is not schemes[name]
    ]
    wrong += [
        f"{name!r} has neither constant weights nor one constant operand"
        for name, layer in config.overrides.items()
        if layer.weights_params is not None and own_constant(graph, graph.by_name[name]) is None
    ]
    if wrong:
        raise ConfigError("Explicit parameters that do not fit their layer:", wrong)


class _Builder:
    """Walks the graph once and emits steps; the only mutable thing, gone when the plan is built."""

    def __init__(
        self,
        graph: Graph,
        schemes: Mapping[str, QuantScheme],
        ranges: Ranges,
        target: Target,
        skipped: Mapping[str, str],
        config: HybridConfig,
        corrected: Mapping[str, Corrected],
    ) -> None:
        self.graph, self.schemes, self.ranges = graph, schemes, ranges
        self.target, self.skipped, self.config = target, skipped, config
        self.corrected = corrected
        self.steps: list[Step] = []
        self.tensors: dict[str, TensorPlan] = {}
        self.value_tensor: dict[str, str] = {}

    def build(self) -> QuantPlan:
        for node in self.graph.nodes:
            runs_in_head = node.name in self.graph.fused_into and node.name not in self.ranges.split
            if node.name not in self.skipped and not runs_in_head:
                self._emit(node)
        return QuantPlan(
            graph=self.graph,
            steps=tuple(self.steps),
            tensors=self.tensors,
            value_tensor=self.value_tensor,
            scheme=dict(self.schemes),
            accumulator_bits=self.target.accumulator_bits,
            skipped=dict(self.skipped),
        )

    def _emit(self, node: Node) -> None:
        activation = self._activation_of(node)
        last = activation or node
        outputs = tuple(self._output(name, last) for name in last.outputs if name)
        inputs = self._inputs(node, outputs)
        if activation is not None:
            self.value_tensor[node.outputs[0]] = outputs[0]
        engine = self.ranges.engines[node.name]
        self.steps.append(
            Step(
                name=node.name,
                op=node.op,
                engine=engine,
                inputs=inputs,
                outputs=outputs,
                layers=(node.name,) if activation is None else (node.name, activation.name),
                attrs=node.attrs,
                activation=activation.op if activation else "",
                note=self._cpu_note(node) if engine is Engine.CPU else "",
            )
        )

    def _activation_of(self, node: Node) -> Node | None:
        """The activation that runs in the same operation as `node`."""
        for member in self.graph.members.get(node.name, ())[1:]:
            if member not in self.ranges.split and member not in self.skipped:
                return self.graph.by_name[member]
        return None

    def _output(self, value: str, node: Node) -> str:
        known = self.ranges.by_value[value]
        scheme = self.schemes[node.name]
        self.tensors[value] = TensorPlan(
            name=value,
            value=value,
            params=self._params(known, scheme),
            shape=self.graph.values[value].shape or (),
            low=known.low if scheme.is_quantized else 0.0,
            high=known.high if scheme.is_quantized else 0.0,
            reason=known.reason if scheme.is_quantized else Reason.FLOAT,
            because_of=known.because_of,
            shared_with=known.shared_with if scheme.is_quantized else (),
            alone=known.alone,
        )
        self.value_tensor[value] = value
        return value

    def _params(self, known: ValueRange, scheme: QuantScheme) -> QuantParams:
        if known.params is not None and known.params.scheme is scheme:
            return known.params
        return params_from_range(scheme, known.low, known.high)

    def _inputs(self, node: Node, outputs: Sequence[str]) -> tuple[str, ...]:
        scheme = self.schemes[node.name]
        names: list[str] = []
        for position, value in enumerate(node.inputs):
            if not value:
                names.append("")
            elif self.graph.is_constant(value):
                names.append(self._constant(node, position, scheme, names, outputs))
            else:
                names.append(self._border(node, value, scheme, outputs))
        return tuple(names)

    def _border(self, node: Node, value: str, scheme: QuantScheme, outputs: Sequence[str]) -> str:
        """The tensor of `value` in `scheme`: as it is, or behind a converter."""
        given = self.value_tensor[value]
        if (
            self.tensors[given].params.scheme is scheme
            or self.ranges.engines[node.name] is Engine.CPU
            or self.graph.values[value].dtype != "float32"
        ):
            return given
        known = self.ranges.by_value[value]
        if node.op == "Concat" or copies(node):
            # The move keeps codes, so the converter goes straight to the parameters behind it.
            params = self.tensors[outputs[0]].params
        else:
            params = self._params(known, scheme)
        name = f"{value}:{scheme.short}"
        taken = self.tensors.get(name)
        if taken is not None and taken.params != params:
            name = f"{name}:{node.name}"
        if name not in self.tensors:
            self._convert(name, given, known, params, node)
        return name

    def _convert(
        self, name: str, given: str, known: ValueRange, params: QuantParams, node: Node
    ) -> None:
        quantized = params.scheme.is_quantized
        self.tensors[name] = TensorPlan(
            name=name,
            value=self.tensors[given].value,
            params=params,
            shape=self.tensors[given].shape,
            low=known.low if quantized else 0.0,
            high=known.high if quantized else 0.0,
            reason=Reason.CONVERTED,
            because_of=node.name,
        )
        self.steps.append(Step(f"{name}:convert", "Convert", Engine.TP, (given,), (name,)))

    def _constant(
        self,
        node: Node,
        position: int,
        scheme: QuantScheme,
        before: Sequence[str],
        outputs: Sequence[str],
    ) -> str:
        """Emit the constant at `position`; `before` are the input tensors ahead of it."""
        graph, value = self.graph, node.inputs[position]
        own, given = self.corrected.get(node.name), None
        if own is not None and own.scheme is scheme:
            given = {1: own.weight, 2: own.bias}.get(position)
        array = graph.constants[value] if given is None else given
        role = {1: "weight", 2: "bias"}.get(position, f"in{position}")
        if node.op not in WEIGHTED or (node.op == "MatMul" and position != 1):
            role = f"in{position}"
        name = f"{node.name}:{role}"
        engine = self.ranges.engines[node.name]
        is_real = node.op in _REAL_CONSTANTS or array.dtype.kind != "f"
        is_real |= node.op in _RECURRENT and position not in _RECURRENT_WEIGHTS
        if engine is Engine.CPU or is_real:
            tensor = real_tensor(name, array)
        elif role == "bias":
            x, w = (self.tensors[entry].params for entry in before[:2])
            tensor = bias_tensor(name, array, x, w, scheme)
        elif (explicit := self._weights_params(node, position)) is not None:
            tensor = stated_tensor(name, array, explicit, Reason.EXPLICIT_PARAMS)
        elif (stated := stated_params(graph, value, scheme)) is not None:
            tensor = stated_tensor(name, array, stated)
        elif node.op == "Concat":
            tensor = operand_tensor(name, array, self.tensors[outputs[0]].params)
        elif given is not None:  # its grid follows from smallest and largest
            tensor = weight_tensor(name, array, scheme)
        else:
            method = self.config.weights_method_of(node.name)
            tensor = weight_tensor(name, array, scheme, method)
        self.tensors[name] = tensor
        return name

    def _weights_params(self, node: Node, position: int) -> QuantParams | None:
        given = self.config.for_layer(node.name).weights_params
        return given if position == own_constant(self.graph, node) else None

    def _cpu_note(self, node: Node) -> str:
        return (
            f"{why_on_cpu(self.graph, node, self.target)}: it is computed in float here, and on "
            "the board its CPU has to do it."
        )
